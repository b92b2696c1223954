"""Measures the llama.cpp engine on the starter model, each round in a fresh engine of this process.

Prints one JSON object per line; medians of the rounds.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from pathlib import Path

from app.core.cancel import CancelToken
from app.core.chat import FinishReason, Role, Turn
from app.core.engine import (
    EngineKind,
    Finished,
    GenerationParams,
    LoadPlan,
    ModelRef,
    PromptProgress,
    TextDelta,
)
from app.locations import default_paths
from app.model import hardware, starter
from app.model.engines.llama_cpp import LlamaCppEngine

ROUNDS = 3
CONTEXT = 8192
LONG_PROMPT_WORDS = 450
NEW_TOKENS = 128
SHORT = (Turn(Role.USER, "What is the capital of France?"),)
LONG = (Turn(Role.USER, "green tea and black tea, " * (LONG_PROMPT_WORDS // 5) + "\nWrite a long story."),)


def main() -> int:
    path = default_paths().models_dir / starter.FILE_NAME
    if not path.is_file():
        print(f"the starter model is not in {path.parent}", file=sys.stderr)
        return 1
    figures: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, value in one_round(path).items():
            figures.setdefault(name, []).append(value)
    for name, (unit, target) in FIGURES.items():
        value = round(statistics.median(figures[name]), 3)
        print(json.dumps({"name": name, "value": value, "unit": unit, "target": target}))
    peak = hardware.peak_memory(os.getpid()) / 2**20
    print(json.dumps({"name": "llama_peak_rss", "value": round(peak, 1), "unit": "MiB", "target": None}))
    return 0


FIGURES = {
    "llama_load": ("s", None),
    "llama_first_token_short_question": ("s", "<= 1"),
    "llama_first_token_second_turn": ("s", "<= 1"),
    "llama_prefill": ("tokens/s", None),
    "llama_decode": ("tokens/s", None),
    "llama_cancel_answered": ("s", "<= 0.2"),
    "llama_ready_after_cancel": ("s", "<= 3"),
    "llama_count_5000_turns_first": ("s", None),
    "llama_count_5000_turns_again": ("s", None),
}


def one_round(path: Path) -> dict[str, float]:
    engine = LlamaCppEngine()
    started = time.perf_counter()
    ref = ModelRef(starter.NAME, EngineKind.LLAMA_CPP, str(path))
    engine.load(ref, LoadPlan(CONTEXT), lambda _: None, CancelToken())
    found = {"llama_load": time.perf_counter() - started}
    text, end = answer(engine, SHORT, 32)
    found["llama_first_token_short_question"] = end.timings.first_token_ms / 1000
    more = (*SHORT, Turn(Role.ASSISTANT, text), Turn(Role.USER, "And of Italy?"))
    found["llama_first_token_second_turn"] = answer(engine, more, 32)[1].timings.first_token_ms / 1000
    _, end = answer(engine, LONG, NEW_TOKENS)
    found["llama_prefill"] = end.timings.prefill_tokens_per_s(end.usage)
    found["llama_decode"] = end.timings.decode_tokens_per_s(end.usage)
    found |= cancelled(engine)
    talk = [Turn((Role.USER, Role.ASSISTANT)[at % 2], f"message {at} about tea") for at in range(5000)]
    for name in ("first", "again"):
        started = time.perf_counter()
        engine.count_tokens(talk)
        found[f"llama_count_5000_turns_{name}"] = time.perf_counter() - started
    engine.unload()
    return found


def answer(engine: LlamaCppEngine, turns: tuple[Turn, ...], count: int) -> tuple[str, Finished]:
    text = ""
    end = Finished(FinishReason.STOP)
    for event in engine.generate(turns, GenerationParams(count, 0.0), CancelToken()):
        if isinstance(event, TextDelta):
            text += event.text
        elif isinstance(event, Finished):
            end = event
    return text, end


def cancelled(engine: LlamaCppEngine) -> dict[str, float]:
    """How soon a cancel in the middle of a prompt is answered, and how soon a next answer begins."""
    cancel = CancelToken()
    turns = (Turn(Role.USER, "oolong, " * LONG_PROMPT_WORDS * 2),)
    started = 0.0
    for event in engine.generate(turns, GenerationParams(1, 0.0), cancel):
        if isinstance(event, PromptProgress) and event.done > 0 and not cancel.is_cancelled:
            cancel.cancel()
            started = time.perf_counter()
    answered = time.perf_counter()
    answer(engine, SHORT, 1)
    return {
        "llama_cancel_answered": answered - started,
        "llama_ready_after_cancel": time.perf_counter() - started,
    }


if __name__ == "__main__":
    sys.exit(main())
