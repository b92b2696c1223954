"""What a model pack is: one file with a model, its hashes and what was said of it, to be carried elsewhere.

A zip archive whose members are stored as they are, so that each is a slice of the file: `mimetype` first (as
in EPUB, so that the beginning tells what it is), the model's files below `model/`, and `manifest.json` last.
Everything else is refused: what a stranger's archive can do (paths that lead out, links, bombs, names twice)
has no place in this form. Reads the directory and the manifest only; `pack` writes, `importing.importer`
copies out. Knows nothing of what is in a model.
"""

from __future__ import annotations

import errno
import json
import stat
import struct
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from app.core.engine import EngineKind
from app.core.errors import ErrorCode, WorldError
from app.core.imports import FileRole
from app.model.importing.hashing import Slice
from app.model.names import is_portable

SUFFIX: Final = ".teahousemodel"
VERSION: Final = 1
"""Of the manifest; a higher one is a newer Teahouse's."""
MIMETYPE_NAME, MIMETYPE = "mimetype", b"application/x-teahouse-model"
MANIFEST_NAME, FOLDER = "manifest.json", "model/"
MAX_FILES: Final = 2000
MAX_MANIFEST_BYTES: Final = 4 << 20

_MAX_DIRECTORY_BYTES = 4 << 20  # of the archive; zipfile reads all of it
_MAX_DEPTH = 3
_MAX_TEXT = 300
_MOST_NUMBER = 1 << 62
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_LOCAL_MAGIC = b"PK\x03\x04"
_END = struct.Struct("<4s4H2IH")
_END_MAGIC = b"PK\x05\x06"
_END_64_LOCATOR = struct.Struct("<4sIQI")
_END_64_LOCATOR_MAGIC = b"PK\x06\x07"
_END_64 = struct.Struct("<4sQ2H2I4Q")
_END_64_MAGIC = b"PK\x06\x06"
_SEALED_FLAGS = 0x1 | 0x20 | 0x40 | 0x2000  # encrypted, patched, with a directory that is encrypted
_BEGIN = _LOCAL_HEADER.size + len(MIMETYPE_NAME) + len(MIMETYPE)
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file of the model, by its name inside the model's folder, with "/"; SHA-256 in hexadecimal."""

    name: str
    role: FileRole
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a pack says of its model.

    `folder` is what the model's folder or file is to be called, without a suffix; `name` is for people.
    `family` is the generation by which it is read, "" where its files say that. `licence` is the name that
    the publisher gives, "" where that is not known.
    """

    name: str
    folder: str
    engine: EngineKind
    family: str
    architecture: str
    precision_label: str
    trained_context: int
    parameter_count: int
    licence: str
    files: tuple[PackedFile, ...]

    @property
    def byte_count(self) -> int:
        """What the files take together."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack that is in order, as far as that shows without reading it all; where each file lies in it."""

    path: Path
    manifest: Manifest
    slices: Mapping[str, Slice]


class _DamagedError(ValueError):
    """Not a pack as it was written, and in what way."""


def looks_like_pack(path: Path) -> bool:
    """Whether the file begins as a pack does, or calls itself one. Opens regular files only; never raises."""
    try:
        if not path.is_file():
            return False
        if path.suffix.lower() == SUFFIX:
            return True
        with path.open("rb") as file:
            return _begins_well(file)
    except (OSError, ValueError):
        return False


def read_pack(path: Path) -> Pack:
    """The pack at `path`, a resolved path. Raises `WorldError` PACK_DAMAGED, PACK_NEWER, MODEL_UNREADABLE."""
    try:
        with path.open("rb") as file:
            if not _begins_well(file):
                raise _DamagedError("it begins otherwise")
            with _archive(file) as archive:
                members = _members(archive)
                manifest = _read_manifest(path, archive, members)
                slices = _slices(path, file, archive.start_dir, members)
    except _DamagedError as error:
        raise WorldError(ErrorCode.PACK_DAMAGED, path=path, detail=error) from error
    except OSError as error:
        detail = error.strerror or type(error).__name__
        # zipfile goes wherever a damaged head sends it, also before the beginning
        code = ErrorCode.PACK_DAMAGED if error.errno == errno.EINVAL else ErrorCode.MODEL_UNREADABLE
        raise WorldError(code, path=path, detail=detail) from error
    wanted = {FOLDER + file.name: file.size for file in manifest.files}
    found = {name: part.size for name, part in slices.items()}
    if found != wanted:
        raise WorldError(ErrorCode.PACK_DAMAGED, path=path, detail="other files than its list says")
    return Pack(path, manifest, {name.removeprefix(FOLDER): part for name, part in slices.items()})


