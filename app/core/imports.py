"""What a person brought, looked at: the models in a folder or file, each with its files one by one.

Values only; `model.importing` makes them, `ui.importing` shows them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from app.core.models import FoundModel


class FileRole(StrEnum):
    """What a file of a model is for."""

    CONFIG = "config"
    WEIGHTS = "weights"
    TOKENIZER = "tokenizer"
    OTHER = "other"


class FileState(StrEnum):
    """What was found about one file; everything but `GOOD` and `UNUSED` makes the model unusable."""

    GOOD = "good"
    UNUSED = "unused"  # the model does without it: code, pictures, a second set of weights
    MISSING = "missing"
    SHORT = "short"  # fewer bytes than it promises
    POINTER = "pointer"  # a note of git-lfs in place of the file
    UNREADABLE = "unreadable"  # the system does not give it, or it is nonsense inside
    FOREIGN = "foreign"  # of another generation, or of another edition than the rest
    UNSAFE = "unsafe"  # would run as a program
    OUTSIDE = "outside"  # a link that leads out of what was brought
    CHANGED = "changed"  # its bytes are not those that were published; found by hashing only


@dataclass(frozen=True, slots=True)
class FileCheck:
    """One file of a model. Sizes in bytes; `expected_bytes` is 0 where nothing promises a size."""

    name: str  # relative to the model's folder, with "/"
    role: FileRole
    state: FileState
    byte_count: int = 0
    expected_bytes: int = 0


@dataclass(frozen=True, slots=True)
class InspectedModel:
    """A model that was brought.

    `families` are the generations that the files leave open, the likely one first; empty where there is no
    doubt. `copy_bytes` is what a copy takes on the disk. `known_id` is the library's id of the same place, or
    of a model with the same content; "" for a new one. `is_packed` is whether it lies in a model pack, the
    file at its path: it can be copied out of it and not be used in place. `brought` is what was looked at,
    the border that its links may not cross.
    """

    model: FoundModel
    files: tuple[FileCheck, ...] = ()
    families: tuple[str, ...] = ()
    copy_bytes: int = 0
    known_id: str = ""
    is_packed: bool = False
    brought: str = ""


@dataclass(frozen=True, slots=True)
class Inspection:
    """All that was found at `path`; `models` is empty where there is no model at all."""

    path: str
    models: tuple[InspectedModel, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskProgress:
    """How far copying or hashing has come, in bytes."""

    done: int
    total: int
    name: str = ""  # of the file in work


@dataclass(frozen=True, slots=True)
class HashReport:
    """What hashing all files of a model gave.

    `hashes` are SHA-256 in hexadecimal by file name. `confirmed` are the files whose hash somebody published
    or that was kept at an earlier check, and that agree; `changed` those that do not.
    """

    hashes: dict[str, str] = field(default_factory=dict)
    confirmed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
