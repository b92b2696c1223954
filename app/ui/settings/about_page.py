"""The page "About": name and version, the phrase of a loaded model's licence, whose work is inside.

Takes values and tells what the person wants to read; looks at no disk and opens nothing.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPixmap, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.core.settings import SettingGroup
from app.ui.application_icon import picture
from app.ui.settings.flow import FlowLayout
from app.ui.texts import about as texts
from app.ui.texts import settings as settings_texts

_ICON_SIDE = 72


class AboutPage(QWidget):
    """Signals:
    own_licence_wanted: the person wants to read the program's own licence.
    all_licences_wanted: the person wants the list of everything inside.
    """

    own_licence_wanted = Signal()
    all_licences_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._version, self._has_torch_engine, self._has_list = "", True, True
        self._trouble_path = ""
        self._title, self._about = QLabel(), QLabel(wordWrap=True)
        self._icon, self._name, self._version_line = QLabel(), QLabel(), QLabel()
        self._what, self._edition = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self._loaded, self._notice = QLabel(), QLabel()
        self._licences, self._own = QLabel(), QLabel(wordWrap=True)
        self._works = [(QLabel(), QLabel()) for _ in texts.WORKS]
        self._own_button, self._all_button = QPushButton(), QPushButton()
        self._note = QLabel(wordWrap=True)
        self._build()
        self.set_notice("")
        self.retranslate()

    def set_program(self, version: str, has_torch_engine: bool, has_list: bool) -> None:
        """What this installation is; `has_list`: whether the list of everything inside came with it."""
        self._version, self._has_torch_engine, self._has_list = version, has_torch_engine, has_list
        self.retranslate()

    def set_notice(self, notice: str) -> None:
        """The phrase that the licence of the loaded model wants to be shown, or an empty text."""
        self._notice.setText(notice)
        self._loaded.setVisible(bool(notice))
        self._notice.setVisible(bool(notice))

    def say_not_opened(self, path: str) -> None:
        """No program showed the file; an empty `path` takes the sentence away."""
        self._trouble_path = path
        self._show_note()

    def retranslate(self) -> None:
        """Take the texts of the language in use."""
        page = settings_texts.GROUP_TEXTS[SettingGroup.ABOUT]
        self._title.setText(settings_texts.text(page.title))
        self._about.setText(settings_texts.text(page.about))
        self._name.setText(texts.text(texts.NAME))
        self._version_line.setText(texts.version_text(self._version))
        self._what.setText(texts.text(texts.WHAT))
        self._edition.setText(texts.text(texts.LIGHT))
        self._edition.setVisible(not self._has_torch_engine)
        self._loaded.setText(texts.text(texts.LOADED))
        self._licences.setText(texts.text(texts.LICENCES))
        self._own.setText(texts.text(texts.OWN))
        self._own_button.setText(texts.text(texts.OWN_BUTTON))
        self._all_button.setText(texts.text(texts.ALL_BUTTON))
        self._all_button.setVisible(self._has_list)
        inside = texts.works(self._has_torch_engine)
        for work, (name, licence) in zip(texts.WORKS, self._works, strict=True):
            name.setText(texts.text(work.name))
            licence.setText(texts.text(work.licence))
            name.setVisible(work in inside)
            licence.setVisible(work in inside)
        self._show_note()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._icon.pixmap().isNull():  # drawing it imports a module that the start does without
            scale = self.devicePixelRatioF()
            pixmap = QPixmap.fromImage(picture(round(_ICON_SIDE * scale)))
            pixmap.setDevicePixelRatio(scale)
            self._icon.setPixmap(pixmap)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def _show_note(self) -> None:
        if self._trouble_path:
            self._note.setText(texts.not_opened(self._trouble_path))
        else:
            self._note.setText("" if self._has_list else texts.text(texts.NO_LIST))
        self._note.setVisible(bool(self._note.text()))

    def _build(self) -> None:
        self._title.setProperty("role", "title")
        for heading in (self._name, self._loaded, self._licences):
            heading.setProperty("role", "heading")
        quiet = (self._about, self._version_line, self._edition, self._own, self._note)
        for label in (*quiet, *(licence for _, licence in self._works)):
            label.setProperty("role", "muted")
        for label in (self._version_line, self._note):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(32)
        layout.addLayout(_lines(self._title, self._about))
        layout.addLayout(self._build_head())
        layout.addLayout(_lines(self._loaded, self._notice))
        layout.addLayout(self._build_licences())

    def _build_head(self) -> QHBoxLayout:
        self._icon.setFixedSize(_ICON_SIDE, _ICON_SIDE)
        head = QHBoxLayout()
        head.setSpacing(20)
        head.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(_lines(self._name, self._version_line, self._what, self._edition), 1)
        return head

    def _build_licences(self) -> QVBoxLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(32)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for row, (name, licence) in enumerate(self._works):
            grid.addWidget(name, row, 0)
            grid.addWidget(licence, row, 1)
        buttons = FlowLayout(8, 8)
        buttons.addWidget(self._all_button)
        buttons.addWidget(self._own_button)
        self._own_button.clicked.connect(self.own_licence_wanted)
        self._all_button.clicked.connect(self.all_licences_wanted)
        licences = QVBoxLayout()
        licences.setSpacing(16)
        licences.addLayout(_lines(self._licences, self._own))
        licences.addLayout(grid)
        licences.addLayout(buttons)
        licences.addWidget(self._note)
        return licences


def _lines(*labels: QLabel) -> QVBoxLayout:
    """Labels that belong together."""
    lines = QVBoxLayout()
    lines.setSpacing(4)
    for label in labels:
        lines.addWidget(label)
    return lines