def manifest_bytes(manifest: Manifest) -> bytes:
    """The manifest as it stands in a pack."""
    content = {
        "format": "teahouse-model",
        "version": VERSION,
        "name": manifest.name,
        "folder": manifest.folder,
        "engine": manifest.engine.value,
        "family": manifest.family,
        "architecture": manifest.architecture,
        "precision": manifest.precision_label,
        "trained_context": manifest.trained_context,
        "parameters": manifest.parameter_count,
        "licence": manifest.licence,
        "files": [
            {"name": file.name, "role": file.role.value, "bytes": file.size, "sha256": file.sha256}
            for file in manifest.files
        ],
    }
    return f"{json.dumps(content, indent=1, ensure_ascii=False)}\n".encode()


def is_file_name(name: str) -> bool:
    """Whether `name` may stand in a pack: relative, staying inside, and good on every system."""
    parts = name.split("/")
    return len(parts) <= _MAX_DEPTH and all(is_portable(part) for part in parts)


# The archive


def _begins_well(file: IO[bytes]) -> bool:
    begin = file.read(_BEGIN)
    expected = MIMETYPE_NAME.encode() + MIMETYPE
    return begin.startswith(_LOCAL_MAGIC) and begin[_LOCAL_HEADER.size :] == expected


@contextmanager
def _archive(file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """The archive, opened after a look at how large its directory calls itself."""
    size = file.seek(0, 2)
    if _directory_bytes(file, size) > min(_MAX_DIRECTORY_BYTES, size):
        raise _DamagedError("no directory, or one that is too large")
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, RuntimeError, struct.error, EOFError, OverflowError) as error:
        raise _DamagedError(str(error)) from error
    with archive:
        yield archive


def _directory_bytes(file: IO[bytes], size: int) -> int:
    """What the last record of the archive says; it is the very end of the file."""
    at = size - _END.size
    magic, *_, length, _start, comment = _END.unpack(_read_at(file, at, _END.size))
    if magic != _END_MAGIC or comment:
        raise _DamagedError("it was cut, or is no archive")
    at -= _END_64_LOCATOR.size
    if at < 0:
        return int(length)
    magic, _disk, record, _disks = _END_64_LOCATOR.unpack(_read_at(file, at, _END_64_LOCATOR.size))
    if magic != _END_64_LOCATOR_MAGIC:
        return int(length)
    fields = _END_64.unpack(_read_at(file, record, _END_64.size))
    if fields[0] != _END_64_MAGIC:
        raise _DamagedError("its last records do not fit")
    return max(int(length) if length != 0xFFFFFFFF else 0, int(fields[8]))


