"""The model library: recognises by content, tells problems, and knows what a word or a path means."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.engine import EngineKind
from app.core.errors import ErrorCode, ErrorInfo, WorldError
from app.core.paths import AppPaths
from app.model import library, library_look, managing, starter
from tests.helpers.gguf_files import GgufFile, with_values
from tests.helpers.starter import starter_path


def ids(models_dir: Path) -> list[str]:
    return [model.ref.id for model in library.scan(models_dir)]


def hf_folder(folder: Path, config: str = '{"model_type": "chatglm"}') -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(config, encoding="utf-8")
    (folder / "model-00001-of-00002.safetensors").write_bytes(bytes(10))
    return folder


def test_a_missing_folder_holds_nothing(tmp_path: Path) -> None:
    assert library.scan(tmp_path / "no") == []


def test_what_is_found_about_a_model(tmp_path: Path) -> None:
    path = GgufFile().write(tmp_path / "茶 models" / "tiny.gguf")
    (model,) = library.scan(tmp_path)
    assert model.ref.id == "tiny"
    assert model.ref.engine is EngineKind.LLAMA_CPP
    assert model.ref.path == str(path)
    assert model.name == "Tiny Tea"
    assert (model.architecture, model.precision_label, model.trained_context) == ("llama", "Q4_1", 2048)
    assert (model.parameter_count, model.file_bytes) == (192, path.stat().st_size)
    assert model.problem is None
    assert not model.is_starter


def test_recognised_by_content_not_by_name(tmp_path: Path) -> None:
    GgufFile().write(tmp_path / "weights.bin")
    (tmp_path / "notes.txt").write_text("not a model", encoding="utf-8")
    assert ids(tmp_path) == ["weights"]


def test_problems_are_told_for_each_entry(tmp_path: Path) -> None:
    content = GgufFile().content()
    (tmp_path / "cut.gguf").write_bytes(content[:-50])
    (tmp_path / "pointer.gguf").write_text("version https://git-lfs.github.com/spec/v1", encoding="utf-8")
    with_values(split__count=2).write(tmp_path / "split.gguf")
    hf_folder(tmp_path / "chatglm3-6b")
    problems = {model.ref.id: model.problem for model in library.scan(tmp_path)}
    codes = {name: problem.code for name, problem in problems.items() if problem is not None}
    assert codes == {
        "cut": ErrorCode.MODEL_TRUNCATED,
        "pointer": ErrorCode.MODEL_NOT_A_MODEL,
        "split": ErrorCode.MODEL_UNSUPPORTED,
        "chatglm3-6b": ErrorCode.MODEL_UNSUPPORTED,
    }


@pytest.mark.parametrize("config", ["", "[]", "{}", '{"model_type": 3}', "[" * 100_000])
def test_a_folder_with_a_strange_config_is_no_model(tmp_path: Path, config: str) -> None:
    hf_folder(tmp_path / "strange", config)
    assert ids(tmp_path) == []


def test_ids_are_unique_and_the_outer_one_keeps_its_name(tmp_path: Path) -> None:
    GgufFile().write(tmp_path / "tea.gguf")
    GgufFile().write(tmp_path / "more" / "tea.gguf")
    GgufFile().write(tmp_path / "tea.bin")
    found = ids(tmp_path)
    assert len(set(found)) == 3
    assert found[0] == "tea"
    assert "more/tea" in found


def test_hidden_and_unfinished_files_are_left_out(tmp_path: Path) -> None:
    GgufFile().write(tmp_path / ".starter-x.part")
    GgufFile().write(tmp_path / ".cache" / "tea.gguf")
    assert ids(tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_links_and_pipes_are_left_alone(tmp_path: Path) -> None:
    outside = GgufFile().write(tmp_path / "outside" / "tea.gguf")
    inside = tmp_path / "models"
    inside.mkdir()
    (inside / "link.gguf").symlink_to(outside)
    (inside / "folder").symlink_to(outside.parent)
    (inside / "loop").symlink_to(inside)
    os.mkfifo(inside / "pipe.gguf")
    assert ids(inside) == []


def test_the_search_is_bounded(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(library.MAX_DEPTH + 2):
        deep = deep / "d"
    GgufFile().write(deep / "deep.gguf")
    GgufFile().write(deep.parent.parent.parent / "shallow.gguf")
    assert ids(tmp_path) == ["shallow"]


def test_the_starter_is_known_under_any_name() -> None:
    models = library.scan(starter_path().parent)
    found = next(model for model in models if model.is_starter)
    assert found.name == starter.NAME
    assert found.problem is None


def test_resolve_by_id_name_file_and_folder(tmp_path: Path) -> None:
    path = GgufFile().write(tmp_path / "models" / "sub" / "tiny.gguf")
    models_dir = tmp_path / "models"
    for text in ("tiny", "TINY", "tiny tea", str(path), str(path.parent)):
        found = library.resolve(text, models_dir)
        assert (found.ref.id, found.ref.path) == ("tiny", str(path))
    elsewhere = GgufFile().write(tmp_path / "download" / "other.gguf")
    assert library.resolve(str(elsewhere), models_dir).ref.id == "other"
    assert library.resolve(str(elsewhere.parent), models_dir).ref.id == "other"


def test_what_resolve_refuses(tmp_path: Path) -> None:
    (tmp_path / "cut.gguf").write_bytes(GgufFile().content()[:-50])
    (tmp_path / "notes.txt").write_text("not a model", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    hf_folder(tmp_path / "glm")
    for text, code in {
        "nothing": ErrorCode.MODEL_MISSING,
        str(tmp_path / "no.gguf"): ErrorCode.MODEL_MISSING,
        "cut": ErrorCode.MODEL_TRUNCATED,
        str(tmp_path / "notes.txt"): ErrorCode.MODEL_NOT_A_MODEL,
        str(tmp_path / "empty"): ErrorCode.MODEL_NOT_A_MODEL,
        str(tmp_path / "glm"): ErrorCode.MODEL_UNSUPPORTED,
    }.items():
        with pytest.raises(WorldError) as caught:
            library.resolve(text, tmp_path)
        assert caught.value.info.code is code, text


def test_which_model_is_the_default(tmp_path: Path) -> None:
    (tmp_path / "a-cut.gguf").write_bytes(GgufFile().content()[:-50])
    for name in ("b-starter", "c", "d"):
        GgufFile().write(tmp_path / f"{name}.gguf")
    cut, first, *own = library.scan(tmp_path)
    starter_model = replace(first, is_starter=True)
    models = [cut, starter_model, *own]
    assert library.default_model(models) == own[0]
    assert library.default_model(models, "d") == own[1]
    assert library.default_model(models, "b-starter") == starter_model
    assert library.default_model(models, "a-cut") == own[0]
    assert library.default_model(models, "c", "d") == own[1]
    assert library.default_model(models, "d", "a-cut") == own[1]
    assert library.default_model(models, "d", "gone") == own[1]
    assert library.default_model([cut, starter_model]) == starter_model
    assert library.default_model([cut]) is None


def test_a_glm_is_the_default_before_others_and_the_starter_never_beside_it(tmp_path: Path) -> None:
    for name in ("a", "b-starter", "c"):
        GgufFile().write(tmp_path / f"{name}.gguf")
    with_values(general__architecture="chatglm").write(tmp_path / "d.gguf")
    other, second, third, glm = library.scan(tmp_path)
    starter_model = replace(second, is_starter=True)
    models = [other, starter_model, third, glm]
    assert library.default_model(models) == glm
    assert library.default_model(models, "c") == third
    assert library.default_model(models, "b-starter") == glm
    assert library.default_model(models, "c", "b-starter") == third
    broken = replace(glm, problem=ErrorInfo(ErrorCode.MODEL_MISSING))
    assert library.default_model([other, starter_model, broken], "b-starter") == starter_model


def test_a_damaged_list_of_places_hides_no_model(tmp_path: Path) -> None:
    GgufFile().write(tmp_path / "tea.gguf")
    (tmp_path / "models.json").write_text("{", encoding="utf-8")
    assert ids(tmp_path) == ["tea"]
    assert [path.name.startswith("models.json.damaged-") for path in tmp_path.glob("models.json*")] == [True]


def test_copies_that_are_not_whole_are_no_models(tmp_path: Path) -> None:
    GgufFile().write(tmp_path / ".tea.gguf.1234.partial")
    hf_folder(tmp_path / ".glm.1234.partial")
    assert library.scan(tmp_path) == []


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A frozen app that holds the starter: a small one, which all code takes for the real one."""
    frozen = tmp_path / "program" / "_internal"
    path = GgufFile().write(frozen / starter.BUNDLED_FOLDER / starter.FILE_NAME)
    content = path.read_bytes()
    monkeypatch.setattr(starter, "FILE_BYTES", len(content))
    monkeypatch.setattr(starter, "HEAD_SHA256", hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(sys, "_MEIPASS", str(frozen), raising=False)
    return path


def test_the_starter_in_the_program_stands_behind_what_the_person_has(program: Path, tmp_path: Path) -> None:
    with_values(general__name="Mine").write(tmp_path / "models" / "mine.gguf")
    mine, bundled = library.scan(tmp_path / "models")
    assert (mine.ref.id, mine.is_bundled) == ("mine", False)
    assert (bundled.ref.id, bundled.ref.path, bundled.name) == (program.stem, str(program), starter.NAME)
    assert bundled.is_bundled
    assert bundled.is_elsewhere
    assert bundled.is_starter
    assert bundled.problem is None
    assert library.resolve(program.stem, tmp_path / "models") == bundled
    assert library.default_model([mine, bundled]) == mine


def test_without_a_models_folder_there_is_the_starter_in_the_program(program: Path, tmp_path: Path) -> None:
    (found,) = library.scan(tmp_path / "no such folder")
    assert library.default_model([found]) == found


def test_a_starter_of_the_persons_own_is_the_one_that_counts(program: Path, tmp_path: Path) -> None:
    own = tmp_path / "models" / starter.FILE_NAME
    own.parent.mkdir()
    own.write_bytes(program.read_bytes())
    (found,) = library.scan(own.parent)
    assert (found.ref.path, found.is_bundled) == (str(own), False)


def test_a_damaged_one_of_the_persons_own_does_not_hide_it(program: Path, tmp_path: Path) -> None:
    own = tmp_path / "models" / starter.FILE_NAME
    own.parent.mkdir()
    own.write_bytes(program.read_bytes()[:-50])
    damaged, bundled = library.scan(own.parent)
    assert damaged.problem is not None
    assert bundled.ref.path == str(program)
    assert damaged.ref.id != bundled.ref.id


def test_a_folder_without_a_model_does_not_stand_for_the_starter(program: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(WorldError, match="model_not_a_model"):
        library.resolve(str(tmp_path / "empty"), tmp_path / "models")


def test_the_starter_in_the_program_is_not_removed(program: Path, tmp_path: Path) -> None:
    (bundled,) = library.scan(tmp_path / "models")
    with pytest.raises(ValueError, match="part of the program"):
        managing.remove(bundled, tmp_path / "models", lambda path: path)
    assert program.is_file()


def test_it_is_no_answer_where_the_models_folder_is_not_connected(program: Path, tmp_path: Path) -> None:
    gone = AppPaths(tmp_path / "data", tmp_path / "stick" / "models")
    assert [model.is_bundled for model in library_look.look(gone).models] == [True]
    moved = replace(gone, home=tmp_path / "data")
    assert moved.models_were_moved
    look = library_look.look(moved)
    assert look.models == ()
    assert look.why_none.code is ErrorCode.MODELS_FOLDER_MISSING
