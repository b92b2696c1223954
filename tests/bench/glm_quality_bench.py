"""Measures what each precision costs in quality, on real trained weights: the starter model's.

Perplexity on Python's help texts, and agreement of greedy answers, of the same network with the engine's own
linears against float32. The starter's weights were on a 4-bit grid in blocks of 32 already (Q4_1), so INT4 in
the same blocks hardly changes them and proves little: "_shifted" lays the groups across two blocks each, and
is the figure to believe. "_plain" rounds by the largest value of a group instead of searching the scale.
Every figure without "kernel" is of the dequantized weights in float32; those with it run the fast kernels, in
bf16 and with rounded activations, and so show what a person gets. Prints one JSON object per line.
"""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
from torch import Tensor, nn

from app.locations import default_paths
from app.model import starter
from app.model.glm import kernels
from app.model.glm.linears import FloatLinear, Int4Linear, Int8Linear, Interrupt
from app.model.glm.quantization import quantize_int4, quantize_int8
from tests.helpers import quality

TOKENS = 12_288
WINDOW = 1024
ANSWER = 64
INT8_LIMIT, INT4_LIMIT = 0.5, 6.0
"""Percent of perplexity that may be lost."""


def int4(group: int, *, plain: bool = False, shift: int = 0) -> Callable[[Tensor], Tensor]:
    """A weight as it is after INT4, float32; its groups moved by `shift` columns."""

    def change(weight: Tensor) -> Tensor:
        rounded = quantize_int4(quality.shifted(weight, shift), group, plain=plain).dequantized()
        return quality.shifted(rounded, -shift)

    return change


WEIGHTS: dict[str, tuple[Callable[[Tensor], Tensor], float | None]] = {
    "int8": (lambda weight: quantize_int8(weight).dequantized(), INT8_LIMIT),
    "int4_g32": (int4(32), INT4_LIMIT),
    "int4_g32_plain": (int4(32, plain=True), None),
    "int4_g32_shifted": (int4(32, shift=quality.SHIFT), INT4_LIMIT),
    "int4_g32_plain_shifted": (int4(32, plain=True, shift=quality.SHIFT), None),
    "int4_g64_shifted": (int4(64, shift=quality.SHIFT), None),
}


class Shifted(nn.Module):
    """A linear over columns that were rolled: the inputs are rolled likewise."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.inner(quality.shifted(x))
        return y


def bf16_linear(weight: Tensor) -> nn.Module:
    return FloatLinear(weight.bfloat16(), None, kernels.ways(), Interrupt())


def int8_linear(weight: Tensor) -> nn.Module:
    return Int8Linear(quantize_int8(weight), None, kernels.ways(), Interrupt())


def int4_linear(weight: Tensor) -> nn.Module:
    layout, quantized = kernels.int4_layout(), quantize_int4(weight, 32)
    packed, pairs = (
        layout.pack(quantized.integers()),
        kernels.scales_and_zeros(quantized.scales, quantized.zeros),
    )
    return Int4Linear(packed, pairs, None, kernels.ways(), Interrupt(), layout)


KERNELS: dict[str, tuple[Callable[[Tensor], nn.Module], float | None]] = {
    "bf16_kernel": (bf16_linear, None),
    "int8_kernel": (int8_linear, INT8_LIMIT),
    "int4_g32_kernel_shifted": (lambda weight: Shifted(int4_linear(quality.shifted(weight))), INT4_LIMIT),
}


class Bench:
    """The float model and everything that is compared with it."""

    def __init__(self, path: Path) -> None:
        self._float, tokenizer = quality.load_starter(path)
        self._ids = quality.text_ids(tokenizer, TOKENS)
        self._prompts = quality.chat_prompts(tokenizer)
        self._perplexity = quality.perplexity(self._float, self._ids, WINDOW)
        tell("float32_perplexity", self._perplexity, "", None)

    def weights(self, name: str, change: Callable[[Tensor], Tensor], limit: float | None) -> None:
        model = copy.deepcopy(self._float)
        quality.exchange_weights(model, change)
        self._compare(name, model, limit)

    def kernel(self, name: str, linear: Callable[[Tensor], nn.Module], limit: float | None) -> None:
        """The whole network in bf16, as the engine runs it, with the engine's linears in its layers."""
        model = copy.deepcopy(self._float)
        for path in quality.quantizable(model):
            model.set_submodule(path, linear(model.get_parameter(f"{path}.weight").detach()))
        # Only what is left of transformers' own becomes bf16; the linears keep their scales in float32.
        for module in model.modules():
            if isinstance(module, nn.Embedding | nn.Linear) or "RMSNorm" in type(module).__name__:
                module.to(torch.bfloat16)
        self._compare(name, model, limit)

    def _compare(self, name: str, model: Any, limit: float | None) -> None:
        lost = (quality.perplexity(model, self._ids, WINDOW) / self._perplexity - 1) * 100
        tell(f"{name}_perplexity_lost", lost, "%", f"<= {limit}" if limit else None)
        agreed = quality.greedy_agreement(self._float, model, self._prompts, ANSWER)
        tell(f"{name}_greedy_agreement", agreed * 100, "%", None)


def tell(name: str, value: float, unit: str, target: str | None) -> None:
    figure = {"name": f"glm_quality_{name}", "value": round(value, 4), "unit": unit, "target": target}
    print(json.dumps(figure), flush=True)


def main() -> int:
    path = default_paths().models_dir / starter.FILE_NAME
    if not path.is_file():
        print(f"the starter model is not in {path.parent}", file=sys.stderr)
        return 1
    bench = Bench(path)
    for name, (change, limit) in WEIGHTS.items():
        bench.weights(name, change, limit)
    for name, (linear, limit) in KERNELS.items():
        bench.kernel(name, linear, limit)
    return 0


if __name__ == "__main__":
    sys.exit(main())
