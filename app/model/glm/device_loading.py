"""Loading with an accelerator: what fits is placed there and tested, everything else is the processor's.

Whatever goes wrong with the accelerator (it is tested on one layer before the others are read) ends in a load
on the processor and a note, never in a failed load. Knows checkpoints, networks and devices; no engine.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator

import torch
from accelerate.utils import compute_module_sizes
from torch import Tensor

from app.core.cancel import Cancelled
from app.core.engine import LoadNote, Precision
from app.core.errors import WorldError
from app.model.glm.cache import KvCache
from app.model.glm.checkpoint import Checkpoint, ensure_finite
from app.model.glm.device_check import verify_head, verify_layer
from app.model.glm.device_linears import device_linear
from app.model.glm.devices import Device, DeviceKind, Placement, compute_dtype
from app.model.glm.loading import (
    Check,
    LoadedNetwork,
    LoadRequest,
    Report,
    effective_precision,
    load_network,
)
from app.model.glm.network import Network, assign
from app.model.glm.quantized import QuantizedWeight

RESERVED_BYTES = 1 << 30
"""Of the free memory, what is left to activations of a chunk, to blocks of attention and to the libraries."""
_BYTES_A_VALUE = {Precision.INT8: 1.02, Precision.INT4: 0.625}
"""With the scales, of which 4 bits have 16 for 32 columns; NF4 takes as much. A little is left over."""

Tell = Callable[[tuple[LoadNote, ...]], None]
_log = logging.getLogger(__name__)


def load_with_device(
    request: LoadRequest, device: Device, capacity: int, report: Report, check: Check, tell: Tell
) -> LoadedNetwork:
    """`load_network`, with as much on `device` as fits beside a cache of `capacity` tokens.

    `tell` gets all notes about the devices whenever they change, before what they announce happens.
    """
    if device.kind is not DeviceKind.CPU:
        part = _AcceleratedPart(request, device, capacity, report, check, tell)
        try:
            return load_network(request, part.report_rest, check, part)
        except (WorldError, Cancelled):
            raise
        except Exception:  # noqa: BLE001 - drivers fail in every way, and the processor can do it all
            _log.warning("the accelerator %s is not used", device.name, exc_info=True)
        gc.collect()  # what was loaded so far hung on the exception
        if device.kind is DeviceKind.CUDA:
            torch.cuda.empty_cache()
        tell((LoadNote.ACCELERATOR_FAILED,))
    return load_network(request, report, check)


def place(network: Network, precision: Precision, capacity: int, device: Device) -> Placement | None:
    """How much of a network (on the meta device) fits with its cache; None where not even a layer does.

    Layers from the first on, for hidden states then cross once; the head where all layers fit and it too.
    """
    config = network.config
    dtype = compute_dtype(config, precision, device)
    a_value = _BYTES_A_VALUE.get(precision, dtype.itemsize)
    counted = torch.bfloat16
    sizes = compute_module_sizes(network, dtype=counted)
    layer = int(sizes[f"{network.layers_name}.0"] / counted.itemsize * a_value)
    layer += config.kv_bytes_per_token(dtype.itemsize) * capacity // config.layers
    room = device.free_bytes - RESERVED_BYTES
    layers = max(min(config.layers, room // layer), 0)
    if layers == 0:
        return None
    # A quantized head lies there in 16 bits too while it is made, and is too large for the reserve.
    head_value = _BYTES_A_VALUE[Precision.INT8] + 2 if precision in _BYTES_A_VALUE else dtype.itemsize
    head = sizes[network.head_name] / counted.itemsize * head_value
    fits = layers == config.layers and room - layers * layer >= head
    return Placement(device, dtype, layers, head=fits)


class _AcceleratedPart:
    """Loads what is placed on the accelerator: the `accelerate` of `load_network`."""

    def __init__(
        self, request: LoadRequest, device: Device, capacity: int, report: Report, check: Check, tell: Tell
    ) -> None:
        self._request = request
        self._precision = effective_precision(request.config, request.precision)
        self._device = device
        self._capacity = capacity
        self._report = report
        self._check = check
        self._tell = tell
        self._share = 0.0  # of the whole load
        self._matrices: frozenset[str] = frozenset()

    def report_rest(self, fraction: float) -> None:
        """Progress of the processor's part."""
        self._report(self._share + (1 - self._share) * fraction)

    def __call__(self, network: Network, checkpoint: Checkpoint) -> int:
        placement = place(network, self._precision, self._capacity, self._device)
        if placement is None:
            self._tell((LoadNote.ACCELERATOR_TOO_SMALL,))
            return 0
        if not placement.head:
            self._tell((LoadNote.PARTLY_ON_PROCESSOR,))
        network.placement = placement
        self._matrices = frozenset((*(path for path, _ in network.linears()), network.head_name))
        total = placement.layers + 1
        share = total / (network.layer_count + 1) if not placement.head else 1.0
        for done, names in enumerate(self._groups(network, checkpoint, placement)):
            for name in names:
                self._check()
                self._load(name, network, checkpoint, placement)
            if done == 0:
                verify_layer(network, checkpoint, self._precision, self._check)
            self._share = share * (done + 1) / total
            self._report(self._share)
        if placement.head:
            verify_head(network, checkpoint, self._precision)
        config = network.config
        # Taken once here and given back: where there is too little memory for it, the processor takes over.
        KvCache(config.layers, config.groups, config.head_size, self._capacity, placement.dtype, placement)
        return _bytes_placed(network)

    def _groups(self, network: Network, checkpoint: Checkpoint, placement: Placement) -> Iterator[list[str]]:
        """The names of the parameters placed: layer by layer, then norm and head."""
        names = [name for name in checkpoint.names() if network.is_placed(name)]
        for index in range(placement.layers):
            yield [name for name in names if name.startswith(f"{network.layers_name}.{index}.")]
        rest = [name for name in names if not name.startswith(f"{network.layers_name}.")]
        head = f"{network.head_name}.weight"
        yield rest if head in rest or not placement.head else [*rest, head]

    def _load(self, name: str, network: Network, checkpoint: Checkpoint, placement: Placement) -> None:
        path, _, leaf = name.rpartition(".")
        known = checkpoint.names()
        if path in self._matrices and leaf == "bias":
            return  # comes with its matrix
        weight = checkpoint.read(name if name in known else f"{network.embedding_name}.weight")  # a tied head
        ensure_finite(weight, checkpoint.sources[0].parent, name)
        place = placement.place
        if path not in self._matrices:
            assert isinstance(weight, Tensor)
            assign(network, name, weight.to(place.device, place.dtype))
            return
        bias = checkpoint.read(f"{path}.bias") if f"{path}.bias" in known else None
        assert not isinstance(bias, QuantizedWeight)
        precision = self._precision
        if path == network.head_name and precision is Precision.INT4:
            precision = Precision.INT8  # as on the processor
        module = device_linear(weight, bias, precision, self._device, place, self._request.group_size)
        network.set_submodule(path, module)


def _bytes_placed(network: Network) -> int:
    tensors = (*network.named_parameters(), *network.named_buffers())
    return sum(tensor.nbytes for name, tensor in tensors if network.is_placed(name))
