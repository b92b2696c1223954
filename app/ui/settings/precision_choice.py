"""The segments among which the precision of a model is chosen, in a row or a column. Takes values only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QPushButton, QWidget

from app.core.engine import Precision
from app.ui.settings.editor import bold_width
from app.ui.texts import memory as texts


class PrecisionChoice(QWidget):
    """One button for each precision that a model has.

    Signals:
        chosen: the Precision that the person pressed.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options: tuple[Precision, ...] = ()
        self._recommended: Precision | None = None
        self._label = ""
        self._name = ""
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self._on_clicked)
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addStretch(1)

    def show_options(
        self, options: Sequence[Precision], current: Precision, recommended: Precision, label: str = ""
    ) -> None:
        """Offer `options`, with `current` pressed; emits nothing. `label` is what a file calls its own."""
        if tuple(options) != self._options:
            self._options = tuple(options)
            self._make_buttons()
        self._recommended, self._label = recommended, label
        self._group.button(self._options.index(current)).setChecked(True)
        self.retranslate()

    def set_accessible_name(self, name: str) -> None:
        """What a screen reader says before the name of a segment."""
        self._name = name
        self.retranslate()

    def buttons(self) -> list[QPushButton]:
        """The segments, for a look from outside."""
        return [button for button in self._group.buttons() if isinstance(button, QPushButton)]

    def retranslate(self) -> None:
        """Take the texts of the language in use."""
        for button, precision in zip(self.buttons(), self._options, strict=True):
            is_only = len(self._options) == 1
            if precision is Precision.NATIVE or is_only:
                words = self._label or precision.value.upper()
            else:
                words = texts.segment(precision, is_recommended=precision is self._recommended)
            button.setText(words.replace("&", "&&"))
            button.setAccessibleName(f"{self._name}: {words}")
            button.setMinimumWidth(bold_width(button))
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        """As wide as the widest segment: where there is no more they stand below each other."""
        widths = [button.minimumSizeHint().width() for button in self.buttons()]
        return QSize(max(widths, default=0), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _make_buttons(self) -> None:
        for old in self.buttons():
            self._group.removeButton(old)
            self._layout.removeWidget(old)
            old.hide()
            old.deleteLater()
        for at in range(len(self._options)):
            button = QPushButton()
            button.setCheckable(True)
            self._group.addButton(button, at)
            self._layout.insertWidget(at, button)
        # One segment is no choice: it is shown, and nothing happens to it.
        for button in self.buttons():
            button.setEnabled(len(self._options) > 1)
        buttons = self.buttons()
        if buttons:
            self.setFocusProxy(buttons[0])

    def _arrange(self) -> None:
        """Side by side where there is room."""
        buttons = self.buttons()
        needed = sum(button.sizeHint().width() for button in buttons)
        is_row = needed <= self.width() or len(buttons) < 2
        direction = QBoxLayout.Direction.LeftToRight if is_row else QBoxLayout.Direction.TopToBottom
        if self._layout.direction() != direction:
            self._layout.setDirection(direction)
        last = len(buttons) - 1
        for at, button in enumerate(buttons):
            place = "first" if at == 0 else "last" if at == last else "middle"
            place = place if is_row and last else "alone"
            if button.property("segment") != place:
                button.setProperty("segment", place)
                button.style().unpolish(button)  # a changed property is looked at only when polished again
                button.style().polish(button)
        self._layout.setSpacing(0 if is_row else 4)

    def _on_clicked(self, at: int) -> None:
        self.chosen.emit(self._options[at])
