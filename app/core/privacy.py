"""What the app keeps on this computer, as values: kinds of things, where, how much, and who may read it.

Looked at by `workers.privacy_survey`; the words are in `ui.texts.privacy`. Touches no disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class StoredKind(StrEnum):
    """Everything that is kept, in the order in which it is shown."""

    CONVERSATIONS = "conversations"
    COPIES = "copies"  # that the app makes by itself
    SET_ASIDE = "set_aside"  # damaged files that were replaced
    SETTINGS = "settings"
    LOG = "log"
    CONNECTIONS = "connections"
    MODELS = "models"
    PREPARED = "prepared"
    PLACES = "places"  # of models that are used where they lie
    POINTER = "pointer"  # the note where folders were moved to
    TEMPORARY = "temporary"

    @property
    def is_personal(self) -> bool:
        """Whether it can hold something that a person wrote or chose."""
        return self not in _IMPERSONAL


_IMPERSONAL = frozenset({StoredKind.MODELS, StoredKind.PREPARED, StoredKind.PLACES, StoredKind.TEMPORARY})


class Readers(StrEnum):
    """Who may read something, beside an administrator of the computer."""

    OWNER = "owner"
    OTHERS = "others"
    UNKNOWN = "unknown"  # this system has no such marks that could be read


@dataclass(frozen=True, slots=True)
class StoredThing:
    """One of them. `path` is the file or folder, `folder` what is opened to see it; sizes in bytes.

    `can_narrow` is whether the app may take the reading away from others.
    """

    kind: StoredKind
    path: Path
    folder: Path
    size_bytes: int = 0
    readers: Readers = Readers.UNKNOWN
    can_narrow: bool = False
