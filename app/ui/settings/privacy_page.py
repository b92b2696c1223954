"""The page "Privacy": the promise, the list of connections and how it is checked, what is kept and where.

Takes values and tells what the person wants; looks at no disk.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.core.connections import ConnectionLog
from app.core.privacy import Readers, StoredKind, StoredThing
from app.core.settings import SettingGroup
from app.ui.icons import IconName
from app.ui.importing.elided import ElidedLabel, IconLine
from app.ui.text_format import size_text
from app.ui.texts import privacy as texts
from app.ui.texts import settings as settings_texts
from app.ui.theme_manager import ThemeManager

SHOWN_CONNECTIONS = 50
_LONG_WORD = re.compile(r"\S{24}")
"""Behind so many characters without a space a line may end: else a name would widen the window."""


class PrivacyPage(QWidget):
    """Signals:
    shown: the page came to the front and wants fresh values.
    folder_wanted: (Path) show this folder in the file manager.
    narrow_wanted: (StoredKind) let nobody else read it.
    """

    shown = Signal()
    folder_wanted = Signal(object)
    narrow_wanted = Signal(object)

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._about = QLabel(), QLabel(wordWrap=True)
        self._promise = _Promise(themes)
        self._connections = _Connections(themes)
        self._stored_title, self._stored_about = QLabel(), QLabel(wordWrap=True)
        self._things = {kind: _Thing(themes, kind) for kind in StoredKind}
        self._build()
        self.retranslate()

    def show_connections(self, log: ConnectionLog | None) -> None:
        """What was written down; None where it cannot be read."""
        self._connections.show_log(log)

    def show_things(self, things: Sequence[StoredThing]) -> None:
        """What is kept; kinds that are not among them are not shown."""
        found = {thing.kind: thing for thing in things}
        for kind, row in self._things.items():
            row.show_thing(found.get(kind))

    def say_unchanged(self, kind: StoredKind) -> None:
        """Others can still read it, after they were to be kept out."""
        self._things[kind].say_unchanged()

    def retranslate(self) -> None:
        """Take the texts of the language in use."""
        page = settings_texts.GROUP_TEXTS[SettingGroup.PRIVACY]
        self._title.setText(settings_texts.text(page.title))
        self._about.setText(settings_texts.text(page.about))
        self._promise.retranslate()
        self._connections.retranslate()
        self._stored_title.setText(texts.text(texts.STORED))
        self._stored_about.setText(texts.text(texts.STORED_ABOUT))
        for row in self._things.values():
            row.retranslate()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def _build(self) -> None:
        self._title.setProperty("role", "title")
        self._about.setProperty("role", "muted")
        self._stored_title.setProperty("role", "heading")
        self._stored_about.setProperty("role", "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(32)
        layout.addLayout(_lines(self._title, self._about))
        layout.addWidget(self._promise)
        layout.addWidget(self._connections)
        stored = QVBoxLayout()
        stored.setSpacing(24)
        stored.addLayout(_lines(self._stored_title, self._stored_about))
        for row in self._things.values():
            stored.addWidget(row)
            row.folder_wanted.connect(self.folder_wanted)
            row.narrow_wanted.connect(self.narrow_wanted)
        layout.addLayout(stored)


class _Promise(QFrame):
    """A surface with the shield and what it stands for."""

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", "card")
        self._head = IconLine(themes, "heading")
        self._lines = [QLabel(wordWrap=True) for _ in texts.PROMISES]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(8)
        layout.addWidget(self._head)
        for line in self._lines:
            line.setProperty("role", "muted")
            line.setContentsMargins(26, 0, 0, 0)  # below the words, not below the shield
            layout.addWidget(line)

    def retranslate(self) -> None:
        self._head.show_line(IconName.SHIELD_CHECK, "accent", texts.text(texts.PROMISE))
        for line, source in zip(self._lines, texts.PROMISES, strict=True):
            line.setText(texts.text(source))


class _Connections(QWidget):
    """The verdict, the newest lines, and how all that is checked, behind a button."""

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log: ConnectionLog | None = ConnectionLog()
        self._title, self._about = QLabel(), QLabel(wordWrap=True)
        self._verdict = IconLine(themes)
        self._list, self._note = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self._check = QPushButton()
        self._checks = [QLabel(wordWrap=True) for _ in texts.CHECKS]
        self._build()
        self._check.toggled.connect(self._show_checks)

    def show_log(self, log: ConnectionLog | None) -> None:
        self._log = log
        self.retranslate()

    def retranslate(self) -> None:
        log = self._log
        self._title.setText(texts.text(texts.CONNECTIONS))
        self._about.setText(texts.text(texts.CONNECTIONS_ABOUT))
        is_clean = log is not None and not log.connections and not log.dropped
        icon, token = (IconName.CHECK, "accent") if is_clean else (IconName.INFO, "muted")
        self._verdict.show_line(icon, token, texts.verdict(log))
        newest = [] if log is None else list(reversed(log.connections))[:SHOWN_CONNECTIONS]
        lines = "\n".join(texts.connection_text(connection) for connection in newest)
        self._list.setText(_LONG_WORD.sub("\\g<0>\u200b", lines))
        self._list.setVisible(bool(newest))
        note = "" if log is None else texts.list_note(log, len(newest))
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self._check.setText(texts.text(texts.CHECK))
        for line, source in zip(self._checks, texts.CHECKS, strict=True):
            line.setText(texts.text(source))

    def _show_checks(self, shown: bool) -> None:
        for line in self._checks:
            line.setVisible(shown)

    def _build(self) -> None:
        self._title.setProperty("role", "heading")
        self._about.setProperty("role", "muted")
        self._list.setTextFormat(Qt.TextFormat.PlainText)
        self._list.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._list.setContentsMargins(26, 0, 0, 0)
        self._note.setContentsMargins(26, 0, 0, 0)
        self._note.setProperty("role", "caption")
        self._check.setCheckable(True)
        self._check.setProperty("kind", "link")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(_lines(self._title, self._about))
        for part in (self._verdict, self._list, self._note):
            layout.addWidget(part)
        layout.addLayout(_below_words(self._check, 18))
        for line in self._checks:
            line.setProperty("role", "muted")
            line.setContentsMargins(26, 0, 0, 0)
            line.hide()
            layout.addWidget(line)


class _Thing(QWidget):
    """One kind of thing that is kept. Hidden where there is none."""

    folder_wanted = Signal(object)
    narrow_wanted = Signal(object)

    def __init__(self, themes: ThemeManager, kind: StoredKind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = kind
        self._thing: StoredThing | None = None
        self._is_unchanged = False
        self._name, self._size = QLabel(), QLabel()
        self._holds, self._removal = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self._path, self._show = ElidedLabel("muted"), QPushButton()
        self._readers, self._narrow = IconLine(themes), QPushButton()
        self._build()
        self._show.clicked.connect(self._on_show)
        self._narrow.clicked.connect(self._on_narrow)
        self.hide()

    def show_thing(self, thing: StoredThing | None) -> None:
        if thing is None or thing.readers is not Readers.OTHERS:
            self._is_unchanged = False
        self._thing = thing
        self.setVisible(thing is not None)
        self.retranslate()

    def say_unchanged(self) -> None:
        self._is_unchanged = True
        self.retranslate()

    def retranslate(self) -> None:
        found, thing = texts.THINGS[self._kind], self._thing
        name = texts.text(found.name)
        self._name.setText(name)
        self._holds.setText(texts.text(found.holds))
        self._removal.setText(texts.removal_text(self._kind))
        self._show.setText(self.tr("Show in folder"))
        self._show.setAccessibleName(f"{self._show.text()} {name}")
        self._narrow.setText(texts.text(texts.NARROW))
        self._narrow.setAccessibleName(f"{self._narrow.text()} {name}")
        if thing is None:
            return
        self._size.setText(size_text(thing.size_bytes))
        self._path.set_text(str(thing.path))
        is_open = thing.readers is Readers.OTHERS and self._kind.is_personal
        self._narrow.setVisible(is_open and thing.can_narrow)
        sentence = texts.readers_text(self._kind, thing.readers, can_narrow=thing.can_narrow)
        if self._is_unchanged:
            sentence = f"{sentence} {texts.did_not_help()}"
        icon, token = (IconName.WARNING, "warning") if is_open else (IconName.CHECK, "accent")
        if thing.readers is Readers.UNKNOWN or (thing.readers is Readers.OTHERS and not is_open):
            icon, token = IconName.INFO, "muted"
        self._readers.show_line(icon, token, sentence)

    def _build(self) -> None:
        self._name.setProperty("role", "strong")
        self._size.setProperty("role", "muted")
        self._removal.setProperty("role", "caption")
        self._show.setProperty("kind", "link")
        head = QHBoxLayout()
        head.addWidget(self._name, 1)
        head.addWidget(self._size)
        place = QHBoxLayout()
        place.setSpacing(8)
        place.addWidget(self._path)
        place.addWidget(self._show)
        place.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self._holds)
        layout.addLayout(place)
        layout.addWidget(self._readers)
        layout.addLayout(_below_words(self._narrow, 26))
        layout.addWidget(self._removal)

    def _on_show(self) -> None:
        if self._thing is not None:
            self.folder_wanted.emit(self._thing.folder)

    def _on_narrow(self) -> None:
        self._show.setFocus()  # the button is about to go
        self.narrow_wanted.emit(self._kind)


def _below_words(button: QPushButton, left: int) -> QHBoxLayout:
    """A button under the words of an `IconLine`, not under its icon."""
    row = QHBoxLayout()
    row.setContentsMargins(left, 2, 0, 4)
    row.addWidget(button)
    row.addStretch(1)
    return row


def _lines(title: QLabel, about: QLabel) -> QVBoxLayout:
    layout = QVBoxLayout()
    layout.setSpacing(4)
    layout.addWidget(title)
    layout.addWidget(about)
    return layout
