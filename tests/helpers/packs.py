"""Model packs for tests: made as the app makes them, and by strangers who want to do harm."""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

from app.core.cancel import CancelToken
from app.core.imports import InspectedModel, TaskProgress
from app.model.importing.importer import copy_in
from app.model.importing.inspection import inspect
from app.model.pack import write_pack
from app.model.pack_format import FOLDER, MANIFEST_NAME, MIMETYPE, MIMETYPE_NAME


def looked_at(path: Path, models_dir: Path) -> InspectedModel:
    (model,) = inspect(path, models_dir, CancelToken()).models
    return model


def packed(source: Path, target: Path, models_dir: Path) -> Path:
    """`source` in a new pack."""
    write_pack(looked_at(source, models_dir), models_dir, target, nothing, CancelToken())
    return target


def unpacked(pack: Path, models_dir: Path) -> Path:
    """Where the model of `pack` lies, taken over as the window does it."""
    model_id = copy_in(looked_at(pack, models_dir), "", models_dir, nothing, CancelToken())
    (found,) = [path for path in models_dir.iterdir() if path.name in (model_id, f"{model_id}.gguf")]
    return found


def content(path: Path) -> dict[str, bytes]:
    """Every file at or below `path`, by its name."""
    if path.is_file():
        return {"": path.read_bytes()}
    files = (file for file in sorted(path.rglob("*")) if file.is_file())
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}


def nothing(_progress: TaskProgress) -> None:
    """Tells nobody."""


class Forgery:
    """A pack put together by hand: `entries` are names and bytes, `infos` what else is said of a name."""

    def __init__(self, files: Mapping[str, bytes], /, **manifest: object) -> None:
        listed = [
            {"name": name, "role": "other", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in files.items()
        ]
        self.manifest: dict[str, object] = {
            "format": "teahouse-model",
            "version": 1,
            "name": "a model",
            "folder": "a-model",
            "engine": "glm_torch",
            "family": "",
            "architecture": "chatglm3",
            "precision": "FP16",
            "trained_context": 8192,
            "parameters": 1000,
            "licence": "",
            "files": listed,
            **manifest,
        }
        self.entries: list[tuple[str, bytes]] = [(FOLDER + name, data) for name, data in files.items()]
        self.links: set[str] = set()
        self.compression = zipfile.ZIP_STORED

    def write(self, path: Path) -> Path:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(MIMETYPE_NAME, MIMETYPE)
            for name, data in self.entries:
                info = zipfile.ZipInfo(name)
                info.external_attr = ((stat.S_IFLNK if name in self.links else stat.S_IFREG) | 0o644) << 16
                archive.writestr(info, data, compress_type=self.compression)
            archive.writestr(MANIFEST_NAME, json.dumps(self.manifest))
        return path
