"""The merging of deltas, and the one terminal event."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from app.core.cancel import CancelToken
from app.core.chat import FinishReason, Usage
from app.core.engine import (
    Failed,
    Finished,
    GenerationParams,
    PromptReady,
    ReasoningDelta,
    RequestEvent,
    TextDelta,
)
from app.core.errors import ErrorCode, ErrorInfo
from app.workers.engine_request import DeltaBuffer, EngineRequest
from app.workers.engine_teller import EngineTeller

pytestmark = pytest.mark.usefixtures("qapp")
STOP = Finished(FinishReason.STOP, Usage(3, 0, 9))
FAILED = Failed(ErrorInfo(ErrorCode.ENGINE_CRASHED))
deltas = st.builds(
    lambda kind, text, ids: kind(text, tuple(ids)),
    st.sampled_from([TextDelta, ReasoningDelta]),
    st.text(max_size=3),
    st.lists(st.integers(0, 9), max_size=2),
)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(deltas, max_size=20))
def test_merging_keeps_order_text_and_ids(given_deltas: list[TextDelta | ReasoningDelta]) -> None:
    buffer = DeltaBuffer()
    for delta in given_deltas:
        buffer.add(delta)
    assert buffer.token_count == sum(len(delta.ids) for delta in given_deltas)
    merged = buffer.take()
    assert buffer.take() == []
    assert buffer.token_count == 0
    for kind in (TextDelta, ReasoningDelta):
        assert "".join(d.text for d in merged if type(d) is kind) == "".join(
            d.text for d in given_deltas if type(d) is kind
        )
    assert [i for d in merged for i in d.ids] == [i for d in given_deltas for i in d.ids]
    kinds = [type(delta) for delta in merged]
    assert all(kind is not before for before, kind in itertools.pairwise(kinds))


class Heard:
    """A teller with one request begun, and what it told."""

    def __init__(self) -> None:
        self.cancel = CancelToken()
        self.events: list[RequestEvent] = []
        self.teller = EngineTeller()
        self.teller.told.connect(lambda _, event: self.events.append(event))
        self.teller.begin(EngineRequest(1, (), GenerationParams(), self.cancel))


def test_the_first_delta_is_told_at_once_and_fast_ones_together(qtbot: QtBot) -> None:
    heard = Heard()
    for letter in "abcd":
        heard.teller.tell(TextDelta(letter, (ord(letter),)))
    assert heard.events == [TextDelta("a", (97,))]
    qtbot.waitUntil(lambda: len(heard.events) == 2)
    assert heard.events[1] == TextDelta("bcd", (98, 99, 100))


def test_other_events_do_not_overtake_text() -> None:
    heard = Heard()
    for event in (PromptReady(None, 3, 100), TextDelta("a"), TextDelta("b"), ReasoningDelta("c"), STOP):
        heard.teller.tell(event)
    assert heard.events == [
        PromptReady(None, 3, 100),
        TextDelta("a"),
        TextDelta("b"),
        ReasoningDelta("c"),
        STOP,
    ]


def test_nothing_comes_after_the_terminal_event(qtbot: QtBot) -> None:
    heard = Heard()
    for event in (TextDelta("a"), TextDelta("b"), FAILED, STOP, TextDelta("c")):
        heard.teller.tell(event)
    heard.teller.finish(STOP)
    heard.teller.cancel()
    qtbot.wait(40)
    assert heard.events == [TextDelta("a"), TextDelta("b"), FAILED]
    assert heard.teller.request is None


def test_once_cancelled_only_the_end_is_told(qtbot: QtBot) -> None:
    for end in (STOP, FAILED):
        heard = Heard()
        heard.teller.tell(PromptReady(None, 3, 100))
        heard.teller.tell(TextDelta("a", (1,)))
        heard.teller.tell(TextDelta("b", (2,)))
        heard.cancel.cancel()
        heard.teller.tell(TextDelta("c", (3,)))
        qtbot.wait(40)
        heard.teller.tell(end)
        assert heard.events[:2] == [PromptReady(None, 3, 100), TextDelta("a", (1,))]
        (last,) = heard.events[2:]
        assert isinstance(last, Finished)
        assert last.reason is FinishReason.CANCELLED
        assert last.usage == (STOP.usage if end is STOP else Usage(3, 0, 1))


def test_counts_start_again_with_each_request() -> None:
    heard = Heard()
    heard.teller.tell(PromptReady(None, 3, 100))
    heard.teller.tell(TextDelta("a", (1,)))
    heard.teller.cancel()
    heard.teller.begin(EngineRequest(2, (), GenerationParams(), CancelToken()))
    heard.teller.cancel()
    first, second = (event for event in heard.events if isinstance(event, Finished))
    assert first.usage == Usage(3, 0, 1)
    assert second.usage == Usage()
