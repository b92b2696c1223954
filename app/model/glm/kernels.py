# ruff: noqa: SLF001 - torch gives its kernels for quantized weights no public names
"""The processor's kernels for quantized matrices: layouts, packing, unpacking, and which one is fastest here.

Everything is decided by asking: the layout of the 4-bit kernel by packing a probe, the speed of the ways by
a short measurement. Nothing is decided by a processor's name. Knows no module and no file.

Shapes: out = rows of the matrix, in = columns, m = rows of activations.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import torch
from torch import Tensor
from torch.nn.functional import linear

INNER_TILES = 1
"""An argument that the processor's packing takes and ignores (it is the GPU's)."""
ROW_MULTIPLE = 64
"""Rows of a 4-bit matrix come in multiples of this: the largest block of any of the kernel's layouts."""
GROUP_SIZES = (32, 64, 128, 256)
"""What the 4-bit kernel accepts."""
TILE_ROWS = 1024
"""Rows of a matrix that are unpacked at once: few enough to stay in the processor's cache."""
_FIXED_POINT_BITS = 8
_LARGEST_INT8 = 127
_LARGEST_INT4 = 8
_MEASURED_SIZE = 2048
_LARGE_SHAPE = (11008, 4096)
_MEASURED_ROWS = 128
_MOST_FEW_ROWS = 64
_FEW = 8
_RUNS, _LONG_S = 6, 0.6
_WORTH_IT = 0.75
"""Quantizing activations must save at least a quarter of the time, else it is not done."""


