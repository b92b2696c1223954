"""The slider of the settings, with its value in words below it, and the editor of a setting made of it."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSlider, QVBoxLayout, QWidget

from app.core.settings import Setting, SettingKind, SettingValue
from app.ui.settings.editor import SettingEditor
from app.ui.texts import settings as texts


class Slider(QSlider):
    """Horizontal; the wheel turns the page unless it has the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setPageStep(1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class LabelledSlider(QWidget):
    """A slider with its value in words below the middle and a word at each end. Knows no meaning of them.

    Signals:
        moved: the new position; only by the person.
        released: the mouse let go of the handle.
    """

    moved = Signal(int)
    released = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider = Slider()
        self._low, self._value_text, self._high = QLabel(), QLabel(), QLabel()
        for end in (self._low, self._high):
            end.setProperty("role", "caption")
        self._value_text.setStyleSheet("font-size: 13px; font-weight: 600;")
        self._value_text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._value_text.setWordWrap(True)
        self._value_row = 1
        layout = self._grid = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(2)
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(2, 1)
        layout.addWidget(self.slider, 0, 0, 1, 3)
        layout.addWidget(self._low, 1, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._high, 1, 2, Qt.AlignmentFlag.AlignRight)
        # Over all columns: in the middle whatever the words at the ends are.
        layout.addWidget(self._value_text, 1, 0, 1, 3)
        self.setFocusProxy(self.slider)
        self.slider.valueChanged.connect(self.moved)
        self.slider.sliderReleased.connect(self.released)

    def set_range(self, last: int) -> None:
        """Positions from 0 to `last`; emits nothing."""
        blocked = self.slider.blockSignals(True)
        self.slider.setRange(0, last)
        self.slider.blockSignals(blocked)

    def set_position(self, position: int) -> None:
        """Move the handle; emits nothing."""
        blocked = self.slider.blockSignals(True)
        self.slider.setValue(position)
        self.slider.blockSignals(blocked)

    def set_ends(self, low: str, high: str) -> None:
        self._low.setText(low)
        self._high.setText(high)
        self._place_value()

    def set_words(self, words: str) -> None:
        """The value in words."""
        self._value_text.setText(words)
        self._place_value()
        self.slider.setAccessibleDescription(words)

    def set_tool_tip(self, text: str) -> None:
        self.slider.setToolTip(text)
        self._value_text.setToolTip(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_value()

    def _place_value(self) -> None:
        """Between the words at the ends, or below them where it would run into one."""
        ends = max(self._low.sizeHint().width(), self._high.sizeHint().width())
        needed = self._value_text.fontMetrics().horizontalAdvance(self._value_text.text()) + 2 * (ends + 8)
        row = 1 if needed <= self.width() else 2
        if row != self._value_row:
            self._value_row = row
            self._grid.removeWidget(self._value_text)
            self._grid.addWidget(self._value_text, row, 0, 1, 3)


class RangeEditor(SettingEditor):
    """A number between bounds; a decimal is told by the name of its part of the range."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self._slider = LabelledSlider()
        self._slider.set_range(round((setting.maximum - setting.minimum) / setting.step))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._slider)
        self.setFocusProxy(self._slider)
        self._slider.moved.connect(self._on_moved)
        self.retranslate()

    def show_value(self, value: SettingValue) -> None:
        self._slider.set_position(round((float(value) - self._setting.minimum) / self._setting.step))
        self._describe()

    def set_accessible_name(self, name: str) -> None:
        self._slider.slider.setAccessibleName(name)

    def retranslate(self) -> None:
        found = texts.SETTING_TEXTS[self._setting.key]
        self._slider.set_ends(texts.text(found.low), texts.text(found.high))
        self._describe()

    def _on_moved(self, position: int) -> None:
        self._describe()
        self.edited.emit(self._value_at(position))

    def _describe(self) -> None:
        value = self._value_at(self._slider.slider.value())
        technical = texts.text(texts.SETTING_TEXTS[self._setting.key].technical)
        self._slider.set_words(self._words(value))
        self._slider.set_tool_tip(f"{technical}: {_number(value)}")

    def _value_at(self, position: int) -> SettingValue:
        value = self._setting.minimum + position * self._setting.step
        return int(value) if self._setting.kind is SettingKind.NUMBER else round(value, 6)

    def _words(self, value: SettingValue) -> str:
        stops = texts.SETTING_TEXTS[self._setting.key].stops
        if not stops:
            return _number(value)
        whole = self._setting.maximum - self._setting.minimum
        part = int((float(value) - self._setting.minimum) / whole * len(stops))
        return f"{texts.text(stops[min(part, len(stops) - 1)])} · {_number(value)}"


def _number(value: SettingValue) -> str:
    if isinstance(value, int):
        return QLocale().toString(value)
    return QLocale().toString(float(value), "g", 3)
