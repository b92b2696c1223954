"""The models on this machine (in the models folder, in places of their own, in the program), and which one a
word means.

Recognises by content, never by name, and loads nothing. A new kind of model is one recogniser and its line in
`_RECOGNISERS`. Blocking (reads the beginning of every file): not for the GUI thread. Knows no engine.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from app.core.engine import EngineKind, ModelRef
from app.core.errors import ErrorCode, ErrorInfo, WorldError
from app.core.models import FoundModel
from app.core.paths import PREPARED_FOLDER
from app.model import edition, gguf, starter, torch_folder
from app.model.importing import places
from app.model.importing.places import Place
from app.model.model_shapes import shape_of_gguf

MAX_DEPTH = 6
MAX_ENTRIES = 20_000
"""Files and folders looked at in one scan; a whole disk given as models folder must not hang the app."""
MAX_CONFIG_BYTES = 1 << 20

_SUFFIX = ".gguf"
_WEIGHTS = (".safetensors", ".bin")


def scan(models_dir: Path) -> list[FoundModel]:
    """All models below `models_dir`, also those that cannot be used (with their problem), ordered by place.

    Behind them stand those used in their own place, also where that is gone (MODEL_MISSING), and last the
    starter that came with the program, where the person has none of their own. Ids are the file's or folder's
    name without its suffix; of two with one name, the one that lies deeper (or later in the alphabet) is
    called by its path. Links that lead out are not followed. A folder that is missing or
    cannot be read holds nothing. A folder inside a model's folder belongs to that model; what was prepared
    from models is none. Never raises `OSError`.
    """
    models = _below(models_dir)
    bundled = starter.bundled()
    if bundled is None or any(model.is_starter for model in models):
        return models
    return [*models, *_within_program(bundled, {model.ref.id for model in models})]


def _below(models_dir: Path) -> list[FoundModel]:
    """The models of a folder and those on its list."""
    listed = places.read(models_dir)
    families = {place.absolute(models_dir): place.family for place in listed if not place.is_elsewhere}
    away = [place for place in listed if place.is_elsewhere and place.id]
    elsewhere = {place.id: _elsewhere(place, models_dir) for place in away}
    found: dict[str, FoundModel] = {}
    folders: set[Path] = set()
    for path in sorted(_candidates(models_dir), key=lambda path: (len(path.parts), str(path))):
        is_folder = os.path.isdir(path)  # noqa: PTH112 - does not raise where a folder may not be entered
        if is_folder and not folders.isdisjoint(path.parents):
            continue
        model = recognise(path, families.get(path, ""))
        if model is None:
            continue
        if is_folder:
            folders.add(path)
        model_id = model.ref.id
        if model_id in found or model_id in elsewhere:
            relative = path.relative_to(models_dir)
            model_id = (relative if is_folder else relative.with_suffix("")).as_posix()
        while model_id in found or model_id in elsewhere:
            model_id += "+"
        found[model_id] = replace(model, ref=replace(model.ref, id=model_id))
    return [*found.values(), *elsewhere.values()]


def _within_program(path: Path, taken: Collection[str]) -> Iterator[FoundModel]:
    """The starter inside the frozen app; a damaged one of the person's own may have its id already."""
    model = recognise(path)
    if model is not None:
        model_id = model.ref.id
        while model_id in taken:
            model_id += "+"
        yield replace(model, ref=replace(model.ref, id=model_id), is_elsewhere=True, is_bundled=True)


def resolve(ref_text: str, models_dir: Path) -> FoundModel:
    """The model that `ref_text` means: an id or a name in `models_dir`, a model file, or a folder.

    Raises `WorldError` MODEL_MISSING, or the problem of the model that was meant.
    """
    models = scan(models_dir)
    by_id = next((m for m in models if m.ref.id == ref_text), None)
    by_name = next(
        (m for m in models if ref_text.casefold() in (m.ref.id.casefold(), m.name.casefold())), None
    )
    model = by_id or by_name or _at_path(ref_text, models)
    if model.problem is not None:
        raise WorldError.from_info(model.problem)
    return model


def default_model(models: Sequence[FoundModel], last_used: str = "", chosen: str = "") -> FoundModel | None:
    """The model to start with: the one chosen for every start (an id), the last used (an id), a GLM, another
    that the person added, the starter.

    The starter is for a computer without models: where there is a GLM it is none of them.
    """
    usable = [model for model in models if model.problem is None]
    glm = [model for model in usable if _is_glm(model)]
    first = [model for model in usable if not (model.is_starter and glm)]
    named = [model for wanted in (chosen, last_used) for model in first if model.ref.id == wanted]
    own = [model for model in usable if not model.is_starter]
    return next(iter(named + glm + own + usable), None)


def recognise(path: Path, family: str = "") -> FoundModel | None:
    """The model that a file or folder is, sound or with its problem; None where it is none.

    `family` is the generation that a person said of a folder whose files leave it open.
    """
    try:
        for recogniser in _RECOGNISERS:
            if (model := recogniser(path, family)) is not None:
                return replace(model, problem=edition.problem_of(model.ref) or model.problem)
    except OSError:  # a folder that may be seen and not entered
        return None
    return None


