"""The work behind an import, held by a test: what is found where, and jobs that wait to be let go."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core.cancel import CancelToken
from app.core.engine import EngineKind, ModelRef
from app.core.errors import ErrorCode, WorldError
from app.core.imports import (
    FileCheck,
    FileRole,
    FileState,
    HashReport,
    InspectedModel,
    Inspection,
    TaskProgress,
)
from app.core.models import FoundModel
from app.core.paths import Kept
from app.ui.importing.jobs import ImportJobs
from app.ui.importing.places import Place

FILES = (
    FileCheck("config.json", FileRole.CONFIG, FileState.GOOD, 1_322),
    FileCheck("model.safetensors", FileRole.WEIGHTS, FileState.GOOD, 12_000_000_000),
    FileCheck("tokenizer.model", FileRole.TOKENIZER, FileState.GOOD, 1_018_370),
    FileCheck("modeling_chatglm.py", FileRole.OTHER, FileState.UNUSED, 55_596),
)


def inspected(path: str, **changes: object) -> InspectedModel:
    """A whole ChatGLM3 at `path`; `changes` are of `InspectedModel`, or of its model."""
    name = Path(path).name
    model = FoundModel(
        ModelRef(name, EngineKind.GLM_TORCH, str(Path(path))),
        name,
        architecture="chatglm3",
        precision_label="FP16",
        trained_context=8192,
        parameter_count=6_243_584_000,
        file_bytes=12_487_168_064,
    )
    of_the_model = {key: changes.pop(key) for key in list(changes) if hasattr(model, key)}
    return replace(
        InspectedModel(replace(model, **of_the_model), FILES, copy_bytes=12_488_000_000), **changes
    )


class Desk:
    """The jobs. `found` says what there is at a path; `gate` holds copies
    and checks back until it is set, `look_gate` a look. Paths are kept as `/m/x` on every system."""

    def __init__(self) -> None:
        self.found: dict[str, Sequence[InspectedModel] | WorldError] = {}
        self.place = Place(free_bytes=100_000_000_000)
        self.kept = Kept.MOVABLE
        self.trouble: WorldError | None = None  # of what is added next
        self.report = HashReport()
        self.gate, self.look_gate = threading.Event(), threading.Event()
        self.gate.set()
        self.look_gate.set()
        self.looked_at: list[str] = []
        self.used: list[tuple[str, str]] = []
        self.hashes: dict[str, str] = {}  # that were given with the last one used
        self.copied: list[tuple[str, str]] = []
        self.cancelled: list[str] = []

    @property
    def jobs(self) -> ImportJobs:
        return ImportJobs(
            self._inspect, self._use, self._copy, self._check, lambda _path: self.place, lambda: self.kept
        )

    def _inspect(self, path: Path, cancel: CancelToken) -> Inspection:
        place = path.as_posix()
        self.looked_at.append(place)
        self._wait(self.look_gate, place, cancel)
        found = self.found.get(place, ())
        if isinstance(found, WorldError):
            raise found
        return Inspection(str(path), tuple(found))

    def _use(self, model: InspectedModel, family: str, hashes: Mapping[str, str]) -> str:
        self._raise_trouble()
        self.used.append((_place(model), family))
        self.hashes = dict(hashes)
        return model.model.ref.id

    def _copy(self, model: InspectedModel, family: str, report, cancel: CancelToken) -> str:
        report(TaskProgress(0, 100, "a"))
        report(TaskProgress(34, 100, "a"))
        self._wait(self.gate, _place(model), cancel)
        self._raise_trouble()
        self.copied.append((_place(model), family))
        return model.model.ref.id

    def _check(self, model: InspectedModel, report, cancel: CancelToken) -> HashReport:
        report(TaskProgress(1, 4, "a"))
        self._wait(self.gate, _place(model), cancel)
        self._raise_trouble()
        return self.report

    def _wait(self, gate: threading.Event, what: str, cancel: CancelToken) -> None:
        while not gate.wait(0.005):
            if cancel.is_cancelled:
                self.cancelled.append(what)
                cancel.raise_if_cancelled()

    def _raise_trouble(self) -> None:
        trouble, self.trouble = self.trouble, None
        if trouble is not None:
            raise trouble


def _place(model: InspectedModel) -> str:
    return Path(model.model.ref.path).as_posix()


class Engines(QObject):
    """In the place of the engine controller: keeps what is asked of it."""

    models_found = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.wanted: ModelRef | None = ModelRef("starter", EngineKind.LLAMA_CPP, "/starter.gguf")
        self.adopted: list[tuple[str, bool]] = []

    def adopt(self, model_id: str, *, load: bool) -> None:
        self.adopted.append((model_id, load))


def incomplete(path: str) -> InspectedModel:
    """A model of which a file is cut short and one is missing."""
    files = (
        FILES[0],
        FileCheck("model-00001-of-00002.safetensors", FileRole.WEIGHTS, FileState.SHORT, 400, 1_000),
        FileCheck("model-00002-of-00002.safetensors", FileRole.WEIGHTS, FileState.MISSING, 0, 1_000),
    )
    problem = WorldError(ErrorCode.MODEL_INCOMPLETE, path=path, detail="model-00002-of-00002").info
    return inspected(path, files=files, problem=problem)
