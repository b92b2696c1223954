"""The accelerator of this computer, if any, and the parts of a network that are placed on it.

Knows torch's devices; no network, no file and no weight. A network that is wholly on the processor has no
placement.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import torch

from app.core.engine import DeviceWish, Precision
from app.model.glm.config import GlmConfig
from app.model.glm.family import Family

DEVICE_VARIABLE = "TEAHOUSE_DEVICE"
"""Environment: "cpu" keeps everything on the processor."""
_log = logging.getLogger(__name__)


class DeviceKind(StrEnum):
    """What computes. The kind decides how weights are kept there (`device_linears`)."""

    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"


@dataclass(frozen=True, slots=True)
class Device:
    """A device as torch calls it, its name for people, and the bytes that are free on it."""

    kind: DeviceKind
    torch_name: str
    name: str
    free_bytes: int

    @property
    def torch(self) -> torch.device:
        return torch.device(self.torch_name)


PROCESSOR = Device(DeviceKind.CPU, "cpu", "", 0)


def find_device(wish: DeviceWish = DeviceWish.AUTOMATIC) -> Device:
    """The accelerator, or `PROCESSOR` where there is none or it is wished for. Never raises.

    For the processor no driver is asked at all. An automatic wish gives way to that of the environment.
    """
    if wish is DeviceWish.PROCESSOR:
        return PROCESSOR
    if wish is DeviceWish.AUTOMATIC and os.environ.get(DEVICE_VARIABLE) == "cpu":
        return PROCESSOR
    try:
        if torch.cuda.is_available():
            free, _ = torch.cuda.mem_get_info()
            return Device(DeviceKind.CUDA, "cuda", torch.cuda.get_device_name(), free)
        if torch.backends.mps.is_available():
            free = torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
            return Device(DeviceKind.MPS, "mps", "Apple GPU", free)
    except Exception:  # noqa: BLE001 - a driver may fail in any way, and the processor is always there
        _log.warning("the accelerator does not answer", exc_info=True)
    return PROCESSOR


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part is computed, and in what."""

    device: torch.device
    dtype: torch.dtype


@dataclass(frozen=True, slots=True)
class Placement:
    """The accelerator's part: the first `layers` layers, then, if `head`, the final norm and the head.

    The embedding is always on the processor: a few of its rows are read, and they travel as hidden states.
    """

    accelerator: Device
    dtype: torch.dtype
    layers: int
    head: bool

    @property
    def place(self) -> Place:
        """Of everything on the accelerator."""
        return Place(self.accelerator.torch, self.dtype)

    def borders(self, layer_count: int, dtype: torch.dtype) -> Mapping[int, Place]:
        """Where hidden states move: before which layer, and to where; `layer_count` is the head.

        `dtype` is the processor's.
        """
        crossing = {0: self.place}
        if not self.head:
            crossing[min(self.layers, layer_count)] = Place(torch.device("cpu"), dtype)
        return crossing


def compute_dtype(config: GlmConfig, precision: Precision, device: Device) -> torch.dtype:
    """What an accelerator computes in: fp16 only where the weights were published in it.

    bf16 has the range that bf16 weights were trained with; ChatGLM-6B's residuals, scaled by 7.5, leave that
    of fp16 (reference section 2.3). Where bf16 has no hardware both are computed in float32.
    """
    if precision is Precision.FP32:
        return torch.float32
    if config.stored_dtype == "float16" and config.family is not Family.CHATGLM:
        return torch.float16
    return torch.bfloat16 if _multiplies_bf16(device.torch) else torch.float32


def _multiplies_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    try:
        ones = torch.ones(2, 2, dtype=torch.bfloat16, device=device)
        return bool((ones @ ones).sum().item() == ones.numel() * 2)
    except (RuntimeError, TypeError):
        return False
