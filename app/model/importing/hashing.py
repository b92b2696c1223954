"""SHA-256 of model files: computed with progress and cancel, and as others published it beside them.

Also how the files of a model are read: without following a link, and refusing whatever is no longer the file
that was looked at. Bytes come by `read`, never through a mapping: a stick that is pulled out is an error then
and not the end of the process. Blocking: not for the GUI thread. Knows nothing of what is in a model.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path, PurePosixPath
from typing import Final

from app.core.cancel import CancelToken
from app.core.errors import ErrorCode, WorldError
from app.core.imports import TaskProgress
from app.core.task_progress import Progress

BLOCK_BYTES: Final = 1 << 20
"""Read at once, and between two looks at the cancel token (decisions.md)."""
MAX_SUMS_BYTES: Final = 1 << 20
MAX_SUMS_FILES: Final = 64
"""Larger or more lists of hashes than anybody publishes are not read."""

_READ_FLAGS = os.O_RDONLY
# Without waiting, where a pipe was put in the place of the file.
for _flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_BINARY"):
    _READ_FLAGS |= getattr(os, _flag, 0)
# Windows cannot say where a file on a disk in memory, or of some networks, really lies: that is no link.
_IS_STRICT = os.name != "nt"
_SUMS_NAMES = frozenset({"sha256sums", "sha256sums.txt", "sha256sum", "sha256sum.txt"})
_SUMS_SUFFIXES = (".sha256", ".sha256sum", ".sha256sums")
_HASH = re.compile(r"[0-9A-Fa-f]{64}")
_SUMS_LINE = re.compile(r"\\?([0-9A-Fa-f]{64})[ \t]+\*?(.+)")
_BSD_LINE = re.compile(r"SHA256 ?\((.+)\) ?= ?([0-9A-Fa-f]{64})")
_METADATA_FOLDER = PurePosixPath(".cache/huggingface/download")


@dataclass(frozen=True, slots=True)
class Mark:
    """What shows that a file was changed: its size in bytes and the time of its last change in ns.

    Not the inode: file systems of sticks and networks give the same file another one later.
    """

    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a file that is read as if it were a file: a member of a pack. In bytes."""

    path: Path
    start: int
    size: int


Source = Path | Slice


def path_of(source: Source) -> Path:
    """The file that holds `source`."""
    return source.path if isinstance(source, Slice) else source


def mark_of(source: Source) -> Mark:
    """The mark now. Raises `WorldError` as `read_blocks` does."""
    path = path_of(source)
    with _source_errors(path):
        _ensure_no_link(path)
        return _checked_mark(path.lstat(), source)


def read_blocks(source: Source, mark: Mark, cancel: CancelToken) -> Iterator[memoryview]:
    """All bytes of a file or a slice, in blocks that are valid until the next one is asked for.

    Its path is resolved: a link in it was put there since. Raises `WorldError` MODEL_UNREADABLE (it is gone,
    the system does not give it, or it is no regular file) and MODEL_CHANGED (it is a link now, or not what
    `mark` says, at the beginning or at the end), and `Cancelled`.
    """
    path = path_of(source)
    with _source_errors(path):
        _ensure_no_link(path)
        file = _open_regular(path)
    with file:
        _ensure_same(file, mark, source)
        block = memoryview(bytearray(min(BLOCK_BYTES, mark.size + 1)))
        if isinstance(source, Slice):
            file.seek(source.start)
        left = mark.size
        while left or not isinstance(source, Slice):
            cancel.raise_if_cancelled()
            with _source_errors(path):
                count = file.readinto(block[:left] if isinstance(source, Slice) else block)
            if not count:
                break
            left -= count
            if left < 0:
                raise _changed(path, "it grew")
            yield block[:count]
        if left:
            raise _changed(path, "it was cut")
        _ensure_same(file, mark, source)


def hash_file(source: Source, on_bytes: Callable[[int], None], cancel: CancelToken) -> str:
    """SHA-256 of a file in hexadecimal; `on_bytes` is told of every block. Raises as `read_blocks`."""
    digest = hashlib.sha256()
    for block in read_blocks(source, mark_of(source), cancel):
        digest.update(block)
        on_bytes(len(block))
    return digest.hexdigest()


def hash_files(
    files: Sequence[tuple[Source, str]], report: Callable[[TaskProgress], None], cancel: CancelToken
) -> dict[str, str]:
    """SHA-256 of files, given as resolved path (or slice) and name, by name. Raises as `read_blocks`."""
    progress = Progress(sum(mark_of(source).size for source, _ in files), report)
    hashes = {}
    for source, name in files:
        progress.begin(name)
        hashes[name] = hash_file(source, progress.add, cancel)
    progress.finish()
    return hashes


