"""The list of models: how to bring one, then all of them by purpose, the recommended one on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.core.catalog import Advice, Catalog, CatalogModel, Purpose, at_int4, by_ease
from app.ui.first_run.catalog_row import CatalogRow
from app.ui.icon_button import IconButton
from app.ui.icons import IconName
from app.ui.importing.elided import IconLine
from app.ui.scrolled_column import fill_with_column
from app.ui.texts import first_run as texts
from app.ui.theme_manager import ThemeManager

if TYPE_CHECKING:
    from app.model.machine_check import MachineFacts  # psutil is not to be waited for before the first paint


class CatalogView(QWidget):
    """Empty until it is told which models there are. Emits `closed` by its back button."""

    closed = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: MachineFacts | None = None
        self._rows: list[CatalogRow] = []
        self._titles: list[tuple[QLabel, Purpose | None]] = []
        self._back = IconButton(themes, IconName.CHEVRON_LEFT)
        self._title = QLabel()
        self._machine = QLabel(wordWrap=True)
        self._how = IconLine(themes)
        self._warning = IconLine(themes)
        self._list = QVBoxLayout()
        self._scroll = QScrollArea(widgetResizable=True)
        self._themes = themes
        self._build()
        self._back.clicked.connect(self.closed)
        self._retranslate()

    @property
    def rows(self) -> list[CatalogRow]:
        """The models in the order in which they are shown."""
        return list(self._rows)

    def show_found(self, catalog: Catalog, facts: MachineFacts, advice: Advice) -> None:
        """Show all models, and what they take on this computer."""
        best = advice.best.model if advice.best is not None and facts.can_run_published else None
        self._facts = facts
        is_foreign = not facts.opens_folders and not facts.is_too_old
        if not self._rows:
            self._make_rows(catalog, facts, best)
        for row in self._rows:
            found = at_int4(row.model, facts.memory) if facts.can_run_published else None
            row.show_suitability(found, is_recommended=row.model is best, is_foreign=is_foreign)
        self._retranslate()

    def take_focus(self) -> None:
        """Put the keyboard to the back button and the view to the top."""
        self._scroll.verticalScrollBar().setValue(0)
        self._back.setFocus(Qt.FocusReason.OtherFocusReason)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _make_rows(self, catalog: Catalog, facts: MachineFacts, best: CatalogModel | None) -> None:
        """The recommended model stands on top, with its addresses; below each headline what fits first."""
        if best is not None:
            self._add_row(catalog, best).unfold()
        for purpose in (*Purpose, None):
            models = [
                model
                for model in catalog.models
                if model is not best and (None if model.shape is None else model.purpose) is purpose
            ]
            if models:
                self._add_title(purpose)
            for model in by_ease(models, facts.memory):
                self._add_row(catalog, model)

    def _add_row(self, catalog: Catalog, model: CatalogModel) -> CatalogRow:
        row = CatalogRow(model, catalog.hubs)
        row.unfolded.connect(self._on_unfolded)
        self._rows.append(row)
        self._list.addWidget(row)
        return row

    def _add_title(self, purpose: Purpose | None) -> None:
        label = QLabel()
        label.setProperty("role", "heading")
        label.setContentsMargins(0, 12, 0, 0)
        self._titles.append((label, purpose))
        self._list.addWidget(label)

    def _on_unfolded(self, row: CatalogRow) -> None:
        # The new height counts once the layout was worked out again.
        QTimer.singleShot(0, row, lambda: self._scroll.ensureWidgetVisible(row, 0, 16))

    def _retranslate(self) -> None:
        self._back.set_name(self.tr("Back (Esc)"))
        self._title.setText(self.tr("Models and where to get them"))
        self._scroll.setAccessibleName(self._title.text())
        self._how.show_line(IconName.SHIELD_CHECK, "accent", texts.how_to_bring())
        facts = self._facts
        self._machine.setText("" if facts is None else texts.machine_line(facts))
        self._how.setVisible(facts is None or facts.opens_folders)
        self._warning.setVisible(facts is not None and not facts.can_run_published)
        if facts is not None and facts.is_too_old:
            self._warning.show_line(IconName.WARNING, "warning", texts.too_old(facts))
        elif facts is not None and not facts.opens_folders:
            self._warning.show_line(IconName.WARNING, "warning", texts.needs_full_edition())
        for label, purpose in self._titles:
            label.setText(texts.servers_title() if purpose is None else texts.purpose_title(purpose))

    def _build(self) -> None:
        self._title.setProperty("role", "title")
        self._machine.setProperty("role", "caption")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._back)
        head.addWidget(self._title, 1)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(12)
        inner = QVBoxLayout()
        inner.setSpacing(16)
        inner.addLayout(head)
        inner.addWidget(self._machine)
        inner.addWidget(self._how)
        inner.addWidget(self._warning)
        inner.addLayout(self._list)
        inner.addStretch(1)
        fill_with_column(self, self._scroll, inner)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
