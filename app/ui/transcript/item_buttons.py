"""Which buttons stand under a message: a pure decision from its record."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QRectF

from app.core.chat import MessageStatus, Role
from app.core.records import MessageRecord
from app.ui.icons import IconName
from app.ui.transcript import wording
from app.ui.transcript.actions import ErrorCard, MessageAction, Target, TargetKind
from app.ui.transcript.item_parts import ButtonRow, Entry
from app.ui.transcript.style import Style


def item_row(record: MessageRecord, shown: str, style: Style, *, is_busy: bool) -> ButtonRow:
    """The row under a message that is complete; `shown` is its text without markup."""
    is_user = record.role is Role.USER
    entries = _user_entries(record, is_busy) if is_user else _answer_entries(record, shown, is_busy)
    return ButtonRow(style, tuple(entries))


def error_target(message_id: int, card: ErrorCard) -> Callable[[QRectF], Target]:
    """Makes the main button of an error card."""
    return _maker(message_id, card.action, card.action_label)


def _user_entries(record: MessageRecord, is_busy: bool) -> Iterator[Entry]:
    yield from _buttons(record.id, MessageAction.COPY)
    if not is_busy:
        yield from _buttons(record.id, MessageAction.EDIT)
        yield from _versions(record)


def _answer_entries(record: MessageRecord, shown: str, is_busy: bool) -> Iterator[Entry]:
    note = wording.note_text(record)
    if note:
        yield Entry(note)
        can_go_on = record.status is not MessageStatus.COMPLETE
        if can_go_on and not is_busy and (record.text or record.status is MessageStatus.INTERRUPTED):
            yield from _buttons(record.id, MessageAction.CONTINUE)
    if record.text:
        yield from _buttons(record.id, MessageAction.COPY)
    if not is_busy:
        if record.status is not MessageStatus.FAILED:
            yield from _buttons(record.id, MessageAction.REGENERATE)
        yield from _versions(record)
    if record.status is MessageStatus.COMPLETE and record.text:
        figures = (wording.length_text(shown), wording.speed_text(record.figures))
        yield Entry(" · ".join(text for text in figures if text))


def _buttons(message_id: int, *actions: MessageAction) -> Iterator[Entry]:
    for action in actions:
        text = wording.action_text(action)
        yield Entry(text, _maker(message_id, action, text))


def _versions(record: MessageRecord) -> Iterator[Entry]:
    """The picture "< 2/3 >"; a step that leads nowhere is drawn, and cannot be pressed."""
    count, number = len(record.version_ids), record.version_number
    if count < 2:
        return
    back, on = MessageAction.PREVIOUS_VERSION, MessageAction.NEXT_VERSION
    older = _maker(record.id, back, wording.action_text(back)) if number > 1 else None
    newer = _maker(record.id, on, wording.action_text(on)) if number < count else None
    yield Entry("", older, IconName.CHEVRON_LEFT)
    yield Entry(wording.version_text(number, count), is_tight=True)
    yield Entry("", newer, IconName.CHEVRON_RIGHT)


def _maker(message_id: int, action: MessageAction, label: str) -> Callable[[QRectF], Target]:
    def make(rect: QRectF) -> Target:
        return Target(message_id, TargetKind.ACTION, rect, label, action)

    return make
