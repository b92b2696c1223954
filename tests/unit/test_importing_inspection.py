"""What a person brought is recognised by content and told file by file; nothing of it is executed."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from app.core.cancel import Cancelled, CancelToken
from app.core.engine import EngineKind
from app.core.errors import ErrorCode, WorldError
from app.core.imports import FileRole, FileState, InspectedModel
from app.model import library
from app.model.glm.family import Family
from app.model.importing import model_folder, places
from app.model.importing.inspection import inspect
from app.model.importing.places import Place
from tests.helpers.gguf_files import GgufFile, with_values
from tests.helpers.glm_folder import make_folder
from tests.helpers.glm_models import Options, Sizes

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1018370\n"
NAMELESS = Options(sizes=Sizes(vocab=640), config={"_name_or_path": None})


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Family], Path]:
    """A folder of each generation, made once; tests change copies of it."""
    place, made = tmp_path_factory.mktemp("originals"), {}

    def original(family: Family) -> Path:
        if family not in made:
            made[family] = make_folder(place, family, NAMELESS)
        return made[family]

    return original


@pytest.fixture
def folder_of(originals: Callable[[Family], Path], tmp_path: Path) -> Callable[..., Path]:
    """Copies a folder of a generation to a place below the test's own folder."""

    def copied(family: Family, *parts: str) -> Path:
        return shutil.copytree(originals(family), tmp_path.joinpath(*(parts or (family.value,))))

    return copied


def looked_at(path: Path, family: str = "") -> InspectedModel:
    """The one model at `path`."""
    (model,) = inspect(path, path.parent / "no models", CancelToken(), family).models
    return model


def states(model: InspectedModel, *wanted: FileState) -> dict[str, FileState]:
    """The files that are in one of the states; without `wanted` those that are not in order."""
    bad = wanted or tuple(state for state in FileState if state not in (FileState.GOOD, FileState.UNUSED))
    return {one.name: one.state for one in model.files if one.state in bad}


def problem_of(model: InspectedModel) -> ErrorCode | None:
    return None if model.model.problem is None else model.model.problem.code


def weights_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in (".safetensors", ".bin"))


# Sound models


@pytest.mark.parametrize("family", list(Family))
def test_every_generation_is_told_with_all_its_files(folder_of, family) -> None:
    folder = folder_of(family)
    model = looked_at(folder)
    assert (problem_of(model), states(model), model.families) == (None, {}, ())
    assert (model.model.architecture, model.model.ref.engine) == (family.value, EngineKind.GLM_TORCH)
    roles = {role: [one for one in model.files if one.role is role] for role in FileRole}
    assert [one.name for one in roles[FileRole.CONFIG]] == ["config.json"]
    assert len(roles[FileRole.WEIGHTS]) == 4  # an index and three shards
    assert roles[FileRole.TOKENIZER]
    assert {one.name for one in model.files} == {path.name for path in folder.iterdir()}
    assert model.copy_bytes == sum(path.stat().st_size for path in folder.iterdir())


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("family", [Family.CHATGLM, Family.CHATGLM2])
def test_official_quantized_editions(tmp_path, family, bits) -> None:
    options = Options(bits=bits, quantized_embeddings=family is Family.CHATGLM and bits == 4)
    model = looked_at(make_folder(tmp_path, family, options))
    assert (problem_of(model), model.model.precision_label) == (None, f"INT{bits}")


@pytest.mark.parametrize("options", [Options(hf=True), Options(shards=1)])
def test_other_layouts_of_glm4(tmp_path, options) -> None:
    family = Family.GLM4 if options.hf else Family.GLM_EDGE
    assert problem_of(looked_at(make_folder(tmp_path, family, options))) is None


def test_a_gguf_file_and_a_folder_with_several_models(tmp_path, folder_of) -> None:
    folder_of(Family.CHATGLM3, "all", "deep", "chatglm3-6b")
    GgufFile().write(tmp_path / "all" / "tiny.gguf")
    GgufFile().write(tmp_path / "all" / "weights.dat")
    (tmp_path / "all" / "notes.txt").write_text("no model, but long enough to be looked at", encoding="utf-8")
    found = inspect(tmp_path / "all", tmp_path / "no models", CancelToken()).models
    assert [one.model.ref.id for one in found] == ["tiny", "weights", "chatglm3-6b"]
    assert [problem_of(one) for one in found] == [None] * 3
    (check,) = found[0].files
    assert (check.name, check.state, check.byte_count) == ("tiny.gguf", FileState.GOOD, found[0].copy_bytes)


@pytest.mark.parametrize("name", ["config.json", "pytorch_model-00002-of-00003.bin", "tokenizer.model"])
def test_a_file_of_a_model_means_its_folder(folder_of, name) -> None:
    folder = folder_of(Family.CHATGLM2)
    assert looked_at(folder / name).model.ref.path == str(folder)


def test_a_file_beside_a_model_means_nothing(folder_of) -> None:
    folder = folder_of(Family.CHATGLM2)
    (folder / "holiday.txt").write_text("not of the model", encoding="utf-8")
    assert inspect(folder / "holiday.txt", folder, CancelToken()).models == ()


