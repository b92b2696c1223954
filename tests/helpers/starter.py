"""Where tests find the starter model; they skip, with the reason, where it is absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.engine import EngineKind, ModelRef
from app.locations import default_paths
from app.model import starter


def starter_path() -> Path:
    """The starter model in the person's models folder; skips the test when it is not there."""
    path = default_paths().models_dir / starter.FILE_NAME
    if not path.is_file() or path.stat().st_size != starter.FILE_BYTES:
        pytest.skip(f"the starter model is not in {path.parent} (python3 dev.py setup)")
    return path


def starter_ref() -> ModelRef:
    """The starter model as an engine is given it."""
    return ModelRef(starter.NAME, EngineKind.LLAMA_CPP, str(starter_path()))
