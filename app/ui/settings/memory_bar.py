"""A bar that shows who takes how much of a memory, and its legend with the figures. Takes values only."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.core.memory_shares import MemoryShares
from app.ui.settings.flow import FlowLayout
from app.ui.texts import memory as texts
from app.ui.theme import SPACE, Theme
from app.ui.theme_manager import ThemeManager

_HEIGHT = 14
_RADIUS = 7
_LEAST = 2
"""Pixels of a stretch that is there at all: a small conversation must not vanish."""


def colors(theme: Theme) -> tuple[QColor, QColor, QColor, QColor, QColor]:
    """Others, model, conversation, free, and what is missing."""
    surface = theme.color("surface")
    return (
        mixed(theme.color("muted"), theme.color("border"), 0.4),
        theme.color("accent"),
        mixed(theme.color("accent"), surface, 0.5),
        theme.color("code"),
        theme.color("danger"),
    )


def mixed(one: QColor, other: QColor, share: float) -> QColor:
    """`share` of `one`, the rest of `other`."""
    return QColor(
        round(one.red() * share + other.red() * (1 - share)),
        round(one.green() * share + other.green() * (1 - share)),
        round(one.blue() * share + other.blue() * (1 - share)),
    )


def stretches(shares: MemoryShares, width: float) -> tuple[float, ...]:
    """Pixels of others, model, conversation and what is free on a bar of `width`.

    Where something is missing the bar stands for all that would be needed.
    """
    parts = (shares.others, shares.model, shares.conversation)
    whole = max(1, shares.total + shares.missing)
    left = width
    fitted = []
    for part in parts:
        fitted.append(min(max(_LEAST, part / whole * width) if part else 0.0, left))
        left -= fitted[-1]
    return (*fitted, left)


class MemoryBar(QWidget):
    """The bar alone. What it shows is said by its accessible description."""

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._shares: MemoryShares | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._on_theme)

    @property
    def shares(self) -> MemoryShares | None:
        """What is shown."""
        return self._shares

    def set_shares(self, shares: MemoryShares, *, has_load: bool = True) -> None:
        """Show `shares`; without a load there is nothing to say of model and conversation."""
        self._shares = shares
        words = texts.share_texts(shares, has_load=has_load)
        self.setAccessibleDescription(", ".join(filter(None, words)))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        outline = QPainterPath()
        outline.addRoundedRect(frame, _RADIUS, _RADIUS)
        shares, theme = self._shares, self._themes.theme
        others, model, conversation, free, missing = colors(theme)
        painter.fillPath(outline, free)
        if shares is not None:
            painter.setClipPath(outline)
            x = frame.left()
            for ink, width in zip(
                (others, model, conversation), stretches(shares, frame.width()), strict=False
            ):
                painter.fillRect(QRectF(x, frame.top(), width, frame.height()), ink)
                x += width
            over = frame.width() * shares.missing / max(1, shares.total + shares.missing)
            painter.fillRect(QRectF(frame.right() - over, frame.top(), over, frame.height()), missing)
            painter.setClipping(False)
        painter.setPen(theme.color("border"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(outline)

    def _on_theme(self) -> None:
        self.update()


class _Square(QWidget):
    """Painted, not styled: a style sheet would cost milliseconds for each move of a slider."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ink, self._edge = QColor(), QColor()
        self.setFixedSize(12, 12)

    def set_colors(self, ink: QColor, edge: QColor) -> None:
        self._ink, self._edge = ink, edge
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._edge)
        painter.setBrush(self._ink)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)


class _Entry(QWidget):
    """A small square in the colour of a stretch, and its words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.square = _Square()
        self.label = QLabel()
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setProperty("role", "caption")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.square)
        layout.addWidget(self.label)


class MemoryLegend(QWidget):
    """A bar with its figures below it, on as many lines as they take."""

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._shares: MemoryShares | None = None
        self._has_load = False
        self.bar = MemoryBar(themes)
        self._entries = [_Entry() for _ in range(4)]
        flow = FlowLayout(5 * SPACE, SPACE)
        for entry in self._entries:
            flow.addWidget(entry)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3 * SPACE)
        layout.addWidget(self.bar)
        layout.addLayout(flow)
        themes.changed.connect(self._recolor)

    def set_shares(self, shares: MemoryShares, *, has_load: bool) -> None:
        """Show `shares`; without a load there is nothing to say of model and conversation."""
        self._has_load = has_load
        self._shares = shares
        self._show()
        self._recolor()

    def texts(self) -> list[str]:
        """The words that are shown, for a look from outside."""
        return [entry.label.text() for entry in self._entries if not entry.isHidden()]

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._show()

    def _show(self) -> None:
        if self._shares is None:
            return
        self.bar.set_shares(self._shares, has_load=self._has_load)
        words = texts.share_texts(self._shares, has_load=self._has_load)
        for entry, word in zip(self._entries, words, strict=True):
            entry.label.setText(word)
            entry.setVisible(bool(word))

    def _recolor(self) -> None:
        shares, theme = self._shares, self._themes.theme
        others, model, conversation, free, missing = colors(theme)
        is_missing = shares is not None and shares.missing > 0
        border = theme.color("border")
        inks = (others, model, conversation, missing if is_missing else free)
        edges = (others, model, conversation, missing if is_missing else border)
        for entry, ink, edge in zip(self._entries, inks, edges, strict=True):
            entry.square.set_colors(ink, edge)
