"""One model of the list: what it is for, its size, whether it fits; addresses and licence behind a button."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.core.catalog import CatalogModel, Edition, Hub, Suitability
from app.core.memory import Fit
from app.ui.first_run.addresses import LINK_PADDING, AddressLine, LicenceLine
from app.ui.texts import first_run as texts


class CatalogRow(QFrame):
    """A card. Emits `unfolded` when its details come, so that they can be brought into view."""

    unfolded = Signal(object)

    def __init__(self, model: CatalogModel, hubs: Sequence[Hub], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", "card")
        self.model = model
        self._hubs = tuple(hubs)
        self._at_int4: Suitability | None = None
        self._is_foreign = False
        self._details: _Details | None = None
        self._mark, self._name = QLabel(), QLabel(model.name)
        self._good_at, self._facts = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self._memory, self._verdict = QLabel(), QLabel()
        self._unfold = QPushButton()
        self._build()
        self._unfold.clicked.connect(self._on_unfold)
        self._retranslate()

    @property
    def unfold_button(self) -> QPushButton:
        return self._unfold

    @property
    def details(self) -> QWidget | None:
        """Addresses and licence while they are shown."""
        return self._details

    def show_suitability(
        self, at_int4: Suitability | None, *, is_recommended: bool, is_foreign: bool = False
    ) -> None:
        """Show what the model takes on this computer; None where that is not known or it cannot be run.

        `is_foreign` is whether this edition of Teahouse opens no model of this form.
        """
        self._at_int4 = at_int4
        self._is_foreign = is_foreign and self.model.shape is not None
        self._mark.setVisible(is_recommended)
        self._retranslate()

    def unfold(self) -> None:
        """Show addresses and licence."""
        if self._details is None:
            self._details = _Details(self.model, self._hubs)
            self._stack.addWidget(self._details)
            self._retranslate()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _on_unfold(self) -> None:
        if self._details is None:
            self.unfold()
            self.unfolded.emit(self)
            return
        self._stack.removeWidget(self._details)
        self._details.hide()
        self._details.deleteLater()
        self._details = None
        self._retranslate()

    def _retranslate(self) -> None:
        self._mark.setText(self.tr("Recommended for this computer"))
        self._good_at.setText(texts.good_at(self.model))
        self._facts.setText(texts.facts_line(self.model))
        is_shown = self._details is not None
        self._unfold.setText(
            self.tr("Hide addresses and licence") if is_shown else self.tr("Addresses and licence")
        )
        self._unfold.setAccessibleName(f"{self._unfold.text()}: {self.model.name}")
        found = self._at_int4
        self._memory.setText(texts.memory_line(found) if found is not None else "")
        verdict = texts.verdict(found) if found is not None else ""
        self._verdict.setText(texts.needs_full_verdict() if self._is_foreign else verdict)
        self._verdict.setProperty("fit", Fit.TIGHT.value if self._is_foreign else _color_of(found))
        self._verdict.style().unpolish(self._verdict)  # a changed property counts when polished again
        self._verdict.style().polish(self._verdict)
        for label in (self._memory, self._verdict):
            label.setVisible(bool(label.text()))

    def _build(self) -> None:
        self._mark.setProperty("role", "accent")
        self._mark.hide()
        self._name.setProperty("role", "heading")
        self._facts.setProperty("role", "caption")
        self._memory.setProperty("role", "caption")
        self._verdict.setProperty("role", "verdict")
        self._verdict.setProperty("look", "small")
        for label in (self._mark, self._name, self._good_at, self._facts, self._memory, self._verdict):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._unfold.setProperty("kind", "link")
        self._unfold.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        right = QVBoxLayout()
        right.setSpacing(2)
        for label in (self._verdict, self._memory):
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            right.addWidget(label)
        right.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(4)
        left.addWidget(self._mark)
        left.addWidget(self._name)
        left.addWidget(self._good_at)
        left.addWidget(self._facts)
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addLayout(left, 1)
        head.addLayout(right)
        button = QHBoxLayout()
        button.addSpacing(-LINK_PADDING)
        button.addWidget(self._unfold)
        button.addStretch(1)
        self._stack = QVBoxLayout(self)
        self._stack.setContentsMargins(20, 16, 20, 12)
        self._stack.setSpacing(6)
        self._stack.addLayout(head)
        self._stack.addLayout(button)


def _color_of(found: Suitability | None) -> str:
    """What the style sheet knows of a verdict: what is slow is told in the colour of what is tight."""
    if found is None:
        return ""
    is_slow = found.fit is Fit.FITS and not found.keeps_pace
    return (Fit.TIGHT if is_slow else found.fit).value


class _Details(QWidget):
    """The editions with their addresses, and the licence."""

    def __init__(self, model: CatalogModel, hubs: Sequence[Hub], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 4)
        layout.setSpacing(12)
        for edition in model.editions:
            layout.addWidget(_EditionPart(edition, hubs))
        licence = LicenceLine()
        licence.show_model(model)
        layout.addWidget(licence)


class _EditionPart(QWidget):
    """One edition: its name and size, what is different about it, an address on each hub."""

    def __init__(self, edition: Edition, hubs: Sequence[Hub], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._edition = edition
        self._title, self._note = QLabel(), QLabel(wordWrap=True)
        self._title.setProperty("role", "strong")
        self._note.setProperty("role", "caption")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._title)
        layout.addWidget(self._note)
        for hub in hubs:
            layout.addWidget(AddressLine(hub.name, hub.address(edition)))
        self._retranslate()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _retranslate(self) -> None:
        self._title.setText(texts.edition_title(self._edition))
        note = texts.edition_note(self._edition)
        self._note.setText(note)
        self._note.setVisible(bool(note))