def _read_at(file: IO[bytes], at: int, count: int) -> bytes:
    if not 0 <= at < _MOST_NUMBER:
        raise _DamagedError("a place outside of the file")
    file.seek(at)
    data = file.read(count)
    if len(data) < count:
        raise _DamagedError("it was cut")
    return data


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The members by name, none of which is more than the stored bytes of a file."""
    infos = archive.infolist()
    if len(infos) > MAX_FILES + 2 or archive.comment:
        raise _DamagedError("too much in it")
    members: dict[str, zipfile.ZipInfo] = {}
    seen: set[str] = set()
    for info in infos:
        name = info.filename
        inner = name.removeprefix(FOLDER)
        if info.orig_filename != name or not (is_file_name(inner) or name in (MIMETYPE_NAME, MANIFEST_NAME)):
            raise _DamagedError("a name that leads elsewhere")
        if name == inner and name not in (MIMETYPE_NAME, MANIFEST_NAME):
            raise _DamagedError("a file outside of the model")
        if info.flag_bits & _SEALED_FLAGS:
            raise _DamagedError("encrypted")
        if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
            raise _DamagedError("compressed")
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
            raise _DamagedError("a link, or no file")
        key = unicodedata.normalize("NFC", name).casefold()
        if key in seen:
            raise _DamagedError("a name that stands there twice")
        seen.add(key)
        members[name] = info
    folders = {key.rsplit("/", depth)[0] for key in seen for depth in range(1, key.count("/") + 1)}
    if folders & seen:
        raise _DamagedError("a file that is a folder, too")
    return members


def _slices(
    path: Path, file: IO[bytes], end: int, members: Mapping[str, zipfile.ZipInfo]
) -> dict[str, Slice]:
    """Where the bytes of the model's files lie: one behind the other up to the directory at `end`."""
    slices: dict[str, Slice] = {}
    behind = 0
    for info in sorted(members.values(), key=lambda info: info.header_offset):
        if info.header_offset != behind:
            raise _DamagedError("files over each other, or something between them")
        magic, _, flags, method, *_, name_length, extra_length = _LOCAL_HEADER.unpack(
            _read_at(file, info.header_offset, _LOCAL_HEADER.size)
        )
        name = _read_at(file, info.header_offset + _LOCAL_HEADER.size, name_length)
        if magic != _LOCAL_MAGIC or method != zipfile.ZIP_STORED or flags & _SEALED_FLAGS:
            raise _DamagedError("two heads of a file that differ")
        if name != info.filename.encode():
            raise _DamagedError("two names of a file that differ")
        start = info.header_offset + _LOCAL_HEADER.size + name_length + extra_length
        behind = start + info.file_size
        if info.filename.startswith(FOLDER):
            slices[info.filename] = Slice(path, start, info.file_size)
    if behind != end:
        raise _DamagedError("a file that is cut, or something behind the last")
    return slices


# The manifest


def _read_manifest(path: Path, archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo]) -> Manifest:
    info = members.get(MANIFEST_NAME)
    if info is None or MIMETYPE_NAME not in members or info.file_size > MAX_MANIFEST_BYTES:
        raise _DamagedError("no list of its files")
    try:
        raw = json.loads(archive.read(info))  # zipfile compares the checksum
        if not isinstance(raw, dict) or raw["format"] != "teahouse-model":
            raise _DamagedError("another list")
        if _number(raw, "version") > VERSION:
            raise WorldError(ErrorCode.PACK_NEWER, path=path)
        return _manifest(raw)
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, RuntimeError, EOFError) as error:
        raise _DamagedError(f"its list of files: {error}") from error


def _manifest(raw: Mapping[str, Any]) -> Manifest:
    files = tuple(_packed_file(one) for one in raw["files"])
    engine = EngineKind(raw["engine"])
    _ensure_one_model(engine, files)
    folder = _text(raw, "folder")
    if not is_portable(folder):
        raise ValueError("folder")
    return Manifest(
        name=_text(raw, "name"),
        folder=folder,
        engine=engine,
        family=_text(raw, "family"),
        architecture=_text(raw, "architecture"),
        precision_label=_text(raw, "precision"),
        trained_context=_number(raw, "trained_context"),
        parameter_count=_number(raw, "parameters"),
        licence=_text(raw, "licence"),
        files=files,
    )


def _ensure_one_model(engine: EngineKind, files: Sequence[PackedFile]) -> None:
    names = [file.name for file in files]
    if len(names) > MAX_FILES or len(set(names)) < len(names):
        raise ValueError("names")
    is_file = len(names) == 1 and names[0].endswith(".gguf") and "/" not in names[0]
    if not (is_file if engine is EngineKind.LLAMA_CPP else engine is EngineKind.GLM_TORCH and names):
        raise ValueError("not one model")


def _packed_file(raw: Mapping[str, Any]) -> PackedFile:
    name, digest = _text(raw, "name"), _text(raw, "sha256")
    if not is_file_name(name) or len(digest) != 64 or not _HEX.issuperset(digest):
        raise ValueError(name)
    return PackedFile(name, FileRole(raw["role"]), _number(raw, "bytes"), digest)


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw[key]
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise ValueError(key)
    return value


def _number(raw: Mapping[str, Any], key: str) -> int:
    value = raw[key]
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _MOST_NUMBER:
        raise ValueError(key)
    return value
