"""Where the real tokenizers, configurations and vectors lie, for the tests that use them in place.

Nothing of them is copied into the project; a test that needs one and does not find it is skipped and says
why.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_CHECKOUT = Path(__file__).resolve().parents[2]


def shared(*parts: str) -> Path:
    """The path of a file or folder below the shared folder; skips the test where it is not there."""
    root = Path(os.environ.get("TEAHOUSE_SHARED") or _CHECKOUT.parent / "shared")
    path = root.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{path} is not there (TEAHOUSE_SHARED names another folder)")
    return path
