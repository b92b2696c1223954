"""The models of the lineage as they were published, and which of them suit a computer: values and rules.

The data is `resources/catalog.json`; whoever reads the file gives its text. Sizes in bytes. What a model
takes is `memory_plan`'s to say. Knows no disk, no hub and no sentence but what a model is good at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.core import memory_plan
from app.core.engine import EngineKind, Precision
from app.core.memory import Fit, MachineMemory, MemoryChoice, MemoryEstimate, ModelShape

_KEPT_PREPARED = frozenset({Precision.INT8, Precision.INT4})
"""Precisions at which the engine keeps a file of its own beside what was brought."""
_FITS = (Fit.FITS, Fit.TIGHT, Fit.TOO_LARGE)


class Purpose(StrEnum):
    """What a model was made for."""

    CHAT = "chat"
    REASONING = "reasoning"  # thinks first, at length
    CODE = "code"


class EditionKind(StrEnum):
    """How an edition differs from the usual one."""

    USUAL = ""
    LONG = "long"  # made for long texts
    BASE = "base"  # continues texts and was not taught to converse


@dataclass(frozen=True, slots=True)
class Edition:
    """One published repository of a model. `size` and `context_length` are 0 where they are not known.

    `quantization_bits` is 4 or 8 where the integers were published. `is_doubled` is whether the repository
    holds the same weights in two formats, of which one is enough.
    """

    repository: str
    size: int = 0
    context_length: int = 0
    quantization_bits: int = 0
    kind: EditionKind = EditionKind.USUAL
    is_doubled: bool = False


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence by its name, and the address of its full text."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class CatalogModel:
    """A model and its editions, the usual one first. `good_at` is a sentence by language ("zh", "en").

    `shape` is that of the usual edition; None where Teahouse cannot run the model.
    """

    name: str
    purpose: Purpose
    parameters: int
    licence: Licence
    good_at: Mapping[str, str]
    editions: tuple[Edition, ...]
    shape: ModelShape | None

    @property
    def usual(self) -> Edition:
        """The edition to take where nothing speaks for another."""
        return self.editions[0]


@dataclass(frozen=True, slots=True)
class Hub:
    """A place on the internet where editions are published."""

    name: str
    pattern: str  # of an address, with {repository}

    def address(self, edition: Edition) -> str:
        """Where `edition` is."""
        return self.pattern.format(repository=edition.repository)


@dataclass(frozen=True, slots=True)
class Catalog:
    """All models as they are to be preferred: newer generations first, in each the larger ones first."""

    models: tuple[CatalogModel, ...]
    hubs: tuple[Hub, ...]


def read_catalog(text: str) -> Catalog:
    """The catalogue out of its JSON; raises `ValueError` or `KeyError` where it is not one."""
    raw = json.loads(text)
    licences = {name: Licence(name, address) for name, address in raw["licences"].items()}
    hubs = tuple(Hub(hub["name"], hub["address"]) for hub in raw["hubs"])
    return Catalog(tuple(_model(one, licences) for one in raw["models"]), hubs)


def _model(raw: Mapping[str, Any], licences: Mapping[str, Licence]) -> CatalogModel:
    editions = tuple(_edition(one) for one in raw["editions"])
    if not editions:
        raise ValueError(f"{raw['name']}: no edition")
    return CatalogModel(
        name=raw["name"],
        purpose=Purpose(raw["purpose"]),
        parameters=raw["parameters"],
        licence=licences[raw["licence"]],
        good_at=dict(raw["good_at"]),
        editions=editions,
        shape=_shape(raw["shape"], editions[0].size) if "shape" in raw else None,
    )


def _edition(raw: Mapping[str, Any]) -> Edition:
    return Edition(
        repository=raw["repository"],
        size=raw.get("size", 0),
        context_length=raw.get("context_length", 0),
        quantization_bits=raw.get("quantization_bits", 0),
        kind=EditionKind(raw.get("kind", "")),
        is_doubled=raw.get("is_doubled", False),
    )


def _shape(raw: Mapping[str, Any], size: int) -> ModelShape:
    """The planner's measures; embedding and head have a row for each token of the vocabulary."""
    matrix = raw["vocab_size"] * raw["hidden_size"]
    return ModelShape(
        engine=EngineKind.GLM_TORCH,
        embedding_weights=matrix,
        head_weights=matrix,
        quantization_bits=0,
        weight_bytes=size,
        **raw,
    )


