"""The page on which a model is added: the place to drop it, the wait while it is looked at, a card for each.

Takes values; the signals of the cards come out here, so that the controller has one thing to listen to.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.core.imports import InspectedModel
from app.ui.announce import announce
from app.ui.icon_button import IconButton
from app.ui.icons import IconName
from app.ui.importing.elided import IconLine
from app.ui.importing.footer import Footer
from app.ui.importing.model_card import ModelCard
from app.ui.importing.places import Place
from app.ui.importing.start_area import StartArea
from app.ui.scrolled_column import fill_with_column
from app.ui.texts import importing as texts
from app.ui.theme_manager import ThemeManager


class ImportPage(QWidget):
    """Signals of the cards (see `ModelCard`), and:

    closed: back to the chat; what is being looked at is not wanted any more.
    folder_wanted, file_wanted: a person wants to choose.
    """

    add_requested = Signal(str, str, bool)
    use_requested = Signal(str)
    check_requested = Signal(str)
    check_cancelled = Signal(str)
    look_again_requested = Signal(str)
    closed = Signal()
    folder_wanted = Signal()
    file_wanted = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._themes = themes
        self._looking_at = ""
        self._cards: dict[str, ModelCard] = {}
        self._notes: dict[str, _Note] = {}
        self._back = IconButton(themes, IconName.CHEVRON_LEFT)
        self._title = QLabel()
        self._waiting = QFrame()
        self._waiting_text = QLabel(wordWrap=True)
        self._cancel = QPushButton()
        self._start = StartArea(themes)
        self._scroll = QScrollArea(widgetResizable=True)
        self._footer = Footer(self._scroll)
        self._found = QVBoxLayout()
        self._build()
        self._connect()
        self._retranslate()
        self._show_parts()

    @property
    def cards(self) -> list[ModelCard]:
        """The models that are shown."""
        return list(self._cards.values())

    @property
    def notes(self) -> list[str]:
        """What is said about places that hold no model."""
        return [note.sentence for note in self._notes.values()]

    @property
    def is_decided(self) -> bool:
        """Whether there is no model left about which a person could decide something."""
        return not any(card.is_open for card in self._cards.values())

    def card(self, key: str) -> ModelCard | None:
        """The card of the model at the path `key`."""
        return self._cards.get(key)

    def clear(self) -> None:
        """As at the beginning."""
        self._footer.watch(None)
        for part in (*self._cards.values(), *self._notes.values()):
            self._found.removeWidget(part)
            part.hide()
            part.deleteLater()
        self._cards, self._notes = {}, {}
        self.show_looking("")

    def show_looking(self, path: str) -> None:
        """Say that `path` is being looked at; "" when that is over."""
        self._looking_at = path
        if path:
            self._waiting_text.setText(texts.looking_text(path))
            announce(self, self._waiting_text.text())
        self._show_parts()

    def show_model(self, inspected: InspectedModel, place: Place) -> None:
        """Show a model that was found, or what is known about it now."""
        key = inspected.model.ref.path
        card = self._cards.get(key)
        if card is None:
            card = self._cards[key] = ModelCard(self._themes, inspected, place)
            card.add_requested.connect(self.add_requested)
            card.use_requested.connect(self.use_requested)
            card.check_requested.connect(self.check_requested)
            card.check_cancelled.connect(self.check_cancelled)
            card.look_again_requested.connect(self.look_again_requested)
            self._found.addWidget(card)
        else:
            card.show_model(inspected, place)
        self._show_parts()
        announce(self, f"{inspected.model.name}: {texts.files_summary(inspected.files)}")

    def remove_card(self, key: str) -> None:
        """There is no model there any more."""
        card = self._cards.pop(key, None)
        if card is not None:
            self._footer.watch(None)
            self._found.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._show_parts()

    def show_note(self, path: str, make_sentence: Callable[[], str] | None) -> None:
        """Say, in the language in use, why there is no model to show at `path`; None takes it back."""
        note = self._notes.pop(path, None)
        if note is not None:
            self._found.removeWidget(note)
            note.hide()
            note.deleteLater()
        if make_sentence is not None:
            note = self._notes[path] = _Note(self._themes, path, make_sentence)
            note.look_again_requested.connect(self.look_again_requested)
            self._found.addWidget(note)
            announce(self, note.sentence)
        self._show_parts()

    def take_focus(self) -> None:
        """Put the keyboard to what comes next: the main button of the first card, or the choice."""
        found: tuple[ModelCard | _Note, ...] = (*self.cards, *self._notes.values())
        if found:
            next((card for card in self.cards if card.is_open), found[0]).take_focus()
        elif self._looking_at:
            self._cancel.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._start.take_focus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
            return
        button = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(button, QPushButton):
            button.click()  # Qt itself takes only the space bar outside of dialogs
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _show_parts(self) -> None:
        self._waiting.setVisible(bool(self._looking_at))
        self._start.setVisible(not self._looking_at and self.is_decided)
        self._title.setText(self._title_text())
        (card,) = self._cards.values() if len(self._cards) == 1 else (None,)
        self._footer.watch(card if card is not None and card.is_open else None)

    def _title_text(self) -> str:
        match sum(card.is_open for card in self._cards.values()):
            case 0:
                return self.tr("Add a model")
            case 1:
                return self.tr("Add this model?")
            case _:
                return self.tr("Which models do you want to add?")

    def _retranslate(self) -> None:
        self._back.set_name(self.tr("Back to the conversation (Esc)"))
        self._cancel.setText(self.tr("Cancel"))
        self._cancel.setAccessibleName(self.tr("Stop looking"))
        self._scroll.setAccessibleName(self.tr("Add a model"))
        if self._looking_at:
            self._waiting_text.setText(texts.looking_text(self._looking_at))
        self._show_parts()

    def _connect(self) -> None:
        self._back.clicked.connect(self.closed)
        self._cancel.clicked.connect(self.closed)
        self._start.folder_wanted.connect(self.folder_wanted)
        self._start.file_wanted.connect(self.file_wanted)

    def _build(self) -> None:
        self._title.setProperty("role", "title")
        self._waiting.setProperty("panel", "card")
        bar = QProgressBar(textVisible=False)
        bar.setRange(0, 0)  # how many files there are is not known before they were looked at
        words = QVBoxLayout()
        words.setSpacing(8)
        words.addWidget(self._waiting_text)
        words.addWidget(bar)
        waiting = QHBoxLayout(self._waiting)
        waiting.setContentsMargins(24, 16, 16, 16)
        waiting.setSpacing(16)
        waiting.addLayout(words, 1)
        waiting.addWidget(self._cancel)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._back)
        head.addWidget(self._title, 1)
        self._found.setContentsMargins(0, 0, 0, 0)
        self._found.setSpacing(16)
        inner = QVBoxLayout()
        inner.setSpacing(16)
        inner.addLayout(head)
        inner.addLayout(self._found)
        inner.addWidget(self._waiting)
        inner.addWidget(self._start)
        inner.addStretch(1)
        row = fill_with_column(self, self._scroll, inner, footer=self._footer)
        row.setSizeConstraint(QLayout.SizeConstraint.SetMinimumSize)  # else many cards are painted flat first
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)


class _Note(QFrame):
    """A place without a model that could be shown: why, and a button to look again."""

    look_again_requested = Signal(str)

    def __init__(
        self,
        themes: ThemeManager,
        path: str,
        make_sentence: Callable[[], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("panel", "card")
        self._path = path
        self._make_sentence = make_sentence
        self._line = IconLine(themes)
        self._again = QPushButton()
        self._again.clicked.connect(self._on_again)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 16, 16, 16)
        layout.setSpacing(16)
        layout.addWidget(self._line, 1)
        layout.addWidget(self._again, 0, Qt.AlignmentFlag.AlignTop)
        self._retranslate()

    @property
    def sentence(self) -> str:
        return self._line.text

    def take_focus(self) -> None:
        """Put the keyboard to the button."""
        self._again.setFocus(Qt.FocusReason.OtherFocusReason)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _retranslate(self) -> None:
        self._line.show_line(IconName.WARNING, "warning", self._make_sentence())
        self._again.setText(self.tr("Look again"))
        self._again.setAccessibleName(f"{self._again.text()}: {texts.shown_name(self._path)}")

    def _on_again(self) -> None:
        self.look_again_requested.emit(self._path)
