"""The two things that a person is asked about a model: its generation, where the files leave that open, and
whether it stays where it is or is copied. Takes values and gives what was chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QLabel, QRadioButton, QVBoxLayout, QWidget

from app.ui.importing.places import Place
from app.ui.texts import importing as texts

_INDENT = 32
"""Where the text of a radio button begins."""


class GenerationQuestion(QWidget):
    """Hidden where there is no doubt."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._families: tuple[str, ...] = ()
        self._title, self._hint = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self._title.setProperty("role", "heading")
        self._hint.setProperty("role", "caption")
        self._group = QButtonGroup(self)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self._layout.addWidget(self._title)
        self._layout.addWidget(self._hint)
        self.hide()

    @property
    def chosen(self) -> str:
        """The generation that was answered; "" where nothing was asked."""
        at = self._group.checkedId()
        return self._families[at] if 0 <= at < len(self._families) else ""

    @property
    def buttons(self) -> list[QWidget]:
        """What can be reached by the keyboard, from top to bottom."""
        return list(self._group.buttons())

    def set_families(self, families: Sequence[str]) -> None:
        """Ask which of `families` it is; the first is the likely one."""
        for button in self._group.buttons():
            self._group.removeButton(button)
            button.hide()
            button.deleteLater()
        self._families = tuple(families)
        for at, family in enumerate(self._families):
            button = QRadioButton(texts.generation_name(family))
            self._group.addButton(button, at)
            self._layout.insertWidget(1 + at, button)
            button.setChecked(at == 0)
        self.setVisible(bool(self._families))
        self.retranslate()

    def retranslate(self) -> None:
        """Take the texts of the language in use."""
        self._title.setText(self.tr("Which generation is this?"))
        self._hint.setText(
            self.tr(
                "The files alone do not tell. If you do not know, leave it as it is: that is likely right."
            )
        )
        for at, button in enumerate(self._group.buttons()):
            name = texts.generation_name(self._families[at])
            button.setText(self.tr("{name} (likely)").format(name=name) if at == 0 else name)
            button.setAccessibleDescription(self._title.text())


@dataclass(frozen=True, slots=True)
class PlaceOffer:
    """What there is to choose from: the disk that the model lies on, and the bytes of a copy.

    Out of a pack it can only be copied (`is_packed`): then there is nothing to choose.
    """

    place: Place
    copy_bytes: int
    is_packed: bool = False

    @property
    def is_room(self) -> bool:
        """Whether a copy fits; also where nobody knows."""
        place = self.place
        return place.free_bytes < 0 or self.copy_bytes + place.spare_bytes <= place.free_bytes


class PlaceChoice(QWidget):
    """Where it is, or copied. Emits `changed` when the person chooses."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._offer: PlaceOffer | None = None
        self._title = QLabel()
        self._title.setProperty("role", "heading")
        self._stay, self._copy = QRadioButton(), QRadioButton()
        self._stay_note, self._copy_note = QLabel(wordWrap=True), QLabel(wordWrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._title)
        layout.addSpacing(2)
        for button, note in ((self._stay, self._stay_note), (self._copy, self._copy_note)):
            note.setProperty("role", "caption")
            note.setContentsMargins(_INDENT, 0, 0, 4)
            layout.addWidget(button)
            layout.addWidget(note)
        self._stay.setChecked(True)
        self._copy.toggled.connect(self.changed)

    @property
    def is_copy(self) -> bool:
        """Whether a copy is wanted."""
        return self._copy.isChecked()

    @property
    def is_possible(self) -> bool:
        """Whether what is chosen can be done."""
        return self._offer is None or not self._offer.is_packed or self._offer.is_room

    @property
    def buttons(self) -> list[QWidget]:
        """What can be reached by the keyboard, from top to bottom."""
        return [self._stay, self._copy]

    def set_offer(self, offer: PlaceOffer) -> None:
        """Offer both, the better one chosen; a copy for which there is no room cannot be chosen."""
        self._offer = offer
        for widget in (self._stay, self._stay_note, self._copy):
            widget.setVisible(not offer.is_packed)
        self._copy_note.setContentsMargins(0 if offer.is_packed else _INDENT, 0, 0, 4)
        self._copy.setEnabled(offer.is_room)
        (self._copy if self._prefers_copy else self._stay).setChecked(True)
        self.retranslate()

    @property
    def _prefers_copy(self) -> bool:
        offer = self._offer
        return offer is not None and (offer.is_packed or (offer.place.is_portable and offer.is_room))

    def retranslate(self) -> None:
        """Take the texts of the language in use."""
        offer = self._offer
        if offer is None:
            return
        recommended = self.tr("{choice} (recommended)")
        stay, copy = self.tr("Use it where it is"), self.tr("Copy it to the models of Teahouse")
        self._title.setText(self.tr("Where should it stay?"))
        if offer.is_packed:
            self._title.setText(self.tr("It is copied out of the pack, and checked byte for byte"))
        self._stay.setText(stay if self._prefers_copy else recommended.format(choice=stay))
        self._copy.setText(recommended.format(choice=copy) if self._prefers_copy else copy)
        self._stay_note.setText(texts.in_place_note(is_portable=offer.place.is_portable))
        self._copy_note.setText(
            texts.copy_note(offer.copy_bytes, offer.place.free_bytes, is_room=offer.is_room)
        )
        for button, note in ((self._stay, self._stay_note), (self._copy, self._copy_note)):
            button.setAccessibleDescription(note.text())
