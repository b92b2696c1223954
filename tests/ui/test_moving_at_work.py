"""What is done with models while their folder is being moved is done in the new one, in the real window: it
waits for the switch, or the switch waits for it; nothing goes into the folder that was left.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.application import StartOptions
from app.core.measuring import MeasureEnd, MeasurePhase
from app.core.paths import AppPaths
from app.model import library
from app.model.engines.script import Script
from app.model.importing import hashing, importer, places
from app.ui.models import trash
from app.ui.texts import measuring as measure_texts
from app.ui.texts.storage import Part
from app.workers import folder_moves
from app.workers.engine_status import EngineState
from tests.faults.window_faults import ENGLISH
from tests.helpers.engine_host import script_ref
from tests.helpers.gguf_files import GgufFile, base_values
from tests.helpers.running_app import running_application
from tests.helpers.storage_visitor import DEMO, Visitor
from tests.helpers.storage_visitor import paths as paths
from tests.helpers.usual_folder import not_mac

OWN = {**base_values(), "general.name": "My own", "llama.context_length": 4096}
IS_WAITING = "takes over as soon as what is being done with a model has ended"
SCRIPT = Script(("one two three four five six seven eight",), repeat=20, delay_ms=15, prompt_delay_ms=0.01)


class Held:
    """The real function, which ends when it is let go."""

    def __init__(self, real: Callable[..., Any]) -> None:
        self._real = real
        self.is_done, self.gate = threading.Event(), threading.Event()

    def __call__(self, *arguments: object) -> Any:
        result = self._real(*arguments)
        self.is_done.set()
        self.gate.wait()
        return result


class Removed:
    """A recycle bin."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def take(self, path: Path) -> Path:
        self.folder.mkdir(exist_ok=True)
        return path.rename(self.folder / path.name)


@pytest.fixture
def models(paths: AppPaths) -> AppPaths:
    GgufFile().write(paths.models_dir / "tea.gguf")
    return paths


@pytest.fixture
def bin_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Removed:
    removed = Removed(tmp_path / "bin")
    monkeypatch.setattr(trash, "take_to_bin", removed.take)
    return removed


def started(visitor: Visitor) -> None:
    visitor.wait_open()
    visitor.wait(lambda: "tea" in ids(visitor))
    visitor.come()


def ids(visitor: Visitor) -> list[str]:
    return [model.ref.id for model in visitor.parts.engines.models]


