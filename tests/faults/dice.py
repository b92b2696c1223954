"""How often the random faults are tried, and the one seed of all their choices.

In the suite a few times and always alike; `dev.py faults` says how often and with which seed. A seed repeats
every choice; at which line of the program a kill falls depends on the machine's speed as well.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from typing import Final

SEED_VARIABLE: Final = "TEAHOUSE_FAULTS_SEED"
COUNT_VARIABLE: Final = "TEAHOUSE_FAULTS_COUNT"

SEED: Final = int(os.environ.get(SEED_VARIABLE, "20261121"))

KILLS: Final = {
    "streaming": 150,  # the whole app: four seconds each
    "saving": 250,
    "migrating": 120,
    "copying a folder": 70,
    "copying a file": 50,
    "importing": 80,
    "packing": 60,
    "unpacking": 60,
    "preparing": 60,
    "moving models": 50,
    "moving conversations": 50,
}
"""Of a thousand kills, how many fall on what."""
_KILLS_IN_THE_SUITE = {"streaming": 5}
_OTHER_KILLS_IN_THE_SUITE = 10


def kills(what: str) -> int:
    """How often a process is killed while it is `what`."""
    return times(_KILLS_IN_THE_SUITE.get(what, _OTHER_KILLS_IN_THE_SUITE), KILLS[what])


ENOUGH: Final = 8
"""Of so many kills at least one has to come in the middle of the work; of fewer none may."""


def times(usual: int, of_a_thousand: int) -> int:
    """How often a random fault is tried: `usual` times in the suite, else as `dev.py faults --count` says."""
    count = os.environ.get(COUNT_VARIABLE)
    return usual if count is None else max(1, round(of_a_thousand * int(count) / 1000))


def dice(what: str) -> random.Random:
    """The choices of one test, which are alike whatever other tests choose."""
    return random.Random(f"{SEED} {what}")


def moments(what: str, usual_s: float, last_steps: float = 0.8) -> Iterator[tuple[int, float]]:
    """Numbered moments for kills, in seconds after the beginning.

    Every second one lies anywhere in the time that the work usually takes, the others near its end (from the
    part `last_steps` of it on), where names are given and notes are switched.
    """
    chance = dice(what)
    for number in range(kills(what)):
        yield number, usual_s * (chance.uniform(0.0, 1.0) if number % 2 else chance.uniform(last_steps, 1.1))
