"""The transcript for screen readers: messages as children, their buttons and links as children of those.

Interfaces exist only while a screen reader asks. Qt's cache holds the C++ side of each, we the Python
side, until the message is gone; then both go (`_Registry`). PySide6 6.11 needs two things: an interface must
be kept by a Python reference, and `interface_cast` must return a `VoidPtr`, also for "no": a plain 0 crashes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QObject, QPointF, QRect
from PySide6.QtGui import (
    QAccessible,
    QAccessibleActionInterface,
    QAccessibleAnnouncementEvent,
    QAccessibleEvent,
    QAccessibleInterface,
    QColor,
    QWindow,
)
from PySide6.QtWidgets import QAccessibleWidget
from shiboken6 import VoidPtr, getCppPointer

from app.ui.transcript import wording
from app.ui.transcript.actions import Target, TargetKind
from app.ui.transcript.markdown import plain_text
from app.ui.transcript.message_item import MessageItem

if TYPE_CHECKING:
    from app.ui.transcript.view import TranscriptView

_Key = int | tuple[int, int]


def install_accessibility(view_class: type[TranscriptView]) -> None:
    """Let Qt ask for our interfaces; once for the program, further calls change nothing."""
    if not _installed:
        _installed.append(view_class)
        QAccessible.installFactory(_make_interface)


def announce(view: TranscriptView, sentence: str) -> None:
    """Have a screen reader say a sentence."""
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(view, sentence))


def tell_messages_changed(view: TranscriptView, gone: Iterable[int] = ()) -> None:
    """Messages came or went; `gone` are the ids whose interfaces are given back."""
    if not QAccessible.isActive():
        return
    interface = QAccessible.queryAccessibleInterface(view)
    if isinstance(interface, _ViewInterface):
        interface.forget(gone)
    QAccessible.updateAccessibility(QAccessibleEvent(view, QAccessible.Event.ObjectReorder))


def tell_focus(view: TranscriptView, target: Target | None) -> None:
    """The keyboard's focus moved to a target, or back to the view."""
    if not QAccessible.isActive():
        return
    interface = QAccessible.queryAccessibleInterface(view)
    if isinstance(interface, _ViewInterface):
        focused = interface.target_interface(target) or interface
        QAccessible.updateAccessibility(QAccessibleEvent(focused, QAccessible.Event.Focus))


_installed: list[type[TranscriptView]] = []


def _make_interface(_key: str, owner: QObject | None) -> QAccessibleInterface | None:
    if owner is None or not _installed or not isinstance(owner, _installed[0]):
        return None
    interface = _ViewInterface(owner)
    _kept[id(interface)] = interface
    owner.destroyed.connect(partial(_release, id(interface), interface.registry))
    return interface


_kept: dict[int, _ViewInterface] = {}


def _release(key: int, registry: _Registry, *_: object) -> None:
    registry.drop(list(registry.interfaces))
    _kept.pop(key, None)


class _Registry:
    """The interfaces of one view with their numbers in Qt's cache."""

    def __init__(self) -> None:
        self.interfaces: dict[_Key, QAccessibleInterface] = {}
        self._numbers: dict[_Key, int] = {}

    def get(self, key: _Key, make: Callable[[], QAccessibleInterface]) -> QAccessibleInterface:
        """The interface for a key."""
        if key not in self.interfaces:
            made = make()
            self.interfaces[key] = made
            self._numbers[key] = QAccessible.registerAccessibleInterface(made)
        return self.interfaces[key]

    def drop(self, keys: Iterable[_Key]) -> None:
        """Give interfaces back."""
        for key in keys:
            if key in self._numbers:
                QAccessible.deleteAccessibleInterface(self._numbers.pop(key))
                del self.interfaces[key]


class _ViewInterface(QAccessibleWidget):
    """The view: a list of messages, and the button to the end while it is shown."""

    def __init__(self, view: TranscriptView) -> None:
        super().__init__(view, QAccessible.Role.List, wording.conversation_text())
        self.view = view
        self.registry = _Registry()

    def childCount(self) -> int:
        return len(self.view.items) + self._has_button()

    def child(self, index: int) -> QAccessibleInterface:
        items = self.view.items
        if 0 <= index < len(items):
            item = items[index]
            return self.registry.get(item.id, lambda: _MessageInterface(self, item.id))
        return QAccessible.queryAccessibleInterface(self.view.jump_button)

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        if isinstance(child, _MessageInterface):
            return self.view.index_of(child.message_id)
        return len(self.view.items) if self._has_button() else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        item = self.view.stage.item_at_global(QPointF(x, y))
        index = -1 if item is None else self.view.index_of(item.id)
        return cast("QAccessibleInterface", self.child(index) if index >= 0 else None)

    def text(self, kind: QAccessible.Text) -> str:
        return wording.conversation_text() if kind == QAccessible.Text.Name else ""

    def focusChild(self) -> QAccessibleInterface:
        return cast("QAccessibleInterface", self.target_interface(self.view.stage.focused_target()))

    def target_interface(self, target: Target | None) -> QAccessibleInterface | None:
        """The interface of a target."""
        if target is None:
            return None
        index = self.view.index_of(target.message_id)
        message = self.child(index) if index >= 0 else None
        if not isinstance(message, _MessageInterface) or target not in message.targets():
            return None
        return message.child(message.targets().index(target))

    def forget(self, message_ids: Iterable[int]) -> None:
        """Messages are gone."""
        gone = set(message_ids)
        self.registry.drop(
            [key for key in self.registry.interfaces if (key[0] if isinstance(key, tuple) else key) in gone]
        )

    def _has_button(self) -> bool:
        return self.view.jump_button.isVisible()