def published_hashes(folder: Path, names: Sequence[str]) -> dict[str, str]:
    """SHA-256 that somebody published for the files `names` of `folder`, by name, in small letters.

    From, in this order: the names of blobs in a hub's cache; what a hub's download wrote down; lists such as
    `SHA256SUMS` and `NAME.sha256` in the folder. Names that lead out of the folder and lists that are damaged
    give nothing. Raises no `OSError`.
    """
    wanted = frozenset(name for name in names if _is_inside(name))
    found = _from_lists(folder, wanted)
    for name in wanted:
        published = _from_blob(folder, name) or _from_metadata(folder, name)
        if published:
            found[name] = published
    return found


def _from_blob(folder: Path, name: str) -> str:
    """A hub's cache calls large files by their hash: snapshots/COMMIT/NAME is a link to blobs/HASH."""
    if folder.parent.name != "snapshots" or not folder.parent.parent.name.startswith("models--"):
        return ""
    with suppress(OSError, RuntimeError):
        blob = Path(os.path.realpath(folder / name, strict=True))
        blobs = Path(os.path.realpath(folder.parent.parent)) / "blobs"
        if blob.parent == blobs and _HASH.fullmatch(blob.name):
            return blob.name.lower()
    return ""


def _from_metadata(folder: Path, name: str) -> str:
    """What a hub wrote beside a download: lines of commit, ETag (the hash, of a large file) and time."""
    lines = _small_text(folder / _METADATA_FOLDER / f"{name}.metadata").splitlines()
    etag = lines[1].strip() if len(lines) > 1 else ""
    return etag.lower() if _HASH.fullmatch(etag) else ""


def _from_lists(folder: Path, wanted: frozenset[str]) -> dict[str, str]:
    """Hashes from the lists in `folder`; a file that two of them call differently is left out."""
    found: dict[str, str] = {}
    disputed = set()
    for path in _lists(folder):
        for name, published in _entries(path):
            if name in wanted and found.setdefault(name, published) != published:
                disputed.add(name)
    return {name: published for name, published in found.items() if name not in disputed}


def _lists(folder: Path) -> list[Path]:
    found: list[Path] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name.lower()
            if name in _SUMS_NAMES or name.endswith(_SUMS_SUFFIXES):
                found.append(Path(entry.path))
                if len(found) == MAX_SUMS_FILES:
                    break
    return sorted(found)


def _entries(path: Path) -> Iterator[tuple[str, str]]:
    """Names and hashes in a list, as coreutils and BSD write them; a hash alone is of the file beside."""
    for text in _small_text(path).splitlines():
        line = text.strip()
        if match := _SUMS_LINE.fullmatch(line):
            published, name = match.groups()
        elif match := _BSD_LINE.fullmatch(line):
            name, published = match.groups()
        elif _HASH.fullmatch(line):
            published, name = line, path.stem
        else:
            continue
        yield name.removeprefix("./"), published.lower()


def _small_text(path: Path) -> str:
    """A text that somebody put beside a model; empty where it is missing, no regular file, or too large."""
    try:
        with _open_regular(path) as file:
            data = file.read(MAX_SUMS_BYTES + 1)
    except (OSError, ValueError):  # a NUL in the name
        return ""
    return data.decode("utf-8", errors="replace") if data and len(data) <= MAX_SUMS_BYTES else ""


def _is_inside(name: str) -> bool:
    """Whether `name` is relative and stays below the folder that it is joined to."""
    parts = name.split("/")
    return not set(parts) & {"", ".", ".."} and not set(name) & set("\\:\0")


@contextmanager
def _source_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _changed(path, "it is a link now") from error
        detail = error.strerror or type(error).__name__
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=path, detail=detail) from error


def _ensure_no_link(path: Path) -> None:
    """Opening refuses a link in the last place only, and nowhere on Windows."""
    if os.path.normcase(os.path.realpath(path, strict=_IS_STRICT)) != os.path.normcase(path):
        raise _changed(path, "a link leads to it now")


def _open_regular(path: Path) -> FileIO:
    """Open for reading what is a regular file itself; raises `OSError` for anything else."""
    descriptor = os.open(path, _READ_FLAGS)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        return FileIO(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def _ensure_same(file: FileIO, mark: Mark, source: Source) -> None:
    with _source_errors(path_of(source)):
        now = _checked_mark(os.fstat(file.fileno()), source)
    if now != mark:
        raise _changed(path_of(source), "its size or time is another")


def _checked_mark(facts: os.stat_result, source: Source) -> Mark:
    if not stat.S_ISREG(facts.st_mode):
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=path_of(source), detail="not a regular file")
    size = facts.st_size
    if isinstance(source, Slice):
        size = min(source.size, max(0, size - source.start))
    return Mark(size, facts.st_mtime_ns)


def _changed(path: Path, detail: str) -> WorldError:
    return WorldError(ErrorCode.MODEL_CHANGED, path=path, detail=detail)
