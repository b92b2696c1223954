"""The ids of an answer into the text that is shown, as they come; what was shown is never taken back.

Decoding, what the official code does to finished answers, and the parting of thinking from answer, each as a
step that keeps back what a later id could change. Knows a tokenizer's protocol; no model and no prompt.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from app.model.glm.family import Family
from app.model.glm.prompts import END_OF_THINKING, THINK
from app.model.glm.text_filters import (
    LeadingNewline,
    Punctuation,
    Strip,
    TextFilter,
    TrainingTime,
    partial_length,
)
from app.model.glm.tokenizers.protocol import GlmTokenizer


class PieceKind(StrEnum):
    """Whether a piece belongs to the answer or to the thinking before it."""

    TEXT = "text"
    REASONING = "reasoning"


class Thinking(Enum):
    """How an answer begins."""

    NONE = auto()  # it is all answer; tags are text like any other
    OPENED = auto()  # within a thought: the prompt ended with <think>
    TAGGED = auto()  # with <think>, if it thinks


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole characters that were added to an answer.

    `ids` are those generated since the piece before; a piece may have ids and no text, or text and no ids
    (where one id ended a thought and began the answer).
    """

    kind: PieceKind
    text: str
    ids: tuple[int, ...] = ()


class AnswerStream:
    """The text of one answer. Every id that was pushed is reported once, in order, with some piece."""

    def __init__(
        self,
        tokenizer: GlmTokenizer,
        family: Family,
        *,
        begun: str = "",
        thinks: bool = True,
        thinking: Thinking | None = None,
    ) -> None:
        """`begun` is the text that the answer goes on from, `thinks` what the prompt was encoded with.

        `thinking` overrides what those two say about the beginning.
        """
        self._decoder = tokenizer.decoder(continues=bool(begun))
        mode = thinking or _beginning(family, begun, thinks=thinks)
        self._splitter = _Splitter(mode)
        is_stripped = mode is not Thinking.NONE or family is Family.GLM_Z1
        self._filters: dict[PieceKind, Sequence[TextFilter]] = {
            PieceKind.REASONING: (Strip(leading=True),),
            PieceKind.TEXT: (Strip(leading=not begun),) if is_stripped else _filters(family, begun),
        }
        self._kind = PieceKind.REASONING if mode is Thinking.OPENED else PieceKind.TEXT
        self._ids: list[int] = []

    def push(self, token: int) -> list[Piece]:
        """What the next id makes certain."""
        self._ids.append(token)
        return self._pieces(self._splitter.push(self._decoder.push(token)))

    def finish(self) -> list[Piece]:
        """What was kept back, when no id follows."""
        parts = [*self._splitter.push(self._decoder.finish()), *self._splitter.finish()]
        pieces = self._pieces(parts)
        pieces += self._shown(self._kind, _finished(self._filters[self._kind]))
        if self._ids:
            pieces.append(Piece(self._kind, "", self._taken_ids()))
        return pieces

    def _pieces(self, parts: Iterable[tuple[PieceKind, str]]) -> list[Piece]:
        pieces: list[Piece] = []
        for kind, text in parts:
            if kind is not self._kind:
                pieces += self._shown(self._kind, _finished(self._filters[self._kind]))
                self._kind = kind
            for step in self._filters[kind]:
                text = step.push(text)  # noqa: PLW2901 - each step takes what the one before gave
            pieces += self._shown(kind, text)
        return pieces

    def _shown(self, kind: PieceKind, text: str) -> list[Piece]:
        return [Piece(kind, text, self._taken_ids())] if text else []

    def _taken_ids(self) -> tuple[int, ...]:
        ids, self._ids = tuple(self._ids), []
        return ids


class _Splitter:
    """Parts thinking from answer at the tags."""

    def __init__(self, mode: Thinking) -> None:
        self._mode = mode
        self._held = ""

    def push(self, text: str) -> list[tuple[PieceKind, str]]:
        text, self._held = self._held + text, ""
        if self._mode is Thinking.TAGGED:
            start = text.lstrip()
            if start.startswith(THINK):
                self._mode, text = Thinking.OPENED, start.removeprefix(THINK)
            elif THINK.startswith(start):
                self._held = text
                return []
            else:
                self._mode = Thinking.NONE
        if self._mode is Thinking.NONE:
            return [(PieceKind.TEXT, text)]
        thought, tag, answer = text.partition(END_OF_THINKING)
        if tag:
            self._mode = Thinking.NONE
            return [(PieceKind.REASONING, thought), (PieceKind.TEXT, answer)]
        kept = partial_length(text, END_OF_THINKING)
        self._held = text[len(text) - kept :]
        return [(PieceKind.REASONING, text[: len(text) - kept])]

    def finish(self) -> list[tuple[PieceKind, str]]:
        kind = PieceKind.REASONING if self._mode is Thinking.OPENED else PieceKind.TEXT
        return [(kind, self._held)] if self._held else []


def _beginning(family: Family, begun: str, *, thinks: bool) -> Thinking:
    """How an answer of a generation begins behind its own prompt (reference section 5.2)."""
    if family is not Family.GLM_Z1 or begun:
        return Thinking.NONE
    return Thinking.OPENED if thinks else Thinking.TAGGED


def _filters(family: Family, begun: str) -> Sequence[TextFilter]:
    """What the official code does to a finished answer (reference sections 2.9, 3.6, 3.7 and 4.4)."""
    match family:
        case Family.CHATGLM:
            return Strip(leading=not begun), TrainingTime(), Punctuation(begun)
        case Family.CHATGLM2 | Family.CHATGLM3:
            return Strip(leading=not begun), TrainingTime()
        case Family.CODEGEEX2:
            return ()
        case _:
            return () if begun else (LeadingNewline(),)


def _finished(steps: Sequence[TextFilter]) -> str:
    """The rest of all steps: what one gives up at its end still goes through those behind it."""
    text = ""
    for step in steps:
        text = step.push(text) + step.finish()
    return text
