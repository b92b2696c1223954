"""The card "for this computer": what it is, what it can run and why, and the ways to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.core.catalog import Advice
from app.ui.first_run.addresses import LicenceLine
from app.ui.importing.figures import FigureRow
from app.ui.settings.flow import FlowLayout
from app.ui.texts import first_run as texts

if TYPE_CHECKING:
    from app.model.machine_check import MachineFacts  # psutil is not to be waited for before the first paint

_USUAL_HEIGHT = 334
"""Kept free while the computer is looked at, so that no button moves away from under the mouse."""


class WelcomeCard(QFrame):
    """Says that it looks until it is told what was found; the buttons work from the beginning.

    Signals:
        files_wanted: a person has model files.
        list_wanted: which models there are, and where.
    """

    files_wanted = Signal()
    list_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", "card")
        self._facts: MachineFacts | None = None
        self._advice: Advice | None = None
        self._heading, self._machine = QLabel(), QLabel(wordWrap=True)
        self._title, self._reason, self._sentence = QLabel(), QLabel(wordWrap=True), QLabel(wordWrap=True)
        self._figures = FigureRow()
        self._licence = LicenceLine()
        self._files, self._list = QPushButton(), QPushButton()
        self._build()
        self._files.clicked.connect(self.files_wanted)
        self._list.clicked.connect(self.list_wanted)
        self._retranslate()

    @property
    def files_button(self) -> QPushButton:
        return self._files

    @property
    def list_button(self) -> QPushButton:
        return self._list

    def show_found(self, facts: MachineFacts, advice: Advice | None) -> None:
        """Show what this computer is; `advice` is None while that is not known yet."""
        self._facts, self._advice = facts, advice
        self._retranslate()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _retranslate(self) -> None:
        self._files.setText(self.tr("I already have model files"))
        self._list.setText(self.tr("Where to get model files"))
        facts = self._facts
        self.setMinimumHeight(_USUAL_HEIGHT if self._advice is None else 0)
        self._machine.setText(texts.machine_line(facts) if facts is not None else "")
        self._machine.setAccessibleName(self._machine.text())
        if facts is not None and facts.is_too_old:
            self._show_texts("", "", texts.too_old(facts))
            self._heading.setText(self.tr("This computer"))
        elif facts is not None and not facts.opens_folders:
            self._show_texts(texts.light_edition(), "", texts.light_edition_note())
            self._heading.setText(self.tr("For this computer"))
        elif facts is None or self._advice is None:
            self._show_texts("", "", self.tr("Looking at this computer…"))
            self._heading.setText(self.tr("For this computer"))
        else:
            self._show_advice(facts, self._advice)

    def _show_texts(self, title: str, reason: str, sentence: str = "") -> None:
        for label, text in ((self._title, title), (self._reason, reason), (self._sentence, sentence)):
            label.setText(text)
            label.setVisible(bool(text))
        self._figures.set_figures([])
        self._licence.hide()

    def _show_advice(self, facts: MachineFacts, advice: Advice) -> None:
        reason = texts.reason(advice, facts)
        best = advice.best
        if best is None:
            self._show_texts(texts.nothing_fits(), reason)
            self._heading.setText(self.tr("For this computer"))
            return
        self._heading.setText(self.tr("Recommended for this computer"))
        self._show_texts(best.model.name, reason, texts.good_at(best.model))
        self._figures.set_figures(texts.figures(best, facts.memory))
        self._licence.show_model(best.model)
        self._licence.show()

    def _build(self) -> None:
        self._heading.setProperty("role", "accent")
        self._machine.setProperty("role", "caption")
        self._machine.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._title.setProperty("role", "title")
        self._reason.setProperty("role", "caption")
        for label in (self._title, self._sentence, self._reason, self._machine, self._heading):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._files.setProperty("kind", "primary")
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(self._heading)
        head.addWidget(self._machine, 1)
        buttons = QWidget()
        row = FlowLayout(12, 8, buttons)
        row.addWidget(self._files)
        row.addWidget(self._list)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 24)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self._title)
        layout.addSpacing(4)
        layout.addWidget(self._figures)
        layout.addSpacing(4)
        layout.addWidget(self._sentence)
        layout.addWidget(self._reason)
        layout.addWidget(self._licence)
        layout.addSpacing(4)
        layout.addStretch(1)
        layout.addWidget(buttons)
