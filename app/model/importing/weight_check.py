"""The files of weights of one model, each looked at by its header alone: whole, safe, and of this model.

The rules are those of `model.glm.checkpoint`, which has the last word when the model is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.cancel import CancelToken
from app.core.errors import ErrorCode, WorldError
from app.core.imports import FileCheck, FileRole, FileState
from app.model.glm.config import GlmConfig
from app.model.glm.keys import Wanted, is_ignored, least_bytes, wanted_tensors
from app.model.glm.pickled_tensors import pickled_tensors
from app.model.glm.shard_files import StoredTensor, opening_bytes, pickle_program, safetensors_entries
from app.model.importing.boundary import Boundary

_STATES: Mapping[ErrorCode, FileState] = {
    ErrorCode.MODEL_LFS_POINTER: FileState.POINTER,
    ErrorCode.MODEL_TRUNCATED: FileState.SHORT,
    ErrorCode.MODEL_UNSAFE: FileState.UNSAFE,
}
_FLOATS = frozenset({"F16", "BF16", "F32"})
_NAMED = 3  # missing tensors that an error tells by name


@dataclass(frozen=True, slots=True)
class WeightsReport:
    """The files in order, and the tensors that none of them holds, for an error; "" where all are there."""

    files: tuple[FileCheck, ...]
    missing: str = ""


@dataclass(frozen=True, slots=True)
class _Opened:
    """A file with what its header told; `tensors` None where that cannot be said without running it."""

    check: FileCheck
    tensors: Mapping[str, StoredTensor] | None = None


def check_weights(
    files: Sequence[Path],
    promised: Mapping[str, Sequence[str]],
    config: GlmConfig | None,
    boundary: Boundary,
    cancel: CancelToken,
) -> WeightsReport:
    """What is found about `files`, of which an index has `promised` keys by name.

    Without a `config` nobody can say what belongs to the model. Raises `Cancelled`.
    """
    wanted = {} if config is None else wanted_tensors(config)
    opened: list[_Opened] = []
    for path in files:
        cancel.raise_if_cancelled()
        keys = promised.get(path.name, wanted)
        least = sum(least_bytes(config, wanted[key].shape) for key in keys if key in wanted) if config else 0
        opened.append(_open(path, least, boundary))
    if config is None:
        return WeightsReport(tuple(one.check for one in opened))
    return _compared(opened, wanted, config)


def _open(path: Path, least: int, boundary: Boundary) -> _Opened:
    look = boundary.look(path)
    if look.state is not FileState.GOOD:
        return _Opened(FileCheck(path.name, FileRole.WEIGHTS, look.state, look.byte_count, least))
    state, expected = FileState.GOOD, look.byte_count
    tensors: Mapping[str, StoredTensor] | None = None
    try:
        begin = opening_bytes(path, look.byte_count, least)
        if path.suffix == ".safetensors":
            tensors = safetensors_entries(path, look.byte_count)
        else:
            tensors = pickled_tensors(pickle_program(path, look.byte_count, begin, least))
    except WorldError as error:
        state = _STATES.get(error.info.code, FileState.UNREADABLE)
        expected = int(error.info.params.get("expected", "0"))
    except OSError:
        state = FileState.UNREADABLE
    return _Opened(FileCheck(path.name, FileRole.WEIGHTS, state, look.byte_count, expected), tensors)


def _compared(opened: Sequence[_Opened], wanted: Mapping[str, Wanted], config: GlmConfig) -> WeightsReport:
    """The files held against the configuration and against each other."""
    checks: list[FileCheck] = []
    seen: set[str] = set()
    for one in opened:
        check = one.check
        if one.tensors is not None:
            belongs = seen.isdisjoint(one.tensors) and all(
                _belongs(key, tensor, wanted, config) for key, tensor in one.tensors.items()
            )
            seen.update(one.tensors)
            if not belongs:
                check = FileCheck(check.name, check.role, FileState.FOREIGN, check.byte_count)
        checks.append(check)
    if any(one.tensors is None for one in opened):
        return WeightsReport(tuple(checks))
    missing = [key for key in wanted if key not in seen]
    more = f" +{len(missing) - _NAMED}" if len(missing) > _NAMED else ""
    return WeightsReport(tuple(checks), ", ".join(missing[:_NAMED]) + more)


def _belongs(key: str, tensor: StoredTensor, wanted: Mapping[str, Wanted], config: GlmConfig) -> bool:
    expected = wanted.get(key)
    if expected is None:
        return is_ignored(config, key)
    dtypes = {"I8"} if expected.is_integer else _FLOATS
    return tensor.shape == expected.shape and tensor.dtype in dtypes