@dataclass(frozen=True, slots=True)
class Int4Layout:
    """How the 4-bit kernel of this processor wants its bytes.

    Blocks of `block` rows, column after column, two rows a byte: the halves of a block in the low and high
    nibbles, or neighbours where `interleaved`.
    """

    name: str
    block: int
    interleaved: bool

    def pack(self, integers: Tensor) -> Tensor:
        """uint8 [out, in / 2] from int8 [out, in] in -8..7; out is a multiple of `ROW_MULTIPLE`."""
        rows, columns = integers.shape
        blocks = (integers + _LARGEST_INT4).to(torch.uint8).view(rows // self.block, self.block, columns)
        if self.interleaved:
            low, high = blocks[:, 0::2], blocks[:, 1::2]
        else:
            low, high = blocks.chunk(2, dim=1)
        return (low | (high << 4)).transpose(1, 2).reshape(rows, columns // 2)

    def integers(self, packed: Tensor) -> Tensor:
        """int8 [out, in] in -8..7 back from packed bytes: the inverse of `pack`."""
        rows, half = packed.shape
        blocks = packed.view(rows // self.block, half * 2, self.block // 2)
        both = torch.stack((blocks & 15, blocks >> 4), dim=-1 if self.interleaved else 2)
        columns = both.reshape(rows // self.block, half * 2, self.block)
        return columns.transpose(1, 2).reshape(rows, half * 2).to(torch.int8).sub_(_LARGEST_INT4)


LAYOUTS = (
    Int4Layout("rows64", 64, interleaved=False),  # AVX-512
    Int4Layout("rows32", 32, interleaved=False),  # AVX2
    Int4Layout("pairs32", 32, interleaved=True),  # any other processor
)


class KernelError(Exception):
    """This torch, on this processor, does not do what the code was written for."""


@cache
def int4_layout() -> Int4Layout:
    """The layout of this processor and torch, found by packing a probe; raises `KernelError`."""
    generator = torch.Generator().manual_seed(1)
    probe = torch.randint(-8, 8, (2 * ROW_MULTIPLE, 64), dtype=torch.int8, generator=generator)
    wanted = torch.ops.aten._convert_weight_to_int4pack_for_cpu(probe.to(torch.int32) + 8, INNER_TILES)
    for layout in LAYOUTS:
        if torch.equal(layout.pack(probe), wanted.view(probe.shape[0], -1)):
            return layout
    raise KernelError("the layout of the 4-bit kernel is not known")


def scales_and_zeros(scales: Tensor, zeros: Tensor | None = None) -> Tensor:
    """bf16 [in / group, out, 2] for the 4-bit kernel; `scales`, `zeros` (None: all 0) [out, in / group]."""
    pairs = torch.zeros(*scales.T.shape, 2, dtype=torch.bfloat16)
    pairs[..., 0] = scales.T.to(torch.bfloat16)
    if zeros is not None:
        pairs[..., 1] = zeros.T.to(torch.bfloat16)
    return pairs


def int4_linear(x: Tensor, packed: Tensor, pairs: Tensor) -> Tensor:
    """bf16 [m, out] from bf16 [m, in]; the kernel for few rows (in float32 it is 50 times slower)."""
    group = x.shape[1] // pairs.shape[0]
    y: Tensor = torch.ops.aten._weight_int4pack_mm_for_cpu(x, packed, group, pairs)
    return y


def int8_linear(x: Tensor, weight: Tensor, scales: Tensor) -> Tensor:
    """bf16 [m, out] from bf16 [m, in], int8 [out, in], bf16 [out]; weight-only, the kernel for few rows."""
    y: Tensor = torch.ops.aten._weight_int8pack_mm(x, weight, scales)
    return y


def quantize_rows(x: Tensor) -> tuple[Tensor, Tensor]:
    """Activations [m, in] as int8 with one scale a row, float32 [m, 1]."""
    values = x.to(torch.float32, copy=True)  # it is worked on in place
    scales = values.abs().amax(dim=1, keepdim=True).clamp_(min=1e-20).div_(_LARGEST_INT8)
    return values.div_(scales).round_().to(torch.int8), scales


def int8_product(x: Tensor, weight: Tensor) -> Tensor:
    """int32 [m, out] of int8 [m, in] and int8 [in, out] (any strides).

    Exact only where `int8_is_exact`: without VNNI instructions pairs of products are cut to 16 bits.
    """
    return torch._int_mm(x, weight)


@cache
def int8_is_exact() -> bool:
    """Whether `int8_product` is, found by asking it for the largest sums."""
    for rows in (1, _MEASURED_ROWS):
        x = torch.full((rows, 256), _LARGEST_INT8, dtype=torch.int8)
        weight = torch.full((256, 256), _LARGEST_INT8, dtype=torch.int8)
        if not bool((int8_product(x, weight.T) == 256 * _LARGEST_INT8**2).all()):
            return False
    return True


def int8_tiles(packed: Tensor, pairs: Tensor, layout: Int4Layout) -> Iterator[tuple[int, Tensor, Tensor]]:
    """A 4-bit matrix as int8, tile by tile: (first row, int8 [in, rows], scales float32 [rows]).

    The scale of a row makes its greatest weight 127; each group is brought to it in fixed point, computed
    modulo 2^16: only the result has to fit. The rounding adds at most half a step of the row's scale, and 15
    times half of 2^-8 of one for the factor.
    """
    rows, half = packed.shape
    columns, groups = half * 2, pairs.shape[0]
    scales, zeros = pairs[..., 0].float(), pairs[..., 1].float()
    least, greatest = zeros - _LARGEST_INT4 * scales, zeros + (_LARGEST_INT4 - 1) * scales
    row_scales = torch.maximum(least.abs(), greatest.abs()).amax(dim=0).clamp_(min=1e-20) / _LARGEST_INT8
    one = 1 << _FIXED_POINT_BITS
    factors = _arranged((scales / row_scales * one).round_(), layout)
    offsets = _arranged((least / row_scales * one).round_() + one // 2, layout)
    blocks = rows // layout.block
    packed_blocks = packed.view(blocks, columns, layout.block // 2)
    for first in range(0, blocks, TILE_ROWS // layout.block):
        part = packed_blocks[first : first + TILE_ROWS // layout.block]
        count = part.shape[0]
        tile = torch.empty(columns, count, *_nibble_shape(layout), dtype=torch.int8)
        for nibble in (0, 1):
            wide = ((part & 15) if nibble == 0 else (part >> 4)).to(torch.int16)
            wide = wide.view(count, groups, columns // groups, layout.block // 2)
            at = slice(first, first + count)
            wide = torch.addcmul(offsets[at, nibble], wide, factors[at, nibble])
            wide = wide.bitwise_right_shift_(_FIXED_POINT_BITS).to(torch.int8).view(count, columns, -1)
            _nibble_of(tile, layout, nibble).copy_(wide.transpose(0, 1))
        start = first * layout.block
        yield start, tile.view(columns, -1), row_scales[start : start + count * layout.block]


def float_tiles(
    packed: Tensor, pairs: Tensor, layout: Int4Layout, dtype: torch.dtype
) -> Iterator[tuple[int, Tensor]]:
    """A 4-bit matrix as floats, tile by tile: (first row, [rows, in] of `dtype`)."""
    rows = packed.shape[0]
    for start in range(0, rows, TILE_ROWS):
        integers = layout.integers(packed[start : start + TILE_ROWS])
        scales, zeros = pairs[:, start : start + TILE_ROWS].float().permute(2, 1, 0).unsqueeze(-1)
        grouped = torch.addcmul(zeros, integers.view(integers.shape[0], scales.shape[1], -1), scales)
        yield start, grouped.reshape(integers.shape).to(dtype)


def _arranged(values: Tensor, layout: Int4Layout) -> Tensor:
    """Float [groups, out] as int16 [blocks, nibble, groups, 1, lanes]: as the bytes of the blocks lie."""
    groups, rows = values.shape
    parts = values.to(torch.int16).view(groups, rows // layout.block, *_nibble_shape(layout))
    parts = parts.permute(1, 3, 0, 2) if layout.interleaved else parts.permute(1, 2, 0, 3)
    return parts.contiguous().unsqueeze(3)


def _nibble_shape(layout: Int4Layout) -> tuple[int, int]:
    lanes = layout.block // 2
    return (lanes, 2) if layout.interleaved else (2, lanes)


def _nibble_of(tile: Tensor, layout: Int4Layout, nibble: int) -> Tensor:
    """The part [in, blocks, lanes] of a tile that low (0) or high nibbles go to."""
    return tile[..., nibble] if layout.interleaved else tile[:, :, nibble]


@dataclass(frozen=True, slots=True)
class Ways:
    """What is fastest on this machine, as measured. Row counts are of activations."""

    bf16_product: bool  # many rows times bf16 in bf16; else in float32, converted tile by tile
    int8_single: bool  # one row times int8 as integers; else by the weight-only kernel
    int8_product: bool  # many rows times int8 as integers; else converted to floats
    int4_product: bool  # many rows times int4 as int8 integers; else converted to floats
    int4_few_rows: int  # up to this many rows the 4-bit kernel itself

    @property
    def product_dtype(self) -> torch.dtype:
        """In what many rows of activations are multiplied by 16-bit weights."""
        return torch.bfloat16 if self.bf16_product else torch.float32


class _Work(StrEnum):
    """What is timed to choose among the ways."""

    BF16 = "bf16"  # many rows by floats
    FLOAT32 = "float32"
    INT8 = "int8"  # many rows by whole numbers
    INT8_SINGLE = "int8_single"  # one row
    INT8_KERNEL = "int8_kernel"
    INT4_KERNEL = "int4_kernel"  # eight rows
    INT8_TILES = "int8_tiles"  # unpacking alone
    BF16_TILES = "bf16_tiles"
    FLOAT32_TILES = "float32_tiles"


_best: dict[str, float] = {}
"""The shortest seconds of each work: of this process, and of earlier ones where they were recalled."""


def recall(seconds: Mapping[str, float]) -> None:
    """Begin with what an earlier process measured under the same `speeds_depend_on`, before `ways` is asked.

    A disturbed moment then spoils nothing, and the ways, with which answers change in their last digits, stay
    the same from start to start.
    """
    for name, value in seconds.items():
        _best[name] = min(value, _best.get(name, value))


def measured() -> Mapping[str, float]:
    """The shortest seconds by the name of the work, to be recalled later; empty before `ways` was asked."""
    return dict(_best)


@cache
def ways() -> Ways:
    """Measured once in a process, in less than a second; raises `KernelError`.

    Products in whole numbers are only taken where they are exact.
    """
    _measure()
    bf16_product = _best[_Work.BF16] < _best[_Work.FLOAT32]
    floats = min(_best[_Work.BF16], _best[_Work.FLOAT32])
    integers_pay = int8_is_exact() and _best[_Work.INT8] < floats * _WORTH_IT
    if integers_pay:
        unpacked = _best[_Work.INT8] + _best[_Work.INT8_TILES]
    else:
        unpacked = floats + _best[_Work.BF16_TILES if bf16_product else _Work.FLOAT32_TILES]
    few = int(unpacked / _best[_Work.INT4_KERNEL] * _FEW)
    return Ways(
        bf16_product=bf16_product,
        int8_single=int8_is_exact() and _best[_Work.INT8_SINGLE] < _best[_Work.INT8_KERNEL],
        int8_product=integers_pay,
        int4_product=integers_pay,
        # A power of two: a little more or less measured is the same choice.
        int4_few_rows=min(max(1 << max(few.bit_length() - 1, 0), _FEW // 2), _MOST_FEW_ROWS),
    )


def _measure() -> None:
    """Time every work in turn, again and again: what disturbs a moment is then no work's misfortune alone."""
    size = _MEASURED_SIZE
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(_MEASURED_ROWS, size, generator=generator)
    bf16, integers = x.bfloat16(), torch.randint(-127, 128, (size, size), dtype=torch.int8)
    single, scale = bf16[:1], torch.ones(size, dtype=torch.bfloat16)
    weight = torch.randn(size, size, generator=generator).bfloat16()  # as it is kept
    quantized, _ = quantize_rows(bf16)
    layout = int4_layout()
    packed = layout.pack((integers >> 4).contiguous())
    pairs = scales_and_zeros(torch.ones(size, size // GROUP_SIZES[0]))
    works: dict[str, Callable[[], object]] = {
        _Work.BF16: lambda: linear(bf16, weight),
        _Work.FLOAT32: lambda: linear(x, weight.float()),
        _Work.INT8: lambda: int8_product(quantized, integers.T),
        _Work.INT8_SINGLE: lambda: int8_product(quantize_rows(single)[0], integers.T),
        _Work.INT8_KERNEL: lambda: int8_linear(single, integers, scale),
        _Work.INT4_KERNEL: lambda: int4_linear(bf16[:_FEW], packed, pairs),
        _Work.INT8_TILES: lambda: list(int8_tiles(packed, pairs, layout)),
        _Work.BF16_TILES: lambda: list(float_tiles(packed, pairs, layout, torch.bfloat16)),
        _Work.FLOAT32_TILES: lambda: list(float_tiles(packed, pairs, layout, torch.float32)),
    }
    begun = time.perf_counter()
    for turn in range(_RUNS):
        for name, work in works.items():
            started = time.perf_counter()
            work()
            taken = time.perf_counter() - started
            _best[name] = min(taken, _best.get(name, taken))
        if turn > 0 and time.perf_counter() - begun > _LONG_S:
            break


def speeds_depend_on() -> str:
    """What `single_row_speeds` depends on, as one text."""
    capability = torch.backends.cpu.get_cpu_capability()
    return f"torch {torch.__version__}, {capability}, {torch.get_num_threads()} threads"


def single_row_speeds() -> tuple[float, float]:
    """Seconds for one row times an int8 and a 4-bit matrix of 45 million weights: what an answer costs most.

    Larger than the processor's inner caches, as a model is: there INT4 reads half as much.
    """
    rows, columns = _LARGE_SHAPE
    chosen = ways()
    x = torch.randn(1, columns).bfloat16()
    integers = torch.randint(-127, 128, (rows, columns), dtype=torch.int8)
    scales = torch.ones(rows, dtype=torch.bfloat16)
    if chosen.int8_single:
        in_int8 = _seconds(lambda: int8_product(quantize_rows(x)[0], integers.T))
    else:
        in_int8 = _seconds(lambda: int8_linear(x, integers, scales))
    packed = integers.view(torch.uint8)[:, : columns // 2].contiguous()
    pairs = scales_and_zeros(torch.ones(rows, columns // GROUP_SIZES[0]))
    return in_int8, _seconds(lambda: int4_linear(x, packed, pairs))


def _seconds(work: Callable[[], object]) -> float:
    """The shortest of a few runs: what the machine can do when nothing disturbs it. Slow work runs twice."""
    best, begun = float("inf"), time.perf_counter()
    for run in range(_RUNS):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
        if run > 0 and time.perf_counter() - begun > _LONG_S:
            break
    return best
