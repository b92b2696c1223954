"""The transcript: all messages of a conversation in one scrolling view.

Here are the public verbs, the events and the timers; what stands where is the business of `stage`, what the
mouse and the keyboard mean that of `pointer` and `keys`. The view opens no link, fetches nothing and stores
nothing: what a person wants is told by signals.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QEvent,
    QPointF,
    QRectF,
    Qt,
    QVariantAnimation,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from app.core.records import MessageRecord
from app.ui.theme import Theme
from app.ui.transcript import accessible, wording
from app.ui.transcript.actions import ErrorCard, MessageAction, Target
from app.ui.transcript.context_menu import transcript_menu
from app.ui.transcript.growth import Growth
from app.ui.transcript.jump_button import JumpButton
from app.ui.transcript.keys import Keys
from app.ui.transcript.message_item import MessageItem
from app.ui.transcript.pointer import Pointer
from app.ui.transcript.pressing import Pressing
from app.ui.transcript.stage import Stage
from app.ui.transcript.style import Style

_FLASH_MS = 1600
_TEXT_SIZE = 15


class TranscriptView(QAbstractScrollArea):
    """Messages, drawn.

    Signals:
        action_requested: (MessageAction, message id) a person pressed a button of a message. COPY was
            already done when it comes.
        link_activated: (address) a person pressed a link.
        at_end_changed: (bool) the end came into sight or went out of it.
        text_copied: something went to the clipboard.
    """

    action_requested = Signal(object, int)
    link_activated = Signal(str)
    at_end_changed = Signal(bool)
    text_copied = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, font_size: int = _TEXT_SIZE) -> None:
        super().__init__(parent)
        self._theme = theme
        self._font_size = font_size
        bar = self.verticalScrollBar()
        self._stage = Stage(self.viewport(), bar, Style(theme, font_size), self)
        self._pointer = Pointer(self._stage, self)
        self._keys = Keys(self._stage)
        self.jump_button = JumpButton(theme, self)
        self._growth = Growth(self)
        self._pressing = Pressing(self._stage, self)
        self._flash = QVariantAnimation(self)
        self._was_at_end = True
        self._set_up()

    @property
    def is_at_end(self) -> bool:
        """Whether the newest text is in sight and followed."""
        return self._stage.scrolling.follows

    @property
    def items(self) -> Sequence[MessageItem]:
        """The messages as they are drawn; for screen readers and tests."""
        return self._stage.column.items

    @property
    def stage(self) -> Stage:
        """What stands where; for screen readers and tests."""
        return self._stage

    def find_item(self, message_id: int) -> MessageItem | None:
        """A message as it is drawn."""
        return self._stage.find_item(message_id)

    def index_of(self, message_id: int) -> int:
        """The place of a message; -1 for an unknown one."""
        return self._stage.column.index_of(message_id)

    # Messages

    def set_messages(self, messages: Sequence[MessageRecord]) -> None:
        """Show another conversation from its end."""
        gone = [item.id for item in self.items]
        self._growth.forget_all()
        self._stage.forget_all()
        self._stage.column.set_records(messages)
        accessible.tell_messages_changed(self, gone)
        self.jump_to_end()

    def append(self, message: MessageRecord) -> None:
        """Add a message at the end."""
        self._stage.column.append(message)
        accessible.tell_messages_changed(self)
        self._settle()

    def replace(self, old_id: int, message: MessageRecord) -> None:
        """Let a message take the place of another, or of its former state. Raises `KeyError` if unknown."""
        if old_id != message.id:
            self._stage.forget_message(old_id)
            accessible.tell_messages_changed(self, [old_id])
        changed = self._stage.column.replace(old_id, message)
        self._stage.text_changed(message.id, changed, grew=False)
        self._growth.finish(old_id)
        self._settle()

    def remove_from(self, message_id: int) -> None:
        """Take a message and everything behind it away."""
        at = self.index_of(message_id)
        if at < 0:
            return
        gone = [item.id for item in self.items[at:]]
        for one in gone:
            self._stage.forget_message(one)
            self._growth.forget(one)
        self._stage.column.remove_from(message_id)
        accessible.tell_messages_changed(self, gone)
        self._settle()

    def append_text(self, message_id: int, delta: str) -> None:
        """A growing answer goes on; drawn with the next frame."""
        item = self.find_item(message_id)
        if item is not None:
            item.source.append(delta)
            self._growth.add(message_id, delta)

    def append_reasoning(self, message_id: int, delta: str) -> None:
        """The thinking of a growing answer goes on; drawn with the next frame."""
        item = self.find_item(message_id)
        if item is not None:
            item.add_reasoning(delta)
            self._growth.add(message_id)

    def set_waiting(self, message_id: int, text: str | None) -> None:
        """Show a muted line where an answer will stand, or no longer."""
        item = self.find_item(message_id)
        if item is not None and item.waiting != text:
            item.waiting = text
            self._remeasure(item)

    def set_error(
        self,
        message_id: int,
        sentence: str,
        action_label: str = "",
        action: MessageAction = MessageAction.TRY_AGAIN,
    ) -> None:
        """Show under an answer why it failed, with one main button (none without a label)."""
        item = self.find_item(message_id)
        if item is not None:
            item.error = ErrorCard(sentence, action_label, action)
            accessible.announce(self, sentence)
            self._remeasure(item)

    def set_unseen_above(self, message_id: int | None) -> None:
        """Draw the line "The model no longer sees what is above" above a message, or nowhere."""
        self._stage.column.set_unseen_above(message_id)
        self._settle()

    def message_text(self, message_id: int) -> str:
        """The original text of a message, also what is not drawn yet; empty for an unknown one."""
        item = self.find_item(message_id)
        return "" if item is None else item.source.text

    # Look and place

    def scroll_to_message(self, message_id: int, flash: bool = True) -> None:
        """Bring a message into sight; `flash` tints it for a moment."""
        item = self.find_item(message_id)
        if item is None:
            return
        self._stage.show_item(item)
        self._tell_end()
        if flash:
            self._flash.stop()
            self._stage.flash_id = message_id
            self._flash.start()

    def jump_to_end(self) -> None:
        """Show the newest text and follow it from now on."""
        self._stage.jump_to_end()
        self._tell_end()

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._theme = theme
        self.jump_button.set_theme(theme)
        self._stage.column.set_style(Style(theme, self._font_size))
        self._settle()

    def set_font_size(self, pixels: int) -> None:
        """Draw the text larger or smaller; what is being read stays in sight."""
        if pixels != self._font_size:
            self._font_size = pixels
            self._stage.column.set_style(Style(self._theme, pixels))
            self._settle()

    def set_busy(self, busy: bool) -> None:
        """Hide what would start another answer while one is made."""
        self._stage.column.set_busy(busy)
        self._settle()

    def retranslate(self) -> None:
        """Say everything in the language in use."""
        self.setAccessibleName(wording.conversation_text())
        self.jump_button.retranslate()
        self._stage.column.refresh_all()
        self._settle()

    # Slots

    def _on_scrolled(self) -> None:
        if not self._stage.scrolling.is_settling:
            self._stage.scrolling.moved_by_person(self._stage.window_height())
            self._stage.set_hover(None)
            self._tell_end()
        self._stage.repaint_soon()

    def _on_focus_moved(self, target: Target | None) -> None:
        accessible.tell_focus(self, target)

    def _on_frame_due(self, message_ids: tuple[int, ...]) -> None:
        """Parse and draw what has come since the last frame."""
        for message_id in message_ids:
            item = self.find_item(message_id)
            if item is None:
                continue
            changed = item.flush()
            if changed is not None:
                self._stage.text_changed(message_id, changed, grew=True)
            self._stage.column.measure(item)
        self._settle()

    def _on_sentence_ended(self, sentence: str) -> None:
        accessible.announce(self, sentence)

    def _on_flash(self, value: object) -> None:
        self._stage.flash = float(value) if isinstance(value, float | int) else 0.0
        self._stage.repaint_soon()

    # Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._stage.paint(painter, QRectF(event.rect()), has_focus=self.hasFocus())
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stage.set_room(self.width())
        size, area = self.jump_button.size(), self.viewport().geometry()
        self.jump_button.move((self.width() - size.width()) // 2, area.bottom() - size.height() - 12)
        self._settle()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pointer.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pointer.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._pointer.double_click(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self._pointer.wheel(event):
            event.accept()
        else:
            super().wheelEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._pointer.leave()
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.setAccepted(self._keys.press(event))
        self._tell_end()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Coming by Tab, the focus goes to the first or last thing that can be pressed."""
        super().focusInEvent(event)
        if event.reason() == Qt.FocusReason.TabFocusReason:
            self._keys.walk(1)
        elif event.reason() == Qt.FocusReason.BacktabFocusReason:
            self._keys.walk(-1)
        self._stage.repaint_soon()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self._stage.focus_target(None)
        self._stage.repaint_soon()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Walk over what can be pressed before the focus leaves the view."""
        if self.hasFocus() and self._keys.walk(1 if forward else -1):
            return True
        return super().focusNextPrevChild(forward)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Copy what is marked, or the message under the pointer; the address of a link."""
        spot = self._stage.spot_at(QPointF(event.pos()))
        if spot is not None:
            transcript_menu(self, self._stage, self._keys, spot).popup(event.globalPos())

    # Helpers

    def _set_up(self) -> None:
        accessible.install_accessibility(TranscriptView)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.verticalScrollBar().setSingleStep(self._stage.line_step())
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.jump_button.clicked.connect(self.jump_to_end)
        self._pressing.action_requested.connect(self.action_requested)
        self._pressing.link_activated.connect(self.link_activated)
        self._pressing.item_changed.connect(self._remeasure)
        self._stage.focus_moved.connect(self._on_focus_moved)
        self._stage.text_copied.connect(self.text_copied)
        self._growth.frame_due.connect(self._on_frame_due)
        self._growth.sentence_ended.connect(self._on_sentence_ended)
        self._flash.setDuration(_FLASH_MS)
        self._flash.setStartValue(1.0)
        self._flash.setEndValue(0.0)
        self._flash.valueChanged.connect(self._on_flash)
        self.retranslate()

    def _remeasure(self, item: MessageItem) -> None:
        item.refresh()
        self._stage.column.measure(item)
        self._settle()

    def _settle(self) -> None:
        self._stage.settle()
        self._tell_end()

    def _tell_end(self) -> None:
        at_end = self.is_at_end
        self.jump_button.setVisible(not at_end)
        if at_end != self._was_at_end:
            self._was_at_end = at_end
            self.at_end_changed.emit(at_end)
