"""How fast this computer multiplies, as the torch engine measured it: for the doctor, and for its next start.

A small file beside the prepared models. Kept because measuring needs torch, which the doctor must not load,
and because what was measured in a quiet moment is worth more than what a busy start measures anew. Standard
library only.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from app.core.new_names import put_in_place

FILE_NAME = "kernel-speeds.json"
_MAX_BYTES = 1 << 16
NOTICEABLY = 1.1


@dataclass(frozen=True, slots=True)
class KernelSpeeds:
    """Milliseconds for one row times one matrix that does not fit into the processor's inner caches.

    `made_with` names what the figures depend on: torch, instructions, threads. `seconds` are the shortest
    times of what the engine chooses its ways by, under the engine's own names.
    """

    made_with: str
    int8_ms: float
    int4_ms: float
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def int4_is_slower(self) -> bool:
        """Whether it is by more than such a measurement varies: then INT8 writes sooner, and is finer."""
        return self.int4_ms > self.int8_ms * NOTICEABLY


def read_speeds(folder: Path) -> KernelSpeeds | None:
    """What was measured; None where nothing was, or the file makes no sense."""
    try:
        with (folder / FILE_NAME).open("rb") as file:
            told = json.loads(file.read(_MAX_BYTES))
        seconds = {str(name): float(value) for name, value in told["seconds"].items()}
        if not all(math.isfinite(value) and value > 0 for value in seconds.values()):
            return None
        return KernelSpeeds(str(told["made_with"]), float(told["int8_ms"]), float(told["int4_ms"]), seconds)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def write_speeds(folder: Path, speeds: KernelSpeeds) -> None:
    """Keep it; raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{FILE_NAME}.new"
    partial.write_text(json.dumps(asdict(speeds)), encoding="utf-8")
    put_in_place(partial, folder / FILE_NAME)
