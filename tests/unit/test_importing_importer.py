"""Models that were looked at are taken over, in place or as a copy, once and with what was said of them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
from pathlib import Path

import pytest

from app.core.cancel import Cancelled, CancelToken
from app.core.errors import ErrorCode, WorldError
from app.core.imports import InspectedModel, TaskProgress
from app.model import library
from app.model.glm.family import Family
from app.model.importing import importer, places
from app.model.importing.inspection import inspect
from app.model.importing.locking import locked
from app.model.names import MAX_NAME_BYTES, portable_name
from tests.helpers.gguf_files import GgufFile
from tests.helpers.glm_folder import make_folder
from tests.helpers.glm_models import Options, Sizes


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that may be of the second or the third generation."""
    place = tmp_path_factory.mktemp("originals")
    options = Options(sizes=Sizes(vocab=640), config={"_name_or_path": None})
    folder = make_folder(place, Family.CHATGLM2, options)
    (folder / "LICENSE").write_text("its text goes with every copy", encoding="utf-8")
    (folder / "modeling_chatglm.py").write_text("raise SystemExit", encoding="utf-8")
    return folder.rename(place / "nameless")


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def looked_at(path: Path, models: Path, family: str = "") -> InspectedModel:
    (model,) = inspect(path, models, CancelToken(), family).models
    return model


def copied(path: Path, models: Path, family: str = "") -> str:
    return importer.copy_in(looked_at(path, models), family, models, lambda _: None, CancelToken())


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# In place


def test_a_model_in_its_place_is_listed_with_what_was_said(tmp_path, original, models) -> None:
    folder = shutil.copytree(original, tmp_path / "usb" / "nameless")
    assert importer.use_in_place(looked_at(folder, models), "chatglm3", models) == "nameless"
    (model,) = library.scan(models)
    assert (model.ref.path, model.ref.family, model.architecture) == (str(folder), "chatglm3", "chatglm3")
    assert (model.is_elsewhere, model.problem) == (True, None)
    assert library.resolve("nameless", models) == library.resolve(str(folder), models) == model
    assert looked_at(folder, models).known_id == "nameless"


def test_a_place_that_is_gone_is_listed_with_its_name_until_it_is_back(tmp_path, original, models) -> None:
    folder = shutil.copytree(original, tmp_path / "usb" / "nameless")
    gguf = GgufFile().write(tmp_path / "usb" / "tiny.gguf")
    for path in (folder, gguf):
        importer.use_in_place(looked_at(path, models), "", models)
    before = library.scan(models)
    (tmp_path / "usb").rename(tmp_path / "pulled out")
    gone = library.scan(models)
    assert [(one.ref, one.name) for one in gone] == [(one.ref, one.name) for one in before]
    assert [one.problem and one.problem.code for one in gone] == [ErrorCode.MODEL_MISSING] * 2
    with pytest.raises(WorldError) as caught:
        library.resolve("nameless", models)
    assert caught.value.info.code is ErrorCode.MODEL_MISSING
    (tmp_path / "pulled out").rename(tmp_path / "usb")
    assert library.scan(models) == before


def test_ids_of_places_never_change(tmp_path, original, models) -> None:
    first = shutil.copytree(original, tmp_path / "a" / "nameless")
    second = shutil.copytree(original, tmp_path / "b" / "nameless")
    (second / "config.json").write_text((second / "config.json").read_text() + " ", encoding="utf-8")
    ids = [importer.use_in_place(looked_at(path, models), "", models) for path in (first, second, first)]
    assert ids == ["nameless", "nameless 2", "nameless"]
    shutil.copytree(original, models / "nameless")
    assert sorted(one.ref.id for one in library.scan(models)) == ["nameless", "nameless 2", "nameless+"]
    by_id = {one.ref.id: one.ref.path for one in library.scan(models)}
    assert by_id["nameless"] == str(first)


def test_a_model_that_lies_in_the_models_folder_stays_there(original, models) -> None:
    folder = shutil.copytree(original, models / "below" / "nameless")
    assert importer.use_in_place(looked_at(folder, models), "", models) == "nameless"
    assert places.read(models) == ()
    assert importer.use_in_place(looked_at(folder, models), "chatglm3", models) == "nameless"
    (model,) = library.scan(models)
    assert (model.ref.family, model.architecture, model.is_elsewhere) == ("chatglm3", "chatglm3", False)
    assert places.read(models)[0].path == "below/nameless"


def test_what_was_said_gives_way_when_the_files_are_others(tmp_path, original, models) -> None:
    folder = shutil.copytree(original, models / "nameless")
    importer.use_in_place(looked_at(folder, models), "chatglm3", models)
    shutil.rmtree(folder)
    make_folder(tmp_path, Family.GLM_EDGE).rename(folder)
    (model,) = library.scan(models)
    assert (model.problem, model.ref.family, model.architecture) == (None, "", "glm-edge")


