"""Whose files the engine child may have open, told by its status."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.core.engine import EngineKind, ModelRef
from app.workers.engine_status import EngineState, EngineStatus

OLD, NEW = Path("/old"), Path("/new")


def loading(folder: Path) -> EngineStatus:
    ref = ModelRef("tea", EngineKind.LLAMA_CPP, str(folder / "tea.gguf"))
    return EngineStatus(EngineState.LOADING, ref)


def test_until_a_load_has_a_process_of_its_own_the_one_before_may_have_its_files_open() -> None:
    status = loading(NEW)
    assert status.uses(OLD), "Windows would keep what is removed there"
    begun = replace(status, child_pid=7)
    assert not begun.uses(OLD)
    assert begun.uses(NEW)


def test_who_holds_no_model_uses_no_folder() -> None:
    for state in (EngineState.EMPTY, EngineState.FAILED):
        assert not replace(loading(OLD), state=state).uses(OLD)
