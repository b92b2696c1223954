"""The engine for GGUF files: llama.cpp, through the `xllamacpp` wheel.

Turns the engine protocol into requests of token ids to the library's loopback server (`llama_server`), and
its events into ours. Sampling is plain: temperature, then top-p, nothing else; temperature 0 is the arg-max.
Runs in the engine child.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.cancel import Cancelled, CancelToken
from app.core.chat import FinishReason, Turn, Usage
from app.core.engine import (
    DeviceWish,
    EngineEvent,
    EngineInfo,
    EngineKind,
    Finished,
    GenerationParams,
    LoadNote,
    LoadPlan,
    LoadProgress,
    ModelInfo,
    ModelRef,
    Precision,
    ProgressReport,
    PromptProgress,
    TextDelta,
)
from app.core.errors import ErrorCode, WorldError
from app.model import gguf, hardware, starter
from app.model.engines import llama_server
from app.model.engines.answer_clock import AnswerClock
from app.model.engines.chat_template import ChatTemplate
from app.model.engines.detokenizer import Detokenizer
from app.model.engines.llama_server import LlamaServer, LoadError, ServerPlan
from app.model.engines.prompt_encoder import PromptEncoder
from app.model.library import model_name
from app.model.model_shapes import MAX_BATCH, batch_size

SEED_RANGE = 1 << 31
READ_BLOCK = 4 << 20
READ_SHARE = 0.8
"""Share of the load that is reading the file; the library itself tells no progress."""

_UNKNOWN_ARCHITECTURE = "unknown model architecture"
_STOPPED_BY_MODEL = "eos"
_NEUTRAL = {
    "top_k": 0,
    "min_p": 0.0,
    "typical_p": 1.0,
    "top_n_sigma": -1.0,
    "repeat_penalty": 1.0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
    "dry_multiplier": 0.0,
    "xtc_probability": 0.0,
    "dynatemp_range": 0.0,
    "mirostat": 0,
    "logit_bias": [],
    "n_probs": 0,
}


@dataclass(slots=True)
class _Loaded:
    """What belongs to the loaded model."""

    server: LlamaServer
    template: ChatTemplate
    encoder: PromptEncoder
    detokenizer: Detokenizer
    context_length: int

    def encode(self, turns: Sequence[Turn]) -> list[int]:
        return self.encoder.encode(self.template.pieces(turns))


_Steps = Generator[EngineEvent, None, FinishReason | None]
"""Events, and at the end why the answer is over; None when it is not."""


class LlamaCppEngine:
    """Hosts one GGUF file."""

    def __init__(self) -> None:
        self._loaded: _Loaded | None = None

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(EngineKind.LLAMA_CPP, (Precision.NATIVE,))

    def load(self, ref: ModelRef, plan: LoadPlan, report: ProgressReport, cancel: CancelToken) -> ModelInfo:
        """Load the file; raises `WorldError`, or `Cancelled` while the file is read."""
        self.unload()
        path = Path(ref.path)
        if plan.precision is not Precision.NATIVE:
            native = Precision.NATIVE.value
            wanted = plan.precision.value
            raise WorldError(ErrorCode.PRECISION_UNAVAILABLE, precision=wanted, available=native)
        header = gguf.read_header(path)
        gguf.ensure_chat_model(path, header)
        if hardware.processor_has("avx2") is hardware.Support.NO:
            raise WorldError(ErrorCode.CPU_UNSUPPORTED)  # importing the library would kill the process
        context = min(plan.context_length, header.trained_context or plan.context_length)
        _read_ahead(path, header.file_bytes, report, cancel)
        vocabulary = gguf.read_vocabulary(path)
        is_processor_only = plan.device is DeviceWish.PROCESSOR
        accelerator = "" if is_processor_only else llama_server.accelerator_name()
        server_plan = ServerPlan(
            ref.path,
            context,
            MAX_BATCH if accelerator else batch_size(header.parameter_count),
            hardware.threads_for(plan.threads),
            starter.CHAT_TEMPLATE if starter.is_probably(path) else "",
            is_processor_only,
        )
        try:
            server = LlamaServer(server_plan)
        except LoadError as error:
            raise _load_error(path, str(error)) from error
        self._loaded = _Loaded(
            server,
            ChatTemplate(server.render, bool(header.chat_template)),
            PromptEncoder(vocabulary, server.tokenize, server.tokenize("", begin=True)),
            Detokenizer(vocabulary),
            context,
        )
        report(LoadProgress(1.0))
        return ModelInfo(
            name=model_name(path, header),
            architecture=header.architecture,
            precision_label=header.precision_label,
            context_length=context,
            trained_context=header.trained_context or context,
            parameter_count=header.parameter_count,
            file_bytes=header.file_bytes,
            device=accelerator,
            notes=_notes(plan, accelerator),
        )

    def count_tokens(self, turns: Sequence[Turn]) -> int:
        return len(self._model().encode(turns))

    def generate(
        self, turns: Sequence[Turn], params: GenerationParams, cancel: CancelToken
    ) -> Iterator[EngineEvent]:
        """Answer `turns`; see `app.core.engine` for the rules."""
        return _Answer(self._model(), turns, params, cancel).events()

    def unload(self) -> None:
        if self._loaded is not None:
            self._loaded.server.close()
            self._loaded = None

    def _model(self) -> _Loaded:
        if self._loaded is None:
            raise WorldError(ErrorCode.NO_MODEL)
        return self._loaded


class _Answer:
    """One answer while it is generated.

    Mostly one request. Where ids are missing that cannot be found again, the tokens since the last text that
    was told are generated anew in one piece, and a further request goes on from there: nothing of them was
    shown, so the answer is what was generated then.
    """

    def __init__(
        self, model: _Loaded, turns: Sequence[Turn], params: GenerationParams, cancel: CancelToken
    ) -> None:
        self._model = model
        self._turns = turns
        self._params = params
        self._cancel = cancel
        self._clock = AnswerClock()
        self._seed = params.seed if params.seed is not None else secrets.randbelow(SEED_RANGE)
        self._prompt: list[int] = []
        self._ids: list[int] = []  # told already
        self._held: list[int] = []  # generated without text: the last may be the stop id
        self._requests = 0
        self._cached = 0
        self._limit = 0
        self._limit_is_context = False

    def events(self) -> Iterator[EngineEvent]:
        """Everything from the first progress to `Finished`."""
        try:
            self._cancel.raise_if_cancelled()
            self._prompt = self._model.encode(self._turns)
            self._set_limit()
            reason: FinishReason | None = None
            while reason is None:
                reason = yield from self._request()
        except Cancelled:
            reason = FinishReason.CANCELLED
        yield Finished(reason, Usage(len(self._prompt), self._cached, len(self._ids)), self._clock.timings())

    def _set_limit(self) -> None:
        room = self._model.context_length - len(self._prompt)
        if room <= 0:
            limit = self._model.context_length - 1
            raise WorldError(ErrorCode.MESSAGE_TOO_LONG, tokens=len(self._prompt), limit=limit)
        wanted = self._params.max_tokens
        self._limit_is_context = wanted <= 0 or wanted > room
        self._limit = room if self._limit_is_context else wanted

    @property
    def _generated(self) -> int:
        return len(self._ids) + len(self._held)

    def _request(self) -> _Steps:
        """One streamed request. Returns why the answer ended, or None when it has to be gone on with."""
        before = self._generated
        stream = self._model.server.stream(self._body(self._limit - before), self._cancel)
        with contextlib.closing(stream):
            for event in stream:
                if event.get("stop"):
                    return (yield from self._end(event, before))
                progress = event.get("prompt_progress")
                if progress is not None:
                    yield from self._on_progress(progress)
                    continue
                missing = int(event["tokens_predicted"]) - (self._generated - before) - 1
                token, text = int(event["tokens"][0]), str(event["content"])
                found = self._model.detokenizer.missing_ids(text, token, missing) if missing > 0 else ()
                if found is None:
                    break
                yield from self._on_tokens((*found, token), text)
            else:
                raise WorldError(ErrorCode.ENGINE_PROTOCOL, detail="no end of the answer")
        return (yield from self._generate_anew(missing + 1))

    def _on_progress(self, progress: dict[str, Any]) -> Iterator[EngineEvent]:
        if self._requests > 1:  # the prompt was read before; this is its cache
            return
        done, total = int(progress["processed"]), int(progress["total"])
        self._cached = int(progress["cache"])
        self._clock.prompt_read = self._clock.now()
        self._cancel.raise_if_cancelled()
        yield PromptProgress(done, total)

    def _on_tokens(self, ids: Sequence[int], text: str) -> Iterator[EngineEvent]:
        """Tell `text`, or keep `ids` until there is some."""
        self._clock.token_came()
        self._held += ids
        text = text.replace("\ufffd", "")  # bytes that are no character
        if text:
            self._cancel.raise_if_cancelled()
            yield self._told(text)

    def _told(self, text: str) -> TextDelta:
        ids = tuple(self._held)
        self._held.clear()
        self._ids += ids
        return TextDelta(text, ids)

    def _end(self, event: dict[str, Any], before: int) -> _Steps:
        """The request has ended; ids that had no text yet are told, but not the stop id."""
        missing = int(event["tokens_predicted"]) - (self._generated - before)
        if missing > 0:
            return (yield from self._generate_anew(missing))
        if event.get("stop_type") == _STOPPED_BY_MODEL:
            del self._held[-1:]
        self._cancel.raise_if_cancelled()
        if self._held:
            yield self._told("")
        return self._reason(event)

    def _generate_anew(self, count: int) -> _Steps:
        """Generate `count` tokens that the stream did not tell, this time with all their ids."""
        self._cancel.raise_if_cancelled()
        event = self._model.server.complete({**self._body(count), "return_tokens": True})
        ids = [int(token) for token in event["tokens"]]
        stopped = event.get("stop_type") == _STOPPED_BY_MODEL
        yield from self._on_tokens(ids[:-1] if stopped else ids, str(event["content"]))
        if not stopped and self._generated < self._limit:
            return None
        if self._held:
            yield self._told("")
        return self._reason(event)

    def _reason(self, event: dict[str, Any]) -> FinishReason:
        if event.get("stop_type") == _STOPPED_BY_MODEL:
            return FinishReason.STOP
        return FinishReason.CONTEXT if self._limit_is_context else FinishReason.LENGTH

    def _body(self, count: int) -> dict[str, object]:
        self._requests += 1
        plain = self._params.temperature <= 0
        return {
            **_NEUTRAL,
            "prompt": [*self._prompt, *self._ids, *self._held],
            "n_predict": count,
            "temperature": max(self._params.temperature, 0.0),
            "top_p": 1.0 if plain else self._params.top_p,
            "samplers": ["temperature"] if plain else ["temperature", "top_p"],
            "seed": (self._seed + self._requests - 1) % SEED_RANGE,
            "cache_prompt": True,
            "return_progress": True,
            # The library cannot hold an end back for a number of tokens, but altogether.
            "ignore_eos": 0 < self._limit <= self._params.min_tokens,
        }


def _notes(plan: LoadPlan, accelerator: str) -> tuple[LoadNote, ...]:
    is_missing = plan.device is DeviceWish.GRAPHICS_CARD and not accelerator
    return (LoadNote.ACCELERATOR_MISSING,) if is_missing else ()


def _read_ahead(path: Path, size: int, report: ProgressReport, cancel: CancelToken) -> None:
    """Read the file once, so that the library finds it in memory: the long part of a load, with progress.

    Left out where the file would fill the memory and be thrown out again.
    """
    report(LoadProgress(0.0))
    if size > hardware.look().memory_available // 2:
        return
    block = bytearray(READ_BLOCK)
    done = 0
    try:
        with path.open("rb", buffering=0) as file:
            while count := file.readinto(block):
                cancel.raise_if_cancelled()
                done += count
                report(LoadProgress(min(done / size, 1.0) * READ_SHARE))
    except OSError as error:
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=path, detail=error.strerror or "") from error


def _load_error(path: Path, detail: str) -> WorldError:
    is_unknown = _UNKNOWN_ARCHITECTURE in detail
    code = ErrorCode.MODEL_UNSUPPORTED if is_unknown else ErrorCode.MODEL_LOAD_FAILED
    return WorldError(code, path=path, detail=detail)
