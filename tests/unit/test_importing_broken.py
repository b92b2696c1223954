"""Looking at what is broken, linked, or strange: told file by file, and nothing is run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import torch

from app.core.cancel import Cancelled, CancelToken
from app.core.errors import ErrorCode, WorldError
from app.core.imports import FileState
from app.model import library
from app.model.glm.family import Family
from app.model.importing import model_folder
from app.model.importing.inspection import inspect
from tests.helpers.gguf_files import GgufFile, with_values
from tests.helpers.glm_folder import make_folder
from tests.helpers.glm_models import Options
from tests.helpers.inspections import POINTER, looked_at, problem_of, states, weights_of
from tests.helpers.inspections import folder_of as folder_of
from tests.helpers.inspections import originals as originals

# Broken files


@pytest.mark.parametrize("family", [Family.CHATGLM2, Family.GLM4])
@pytest.mark.parametrize(
    ("content", "state", "code"),
    [
        (None, FileState.MISSING, ErrorCode.MODEL_INCOMPLETE),
        (POINTER, FileState.POINTER, ErrorCode.MODEL_LFS_POINTER),
        (b"", FileState.SHORT, ErrorCode.MODEL_TRUNCATED),
        (b"<!DOCTYPE html><html>404</html>", FileState.UNREADABLE, ErrorCode.MODEL_UNREADABLE),
    ],
)
def test_a_bad_shard_is_named(folder_of, family, content, state, code) -> None:
    folder = folder_of(family)
    path = weights_of(folder)[1]
    path.unlink() if content is None else path.write_bytes(content)
    model = looked_at(folder)
    assert (states(model), problem_of(model)) == ({path.name: state}, code)


@pytest.mark.parametrize("family", [Family.CHATGLM2, Family.GLM4])
def test_a_short_shard_is_told_with_its_sizes(folder_of, family) -> None:
    path = weights_of(folder_of(family))[0]
    whole = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-5000])
    model = looked_at(path.parent)
    (check,) = (one for one in model.files if one.state is FileState.SHORT)
    assert check.byte_count == whole - 5000
    assert check.byte_count < check.expected_bytes <= whole
    assert model.model.problem is not None
    assert model.model.problem.params["path"] == str(path)
    assert int(model.model.problem.params["actual"]) == whole - 5000


class Runs:
    """An object whose unpickling would make a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_pickle_that_would_run_code_is_unsafe(tmp_path, folder_of, protocol) -> None:
    folder = folder_of(Family.CHATGLM2)
    path = weights_of(folder)[0]
    torch.save({"extra": Runs(tmp_path / "ran")}, path, pickle_protocol=protocol)
    model = looked_at(folder)
    assert (states(model), problem_of(model)) == ({path.name: FileState.UNSAFE}, ErrorCode.MODEL_UNSAFE)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("family", [Family.CHATGLM2, Family.GLM4])
def test_a_shard_of_another_model_is_foreign(folder_of, family) -> None:
    folder = folder_of(family)
    other = folder_of(Family.CHATGLM if family is Family.CHATGLM2 else Family.GLM_EDGE, "other")
    path = weights_of(folder)[1]
    shutil.copy(weights_of(other)[1], path)
    model = looked_at(folder)
    assert (states(model), problem_of(model)) == ({path.name: FileState.FOREIGN}, ErrorCode.MODEL_MIXED)


@pytest.mark.parametrize("family", [Family.CHATGLM2, Family.GLM4])
def test_a_shard_of_another_size_is_foreign(tmp_path, folder_of, family) -> None:
    folder = folder_of(family)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["ffn_hidden_size"] += 32
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert FileState.FOREIGN in states(looked_at(folder)).values()


def test_a_missing_tensor_is_told_though_all_files_are_there(tmp_path) -> None:
    folder = make_folder(tmp_path, Family.CHATGLM2, Options(shards=1))
    path = folder / "pytorch_model.bin"
    tensors = torch.load(path, weights_only=True)
    del tensors["transformer.output_layer.weight"]
    torch.save(tensors, path)
    model = looked_at(folder)
    assert problem_of(model) is ErrorCode.MODEL_INCOMPLETE
    assert model.model.problem is not None
    assert model.model.problem.params["detail"] == "transformer.output_layer.weight"


def test_an_index_that_points_outside(folder_of) -> None:
    folder = folder_of(Family.GLM4)
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "../../secret.safetensors"}}), encoding="utf-8")
    model = looked_at(folder)
    assert (states(model), problem_of(model)) == (
        {index.name: FileState.UNREADABLE},
        ErrorCode.MODEL_UNREADABLE,
    )


@pytest.mark.parametrize(
    "content", [b"", b"[" * 200_000, b'{"a": "' + b"x" * (2 << 20) + b'"}', b"{}", POINTER]
)
def test_a_configuration_that_is_none(folder_of, content) -> None:
    folder = folder_of(Family.GLM4)
    (folder / "config.json").write_bytes(content)
    model = looked_at(folder)
    state = FileState.POINTER if content == POINTER else FileState.UNREADABLE
    assert states(model) == {"config.json": state}
    assert problem_of(model) in (ErrorCode.MODEL_UNREADABLE, ErrorCode.MODEL_LFS_POINTER)


