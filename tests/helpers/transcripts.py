"""Messages and small drives for tests of the transcript view."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QColor, QImage

from app.core.chat import MessageStatus, Role
from app.core.records import AnswerFigures, MessageRecord
from app.ui.transcript.actions import MessageAction, Part, Target, TargetKind
from app.ui.transcript.view import TranscriptView

MIXED = """Intro with **bold** text.

- first item
- second item

```python
def tea(cups: int) -> int:
    return cups * 2
```

| day | place |
|---|---|
| one | lake |

The end."""


def user(number: int, text: str, **more) -> MessageRecord:
    return MessageRecord(number, 1, None, Role.USER, text, MessageStatus.COMPLETE, 0, **more)


def answer(number: int, text: str, status: MessageStatus = MessageStatus.COMPLETE, **more) -> MessageRecord:
    more.setdefault("figures", AnswerFigures(10, 111, 200, 10_000))
    return MessageRecord(number, 1, None, Role.ASSISTANT, text, status, 0, **more)


def streaming(number: int, text: str = "") -> MessageRecord:
    return answer(number, text, MessageStatus.STREAMING)


def conversation(count: int) -> list[MessageRecord]:
    """Questions and answers in turn, numbered from 1."""
    return [
        user(number, f"Question {number}") if number % 2 else answer(number, f"Answer {number}\n\n" + MIXED)
        for number in range(1, count + 1)
    ]


def draw(view: TranscriptView) -> QImage:
    """What the view shows."""
    return view.viewport().grab().toImage()


def draw_now(view: TranscriptView) -> None:
    """Do not wait for the next frame of a growing answer."""
    view._growth.draw_now()


def bottom(view: TranscriptView) -> int:
    return view.verticalScrollBar().maximum()


def targets(view: TranscriptView, message_id: int, kind: TargetKind = TargetKind.ACTION) -> list[Target]:
    item = view.find_item(message_id)
    return [target for target in item.targets(0, item.height) if target.kind is kind]


def actions(view: TranscriptView, message_id: int) -> list[MessageAction]:
    """The buttons of a message in their order."""
    return [target.action for target in targets(view, message_id)]


def place_of(view: TranscriptView, target: Target) -> QPoint:
    """The middle of a target in the viewport."""
    item = view.find_item(target.message_id)
    return (target.rect.center() + view.stage.rect_of(item).topLeft()).toPoint()


def text_place(view: TranscriptView, message_id: int, needle: str, *, behind: bool = False) -> QPoint:
    """Where `needle` starts (or ends) on the screen, in the first block that has it in its first run."""
    item = view.find_item(message_id)
    body = item.body(Part.BODY)
    for slot in range(body.slot_count):
        element = body.element(slot)
        for run in range(element.last.run + 1):
            at = element.run_text(run).find(needle)
            if at >= 0:
                place = type(element.last)(run, at + (len(needle) if behind else 0))
                caret = element.caret(place)
                corner = view.stage.rect_of(item).topLeft() + item.corner(Part.BODY) + body.corner(slot)
                return (caret.center() + corner + QPointF(0.5, 0)).toPoint()
    raise AssertionError(f"{needle!r} is not in message {message_id}")


def has_color(image: QImage, color: QColor) -> bool:
    wanted = color.rgb()
    return any(image.pixel(x, y) == wanted for y in range(image.height()) for x in range(image.width()))


def inked(image: QImage, ground: QColor) -> tuple[int, int, int, int]:
    """The rectangle (left, top, right, bottom) of everything that is not `ground`."""
    small = image.convertToFormat(QImage.Format.Format_RGB32)
    paper = ground.rgb()
    xs, ys = [], []
    for y in range(small.height()):
        line = [x for x in range(small.width()) if small.pixel(x, y) != paper]
        if line:
            ys.append(y)
            xs += (line[0], line[-1])
    return (min(xs), min(ys), max(xs), max(ys)) if xs else (0, 0, 0, 0)
