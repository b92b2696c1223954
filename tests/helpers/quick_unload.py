"""The fixture `quick_unload`: an engine that is unloaded collects garbage, and looks at all of transformers.

A few tenths of a second each time, which the child spends once and a module of tests a hundred times.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def quick_unload() -> Iterator[None]:
    """What is there when a module's tests begin is not looked at until they end."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
