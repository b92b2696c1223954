"""A folder with a model of the lineage, file by file: what is needed, what is there, what is wrong with it.

Opens regular files inside what was brought and reads their beginnings; executes nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.cancel import CancelToken
from app.core.errors import ErrorCode, WorldError
from app.core.imports import FileCheck, FileRole, FileState
from app.model.glm.checkpoint_files import WeightSet, find_sets
from app.model.glm.config import CONFIG_NAME, GlmConfig
from app.model.glm.config_fields import read_object
from app.model.glm.tokenizers.opening import CONFIG_NAME as TOKENIZER_CONFIG
from app.model.glm.tokenizers.opening import FILE_NAMES, JSON_NAME
from app.model.importing.boundary import Boundary
from app.model.importing.tokenizer_check import TokenizerFile, find_tokenizer
from app.model.importing.weight_check import check_weights

MOST_UNUSED = 200
"""Files that are told though nothing needs them; a folder may hold thousands."""

_WEIGHT_SUFFIXES = frozenset({".safetensors", ".bin", ".gguf", ".pt", ".pth", ".onnx"})
_TOKENIZER_CONFIG_LIMIT = 4 << 20  # bytes
# Read where they are there, and published beside the model: a copy has them too.
_COMPANIONS = {
    "generation_config.json": FileRole.CONFIG,
    "chat_template.jinja": FileRole.TOKENIZER,
    "special_tokens_map.json": FileRole.TOKENIZER,
    "added_tokens.json": FileRole.TOKENIZER,
    **{name: FileRole.TOKENIZER for names in FILE_NAMES.values() for name in names},
}
# The licences ask that their text goes with every copy (reference section 10).
_TEXT = re.compile(r"(.*licen[cs]e|notice|readme|copying)[^.]*(\.(md|txt|rst|pdf))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FolderReport:
    """The files, those that are needed first. `missing` are tensors that no file holds, "" for none."""

    files: tuple[FileCheck, ...]
    missing: str = ""


def check_folder(
    folder: Path,
    config: GlmConfig | None,
    tokenizer: TokenizerFile | None,
    boundary: Boundary,
    cancel: CancelToken,
) -> FolderReport:
    """What is found about the files in `folder`; without a `config` only what any model needs.

    `tokenizer` is its tokenizer where it was read before. Raises `OSError` where the folder cannot be listed,
    and `Cancelled`.
    """
    files = [_config_file(folder, boundary)]
    index, chosen = _chosen_weights(folder, boundary)
    files += index
    report = check_weights(chosen.files, chosen.promised, config, boundary, cancel)
    files += report.files
    if config is not None:
        files += _tokenizer_files(folder, config, tokenizer, boundary)
    told = {one.name for one in files}
    files += _others(folder, told, boundary)
    return FolderReport(tuple(files), report.missing)


def open_tokenizer_file(folder: Path, config: GlmConfig, boundary: Boundary) -> TokenizerFile | None:
    """The tokenizer that the folder has for the generation of `config`, read; None where it cannot be."""
    path = find_tokenizer(folder, config.family)
    if boundary.look(path).state is not FileState.GOOD:
        return None
    try:
        return TokenizerFile(path)
    except OSError:
        return None


def has_weights(folder: Path) -> bool:
    """Whether something in the folder speaks of weights as they are published."""
    try:
        return next(find_sets(folder), None) is not None
    except WorldError:
        return True  # an index that makes no sense
    except OSError:
        return False


def _config_file(folder: Path, boundary: Boundary) -> FileCheck:
    look = boundary.look(folder / CONFIG_NAME)
    state = look.state
    if state is FileState.GOOD:
        try:
            if not isinstance(read_object(folder / CONFIG_NAME).get("model_type"), str):
                state = FileState.UNREADABLE
        except WorldError:
            state = FileState.UNREADABLE
    return FileCheck(CONFIG_NAME, FileRole.CONFIG, state, look.byte_count)


def _chosen_weights(folder: Path, boundary: Boundary) -> tuple[list[FileCheck], WeightSet]:
    """The index, if there is one, and the set that the engine takes; of several incomplete ones the first."""
    first: WeightSet | None = None
    try:
        for found in find_sets(folder):
            if not found.absent:
                first = found
                break
            first = first or found
    except WorldError as error:
        path = Path(error.info.params["path"])
        look = boundary.look(path)
        state = FileState.UNREADABLE if look.state is FileState.GOOD else look.state
        if error.info.code is ErrorCode.MODEL_UNREADABLE and first is None:
            return [FileCheck(path.name, FileRole.WEIGHTS, state, look.byte_count)], WeightSet((), {}, None)
    if first is None:
        return [], WeightSet((folder / "model.safetensors",), {}, None)
    if first.index is None:
        return [], first
    look = boundary.look(first.index)
    return [FileCheck(first.index.name, FileRole.WEIGHTS, look.state, look.byte_count)], first


def _tokenizer_files(
    folder: Path, config: GlmConfig, tokenizer: TokenizerFile | None, boundary: Boundary
) -> Iterator[FileCheck]:
    path = find_tokenizer(folder, config.family)
    look = boundary.look(path)
    state = look.state
    if state is FileState.GOOD:
        if tokenizer is None or tokenizer.path != path:
            tokenizer = open_tokenizer_file(folder, config, boundary)
        state = FileState.UNREADABLE if tokenizer is None else tokenizer.state(config)
    yield FileCheck(path.name, FileRole.TOKENIZER, state, look.byte_count)
    beside = folder / TOKENIZER_CONFIG
    look = boundary.look(beside)
    if look.state is FileState.MISSING:
        return
    state = look.state
    if path.name == JSON_NAME:  # the engine does not read it then
        state = FileState.GOOD if state is FileState.GOOD else FileState.UNUSED
    elif state is FileState.GOOD:
        try:
            read_object(beside, _TOKENIZER_CONFIG_LIMIT)
        except WorldError:
            state = FileState.UNREADABLE
    yield FileCheck(TOKENIZER_CONFIG, FileRole.TOKENIZER, state, look.byte_count)


def _others(folder: Path, told: set[str], boundary: Boundary) -> list[FileCheck]:
    """Files that the model does without: those that go with it, then the unused ones, up to a number."""
    kept: list[FileCheck] = []
    unused: list[FileCheck] = []
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if not entry.is_dir() and entry.name not in told)
    for name in names:
        role = _COMPANIONS.get(name, FileRole.OTHER)
        if role is FileRole.OTHER and Path(name).suffix.lower() in _WEIGHT_SUFFIXES:
            role = FileRole.WEIGHTS
        goes_along = name in _COMPANIONS or _TEXT.fullmatch(name) is not None
        if not goes_along and (name.startswith(".") or len(unused) == MOST_UNUSED):
            continue
        look = boundary.look(folder / name)
        if goes_along and look.state is FileState.GOOD:
            kept.append(FileCheck(name, role, FileState.GOOD, look.byte_count))
        else:
            unused.append(FileCheck(name, role, FileState.UNUSED, look.byte_count))
    return kept + _by_weight(unused)


def _by_weight(files: Sequence[FileCheck]) -> list[FileCheck]:
    """A second set of weights before everything else."""
    return sorted(files, key=lambda one: (one.role is not FileRole.WEIGHTS, one.name))
