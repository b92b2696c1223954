"""The test of an accelerator at load: what it computes against float32 on the processor.

One layer and the head, from the weights that were just loaded. The yardstick is made from the checkpoint
itself, so that a mistake in quantizing, in moving or in computing there all show.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from app.core.engine import Precision
from app.model.glm.cache import KvCache
from app.model.glm.checkpoint import Checkpoint
from app.model.glm.devices import Placement
from app.model.glm.network import Network, Step, assign, build_network
from app.model.glm.quantized import QuantizedWeight

LARGEST_ERROR = {
    Precision.FP32: 1e-3,
    Precision.FP16: 0.02,
    Precision.INT8: 0.05,
    Precision.INT4: 0.25,
}
"""Of a matrix product, relative, root mean square. Rounding to 16 bits costs up to 0.004, LLM.int8 about
0.015, 4 bits about 0.1; signs, rows or blocks of a matrix in the wrong place cost 0.7 and more."""
LARGEST_LAYER_ERROR = {
    Precision.FP32: 2e-3,
    Precision.FP16: 0.04,
    Precision.INT8: 0.08,
    Precision.INT4: 0.04,
}
"""Of what a layer adds to its input, with the same matrices: what is between them is rounded to 16 bits. That
costs up to 0.01, and 0.025 where LLM.int8 then rounds other values."""
_ROWS = 16
_HEAD_ROWS = 1024
_SIZE = 0.02  # of the hidden states, about that of embeddings: the layer's own part is not lost in rounding


class AcceleratorError(Exception):
    """The accelerator computes something else than the processor."""


@torch.inference_mode()
def verify_layer(
    network: Network, checkpoint: Checkpoint, precision: Precision, check: Callable[[], None]
) -> None:
    """Hold the first layer, which is placed, against float32; raises `AcceleratorError`.

    Each matrix alone; then what is between them, the layer over a cache, some rows and one more. There the
    yardstick multiplies by the same matrices on the accelerator, or the error of 4 bits would hide anything.
    """
    placement = _placement(network)
    config = replace(network.config, layers=1)
    exact = build_network(config)
    prefix = f"{network.layers_name}.0."
    for name in checkpoint.names():
        if name.startswith(prefix):
            assign(exact, name, _floats(checkpoint.read(name)))
    generator = torch.Generator().manual_seed(3)
    for path, module in list(exact.linears()):
        check()
        weight = module.weight
        assert isinstance(weight, Tensor)
        x = torch.randn(_ROWS, weight.shape[1], generator=generator)
        there = network.get_submodule(path)(_moved(x, placement))
        _compare(there, module(x), LARGEST_ERROR[precision], path)
        exact.set_submodule(path, _There(network.get_submodule(path), placement))
    hidden = torch.randn(1, _ROWS, config.hidden_size, generator=generator) * _SIZE
    angles = torch.rand(_ROWS, 1, config.head_size // 2, generator=generator) * torch.pi
    turns = torch.polar(torch.ones_like(angles), angles)
    here = _through_layer(exact, hidden, turns, None, check)
    there = _through_layer(network, hidden, turns, placement, check)
    # Against what the layer adds: an error in it must not hide behind what was given in.
    _compare(there - hidden, here - hidden, LARGEST_LAYER_ERROR[precision], prefix)


@torch.inference_mode()
def verify_head(network: Network, checkpoint: Checkpoint, precision: Precision) -> None:
    """Hold the first rows of the head, which is placed, against float32; raises `AcceleratorError`."""
    names = (f"{network.head_name}.weight", f"{network.embedding_name}.weight")
    stored = checkpoint.read(next(name for name in names if name in checkpoint.names()))
    rows = min(_HEAD_ROWS, stored.shape[0])
    weight = _floats(stored.rows(0, rows) if isinstance(stored, QuantizedWeight) else stored[:rows])
    x = torch.randn(_ROWS, weight.shape[1], generator=torch.Generator().manual_seed(4))
    there = network.get_submodule(network.head_name)(_moved(x, _placement(network)))[:, :rows]
    _compare(there, linear(x, weight), LARGEST_ERROR[precision], network.head_name)


class _There(nn.Module):
    """A matrix on the accelerator, for float32 on the processor."""

    def __init__(self, module: nn.Module, placement: Placement) -> None:
        super().__init__()
        self._module = module
        self._placement = placement

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self._module(_moved(x, self._placement))
        return y.to("cpu", torch.float32)


def _placement(network: Network) -> Placement:
    assert network.placement is not None
    return network.placement


def _moved(x: Tensor, placement: Placement) -> Tensor:
    return x.to(placement.place.device, placement.dtype)


def _floats(weight: Tensor | QuantizedWeight) -> Tensor:
    return weight.dequantized() if isinstance(weight, QuantizedWeight) else weight.float()


def _through_layer(
    network: Network,
    hidden: Tensor,
    turns: Tensor,
    placement: Placement | None,
    check: Callable[[], None],
) -> Tensor:
    """The hidden states after the first layer, float32 on the processor."""
    config = network.config
    only = replace(placement, layers=1) if placement is not None else None
    cache = KvCache(1, config.groups, config.head_size, _ROWS, torch.float32, only)
    after = []
    for rows in (slice(0, _ROWS - 1), slice(_ROWS - 1, _ROWS)):
        step = Step(hidden[:, rows], turns[rows])
        if placement is not None:
            step.move(placement.place)
        network.run_layer(0, step, cache, check)
        cache.commit(step.rows)
        after.append(step.hidden.to("cpu", torch.float32))
    return torch.cat(after, dim=1)


def _compare(there: Tensor, here: Tensor, bound: float, what: str) -> None:
    off = there.to("cpu", torch.float32) - here
    error = (off.square().mean() / here.square().mean()).sqrt().item()
    if not error <= bound:  # also where it is no number
        raise AcceleratorError(f"{what} is off by {error:.3g}, {bound:.3g} is allowed")