def test_a_broken_model_is_not_taken(tmp_path, original, models) -> None:
    folder = shutil.copytree(original, tmp_path / "nameless")
    (folder / "tokenizer.model").unlink()
    model = looked_at(folder, models)
    for take in (
        lambda: importer.use_in_place(model, "", models),
        lambda: importer.copy_in(model, "", models, lambda _: None, CancelToken()),
    ):
        with pytest.raises(WorldError) as caught:
            take()
        assert caught.value.info.code is ErrorCode.MODEL_INCOMPLETE
    assert not models.exists()


# Copies


def test_a_copy_holds_what_is_needed_and_what_was_said(original, models) -> None:
    seen: list[TaskProgress] = []
    model = looked_at(original, models)
    new_id = importer.copy_in(model, "chatglm3", models, seen.append, CancelToken())
    folder = models / "nameless"
    needed = {path.name for path in original.iterdir()} - {"modeling_chatglm.py"}
    assert (new_id, {path.name for path in folder.iterdir()}) == ("nameless", needed)
    assert all(sha256(folder / name) == sha256(original / name) for name in needed)
    assert (seen[-1].done, seen[-1].total >= model.copy_bytes) == (seen[-1].total, True)
    (found,) = library.scan(models)
    assert (found.ref.family, found.architecture, found.is_elsewhere) == ("chatglm3", "chatglm3", False)
    (place,) = places.read(models)
    assert place.hashes == {name: sha256(folder / name) for name in needed}
    assert looked_at(folder, models).model == found


def test_a_copy_from_a_hubs_cache_has_files_and_no_links(tmp_path, original, models) -> None:
    repository = tmp_path / "models--THUDM--chatglm2-6b"
    snapshot = repository / "snapshots" / "0f"
    snapshot.mkdir(parents=True)
    (repository / "blobs").mkdir()
    for path in original.iterdir():
        blob = repository / "blobs" / sha256(path)
        shutil.copy(path, blob)
        (snapshot / path.name).symlink_to(blob)
    assert copied(repository, models) == "chatglm2-6b"
    assert not any(path.is_symlink() for path in (models / "chatglm2-6b").iterdir())
    model = looked_at(snapshot, tmp_path / "no models")
    report = importer.check_hashes(model, tmp_path / "no models", lambda _: None, CancelToken())
    assert set(report.confirmed) == set(report.hashes) > {"config.json"}


def test_a_copy_of_a_gguf_file_has_its_suffix(tmp_path, models) -> None:
    assert copied(GgufFile().write(tmp_path / "tiny.bin"), models) == "tiny"
    (model,) = library.scan(models)
    assert model.ref.path == str(models / "tiny.gguf")
    assert places.read(models)[0].hashes == {"tiny.gguf": sha256(models / "tiny.gguf")}


def test_names_that_are_taken_get_a_number(tmp_path, original, models) -> None:
    (models / "nameless").mkdir(parents=True)
    (models / "tiny.gguf").touch()
    assert copied(original, models) == "nameless 2"
    assert copied(GgufFile().write(tmp_path / "tiny.gguf"), models) == "tiny 2"
    assert [*(models / "nameless").iterdir()] == []
    elsewhere = make_folder(tmp_path / "elsewhere", Family.GLM_EDGE)
    importer.use_in_place(looked_at(elsewhere, models), "", models)
    assert copied(elsewhere, models) == f"{elsewhere.name} 2"  # ids are names, too


LONG_NAMES = ["茶" * 80, "🍵" * 60]
# No folder of Windows can have these: they come from elsewhere.
FOREIGN_NAMES = [".hidden. ", "con", "AUX.v2", "a<b>:c\x01", "..."]


@pytest.mark.parametrize("name", LONG_NAMES if os.name == "nt" else LONG_NAMES + FOREIGN_NAMES)
def test_names_that_no_system_refuses(tmp_path, original, models, name) -> None:
    folder = shutil.copytree(original, tmp_path / "brought" / name)
    new_id = copied(folder, models)
    (model,) = library.scan(models)
    assert (model.ref.id, model.problem) == (new_id, None)
    written = Path(model.ref.path).name
    assert written == portable_name(name)
    assert len(written.encode()) <= MAX_NAME_BYTES
    assert not set(written) & set('<>:"/\\|?*\x01')
    assert not written.startswith(".")
    assert not written.endswith((".", " "))


def test_a_cancelled_copy_leaves_nothing(original, models) -> None:
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        importer.copy_in(looked_at(original, models), "chatglm3", models, lambda _: cancel.cancel(), cancel)
    assert library.scan(models) == []
    assert places.read(models) == ()
    assert [path.name for path in models.iterdir() if not path.name.startswith(".")] == [places.FILE_NAME]


