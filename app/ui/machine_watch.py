"""The memory of this computer as the window sees it: asked at each look, its graphics card in the background.

The driver of a graphics card is slow: it is asked in an executor thread, and a look takes what it last told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from app.core.computing import machine_for
from app.core.engine import DeviceWish
from app.core.memory import MachineMemory
from app.model import hardware

MemoryProbe = Callable[[int | None], MachineMemory]
"""Tells the memory of this computer now, given the id of the engine child; takes a few milliseconds."""
_UNIFIED = "Apple GPU"


class MachineWatch:
    """One for the engine controller. `int4_is_slower` is what the engine's kernels were measured to be."""

    def __init__(self, loop: asyncio.AbstractEventLoop, probe: MemoryProbe | None = None) -> None:
        self._loop = loop
        self._probe = probe or hardware.memory_now
        self._is_asking = False
        self._accelerator = ""
        self.int4_is_slower = False
        self.is_card_known = False

    @property
    def accelerator(self) -> str:
        """What the graphics card is called, used or not, as of the last look; "" where none is known."""
        return self._accelerator

    def look(self, engine_pid: int, device: DeviceWish) -> MachineMemory:
        """The memory at this moment, as far as `device` uses it."""
        machine = self._probe(engine_pid or None)
        unified = _UNIFIED if machine.is_unified else ""
        self._accelerator = machine.card.name if machine.card is not None else unified
        machine = machine_for(machine, device)
        return replace(machine, int4_is_slower=True) if self.int4_is_slower else machine

    async def ask_card(self, engine_pid: int) -> None:
        """Have the driver tell what is free now, for the looks after that; nothing while it is asked."""
        if self._is_asking:
            return
        self._is_asking = self.is_card_known = True
        try:
            await self._loop.run_in_executor(None, hardware.find_graphics_card, engine_pid or None)
        finally:
            self._is_asking = False
