"""The linear layers of a network on an accelerator, from the tensors of a checkpoint.

NVIDIA: bitsandbytes, LLM.int8 and NF4, where it is installed and the weights are floats. Everywhere else the
whole numbers are kept there and brought to the compute dtype at each call: plain operations that every device
has. None of this has run on an accelerator (docs/models.md); the test at load decides. Knows no network.
"""

from __future__ import annotations

import logging
from importlib.util import find_spec

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from app.core.engine import Precision
from app.model.glm.devices import Device, DeviceKind, Place
from app.model.glm.quantization import quantize_int4, quantize_int8
from app.model.glm.quantized import QuantizedWeight

OUTLIER_THRESHOLD = 6.0
"""Activations beyond it are multiplied in 16 bits: the value of the LLM.int8 paper."""
_ROWS_AT_ONCE = 4096
"""Rows of a matrix that are floats at the same time: large enough for an accelerator, small in memory."""


class PlainLinear(nn.Module):
    """A matrix [out, in] in the compute dtype."""

    weight: Tensor
    bias: Tensor | None

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self.register_buffer("weight", weight, persistent=False)
        self.register_buffer("bias", bias, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """[..., in] to [..., out], same dtype."""
        return linear(x, self.weight, self.bias)


class DequantLinear(nn.Module):
    """A quantized matrix as it is, brought to the compute dtype at each call."""

    values: Tensor
    scales: Tensor
    zeros: Tensor | None
    bias: Tensor | None

    def __init__(self, weight: QuantizedWeight, bias: Tensor | None) -> None:
        super().__init__()
        self._bits = weight.bits
        self.register_buffer("values", weight.values, persistent=False)
        self.register_buffer("scales", weight.scales, persistent=False)
        self.register_buffer("zeros", weight.zeros, persistent=False)
        self.register_buffer("bias", bias, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """[..., in] to [..., out], same dtype."""
        weight = QuantizedWeight(self._bits, self.values, self.scales, self.zeros)
        rows = weight.shape[0]
        parts = [
            linear(x, _floats(weight.rows(start, min(start + _ROWS_AT_ONCE, rows)), x.dtype))
            for start in range(0, rows, _ROWS_AT_ONCE)
        ]
        y = parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1)
        return y if self.bias is None else y + self.bias


def has_bitsandbytes(device: Device) -> bool:
    """Whether bitsandbytes is there and made for the device (it runs on processors too, slowly)."""
    return device.kind is DeviceKind.CUDA and find_spec("bitsandbytes") is not None


def device_linear(
    weight: Tensor | QuantizedWeight,
    bias: Tensor | None,
    precision: Precision,
    device: Device,
    place: Place,
    group_size: int,
) -> nn.Module:
    """The module for a matrix of the checkpoint, [out, in]; quantized on the device itself.

    An official edition keeps its integers. A matrix whose columns do not fill groups of `group_size` is kept
    at 8 bits where 4 are wanted, as on the processor.
    """
    if bias is not None:
        bias = bias.to(place.device, place.dtype)
    if isinstance(weight, QuantizedWeight):
        return DequantLinear(_moved(weight, place), bias)
    if precision not in (Precision.INT8, Precision.INT4):
        return PlainLinear(weight.to(place.device, place.dtype), bias)
    if precision is Precision.INT4 and weight.shape[1] % group_size:
        precision = Precision.INT8
    if has_bitsandbytes(device):
        return _bitsandbytes_linear(weight, bias, precision, place)
    return DequantLinear(_quantized(weight, precision, place, group_size), bias)


def _quantized(weight: Tensor, precision: Precision, place: Place, group_size: int) -> QuantizedWeight:
    """On the device, some rows after others: the search for scales takes several float32 copies of them."""
    parts = []
    for rows in weight.split(_ROWS_AT_ONCE):
        there = rows.to(place.device)
        is_four = precision is Precision.INT4
        part = quantize_int4(there, group_size) if is_four else quantize_int8(there)
        parts.append(_moved(part, place))
    values, scales = torch.cat([part.values for part in parts]), torch.cat([part.scales for part in parts])
    zeros = [part.zeros for part in parts if part.zeros is not None]
    return QuantizedWeight(parts[0].bits, values, scales, torch.cat(zeros) if zeros else None)


def _bitsandbytes_linear(
    weight: Tensor, bias: Tensor | None, precision: Precision, place: Place
) -> nn.Module:
    """Its modules quantize when they are moved to the device."""
    import bitsandbytes as bnb

    # It says for every product of bf16 rows that it quantizes them from fp16: a line a matrix and token.
    logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)
    rows, columns = weight.shape
    module: nn.Module
    with torch.device("meta"):  # the weights of its constructors are never used
        if precision is Precision.INT4:
            module = bnb.nn.Linear4bit(columns, rows, bias=False, compute_dtype=place.dtype, quant_type="nf4")
        else:
            module = bnb.nn.Linear8bitLt(
                columns, rows, bias=False, has_fp16_weights=False, threshold=OUTLIER_THRESHOLD
            )
    # In inference mode a tensor cannot get the attributes that its parameters carry.
    with torch.inference_mode(mode=False):
        if precision is Precision.INT4:
            values = weight.to(place.dtype)
            module.weight = bnb.nn.Params4bit(values, requires_grad=False, quant_type="nf4", module=module)
        else:
            module.weight = bnb.nn.Int8Params(weight.half(), requires_grad=False, has_fp16_weights=False)
        if bias is not None:
            module.bias = nn.Parameter(bias, requires_grad=False)
        return module.eval().to(place.device)


def _moved(weight: QuantizedWeight, place: Place) -> QuantizedWeight:
    """On the device, its scales and zeros in the compute dtype."""
    scales = weight.scales.to(place.device, place.dtype)
    zeros = None if weight.zeros is None else weight.zeros.to(place.device, place.dtype)
    return QuantizedWeight(weight.bits, weight.values.to(place.device), scales, zeros)


def _floats(weight: QuantizedWeight, dtype: torch.dtype) -> Tensor:
    """The matrix in the compute dtype, without a float32 copy in between."""
    rows, columns = weight.shape
    grouped = weight.integers().view(rows, weight.scales.shape[1], weight.group_size)
    floats = grouped.to(dtype) * weight.scales.unsqueeze(-1)
    if weight.zeros is not None:
        floats += weight.zeros.unsqueeze(-1)
    return floats.view(rows, columns)
