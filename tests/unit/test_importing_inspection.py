"""What a person brought is recognised by content and told file by file; nothing of it is executed."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.cancel import CancelToken
from app.core.engine import EngineKind
from app.core.errors import ErrorCode
from app.core.imports import FileRole, FileState
from app.model.glm.family import Family
from app.model.importing import places
from app.model.importing.inspection import inspect
from app.model.importing.places import Place
from tests.helpers.gguf_files import GgufFile
from tests.helpers.glm_folder import make_folder
from tests.helpers.glm_models import Options
from tests.helpers.inspections import folder_of as folder_of
from tests.helpers.inspections import looked_at, problem_of, states, weights_of
from tests.helpers.inspections import originals as originals

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