def model_name(path: Path, header: gguf.GgufHeader) -> str:
    """What a person reads: the starter's own name, else what the file calls itself, else the file's name."""
    if starter.is_probably(path):
        return starter.NAME
    return header.name or path.stem


def _candidates(models_dir: Path) -> Iterator[Path]:
    """Files and folders below `models_dir`, within the limits."""
    root = Path(os.path.realpath(models_dir))
    folders = [(models_dir, 0)]
    seen = 0
    while folders:
        folder, depth = folders.pop(0)
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            seen += 1
            if seen > MAX_ENTRIES:
                return
            if entry.name.startswith(".") or entry.is_symlink():
                continue
            if depth == 0 and entry.name == PREPARED_FOLDER:
                continue
            if not Path(os.path.realpath(entry.path)).is_relative_to(root):  # a junction of Windows
                continue
            if entry.is_dir(follow_symlinks=False) and depth < MAX_DEPTH:
                folders.append((Path(entry.path), depth + 1))
                yield Path(entry.path)
            elif entry.is_file(follow_symlinks=False):  # never opens a pipe or a device
                yield Path(entry.path)


def _at_path(ref_text: str, models: Sequence[FoundModel]) -> FoundModel:
    """The model at a path; a folder that is none itself stands for the model in it."""
    path = Path(ref_text).expanduser().absolute()
    known = next((model for model in models if Path(model.ref.path) == path), None)
    if known is not None:
        return known
    if not path.is_file() and not path.is_dir():
        raise WorldError(ErrorCode.MODEL_MISSING, path=ref_text)
    model = recognise(path)
    if model is None and path.is_dir():
        inside = _below(path)
        model = default_model(inside) or next(iter(inside), None)
    if model is None:
        raise WorldError(ErrorCode.MODEL_NOT_A_MODEL, path=path)
    return model


def _elsewhere(place: Place, models_dir: Path) -> FoundModel:
    """The model at a place of its own, or what is remembered of it."""
    path = place.absolute(models_dir)
    ref = ModelRef(place.id, place.engine, str(path), place.family)
    model = recognise(path, place.family) if os.path.lexists(path) else None
    if model is None:
        gone = ErrorInfo(ErrorCode.MODEL_MISSING, {"path": str(path)})
        return FoundModel(ref, place.name or place.id, problem=gone, is_elsewhere=True)
    return replace(model, ref=replace(model.ref, id=place.id), is_elsewhere=True)


def _is_glm(model: FoundModel) -> bool:
    """Whether it is of the lineage; GGUF files name its networks chatglm, glm4 and the like."""
    return model.ref.engine is EngineKind.GLM_TORCH or model.architecture.startswith(("chatglm", "glm"))


def _recognise_gguf(path: Path, _family: str) -> FoundModel | None:
    """A GGUF file, sound or not; also a file that only calls itself one."""
    if path.is_dir() or (not gguf.looks_like_gguf(path) and path.suffix.lower() != _SUFFIX):
        return None
    model = FoundModel(ModelRef(path.stem, EngineKind.LLAMA_CPP, str(path)), path.stem)
    try:
        header = gguf.read_header(path)
        gguf.ensure_chat_model(path, header)
    except WorldError as error:
        return replace(model, problem=error.info, file_bytes=_size(path))
    return replace(
        model,
        name=model_name(path, header),
        architecture=header.architecture,
        precision_label=header.precision_label,
        trained_context=header.trained_context,
        parameter_count=header.parameter_count,
        file_bytes=header.file_bytes,
        is_starter=starter.is_probably(path),
        shape=shape_of_gguf(header),
    )


def _recognise_checkpoint(path: Path, _family: str) -> FoundModel | None:
    """A folder as other models are published for torch: `config.json` and weights. No engine hosts it."""
    config = path / "config.json"
    if not path.is_dir() or not config.is_file():
        return None
    try:
        weights = [entry for entry in path.iterdir() if entry.suffix in _WEIGHTS and entry.is_file()]
        with config.open("rb") as file:
            values = json.loads(file.read(MAX_CONFIG_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    model_type = values.get("model_type") if isinstance(values, dict) else None
    if not weights or not isinstance(model_type, str):
        return None
    detail = {"path": str(path), "detail": model_type}
    return FoundModel(
        ModelRef(path.name, EngineKind.LLAMA_CPP, str(path)),
        path.name,
        architecture=model_type,
        file_bytes=sum(_size(entry) for entry in weights),
        problem=ErrorInfo(ErrorCode.MODEL_UNSUPPORTED, detail),
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


_RECOGNISERS: tuple[Callable[[Path, str], FoundModel | None], ...] = (
    _recognise_gguf,
    torch_folder.recognise,
    _recognise_checkpoint,
)
