"""What of this computer a model may use: the settings for it as one value, and what they mean for its memory.

Pure. `load_plan` puts it into loads; the engines obey it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.core import settings as declared
from app.core.engine import DeviceWish
from app.core.memory import MachineMemory
from app.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Computing:
    """What computes, and on the processor with how many threads; 0 are one for each physical core."""

    device: DeviceWish = DeviceWish.AUTOMATIC
    threads: int = 0


USUAL = Computing()


def computing_of(settings: Settings) -> Computing:
    """What a person wants."""
    return Computing(DeviceWish(settings.text(declared.DEVICE)), settings.number(declared.THREADS))


def machine_for(machine: MachineMemory, device: DeviceWish) -> MachineMemory:
    """The computer as far as `device` uses it: for the processor alone one without a graphics card."""
    if device is not DeviceWish.PROCESSOR:
        return machine
    return replace(machine, card=None, is_unified=False)
