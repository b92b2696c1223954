"""The page "Your models": a row for each, and the copies that were prepared from them. Takes values only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.ui.models.prepared_part import PreparedPart
from app.ui.models.row import ModelEntry, ModelRow
from app.ui.texts import models as texts
from app.ui.theme_manager import ThemeManager


class ModelsPage(QWidget):
    """The signals of the rows (see `ModelRow`), and:

    shown: the page came to the front and wants to know what there is now.
    add_requested: a person has model files of their own.
    """

    use_requested = Signal(str)
    look_again_requested = Signal(str)
    default_changed = Signal(str, bool)
    check_requested = Signal(str)
    folder_requested = Signal(str)
    pack_requested = Signal(str)
    remove_requested = Signal(str)
    confirmed = Signal(str)
    cancelled = Signal(str)
    shown = Signal()
    add_requested = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._rows: dict[str, ModelRow] = {}
        self._title, self._about = QLabel(), QLabel(wordWrap=True)
        self._add = QPushButton()
        self._nothing = QFrame()
        self._nothing_text = QLabel(wordWrap=True)
        self._list = QVBoxLayout()
        self.prepared = PreparedPart(themes)
        self._build()
        self._add.clicked.connect(self.add_requested)
        self.retranslate()
        self.show_entries(())

    @property
    def rows(self) -> list[ModelRow]:
        """The models that are shown, from top to bottom."""
        return sorted(self._rows.values(), key=self._list.indexOf)

    def row(self, model_id: str) -> ModelRow | None:
        """The row of a model."""
        return self._rows.get(model_id)

    def show_entries(self, entries: Sequence[ModelEntry]) -> None:
        """Show these models; rows that stay keep what they ask, what they do, and the keyboard."""
        wanted = {entry.model.ref.id for entry in entries}
        for model_id in [model_id for model_id in self._rows if model_id not in wanted]:
            self._drop(self._rows.pop(model_id))
        for at, entry in enumerate(entries):
            row = self._rows.get(entry.model.ref.id)
            if row is None:
                row = self._rows[entry.model.ref.id] = self._make(entry)
            else:
                row.show_entry(entry)
            if self._list.indexOf(row) != at:
                self._list.insertWidget(at, row)
        self._nothing.setVisible(not entries)
        kind = "" if entries else "primary"
        if self._add.property("kind") != kind:
            self._add.setProperty("kind", kind)
            self._add.style().unpolish(self._add)  # a changed property is looked at only when polished again
            self._add.style().polish(self._add)

    def take_focus(self) -> None:
        """Put the keyboard to the first model, or to adding one."""
        if self._rows:
            self.rows[0].take_focus()
        else:
            self._add.setFocus(Qt.FocusReason.OtherFocusReason)

    def retranslate(self) -> None:
        """Take the texts of the language in use."""
        self._title.setText(texts.title())
        self._about.setText(texts.about())
        self._add.setText(self.tr("Add a model…"))
        self._nothing_text.setText(
            self.tr(
                "There is no model on this computer yet. Add the folder of a ChatGLM or GLM model, a model "
                "in one file, or a pack from another computer."
            )
        )

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def _make(self, entry: ModelEntry) -> ModelRow:
        row = ModelRow(self._themes, entry)
        row.use_requested.connect(self.use_requested)
        row.look_again_requested.connect(self.look_again_requested)
        row.default_changed.connect(self.default_changed)
        row.check_requested.connect(self.check_requested)
        row.folder_requested.connect(self.folder_requested)
        row.pack_requested.connect(self.pack_requested)
        row.remove_requested.connect(self.remove_requested)
        row.confirmed.connect(self.confirmed)
        row.cancelled.connect(self.cancelled)
        return row

    def _drop(self, row: ModelRow) -> None:
        had_keyboard = row.isAncestorOf(self.focusWidget()) if self.focusWidget() is not None else False
        self._list.removeWidget(row)
        row.hide()
        row.deleteLater()
        if had_keyboard:
            self.take_focus()

    def _build(self) -> None:
        self._title.setProperty("role", "title")
        self._about.setProperty("role", "muted")
        self._nothing.setProperty("panel", "card")
        inside = QVBoxLayout(self._nothing)
        inside.setContentsMargins(24, 20, 24, 20)
        inside.addWidget(self._nothing_text)
        head = QHBoxLayout()
        head.setSpacing(12)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self._title)
        words.addWidget(self._about)
        head.addLayout(words, 1)
        head.addWidget(self._add, 0, Qt.AlignmentFlag.AlignTop)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(12)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(20)
        layout.addLayout(head)
        layout.addWidget(self._nothing)
        layout.addLayout(self._list)
        layout.addSpacing(12)
        layout.addWidget(self.prepared)
