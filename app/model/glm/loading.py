"""From a checkpoint to a network that can run, at the precision that was asked for.

INT8 and INT4 are made while reading, matrix by matrix and in slices of rows, so that the checkpoint is never
in memory; the result goes to a prepared file that is mapped from then on. Float precisions are read straight
into place. Official quantized editions keep their integers. Knows checkpoints, precisions and prepared
files; no tokenizer and no generation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from app.core.engine import Precision
from app.model.glm import kernels, prepared
from app.model.glm.checkpoint import Checkpoint, ensure_finite, open_checkpoint
from app.model.glm.config import GlmConfig
from app.model.glm.linears import ExactLinear, FloatLinear, Int4Linear, Int8Linear, Interrupt
from app.model.glm.network import Network, assign, build_network
from app.model.glm.prepared import Entry, PreparedWriter
from app.model.glm.quantization import INT4_GROUP, quantize_int4, quantize_int8
from app.model.glm.quantized import QuantizedWeight

SLICE_ROWS = 1024
"""Rows that are quantized at once; a multiple of the kernel's blocks."""
_OFFICIAL_GROUP = 128
"""Official editions have one scale a row; it is repeated for groups of this size, which the kernel takes."""
_PACKED, _PAIRS, _VALUES, _SCALES = "packed", "pairs", "values", "scales"

Report = Callable[[float], None]
Check = Callable[[], None]
Accelerate = Callable[[Network, Checkpoint], int]
"""Gives a network its placement and loads what is placed on the accelerator; gives the bytes of that."""


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """What is to be loaded. `cache_dir` None keeps no prepared file. `group_size` is of INT4."""

    folder: Path
    config: GlmConfig
    precision: Precision
    cache_dir: Path | None = None
    group_size: int = INT4_GROUP


@dataclass(frozen=True, slots=True)
class LoadedNetwork:
    """A network with its weights. `interrupt` is asked by its linears; `weight_bytes` are mapped or taken."""

    network: Network
    interrupt: Interrupt
    precision: Precision
    weight_bytes: int


class Source(Protocol):
    """Where the tensors of a quantized network are read from: a prepared file, or memory."""

    @property
    def names(self) -> frozenset[str]: ...

    @property
    def settings(self) -> Mapping[str, str]: ...

    def read(self, name: str) -> Tensor: ...


def effective_precision(config: GlmConfig, wanted: Precision) -> Precision:
    """What `wanted` means for this model: NATIVE is INT4, and an official edition stays what it is."""
    if wanted is Precision.FP32:
        return wanted
    if config.quantization_bits:
        return Precision.INT4 if config.quantization_bits == 4 else Precision.INT8
    return Precision.INT4 if wanted is Precision.NATIVE else wanted


def load_network(
    request: LoadRequest, report: Report, check: Check, accelerate: Accelerate | None = None
) -> LoadedNetwork:
    """Load; `report` gets fractions 0..1, `check` is called often and may raise to give up.

    With `accelerate` only what that left is read for the processor. Raises `WorldError` for what is wrong
    with the files or the disk.
    """
    precision = effective_precision(request.config, request.precision)
    interrupt = Interrupt()
    with open_checkpoint(request.folder, request.config) as checkpoint:
        network = build_network(checkpoint.config)  # the files know better whether the head is tied
        size = accelerate(network, checkpoint) if accelerate is not None else 0
        only_embedding = network.placement is not None and network.placement.head
        if precision in (Precision.INT8, Precision.INT4) and not only_embedding:
            source = _prepared(request, precision, network, checkpoint, report, check)
            size += _attach(network, source, interrupt)
        else:
            size += _read_floats(network, checkpoint, precision, interrupt, report, check)
    report(1.0)
    return LoadedNetwork(network, interrupt, precision, size)


# Quantized


def _prepared(
    request: LoadRequest,
    precision: Precision,
    network: Network,
    checkpoint: Checkpoint,
    report: Report,
    check: Check,
) -> Source:
    """The prepared file, found or made; in memory where none is to be kept."""
    plan = _Plan(network, checkpoint, precision, request.group_size)
    settings = {"precision": precision.value, "group": str(request.group_size)}
    if request.cache_dir is None:
        memory = _Memory(plan.entries, plan.settings)
        plan.write(memory.write, report, check)
        return memory
    key = prepared.key_of(checkpoint.sources, settings)
    found = prepared.find(request.cache_dir, key)
    if found is not None:
        return found
    name = f"{request.folder.name}-{precision.value}"
    with PreparedWriter(request.cache_dir, name, key, plan.entries, plan.settings) as writer:
        plan.write(writer.write, report, check)
        return writer.finish()