# What suits a computer


@dataclass(frozen=True, slots=True)
class Suitability:
    """A model on a computer, loaded with `choice`. `keeps_pace`: it writes at least as fast as one reads."""

    model: CatalogModel
    choice: MemoryChoice
    estimate: MemoryEstimate
    fit: Fit
    keeps_pace: bool

    @property
    def is_comfortable(self) -> bool:
        """Whether it fits with room to spare and the usual context, and keeps pace."""
        longest = self.model.shape.longest_context if self.model.shape is not None else 0
        usual = min(memory_plan.RECOMMENDED_CONTEXT, longest)
        return self.fit is Fit.FITS and self.keeps_pace and self.choice.context_length >= usual

    @property
    def needed_disk(self) -> int:
        """Bytes of what is to be brought, and of what the engine keeps beside it."""
        prepared = self.estimate.model if self.choice.precision in _KEPT_PREPARED else 0
        return self.model.usual.size + prepared


@dataclass(frozen=True, slots=True)
class Advice:
    """What a computer can run.

    `best` is None where no model fits with room to spare; `smallest` is the one that takes least, for saying
    what is missing. `has_room` is whether the disk has room for `best`; without, it can be used from where it
    lies. `better` would be recommended if the disk had room for it. `is_larger_slow` is whether larger models
    fit too and would write more slowly than one reads.
    """

    best: Suitability | None
    smallest: Suitability
    has_room: bool = True
    better: Suitability | None = None
    is_larger_slow: bool = False


def suitability(model: CatalogModel, machine: MachineMemory) -> Suitability | None:
    """`model` at what is recommended for `machine`; None where Teahouse cannot run it."""
    if model.shape is None:
        return None
    return _at(model, model.shape, memory_plan.recommended(model.shape, machine), machine)


def at_int4(model: CatalogModel, machine: MachineMemory) -> Suitability | None:
    """`model` at its smallest precision with the usual context; None where Teahouse cannot run it."""
    if model.shape is None:
        return None
    context = min(memory_plan.RECOMMENDED_CONTEXT, model.shape.longest_context)
    return _at(model, model.shape, MemoryChoice(Precision.INT4, context), machine)


def by_ease(models: Sequence[CatalogModel], machine: MachineMemory) -> list[CatalogModel]:
    """First the `models` that run well on `machine`, then the slow ones, then those that do not fit."""

    def effort(model: CatalogModel) -> tuple[bool, int, bool]:
        found = at_int4(model, machine)
        if found is None:
            return True, 0, False
        return False, _FITS.index(found.fit), not found.keeps_pace

    return sorted(models, key=effort)


def advise(models: Sequence[CatalogModel], machine: MachineMemory, free_disk: int | None) -> Advice:
    """The first model for conversation that is comfortable and for which the disk has room.

    Where the disk has room for none of those, the first of them; `free_disk` None leaves the disk aside.
    Raises `ValueError` where no model for conversation can be run at all.
    """
    talking = [model for model in models if model.purpose is Purpose.CHAT]
    candidates = [found for model in talking if (found := suitability(model, machine)) is not None]
    comfortable = [one for one in candidates if one.is_comfortable]
    with_room = [one for one in comfortable if free_disk is None or one.needed_disk <= free_disk]
    best = next(iter(with_room or comfortable), None)
    compact = [found for model in talking if (found := at_int4(model, machine)) is not None]
    slow = [one for one in candidates if one.fit is Fit.FITS and not one.keeps_pace]
    return Advice(
        best=best,
        smallest=min(compact, key=lambda one: one.estimate.total),
        has_room=bool(with_room),
        better=comfortable[0] if best is not None and best is not comfortable[0] else None,
        is_larger_slow=best is not None and any(one.model.parameters > best.model.parameters for one in slow),
    )


def _at(model: CatalogModel, shape: ModelShape, choice: MemoryChoice, machine: MachineMemory) -> Suitability:
    estimate = memory_plan.estimate(shape, choice)
    return Suitability(
        model=model,
        choice=choice,
        estimate=estimate,
        fit=memory_plan.fit(estimate, machine),
        keeps_pace=memory_plan.keeps_pace(shape, choice, machine),
    )
