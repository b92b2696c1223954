"""Invented models for pictures of adding one: what the scenes of `screenshot` show. Never used by the app."""

from __future__ import annotations

from pathlib import PurePosixPath

from app.core.engine import EngineKind, ModelRef
from app.core.errors import ErrorCode, ErrorInfo, WorldError
from app.core.imports import FileCheck, FileRole, FileState, InspectedModel, TaskProgress
from app.core.models import FoundModel
from app.ui.importing.places import Place
from app.ui.importing.task_strip import TaskState, TaskView
from app.ui.main_window import MainWindow
from app.ui.texts.adding_troubles import adding_trouble

_GB = 10**9
_FOLDER = PurePosixPath("/home/lin/Downloads/chatglm3-6b")
_PLACE = Place(free_bytes=212 * _GB)
_SMALL = (
    FileCheck("config.json", FileRole.CONFIG, FileState.GOOD, 1_322),
    FileCheck("tokenizer.model", FileRole.TOKENIZER, FileState.GOOD, 1_018_370),
    FileCheck("modeling_chatglm.py", FileRole.OTHER, FileState.UNUSED, 55_596),
)


def show(window: MainWindow, scene: str) -> None:
    """Bring the window into one of the scenes of adding a model."""
    page = window.import_page
    match scene:
        case "drop":
            window.drop_overlay.appear()
        case "import-start":
            window.show_import()
            page.take_focus()
        case "import":
            page.show_model(_whole(), _PLACE)
            window.show_import()
            page.take_focus()
        case "import-problem":
            page.show_model(_broken(), _PLACE)
            window.show_import()
            page.take_focus()
        case "import-copying":
            window.import_strip.set_tasks(_copies())


def _shards(states: dict[int, FileState]) -> tuple[FileCheck, ...]:
    """Seven files of weights; those in `states` are not in order."""
    shards = []
    for number in range(1, 8):
        state = states.get(number, FileState.GOOD)
        size = 0 if state is FileState.MISSING else 134 if state is FileState.POINTER else 1_815_217_640
        size = 722_000_000 if state is FileState.SHORT else size
        name = f"model-{number:05}-of-00007.safetensors"
        shards.append(FileCheck(name, FileRole.WEIGHTS, state, size, 1_815_217_640))
    return tuple(shards)


def _found(problem: ErrorInfo | None = None) -> FoundModel:
    return FoundModel(
        ModelRef("chatglm3-6b", EngineKind.GLM_TORCH, str(_FOLDER)),
        "chatglm3-6b",
        architecture="chatglm3",
        precision_label="FP16",
        trained_context=8192,
        parameter_count=6_243_584_000,
        file_bytes=12_487_168_064,
        problem=problem,
    )


def _whole() -> InspectedModel:
    return InspectedModel(_found(), (*_shards({}), *_SMALL), ("chatglm3", "chatglm2"), 12_488_190_000)


def _broken() -> InspectedModel:
    states = {2: FileState.SHORT, 5: FileState.MISSING, 7: FileState.POINTER}
    problem = WorldError(ErrorCode.MODEL_INCOMPLETE, path=_FOLDER, detail="model-00005-of-00007").info
    return InspectedModel(_found(problem), (*_shards(states), *_SMALL))


def _copies() -> tuple[TaskView, ...]:
    name, size = "glm-4-9b-chat", 18_800_000_000
    error = ErrorInfo(ErrorCode.DISK_FULL, {"path": str(_FOLDER)})
    progress = TaskProgress(4_245_000_000, 12_488_190_000)
    return (
        TaskView(1, "chatglm3-6b", TaskState.RUNNING, progress, 128.0),
        TaskView(2, "codegeex4-all-9b", TaskState.WAITING),
        TaskView(3, name, TaskState.FAILED, trouble=lambda: adding_trouble(error, name, size)),
    )
