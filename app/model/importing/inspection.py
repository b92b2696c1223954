"""What a person brought: the models in a folder or a file, each with its files and its problem.

Recognised by content, never by name; headers are read, nothing is executed. Blocking: not for the GUI thread.
Decides nothing about what becomes of the models.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from app.core.cancel import CancelToken
from app.core.engine import EngineKind, ModelRef
from app.core.errors import ErrorCode, ErrorInfo, WorldError
from app.core.imports import FileCheck, FileRole, FileState, InspectedModel, Inspection
from app.core.models import FoundModel
from app.model import edition, gguf, library, pack_format
from app.model.glm.config import GlmConfig, read_config
from app.model.glm.family import Family, family_named
from app.model.importing.boundary import Boundary
from app.model.importing.known import known_id, known_packed_id
from app.model.importing.model_folder import check_folder, has_weights, open_tokenizer_file
from app.model.importing.places import same_place
from app.model.importing.tokenizer_check import TokenizerFile
from app.model.names import HUB_BLOBS, HUB_PREFIX, HUB_SNAPSHOTS, published_name

_GGUF_SUFFIX = ".gguf"
_LEAST_BYTES = 24  # of a GGUF file; files of the system that are read without end call themselves empty
# The worst first: one of them is told of the model.
_PROBLEMS: Mapping[FileState, ErrorCode] = {
    FileState.UNSAFE: ErrorCode.MODEL_UNSAFE,
    FileState.OUTSIDE: ErrorCode.MODEL_OUTSIDE,
    FileState.POINTER: ErrorCode.MODEL_LFS_POINTER,
    FileState.MISSING: ErrorCode.MODEL_INCOMPLETE,
    FileState.SHORT: ErrorCode.MODEL_TRUNCATED,
    FileState.UNREADABLE: ErrorCode.MODEL_UNREADABLE,
    FileState.FOREIGN: ErrorCode.MODEL_MIXED,
}
_GGUF_STATES: Mapping[ErrorCode, FileState] = {
    ErrorCode.MODEL_TRUNCATED: FileState.SHORT,
    ErrorCode.MODEL_LFS_POINTER: FileState.POINTER,
    ErrorCode.MODEL_NOT_A_MODEL: FileState.UNREADABLE,
    ErrorCode.MODEL_UNREADABLE: FileState.UNREADABLE,
    ErrorCode.MODEL_MISSING: FileState.MISSING,
}
_NAMED = 3  # files that an error tells by name


def inspect(path: Path, models_dir: Path, cancel: CancelToken, family: str = "") -> Inspection:
    """The models at `path`: a folder that is one or has some below, a GGUF file, a pack, a file of one.

    `family` is the generation where a person said it and the files leave it open. Folders below a model's
    folder belong to it. At most `library.MAX_ENTRIES` entries are looked at, `library.MAX_DEPTH` levels deep.
    Raises `WorldError` MODEL_MISSING, MODEL_UNREADABLE, and `Cancelled`.
    """
    path = Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 - "..", but no link, is taken out
    kind = _kind(path)
    known = library.scan(models_dir)
    inspector = _Inspector(Boundary(path), known, cancel, family, models_dir)
    if kind == "folder":
        return Inspection(str(path), tuple(inspector.below(path)))
    if kind == "file":
        return Inspection(str(path), tuple(_of_file(path, inspector)))
    return Inspection(str(path))  # a pipe or a device


def _kind(path: Path) -> str:
    try:
        if path.is_dir():
            os.scandir(path).close()
            os.stat(os.path.join(path, os.curdir))  # noqa: PTH116, PTH118 - may it be entered, too?
            return "folder"
        path.stat()
        return "file" if path.is_file() else ""
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise WorldError(ErrorCode.MODEL_MISSING, path=path) from None
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=path, detail=detail) from error


def _of_file(path: Path, inspector: _Inspector) -> Iterator[InspectedModel]:
    """The pack, the GGUF file, or the model whose file it is."""
    if (found := inspector.pack(path) or inspector.gguf_file(path)) is not None:
        yield found
        return
    inspector.boundary = Boundary(path.parent)
    model = inspector.folder(path.parent)
    if model is not None and any(
        one.name == path.name and one.role is not FileRole.OTHER for one in model.files
    ):
        yield model


class _Inspector:
    """Looks at places inside what was brought."""

    def __init__(
        self,
        boundary: Boundary,
        known: Sequence[FoundModel],
        cancel: CancelToken,
        family: str,
        models_dir: Path,
    ) -> None:
        self.boundary = boundary
        self._models_dir = models_dir
        self._known = known
        self._cancel = cancel
        self._family = family
        self._seen = 0

    def below(self, root: Path) -> Iterator[InspectedModel]:
        """The models in a folder and below it."""
        folders = [(root, 0)]
        while folders:
            folder, depth = folders.pop(0)
            self._cancel.raise_if_cancelled()
            model = self.folder(folder)
            if model is not None:
                yield model
            for entry in self._entries(folder):
                if self._is_folder(entry):
                    if model is None and depth < library.MAX_DEPTH and self._leads_on(entry):
                        folders.append((Path(entry.path), depth + 1))
                elif (found := self._candidate(entry)) is not None:
                    yield found

    def folder(self, folder: Path) -> InspectedModel | None:
        """The model that a folder is, sound or with its problem; None where it is none."""
        self.boundary.add(folder)
        said = self._family or self._said_before(folder)
        model = library.recognise(folder, said)
        if model is None:
            if not has_weights(folder):
                return None
            name = published_name(folder)
            model = FoundModel(ModelRef(name, EngineKind.GLM_TORCH, str(folder)), name)
        elif model.ref.engine is not EngineKind.GLM_TORCH:  # of another lineage
            return self._told(model, (), (), "")
        config, families, tokenizer = self._generation(folder, said)
        if config is not None and config.family.value != model.architecture:
            model = library.recognise(folder, config.family.value) or model
        try:
            report = check_folder(folder, config, tokenizer, self.boundary, self._cancel)
        except OSError as error:
            params = {"path": str(folder), "detail": error.strerror or type(error).__name__}
            model = replace(model, problem=ErrorInfo(ErrorCode.MODEL_UNREADABLE, params))
            return self._told(model, (), (), "")
        return self._told(model, report.files, families, report.missing)

    def pack(self, path: Path) -> InspectedModel | None:
        """The model in a pack, as its list tells it: the files are held against that when they are copied."""
        if not pack_format.looks_like_pack(path):
            return None
        model = FoundModel(ModelRef(path.stem, EngineKind.GLM_TORCH, str(path)), path.stem)
        try:
            said = pack_format.read_pack(Path(os.path.realpath(path))).manifest
        except WorldError as error:
            problem = ErrorInfo(error.info.code, {**error.info.params, "path": str(path)})
            return InspectedModel(replace(model, problem=problem), is_packed=True)
        weights = [file for file in said.files if file.role is FileRole.WEIGHTS]
        model = replace(
            model,
            ref=ModelRef(said.folder, said.engine, str(path), said.family),
            name=said.name,
            architecture=said.architecture,
            precision_label=said.precision_label,
            trained_context=said.trained_context,
            parameter_count=said.parameter_count,
            file_bytes=sum(file.size for file in weights),
        )
        model = replace(model, problem=edition.problem_of(model.ref))
        return InspectedModel(
            model,
            tuple(FileCheck(one.name, one.role, FileState.GOOD, one.size, one.size) for one in said.files),
            copy_bytes=said.byte_count,
            known_id=known_packed_id([one.sha256 for one in weights], self._known, self._models_dir),
            is_packed=True,
        )

    def gguf_file(self, path: Path) -> InspectedModel | None:
        """The model in a file that is or calls itself a GGUF file; a link that leads out is not followed."""
        calls_itself = path.suffix.lower() == _GGUF_SUFFIX
        look = self.boundary.look(path) if calls_itself or gguf.looks_like_gguf(path) else None
        if look is None:
            return None
        if look.state in (FileState.GOOD, FileState.POINTER):
            model = library.recognise(path)
        else:
            model = FoundModel(ModelRef(path.stem, EngineKind.LLAMA_CPP, str(path)), path.stem)
        if model is None:
            return None
        state, expected = look.state, look.byte_count
        if state is FileState.GOOD and model.problem is not None:
            state = _GGUF_STATES.get(model.problem.code, FileState.GOOD)
            expected = int(model.problem.params.get("expected", "0"))
        elif state is FileState.POINTER:
            model = replace(model, problem=ErrorInfo(ErrorCode.MODEL_LFS_POINTER, {"path": str(path)}))
        check = FileCheck(path.name, FileRole.WEIGHTS, state, look.byte_count, expected)
        return self._told(model, (check,), (), "")

    def _told(
        self, model: FoundModel, files: tuple[FileCheck, ...], families: tuple[str, ...], missing: str
    ) -> InspectedModel:
        problem = edition.problem_of(model.ref) or _problem(model, files, missing)
        model = replace(model, problem=problem)
        return InspectedModel(
            model,
            files,
            families,
            copy_bytes=sum(one.byte_count for one in files if one.state is FileState.GOOD),
            known_id=known_id(model, files, self._known, self._cancel),
            brought=str(self.boundary.brought),
        )

    def _said_before(self, folder: Path) -> str:
        """The generation that a person said when the model was taken over."""
        return next((one.ref.family for one in self._known if same_place(Path(one.ref.path), folder)), "")

    def _generation(
        self, folder: Path, said: str
    ) -> tuple[GlmConfig | None, tuple[str, ...], TokenizerFile | None]:
        """The configuration to read by, the generations that stay possible (the likely one first), and the
        tokenizer where it was asked for that.
        """
        try:
            likely = read_config(folder)
        except WorldError:
            return None, (), None
        if likely.family_is_certain:
            return _read_as(folder, said) or likely, (), None
        readings = [likely]
        readings += [one for family in Family if (one := _read_as(folder, family.value)) is not None]
        tokenizer = open_tokenizer_file(folder, likely, self.boundary)
        if tokenizer is not None:
            fitting = [one for one in readings if tokenizer.state(one) is FileState.GOOD]
            readings = fitting or readings
        families = tuple(dict.fromkeys(one.family.value for one in readings))
        if said in families:
            families = (said, *(family for family in families if family != said))
        config = _read_as(folder, families[0]) or likely
        return config, families if len(families) > 1 else (), tokenizer

    def _entries(self, folder: Path) -> Iterator[os.DirEntry[str]]:
        """What a folder holds, within the limits; of a repository in a hub's cache only what it shows."""
        if self._seen >= library.MAX_ENTRIES:
            return
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError:
            return
        current = _current_snapshot(folder)
        for entry in entries:
            self._cancel.raise_if_cancelled()
            self._seen += 1
            if self._seen > library.MAX_ENTRIES:
                return
            if entry.name.startswith(".") or (current and entry.name != current):
                continue
            if entry.name == HUB_BLOBS and folder.name.startswith(HUB_PREFIX):
                continue
            yield entry

    def _is_folder(self, entry: os.DirEntry[str]) -> bool:
        try:
            return entry.is_dir(follow_symlinks=False)
        except OSError:
            return False

    def _leads_on(self, entry: os.DirEntry[str]) -> bool:
        """Not so a junction of Windows that leads out."""
        return self.boundary.holds(Path(entry.path))

    def _candidate(self, entry: os.DirEntry[str]) -> InspectedModel | None:
        """The model that a file of a folder is by itself."""
        path = Path(entry.path)
        try:
            is_linked = entry.is_symlink()
            if is_linked and not self.boundary.holds(path):
                return self.gguf_file(path) if path.suffix.lower() == _GGUF_SUFFIX else None
            if not entry.is_file() or entry.stat().st_size < _LEAST_BYTES:
                return None
        except OSError:
            return None
        return self.pack(path) or self.gguf_file(path)


