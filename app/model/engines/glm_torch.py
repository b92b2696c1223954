"""The engine for the ChatGLM / GLM lineage in torch: checkpoints as they are published, without their code.

Turns the engine protocol into prompts, steps of the decoder and events. Runs in the engine child; importing
it imports torch and transformers.
"""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

# Threads that spin at every barrier take a busy computer's time: quantizing was ten times slower so
# (decisions.md). libgomp reads it when torch is loaded.
os.environ.setdefault("GOMP_SPINCOUNT", "200")
# Nothing here may ask a hub, whatever a library thinks it lacks.
os.environ["HF_HUB_OFFLINE"] = "1"

import torch

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
    ReasoningDelta,
    TextDelta,
)
from app.core.errors import ErrorCode, WorldError
from app.model import hardware
from app.model.engines.answer_clock import AnswerClock
from app.model.glm import kernels
from app.model.glm.answer_text import AnswerStream, Piece, PieceKind
from app.model.glm.config import GlmConfig, Note, read_config
from app.model.glm.decoder import Decoder
from app.model.glm.defaults import FamilyDefaults, defaults_of
from app.model.glm.device_loading import load_with_device
from app.model.glm.devices import Device, DeviceKind, find_device
from app.model.glm.family import family_named
from app.model.glm.loading import LoadRequest
from app.model.glm.prompts import GlmPromptEncoder, begun_answer
from app.model.glm.sampling import Sampler, SamplingParams
from app.model.glm.tokenizers.opening import open_tokenizer
from app.model.glm.tokenizers.protocol import GlmTokenizer
from app.model.kernel_speeds import KernelSpeeds, read_speeds, write_speeds
from app.model.names import published_name

_NOTES = {
    Note.ROPE_THETA_CORRECTED: LoadNote.ROPE_CORRECTED,
    Note.PREFIX_ENCODER_IGNORED: LoadNote.PREFIX_IGNORED,
    Note.HEAD_NOT_TIED: LoadNote.HEAD_NOT_TIED,
}


@dataclass(slots=True)
class _Loaded:
    """What belongs to the loaded model."""

    config: GlmConfig
    tokenizer: GlmTokenizer
    encoder: GlmPromptEncoder
    decoder: Decoder
    defaults: FamilyDefaults


class GlmTorchEngine:
    """Hosts one checkpoint of the lineage, on `device` or on what this computer has at each load."""

    def __init__(self, device: Device | None = None) -> None:
        self._device = device
        self._loaded: _Loaded | None = None

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            EngineKind.GLM_TORCH, (Precision.FP32, Precision.FP16, Precision.INT8, Precision.INT4)
        )

    def load(self, ref: ModelRef, plan: LoadPlan, report: ProgressReport, cancel: CancelToken) -> ModelInfo:
        """Load the folder at `ref.path`; raises `WorldError`, or `Cancelled` between two matrices."""
        self.unload()
        folder = Path(ref.path)
        if not folder.exists():
            raise WorldError(ErrorCode.MODEL_MISSING, path=folder)
        torch.set_num_threads(hardware.threads_for(plan.threads))
        config = read_config(folder, family_named(ref.family))
        context = min(plan.context_length, config.longest_context)
        config = config.for_context(context)
        tokenizer = open_tokenizer(folder, config)
        cache_dir = Path(plan.cache_dir) if plan.cache_dir else None
        if cache_dir is not None and (known := _known_speeds(cache_dir)) is not None:
            kernels.recall(known.seconds)
        request = LoadRequest(folder, config, plan.precision, cache_dir)
        news = _LoadNews(report)
        device = self._device or find_device(plan.device)
        if plan.device is DeviceWish.GRAPHICS_CARD and device.kind is DeviceKind.CPU:
            news.tell((LoadNote.ACCELERATOR_MISSING,))
        check = cancel.raise_if_cancelled
        try:
            loaded = load_with_device(request, device, context, news.progress, check, news.tell)
        except kernels.KernelError as error:
            raise WorldError(ErrorCode.MODEL_LOAD_FAILED, path=folder, detail=str(error)) from error
        self._loaded = _Loaded(
            config,
            tokenizer,
            GlmPromptEncoder(config.family, tokenizer),
            Decoder(loaded.network, loaded.interrupt, context),
            defaults_of(config.family),
        )
        if cache_dir is not None:
            _keep_speeds(cache_dir)
        placement = loaded.network.placement
        return ModelInfo(
            name=published_name(folder),
            architecture=config.family.value,
            precision_label=loaded.precision.value.upper(),
            context_length=context,
            trained_context=config.longest_context,
            parameter_count=config.parameter_count,
            file_bytes=loaded.weight_bytes,
            device=placement.accelerator.name if placement is not None else "",
            notes=(*news.notes, *(_NOTES[note] for note in loaded.network.config.notes)),
        )

    def count_tokens(self, turns: Sequence[Turn]) -> int:
        return self._model().encoder.count(turns)

    def generate(
        self, turns: Sequence[Turn], params: GenerationParams, cancel: CancelToken
    ) -> Iterator[EngineEvent]:
        """Answer `turns`; see `app.core.engine` for the rules."""
        return _Answer(self._model(), turns, params, cancel).events()

    def unload(self) -> None:
        self._loaded = None
        gc.collect()  # modules refer to each other in circles, and gigabytes hang on them

    def _model(self) -> _Loaded:
        if self._loaded is None:
            raise WorldError(ErrorCode.NO_MODEL)
        return self._loaded