def test_code_and_a_second_set_of_weights_are_not_needed(tmp_path, folder_of) -> None:
    folder = folder_of(Family.GLM4)
    (folder / "modeling_chatglm.py").write_text("raise SystemExit('executed')", encoding="utf-8")
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(print))
    for name in ("LICENSE", "README_zh.md", "MODEL_LICENSE"):
        (folder / name).write_text("texts go with a copy", encoding="utf-8")
    model = looked_at(folder)
    assert problem_of(model) is None
    unused = {one.name: one.role for one in model.files if one.state is FileState.UNUSED}
    assert unused == {"pytorch_model.bin": FileRole.WEIGHTS, "modeling_chatglm.py": FileRole.OTHER}
    good = {one.name for one in model.files if one.state is FileState.GOOD}
    assert good >= {"LICENSE", "README_zh.md", "MODEL_LICENSE"}


def test_the_whole_set_is_taken_where_the_first_one_is_not(folder_of) -> None:
    folder = folder_of(Family.CHATGLM2)
    index = {"weight_map": {"a": "model-00001-of-00001.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    model = looked_at(folder)
    assert (problem_of(model), states(model)) == (None, {})
    assert states(model, FileState.UNUSED) == {"model.safetensors.index.json": FileState.UNUSED}


# Which generation


def test_second_or_third_generation_is_a_question_with_a_likely_answer(folder_of) -> None:
    for family, likely in ((Family.CHATGLM2, "chatglm2"), (Family.CHATGLM3, "chatglm3")):
        model = looked_at(folder_of(family, "models", f"nameless {family.name[-1]}"))
        other = "chatglm3" if likely == "chatglm2" else "chatglm2"
        assert (model.families, model.model.architecture) == ((likely, other), likely)
        assert problem_of(model) is None


def test_what_a_person_says_counts(folder_of) -> None:
    folder = folder_of(Family.CHATGLM2, "models", "nameless")
    model = looked_at(folder, "chatglm3")
    assert (model.families, model.model.architecture) == (("chatglm3", "chatglm2"), "chatglm3")
    assert model.model.ref.family == "chatglm3"
    model = looked_at(folder, "glm4-9b")  # its tokenizer says no
    assert (model.families, model.model.architecture) == (("chatglm2", "chatglm3"), "chatglm2")


def test_the_tokenizer_tells_a_generation_that_the_configuration_leaves_open(folder_of) -> None:
    folder = folder_of(Family.CODEGEEX2, "models", "nameless")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    del config["interleaved_qkv"], config["rotary_percent"]
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    model = looked_at(folder)
    assert (model.families, model.model.architecture) == ((), "codegeex2")
    assert (model.model.ref.family, problem_of(model)) == ("codegeex2", None)


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


@pytest.mark.parametrize("name", ["茶馆 模型", "🍵", "x" * 250, "a'b\"c %s {0}", "..."])
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


# What the library has


def test_what_is_known_already(tmp_path, folder_of) -> None:
    models = tmp_path / "models"
    inside = folder_of(Family.CHATGLM2, "models", "chatglm2-6b")
    same = folder_of(Family.CHATGLM2, "download")
    GgufFile().write(models / "tiny.gguf")
    listed = folder_of(Family.GLM4, "elsewhere")
    places.add(models, Place(str(listed), "my glm"))

    def known(path: Path) -> str:
        (model,) = inspect(path, models, CancelToken()).models
        return model.known_id

    assert (known(inside), known(same), known(listed)) == ("chatglm2-6b", "chatglm2-6b", "my glm")
    assert known(GgufFile().write(tmp_path / "other name.gguf")) == "tiny"
    for path in weights_of(same):
        path.write_bytes(bytes(byte ^ 1 for byte in path.read_bytes()))
    assert known(same) == ""


def test_it_is_done_without_a_heavy_library(folder_of) -> None:
    folder = folder_of(Family.CHATGLM2)
    code = (
        "import sys, pathlib; from app.core.cancel import CancelToken;"
        "from app.model.importing import importer; from app.model.importing.inspection import inspect;"
        "found = inspect(pathlib.Path(sys.argv[1]), pathlib.Path('none'), CancelToken());"
        "print(found.models[0].model.problem);"
        "heavy = {'torch', 'numpy', 'safetensors', 'tokenizers', 'sentencepiece', 'tiktoken'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    words = [sys.executable, "-c", code, str(folder)]
    result = subprocess.run(words, capture_output=True, text=True, check=False)
    assert result.stdout.splitlines() == ["None", "[]"], result.stderr


def test_names_in_an_index_that_no_file_can_have(folder_of) -> None:
    folder = folder_of(Family.GLM4)
    index = '{"weight_map": {"a": "\\ud800.safetensors"}}'
    (folder / "model.safetensors.index.json").write_text(index, encoding="utf-8")
    model = looked_at(folder)
    assert list(states(model).values()) == [FileState.MISSING]
    assert problem_of(model) is ErrorCode.MODEL_INCOMPLETE


def test_ids_of_more_digits_than_python_counts(folder_of) -> None:
    folder = folder_of(Family.CODEGEEX4)
    entries = {"9" * 5000: {"content": "<|odd|>", "special": True}}
    text = json.dumps({"added_tokens_decoder": entries})
    (folder / "tokenizer_config.json").write_text(text, encoding="utf-8")
    assert problem_of(looked_at(folder)) is None
