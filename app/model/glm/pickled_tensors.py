"""The names, shapes and dtypes in a pickle of torch.save, found by following its opcodes without running one.

Objects are stood for by values of this module: nothing is imported, called or built. Standard library only.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.model.glm.shard_files import StoredTensor

_STORAGES = {
    "torch HalfStorage": "F16",
    "torch BFloat16Storage": "BF16",
    "torch FloatStorage": "F32",
    "torch CharStorage": "I8",
}
_REBUILD, _ORDERED = "torch._utils _rebuild_tensor_v2", "collections OrderedDict"
_MOST_STEPS = 1_000_000  # a published shard has some ten thousand


@dataclass(frozen=True, slots=True)
class _Global:
    """A name that a real reader would import."""

    name: str


@dataclass(frozen=True, slots=True)
class _Storage:
    """A file of numbers in the archive."""

    dtype: str


def pickled_tensors(program: bytes) -> Mapping[str, StoredTensor] | None:
    """The tensors of a state dict by name; None where the pickle is something else or beyond this reader.

    `program` has passed `shard_files.foreign_global`.
    """
    machine = _Machine()
    try:
        for step, (opcode, argument, _) in enumerate(pickletools.genops(program)):
            if opcode.name == "STOP":
                break
            if step == _MOST_STEPS:
                return None
            machine.step(opcode.name, argument)
        found = machine.stack[-1]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return None
    if not isinstance(found, dict):
        return None
    if not all(isinstance(key, str) and isinstance(value, StoredTensor) for key, value in found.items()):
        return None
    return found


class _Machine:
    """The stack and the memo of a pickle; opcodes that a state dict does not need raise `KeyError`."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}
        self._steps: Mapping[str, Callable[[Any], None]] = {
            **dict.fromkeys(("PROTO", "FRAME"), self._nothing),
            **dict.fromkeys(("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"), self.stack.append),
            **dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1"), self.stack.append),
            **dict.fromkeys(("BINPUT", "LONG_BINPUT"), self._remember),
            **dict.fromkeys(("BINGET", "LONG_BINGET"), self._recall),
            "MEMOIZE": lambda _: self._remember(len(self._memo)),
            "GLOBAL": lambda name: self.stack.append(_Global(name)),
            "NONE": lambda _: self.stack.append(None),
            "NEWTRUE": lambda _: self.stack.append(True),
            "NEWFALSE": lambda _: self.stack.append(False),
            "EMPTY_DICT": lambda _: self.stack.append({}),
            "EMPTY_LIST": lambda _: self.stack.append([]),
            "EMPTY_TUPLE": lambda _: self.stack.append(()),
            "TUPLE1": lambda _: self._tuple(1),
            "TUPLE2": lambda _: self._tuple(2),
            "TUPLE3": lambda _: self._tuple(3),
            "MARK": lambda _: self._marks.append(len(self.stack)),
            "TUPLE": lambda _: self.stack.append(tuple(self._to_mark())),
            "SETITEM": lambda _: self._set(self._take(2)),
            "SETITEMS": lambda _: self._set(self._to_mark()),
            "BINPERSID": lambda _: self._storage(),
            "REDUCE": lambda _: self._reduce(),
            "BUILD": self._build,
        }

    def step(self, name: str, argument: Any) -> None:
        self._steps[name](argument)

    def _nothing(self, _: Any) -> None:
        pass

    def _build(self, _: Any) -> None:
        self._take(1)  # the metadata of a state dict: nothing that is read

    def _remember(self, place: Any) -> None:
        self._memo[int(place)] = self.stack[-1]

    def _recall(self, place: Any) -> None:
        self.stack.append(self._memo[int(place)])

    def _take(self, count: int) -> list[Any]:
        taken = self.stack[-count:]
        if len(taken) < count:
            raise IndexError
        del self.stack[-count:]
        return taken

    def _to_mark(self) -> list[Any]:
        start = self._marks.pop()
        taken = self.stack[start:]
        del self.stack[start:]
        return taken

    def _tuple(self, count: int) -> None:
        self.stack.append(tuple(self._take(count)))

    def _set(self, items: list[Any]) -> None:
        self.stack[-1].update(zip(items[::2], items[1::2], strict=True))

    def _storage(self) -> None:
        (reference,) = self._take(1)
        self.stack.append(_Storage(_STORAGES[reference[1].name]))

    def _reduce(self) -> None:
        function, arguments = self._take(2)
        if function.name == _ORDERED:
            self.stack.append({})
        elif function.name == _REBUILD:
            storage, _, shape = arguments[:3]
            if not all(type(size) is int and size >= 0 for size in shape):
                raise ValueError(shape)
            self.stack.append(StoredTensor(tuple(shape), storage.dtype))
        else:
            raise KeyError(function.name)