class _Plan:
    """Which tensors a quantized network has, and how they are made from the checkpoint, one after another."""

    def __init__(
        self, network: Network, checkpoint: Checkpoint, precision: Precision, group_size: int
    ) -> None:
        self._checkpoint = checkpoint
        self._precision = precision
        self._group_size = group_size
        self._layout = kernels.int4_layout()
        self._bits = checkpoint.config.quantization_bits
        self._linears = {f"{path}.weight" for path, _ in network.linears()}
        self._head = f"{network.head_name}.weight"
        self._embedding = f"{network.embedding_name}.weight"
        self._sources = dict(self._source_names())
        self.settings = {
            "precision": precision.value,
            "group": str(group_size),
            "layout": self._layout.name,
        }
        self.entries: dict[str, Entry] = {}
        for target in self._sources:
            self.entries |= self._entries_of(target)

    def write(self, put: Callable[[Tensor], None], report: Report, check: Check) -> None:
        """Give all tensors to `put` in the order of `entries`."""
        total = sum(entry.byte_count for entry in self.entries.values())
        done = 0
        for target, source in self._sources.items():
            for tensor in self._tensors_of(target, self._checkpoint.read(source), check):
                put(tensor)
                done += tensor.numel() * tensor.element_size()
                report(done / total)

    def _source_names(self) -> Iterator[tuple[str, str]]:
        """Each tensor of the network with the name that it is read by: a tied head is read as embedding."""
        names = list(self._checkpoint.names())
        yield from ((name, name) for name in names)
        if self._head not in names:
            yield self._head, self._embedding

    def _kind(self, target: str) -> str:
        """How a tensor is kept: "int4", "int8" or "float"."""
        if target not in self._linears and target != self._head:
            return "float"
        rows, columns = self._checkpoint.shape(self._sources[target])
        if target == self._head:
            return "int8"  # a small part of the bytes with a large part of the error
        is_four = self._bits == 4 if self._bits else self._precision is Precision.INT4
        fits = rows % kernels.ROW_MULTIPLE == 0 and columns % self._group_of(columns) == 0
        return "int4" if is_four and fits else "int8"

    def _group_of(self, columns: int) -> int:
        return min(_OFFICIAL_GROUP, columns & -columns) if self._bits else self._group_size

    def _entries_of(self, target: str) -> dict[str, Entry]:
        shape = tuple(self._checkpoint.shape(self._sources[target]))
        path = target.removesuffix(".weight")
        match self._kind(target):
            case "float":
                return {target: Entry(torch.bfloat16, shape)}
            case "int8":
                return {
                    f"{path}.{_VALUES}": Entry(torch.int8, shape),
                    f"{path}.{_SCALES}": Entry(torch.float32, (shape[0],)),
                }
        rows, columns = shape
        groups = columns // self._group_of(columns)
        return {
            f"{path}.{_PACKED}": Entry(torch.uint8, (rows, columns // 2)),
            f"{path}.{_PAIRS}": Entry(torch.bfloat16, (groups, rows, 2)),
        }

    def _tensors_of(self, target: str, weight: Tensor | QuantizedWeight, check: Check) -> Iterator[Tensor]:
        """The tensors of `_entries_of`, the matrices in slices of rows."""
        kind = self._kind(target)
        scales: list[Tensor] = []
        zeros: list[Tensor] = []
        for part in _slices(weight):
            check()
            if kind == "float":
                floats = part.dequantized() if isinstance(part, QuantizedWeight) else part
                self._ensure_finite(floats, target)
                yield floats.to(torch.bfloat16)
                continue
            quantized = self._quantized(part, kind)
            self._ensure_finite(quantized.scales, target)
            scales.append(quantized.scales)
            if quantized.zeros is not None:
                self._ensure_finite(quantized.zeros, target)
                zeros.append(quantized.zeros)
            integers = quantized.integers()
            yield self._layout.pack(integers) if kind == "int4" else integers
        if kind == "int8":
            yield torch.cat(scales).float().flatten()
        elif kind == "int4":
            together = torch.cat(scales)
            if self._bits:
                together = together.expand(-1, self._groups_of(target))
            yield kernels.scales_and_zeros(together, torch.cat(zeros) if zeros else None)

    def _groups_of(self, target: str) -> int:
        columns = self._checkpoint.shape(self._sources[target])[1]
        return columns // self._group_of(columns)

    def _quantized(self, part: Tensor | QuantizedWeight, kind: str) -> QuantizedWeight:
        if isinstance(part, QuantizedWeight):
            if part.scales.shape[1] == 1:
                return part
            part = part.dequantized()
        return quantize_int8(part) if kind == "int8" else quantize_int4(part, self._group_size)

    def _ensure_finite(self, values: Tensor, target: str) -> None:
        """A value that is no number shows in the scale of its group, or in its zero."""
        ensure_finite(values, self._checkpoint.sources[0].parent, target)


def _slices(weight: Tensor | QuantizedWeight) -> Iterator[Tensor | QuantizedWeight]:
    rows = weight.shape[0]
    for start in range(0, rows, SLICE_ROWS):
        stop = min(start + SLICE_ROWS, rows)
        yield weight.rows(start, stop) if isinstance(weight, QuantizedWeight) else weight[start:stop]


class _Memory:
    """A prepared file that is none: the same tensors, kept in memory."""

    def __init__(self, entries: Mapping[str, Entry], settings: Mapping[str, str]) -> None:
        self._waiting = list(entries.items())
        self._tensors: dict[str, Tensor] = {}
        self._filled = 0
        self.settings = settings

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._tensors)

    def read(self, name: str) -> Tensor:
        return self._tensors[name]

    def write(self, tensor: Tensor) -> None:
        """The next values, in the order of the entries."""
        name, entry = self._waiting[0]
        target = self._tensors.setdefault(name, torch.empty(entry.shape, dtype=entry.dtype)).view(-1)
        target[self._filled : self._filled + tensor.numel()] = tensor.flatten()
        self._filled += tensor.numel()
        if self._filled == target.numel():
            self._waiting.pop(0)
            self._filled = 0


def _attach(network: Network, source: Source, interrupt: Interrupt) -> int:
    """Put the tensors of `source` into the network; gives their bytes."""
    ways, layout = kernels.ways(), kernels.int4_layout()
    stored = next(known for known in kernels.LAYOUTS if known.name == source.settings["layout"])
    paths = [path for path, _ in network.linears()] + [network.head_name]
    size = 0

    def take(name: str) -> Tensor:
        nonlocal size
        tensor = source.read(name)
        size += tensor.numel() * tensor.element_size()
        return tensor

    network.compute_dtype = torch.bfloat16
    # Before the linears: a tied embedding is assigned to the head too, which must still be a plain one then.
    for name in sorted(source.names):
        if name.rpartition(".")[0] not in paths and not network.is_placed(name):
            assign(network, name, take(name))
    for path in paths:
        if network.is_placed(f"{path}."):
            continue
        bias = take(f"{path}.bias") if f"{path}.bias" in source.names else None
        if f"{path}.{_PACKED}" in source.names:
            packed = take(f"{path}.{_PACKED}")
            if stored is not layout:  # prepared on a computer with another processor
                packed = layout.pack(stored.integers(packed))
            pairs = take(f"{path}.{_PAIRS}")
            network.set_submodule(path, Int4Linear(packed, pairs, bias, ways, interrupt, layout))
        else:
            weight = QuantizedWeight(8, take(f"{path}.{_VALUES}"), take(f"{path}.{_SCALES}").unsqueeze(1))
            network.set_submodule(path, Int8Linear(weight, bias, ways, interrupt))
    return size


# Floats


def _read_floats(
    network: Network,
    checkpoint: Checkpoint,
    precision: Precision,
    interrupt: Interrupt,
    report: Report,
    check: Check,
) -> int:
    """Read every tensor into place, in bf16 or float32; gives their bytes."""
    dtype = torch.float32 if precision is Precision.FP32 else torch.bfloat16
    ways = kernels.ways()
    network.compute_dtype = dtype
    paths = {path for path, _ in network.linears()} | {network.head_name}
    matrices: dict[str, Tensor | QuantizedWeight] = {}
    biases: dict[str, Tensor] = {}
    size = 0
    # The largest first: what reading and converting takes besides is taken while there is room.
    names = [name for name in checkpoint.names() if not network.is_placed(name)]
    names.sort(key=lambda name: prod(checkpoint.shape(name)), reverse=True)
    for at, name in enumerate(names):
        check()
        weight = checkpoint.read(name)
        path, _, leaf = name.rpartition(".")
        if isinstance(weight, QuantizedWeight) and path not in paths:
            weight = weight.dequantized()
        weight = weight.to(dtype) if isinstance(weight, Tensor) else weight
        ensure_finite(weight, checkpoint.sources[0].parent, name)
        size += (weight if isinstance(weight, Tensor) else weight.values).nbytes
        if path not in paths:
            assert isinstance(weight, Tensor)
            assign(network, name, weight)
        elif leaf == "bias":
            assert isinstance(weight, Tensor)
            biases[path] = weight
        else:
            matrices[path] = weight
        report((at + 1) / len(names))
    if network.head_name not in matrices and not network.is_placed(f"{network.head_name}."):
        embedding = network.get_submodule(network.embedding_name).weight
        assert isinstance(embedding, Tensor)
        matrices[network.head_name] = embedding.detach()
    for path, matrix in matrices.items():
        bias = biases.get(path)
        if isinstance(matrix, QuantizedWeight):
            network.set_submodule(path, ExactLinear(matrix, bias, interrupt))
        else:
            network.set_submodule(path, FloatLinear(matrix, bias, ways, interrupt))
    return size
