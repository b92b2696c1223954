"""Recognises a model of the lineage as it is published for torch: a folder of config, weights and tokenizer.

Looks at names, sizes and the first bytes, so that a person is told at once what a download left out. Whether
every tensor is there is for the engine to find. Imports no engine and nothing heavy.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

from app.core.engine import EngineKind, ModelRef
from app.core.errors import ErrorCode, ErrorInfo, WorldError
from app.core.models import FoundModel
from app.model.glm.checkpoint_files import find_files
from app.model.glm.config import CONFIG_NAME, GlmConfig, read_config
from app.model.glm.config_fields import read_object
from app.model.glm.family import family_named
from app.model.glm.shard_files import LFS_POINTER, ZIP
from app.model.glm.tokenizers.opening import FILE_NAMES
from app.model.model_shapes import shape_of_config
from app.model.names import published_name

MODEL_TYPES = frozenset({"chatglm", "glm", "glm4"})
"""What `model_type` says in the config.json of every generation (reference section 1)."""

_MAX_HEADER_BYTES = 100 << 20  # of a safetensors file, the library's own bound
_STORED = {"float16": "FP16", "bfloat16": "BF16", "float32": "FP32"}
_QUANTIZED = {4: "INT4", 8: "INT8"}


def recognise(folder: Path, family: str = "") -> FoundModel | None:
    """The model in `folder`, sound or with its problem; None where it holds none of the lineage.

    `family` is the generation that a person said; it counts where the files leave it possible. A folder with
    a configuration, no weights and a GGUF file is left to the recogniser of GGUF files.
    """
    if not folder.is_dir() or _model_type(folder) not in MODEL_TYPES:
        return None
    name = published_name(folder)
    model = FoundModel(ModelRef(name, EngineKind.GLM_TORCH, str(folder)), name)
    try:
        config, said = _read(folder, family)
        model = replace(
            model,
            ref=replace(model.ref, family=said),
            architecture=config.family.value,
            precision_label=_QUANTIZED.get(config.quantization_bits) or _STORED[config.stored_dtype],
            trained_context=config.longest_context,
            parameter_count=config.parameter_count,
        )
        weights = _weights(folder)
        if weights is None:
            return None
        size = sum(path.stat().st_size for path in weights)
        model = replace(model, file_bytes=size, shape=shape_of_config(config, size))
        for path in (*weights, _tokenizer(folder, config)):
            _ensure_whole(path)
    except WorldError as error:
        return replace(model, problem=_of_the_folder(error.info, folder))
    except OSError as error:
        params = {"path": str(folder), "detail": error.strerror or type(error).__name__}
        return replace(model, problem=ErrorInfo(ErrorCode.MODEL_UNREADABLE, params))
    return model


def _read(folder: Path, family: str) -> tuple[GlmConfig, str]:
    """The configuration, and the generation by which it was read where one was said that fits."""
    wanted = family_named(family)
    if wanted is not None:
        try:
            return read_config(folder, wanted), family
        except WorldError:
            pass  # the files were replaced since: they are told as what they are
    return read_config(folder), ""


def _model_type(folder: Path) -> object:
    try:
        return read_object(folder / CONFIG_NAME).get("model_type")
    except WorldError:
        return None


def _weights(folder: Path) -> list[Path] | None:
    """The files of the checkpoint; None where a GGUF file is all the weights there are."""
    try:
        return find_files(folder)[0]
    except WorldError:
        suffixes = {path.suffix.lower() for path in folder.iterdir()}
        if ".gguf" in suffixes and not suffixes & {".safetensors", ".bin"}:
            return None
        raise


def _tokenizer(folder: Path, config: GlmConfig) -> Path:
    names = FILE_NAMES[config.family]
    found = next((folder / name for name in names if (folder / name).is_file()), None)
    if found is None:
        raise WorldError(ErrorCode.MODEL_INCOMPLETE, path=folder, detail=" / ".join(names))
    return found


def _ensure_whole(path: Path) -> None:
    """Raise MODEL_LFS_POINTER, MODEL_TRUNCATED or MODEL_INCOMPLETE for what a download left of a file."""
    size = path.stat().st_size
    with path.open("rb") as file:
        begin = file.read(len(LFS_POINTER))
    if begin == LFS_POINTER:
        raise WorldError(ErrorCode.MODEL_LFS_POINTER, path=path)
    if size == 0:
        raise WorldError(ErrorCode.MODEL_INCOMPLETE, path=path, detail=path.name)
    if path.suffix == ".safetensors":
        expected = _safetensors_bytes(path, begin)
        if size < expected:
            raise WorldError(ErrorCode.MODEL_TRUNCATED, path=path, expected=expected, actual=size)
    elif begin.startswith(ZIP) and not zipfile.is_zipfile(path):  # the directory stands at its end
        raise WorldError(ErrorCode.MODEL_INCOMPLETE, path=path, detail=path.name)


def _safetensors_bytes(path: Path, begin: bytes) -> int:
    """The size that the header of a safetensors file promises; 0 where it makes no sense."""
    length = int.from_bytes(begin[:8], "little")
    if not 2 <= length <= _MAX_HEADER_BYTES:
        return 0
    with path.open("rb") as file:
        file.seek(8)
        header = file.read(length)
    if len(header) < length:
        return 8 + length
    try:
        entries = json.loads(header)
        ends = [int(entry["data_offsets"][1]) for key, entry in entries.items() if key != "__metadata__"]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        return 0
    return 8 + length + max(ends, default=0)


def _of_the_folder(error: ErrorInfo, folder: Path) -> ErrorInfo:
    """The problem told of the model, which a person knows by name; a cut file is named itself."""
    if error.code is ErrorCode.MODEL_TRUNCATED:
        return error
    path = Path(error.params.get("path", ""))
    detail = error.params.get("detail") or (path.name if path != folder else "")
    return ErrorInfo(error.code, {**error.params, "path": str(folder), "detail": detail})
