"""`python -m app import` as people and programs call it: what it says, what it changes, how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.model import library
from app.model.glm.family import Family
from tests.helpers.gguf_files import GgufFile
from tests.helpers.glm_folder import make_folder
from tests.helpers.glm_models import Options, Sizes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that may be of the second or the third generation."""
    options = Options(sizes=Sizes(vocab=640), config={"_name_or_path": None})
    made = make_folder(tmp_path / "made", Family.CHATGLM2, options)
    return made.rename(tmp_path / "my model")


def bring(models: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return run(models, "import", *arguments)


def run(models: Path, verb: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en"}
    words = [sys.executable, "-m", "app", verb, "--models-dir", str(models), *map(str, arguments)]
    return subprocess.run(
        words, capture_output=True, text=True, encoding="utf-8", env=environment, timeout=100, check=False
    )


def test_a_model_is_told_and_used_where_it_is(tmp_path: Path, folder: Path) -> None:
    result = bring(tmp_path / "models", folder)
    assert (result.returncode, result.stderr) == (0, "")
    assert "✓ config.json" in result.stdout
    assert "ChatGLM2-6B" in result.stdout
    assert "--family" in result.stdout
    assert "my model" in result.stdout.splitlines()[-1]
    (model,) = library.scan(tmp_path / "models")
    assert (model.ref.path, model.ref.family, model.is_elsewhere) == (str(folder), "chatglm2", True)
    again = bring(tmp_path / "models", folder)
    assert (again.returncode, len(library.scan(tmp_path / "models"))) == (0, 1)


def test_a_copy_as_json_lines(tmp_path: Path, folder: Path) -> None:
    arguments = (folder, "--copy", "--family", "chatglm3", "--check-hashes", "--json")
    result = bring(tmp_path / "models", *arguments)
    assert (result.returncode, result.stderr) == (0, "")
    found, hashes, done = (json.loads(line) for line in result.stdout.splitlines())
    assert (found["event"], found["architecture"], found["problem"]) == ("found", "chatglm3", None)
    assert found["families"] == ["chatglm3", "chatglm2"]
    assert {one["state"] for one in found["files"]} == {"good"}
    assert set(hashes["hashes"]) == {path.name for path in folder.iterdir()}
    assert done == {"event": "copied", "id": "my model"}
    (model,) = library.scan(tmp_path / "models")
    assert (model.ref.family, model.is_elsewhere, model.problem) == ("chatglm3", False, None)


def test_a_model_goes_over_in_a_pack(tmp_path: Path, folder: Path) -> None:
    here, there, stick = tmp_path / "here", tmp_path / "there", tmp_path / "stick"
    stick.mkdir()
    assert bring(here, folder, "--family", "chatglm3").returncode == 0
    packed = run(here, "pack", "my model", "--out", stick)
    assert (packed.returncode, packed.stderr) == (0, "")
    pack = stick / "my model.teahousemodel"
    assert pack.name in packed.stdout
    again = run(here, "pack", "my model", "--out", pack, "--json")
    assert (again.returncode, json.loads(again.stdout)["event"]) == (1, "failed")
    assert "is there already" in again.stderr
    taken = bring(there, pack)
    assert (taken.returncode, taken.stderr) == (0, "")
    assert "ChatGLM3-6B" in taken.stdout
    (model,) = library.scan(there)
    assert (model.ref.family, model.is_elsewhere, model.problem) == ("chatglm3", False, None)
    made = {path.name: path.read_bytes() for path in Path(model.ref.path).iterdir()}
    assert made == {path.name: path.read_bytes() for path in folder.iterdir()}
    damaged = pack.read_bytes()
    pack.write_bytes(damaged[: len(damaged) // 2])
    refused = bring(tmp_path / "elsewhere", pack, "--json")
    assert refused.returncode == 1
    assert "damaged" in refused.stderr
    assert library.scan(tmp_path / "elsewhere") == []


def test_several_models_of_which_one_is_broken(tmp_path: Path, folder: Path) -> None:
    GgufFile().write(tmp_path / "tiny.gguf")
    (folder / "tokenizer.model").unlink()
    result = bring(tmp_path / "models", tmp_path)
    assert result.returncode == 1
    assert "! tokenizer.model" in result.stdout
    assert len(result.stderr.strip().splitlines()) == 1
    assert [model.ref.id for model in library.scan(tmp_path / "models")] == ["tiny"]


def test_files_that_are_not_what_was_published_are_not_taken(tmp_path: Path, folder: Path) -> None:
    (folder / "SHA256SUMS").write_text(f"{'0' * 64}  config.json\n", encoding="utf-8")
    result = bring(tmp_path / "models", folder, "--check-hashes")
    assert result.returncode == 1
    assert "my model" in result.stderr
    assert library.scan(tmp_path / "models") == []


@pytest.mark.parametrize(("name", "code"), [("no", 1), ("", 1)])
def test_nothing_to_import(tmp_path: Path, name: str, code: int) -> None:
    result = bring(tmp_path / "models", tmp_path / name)
    assert (result.returncode, result.stdout) == (code, "")
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.stderr


def test_wrong_usage(tmp_path: Path) -> None:
    assert bring(tmp_path / "models", tmp_path, "--family", "gpt").returncode == 2
    assert bring(tmp_path / "models").returncode == 2
