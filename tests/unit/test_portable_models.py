"""Models that a portable copy uses in their own place are found again when its disk has another letter."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import pytest

from app.cli import bring
from app.core.cancel import CancelToken
from app.core.paths import AppPaths
from app.model import library, managing
from app.model.importing import importer, places
from app.ui.importing.jobs import jobs_for
from tests.helpers.gguf_files import GgufFile


class Stick:
    """A disk with a portable copy and, outside of its folder, a model."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def paths(self) -> AppPaths:
        data = self.root / "程序" / "Teahouse" / "TeahouseData"
        return AppPaths(data, data / "models", is_portable=True)

    @property
    def model(self) -> Path:
        return self.root / "GGUF" / "茶.gguf"

    def plugged_in_as(self, letter: str) -> Stick:
        """The same disk by another name."""
        return Stick(self.root.rename(self.root.with_name(letter)))

    def use(self, path: Path, paths: AppPaths | None = None) -> str:
        """Have the model at `path` used in its own place, as the window does; gives its id."""
        jobs = jobs_for(lambda: paths or self.paths)
        (found,) = jobs.inspect(path, CancelToken()).models
        return jobs.use_in_place(found, "", {})


@pytest.fixture
def stick(tmp_path: Path) -> Stick:
    found = Stick(tmp_path / "E")
    found.model.parent.mkdir(parents=True)
    GgufFile().write(found.model)
    return found


def shown(stick: Stick) -> list[tuple[str, str, bool]]:
    found = library.scan(stick.paths.models_dir)
    return [(model.ref.id, model.ref.path, model.problem is None) for model in found]


def test_another_letter_of_the_disk_loses_no_model(stick: Stick) -> None:
    known = stick.use(stick.model)
    assert shown(stick) == [(known, str(stick.model), True)]
    stick = stick.plugged_in_as("F")
    assert shown(stick) == [(known, str(stick.model), True)]
    assert stick.use(stick.model) == known
    (found,) = library.scan(stick.paths.models_dir)
    assert managing.where_it_is(found, stick.paths.models_dir) == found
    managing.remove(found, stick.paths.models_dir, lambda _path: None)
    assert shown(stick) == []
    assert stick.model.is_file()


def test_the_verb_remembers_it_the_same_way(
    stick: Stick, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bring, "paths_of", lambda _options: stick.paths)
    options = Namespace(path=stick.model, family="", json=False, copy=False, check_hashes=False)
    assert bring.run_import(options) == 0
    stick = stick.plugged_in_as("F")
    assert [(path, is_sound) for _id, path, is_sound in shown(stick)] == [(str(stick.model), True)]
    capsys.readouterr()


def test_a_copy_of_the_program_on_another_disk_still_finds_the_model_on_the_stick(stick: Stick) -> None:
    known = stick.use(stick.model)
    elsewhere = Stick(stick.root.with_name("C"))
    elsewhere.paths.models_dir.parent.mkdir(parents=True)
    stick.paths.models_dir.rename(elsewhere.paths.models_dir)
    assert shown(elsewhere) == [(known, str(stick.model), True)]


def test_what_is_gone_is_told_where_it_should_be_and_can_be_taken_off(stick: Stick) -> None:
    known = stick.use(stick.model)
    stick = stick.plugged_in_as("F")
    stick.model.unlink()
    assert shown(stick) == [(known, str(stick.model), False)]
    (found,) = library.scan(stick.paths.models_dir)
    managing.remove(found, stick.paths.models_dir, lambda _path: None)
    assert shown(stick) == []


def test_an_entry_without_it_works_as_before_and_gets_it_when_the_model_is_used_again(stick: Stick) -> None:
    models_dir = stick.paths.models_dir
    (found,) = jobs_for(lambda: stick.paths).inspect(stick.model, CancelToken()).models
    known = importer.use_in_place(found, "", models_dir)
    assert shown(stick) == [(known, str(stick.model), True)]
    assert places.read(models_dir)[0].beside == ""
    assert stick.use(stick.model) == known
    stick = stick.plugged_in_as("F")
    assert shown(stick) == [(known, str(stick.model), True)]


def test_a_path_of_another_system_is_still_a_place_elsewhere(stick: Stick) -> None:
    known = stick.use(stick.model)
    file = stick.paths.models_dir / places.FILE_NAME
    content = json.loads(file.read_bytes())
    content["models"][0]["path"] = "E:\\GGUF\\茶.gguf" if os.sep == "/" else "/media/E/GGUF/茶.gguf"
    file.write_text(json.dumps(content), encoding="ascii")
    assert shown(stick) == [(known, str(stick.model), True)]


def test_only_a_portable_copy_on_the_same_disk_remembers_it(
    stick: Stick, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = replace(stick.paths, is_portable=False, home=stick.paths.data_dir)
    stick.use(stick.model, usual)
    named = replace(stick.paths, models_is_named=True)
    stick.use(stick.model, named)
    monkeypatch.setattr(importer, "on_one_disk", lambda _one, _other: False)
    stick.use(stick.model)
    assert places.read(stick.paths.models_dir)[0].beside == ""
