"""Rotary positions as one complex product, in float32 whatever the hidden stream is.

Turning a pair (a, b) by an angle is multiplying a + ib by cos + i sin. Dimensions that are not rotated stand
in the table as 1, so that a head is never cut apart. Knows no model.
"""

from __future__ import annotations

import torch
from torch import Tensor

_FIRST_ROWS = 512


class RotaryTable:
    """The turns of all positions, [positions, 1, pairs] complex64, made when they are first asked for.

    `frequencies` float32 [rotated pairs] are angles for each position; a head has `pairs` pairs. `scale`
    stretches what is rotated (YaRN's attention factor; 1 elsewhere). At most `capacity` positions.
    """

    def __init__(self, frequencies: Tensor, pairs: int, capacity: int, scale: float = 1.0) -> None:
        # Not a buffer of a module: casting the network to bfloat16 must not reach these.
        self._frequencies = frequencies.detach().to("cpu", torch.float32).clone()
        self._pairs = pairs
        self._capacity = capacity
        self._scale = scale
        self._table = torch.empty(0)

    def rows(self, start: int, stop: int, device: torch.device) -> Tensor:
        """The turns of positions `start` to `stop`; ValueError behind the capacity."""
        return self.upto(stop, device)[start:stop]

    def upto(self, stop: int, device: torch.device) -> Tensor:
        """The table with at least `stop` rows, on `device`."""
        if stop > self._capacity:
            raise ValueError(f"position {stop - 1} of {self._capacity}")
        if stop > self._table.shape[0] or self._table.device != device:
            rows = min(max(2 * stop, _FIRST_ROWS), self._capacity)
            self._table = self._made(rows).to(device)
        return self._table

    def _made(self, rows: int) -> Tensor:
        angles = torch.outer(torch.arange(rows, dtype=torch.float32), self._frequencies)
        turns = torch.ones(rows, self._pairs, dtype=torch.complex64)
        turns[:, : angles.shape[1]] = torch.complex(angles.cos() * self._scale, angles.sin() * self._scale)
        return turns.unsqueeze(1)


def rotate(heads: Tensor, turns: Tensor) -> Tensor:
    """Turn neighbouring pairs: `heads` [1, rows, heads, size], `turns` complex64 [rows, 1, size / 2]."""
    pairs = torch.view_as_complex(heads.float().view(*heads.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * turns).view(heads.shape).to(heads.dtype)
