"""The linear layers of a loaded network at each precision, on the processor.

Each takes activations [..., in] of the network's dtype and gives [..., out]. A few rows (an answer that is
written) go through kernels that read the weights once; many rows (a prompt that is read) are multiplied tile
by tile, with a look at the cancel token between tiles. Knows the kernels; no file and no network.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from math import inf

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from app.model.glm import kernels
from app.model.glm.kernels import Int4Layout, Ways
from app.model.glm.quantized import QuantizedWeight

OUTLIER_RATIO = 6.0
"""A column of activations whose largest value is this many times the root mean square of all is kept out of
the integers, as LLM.int8 does: one such column would coarsen the scale of its whole row."""
MAX_OUTLIERS, MAX_SINGLE_OUTLIERS = 64, 16
"""Columns kept out at most; fewer for a row by itself, whose columns of weights are read for it alone."""
_FEW_ROWS = 4
"""Up to this many rows a 16-bit product is bound by reading the weights, whatever it computes in."""


class Interrupt:
    """Asked between tiles; `check` raises `Cancelled`. One for a network, set anew for each request."""

    def __init__(self) -> None:
        self.check: Callable[[], None] = _never


def _never() -> None:
    """The check while nothing can be cancelled."""


class _Linear(nn.Module, ABC):
    """What the precisions share: rows of activations in and out, and the bias."""

    bias: Tensor | None
    few: float

    def __init__(self, bias: Tensor | None, interrupt: Interrupt) -> None:
        super().__init__()
        self.register_buffer("bias", bias, persistent=False)
        self._interrupt = interrupt

    def forward(self, x: Tensor) -> Tensor:
        """[..., in] to [..., out], same dtype."""
        rows = x.reshape(-1, x.shape[-1])
        y = self.few_rows(rows) if rows.shape[0] <= self.few else self.many_rows(rows)
        if self.bias is not None:
            y = y.add_(self.bias)
        return y.view(*x.shape[:-1], y.shape[-1])

    @abstractmethod
    def few_rows(self, x: Tensor) -> Tensor:
        """[m, in] to [m, out] for up to `few` rows."""

    @abstractmethod
    def many_rows(self, x: Tensor) -> Tensor:
        """[m, in] to [m, out], tile by tile."""


class FloatLinear(_Linear):
    """A matrix in bf16 (the setting "FP16") or float32, as it is."""

    weight: Tensor

    def __init__(self, weight: Tensor, bias: Tensor | None, ways: Ways, interrupt: Interrupt) -> None:
        super().__init__(bias, interrupt)
        self.register_buffer("weight", weight, persistent=False)
        self.few = inf if weight.dtype is torch.float32 or ways.bf16_product else _FEW_ROWS

    def few_rows(self, x: Tensor) -> Tensor:
        return linear(x, self.weight)

    def many_rows(self, x: Tensor) -> Tensor:
        """In float32, tile by tile, where bf16 has no hardware."""
        values = x.float()
        y = x.new_empty(x.shape[0], self.weight.shape[0])
        for start in range(0, self.weight.shape[0], kernels.TILE_ROWS):
            self._interrupt.check()
            tile = self.weight[start : start + kernels.TILE_ROWS].float()
            y[:, start : start + tile.shape[0]] = linear(values, tile)
        return y


class Int8Linear(_Linear):
    """A matrix int8 [out, in] with one scale a row, float32 [out]."""

    weight: Tensor
    scales: Tensor
    bf16_scales: Tensor

    def __init__(
        self, weight: QuantizedWeight, bias: Tensor | None, ways: Ways, interrupt: Interrupt
    ) -> None:
        super().__init__(bias, interrupt)
        scales = weight.scales.float().squeeze(1)
        self.register_buffer("weight", weight.values, persistent=False)
        self.register_buffer("scales", scales, persistent=False)
        self.register_buffer("bf16_scales", scales.bfloat16(), persistent=False)
        self._ways = ways
        self.few = _FEW_ROWS

    def few_rows(self, x: Tensor) -> Tensor:
        if self._ways.int8_single:
            return self._integer_product(x, *_split_outliers(x, MAX_SINGLE_OUTLIERS))
        y = kernels.int8_linear(x.bfloat16(), self.weight, self.bf16_scales)
        return y.to(x.dtype)

    def many_rows(self, x: Tensor) -> Tensor:
        if self._ways.int8_product:
            return self._integer_product(x, *_split_outliers(x))
        dtype = self._ways.product_dtype
        values = x.to(dtype)
        y = x.new_empty(x.shape[0], self.weight.shape[0])
        for start in range(0, self.weight.shape[0], kernels.TILE_ROWS):
            self._interrupt.check()
            stop = start + kernels.TILE_ROWS
            tile = self.weight[start:stop].to(dtype)
            y[:, start:stop] = linear(values, tile).float().mul_(self.scales[start:stop])
        return y

    def _integer_product(self, x: Tensor, columns: Tensor | None, rest: Tensor) -> Tensor:
        """The product in whole numbers; outlier `columns` of `x` are multiplied in float32."""
        integers, scales = kernels.quantize_rows(rest)
        y = x.new_empty(x.shape[0], self.weight.shape[0])
        step = self.weight.shape[0] if x.shape[0] <= _FEW_ROWS else 2 * kernels.TILE_ROWS
        for start in range(0, self.weight.shape[0], step):
            self._interrupt.check()
            tile = self.weight[start : start + step]
            part = kernels.int8_product(integers, tile.T).float().mul_(scales)
            if columns is not None:
                part += linear(x[:, columns].float(), tile[:, columns].float())
            y[:, start : start + step] = part.mul_(self.scales[start : start + step])
        return y


class Int4Linear(_Linear):
    """A matrix of 4-bit values in the layout of this processor's kernel, with scales for groups of columns.

    `packed` uint8 [out, in / 2], `pairs` bf16 [in / group, out, 2]: scale and zero.
    """

    packed: Tensor
    pairs: Tensor

    def __init__(
        self,
        packed: Tensor,
        pairs: Tensor,
        bias: Tensor | None,
        ways: Ways,
        interrupt: Interrupt,
        layout: Int4Layout,
    ) -> None:
        super().__init__(bias, interrupt)
        self.register_buffer("packed", packed, persistent=False)
        self.register_buffer("pairs", pairs, persistent=False)
        self._ways = ways
        self._layout = layout
        self.few = ways.int4_few_rows

    def few_rows(self, x: Tensor) -> Tensor:
        return kernels.int4_linear(x.bfloat16(), self.packed, self.pairs).to(x.dtype)

    def many_rows(self, x: Tensor) -> Tensor:
        y = x.new_empty(x.shape[0], self.packed.shape[0])
        if not self._ways.int4_product:
            values = x.to(self._ways.product_dtype)
            for start, tile in kernels.float_tiles(self.packed, self.pairs, self._layout, values.dtype):
                self._interrupt.check()
                y[:, start : start + tile.shape[0]] = linear(values, tile)
            return y
        columns, rest = _split_outliers(x)
        integers, scales = kernels.quantize_rows(rest)
        for start, tile, row_scales in kernels.int8_tiles(self.packed, self.pairs, self._layout):
            self._interrupt.check()
            part = kernels.int8_product(integers, tile).float().mul_(scales)
            if columns is not None:
                part += x[:, columns].float() @ tile[columns].float()
            y[:, start : start + tile.shape[1]] = part.mul_(row_scales)
        return y


class ExactLinear(nn.Module):
    """A quantized matrix multiplied in float32: what precision FP32 means for a quantized edition.

    Slow, and exact up to float32 rounding; the yardstick of the fast ways.
    """

    def __init__(self, weight: QuantizedWeight, bias: Tensor | None, interrupt: Interrupt) -> None:
        super().__init__()
        self._weight = weight
        self._bias = bias
        self._interrupt = interrupt

    def forward(self, x: Tensor) -> Tensor:
        """[..., in] to [..., out], same dtype."""
        parts = []
        for start in range(0, self._weight.shape[0], kernels.TILE_ROWS):
            self._interrupt.check()
            stop = start + kernels.TILE_ROWS
            bias = self._bias[start:stop].float() if self._bias is not None else None
            parts.append(linear(x.float(), self._weight.rows(start, stop).dequantized(), bias))
        return torch.cat(parts, dim=-1).to(x.dtype)


def _split_outliers(x: Tensor, most: int = MAX_OUTLIERS) -> tuple[Tensor | None, Tensor]:
    """Columns of `x` [m, in] that stand out, and `x` with zeros there; (None, x) where none does."""
    largest = x.abs().amax(dim=0).float()
    limit = OUTLIER_RATIO * x.float().square().mean().sqrt()
    if not bool((largest > limit).any()):
        return None, x
    columns = torch.nonzero(largest > limit).flatten()
    if columns.numel() > most:
        columns = largest.topk(most).indices
    rest = x.clone()
    rest[:, columns] = 0
    return columns, rest
