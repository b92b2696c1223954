"""Where a person writes: the growing field, send and stop, the notes above them.

Emits what the person wants; knows no conversation, no storage and no engine. The text stays here until the
owner says that it is stored (`clear`), so it is never in neither place, and it is never submitted twice.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.ui.icon_button import IconButton
from app.ui.icons import IconName
from app.ui.message_editor import MessageEditor, cleaned
from app.ui.theme import RADIUS_LARGE, Theme
from app.ui.theme_manager import ThemeManager

DRAFT_DELAY_MS = 400
_BUTTON_SIZE = 36
_INSET = 17  # of the text: the border and the margin of the card


class Composer(QWidget):
    """Never disabled: what is sent while a model loads or answers waits elsewhere."""

    submitted = Signal(str)
    draft_changed = Signal(str)
    stop_requested = Signal()
    edit_last_requested = Signal()
    editing_cancelled = Signal()
    settings_requested = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._submitted: str | None = None  # emitted, not yet known to be stored
        self._draft_before_edit: str | None = None  # not None while an earlier message is edited
        self._busy = False
        self._read_only_reason = ""
        self._draft_timer = QTimer(self, singleShot=True, interval=DRAFT_DELAY_MS)
        self._editor = MessageEditor()
        self._send = self._round_button("sendButton", IconName.SEND)
        self._stop = self._round_button("stopButton", IconName.STOP)
        self._options = IconButton(themes, IconName.SETTINGS)
        self._banner = QFrame()
        self._banner_text = QLabel(wordWrap=True)
        self._cancel_edit = QPushButton()
        self._card = QFrame()
        self._build()
        self._connect()
        self._apply_theme(themes.theme)
        self._retranslate()
        self._show_state()

    @property
    def editor(self) -> MessageEditor:
        """The field itself, for the focus and for tests."""
        return self._editor

    @property
    def is_editing(self) -> bool:
        """Whether an earlier message is being edited."""
        return self._draft_before_edit is not None

    def text(self) -> str:
        """What is written now, clean: no NUL, no broken character."""
        return self._editor.text()

    def set_text(self, text: str) -> None:
        """Show other text, with nothing to undo; no draft is emitted for it."""
        self._submitted = None
        self._set_quietly(text)

    def clear(self) -> None:
        """The submitted text is stored: take it out. What was typed after it stays and is a draft again.

        Without a submitted text everything goes.
        """
        submitted, self._submitted = self._submitted, None
        written = self.text()
        rest = ""
        if submitted is not None and written != submitted:
            rest = written.removeprefix(submitted).lstrip("\n")
        if self.is_editing and submitted is not None:
            rest = rest or self._draft_before_edit or ""
            self._draft_before_edit = None
        self._draft_timer.stop()
        if rest != written:
            blocked = self._editor.blockSignals(True)
            self._editor.replace_all(rest)
            self._editor.blockSignals(blocked)
        if rest:
            self._draft_timer.start()
        self._show_state()

    def submission_failed(self) -> None:
        """The submitted text could not be stored: it stays here and may be sent again."""
        if self._submitted is not None:
            self._submitted = None
            self._draft_timer.start()

    def flush_draft(self) -> None:
        """Emit the draft now if it changed since it was last emitted."""
        if self._draft_timer.isActive():
            self._draft_timer.stop()
            self.draft_changed.emit(self._draft_text())

    def submit(self) -> None:
        """Send what is written, as Enter does."""
        self._submit()

    def set_busy(self, busy: bool) -> None:
        """Whether an answer streams: the button is Stop then, with Send beside it once there is text."""
        self._busy = busy
        self._show_state()

    def set_editing(self, text: str | None) -> None:
        """Edit an earlier message, which reads `text`; None ends it and brings the draft from before back."""
        if text is not None:
            if self._draft_before_edit is None:
                self._draft_before_edit = self.text()
            self._set_quietly(text)
            self.setFocus()
        elif self._draft_before_edit is not None:
            before, self._draft_before_edit = self._draft_before_edit, None
            self._set_quietly(before)
        self._show_state()

    def set_read_only_reason(self, reason: str | None) -> None:
        """Why nothing can be sent, as a whole sentence; None when sending is possible."""
        self._read_only_reason = reason or ""
        self._show_state()

    def set_text_size(self, pixels: int) -> None:
        """The size of the text that is written, in pixels."""
        font = QFont(self._editor.font())
        font.setPixelSize(pixels)
        self._editor.setFont(font)
        self._editor.viewport().setFont(font)  # paints the placeholder
        self._show_placeholder()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_placeholder()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        # The whole card is the field for a hand that aims at it.
        self._editor.setFocus()
        super().mousePressEvent(event)

    def _submit(self) -> None:
        if self._submitted is not None or self._read_only_reason or self._editor.is_composing:
            return
        text = self.text()
        if text.strip():
            self._submitted = text
            self._draft_timer.stop()
            self.submitted.emit(text)

    def _on_escape(self) -> None:
        if self._busy:
            self.stop_requested.emit()
        elif self.is_editing:
            self._cancel_editing()

    def _on_up(self) -> None:
        if not self.is_editing:
            self.edit_last_requested.emit()

    def _cancel_editing(self) -> None:
        self.set_editing(None)
        self._editor.setFocus()
        self.editing_cancelled.emit()

    def _on_text_changed(self) -> None:
        if self._submitted is None:
            self._draft_timer.start()
        self._show_buttons()

    def _on_focus_changed(self, focused: bool) -> None:
        self._card.setProperty("focused", focused)
        self._card.style().unpolish(self._card)
        self._card.style().polish(self._card)
        if not focused:
            self.flush_draft()

    def _draft_text(self) -> str:
        """What must not be lost: the text, and while a message is edited also the draft from before."""
        return "\n\n".join(part for part in (self._draft_before_edit, self.text()) if part)

    def _set_quietly(self, text: str) -> None:
        self._draft_timer.stop()
        blocked = self._editor.blockSignals(True)
        self._editor.setPlainText(cleaned(text))
        self._editor.moveCursor(self._editor.textCursor().MoveOperation.End)
        self._editor.blockSignals(blocked)
        self._show_buttons()

    def _show_state(self) -> None:
        note = self._read_only_reason
        if not note and self.is_editing:
            note = self.tr("Editing an earlier message; the old version is kept.")
        self._banner_text.setText(note)
        self._cancel_edit.setVisible(self.is_editing and not self._read_only_reason)
        self._banner.setVisible(bool(note))
        self._show_buttons()

    def _show_placeholder(self) -> None:
        """One line: where the long one does not fit, the short one stands (F1 tells the keys as well)."""
        text = self.tr("Write something… Enter sends, Shift+Enter makes a new line")
        room = self.width() - 2 * _INSET
        if self._editor.fontMetrics().horizontalAdvance(text) > room:
            text = self.tr("Write something…")
        self._editor.set_hint(text)

    def _show_buttons(self) -> None:
        self._stop.setVisible(self._busy)
        self._send.setVisible(not self._busy or not self._editor.is_empty)

    def _build(self) -> None:
        self._editor.setObjectName("composerEditor")
        self._card.setObjectName("composerCard")
        self._banner.setObjectName("composerBanner")
        self._cancel_edit.setProperty("kind", "text")
        self._banner_text.setProperty("role", "muted")
        banner = QHBoxLayout(self._banner)
        banner.setContentsMargins(16, 6, 8, 6)
        banner.addWidget(self._banner_text, 1)
        banner.addWidget(self._cancel_edit)
        field = QVBoxLayout()
        field.setContentsMargins(16, 14, 16, 0)
        field.addWidget(self._editor)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(10, 4, 10, 10)
        buttons.setSpacing(8)
        buttons.addWidget(self._options)
        buttons.addStretch(1)
        buttons.addWidget(self._send)
        buttons.addWidget(self._stop)
        card = QVBoxLayout(self._card)
        card.setContentsMargins(0, 0, 0, 0)
        card.setSpacing(0)
        card.addWidget(self._banner)
        card.addLayout(field)
        card.addLayout(buttons)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._card)
        self.setFocusProxy(self._editor)
        self.setTabOrder(self._editor, self._send)
        self.setTabOrder(self._send, self._stop)
        self.setTabOrder(self._stop, self._options)

    def _connect(self) -> None:
        self._editor.enter_pressed.connect(self._submit)
        self._editor.escape_pressed.connect(self._on_escape)
        self._editor.up_in_empty.connect(self._on_up)
        self._editor.textChanged.connect(self._on_text_changed)
        self._editor.focus_changed.connect(self._on_focus_changed)
        self._send.clicked.connect(self._submit)
        self._stop.clicked.connect(self.stop_requested)
        self._options.clicked.connect(self.settings_requested)
        self._cancel_edit.clicked.connect(self._cancel_editing)
        self._draft_timer.timeout.connect(self._emit_draft)
        self._themes.changed.connect(self._apply_theme)

    def _emit_draft(self) -> None:
        self.draft_changed.emit(self._draft_text())

    def _round_button(self, name: str, icon: IconName) -> QToolButton:
        button = IconButton(self._themes, icon, token="on_accent", size=20)  # noqa: S106
        button.setObjectName(name)
        button.setProperty("round", True)
        button.setFixedSize(QSize(_BUTTON_SIZE, _BUTTON_SIZE))
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        return button

    def _apply_theme(self, theme: Theme) -> None:
        self._card.setStyleSheet(_style(theme))

    def _retranslate(self) -> None:
        self._show_placeholder()
        self._editor.setAccessibleName(self.tr("Your message"))
        self._send.setToolTip(self.tr("Send (Enter)"))
        self._send.setAccessibleName(self.tr("Send"))
        self._stop.setToolTip(self.tr("Stop the answer (Esc)"))
        self._stop.setAccessibleName(self.tr("Stop the answer"))
        self._options.setToolTip(self.tr("How answers are written…"))
        self._options.setAccessibleName(self.tr("Settings for answers"))
        self._cancel_edit.setText(self.tr("Cancel"))
        self._show_state()


def _style(theme: Theme) -> str:
    radius = _BUTTON_SIZE // 2
    return f"""
QFrame#composerCard {{
    background: {theme.surface}; border: 1px solid {theme.border}; border-radius: {RADIUS_LARGE}px;
}}
QFrame#composerCard[focused="true"] {{ border-color: {theme.accent}; }}
QFrame#composerBanner {{
    background: {theme.user_bubble}; border: none;
    border-top-left-radius: {RADIUS_LARGE - 1}px; border-top-right-radius: {RADIUS_LARGE - 1}px;
}}
QPlainTextEdit#composerEditor, QPlainTextEdit#composerEditor:focus {{
    background: transparent; border: none; padding: 0; min-height: 0; border-radius: 0;
}}
QPlainTextEdit#composerEditor {{ placeholder-text-color: {theme.muted}; }}
QToolButton[round="true"] {{
    background: {theme.accent}; border: 1px solid {theme.accent}; border-radius: {radius}px;
}}
QToolButton[round="true"]:hover {{ background: {theme.accent_hover}; border-color: {theme.accent_hover}; }}
QToolButton[round="true"]:focus {{ border: 2px solid {theme.text}; }}
"""
