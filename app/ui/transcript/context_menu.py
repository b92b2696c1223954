"""The menu of the right mouse button (or the menu key) over the transcript."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.ui.menus import rounded_menu
from app.ui.transcript import wording
from app.ui.transcript.actions import MessageAction, TargetKind
from app.ui.transcript.keys import Keys
from app.ui.transcript.stage import Spot, Stage


def transcript_menu(parent: QWidget, stage: Stage, keys: Keys, spot: Spot) -> QMenu:
    """A menu for what is under the pointer: copy what is marked or the message, mark all, copy an address."""
    menu = rounded_menu(parent)
    menu.setObjectName("transcriptMenu")
    text = stage.selected_text() or spot.item.source.text
    copy = _add(menu, wording.action_text(MessageAction.COPY), lambda: stage.put_on_clipboard(text))
    copy.setEnabled(bool(text))
    _add(menu, wording.select_all_text(), lambda: keys.select_message(spot.item, spot.part))
    target = spot.target
    if target is not None and target.kind is TargetKind.LINK:
        _add(menu, wording.copy_link_text(), lambda: stage.put_on_clipboard(target.href))
    return menu


def _add(menu: QMenu, text: str, verb: Callable[[], None]) -> QAction:
    action = menu.addAction(text)
    action.triggered.connect(verb)
    return action
