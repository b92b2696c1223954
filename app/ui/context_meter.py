"""How full the model's memory of the conversation is: a ring and two numbers. Knows no engine."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.text_format import count_text
from app.ui.theme import SPACE
from app.ui.theme_manager import ThemeManager

WARNING_FRACTION = 0.9
_RING = 18
_PEN = 3.5
_TEXT = 13


class ContextMeter(QWidget):
    """A ring of 18 pixels with "1,830 / 8,192" beside it; in the warning colour above 90 %."""

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._used: int | None = None
        self._total = 0
        self._shows_numbers = True
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._on_theme_changed)
        self._retranslate()

    @property
    def fraction(self) -> float:
        """0..1; 0 where nothing is known."""
        if not self._used or self._total <= 0:
            return 0.0
        return min(1.0, self._used / self._total)

    @property
    def is_warning(self) -> bool:
        return self.fraction > WARNING_FRACTION

    def set_usage(self, used: int | None, total: int) -> None:
        """Tokens of the conversation and of the context; None before they are known, 0 without a model."""
        self._used, self._total = used, total
        self.setVisible(total > 0)
        self._retranslate()
        self.updateGeometry()
        self.update()

    def set_numbers_visible(self, visible: bool) -> None:
        """Only the ring where there is little room; the tooltip keeps the numbers."""
        self._shows_numbers = visible
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        # As wide as it can become, so that the title beside it does not move while an answer grows.
        width = QFontMetrics(self._font()).horizontalAdvance(self._text(self._total)) + 2 * SPACE
        return QSize(_RING + (width if self._shows_numbers else 0), 30)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        margin = _PEN / 2
        left = self._left()
        ring = QRectF(left + margin, (self.height() - _RING) / 2 + margin, _RING - _PEN, _RING - _PEN)
        painter.setPen(QPen(theme.color("border"), _PEN))
        painter.drawEllipse(ring)
        if self.fraction > 0:
            token = "warning" if self.is_warning else "accent"
            painter.setPen(QPen(theme.color(token), _PEN, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            painter.drawArc(ring, 90 * 16, -round(max(self.fraction, 0.02) * 360 * 16))
        if self._shows_numbers:
            painter.setFont(self._font())
            painter.setPen(theme.color("warning" if self.is_warning else "muted"))
            align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(self.rect(), align, self._text(self._used))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
            self.updateGeometry()
            self.update()

    def _text(self, used: int | None) -> str:
        return self.tr("{used} / {total}").format(used=count_text(used or 0), total=count_text(self._total))

    def _left(self) -> int:
        """Where the ring begins: next to the numbers, which end at the right edge."""
        if not self._shows_numbers:
            return 0
        # Zeros for all digits: in some fonts they differ in width, and the ring would tremble.
        steady = re.sub(r"\d", "0", self._text(self._used))
        width = QFontMetrics(self._font()).horizontalAdvance(steady)
        return max(0, self.width() - width - 2 * SPACE - _RING)

    def _font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(_TEXT)
        return font

    def _retranslate(self) -> None:
        total = count_text(self._total)
        if self._used is None:
            text = self.tr("room for {total} tokens").format(total=total)
        else:
            text = self.tr("uses {used} of {total} tokens").format(used=count_text(self._used), total=total)
        if self.is_warning:
            full = self.tr("Nearly full: soon the model will no longer see the oldest messages.")
            text = f"{text}\n{full}"
        self.setToolTip(text)
        self.setAccessibleName(self.tr("Memory of the conversation"))
        self.setAccessibleDescription(text)

    def _on_theme_changed(self) -> None:
        self.update()
