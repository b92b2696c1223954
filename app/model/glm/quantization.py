"""Float matrices to whole numbers with scales.

INT8: one scale a row, of the largest value. INT4: one scale for each group of columns, chosen by error: among
several divisors of the group's largest value the one that leaves the least squared error, with the scale then
set to the least-squares optimum for its integers. `plain` keeps the largest value's scale, for comparison.
Works on rows, so a caller can pass a matrix in slices. Knows no kernel and no file.
"""

from __future__ import annotations

import torch
from torch import Tensor

from app.model.glm.quantized import QuantizedWeight, pack_nibbles

INT4_GROUP = 32
CANDIDATES = (6.2, 6.8, 7.4, 8.0, 8.7)
"""Divisors of a group's largest value. Below 8 the largest value is met, above it is cut."""
_TINY = 1e-12


def quantize_int8(weight: Tensor) -> QuantizedWeight:
    """`weight` [out, in], any float dtype, to 8 bits."""
    values = weight.float()
    scales = values.abs().amax(dim=1, keepdim=True).clamp_(min=_TINY).div_(127)
    return QuantizedWeight(8, (values / scales).round_().to(torch.int8), scales)


def quantize_int4(weight: Tensor, group_size: int = INT4_GROUP, *, plain: bool = False) -> QuantizedWeight:
    """`weight` [out, in] to 4 bits; `in` is a multiple of `group_size` and even.

    Scales are values of bf16, which the processor's kernel takes, so nothing is rounded later.
    """
    rows, columns = weight.shape
    # A group is a column here: sums over its few values then run along the processor's vectors.
    groups = weight.float().view(-1, group_size).T.contiguous()
    scales = _plain_scales(groups) if plain else _searched_scales(groups)
    scales = scales.bfloat16().float()
    integers = groups.div_(scales).round_().clamp_(-8, 7).to(torch.int8).T.reshape(rows, columns)
    return QuantizedWeight(4, pack_nibbles(integers), scales.view(rows, -1))


def _plain_scales(groups: Tensor) -> Tensor:
    """[n] for [group, n]: the largest value becomes 7 or -7."""
    return groups.abs().amax(dim=0).clamp_(min=_TINY).div_(7)


def _searched_scales(groups: Tensor) -> Tensor:
    """[n] for [group, n]: the scale of least squared error among the candidates.

    For integers q the error of the best scale is sum(w^2) - sum(w q)^2 / sum(q^2), at scale
    sum(w q) / sum(q^2). The sign is chosen so that the largest value is negative: there is one step more.
    """
    positive, negative = groups.amax(dim=0), groups.amin(dim=0)
    extreme = torch.where(positive > -negative, -positive, -negative)  # of opposite sign: -8 is its place
    extreme = torch.where(extreme.abs() < _TINY, torch.full_like(extreme, _TINY), extreme)
    best_gain = torch.zeros_like(extreme)
    best_scale = extreme / 8
    integers, product = torch.empty_like(groups), torch.empty_like(groups)
    for divisor in CANDIDATES:
        torch.mul(groups, divisor / extreme, out=integers).round_().clamp_(-8, 7)
        along = torch.mul(groups, integers, out=product).sum(dim=0)
        square = integers.square_().sum(dim=0).clamp_(min=_TINY)
        gain = along.square() / square
        is_better = gain > best_gain
        best_gain = torch.where(is_better, gain, best_gain)
        best_scale = torch.where(is_better, along / square, best_scale)
    return torch.where(best_scale.abs() < _TINY, torch.full_like(best_scale, _TINY), best_scale)
