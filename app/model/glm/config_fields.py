"""Reading a foreign JSON object whose every value may be wrong.

Knows types and bounds, no model. Standard library only.
"""

from __future__ import annotations

import json
import math
import stat
from collections.abc import Mapping
from pathlib import Path

from app.core.errors import ErrorCode, WorldError

LIMIT = 1 << 20  # bytes of a config.json; the published ones have about two thousand


def read_object(path: Path, limit: int = LIMIT) -> Mapping[str, object]:
    """The JSON object in a file of at most `limit` bytes.

    Raises MODEL_NOT_A_MODEL where there is no such thing and MODEL_UNREADABLE where the system refuses it.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would wait for ever
            raise WorldError(ErrorCode.MODEL_NOT_A_MODEL, path=path)
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise WorldError(ErrorCode.MODEL_NOT_A_MODEL, path=path) from None
    except OSError as error:
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=path, detail=error.strerror) from error
    try:
        value = json.loads(data) if len(data) <= limit else None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise WorldError(ErrorCode.MODEL_NOT_A_MODEL, path=path)
    return value


class Fields:
    """Checked access to the values of one object; a wrong one raises MODEL_UNSUPPORTED with its name.

    A value of null counts as absent, as it does for the libraries that wrote these files.
    """

    def __init__(self, values: Mapping[str, object], path: Path) -> None:
        self._values = values
        self.path = path

    def refuse(self, detail: str) -> WorldError:
        """The error for something that cannot be run faithfully."""
        return WorldError(ErrorCode.MODEL_UNSUPPORTED, path=self.path, detail=detail)

    def has(self, name: str) -> bool:
        return self._values.get(name) is not None

    def mentions(self, name: str) -> bool:
        """Whether the key is there at all, with null too."""
        return name in self._values

    def integer(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number in low..high; without a default it has to be there."""
        value = self._values.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.refuse(f"{name} {self._shown(name)}")
        return value

    def number(self, name: str, low: float, high: float, default: float | None = None) -> float:
        """A finite number in low..high; without a default it has to be there."""
        value = self._values.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.refuse(f"{name} {self._shown(name)}")
        if not math.isfinite(value) or not low <= value <= high:
            raise self.refuse(f"{name} {self._shown(name)}")
        return float(value)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._values.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.refuse(f"{name} {self._shown(name)}")
        return value

    def text(self, name: str, default: str = "") -> str:
        value = self._values.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self.refuse(f"{name} {self._shown(name)}")
        return value

    def ids(self, name: str, size: int) -> tuple[int, ...]:
        """One token id or a list of them; those outside a vocabulary of `size` are left out."""
        value = self._values.get(name)
        found: list[object] = value if isinstance(value, list) else [] if value is None else [value]
        ids = [item for item in found if isinstance(item, int) and not isinstance(item, bool)]
        if len(ids) != len(found):
            raise self.refuse(f"{name} {self._shown(name)}")
        return tuple(item for item in ids if 0 <= item < size)

    def below(self, name: str) -> Fields:
        """The fields of an object inside this one; none where it is absent."""
        value = self._values.get(name)
        if value is None:
            return Fields({}, self.path)
        if not isinstance(value, dict):
            raise self.refuse(f"{name} {self._shown(name)}")
        return Fields(value, self.path)

    def _shown(self, name: str) -> str:
        return repr(self._values.get(name, "missing"))[:40]
