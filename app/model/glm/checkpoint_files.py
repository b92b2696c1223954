"""Which files in a folder are the checkpoint. Looks at names and indexes, never into a tensor.

Published folders hold one or two sets: `.safetensors` and `.bin`, each as one file or as shards with an
index. The first set that is whole is taken, safetensors before the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import ErrorCode, WorldError
from app.model.glm.config_fields import read_object

INDEX_LIMIT = 32 << 20  # bytes
MAX_FILES = 1000
"""More than any model is published in; so many are looked for and told one by one."""

_SETS = (("model", "safetensors"), ("pytorch_model", "bin"))
_NUMBERED = re.compile(r"-(\d{5})-of-(\d{5})\.")
_NAMED = 3  # missing files that an error tells by name

Files = tuple[list[Path], Mapping[str, list[str]]]


@dataclass(frozen=True, slots=True)
class WeightSet:
    """Files that belong together, there or not, in order.

    `promised` are the keys by file name that `index` promises in them; empty and None where there is none.
    """

    files: Sequence[Path]
    promised: Mapping[str, list[str]]
    index: Path | None

    @property
    def absent(self) -> list[str]:
        """The names of the files that are not there."""
        return [path.name for path in self.files if not path.is_file()]


def find_files(folder: Path) -> Files:
    """The checkpoint's files in order, and by file name the keys that an index promises in it.

    Raises MODEL_MISSING (no folder), MODEL_INCOMPLETE (files that are missing) and MODEL_UNREADABLE (an index
    that is none, or that points outside the folder).
    """
    if not folder.is_dir():
        raise WorldError(ErrorCode.MODEL_MISSING, path=folder)
    missing: list[str] = []
    for found in find_sets(folder):
        absent = found.absent
        if not absent:
            return list(found.files), found.promised
        missing = missing or absent
    if not missing:
        missing = ["model.safetensors", "pytorch_model.bin"]
    more = f" +{len(missing) - _NAMED}" if len(missing) > _NAMED else ""
    raise WorldError(ErrorCode.MODEL_INCOMPLETE, path=folder, detail=", ".join(missing[:_NAMED]) + more)


def find_sets(folder: Path) -> Iterator[WeightSet]:
    """The sets that something in the folder speaks of, in the order of preference.

    Raises MODEL_UNREADABLE when it comes to an index that is none, or that points outside the folder.
    """
    for stem, suffix in _SETS:
        found = _set(folder, stem, suffix)
        if found is not None:
            yield found


def _set(folder: Path, stem: str, suffix: str) -> WeightSet | None:
    """The files of one kind, there or not; None where nothing speaks of them."""
    index = folder / f"{stem}.{suffix}.index.json"
    if index.exists():
        promised = _promised(index)
        return WeightSet([folder / name for name in sorted(promised)], promised, index)
    single = folder / f"{stem}.{suffix}"
    if single.exists():
        return WeightSet([single], {}, None)
    for path in sorted(folder.glob(f"{stem}-*.{suffix}")):  # shards whose index was not fetched
        numbers = _NUMBERED.search(path.name)
        if numbers and (total := int(numbers.group(2))) <= MAX_FILES:
            names = [f"{stem}-{i:05}-of-{total:05}.{suffix}" for i in range(1, total + 1)]
            return WeightSet([folder / name for name in names], {}, None)
    return None


def _promised(index: Path) -> dict[str, list[str]]:
    """The keys by file name. Every file has to lie beside the index: a plain name, nothing of a path."""
    try:
        weights = read_object(index, INDEX_LIMIT).get("weight_map")
    except WorldError as error:
        if error.info.code is not ErrorCode.MODEL_NOT_A_MODEL:
            raise
        weights = None
    if not isinstance(weights, dict) or not weights:
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=index, detail="not an index")
    promised: dict[str, list[str]] = {}
    for key, name in weights.items():
        if not isinstance(name, str) or not name or set(name) & set("/\\:\0") or name.startswith("."):
            raise WorldError(ErrorCode.MODEL_UNREADABLE, path=index, detail=f"points outside: {name!r}"[:120])
        promised.setdefault(name, []).append(key)
    if len(promised) > MAX_FILES:
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=index, detail="not an index")
    return promised