def test_weights_without_a_configuration(folder_of) -> None:
    folder = folder_of(Family.GLM4)
    (folder / "config.json").unlink()
    model = looked_at(folder)
    assert (states(model), problem_of(model)) == (
        {"config.json": FileState.MISSING},
        ErrorCode.MODEL_INCOMPLETE,
    )


def test_a_configuration_that_cannot_be_run_is_not_supported(folder_of) -> None:
    folder = folder_of(Family.GLM4)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8")) | {"rmsnorm": False}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert problem_of(looked_at(folder)) is ErrorCode.MODEL_UNSUPPORTED


def test_a_model_of_another_lineage_is_not_supported(folder_of) -> None:
    folder = folder_of(Family.GLM4)
    (folder / "config.json").write_text('{"model_type": "llama"}', encoding="utf-8")
    assert problem_of(looked_at(folder)) is ErrorCode.MODEL_UNSUPPORTED


@pytest.mark.parametrize(
    ("content", "state", "code"),
    [
        (GgufFile().content()[:-50], FileState.SHORT, ErrorCode.MODEL_TRUNCATED),
        (POINTER, FileState.POINTER, ErrorCode.MODEL_LFS_POINTER),
        (b"nothing", FileState.UNREADABLE, ErrorCode.MODEL_NOT_A_MODEL),
        (b"", FileState.UNREADABLE, ErrorCode.MODEL_NOT_A_MODEL),
        (with_values(split__count=2).content(), None, ErrorCode.MODEL_UNSUPPORTED),
    ],
)
def test_bad_gguf_files(tmp_path, content, state, code) -> None:
    path = tmp_path / "tea.gguf"
    path.write_bytes(content)
    model = looked_at(path)
    assert (list(states(model).values()), problem_of(model)) == ([state] if state else [], code)


# Links


def hub_cache(folder: Path, repository: Path) -> Path:
    """The folder as a hub's cache holds it: files under hashes, and a folder of links to them."""
    snapshot = repository / "snapshots" / "0f1e2d"
    snapshot.mkdir(parents=True)
    (repository / "blobs").mkdir()
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0f1e2d", encoding="utf-8")
    for at, path in enumerate(sorted(folder.iterdir())):
        shutil.copy(path, repository / "blobs" / f"hash{at}")
        (snapshot / path.name).symlink_to(Path("../../blobs") / f"hash{at}")
    return snapshot


@pytest.mark.parametrize("brought", ["cache", "cache/models--THUDM--chatglm3-6b", "snapshot"])
def test_a_hubs_cache_is_one_model_with_its_published_name(tmp_path, folder_of, brought) -> None:
    repository = tmp_path / "cache" / "models--THUDM--chatglm3-6b"
    snapshot = hub_cache(folder_of(Family.CHATGLM3, "files"), repository)
    older = repository / "snapshots" / "aa"  # what an older version left there
    older.mkdir()
    shutil.copy(snapshot / "config.json", older)
    model = looked_at(snapshot if brought == "snapshot" else tmp_path / brought)
    assert (model.model.name, problem_of(model)) == ("chatglm3-6b", None)
    assert model.families == ()
    assert model.model.ref.path == str(snapshot)


def test_a_gguf_file_of_a_hubs_cache_is_found_once(tmp_path) -> None:
    GgufFile().write(tmp_path / "files" / "tiny.gguf")
    hub_cache(tmp_path / "files", tmp_path / "cache" / "models--me--tiny")
    model = looked_at(tmp_path / "cache")
    assert (model.model.ref.id, problem_of(model)) == ("tiny", None)


@pytest.mark.parametrize("name", ["config.json", "weights", "tokenizer.model"])
def test_links_that_lead_outside_are_not_followed(tmp_path, folder_of, name) -> None:
    folder = folder_of(Family.GLM4)
    path = weights_of(folder)[0] if name == "weights" else folder / name
    outside = path.rename(tmp_path / "outside")
    path.symlink_to(outside)
    model = looked_at(folder)
    assert (states(model), problem_of(model)) == ({path.name: FileState.OUTSIDE}, ErrorCode.MODEL_OUTSIDE)
    outside.unlink()  # also one that leads nowhere
    assert problem_of(looked_at(folder)) in (ErrorCode.MODEL_OUTSIDE, ErrorCode.MODEL_INCOMPLETE)


def test_a_linked_file_that_goes_along_is_left_out(tmp_path, folder_of) -> None:
    folder = folder_of(Family.GLM4)
    (tmp_path / "secret").write_text("mine", encoding="utf-8")
    (folder / "LICENSE").symlink_to(tmp_path / "secret")
    model = looked_at(folder)
    assert problem_of(model) is None
    assert states(model, FileState.UNUSED) == {"LICENSE": FileState.UNUSED}


