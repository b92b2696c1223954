"""Removing models with the bin, without it, and from the list; prepared files; and bringing back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.cancel import CancelToken
from app.core.engine import EngineKind, LoadPlan, ModelRef, Precision
from app.core.errors import ErrorCode, WorldError
from app.core.models import FoundModel
from app.core.paths import AppPaths
from app.model import library, library_look, managing
from app.model.glm.family import Family
from app.model.importing import copying, importer, places
from tests.helpers.gguf_files import GgufFile
from tests.helpers.glm_folder import make_folder
from tests.helpers.glm_models import Options, Sizes
from tests.helpers.packs import content, looked_at, nothing


class Bin:
    """A recycle bin as those of Linux are; `takes` is false where there is none."""

    def __init__(self, place: Path) -> None:
        self.files, self.info = place / "files", place / "info"
        self.takes = True
        self.tells = True

    def take(self, path: Path) -> Path | None:
        if not self.takes:
            return None
        for folder in (self.files, self.info):
            folder.mkdir(parents=True, exist_ok=True)
        path.rename(self.files / path.name)
        (self.info / f"{path.name}.trashinfo").write_text("x", encoding="utf-8")
        return self.files / path.name if self.tells else Path()


@pytest.fixture
def bin_(tmp_path: Path) -> Bin:
    return Bin(tmp_path / "Trash")


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def only(models: Path) -> FoundModel:
    (model,) = library.scan(models)
    return model


def copied_open(tmp_path: Path, models: Path) -> FoundModel:
    """A copy whose generation was said."""
    options = Options(sizes=Sizes(vocab=640), config={"_name_or_path": None})
    folder = make_folder(tmp_path, Family.CHATGLM2, options).rename(tmp_path / "nameless")
    importer.copy_in(looked_at(folder, models), "chatglm3", models, nothing, CancelToken())
    return only(models)


def test_a_copied_model_goes_to_the_bin_and_comes_back_with_what_was_said(tmp_path, models, bin_) -> None:
    model = copied_open(tmp_path, models)
    before, listed = content(Path(model.ref.path)), places.read(models)
    removal = managing.remove(model, models, bin_.take)
    assert removal is not None
    assert removal.can_be_undone
    assert (library.scan(models), places.read(models)) == ([], ())
    assert content(bin_.files / "nameless") == before
    managing.undo(removal, models)
    assert only(models) == model
    assert model.ref.family == "chatglm3"
    assert places.read(models) == listed
    assert content(Path(model.ref.path)) == before
    assert list(bin_.info.iterdir()) == list(bin_.files.iterdir()) == []


def test_windows_keeps_its_note_beside_what_lies_in_its_bin(tmp_path, models) -> None:
    GgufFile().write(models / "tea.gguf")
    (tmp_path / "bin").mkdir()

    def take(path: Path) -> Path:
        (tmp_path / "bin" / "$IX1Y2Z3.gguf").write_bytes(b"where it was")
        (tmp_path / "bin" / "$IOTHER.gguf").write_bytes(b"of another file")
        return path.rename(tmp_path / "bin" / "$RX1Y2Z3.gguf")

    removal = managing.remove(only(models), models, take)
    assert removal is not None
    managing.undo(removal, models)
    assert only(models).ref.path == str(models / "tea.gguf")
    assert [path.name for path in (tmp_path / "bin").iterdir()] == ["$IOTHER.gguf"]


def test_one_used_in_its_place_is_taken_off_the_list_and_its_files_stay(tmp_path, models, bin_) -> None:
    path = GgufFile().write(tmp_path / "usb" / "tiny.gguf")
    importer.use_in_place(looked_at(path, models), "", models, {"tiny.gguf": "0" * 64})
    model, listed = only(models), places.read(models)
    removal = managing.remove(model, models, bin_.take)
    assert removal is not None
    assert removal.in_bin is None
    assert library.scan(models) == []
    assert path.read_bytes() == GgufFile().content()
    assert not bin_.files.exists()
    managing.undo(removal, models)
    assert (only(models), places.read(models)) == (model, listed)


def test_one_whose_place_is_gone_can_be_taken_off_the_list(tmp_path, models, bin_) -> None:
    path = GgufFile().write(tmp_path / "usb" / "tiny.gguf")
    importer.use_in_place(looked_at(path, models), "", models)
    path.parent.rename(tmp_path / "pulled out")
    assert only(models).problem is not None
    assert managing.remove(only(models), models, bin_.take) is not None
    assert library.scan(models) == []


def test_without_a_bin_nothing_is_done_until_it_is_ordered(tmp_path, models, bin_) -> None:
    model = copied_open(tmp_path, models)
    bin_.takes = False
    assert managing.remove(model, models, bin_.take) is None
    assert only(models) == model
    managing.delete_for_good(model, models)
    assert not Path(model.ref.path).exists()
    assert {path.name for path in models.iterdir()} == {places.FILE_NAME, places.LOCK_NAME, ".copying.lock"}
    assert places.read(models) == ()


def test_a_kill_while_it_is_deleted_leaves_what_the_next_look_removes(tmp_path, models, monkeypatch) -> None:
    path = GgufFile().write(models / "sub" / "tea.gguf")
    with monkeypatch.context() as patch:
        patch.setattr(managing, "remove_abandoned", lambda _: None)
        managing.delete_for_good(only(models), models)
    assert not path.exists()
    assert len(copying.abandoned(models)) == 1
    library_look.look(AppPaths(tmp_path / "data", models))
    assert not [entry for entry in models.rglob("*") if entry.name.endswith(".partial")]


def test_a_whole_repository_of_a_cache_goes(tmp_path, models, bin_) -> None:
    """Its links would lead nowhere, and its files would stay behind."""
    repository = models / "models--THUDM--chatglm3-6b"
    snapshot = repository / "snapshots" / "0f"
    snapshot.parent.mkdir(parents=True)
    make_folder(tmp_path, Family.CHATGLM3).rename(snapshot)
    beside = GgufFile().write(models / "sub" / "other.gguf")
    model = next(one for one in library.scan(models) if one.ref.engine is EngineKind.GLM_TORCH)
    managing.remove(model, models, bin_.take)
    assert not repository.exists()
    assert [Path(one.ref.path) for one in library.scan(models)] == [beside]


@pytest.mark.parametrize("way", ["parent", "models", "beside", "dots"])
def test_never_anything_outside_of_the_models_folder(tmp_path, models, bin_, way) -> None:
    models.mkdir()
    path = {
        "parent": tmp_path,
        "models": models,
        "beside": tmp_path / "documents",
        "dots": models / ".." / "documents",
    }[way]
    (tmp_path / "documents").mkdir()
    model = FoundModel(ModelRef("x", EngineKind.GLM_TORCH, str(path)), "x")
    for act in (
        lambda: managing.remove(model, models, bin_.take),
        lambda: managing.delete_for_good(model, models),
    ):
        with pytest.raises(ValueError, match="not in the models folder"):
            act()
    assert (tmp_path / "documents").is_dir()


def test_what_cannot_be_brought_back_is_said(tmp_path, models, bin_) -> None:
    GgufFile().write(models / "tiny.gguf")
    removal = managing.remove(only(models), models, bin_.take)
    assert removal is not None
    other = GgufFile().write(models / "tiny.gguf")
    with pytest.raises(WorldError) as caught:
        managing.undo(removal, models)
    assert caught.value.info.code is ErrorCode.MODEL_MISSING
    other.unlink()
    (bin_.files / "tiny.gguf").unlink()
    with pytest.raises(WorldError):
        managing.undo(removal, models)
    bin_.tells = False
    GgufFile().write(models / "tiny.gguf")
    removal = managing.remove(only(models), models, bin_.take)
    assert removal is not None
    assert not removal.can_be_undone


def test_a_model_that_is_gone_already_is_only_forgotten(tmp_path, models, bin_) -> None:
    model = copied_open(tmp_path, models)
    Path(model.ref.path).rename(tmp_path / "gone")
    assert managing.remove(model, models, bin_.take) is not None
    assert places.read(models) == ()


def test_a_model_is_looked_at_with_what_was_said_of_it(tmp_path, models) -> None:
    model = copied_open(tmp_path, models)
    looked = managing.look_at(model, models, CancelToken())
    assert (looked.model.architecture, looked.known_id) == ("chatglm3", model.ref.id)
    (Path(model.ref.path) / "config.json").unlink()
    with pytest.raises(WorldError):
        managing.look_at(model, models, CancelToken())


# Prepared files


def prepared(folder: Path, *names: str) -> Path:
    for at, name in enumerate(names):
        (folder / name).mkdir(parents=True)
        (folder / name / "weights.safetensors").write_bytes(bytes(1000 * (at + 1)))
        (folder / name / "manifest.json").write_bytes(b"{}")
    return folder


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_prepared_files_are_counted_and_told_apart(tmp_path) -> None:
    key, gone = "0123456789abcdef", dead_process()
    folder = prepared(
        tmp_path / "prepared",
        f"chatglm3-6b-int4-{key}",
        f"chatglm3-6b-int8-{key}",
        f"glm-4-int4-{key}.{gone}.partial",
        f"glm-4-int8-{key}.{os.getpid()}.partial",
        "something else",
    )
    (folder / "kernels.json").write_text("{}", encoding="utf-8")
    copies = managing.prepared_copies(folder)
    assert [(one.made_from, one.precision, one.size) for one in copies] == [
        ("chatglm3-6b", Precision.INT4, 1002),
        ("chatglm3-6b", Precision.INT8, 2002),
        ("glm-4", None, 3002),
    ]
    assert managing.prepared_copies(tmp_path / "nothing") == ()
    ref = ModelRef("c", EngineKind.GLM_TORCH, "/somewhere/chatglm3-6b")
    model = FoundModel(ref, "c")
    assert [managing.is_of(one, model) for one in copies] == [True, True, False]
    unfinished = FoundModel(ModelRef("g", EngineKind.GLM_TORCH, "/somewhere/glm-4"), "g")
    assert managing.without_model(copies, [model]) == copies[2:]
    assert managing.without_model(copies, [model, unfinished]) == copies[2:]
    plan = LoadPlan(precision=Precision.INT4)
    assert [managing.is_used(one, ref, plan) for one in copies] == [True, False, False]
    assert [managing.is_used(one, ref, LoadPlan()) for one in copies] == [True, True, False]
    assert not managing.is_used(copies[0], None, None)
    assert managing.remove_prepared(folder, copies[1:]) == ()
    assert managing.prepared_copies(folder) == copies[:1]
    assert managing.remove_prepared(folder, copies[1:]) == ()
    assert (folder / "something else").is_dir()


def test_what_was_begun_before_a_restart_is_told_also_where_its_number_was_given_again(tmp_path) -> None:
    folder = prepared(tmp_path / "prepared", f"six-int4-0123456789abcdef.{os.getppid()}.partial")
    assert managing.prepared_copies(folder) == ()  # that process may be at it
    (begun,) = folder.iterdir()
    os.utime(begun, (0, 0))
    assert [one.made_from for one in managing.prepared_copies(folder)] == ["six"]


def test_what_the_system_does_not_give_up_stays_whole(tmp_path, monkeypatch) -> None:
    folder = prepared(tmp_path / "prepared", "a-int4-0123456789abcdef")
    copies = managing.prepared_copies(folder)

    def refuse(_self: Path, _target: Path) -> Path:
        raise PermissionError(13, "mapped by another program")

    monkeypatch.setattr(Path, "rename", refuse)
    assert managing.remove_prepared(folder, copies) == copies
    assert managing.prepared_copies(folder) == copies