class _LoadNews:
    """Tells how far a load is, and the notes about its devices as soon as there are any."""

    def __init__(self, report: ProgressReport) -> None:
        self._report = report
        self._fraction = 0.0
        self.notes: tuple[LoadNote, ...] = ()

    def progress(self, fraction: float) -> None:
        self._fraction = fraction
        self._report(LoadProgress(fraction, self.notes))

    def tell(self, notes: tuple[LoadNote, ...]) -> None:
        self.notes = notes
        self.progress(self._fraction)


def _known_speeds(folder: Path) -> KernelSpeeds | None:
    """What was measured earlier under the same conditions."""
    known = read_speeds(folder)
    return known if known is not None and known.made_with == kernels.speeds_depend_on() else None


def _keep_speeds(folder: Path) -> None:
    """Keep the shortest times for the next start, and for the doctor a measurement of a single row."""
    known, seconds = _known_speeds(folder), dict(kernels.measured())
    if known is None:
        in_int8, in_int4 = kernels.single_row_speeds()
        known = KernelSpeeds(kernels.speeds_depend_on(), in_int8 * 1000, in_int4 * 1000)
    if known.seconds != seconds:
        with contextlib.suppress(OSError):  # it is no part of the load
            write_speeds(folder, replace(known, seconds=seconds))


class _Answer:
    """One answer while it is generated."""

    def __init__(
        self, model: _Loaded, turns: Sequence[Turn], params: GenerationParams, cancel: CancelToken
    ) -> None:
        self._model = model
        self._params = params
        self._cancel = cancel
        self._clock = AnswerClock()
        self._begun = begun_answer(turns)
        self._turns = turns
        self._prompt: list[int] = []
        self._cached = 0
        self._ids: list[int] = []  # generated so far, without the stop id
        self._told = 0
        self._text = ""
        self._stream: AnswerStream | None = None
        self._waiting: list[Piece] = []  # made, but not told yet

    def events(self) -> Iterator[EngineEvent]:
        """Everything from the first progress to `Finished`."""
        try:
            self._cancel.raise_if_cancelled()
            yield from self._read()
            reason = yield from self._write()
        except Cancelled:
            reason = FinishReason.CANCELLED
            self._remember_stopped()
        usage = Usage(len(self._prompt), self._cached, self._told)
        yield Finished(reason, usage, self._clock.timings())

    def _read(self) -> Iterator[EngineEvent]:
        decoder = self._model.decoder
        self._prompt = self._model.encoder.encode(self._turns)
        total = len(self._prompt)
        if total >= decoder.capacity:
            raise WorldError(ErrorCode.MESSAGE_TOO_LONG, tokens=total, limit=decoder.capacity - 1)
        self._cached = decoder.reusable(self._prompt)
        yield PromptProgress(self._cached, total)
        for done in decoder.read(self._prompt, self._cancel.raise_if_cancelled):
            yield PromptProgress(done, total)
        self._clock.prompt_read = self._clock.now()

    def _write(self) -> Generator[EngineEvent, None, FinishReason]:
        decoder, tokenizer = self._model.decoder, self._model.tokenizer
        stream = self._stream = AnswerStream(tokenizer, self._model.config.family, begun=self._begun)
        sampler = self._sampler()
        room = decoder.capacity - len(self._prompt)
        limit = min(self._params.max_tokens or room, room)
        stops = frozenset(tokenizer.stop_ids)
        reason = FinishReason.CONTEXT if limit == room else FinishReason.LENGTH
        while True:
            token = sampler.next_id(decoder.logits, self._prompt + self._ids)
            self._clock.token_came()
            if token in stops:
                reason = FinishReason.STOP
                break
            self._ids.append(token)
            yield from self._tell(stream.push(token))
            if len(self._ids) == limit:
                break
            decoder.write(token, self._cancel.raise_if_cancelled)
        yield from self._tell(stream.finish())
        self._model.encoder.remember(self._begun, self._text, self._ids)
        return reason

    def _remember_stopped(self) -> None:
        """A stopped answer goes on from its ids too, where all that they say was shown."""
        if self._stream is not None:
            unsaid = [*self._waiting, *self._stream.finish()]
            if not any(piece.text for piece in unsaid):
                self._model.encoder.remember(self._begun, self._text, self._ids)

    def _sampler(self) -> Sampler:
        params, defaults = self._params, self._model.defaults
        penalty = params.repetition_penalty
        sampling = SamplingParams(
            temperature=params.temperature,
            top_p=params.top_p,
            top_k=defaults.top_k if params.top_k is None else params.top_k,
            repetition_penalty=defaults.repetition_penalty if penalty is None else penalty,
            min_new_tokens=params.min_tokens,
            seed=params.seed,
        )
        tokenizer = self._model.tokenizer
        return Sampler(
            sampling,
            invalid_id=defaults.invalid_score_id,
            vocab_limit=tokenizer.vocab_limit,
            stop_ids=tokenizer.stop_ids,
        )

    def _tell(self, pieces: Sequence[Piece]) -> Iterator[EngineEvent]:
        self._waiting += pieces
        while self._waiting:
            self._cancel.raise_if_cancelled()
            piece = self._waiting.pop(0)
            self._told += len(piece.ids)
            text = piece.text.replace("\ufffd", "")  # bytes that are no character
            if piece.kind is PieceKind.REASONING:
                yield ReasoningDelta(text, piece.ids)
            else:
                self._text += text
                yield TextDelta(text, piece.ids)