@contextmanager
def switching(visitor: Visitor, target: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The new folder counts, and the window does not know it yet; in the end it is told."""
    held = Held(folder_moves.switch_models)
    monkeypatch.setattr(folder_moves, "switch_models", held)
    visitor.move(Part.MODELS, target)
    visitor.wait(held.is_done.is_set)
    try:
        yield
    finally:
        held.gate.set()
    visitor.wait_told(Part.MODELS)


def remove(visitor: Visitor) -> None:
    """Ask for it on the page of the models, and say yes."""
    models, page = visitor.parts.pane.models, visitor.window.settings_pane.models_page
    models.show()
    page.remove_requested.emit("tea")
    page.confirmed.emit("tea")


@not_mac
@pytest.mark.parametrize("is_copied", [True, False])
def test_nothing_is_put_into_a_folder_that_was_left(
    qtbot: QtBot, models: AppPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_copied: bool
) -> None:
    own = GgufFile(OWN).write(tmp_path / "own" / "own.gguf")
    with running_application(models, DEMO) as application:
        visitor = Visitor(qtbot, application)
        started(visitor)
        with switching(visitor, tmp_path / "disk", monkeypatch):
            imports, page = visitor.parts.imports, visitor.window.import_page
            imports.bring([str(own)])
            visitor.wait(lambda: len(page.cards) == 1)
            page.add_requested.emit(page.cards[0].key, "", is_copied)
        visitor.wait(lambda: "own" in ids(visitor))
    assert not models.models_dir.exists()
    assert {"tea", "own"} <= {model.ref.id for model in library.scan(tmp_path / "disk")}


@not_mac
def test_a_model_that_is_removed_in_that_moment_is_gone_from_the_new_folder(
    qtbot: QtBot, models: AppPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bin_: Removed
) -> None:
    with running_application(models, DEMO) as application:
        visitor = Visitor(qtbot, application)
        started(visitor)
        with switching(visitor, tmp_path / "disk", monkeypatch):
            remove(visitor)
            qtbot.wait(50)
            assert not bin_.folder.exists()
        visitor.wait(lambda: "tea" not in ids(visitor))
    assert not models.models_dir.exists()
    assert library.scan(tmp_path / "disk") == []
    assert (bin_.folder / "tea.gguf").read_bytes() == GgufFile().content()


@not_mac
def test_a_model_that_is_brought_back_in_that_moment_comes_into_the_new_folder(
    qtbot: QtBot, models: AppPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bin_: Removed
) -> None:
    with running_application(models, DEMO) as application:
        visitor = Visitor(qtbot, application)
        started(visitor)
        toasts: list[object] = []
        toast = visitor.parts.pane.models._removal._toast
        monkeypatch.setattr(toast, "show_toast", lambda _text, _label="", token=None: toasts.append(token))
        remove(visitor)
        visitor.wait(lambda: "tea" not in ids(visitor))
        with switching(visitor, tmp_path / "disk", monkeypatch):
            toast.action_triggered.emit(toasts[0])
            qtbot.wait(50)
            assert (bin_.folder / "tea.gguf").is_file()
        visitor.wait(lambda: "tea" in ids(visitor))
    assert not models.models_dir.exists()
    assert (tmp_path / "disk" / "tea.gguf").read_bytes() == GgufFile().content()


@not_mac
def test_the_switch_waits_for_a_check_and_keeps_what_it_found(
    qtbot: QtBot, models: AppPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(hashing.hash_files)
    monkeypatch.setattr(importer, "hash_files", held)
    with running_application(models, DEMO) as application:
        visitor = Visitor(qtbot, application)
        started(visitor)
        visitor.wait(lambda: visitor.parts.engine.status.state is EngineState.READY)
        visitor.parts.pane.models.show()
        visitor.window.settings_pane.models_page.check_requested.emit("tea")
        visitor.wait(held.is_done.is_set)
        try:
            visitor.move(Part.MODELS, tmp_path / "disk")
            visitor.wait(lambda: IS_WAITING in visitor.panel(Part.MODELS).text)
            assert library.scan(models.models_dir)
        finally:
            held.gate.set()
        assert str(tmp_path / "disk") in visitor.wait_told(Part.MODELS)
    assert not models.models_dir.exists()
    (kept,) = places.read(tmp_path / "disk")
    assert [*kept.hashes] == ["tea.gguf"]


@not_mac
def test_the_switch_waits_for_a_load_and_can_be_cancelled_meanwhile(
    qtbot: QtBot, models: AppPaths, tmp_path: Path
) -> None:
    slow = script_ref(tmp_path, replace(SCRIPT, load_ms=60_000))
    with running_application(models, StartOptions(ENGLISH, model=slow)) as application:
        visitor = Visitor(qtbot, application)
        started(visitor)
        visitor.wait(lambda: visitor.parts.engine.status.state is EngineState.LOADING)
        visitor.move(Part.MODELS, tmp_path / "disk")
        visitor.wait(lambda: IS_WAITING in visitor.panel(Part.MODELS).text)
        visitor.panel(Part.MODELS).cancelled.emit()
        visitor.wait(lambda: visitor.panel(Part.MODELS).isHidden())
        assert (models.models_dir / "tea.gguf").is_file()
        assert not (tmp_path / "disk").exists()
        visitor.move(Part.MODELS, tmp_path / "disk")
        visitor.wait(lambda: IS_WAITING in visitor.panel(Part.MODELS).text)
        visitor.parts.engines.unload()
        visitor.wait_told(Part.MODELS)
    assert (tmp_path / "disk" / "tea.gguf").is_file()


@not_mac
def test_a_measurement_ends_with_a_sentence_before_the_switch(
    qtbot: QtBot, models: AppPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = StartOptions(ENGLISH, model=script_ref(tmp_path, SCRIPT))
    with running_application(models, measured) as application:
        visitor = Visitor(qtbot, application)
        started(visitor)
        measure = visitor.parts.pane.measure
        visitor.wait(lambda: visitor.parts.engine.status.state is EngineState.READY)
        measure.start()
        visitor.wait(lambda: measure.state.progress is not None)
        visitor.wait(lambda: measure.state.progress.phase is MeasurePhase.WRITING)
        visitor.come()
        with switching(visitor, tmp_path / "disk", monkeypatch):
            assert not measure.is_running
            assert measure.state.end is MeasureEnd.MOVED
            assert "moved to another folder" in measure_texts.ended(measure.state, "")
        visitor.wait(lambda: visitor.parts.engine.status.state is EngineState.READY)
    assert not models.models_dir.exists()
