"""The sliders of the settings pane: one for a row of named stops, one for a range of numbers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSlider, QStyle, QStyleOptionSlider, QWidget

from app.core.settings import Setting, SettingKind, SettingValue
from app.ui.settings.editor import SettingEditor
from app.ui.texts import settings as texts


class Slider(QSlider):
    """Horizontal, with a mark at a model's limit; the wheel turns the page unless it has the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._limit: int | None = None
        self.setPageStep(1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_limit(self, position: int | None) -> None:
        """Mark everything right of `position` as of no use to the model; None: no mark."""
        self._limit = position if position is not None and position < self.maximum() else None
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._limit is None:
            return
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, option, self)
        room = self.width() - handle
        x = handle // 2 + QStyle.sliderPositionFromValue(self.minimum(), self.maximum(), self._limit, room)
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        painter.drawLine(x, self.height() // 2 - 9, x, self.height() // 2 + 9)


class _LabelledSlider(SettingEditor):
    """A slider with its value in words below the middle and a word at each end."""

    def __init__(self, setting: Setting, steps: int, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self._slider = Slider()
        self._slider.setRange(0, steps)
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
        layout.addWidget(self._slider, 0, 0, 1, 3)
        layout.addWidget(self._low, 1, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._high, 1, 2, Qt.AlignmentFlag.AlignRight)
        # Over all columns: in the middle whatever the words at the ends are.
        layout.addWidget(self._value_text, 1, 0, 1, 3)
        self.setFocusProxy(self._slider)
        self._slider.valueChanged.connect(self._on_moved)

    def set_accessible_name(self, name: str) -> None:
        self._slider.setAccessibleName(name)

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

    def _show_position(self, position: int) -> None:
        blocked = self._slider.blockSignals(True)
        self._slider.setValue(position)
        self._slider.blockSignals(blocked)
        self._describe()

    def _on_moved(self, position: int) -> None:
        self._describe()
        self.edited.emit(self._value_at(position))

    def _describe(self) -> None:
        words = self._words(self._value_at(self._slider.value()))
        self._value_text.setText(words)
        self._place_value()
        self._slider.setAccessibleDescription(words)

    @abstractmethod
    def _value_at(self, position: int) -> SettingValue: ...

    @abstractmethod
    def _words(self, value: SettingValue) -> str: ...


class StopsEditor(_LabelledSlider):
    """A choice among lengths in tokens as stops of a slider."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, len(setting.choices) - 1, parent)
        self._slider.setTickInterval(1)
        self._trained: int | None = None
        self.retranslate()

    def show_value(self, value: SettingValue) -> None:
        self._show_position(self._setting.choices.index(value))

    def set_model_limit(self, tokens: int | None) -> str:
        self._trained = tokens
        lengths: Sequence[int] = [int(choice) for choice in self._setting.choices]
        beyond = [at for at, length in enumerate(lengths) if tokens is not None and length > tokens]
        self._slider.set_limit(max(0, beyond[0] - 1) if beyond else None)
        return self.note()

    def note(self) -> str:
        value = int(self._value_at(self._slider.value()))
        return texts.limit_note(self._trained) if self._trained and value > self._trained else ""

    def retranslate(self) -> None:
        self._low.setText(texts.short_length(int(self._setting.choices[0])))
        self._high.setText(texts.short_length(int(self._setting.choices[-1])))
        self._describe()

    def _value_at(self, position: int) -> SettingValue:
        return self._setting.choices[position]

    def _words(self, value: SettingValue) -> str:
        return texts.option_text(self._setting, value)


class RangeEditor(_LabelledSlider):
    """A number between bounds; a decimal is told by the name of its part of the range."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        steps = round((setting.maximum - setting.minimum) / setting.step)
        super().__init__(setting, steps, parent)
        self.retranslate()

    def show_value(self, value: SettingValue) -> None:
        self._show_position(round((float(value) - self._setting.minimum) / self._setting.step))

    def retranslate(self) -> None:
        found = texts.SETTING_TEXTS[self._setting.key]
        self._low.setText(texts.text(found.low))
        self._high.setText(texts.text(found.high))
        self._describe()

    def _describe(self) -> None:
        super()._describe()
        value = self._value_at(self._slider.value())
        technical = texts.text(texts.SETTING_TEXTS[self._setting.key].technical)
        self._slider.setToolTip(f"{technical}: {_number(value)}")
        self._value_text.setToolTip(self._slider.toolTip())

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