def _current_snapshot(folder: Path) -> str:
    """The snapshot that a hub's cache calls current; "" where `folder` holds no snapshots, or none is."""
    if folder.name != HUB_SNAPSHOTS or not folder.parent.name.startswith(HUB_PREFIX):
        return ""
    head = folder.parent / "refs" / "main"
    try:
        if not head.is_file() or head.stat().st_size > 200:
            return ""
        name = head.read_text(encoding="ascii").strip()
        return name if name and os.path.basename(name) == name and (folder / name).is_dir() else ""  # noqa: PTH119
    except (OSError, ValueError):
        return ""


def _read_as(folder: Path, family: str) -> GlmConfig | None:
    """The configuration read as a generation; None where it does not fit, or none is named."""
    wanted = family_named(family)
    if wanted is None:
        return None
    try:
        return read_config(folder, wanted)
    except WorldError:
        return None


def _problem(model: FoundModel, files: Sequence[FileCheck], missing: str) -> ErrorInfo | None:
    """What is told of the model: that it cannot be run, else the worst that was found about its files."""
    if model.problem is not None and model.problem.code is ErrorCode.MODEL_UNSUPPORTED:
        return model.problem
    path = model.ref.path
    is_folder = model.ref.engine is EngineKind.GLM_TORCH
    for state, code in _PROBLEMS.items():
        bad = [one for one in files if one.state is state]
        if not bad:
            continue
        if model.problem is not None and not is_folder and code is not ErrorCode.MODEL_OUTSIDE:
            return model.problem
        if code is ErrorCode.MODEL_TRUNCATED:
            return _cut(bad[0], Path(path) / bad[0].name if is_folder else Path(path))
        more = f" +{len(bad) - _NAMED}" if len(bad) > _NAMED else ""
        detail = ", ".join(one.name for one in bad[:_NAMED]) + more
        return ErrorInfo(code, {"path": path, "detail": detail})
    if missing:
        return ErrorInfo(ErrorCode.MODEL_INCOMPLETE, {"path": path, "detail": missing})
    return model.problem


def _cut(file: FileCheck, path: Path) -> ErrorInfo:
    params = {"path": str(path)}
    if file.expected_bytes > file.byte_count:
        params |= {"expected": str(file.expected_bytes), "actual": str(file.byte_count)}
    return ErrorInfo(ErrorCode.MODEL_TRUNCATED, params)
