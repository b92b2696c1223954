"""Which precisions of a model were made ready for fast loading, told by the names of the prepared files.

A name and no content is looked at, so it is good enough to say what a load will take, and for nothing else:
the engine looks for itself (`glm/prepared`). Standard library only.
"""

from __future__ import annotations

import re
from pathlib import Path

from app.core.engine import Precision

_KEY = re.compile(r"[0-9a-f]{16}")


def prepared_precisions(prepared_dir: Path, model_folder: Path) -> frozenset[Precision]:
    """The precisions at which a folder of this name was prepared; empty where that cannot be told. Blocks."""
    found: set[Precision] = set()
    known = {precision.value: precision for precision in Precision}
    try:
        names = [entry.name for entry in prepared_dir.iterdir()]
    except OSError:
        return frozenset()
    for name in names:
        model, _, key = name.rpartition("-")
        stem, _, precision = model.rpartition("-")
        if stem == model_folder.name and _KEY.fullmatch(key) and precision in known:
            found.add(known[precision])
    return frozenset(found)
