"""A network with its cache: reads prompts in chunks, writes token by token, and reuses what it has read.

Cancelling is looked at before every layer, inside long layers and between the tiles of every matrix; the
chunks become shorter where the time between two looks grows. Knows networks and caches; no text, no
sampling.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from app.model.glm.cache import KvCache
from app.model.glm.linears import Interrupt
from app.model.glm.network import Network

MAX_CHUNK, MIN_CHUNK = 1024, 64
"""Tokens that go through the layers together. More are faster: a 4-bit matrix is unpacked once a chunk."""
LONGEST_SILENCE_S = 0.15
"""Longer between two looks at the cancel token, and the next chunk is half as long."""
PROGRESS_EVERY_S = 0.2


class Decoder:
    """One conversation's tokens at a time, in a cache of `capacity` tokens."""

    def __init__(self, network: Network, interrupt: Interrupt, capacity: int) -> None:
        config = network.config
        self._network = network
        self._interrupt = interrupt
        placement, dtype = network.placement, network.compute_dtype
        self._cache = KvCache(config.layers, config.groups, config.head_size, capacity, dtype, placement)
        self._borders = placement.borders(config.layers, dtype) if placement is not None else {}
        self._ids: list[int] = []  # what the cache holds
        self._chunk = MAX_CHUNK
        self._logits = torch.empty(0)

    @property
    def capacity(self) -> int:
        """Tokens that the cache can hold."""
        return self._cache.capacity

    @property
    def logits(self) -> Tensor:
        """Float32 [vocab]: the scores after the newest token."""
        return self._logits

    def reusable(self, ids: Sequence[int]) -> int:
        """How many of `ids` are in the cache already."""
        return self._network.reusable(self._ids, ids)

    @torch.inference_mode()
    def read(self, ids: Sequence[int], check: Callable[[], None]) -> Iterator[int]:
        """Read a prompt; gives the tokens read so far now and then, the last time all of them.

        At most `capacity` ids, at least one. `check` may raise: the whole chunks that were read stay.
        """
        start = self.reusable(ids)
        self._cache.truncate(start)
        del self._ids[start:]
        pulse = _Pulse(check)
        self._interrupt.check = pulse
        told = time.perf_counter()
        while start < len(ids):
            count = max(min(self._chunk, len(ids) - start), self._network.least_rows(start, ids))
            pulse.longest = 0.0
            for layer in self._layers(ids, start, count, pulse):
                if time.perf_counter() - told >= PROGRESS_EVERY_S:
                    told = time.perf_counter()
                    yield start + count * layer // self._network.layer_count
            start += count
            if pulse.longest > LONGEST_SILENCE_S:
                self._chunk = max(self._chunk // 2, MIN_CHUNK)
        yield len(ids)

    @torch.inference_mode()
    def write(self, token: int, check: Callable[[], None]) -> None:
        """Append a token that was chosen; `logits` are those after it."""
        self._interrupt.check = check
        at = len(self._ids)
        for _ in self._layers([*self._ids, token], at, 1, check):
            pass

    def _layers(self, ids: Sequence[int], start: int, count: int, check: Callable[[], None]) -> Iterator[int]:
        """Take `count` tokens through all layers, giving the number of each that is done, and keep them."""
        network, cache = self._network, self._cache
        chunk = torch.tensor([ids[start : start + count]])
        step = network.start(chunk, start, ids)
        for layer in range(network.layer_count):
            check()
            if layer in self._borders:
                step.move(self._borders[layer])
            network.run_layer(layer, step, cache, check)
            yield layer + 1
        cache.commit(count)
        self._ids += ids[start : start + count]
        last = step.hidden[:, -1:]
        if network.layer_count in self._borders:
            place = self._borders[network.layer_count]
            last = last.to(place.device, place.dtype)
        self._logits = network.logits(last)[-1].to("cpu")  # waits for an accelerator


class _Pulse:
    """A check that knows the longest time between two calls, in seconds."""

    def __init__(self, check: Callable[[], None]) -> None:
        self._check = check
        self._last = time.perf_counter()
        self.longest = 0.0

    def __call__(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last)
        self._last = now
        self._check()
