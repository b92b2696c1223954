"""Quantized weights in their canonical form: what prepared files hold and every kernel is packed from.

weight = value * scale + zero, with one scale and one zero for each row and group of columns. Knows no kernel
and no file.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class QuantizedWeight:
    """A matrix [out, in] of whole numbers with scales.

    8 bits: `values` int8 [out, in] in -127..127. 4 bits: `values` uint8 [out, in / 2]; byte j of a row holds
    column j in its low and column j + in / 2 in its high nibble, each as value + 8 (value in -8..7), so that
    the halves come apart without interleaving. `scales` float32 [out, groups]; a group is `group_size`
    neighbouring columns, in = groups * group_size. `zeros` are the weights that value 0 stands for, like
    `scales`; None where all are 0 (8 bits, official editions).
    """

    bits: int
    values: Tensor
    scales: Tensor
    zeros: Tensor | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(out, in)."""
        rows, columns = self.values.shape
        return rows, columns * (2 if self.bits == 4 else 1)

    @property
    def group_size(self) -> int:
        return self.shape[1] // self.scales.shape[1]

    def integers(self) -> Tensor:
        """The values as int8 [out, in]."""
        if self.bits == 8:
            return self.values
        low = (self.values & 15).to(torch.int8)
        high = (self.values >> 4).to(torch.int8)
        return torch.cat((low, high), dim=1).sub_(8)

    def dequantized(self) -> Tensor:
        """The matrix in float32 [out, in]."""
        rows, columns = self.shape
        grouped = self.integers().view(rows, self.scales.shape[1], self.group_size)
        weights = grouped * self.scales.float().unsqueeze(-1)
        if self.zeros is not None:
            weights += self.zeros.float().unsqueeze(-1)
        return weights.view(rows, columns)

    def rows(self, start: int, stop: int) -> QuantizedWeight:
        """Rows `start` to `stop` as a weight of its own."""
        zeros = None if self.zeros is None else self.zeros[start:stop]
        return QuantizedWeight(self.bits, self.values[start:stop], self.scales[start:stop], zeros)


def pack_nibbles(integers: Tensor) -> Tensor:
    """Canonical bytes uint8 [out, in / 2] of int8 values [out, in] in -8..7."""
    low, high = (integers + 8).to(torch.uint8).chunk(2, dim=1)
    return low | (high << 4)


def from_official(weight: Tensor, scale: Tensor, bits: int) -> QuantizedWeight:
    """A linear of the official int8/int4 editions of ChatGLM-6B and ChatGLM2-6B, unchanged in value.

    `weight` int8 [out, in] (8 bits) or [out, in / 2] (4 bits: even columns in the high nibble, two's
    complement), `scale` fp16 [out] (reference section 8).
    """
    if bits == 8:
        return QuantizedWeight(8, weight, scale.float().unsqueeze(1))
    even, odd = weight >> 4, (weight << 4) >> 4
    integers = torch.stack((even, odd), dim=2).flatten(1)
    return QuantizedWeight(4, pack_nibbles(integers), scale.float().unsqueeze(1))
