"""The files that were prepared from models: counted, listed, and removed when the person wants it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from app.core.installed import PreparedCopy
from app.ui.settings.flow import FlowLayout
from app.ui.settings.task_panel import Question, TaskPanel
from app.ui.texts import models as texts
from app.ui.theme_manager import ThemeManager


@dataclass(frozen=True, slots=True)
class PreparedEntry:
    """A copy as the page shows it: whether the loaded model uses it, and whether its model is gone."""

    copy: PreparedCopy
    is_used: bool = False
    is_orphan: bool = False


class PreparedPart(QWidget):
    """Asks by itself before it tells.

    Signals:
        remove_requested: (tuple of PreparedCopy) they are to go; confirmed.
    """

    remove_requested = Signal(object)

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[PreparedEntry, ...] = ()
        self._doomed: tuple[PreparedCopy, ...] = ()
        self._title, self._summary, self._lines = (QLabel(wordWrap=True) for _ in range(3))
        self._all, self._orphans = QPushButton(), QPushButton()
        self._buttons = QWidget()
        self.panel = TaskPanel(themes)
        self._build()
        self._connect()
        self.retranslate()

    @property
    def lines(self) -> list[str]:
        """What is listed."""
        return self._lines.text().splitlines()

    def show_copies(self, entries: Sequence[PreparedEntry]) -> None:
        """Show what there is; an open question is withdrawn when that changed."""
        if tuple(entries) != self._entries and self.panel.is_asking:
            self.panel.clear()
        self._entries = tuple(entries)
        self.retranslate()

    def retranslate(self) -> None:
        """Take the texts of the language in use."""
        copies = [entry.copy for entry in self._entries]
        self._title.setText(texts.prepared_title())
        self._summary.setText(texts.prepared_summary(copies))
        lines = (
            texts.prepared_line(entry.copy, is_used=entry.is_used, is_orphan=entry.is_orphan)
            for entry in self._entries
        )
        self._lines.setText("\n".join(lines))
        self._lines.setVisible(bool(self._entries))
        self._all.setText(self.tr("Remove all…"))
        self._all.setAccessibleName(self.tr("Remove all prepared copies"))
        self._orphans.setText(self.tr("Remove those without a model…"))
        self._orphans.setAccessibleName(self.tr("Remove the prepared copies without a model"))
        orphans, removable = self._removable(orphans_only=True), self._removable(orphans_only=False)
        self._orphans.setVisible(0 < len(orphans) < len(removable))
        self._all.setVisible(bool(removable))
        self._buttons.setVisible(bool(removable))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def _removable(self, *, orphans_only: bool) -> tuple[PreparedCopy, ...]:
        return tuple(
            entry.copy
            for entry in self._entries
            if not entry.is_used and (entry.is_orphan or not orphans_only)
        )

    def _ask_all(self) -> None:
        self._ask(self._removable(orphans_only=False))

    def _ask_orphans(self) -> None:
        self._ask(self._removable(orphans_only=True))

    def _ask(self, doomed: tuple[PreparedCopy, ...]) -> None:
        self._doomed = doomed
        kept = sum(entry.is_used for entry in self._entries)
        self.panel.ask(
            Question(
                sentence=lambda: texts.prepared_question(doomed),
                note=lambda: texts.prepared_note(kept),
                confirm=lambda: self.tr("Remove"),
            )
        )

    def _on_confirmed(self, _checked: bool) -> None:
        doomed, self._doomed = self._doomed, ()
        self.panel.clear()
        self.remove_requested.emit(doomed)

    def _on_left(self) -> None:
        (self._all if self._all.isVisibleTo(self) else self).setFocus(Qt.FocusReason.OtherFocusReason)

    def _connect(self) -> None:
        self._all.clicked.connect(self._ask_all)
        self._orphans.clicked.connect(self._ask_orphans)
        self.panel.confirmed.connect(self._on_confirmed)
        self.panel.cancelled.connect(self.panel.clear)
        self.panel.left.connect(self._on_left)

    def _build(self) -> None:
        self._title.setProperty("role", "heading")
        self._summary.setProperty("role", "muted")
        self._lines.setTextFormat(Qt.TextFormat.PlainText)
        flow = FlowLayout(8, 8, self._buttons)
        flow.addWidget(self._orphans)
        flow.addWidget(self._all)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (self._title, self._summary, self._lines, self._buttons, self.panel):
            layout.addWidget(widget)
