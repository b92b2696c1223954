"""Loads damaged copies of the starter model with the real engine, one after the other, until one kills it.

Run as `python -m tests.faults.damaged_gguf COPY SEED FIRST COUNT`. Damages the header of the file COPY in
place, loads it, prints `NUMBER WHAT` (the code of the error, or "answered"), and mends it again.
"""

from __future__ import annotations

import os
import random
import sys
from dataclasses import dataclass
from pathlib import Path

from app.core.cancel import CancelToken
from app.core.chat import Role, Turn
from app.core.engine import EngineKind, GenerationParams, LoadPlan, ModelRef
from app.core.errors import WorldError
from app.model.engines.llama_cpp import LlamaCppEngine

HEADER_BYTES = 1_770_000
"""Of the starter: its keys (the vocabulary is most of them) and its tensors end soon after."""
TENSORS_BYTES = 18_000
MOST_MEMORY = 6 << 30


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes put into the place of others."""

    at: int
    bytes: bytes


def damages(seed: int, number: int) -> list[Damage]:
    """What is done to copy `number`: mostly near the two ends of the header, where its numbers are."""
    chance = random.Random(f"{seed} {number}")
    found = []
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        place = chance.random()
        if place < 0.4:
            at = chance.randrange(2_000)
        elif place < 0.8:
            at = HEADER_BYTES + chance.randrange(TENSORS_BYTES)
        else:
            at = chance.randrange(HEADER_BYTES)
        wanted = chance.choice((b"\x00", b"\xff", bytes([chance.randrange(256)]), chance.randbytes(8)))
        found.append(Damage(at, wanted))
    return found


def outcome(path: Path) -> str:
    """The code of the error, or "answered": a model that loads is asked for two tokens."""
    engine = LlamaCppEngine()
    ref = ModelRef("damaged", EngineKind.LLAMA_CPP, str(path))
    try:
        engine.load(ref, LoadPlan(256), lambda _: None, CancelToken())
        list(engine.generate((Turn(Role.USER, "Tea?"),), GenerationParams(2, 0.0), CancelToken()))
    except WorldError as error:
        return error.info.code.value
    finally:
        engine.unload()
    return "answered"


def main() -> None:
    path, seed, first, count = Path(sys.argv[1]), *map(int, sys.argv[2:5])
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    for number in range(first, first + count):
        with path.open("r+b") as file:
            kept = []
            for damage in damages(seed, number):
                file.seek(damage.at)
                kept.append(Damage(damage.at, file.read(len(damage.bytes))))
                file.seek(damage.at)
                file.write(damage.bytes)
        print(f"{number} {outcome(path)}", flush=True)
        with path.open("r+b") as file:
            for damage in reversed(kept):
                file.seek(damage.at)
                file.write(damage.bytes)
    os._exit(0)  # the library's threads of loads that failed are nobody's business here


if __name__ == "__main__":
    main()
