"""A model that is brought while the models are being moved comes into the new folder, in the real window."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.core.paths import AppPaths
from app.model import library
from app.ui.texts.storage import Part
from app.workers import folder_moves
from tests.helpers.gguf_files import GgufFile, base_values
from tests.helpers.running_app import running_application
from tests.helpers.storage_visitor import DEMO, Visitor, linux
from tests.helpers.storage_visitor import paths as paths

OWN = {**base_values(), "general.name": "My own", "llama.context_length": 4096}


class Held:
    """The real function, which ends when it is let go."""

    def __init__(self, real: Callable[..., AppPaths]) -> None:
        self._real = real
        self.is_done, self.gate = threading.Event(), threading.Event()

    def __call__(self, *arguments: object) -> AppPaths:
        result = self._real(*arguments)
        self.is_done.set()
        self.gate.wait()
        return result


@linux
@pytest.mark.parametrize("is_copied", [True, False])
def test_nothing_is_put_into_a_folder_that_was_left(
    qtbot: QtBot, paths: AppPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_copied: bool
) -> None:
    GgufFile().write(paths.models_dir / "tea.gguf")
    own = GgufFile(OWN).write(tmp_path / "own" / "own.gguf")
    held = Held(folder_moves.switch_models)
    monkeypatch.setattr(folder_moves, "switch_models", held)
    with running_application(paths, DEMO) as application:
        visitor = Visitor(qtbot, application)
        visitor.wait_open()
        visitor.come()
        visitor.move(Part.MODELS, tmp_path / "disk")
        visitor.wait(held.is_done.is_set)
        try:
            imports, page = visitor.parts.imports, visitor.window.import_page
            imports.bring([str(own)])
            visitor.wait(lambda: len(page.cards) == 1)
            page.add_requested.emit(page.cards[0].key, "", is_copied)
        finally:
            held.gate.set()
        visitor.wait_told(Part.MODELS)
        visitor.wait(lambda: "own" in [model.ref.id for model in visitor.parts.engines.models])
    assert not paths.models_dir.exists()
    assert {"tea", "own"} <= {model.ref.id for model in library.scan(tmp_path / "disk")}