def test_linked_gguf_files_and_folders_in_what_was_brought(tmp_path) -> None:
    outside = GgufFile().write(tmp_path / "outside" / "tea.gguf")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "tea.gguf").symlink_to(outside)
    (inside / "weights").symlink_to(outside)
    (inside / "folder").symlink_to(outside.parent)
    (inside / "loop").symlink_to(inside)
    model = looked_at(inside)
    assert (states(model), problem_of(model)) == ({"tea.gguf": FileState.OUTSIDE}, ErrorCode.MODEL_OUTSIDE)
    assert problem_of(looked_at(inside / "tea.gguf")) is None  # brought by itself


# Places that are strange


def test_nothing_there_and_nothing_in_it(tmp_path) -> None:
    for path in (tmp_path / "no", tmp_path / "no" / "deeper", Path(f"{tmp_path}/a\0b")):
        with pytest.raises(WorldError) as caught:
            inspect(path, tmp_path, CancelToken())
        assert caught.value.info.code is ErrorCode.MODEL_MISSING
    (tmp_path / "notes.txt").write_text("nothing", encoding="utf-8")
    for path in (tmp_path, tmp_path / "notes.txt"):
        assert inspect(path, tmp_path / "models", CancelToken()).models == ()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_are_never_opened(tmp_path, folder_of) -> None:
    os.mkfifo(tmp_path / "pipe.gguf")
    assert inspect(tmp_path / "pipe.gguf", tmp_path, CancelToken()).models == ()
    folder = folder_of(Family.GLM_Z1, "models", "nameless")
    for name in ("chat_template.jinja", "tokenizer_config.json", "README.md"):
        os.mkfifo(folder / name)
    assert problem_of(looked_at(folder)) is None
    for name in ("tokenizer.json", "model.safetensors.index.json", "config.json"):
        (folder / name).unlink()
        os.mkfifo(folder / name)
        assert states(looked_at(folder))[name] is FileState.UNREADABLE
    assert library.scan(folder.parent) == []


NAMES = ["茶馆 模型", "🍵", "x" * 250, "a'b c %s {0}"]
NO_NAMES_OF_WINDOWS = ["a'b\"c", "..."]


@pytest.mark.parametrize("name", NAMES if os.name == "nt" else NAMES + NO_NAMES_OF_WINDOWS)
def test_names_of_every_kind(folder_of, name) -> None:
    model = looked_at(folder_of(Family.CHATGLM, "models", name))
    assert (problem_of(model), model.model.name) == (None, name)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions of this system are others")
def test_a_folder_that_may_not_be_entered(folder_of, tmp_path) -> None:
    place = Path(tempfile.mkdtemp())  # pytest's own folder is closed to others
    place.chmod(0o755)
    folder = shutil.copytree(folder_of(Family.CHATGLM), place / "models" / "closed")
    code = (
        "import os, sys, pathlib\n"
        "from app.core.cancel import CancelToken\n"
        "from app.core.errors import WorldError\n"
        "from app.model import library\n"
        "from app.model.importing.inspection import inspect\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "for path in (*folder.iterdir(), folder): path.chmod(int(sys.argv[2], 8))\n"
        "if os.geteuid() == 0: os.seteuid(65534)\n"
        "for place in (folder, folder.parent):\n"
        "    try:\n"
        "        found = inspect(place, folder.parent, CancelToken()).models\n"
        "        print([one.model.problem.code.value for one in found])\n"
        "    except WorldError as error: print(error.info.code.value)\n"
        "print(len(library.scan(folder.parent)))\n"
    )
    for mode in ("000", "444"):  # neither listed nor entered; listed and not entered
        result = subprocess.run(
            [sys.executable, "-c", code, str(folder), mode], capture_output=True, text=True, check=False
        )
        folder.chmod(0o755)
        assert result.returncode == 0, result.stderr
        assert result.stdout.splitlines() == ["model_unreadable", "[]", "0"]
    shutil.rmtree(place)


def test_the_search_is_bounded_and_can_be_cancelled(tmp_path, monkeypatch) -> None:
    deep = tmp_path.joinpath(*("d" for _ in range(library.MAX_DEPTH + 2)))
    GgufFile().write(deep / "deep.gguf")
    GgufFile().write(deep.parents[2] / "shallow.gguf")
    assert looked_at(tmp_path).model.ref.id == "shallow"
    monkeypatch.setattr(library, "MAX_ENTRIES", 3)
    assert inspect(tmp_path, tmp_path / "models", CancelToken()).models == ()
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        inspect(tmp_path, tmp_path / "models", cancel)


def test_thousands_of_files_beside_a_model(folder_of) -> None:
    folder = folder_of(Family.CHATGLM)
    for number in range(2000):
        (folder / f"note {number}.txt").touch()
    model = looked_at(folder)
    assert problem_of(model) is None
    assert len(states(model, FileState.UNUSED)) == model_folder.MOST_UNUSED


def test_an_index_of_more_files_than_anybody_has(folder_of) -> None:
    folder = folder_of(Family.GLM4)
    names = {f"key {number}": f"model-{number}.safetensors" for number in range(5000)}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}), encoding="utf-8")
    assert problem_of(looked_at(folder)) is ErrorCode.MODEL_UNREADABLE
