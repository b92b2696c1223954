"""What copies leave whose processes are gone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from app.model.importing.copying import remove_abandoned
from tests.helpers.acting_token import ActingToken
from tests.helpers.copy_cases import Files, copy, ensure_copied, names, posix
from tests.helpers.copy_cases import files as files
from tests.helpers.copy_cases import models as models

# --- what is left by processes that are gone


def ended_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


@posix
def test_what_was_abandoned_is_removed_and_nothing_else(models: Path) -> None:
    kept = models / "kept"
    kept.mkdir(parents=True)
    (kept / "file").write_bytes(b"mine")
    gone, living = ended_process(), os.getppid()
    abandoned = [f".a.{gone}.partial", f".b.gguf.{gone}.partial", f".c.{os.getpid()}.partial"]
    younger = models / f".f.{living}.partial"  # the living process came after it
    others = [f".d.{living}.partial", ".x.partial", f"e.{gone}.partial", f".g.{gone}.part"]
    others.append(".h.99999999999.partial")  # no process has such a number
    for name in (*abandoned, younger.name, *others):
        (models / name / "sub").mkdir(parents=True)
        (models / name / "sub" / "file").write_bytes(b"x")
    os.utime(younger, (0, 0))
    (models / f".link.{gone}.partial").symlink_to(kept)
    (models / f".file.{gone}.partial").write_bytes(b"x")
    remove_abandoned(models)
    assert names(models) == sorted([*others, "kept"])
    assert names(kept) == ["file"]
    remove_abandoned(models / "absent")
    remove_abandoned(kept / "file")


def test_a_copy_removes_what_was_abandoned_first(files: Files, models: Path) -> None:
    """It takes the room that the copy needs."""
    (models / f".model.{ended_process()}.partial").mkdir(parents=True)
    copy(files, models / "model")
    assert names(models) == ["model"]


def test_our_own_copy_is_not_abandoned(files: Files, models: Path) -> None:
    copy(files, models / "model", ActingToken(4, lambda: remove_abandoned(models)))
    ensure_copied(files, models / "model")
