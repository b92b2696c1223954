"""What the verbs print: plain text, or one JSON object a line."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from typing import Protocol

from app.cli.session import LoadedModel
from app.core.engine import Finished, PromptProgress, ReasoningDelta, RequestEvent, TextDelta
from app.core.errors import ErrorInfo
from app.model.hardware import peak_memory


def print_json(value: Mapping[str, object]) -> None:
    """One object on one line, at once."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


class AnswerPrinter(Protocol):
    """Prints one answer as it comes."""

    def event(self, event: RequestEvent, model: LoadedModel) -> None: ...

    def failed(self, error: ErrorInfo) -> None: ...


class PlainPrinter:
    """The text as it comes; progress and thinking go to stderr when that is a terminal."""

    def __init__(self) -> None:
        self._reading_since: float | None = None
        self._progress_width = 0

    def event(self, event: RequestEvent, model: LoadedModel) -> None:  # noqa: ARG002 - as the protocol
        match event:
            case PromptProgress() if sys.stderr.isatty():
                self._show_progress(event)
            case ReasoningDelta() if sys.stderr.isatty():
                self._clear_progress()
                sys.stderr.write(event.text)
                sys.stderr.flush()
            case TextDelta():
                self._clear_progress()
                sys.stdout.write(event.text)
                sys.stdout.flush()
            case Finished():
                self._clear_progress()
                sys.stdout.write("\n")
                sys.stdout.flush()
            case _:
                pass

    def failed(self, error: ErrorInfo) -> None:  # noqa: ARG002 - the sentence goes to stderr for both
        self._clear_progress()
        sys.stdout.flush()

    def _show_progress(self, progress: PromptProgress) -> None:
        """After half a second: a short wait needs no figure."""
        if self._reading_since is None:
            self._reading_since = time.monotonic()
        elif time.monotonic() - self._reading_since > 0.5 and progress.total > 0:
            text = f"{progress.done * 100 // progress.total} %"
            self._progress_width = len(text)
            sys.stderr.write(f"\r{text}")
            sys.stderr.flush()

    def _clear_progress(self) -> None:
        if self._progress_width:
            sys.stderr.write("\r" + " " * self._progress_width + "\r")
            sys.stderr.flush()
        self._progress_width, self._reading_since = 0, None


class JsonPrinter:
    """One object a line; all `ids` together are the generated ids without the stop id."""

    def event(self, event: RequestEvent, model: LoadedModel) -> None:
        match event:
            case TextDelta():
                print_json({"event": "text", "text": event.text, "ids": list(event.ids)})
            case ReasoningDelta():
                print_json({"event": "reasoning", "text": event.text, "ids": list(event.ids)})
            case Finished():
                print_json(finished_object(event, model))
            case _:
                pass

    def failed(self, error: ErrorInfo) -> None:
        print_json({"event": "failed", "code": error.code.value, "params": dict(error.params)})


def finished_object(event: Finished, model: LoadedModel) -> dict[str, object]:
    """The last line of an answer: why it ended, tokens, and times in seconds."""
    usage, timings = event.usage, event.timings
    return {
        "event": "finished",
        "reason": event.reason.value,
        "usage": {
            "prompt_tokens": usage.prompt_tokens,
            "cached_tokens": usage.cached_tokens,
            "output_tokens": usage.output_tokens,
        },
        "timings": {
            "load_s": round(model.load_s, 3),
            "first_token_s": round(timings.first_token_ms / 1000, 3),
            "prefill_tok_s": round(timings.prefill_tokens_per_s(usage), 2),
            "decode_tok_s": round(timings.decode_tokens_per_s(usage), 2),
            "peak_rss_mb": round(peak_memory(model.child_pid) / 2**20, 1),
        },
    }