def test_two_apps_that_copy_the_same_model_get_one(original, models) -> None:
    models.mkdir()
    model = looked_at(original, models)
    ids: list[str] = []

    def copy() -> None:
        ids.append(importer.copy_in(model, "chatglm3", models, lambda _: None, CancelToken()))

    with locked(models / places.COPY_LOCK_NAME, patience_s=None):  # both have looked before either copies
        threads = [threading.Thread(target=copy) for _ in range(2)]
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()
    assert ids == ["nameless", "nameless"]
    assert [one.ref.id for one in library.scan(models)] == ["nameless"]


# Hashes


def test_hashes_are_kept_and_held_against_later_ones(tmp_path, original, models) -> None:
    folder = shutil.copytree(original, tmp_path / "nameless")
    importer.use_in_place(looked_at(folder, models), "", models)

    def check() -> tuple[set[str], set[str]]:
        report = importer.check_hashes(looked_at(folder, models), models, lambda _: None, CancelToken())
        return set(report.confirmed), set(report.changed)

    names = {path.name for path in folder.iterdir()} - {"modeling_chatglm.py"}
    assert check() == (set(), set())
    assert check() == (names, set())
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    for _ in range(2):
        assert check() == (names - {"config.json"}, {"config.json"})


def test_what_was_published_beside_the_files_counts(tmp_path, original, models) -> None:
    folder = shutil.copytree(original, tmp_path / "nameless")
    lines = [f"{sha256(folder / 'config.json')}  config.json", f"{'0' * 64}  tokenizer.model"]
    (folder / "SHA256SUMS").write_text("\n".join(lines), encoding="utf-8")
    model = looked_at(folder, models)
    report = importer.check_hashes(model, models, lambda _: None, CancelToken())
    assert (report.confirmed, report.changed) == (("config.json",), ("tokenizer.model",))
    assert not models.exists()
    assert refused(model, models) is ErrorCode.MODEL_NOT_AS_PUBLISHED  # said at once, not by a later check
    assert places.read(models) == ()
    assert importer.use_in_place(model, "", models, report.hashes) == "nameless"
    assert places.read(models)[0].hashes == report.hashes


def test_a_single_file_has_to_be_as_published(tmp_path, models) -> None:
    path = GgufFile().write(tmp_path / "tiny.gguf")
    for published, expected in (("0" * 64, None), (sha256(path), "tiny")):
        (tmp_path / "tiny.gguf.sha256").write_text(f"{published}  tiny.gguf", encoding="utf-8")
        model = looked_at(path, models)
        if expected is None:
            with pytest.raises(WorldError) as caught:
                importer.copy_in(model, "", models, lambda _: None, CancelToken())
            assert caught.value.info.code is ErrorCode.MODEL_NOT_AS_PUBLISHED
            assert caught.value.info.params["detail"] == "tiny.gguf"
        else:
            assert importer.copy_in(model, "", models, lambda _: None, CancelToken()) == expected
            assert places.read(models)[0].hashes == {"tiny.gguf": published}


# Between the look and the copy


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_a_link_that_came_after_the_look_is_not_followed_out(tmp_path, original, models) -> None:
    folder = shutil.copytree(original, tmp_path / "nameless")
    secret = tmp_path / "secret"
    shutil.copy(folder / "LICENSE", secret)
    model = looked_at(folder, models)
    (folder / "LICENSE").unlink()
    (folder / "LICENSE").symlink_to(secret)
    assert refused(model, models) is ErrorCode.MODEL_OUTSIDE


def test_a_file_that_was_cut_after_the_look_is_not_copied(tmp_path, original, models) -> None:
    folder = shutil.copytree(original, tmp_path / "nameless")
    model = looked_at(folder, models)
    with (folder / "LICENSE").open("r+b") as file:
        file.truncate(4)
    assert refused(model, models) is ErrorCode.MODEL_CHANGED
    (folder / "LICENSE").unlink()
    assert refused(model, models) is ErrorCode.MODEL_UNREADABLE


def refused(model: InspectedModel, models: Path) -> ErrorCode:
    """The reason; nothing but the lock may be left behind."""
    with pytest.raises(WorldError) as caught:
        importer.copy_in(model, "", models, lambda _: None, CancelToken())
    assert library.scan(models) == []
    assert not list(models.glob("*.partial"))
    return caught.value.info.code


def test_a_copy_never_lies_among_the_prepared_files(tmp_path, original, models) -> None:
    folder = shutil.copytree(original, tmp_path / "Prepared")
    new_id = copied(folder, models)
    (model,) = library.scan(models)
    assert model.ref.id == new_id == "Prepared 2"


def test_a_model_that_is_there_is_not_copied_again(original, models) -> None:
    first = copied(original, models)
    model = looked_at(original, models)
    assert model.known_id == first
    assert importer.copy_in(model, "", models, lambda _: None, CancelToken()) == first
    assert len(library.scan(models)) == 1


def test_what_is_no_generation_is_not_written_down(original, models) -> None:
    copied(original, models, "../x")
    assert [place.family for place in places.read(models)] == ["chatglm2"]
