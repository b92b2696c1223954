"""An invented computer and model for the picture of the settings. Never used by the app itself."""

from __future__ import annotations

from pathlib import Path

from app.core import memory_plan
from app.core.computing import USUAL
from app.core.engine import EngineKind, ModelRef, Precision
from app.core.measuring import MeasureState, plan_measuring
from app.core.memory import MachineMemory, MemoryChoice, ModelShape
from app.core.model_records import LoadMeasure, ModelRecord
from app.core.models import FoundModel
from app.core.paths import AppPaths
from app.ui.settings.device_row import DeviceFacts
from app.ui.settings.model_page import ModelPage, PageValues

_GIB = 1 << 30
_SHAPE = ModelShape(
    engine=EngineKind.GLM_TORCH,
    layers=28,
    hidden_size=4096,
    ffn_size=13696,
    heads=32,
    groups=2,
    head_size=128,
    vocab_size=65024,
    linear_weights=5_710_000_000,
    embedding_weights=266_338_304,
    head_weights=266_338_304,
    other_weights=500_000,
    is_tied=False,
    quantization_bits=0,
    weight_bytes=12_487_168_064,
    longest_context=32_768,
)
_THREADS = 8
_MACHINE = MachineMemory(total=16 * _GIB, available=108 * _GIB // 10)


def show(page: ModelPage) -> None:
    """A model of six billion parameters on a computer with 16 GB."""
    choice = MemoryChoice(Precision.INT4, 8192)
    model = FoundModel(
        ModelRef("chatglm3-6b", EngineKind.GLM_TORCH, ""),
        "ChatGLM3-6B",
        file_bytes=_SHAPE.weight_bytes,
        shape=_SHAPE,
    )
    estimated = memory_plan.estimate(_SHAPE, choice).total
    measure = LoadMeasure(choice, estimated, estimated + _GIB // 10)
    page.set_machine(_MACHINE)
    page.show_values(PageValues(model, record=ModelRecord(measure=measure)))
    page.set_news("")
    page.set_device(DeviceFacts(threads=_THREADS, engine=EngineKind.GLM_TORCH))
    folder = AppPaths(Path("data"), Path("models"))
    ready = frozenset({Precision.INT8, Precision.INT4})
    plan = plan_measuring(model, choice, folder, _MACHINE, USUAL, _THREADS, ready)
    page.measure_box.show_state(MeasureState(plan, is_possible=True))
