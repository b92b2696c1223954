"""What every drawn block can do, and the two simplest ones: running text and the rule.

An element belongs to one piece. It is laid out to a width, then perhaps only partly (`ensure`), draws itself,
and answers questions about places. Its text is divided into runs: one for a paragraph or code, one for each
cell of a table. Coordinates are its own, in logical pixels.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from app.ui.transcript import side_bar
from app.ui.transcript.blocks import CodeBlock, Rule, Table
from app.ui.transcript.flow import Content, TextPart
from app.ui.transcript.style import Face, Style
from app.ui.transcript.text_box import Link, TextBox


class ElementButton(StrEnum):
    """Buttons that a block carries itself."""

    COPY = "copy"
    WRAP = "wrap"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in an element: run and unit. Ordered as a person reads."""

    run: int
    unit: int


@dataclass(frozen=True, slots=True)
class Look:
    """How an element is to be drawn just now.

    Attributes:
        clip: The part that is visible, in the coordinates of the painter.
        selection: First and last place that are marked.
        hovered: The pointer is over the element.
        lit: Buttons under the pointer or with the focus.
        copied: Its text has just been copied: the button says so.
    """

    clip: QRectF
    selection: tuple[Place, Place] | None = None
    hovered: bool = False
    lit: tuple[ElementButton, ...] = ()
    copied: bool = False


class Element(ABC):
    """A drawn block; the base of all kinds."""

    scroll_max: float = 0.0
    """How far the block can be moved sideways."""
    scroll_x: float = 0.0
    kinds: ClassVar[tuple[type, ...]] = ()

    def __init__(self, style: Style) -> None:
        self._style = style
        self.width = 0.0
        self.height = 0.0

    @property
    def natural_width(self) -> float:
        """The width that the content would like, at most the one it was given."""
        return self.width

    @property
    @abstractmethod
    def last(self) -> Place:
        """The place behind everything."""

    @abstractmethod
    def update(self, content: Content) -> None:
        """Show other content of the same kind, as cheaply as the change allows; `lay_out` follows."""

    @abstractmethod
    def lay_out(self, width: float) -> None:
        """Compute `height` for a width; what is far away may stay a guess until `ensure`."""

    def ensure(self, top: float, bottom: float) -> bool:  # noqa: ARG002
        """Make the stretch exact; True when `height` changed."""
        return False

    @abstractmethod
    def paint(self, painter: QPainter, at: QPointF, look: Look) -> None:
        """Draw at `at`."""

    @abstractmethod
    def place_at(self, point: QPointF) -> Place:
        """The place nearest to `point`."""

    @abstractmethod
    def run_text(self, run: int) -> str:
        """What a run says, as it is drawn."""

    @abstractmethod
    def text_between(self, start: Place, end: Place) -> str:
        """The plain text from one place to another."""

    @abstractmethod
    def word_at(self, place: Place) -> tuple[Place, Place]:
        """The word around a place."""

    @abstractmethod
    def paragraph_at(self, place: Place) -> tuple[Place, Place]:
        """The paragraph, cell or line of code around a place."""

    @abstractmethod
    def beside(self, place: Place, step: int) -> Place | None:
        """One character before or behind; None where the element ends."""

    @abstractmethod
    def caret(self, place: Place) -> QRectF:
        """Where a caret would stand."""

    def link_at(self, point: QPointF) -> Link | None:  # noqa: ARG002
        """The link under `point`."""
        return None

    def links(self) -> Sequence[tuple[Link, QRectF]]:
        """Links that can be reached by keyboard, with the place of their first line."""
        return ()

    def buttons(self) -> Sequence[tuple[ElementButton, QRectF]]:
        """Buttons with their places."""
        return ()

    def track(self) -> QRectF:
        """Where the bar of a wide block runs: along the lower edge of this."""
        return QRectF(0, 0, self.width, self.height)

    def bar(self) -> QRectF:
        """The bar that shows how far the block was moved."""
        return side_bar.bar_rect(self.track(), self.scroll_x, self.scroll_max)

    def scroll_to(self, x: float) -> bool:
        """Move sideways; True when something moved."""
        wanted = min(max(x, 0.0), self.scroll_max)
        moved = wanted != self.scroll_x
        self.scroll_x = wanted
        return moved


