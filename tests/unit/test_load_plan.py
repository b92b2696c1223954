"""How a model is loaded: what the settings say, what a command line adds, and when a change loads again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal

from app.cli.arguments import make_parser
from app.cli.choice import load_plan
from app.core import settings as declared
from app.core.engine import EngineKind, LoadPlan, ModelRef, Precision
from app.core.load_plan import plan_for
from app.core.models import FoundModel
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.ui.engine_controller import EngineController
from app.workers.engine_status import EngineState, EngineStatus

PATHS = AppPaths(Path("/data"), Path("/models"))
TORCH = ModelRef("chatglm3-6b", EngineKind.GLM_TORCH, "/models/chatglm3-6b")
GGUF = ModelRef("tea", EngineKind.LLAMA_CPP, "/models/tea.gguf")


@pytest.mark.parametrize(
    ("wanted", "precision"),
    [
        ("auto", Precision.NATIVE),
        ("fp16", Precision.FP16),
        ("int8", Precision.INT8),
        ("int4", Precision.INT4),
    ],
)
def test_the_precision_counts_where_the_engine_has_that_choice(wanted: str, precision: Precision) -> None:
    settings = Settings().changed(declared.PRECISION, wanted)
    assert plan_for(EngineKind.GLM_TORCH, settings, PATHS).precision is precision
    assert plan_for(EngineKind.LLAMA_CPP, settings, PATHS).precision is Precision.NATIVE
    assert plan_for(EngineKind.SCRIPTED, settings, PATHS).precision is Precision.NATIVE


def test_every_choice_of_the_setting_is_a_precision() -> None:
    assert {*declared.PRECISION.choices} - {"auto"} <= {precision.value for precision in Precision}


def test_prepared_files_lie_in_the_models_folder() -> None:
    plan = plan_for(EngineKind.GLM_TORCH, Settings(), PATHS)
    assert Path(plan.cache_dir) == PATHS.prepared_dir == PATHS.models_dir / "prepared"
    assert LoadPlan().cache_dir == ""


@pytest.mark.parametrize("ref", [TORCH, GGUF], ids=lambda ref: ref.engine.value)
def test_what_the_command_line_names_is_asked_for_whatever_the_engine(ref: ModelRef) -> None:
    words = ["ask", "--precision", "int4", "--context", "2048", "Hi"]
    plan = load_plan(make_parser().parse_args(words), FoundModel(ref, ref.id), Settings(), PATHS)
    assert (plan.precision, plan.context_length) == (Precision.INT4, 2048)


@pytest.mark.parametrize("ref", [TORCH, GGUF], ids=lambda ref: ref.engine.value)
def test_without_a_word_the_command_line_loads_as_the_window_does(ref: ModelRef) -> None:
    settings = Settings().changed(declared.PRECISION, "int8").changed(declared.CONTEXT_LENGTH, 4096)
    plan = load_plan(make_parser().parse_args(["bench"]), FoundModel(ref, ref.id), settings, PATHS)
    assert plan == plan_for(ref.engine, settings, PATHS)
    assert plan.context_length == 4096


class NotingEngine(QObject):
    """Says that a model is loaded as soon as it is asked to, and keeps the plans."""

    status_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.status = EngineStatus()
        self.plans: list[LoadPlan] = []

    def load(self, ref: ModelRef, plan: LoadPlan) -> None:
        self.plans.append(plan)
        self.status = EngineStatus(EngineState.READY, ref, plan)


@pytest.mark.parametrize(("ref", "loads"), [(TORCH, 2), (GGUF, 1)], ids=["torch", "gguf"])
def test_another_precision_loads_again_where_it_matters(qapp, tmp_path: Path, ref, loads: int) -> None:
    paths = replace(PATHS, models_dir=tmp_path)
    chosen = [Settings()]
    loop = asyncio.new_event_loop()
    engine = NotingEngine()
    controller = EngineController(engine, paths, lambda: chosen[-1], loop)
    controller.reload_for_settings()
    assert engine.plans == []
    controller.start(ref)
    chosen.append(Settings().changed(declared.PRECISION, "int8"))
    controller.reload_for_settings()
    controller.reload_for_settings()
    assert len(engine.plans) == loads
    assert engine.plans[-1].precision is (Precision.INT8 if loads == 2 else Precision.NATIVE)
    chosen.append(Settings().changed(declared.CONTEXT_LENGTH, 2048))
    controller.reload_for_settings()
    assert engine.plans[-1].context_length == 2048
    controller.cancel_background()
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
