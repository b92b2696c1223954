"""The scripted engine: deterministic answers from a script, for tests of the interface and for pictures.

It computes nothing and must never stand behind a figure. It honours the whole engine protocol, and it can go
wrong on purpose in every way that a native library can.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from app.core.cancel import CancelToken
from app.core.chat import FinishReason, Role, Timings, Turn, Usage
from app.core.engine import (
    EngineEvent,
    EngineInfo,
    EngineKind,
    Finished,
    GenerationParams,
    LoadPlan,
    LoadProgress,
    ModelInfo,
    ModelRef,
    Precision,
    ProgressReport,
    PromptProgress,
    ReasoningDelta,
    TextDelta,
)
from app.core.errors import ErrorCode, WorldError
from app.model.engines.script import Fault, FaultPoint, Script, load_script
from app.model.engines.scripted_demo import BUILT_IN

TOKENS_PER_TURN = 4
PROMPT_BATCH = 64
LOAD_STEPS = 10
_CJK = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
_TOKEN = re.compile(rf"[{_CJK}]| ?[^\W{_CJK}]+| *\n|\s|[^\w\s]")


def split_tokens(text: str) -> list[str]:
    """`text` in pieces that join to it again: words with their space, single CJK characters, signs."""
    return _TOKEN.findall(text)


def token_id(piece: str) -> int:
    """A stable id of a piece."""
    return zlib.crc32(piece.encode("utf-8", "surrogatepass")) % 100_000


class ScriptedEngine:
    """Answers from a `Script`; `ModelRef.path` names its file, or `ModelRef.id` a built-in one."""

    def __init__(self) -> None:
        self._script: Script | None = None
        self._context_length = 0

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(EngineKind.SCRIPTED, (Precision.NATIVE,))

    def load(self, ref: ModelRef, plan: LoadPlan, report: ProgressReport, cancel: CancelToken) -> ModelInfo:
        """Read the script; raises `WorldError`."""
        script = BUILT_IN.get(ref.id) if not ref.path else load_script(Path(ref.path))
        if script is None:
            raise WorldError(ErrorCode.MODEL_MISSING, path=ref.id)
        if plan.precision is not Precision.NATIVE:
            raise WorldError(
                ErrorCode.PRECISION_UNAVAILABLE,
                precision=plan.precision.value,
                available=Precision.NATIVE.value,
            )
        for step in range(LOAD_STEPS):
            cancel.raise_if_cancelled()
            report(LoadProgress(step / LOAD_STEPS, script.notes))
            time.sleep(script.load_ms / LOAD_STEPS / 1000)
        if script.fault_at is FaultPoint.LOAD:
            _strike(script.fault)
        self._script = script
        self._context_length = min(plan.context_length, script.context_length)
        context = self._context_length
        return ModelInfo(script.name, "script", "", context, script.context_length, 0, 0, notes=script.notes)

    def count_tokens(self, turns: Sequence[Turn]) -> int:
        return sum(TOKENS_PER_TURN + len(split_tokens(turn.text)) for turn in turns)

    def generate(
        self, turns: Sequence[Turn], params: GenerationParams, cancel: CancelToken
    ) -> Iterator[EngineEvent]:
        """Say the script's answer; see `app.core.engine` for the rules."""
        if self._script is None:
            raise WorldError(ErrorCode.NO_MODEL)
        script = _calmed(self._script, turns)
        deaf = script.fault is Fault.DEAF
        started = time.perf_counter()
        prompt_tokens = self.count_tokens(turns)
        for done in range(0, prompt_tokens, PROMPT_BATCH):
            if cancel.is_cancelled and not deaf:
                yield Finished(FinishReason.CANCELLED, Usage(prompt_tokens))
                return
            yield PromptProgress(min(done + PROMPT_BATCH, prompt_tokens), prompt_tokens)
            time.sleep(script.prompt_delay_ms * PROMPT_BATCH / 1000)
        if script.fault_at is FaultPoint.PROMPT:
            _strike(script.fault)
        prefill_ms = (time.perf_counter() - started) * 1000
        said = 0
        reason = FinishReason.STOP
        room = self._context_length - prompt_tokens
        for piece, is_reasoning in _pieces(script, turns, params):
            if cancel.is_cancelled and not deaf:
                reason = FinishReason.CANCELLED
                break
            if said >= room or said == params.max_tokens > 0:
                reason = FinishReason.CONTEXT if said >= room else FinishReason.LENGTH
                break
            if script.fault_at is FaultPoint.ANSWER and said == script.fault_after:
                _strike(script.fault)
            said += 1
            yield (ReasoningDelta if is_reasoning else TextDelta)(piece, (token_id(piece),))
            if script.delay_ms:
                time.sleep(script.delay_ms / 1000)
        decode_ms = (time.perf_counter() - started) * 1000 - prefill_ms
        yield Finished(reason, Usage(prompt_tokens, 0, said), Timings(prefill_ms, prefill_ms, decode_ms))

    def unload(self) -> None:
        self._script = None


def _last_question(turns: Sequence[Turn]) -> str:
    return next((turn.text for turn in reversed(turns) if turn.role is Role.USER), "")


def _calmed(script: Script, turns: Sequence[Turn]) -> Script:
    """`script` without its fault where the person did not say the word for it."""
    return script if script.fault_when in _last_question(turns) else replace(script, fault=Fault.NONE)


def _pieces(script: Script, turns: Sequence[Turn], params: GenerationParams) -> Iterator[tuple[str, bool]]:
    """The tokens of the answer, with whether each belongs to the thinking."""
    chinese = re.search(f"[{_CJK}]", _last_question(turns)) is not None
    answers = script.answers_zh if chinese and script.answers_zh else script.answers
    asked = sum(turn.role is Role.USER for turn in turns)
    seed = params.seed or 0 if params.temperature > 0 else 0
    answer = answers[(max(asked, 1) - 1 + seed) % len(answers)]
    begun = turns[-1].text if turns and turns[-1].role is Role.ASSISTANT else ""
    if not begun:
        for piece in split_tokens(script.reasoning):
            yield piece, True
    if begun and answer.startswith(begun):
        answer = answer[len(begun) :]
    tokens = split_tokens(answer)
    for _ in range(script.repeat):
        for piece in tokens:
            yield piece, False


def _strike(fault: Fault) -> None:
    match fault:
        case Fault.CRASH:
            os.abort()
        case Fault.HANG:
            _sleep_holding_the_lock()
        case Fault.NATIVE_PRINT:
            os.write(1, b"llama_context: n_ctx = 8192\n\x00\x00\x00\xff")
        case Fault.WORLD_ERROR:
            raise WorldError(ErrorCode.ENGINE_OUT_OF_MEMORY)
        case Fault.EXCEPTION:
            raise ArithmeticError("a bug in the engine")
        case Fault.NONE | Fault.DEAF:
            pass


def _sleep_holding_the_lock() -> None:
    """Ten minutes in native code with the interpreter lock held: not even a reader thread runs."""
    if sys.platform == "win32":
        ctypes.PyDLL("kernel32").Sleep(600_000)
    else:
        ctypes.PyDLL(None).sleep(600)
