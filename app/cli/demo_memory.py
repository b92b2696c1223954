"""An invented computer and model for the picture of the settings. Never used by the app itself."""

from __future__ import annotations

from pathlib import Path

from app.cli.demo_shape import CHATGLM3_6B_32K
from app.core import memory_plan
from app.core.computing import USUAL
from app.core.engine import EngineKind, ModelRef, Precision
from app.core.measuring import MeasureState, plan_measuring
from app.core.memory import MachineMemory, MemoryChoice
from app.core.model_records import LoadMeasure, ModelRecord
from app.core.models import FoundModel
from app.core.paths import AppPaths
from app.ui.settings.device_row import DeviceFacts
from app.ui.settings.model_page import ModelPage, PageValues

_GIB = 1 << 30
_THREADS = 8
_MACHINE = MachineMemory(total=16 * _GIB, available=108 * _GIB // 10)


def show(page: ModelPage) -> None:
    """A model of six billion parameters on a computer with 16 GB."""
    choice = MemoryChoice(Precision.INT4, 8192)
    model = FoundModel(
        ModelRef("chatglm3-6b", EngineKind.GLM_TORCH, ""),
        "ChatGLM3-6B",
        file_bytes=CHATGLM3_6B_32K.weight_bytes,
        shape=CHATGLM3_6B_32K,
    )
    estimated = memory_plan.estimate(CHATGLM3_6B_32K, choice).total
    measure = LoadMeasure(choice, estimated, estimated + _GIB // 10)
    page.set_machine(_MACHINE)
    page.show_values(PageValues(model, record=ModelRecord(measure=measure)))
    page.set_news("")
    page.set_device(DeviceFacts(threads=_THREADS, engine=EngineKind.GLM_TORCH))
    folder = AppPaths(Path("data"), Path("models"))
    ready = frozenset({Precision.INT8, Precision.INT4})
    plan = plan_measuring(model, choice, folder, _MACHINE, USUAL, _THREADS, ready)
    page.measure_box.show_state(MeasureState(plan, is_possible=True))
