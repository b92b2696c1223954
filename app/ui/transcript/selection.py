"""What a person has marked inside one message, and what copying it gives.

Blocks that are marked as a whole give their original Markdown; what is marked in part gives its plain text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.ui.transcript.actions import Part
from app.ui.transcript.body import Body, BodyPlace
from app.ui.transcript.element import Place


@dataclass(frozen=True, slots=True)
class Selection:
    """From the place where marking began to the one where it stands; they may come in either order."""

    message_id: int
    part: Part
    anchor: BodyPlace
    focus: BodyPlace

    @property
    def ordered(self) -> tuple[BodyPlace, BodyPlace]:
        """First and last place as a person reads."""
        return (self.anchor, self.focus) if self.anchor <= self.focus else (self.focus, self.anchor)

    @property
    def is_empty(self) -> bool:
        return self.anchor == self.focus


def selected_text(body: Body, text: str, start: BodyPlace, end: BodyPlace) -> str:
    """What is copied between two places; `text` is the original of the body."""
    parts: list[str] = []
    source: tuple[int, int] | None = None  # a stretch of whole blocks
    for block in range(body.block_of(start.slot), body.block_of(end.slot) + 1):
        slots = body.slots_of(block)
        if not slots:
            continue
        if start <= BodyPlace(slots[0], Place(0, 0)) and _covers_end(body, slots[-1], end):
            top = body.blocks[block]
            source = (source[0] if source else top.start, top.end)
            continue
        if source is not None:
            parts.append(text[source[0] : source[1]])
            source = None
        parts.append("\n".join(_plain_lines(body, slots, start, end)))
    if source is not None:
        parts.append(text[source[0] : source[1]])
    return "\n\n".join(part for part in parts if part)


def whole(body: Body) -> tuple[BodyPlace, BodyPlace] | None:
    """The first and the last place of a body; None when it is empty."""
    end = body.end
    return None if end is None else (BodyPlace(0, Place(0, 0)), end)


def moved(body: Body, at: BodyPlace, step: int) -> BodyPlace:
    """One character before or behind a place, also across blocks; the same place at the ends."""
    inner = body.element(at.slot).beside(at.place, step)
    if inner is not None:
        return BodyPlace(at.slot, inner)
    slot = at.slot + step
    if not 0 <= slot < body.slot_count:
        return at
    return BodyPlace(slot, Place(0, 0) if step > 0 else body.element(slot).last)


def _covers_end(body: Body, slot: int, end: BodyPlace) -> bool:
    return end.slot > slot or (end.slot == slot and end.place >= body.element(slot).last)


def _plain_lines(body: Body, slots: range, start: BodyPlace, end: BodyPlace) -> Iterator[str]:
    for slot in slots:
        if not start.slot <= slot <= end.slot:
            continue
        element = body.element(slot)
        first = start.place if slot == start.slot else Place(0, 0)
        last = end.place if slot == end.slot else element.last
        if first < last or (slot != end.slot and slot != start.slot):
            marker = body.piece(slot).marker
            lead = f"{marker} " if marker and first == Place(0, 0) else ""
            yield lead + element.text_between(first, last)
