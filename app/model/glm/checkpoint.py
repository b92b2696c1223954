"""The weights of a model as they are published, checked as a whole before the first is used.

Finds the files, holds every tensor against the configuration, and gives parameters under the network's names,
one at a time: floats as stored, or the official int4/int8 editions as quantized weights that were never
expanded. Knows no precision that is wanted and no network object.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import torch
from torch import Tensor

from app.core.errors import ErrorCode, WorldError
from app.model.glm.checkpoint_files import find_files
from app.model.glm.config import GlmConfig, Layout, Note
from app.model.glm.keys import (
    Part,
    is_ignored,
    is_quantized,
    least_bytes,
    parts,
    published_shape,
    wanted_tensors,
)
from app.model.glm.quantized import QuantizedWeight, from_official
from app.model.glm.shards import Shard, open_shard

_FLOATS = (torch.float16, torch.bfloat16, torch.float32)
_NAMED = 3  # missing tensors that an error tells by name
_COMPARED_ROWS = 4096  # rows of two matrices that are in memory while they are compared


class Checkpoint:
    """All parameters of a model, read one by one.

    `config` is the configuration as the files bear it out: where it said that the head is tied and another
    matrix is stored, `tied_embeddings` is false (reference sections 2.6 and 6). `total_bytes` is what all
    parameters take as stored; `sources` the files they come from.
    """

    def __init__(self, config: GlmConfig, shards: Sequence[Shard], parameters: Mapping[str, Part]) -> None:
        self.config = config
        self.sources = tuple(shard.path for shard in shards)
        self._shards = shards
        self._parts = parameters
        self._places = {key: shard for shard in shards for key in shard.tensors}
        self.total_bytes = sum(self.stored_bytes(name) for name in parameters)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def names(self) -> tuple[str, ...]:
        """The network's parameters in the order of use; a tied head is not among them."""
        return tuple(self._parts)

    def shape(self, name: str) -> tuple[int, ...]:
        """The parameter's shape in the network."""
        return self._parts[name].shape

    def source(self, name: str) -> Path:
        """The file that holds it."""
        return self._places[self._parts[name].key].path

    def stored_bytes(self, name: str) -> int:
        """What the parameter takes in its file, scales included."""
        part = self._parts[name]
        stored = self._places[part.key].tensors[part.key].bytes
        if is_quantized(self.config, part):
            stored += self._places[part.scale_key].tensors[part.scale_key].bytes
        return stored * part.shape[0] // part.stored_rows

    def read(self, name: str) -> Tensor | QuantizedWeight:
        """A parameter as it is stored, in memory of its own."""
        part = self._parts[name]
        stored = self._rows(part.key, part)
        if not is_quantized(self.config, part):
            return stored
        return from_official(stored, self._rows(part.scale_key, part), self.config.quantization_bits)

    def close(self) -> None:
        """Give the files back."""
        for shard in self._shards:
            shard.close()

    def _rows(self, key: str, part: Part) -> Tensor:
        return self._places[key].read(key, part.start, part.stop)


def open_checkpoint(folder: Path, config: GlmConfig) -> Checkpoint:
    """The checkpoint in a folder, whole and of the shapes of `config`.

    Raises MODEL_MISSING, MODEL_LFS_POINTER, MODEL_INCOMPLETE (files or tensors), MODEL_TRUNCATED,
    MODEL_UNREADABLE, MODEL_UNSAFE, MODEL_MIXED (tensors of another model) and MODEL_UNSUPPORTED (dtypes).
    """
    files, keys_of = find_files(folder)
    sizes = {part.key: published_shape(config, part) for part in parts(config).values()}
    shards: list[Shard] = []
    for path in files:
        known = [sizes[key] for key in keys_of.get(path.name, sizes) if key in sizes]
        shards.append(open_shard(path, sum(least_bytes(config, shape) for shape in known)))
    places: dict[str, Shard] = {}
    for shard in shards:
        for key in shard.tensors:
            if key in places:
                raise WorldError(ErrorCode.MODEL_MIXED, path=shard.path, detail=f"{key} twice")
            places[key] = shard
    if config.tied_embeddings and not _head_is_tied(config, places):
        config = replace(config, tied_embeddings=False, notes=(*config.notes, Note.HEAD_NOT_TIED))
    parameters = parts(config)
    _check(folder, config, places)
    return Checkpoint(config, shards, parameters)


def ensure_finite(value: Tensor | QuantizedWeight, path: Path, name: str) -> None:
    """Raise MODEL_NAN where a number is none; of a quantized weight its scales are looked at."""
    tensor = value.scales if isinstance(value, QuantizedWeight) else value
    # The extremes carry every NaN and infinity, and take no memory (isfinite takes a byte for each value).
    if tensor.numel() and not all(bool(end.isfinite()) for end in tensor.aminmax()):
        raise WorldError(ErrorCode.MODEL_NAN, path=path, detail=name)


def _check(folder: Path, config: GlmConfig, places: Mapping[str, Shard]) -> None:
    """Every parameter is there with its shape and a dtype we read, and nothing else is."""
    needed = wanted_tensors(config)
    for key, shard in places.items():
        if key not in needed and not is_ignored(config, key):
            raise WorldError(ErrorCode.MODEL_MIXED, path=shard.path, detail=key)
    if missing := [key for key in needed if key not in places]:
        more = f" +{len(missing) - _NAMED}" if len(missing) > _NAMED else ""
        raise WorldError(ErrorCode.MODEL_INCOMPLETE, path=folder, detail=", ".join(missing[:_NAMED]) + more)
    for key, wanted in needed.items():
        shard = places[key]
        info = shard.tensors[key]
        if info.shape != wanted.shape or (info.dtype is torch.int8) is not wanted.is_integer:
            found = f"{key} {list(info.shape)} {info.dtype}"
            raise WorldError(
                ErrorCode.MODEL_MIXED, path=shard.path, detail=f"{found}, expected {list(wanted.shape)}"
            )
        if not wanted.is_integer and info.dtype not in _FLOATS:
            raise WorldError(ErrorCode.MODEL_UNSUPPORTED, path=shard.path, detail=f"{key} {info.dtype}")


def _head_is_tied(config: GlmConfig, places: Mapping[str, Shard]) -> bool:
    """Whether the stored head, if any, is the embedding once more."""
    head = "lm_head.weight"
    embedding = (
        "transformer.word_embeddings.weight"
        if config.layout is Layout.OFFICIAL_V1
        else "model.embed_tokens.weight"
    )
    if head not in places or embedding not in places or config.quantized_embeddings:
        return True
    ours, theirs = places[embedding].tensors[embedding], places[head].tensors[head]
    if ours != theirs:
        return ours.shape != theirs.shape  # a wrong shape is told by the check of all tensors
    for start in range(0, ours.shape[0], _COMPARED_ROWS):
        stop = min(start + _COMPARED_ROWS, ours.shape[0])
        one, other = (places[key].read(key, start, stop) for key in (embedding, head))
        if not torch.equal(one, other):
            return False
    return True
