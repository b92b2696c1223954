"""Keys and values of the tokens that were read, in memory that is taken once.

Answers `update` as transformers' caches do, so that its attention modules write into it. Positions are not
kept here: a column's place in the cache and its token's position are two things.
"""

from __future__ import annotations

import torch
from torch import Tensor

from app.model.glm.devices import Place, Placement


class KvCache:
    """Room for `capacity` tokens in every layer; `length` tokens of it are filled.

    While a step is computed each layer writes behind `length`; `commit` makes the step part of the cache once
    all layers have, so a step that was given up half way leaves the cache as it was.
    """

    def __init__(
        self,
        layers: int,
        groups: int,
        head_size: int,
        capacity: int,
        dtype: torch.dtype,
        placement: Placement | None = None,
    ) -> None:
        shape = (1, groups, capacity, head_size)
        # `empty` takes no memory before it is written to: a long context costs what is used of it.
        # (An accelerator's memory is taken at once.) Each layer's part lies where the layer is computed.
        places = [Place(torch.device("cpu"), dtype)] * layers
        if placement is not None:
            places[: placement.layers] = [placement.place] * placement.layers
        self._keys = [torch.empty(shape, dtype=part.dtype, device=part.device) for part in places]
        self._values = [torch.empty(shape, dtype=part.dtype, device=part.device) for part in places]
        self.capacity = capacity
        self.length = 0

    def update(
        self, key: Tensor, value: Tensor, layer_idx: int, *_args: object, **_kwargs: object
    ) -> tuple[Tensor, Tensor]:
        """Write the new [1, groups, rows, head] of a layer; gives all columns up to them."""
        end = self.length + key.shape[2]
        keys, values = self._keys[layer_idx], self._values[layer_idx]
        keys[:, :, self.length : end] = key
        values[:, :, self.length : end] = value
        return keys[:, :, :end].to(key.dtype), values[:, :, :end].to(value.dtype)

    def commit(self, rows: int) -> None:
        """The newest `rows` columns of every layer are valid now."""
        self.length += rows

    def truncate(self, length: int) -> None:
        """Forget what lies behind the first `length` tokens."""
        self.length = min(self.length, length)
