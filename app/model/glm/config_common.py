"""What the readers of all layouts share: bounds of sizes, names that tell a family. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.model.glm.config_fields import Fields
from app.model.glm.family import Family
from app.model.names import published_name

MAX_LAYERS, MAX_HIDDEN, MAX_FFN, MAX_HEADS, MAX_HEAD, MAX_VOCAB = 512, 32768, 262144, 512, 1024, 1 << 20
MAX_CONTEXT = 1 << 22
MAX_THETA = 1e12
_DTYPES = ("float16", "bfloat16", "float32")


@dataclass(frozen=True, slots=True)
class Choice:
    """A family and whether the files leave no doubt about it."""

    family: Family
    is_certain: bool


def stored_dtype(fields: Fields, default: str) -> str:
    """The dtype the configuration names; older files say `torch_dtype`."""
    name = fields.text("dtype") or fields.text("torch_dtype", default)
    name = name.removeprefix("torch.")
    if name not in _DTYPES:
        raise fields.refuse(f"dtype {name[:40]}")
    return name


def pad_id(fields: Fields, vocab_size: int, default: int) -> int:
    """A padding id inside the embedding; transformers' own default may not be (reference section 3.4)."""
    found = fields.ids("pad_token_id", vocab_size)
    return found[0] if found else default if default < vocab_size else 0


def named_family(fields: Fields, folder: Path, patterns: Mapping[str, Family]) -> Choice | None:
    """The family told by the model's recorded name, else by the folder's; certain unless they disagree."""
    found = []
    for name in (fields.text("_name_or_path"), published_name(folder.resolve())):
        hits = [family for pattern, family in patterns.items() if re.search(pattern, name.lower())]
        found += hits[:1]
    return Choice(found[0], len(set(found)) == 1) if found else None


def chosen(fields: Fields, wanted: Family | None, likely: Choice, possible: frozenset[Family]) -> Choice:
    """The family a person asked for, if it fits the file, else the likely one."""
    if wanted is None:
        return likely
    if wanted not in possible:
        raise fields.refuse(f"family {wanted.value} does not fit")
    return Choice(wanted, is_certain=True)
