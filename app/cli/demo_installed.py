"""Invented models for pictures of the page "Your models". Never used by the app."""

from __future__ import annotations

import time
from dataclasses import replace

from app.core.engine import EngineKind, ModelRef, Precision
from app.core.errors import ErrorCode, WorldError
from app.core.imports import TaskProgress
from app.core.installed import PreparedCopy
from app.core.model_records import ModelRecord
from app.core.models import FoundModel
from app.core.settings import SettingGroup
from app.ui.main_window import MainWindow
from app.ui.models.prepared_part import PreparedEntry
from app.ui.models.row import ModelEntry
from app.ui.settings.task_panel import Question
from app.ui.texts import models as texts

_DAY_MS = 86_400_000


def show(window: MainWindow, scene: str) -> None:
    """Bring the window to the page: `models`, or without any model `models-empty`."""
    page = window.settings_pane.models_page
    page.blockSignals(True)  # the real models of this computer are not asked for
    window.show_settings()
    window.settings_pane.show_group(SettingGroup.MODELS)
    if scene == "models-empty":
        page.show_entries(())
        page.prepared.show_copies(())
        return
    page.show_entries(_entries())
    page.prepared.show_copies(_prepared())
    _show_work(window)


def _entries() -> tuple[ModelEntry, ...]:
    now = int(time.time() * 1000)
    three = _found("chatglm3-6b", "chatglm3", "FP16", 12_487_168_064)
    nine = _found("glm-4-9b-chat", "glm4-9b", "BF16", 18_799_902_784, place="/media/lin/STICK/glm-4-9b-chat")
    edge = _found("glm-edge-1.5b-chat", "glm-edge", "BF16", 3_186_294_784)
    gone = WorldError(ErrorCode.MODEL_INCOMPLETE, path=edge.ref.path, detail="model-00002-of-00002").info
    starter = FoundModel(
        ModelRef("starter", EngineKind.LLAMA_CPP, "/home/lin/models/starter.gguf"),
        "SmolLM2-135M-Instruct",
        precision_label="Q4_1",
        file_bytes=98_362_432,
        is_starter=True,
    )
    return (
        ModelEntry(
            three,
            ModelRecord(last_used_ms=now, speeds={Precision.INT4: 4.0}),
            is_in_use=True,
            is_default=True,
        ),
        ModelEntry(nine, ModelRecord(last_used_ms=now - 9 * _DAY_MS, speeds={Precision.INT8: 1.8})),
        ModelEntry(replace(edge, problem=gone)),
        ModelEntry(starter, ModelRecord(last_used_ms=now - 40 * _DAY_MS), can_be_default=False),
    )


def _prepared() -> tuple[PreparedEntry, ...]:
    used = PreparedCopy("a", "chatglm3-6b", Precision.INT4, 3_935_000_000)
    other = PreparedCopy("b", "chatglm3-6b", Precision.INT8, 6_710_000_000)
    orphan = PreparedCopy("c", "chatglm2-6b", Precision.INT4, 3_928_000_000)
    return (
        PreparedEntry(used, is_used=True),
        PreparedEntry(other),
        PreparedEntry(orphan, is_orphan=True),
    )


def _show_work(window: MainWindow) -> None:
    page = window.settings_pane.models_page
    packed, broken = page.row("glm-4-9b-chat"), page.row("glm-edge-1.5b-chat")
    if packed is not None:
        packed.panel.work(texts.packing)
        packed.panel.show_progress(TaskProgress(12_880_000_000, 37_600_000_000), 154.0)
    if broken is not None:
        model = broken.entry.model
        broken.panel.ask(
            Question(
                sentence=lambda: texts.remove_question(model),
                note=lambda: texts.remove_note(model, is_in_use=False),
                confirm=lambda: texts.remove_button(model),
            )
        )


def _found(name: str, family: str, precision: str, size: int, place: str = "") -> FoundModel:
    return FoundModel(
        ModelRef(name, EngineKind.GLM_TORCH, place or f"/home/lin/models/{name}"),
        name,
        architecture=family,
        precision_label=precision,
        file_bytes=size,
        is_elsewhere=bool(place),
    )