class _Painted(QAccessibleInterface):
    """What messages and targets share: they are painted, so no object of Qt stands behind them."""

    def object(self) -> QObject:
        return cast("QObject", None)

    def window(self) -> QWindow:
        return cast("QWindow", None)

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """Nothing here can be written."""

    def foregroundColor(self) -> QColor:
        return QColor()

    def backgroundColor(self) -> QColor:
        return QColor()

    def childAt(self, x: int, y: int) -> QAccessibleInterface:  # noqa: ARG002
        return cast("QAccessibleInterface", None)

    def interface_cast(self, kind: QAccessible.InterfaceType) -> int:  # noqa: ARG002
        return cast("int", VoidPtr(0))


class _MessageInterface(_Painted):
    """A message."""

    def __init__(self, parent: _ViewInterface, message_id: int) -> None:
        super().__init__()
        self._view = parent
        self.message_id = message_id

    def targets(self) -> list[Target]:
        """What can be pressed in the message."""
        item = self._item()
        return [] if item is None else list(item.targets(0, item.height))

    def isValid(self) -> bool:
        return self._item() is not None

    def parent(self) -> QAccessibleInterface:
        return self._view

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def state(self) -> QAccessible.State:
        state: Any = QAccessible.State()
        item = self._item()
        if item is None or not self._view.view.stage.is_in_window(item):
            state.offscreen = True
        state.readOnly = True
        return cast("QAccessible.State", state)

    def text(self, kind: QAccessible.Text) -> str:
        item = self._item()
        if item is None or kind != QAccessible.Text.Name:
            return ""
        said = item.waiting or plain_text(tuple(item.source.blocks()))
        if item.error is not None:
            said = f"{said}\n{item.error.sentence}" if said else item.error.sentence
        return wording.speaker_text(item.record, said)

    def rect(self) -> QRect:
        item = self._item()
        return QRect() if item is None else self._view.view.stage.global_rect(item)

    def childCount(self) -> int:
        return len(self.targets())

    def child(self, index: int) -> QAccessibleInterface:
        if not 0 <= index < self.childCount():
            return cast("QAccessibleInterface", None)
        key = (self.message_id, index)
        return self._view.registry.get(key, lambda: _TargetInterface(self, index))

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return child.index if isinstance(child, _TargetInterface) else -1

    def activate(self, target: Target) -> None:
        """Press one of the targets."""
        self._view.view.stage.activate(target)

    def target_rect(self, target: Target) -> QRect:
        """Where a target is on the screen."""
        item = self._item()
        return QRect() if item is None else self._view.view.stage.global_rect(item, target.rect)

    def _item(self) -> MessageItem | None:
        return self._view.view.stage.find_item(self.message_id)


class _TargetInterface(_Painted):
    """A button or a link inside a message: the one that stands at `index` just now."""

    def __init__(self, parent: _MessageInterface, index: int) -> None:
        super().__init__()
        self._message = parent
        self.index = index
        self._action = _PressInterface(self)

    def target(self) -> Target | None:
        """What is pressed."""
        targets = self._message.targets()
        return targets[self.index] if self.index < len(targets) else None

    def press(self) -> None:
        """Do what a click does."""
        target = self.target()
        if target is not None:
            self._message.activate(target)

    def isValid(self) -> bool:
        return self.target() is not None

    def parent(self) -> QAccessibleInterface:
        return self._message

    def role(self) -> QAccessible.Role:
        target = self.target()
        is_link = target is not None and target.kind is TargetKind.LINK
        return QAccessible.Role.Link if is_link else QAccessible.Role.PushButton

    def state(self) -> QAccessible.State:
        state: Any = QAccessible.State()
        state.focusable = True
        return cast("QAccessible.State", state)

    def text(self, kind: QAccessible.Text) -> str:
        target = self.target()
        return target.label if target is not None and kind == QAccessible.Text.Name else ""

    def rect(self) -> QRect:
        target = self.target()
        return QRect() if target is None else self._message.target_rect(target)

    def childCount(self) -> int:
        return 0

    def child(self, index: int) -> QAccessibleInterface:  # noqa: ARG002
        return cast("QAccessibleInterface", None)

    def indexOfChild(self, child: QAccessibleInterface) -> int:  # noqa: ARG002
        return -1

    def interface_cast(self, kind: QAccessible.InterfaceType) -> int:
        if kind == QAccessible.InterfaceType.ActionInterface:
            return cast("int", VoidPtr(getCppPointer(self._action)[0]))
        return super().interface_cast(kind)


class _PressInterface(QAccessibleActionInterface):
    """The one thing that can be done with a target."""

    def __init__(self, target: _TargetInterface) -> None:
        super().__init__()
        self._target = target

    def actionNames(self) -> list[str]:
        return [QAccessibleActionInterface.pressAction()]

    def doAction(self, name: str) -> None:
        if name == QAccessibleActionInterface.pressAction():
            self._target.press()

    def keyBindingsForAction(self, name: str) -> list[str]:  # noqa: ARG002
        return []