class TextElement(Element):
    """A paragraph or heading."""

    kinds = (TextPart,)

    def __init__(self, content: TextPart, style: Style, face: Face | None = None) -> None:
        super().__init__(style)
        self._given_face = face
        self._box = self._make(content)

    @property
    def natural_width(self) -> float:
        return self._box.natural_width

    @property
    def last(self) -> Place:
        return Place(0, self._box.units)

    def update(self, content: Content) -> None:
        assert isinstance(content, TextPart)
        self._box = self._make(content)

    def lay_out(self, width: float) -> None:
        self.width = width
        self._box.lay_out(width)
        self.height = self._box.height

    def paint(self, painter: QPainter, at: QPointF, look: Look) -> None:
        self._box.draw(painter, at, look.clip, _units(look.selection), self._style)

    def place_at(self, point: QPointF) -> Place:
        if point.y() < 0:
            return Place(0, 0)
        return self.last if point.y() >= self.height else Place(0, self._box.unit_at(point))

    def run_text(self, run: int) -> str:  # noqa: ARG002
        return self._box.slice(0, self._box.units)

    def text_between(self, start: Place, end: Place) -> str:
        return self._box.slice(start.unit, end.unit)

    def word_at(self, place: Place) -> tuple[Place, Place]:
        start, end = self._box.word_at(place.unit)
        return Place(0, start), Place(0, end)

    def paragraph_at(self, place: Place) -> tuple[Place, Place]:  # noqa: ARG002
        return Place(0, 0), self.last

    def beside(self, place: Place, step: int) -> Place | None:
        unit = self._box.beside(place.unit, step)
        return None if unit < 0 else Place(0, unit)

    def caret(self, place: Place) -> QRectF:
        return self._box.caret(place.unit)

    def link_at(self, point: QPointF) -> Link | None:
        return self._box.link_at(point)

    def links(self) -> Sequence[tuple[Link, QRectF]]:
        return tuple((link, self._box.rects(link.start, link.end)[0]) for link in self._box.links)

    def _make(self, content: TextPart) -> TextBox:
        face = self._given_face or self._style.body
        if content.level:
            face = self._style.heading(content.level)
        return TextBox.from_spans(content.spans, face, self._style)


class RuleElement(Element):
    """A horizontal rule."""

    kinds = (Rule,)
    last = Place(0, 0)

    def update(self, content: Content) -> None:
        pass

    def lay_out(self, width: float) -> None:
        self.width = width
        self.height = float(self._style.block_gap)

    def paint(self, painter: QPainter, at: QPointF, look: Look) -> None:  # noqa: ARG002
        y = at.y() + self.height // 2
        painter.fillRect(QRectF(at.x(), y, self.width, 1), self._style.theme.color("border"))

    def place_at(self, point: QPointF) -> Place:  # noqa: ARG002
        return Place(0, 0)

    def run_text(self, run: int) -> str:  # noqa: ARG002
        return ""

    def text_between(self, start: Place, end: Place) -> str:  # noqa: ARG002
        return ""

    def word_at(self, place: Place) -> tuple[Place, Place]:
        return place, place

    def paragraph_at(self, place: Place) -> tuple[Place, Place]:
        return place, place

    def beside(self, place: Place, step: int) -> Place | None:  # noqa: ARG002
        return None

    def caret(self, place: Place) -> QRectF:  # noqa: ARG002
        return QRectF(0, 0, 0, self.height)


def make_element(content: Content, style: Style, face: Face | None = None) -> Element:
    """The element that draws `content`; `face` replaces the one of paragraphs."""
    match content:
        case TextPart():
            return TextElement(content, style, face)
        case CodeBlock():
            from app.ui.transcript.code_element import CodeElement

            return CodeElement(content, style)
        case Table():
            from app.ui.transcript.table_element import TableElement

            return TableElement(content, style)
        case Rule():
            return RuleElement(style)


def can_show(element: Element, content: Content) -> bool:
    """Whether `element.update(content)` is possible."""
    return isinstance(content, element.kinds)


def _units(selection: tuple[Place, Place] | None) -> tuple[int, int] | None:
    return None if selection is None else (selection[0].unit, selection[1].unit)
