"""What pressing something in the transcript does, whichever way it was pressed.

Copying, folding and wrapping are done here; everything else is told to the owner of the view.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.ui.transcript.actions import MessageAction, Target, TargetKind
from app.ui.transcript.code_element import CodeElement
from app.ui.transcript.message_item import MessageItem
from app.ui.transcript.stage import Stage

_COPIED_MS = 1500


class Pressing(QObject):
    """Carries out what `Stage.activated` tells.

    Signals:
        action_requested: (MessageAction, message id) a button of a message; COPY was already done.
        link_activated: (address) a link.
        item_changed: (MessageItem) a message is to be arranged anew.
    """

    action_requested = Signal(object, int)
    link_activated = Signal(str)
    item_changed = Signal(object)

    def __init__(self, stage: Stage, parent: QObject) -> None:
        super().__init__(parent)
        self._stage = stage
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_COPIED_MS)
        self._timer.timeout.connect(self._forget_copied)
        stage.activated.connect(self._on_activated)

    def _on_activated(self, target: Target) -> None:
        item = self._stage.find_item(target.message_id)
        if item is None:
            return
        match target.kind:
            case TargetKind.ACTION if target.action is not None:
                if target.action is MessageAction.COPY:
                    self._copy(item.source.text, target)
                self.action_requested.emit(target.action, target.message_id)
            case TargetKind.LINK:
                self.link_activated.emit(target.href)
            case TargetKind.FOLD:
                item.reasoning.is_unfolded = not item.reasoning.is_unfolded
                self.item_changed.emit(item)
            case _:
                self._press_code(item, target)

    def _forget_copied(self) -> None:
        self._stage.copied = None
        self._stage.repaint_soon()

    def _copy(self, text: str, target: Target) -> None:
        self._stage.put_on_clipboard(text)
        self._stage.copied = target
        self._timer.start()
        self._stage.repaint_soon()

    def _press_code(self, item: MessageItem, target: Target) -> None:
        element = self._stage.element_of(target)
        if not isinstance(element, CodeElement):
            return
        if target.kind is TargetKind.CODE_COPY:
            self._copy(element.run_text(0), target)
        elif target.kind is TargetKind.CODE_WRAP:
            element.set_wraps(not element.wraps)
            item.body(target.part).lay_out_again(target.slot)
            self.item_changed.emit(item)
