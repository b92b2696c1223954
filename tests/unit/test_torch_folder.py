"""Published folders as the library sees them: every generation by name, and what a download left out."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.engine import EngineKind
from app.core.errors import ErrorCode, WorldError
from app.core.paths import AppPaths
from app.model import library, torch_folder
from app.model.glm.family import Family
from app.model.glm.tokenizers.opening import FILE_NAMES
from tests.helpers.gguf_files import GgufFile
from tests.helpers.glm_models import Options, make_model

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1018370\n"


def published(folder: Path, family: Family = Family.GLM4, options: Options | None = None) -> Path:
    """A small model with something in place of its tokenizer."""
    make_model(folder, family, options)
    (folder / FILE_NAMES[family][0]).write_bytes(b"a tokenizer")
    return folder


def problem_of(folder: Path) -> ErrorCode:
    model = torch_folder.recognise(folder)
    assert model is not None
    assert model.problem is not None
    assert model.name == folder.name
    return model.problem.code


def weights_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in (".safetensors", ".bin"))


@pytest.mark.parametrize(
    ("family", "name", "label"),
    [
        (Family.CHATGLM, "chatglm-6b", "FP16"),
        (Family.CHATGLM2, "chatglm2-6b", "FP16"),
        (Family.CHATGLM3, "chatglm3-6b", "FP16"),
        (Family.CODEGEEX2, "codegeex2-6b", "BF16"),
        (Family.GLM4, "glm-4-9b-chat", "BF16"),
        (Family.CODEGEEX4, "codegeex4-all-9b", "BF16"),
        (Family.GLM4_0414, "GLM-4-9B-0414", "BF16"),
        (Family.GLM_Z1, "GLM-Z1-9B-0414", "BF16"),
        (Family.GLM_EDGE, "glm-edge-1.5b-chat", "BF16"),
    ],
)
def test_every_generation_is_listed_with_its_facts(tmp_path: Path, family, name, label) -> None:
    folder = published(tmp_path / name, family)
    (model,) = library.scan(tmp_path)
    assert model.problem is None
    assert (model.ref.id, model.ref.engine, model.ref.path) == (name, EngineKind.GLM_TORCH, str(folder))
    assert (model.name, model.architecture, model.precision_label) == (name, family.value, label)
    assert model.file_bytes == sum(path.stat().st_size for path in weights_of(folder))
    assert model.parameter_count > 100_000
    assert model.trained_context >= 2048
    assert library.resolve(str(folder), tmp_path / "elsewhere").ref == model.ref


@pytest.mark.parametrize(("bits", "label"), [(4, "INT4"), (8, "INT8")])
def test_official_quantized_editions_say_so(tmp_path: Path, bits: int, label: str) -> None:
    folder = published(tmp_path / f"chatglm2-6b-int{bits}", Family.CHATGLM2, Options(bits=bits))
    model = torch_folder.recognise(folder)
    assert model is not None
    assert (model.problem, model.precision_label) == (None, label)


def test_a_shard_that_is_missing(tmp_path: Path) -> None:
    folder = published(tmp_path / "glm")
    weights_of(folder)[1].unlink()
    assert problem_of(folder) is ErrorCode.MODEL_INCOMPLETE


def test_only_a_configuration(tmp_path: Path) -> None:
    folder = published(tmp_path / "glm")
    for path in folder.iterdir():
        if path.name != "config.json":
            path.unlink()
    assert problem_of(folder) is ErrorCode.MODEL_INCOMPLETE


def test_no_tokenizer(tmp_path: Path) -> None:
    assert problem_of(make_model(tmp_path / "glm", Family.GLM4)) is ErrorCode.MODEL_INCOMPLETE


@pytest.mark.parametrize("name", ["weights", "tokenizer.model"])
def test_pointers_in_place_of_files(tmp_path: Path, name: str) -> None:
    folder = published(tmp_path / "glm")
    path = weights_of(folder)[0] if name == "weights" else folder / name
    path.write_bytes(POINTER)
    assert problem_of(folder) is ErrorCode.MODEL_LFS_POINTER


@pytest.mark.parametrize("kept", [5, 100, -1])
def test_safetensors_that_were_cut_are_named_with_their_sizes(tmp_path: Path, kept: int) -> None:
    path = weights_of(published(tmp_path / "glm"))[0]
    path.write_bytes(path.read_bytes()[:kept])
    model = torch_folder.recognise(path.parent)
    assert model is not None
    assert model.problem is not None
    assert model.problem.code is ErrorCode.MODEL_TRUNCATED
    assert model.problem.params["path"] == str(path)
    assert int(model.problem.params["expected"]) > int(model.problem.params["actual"]) == path.stat().st_size


@pytest.mark.parametrize("name", ["weights", "tokenizer.model"])
def test_files_of_which_nothing_came(tmp_path: Path, name: str) -> None:
    folder = published(tmp_path / "glm")
    path = weights_of(folder)[0] if name == "weights" else folder / name
    path.write_bytes(b"")
    assert problem_of(folder) is ErrorCode.MODEL_INCOMPLETE


def test_bin_files_that_were_cut(tmp_path: Path) -> None:
    folder = published(tmp_path / "chatglm", Family.CHATGLM)
    path = weights_of(folder)[0]
    path.write_bytes(path.read_bytes()[:-200])
    assert problem_of(folder) is ErrorCode.MODEL_INCOMPLETE


def test_a_configuration_that_cannot_be_run(tmp_path: Path) -> None:
    folder = published(tmp_path / "glm", options=Options(config={"num_layers": "many"}))
    assert problem_of(folder) is ErrorCode.MODEL_UNSUPPORTED
    with pytest.raises(WorldError) as caught:
        library.resolve(str(folder), tmp_path)
    assert caught.value.info.params["path"] == str(folder)


def test_another_kind_of_model_is_not_ours(tmp_path: Path) -> None:
    folder = published(tmp_path / "llama", options=Options(config={"model_type": "llama"}))
    assert torch_folder.recognise(folder) is None
    (model,) = library.scan(tmp_path)
    assert model.problem is not None
    assert model.problem.code is ErrorCode.MODEL_UNSUPPORTED


def test_a_gguf_file_beside_a_configuration_is_listed_alone(tmp_path: Path) -> None:
    folder = published(tmp_path / "glm")
    for path in weights_of(folder):
        path.unlink()
    (folder / "model.safetensors.index.json").unlink(missing_ok=True)
    GgufFile().write(folder / "tiny.gguf")
    assert [model.ref.id for model in library.scan(tmp_path)] == ["tiny"]


def test_what_lies_in_a_model_or_was_prepared_from_one_is_not_listed_again(tmp_path: Path) -> None:
    folder = published(tmp_path / "glm")
    shutil.copytree(folder, folder / "older" / "copy")
    shutil.copytree(folder, AppPaths(tmp_path, tmp_path).prepared_dir / "glm-int4")
    assert [model.ref.id for model in library.scan(tmp_path)] == ["glm"]
    shutil.copytree(folder, tmp_path / "more" / "glm")
    assert [model.ref.id for model in library.scan(tmp_path)] == ["glm", "more/glm"]


def test_a_folder_of_a_hubs_cache_has_the_repositorys_name(tmp_path: Path) -> None:
    folder = published(tmp_path / "models--THUDM--chatglm3-6b" / "snapshots" / "0f1e2d", Family.CHATGLM3)
    (model,) = library.scan(tmp_path)
    assert (model.ref.id, model.name, model.ref.path) == ("chatglm3-6b", "chatglm3-6b", str(folder))


@pytest.mark.parametrize("header", [b"[]", b"{}", b'{"a": 1}', b'{"a": {"data_offsets": []}}', b"\xff\xfe"])
def test_rubbish_at_the_head_of_a_file_is_left_to_the_engine(tmp_path: Path, header: bytes) -> None:
    folder = published(tmp_path / "glm")
    weights_of(folder)[0].write_bytes(len(header).to_bytes(8, "little") + header + bytes(100))
    model = torch_folder.recognise(folder)
    assert model is not None
    assert model.problem is None


def test_it_is_recognised_without_a_heavy_library(tmp_path: Path) -> None:
    folder = published(tmp_path / "glm")
    code = (
        "import sys, pathlib; from app.model import library;"
        "print(library.scan(pathlib.Path(sys.argv[1]))[0].architecture);"
        "print(sorted({'torch', 'numpy', 'transformers', 'safetensors', 'tokenizers'} & set(sys.modules)))"
    )
    words = [sys.executable, "-c", code, str(folder.parent)]
    result = subprocess.run(words, capture_output=True, text=True, check=False)
    assert result.stdout.splitlines() == ["glm4-9b", "[]"], result.stderr
    assert json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_type"] == "chatglm"


def test_what_a_person_said_counts_where_the_files_leave_it_possible(tmp_path: Path) -> None:
    folder = published(tmp_path / "nameless", Family.CHATGLM2, Options(config={"_name_or_path": None}))
    for said, found in (
        ("", "chatglm2"),
        ("chatglm3", "chatglm3"),
        ("glm-edge", "chatglm2"),
        ("new", "chatglm2"),
    ):
        model = torch_folder.recognise(folder, said)
        assert model is not None
        assert (model.problem, model.architecture) == (None, found)
        assert model.ref.family == (said if said == found else "")
