"""Whether the library has a model already: at the same place, or with the same content elsewhere.

Content is compared by samples: fine-tuned copies have the sizes and headers of their original, and differ in
most of their numbers. Raises nothing; what cannot be read is not the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from app.core.cancel import CancelToken
from app.core.imports import FileCheck, FileRole, FileState
from app.core.models import FoundModel
from app.model.glm.config import CONFIG_NAME
from app.model.importing import places
from app.model.importing.places import same_place

_SAMPLES, _SAMPLE_BYTES = 16, 4096  # of a file, spread evenly, the ends included


def known_id(
    model: FoundModel, files: Sequence[FileCheck], library: Sequence[FoundModel], cancel: CancelToken
) -> str:
    """The library's id of `model` with `files`; "" for a new one, and for one that cannot be used."""
    path = Path(model.ref.path)
    for known in library:
        if same_place(Path(known.ref.path), path):
            return known.ref.id
    if model.problem is not None:
        return ""
    for known in library:
        is_alike = known.ref.engine is model.ref.engine and known.file_bytes == model.file_bytes
        if is_alike and known.problem is None and _have_same_content(model, files, known, cancel):
            return known.ref.id
    return ""


def known_packed_id(digests: Collection[str], library: Sequence[FoundModel], models_dir: Path) -> str:
    """The library's id of a model whose kept hashes hold all of `digests`, those of weights; "" for none."""
    listed = places.read(models_dir)
    for known in library:
        place = places.find(listed, Path(known.ref.path), models_dir)
        if known.problem is None and place is not None and set(digests) <= set(place.hashes.values()):
            return known.ref.id
    return ""


def _have_same_content(
    model: FoundModel, files: Sequence[FileCheck], known: FoundModel, cancel: CancelToken
) -> bool:
    ours, theirs = Path(model.ref.path), Path(known.ref.path)
    if ours.is_file() or theirs.is_file():
        return _are_alike(ours, theirs)
    names = [CONFIG_NAME]
    names += [one.name for one in files if one.role is FileRole.WEIGHTS and one.state is FileState.GOOD]
    for name in names:
        cancel.raise_if_cancelled()
        if not _are_alike(ours / name, theirs / name):
            return False
    return True


def _are_alike(one: Path, other: Path) -> bool:
    """Whether two files have the same size and the same samples; small files are compared throughout."""
    try:
        size = one.stat().st_size
        if not (one.is_file() and other.is_file()) or size != other.stat().st_size:
            return False
        with one.open("rb") as ours, other.open("rb") as theirs:
            if size <= _SAMPLES * _SAMPLE_BYTES:
                return ours.read() == theirs.read()
            for sample in range(_SAMPLES):
                at = (size - _SAMPLE_BYTES) * sample // (_SAMPLES - 1)
                ours.seek(at)
                theirs.seek(at)
                if ours.read(_SAMPLE_BYTES) != theirs.read(_SAMPLE_BYTES):
                    return False
    except OSError:
        return False
    return True
