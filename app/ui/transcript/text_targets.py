"""What can be pressed inside the text of a message: links, the buttons of code, blocks that move sideways."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPointF, QRectF

from app.ui.transcript import wording
from app.ui.transcript.actions import Part, Target, TargetKind
from app.ui.transcript.body import Body
from app.ui.transcript.code_element import CodeElement
from app.ui.transcript.element import Element, ElementButton
from app.ui.transcript.text_box import Link


def part_targets(
    body: Body, corner: QPointF, stretch: tuple[float, float], part: Part, message_id: int
) -> Iterator[Target]:
    """The targets of a body that stands at `corner`, between two heights of its message."""
    for slot, element, inner in body.laid(stretch[0] - corner.y(), stretch[1] - corner.y()):
        at = corner + inner
        for button, rect in element.buttons():
            kind = TargetKind.CODE_COPY if button is ElementButton.COPY else TargetKind.CODE_WRAP
            label = _button_label(button, element)
            yield Target(message_id, kind, rect.translated(at), label, part=part, slot=slot)
        if element.scroll_max:
            place = QRectF(at.x(), at.y(), element.width, element.height)
            label = wording.side_scroll_text()
            yield Target(message_id, TargetKind.SIDE_SCROLL, place, label, part=part, slot=slot)
        for link, rect in element.links():
            yield _link(link, rect.translated(at), slot, part, message_id)


def link_target(body: Body, corner: QPointF, point: QPointF, part: Part, message_id: int) -> Target | None:
    """The link under a point of the message."""
    slot = body.element_at(point - corner)
    if slot < 0:
        return None
    at = corner + body.corner(slot)
    link = body.element(slot).link_at(point - at)
    return None if link is None else _link(link, QRectF(point.x(), point.y(), 1, 1), slot, part, message_id)


def _link(link: Link, rect: QRectF, slot: int, part: Part, message_id: int) -> Target:
    return Target(
        message_id, TargetKind.LINK, rect, link.text, part=part, slot=slot, start=link.start, href=link.href
    )


def _button_label(button: ElementButton, element: Element) -> str:
    if button is ElementButton.COPY:
        return wording.code_copy_text()
    return wording.wrap_text(isinstance(element, CodeElement) and element.wraps)
