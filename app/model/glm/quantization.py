"""Float matrices to whole numbers with scales.

INT8: one scale a row, of the largest value. INT4: one scale and one zero for each group of columns, chosen by
error: among several spans the one whose integers leave the least squared error, with scale and zero then set
to the least-squares optimum for its integers. `plain` keeps the largest value's scale and no zero, for
comparison. Works on rows, so a caller can pass a matrix in slices. Knows no kernel and no file.
"""

from __future__ import annotations

import torch
from torch import Tensor

from app.model.glm.quantized import QuantizedWeight, pack_nibbles

INT4_GROUP = 32
SPANS = ((1.0, 1.0), (0.92, 0.92), (0.84, 0.84), (1.0, 0.88), (0.88, 1.0), (0.92, 0.76), (0.76, 0.92))
"""What is tried: shares of the way from a group's middle to its least and to its greatest value. What lies
outside is cut."""
_STEPS = 15
_TINY = 1e-12


def quantize_int8(weight: Tensor) -> QuantizedWeight:
    """`weight` [out, in], any float dtype, to 8 bits."""
    values = weight.float()
    scales = values.abs().amax(dim=1, keepdim=True).clamp_(min=_TINY).div_(127)
    return QuantizedWeight(8, (values / scales).round_().to(torch.int8), scales)


def quantize_int4(weight: Tensor, group_size: int = INT4_GROUP, *, plain: bool = False) -> QuantizedWeight:
    """`weight` [out, in] to 4 bits; `in` is a multiple of `group_size` and even.

    Scales and zeros are values of bf16, which the processor's kernel takes, so nothing is rounded later.
    """
    rows, columns = weight.shape
    # A group is a column here: sums over its few values then run along the processor's vectors.
    groups = weight.float().view(-1, group_size).T.contiguous()
    if plain:
        scales = groups.abs().amax(dim=0).clamp_(min=_TINY).div_(7)
        zeros = torch.zeros_like(scales)
    else:
        scales, zeros = _Search(groups).best()
    scales, zeros = scales.bfloat16().float(), zeros.bfloat16().float()
    integers = groups.sub_(zeros).div_(scales).round_().clamp_(-8, 7).to(torch.int8).T.reshape(rows, columns)
    return QuantizedWeight(4, pack_nibbles(integers), scales.view(rows, -1), zeros.view(rows, -1))


class _Search:
    """The scales and zeros [n] of least squared error for `groups` [group, n].

    For integers q the best line through (q, w) has scale cov(q, w) / var(q) and leaves
    var(w) - cov(q, w)^2 / var(q): the greatest cov^2 / var wins.
    """

    def __init__(self, groups: Tensor) -> None:
        self._groups = groups
        self._mean = groups.mean(dim=0)
        self._integers, self._products = torch.empty_like(groups), torch.empty_like(groups)
        self._gain = torch.full_like(self._mean, -1.0)
        self._scales, self._zeros = torch.ones_like(self._mean), self._mean.clone()

    def best(self) -> tuple[Tensor, Tensor]:
        """Each span is tried, and then the integers that the best line itself would give."""
        greatest, least = self._groups.amax(dim=0), self._groups.amin(dim=0)
        half = ((greatest - least) / 2).clamp_(min=_STEPS * _TINY)
        middle = (greatest + least) / 2
        for below, above in SPANS:
            per_unit = _STEPS / ((below + above) * half)
            self._try(per_unit, (below * half - middle) * per_unit - 8)
        per_unit = 1 / self._scales
        self._try(per_unit, -self._zeros * per_unit)
        return self._scales, self._zeros

    def _try(self, per_unit: Tensor, offset: Tensor) -> None:
        """Keep the line through the integers round(w * per_unit + offset) where it is better."""
        count = self._groups.shape[0]
        q = torch.addcmul(offset, self._groups, per_unit, out=self._integers).round_().clamp_(-8, 7)
        total = q.sum(dim=0)
        along = torch.mul(self._groups, q, out=self._products).sum(dim=0)
        square = q.square_().sum(dim=0)
        covariance = along - self._mean * total
        variance = square - total * total / count
        scale = covariance / variance.clamp_(min=_TINY)
        gain = covariance * scale
        is_better = (gain > self._gain) & (scale > _TINY)
        self._gain = torch.where(is_better, gain, self._gain)
        self._scales = torch.where(is_better, scale, self._scales)
        self._zeros = torch.where(is_better, self._mean - scale * total / count, self._zeros)
