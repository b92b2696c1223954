"""Measuring a small model of the lineage in the real window: prepared, measured, shown, back, answering."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.application import StartOptions
from app.core import settings as declared
from app.core.chat import MessageStatus
from app.core.engine import Precision
from app.core.measuring import MeasureEnd
from app.core.model_records import ModelRecord, read_record, with_record
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.model.glm.family import Family
from app.model.prepared_names import prepared_precisions
from app.storage.settings_file import read_settings
from app.workers.engine_status import EngineState
from tests.helpers.glm_folder import make_folder
from tests.helpers.memory_cases import GIB, computer
from tests.helpers.running_app import running_application
from tests.helpers.short_answers import short_answers as short_answers

WAIT_MS = 240_000
pytestmark = pytest.mark.usefixtures("short_answers")
MODEL = Family.CHATGLM3.value
THREE = [Precision.FP16, Precision.INT8, Precision.INT4]


@pytest.fixture
def paths(tmp_path: Path) -> AppPaths:
    models = tmp_path / "models"
    make_folder(models, Family.CHATGLM3)
    return AppPaths(tmp_path / "data", models)


def test_a_model_is_measured_at_each_precision_and_answers_afterwards(
    qtbot: QtBot, paths: AppPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.model.hardware.memory_now", lambda *_: computer(15 * GIB))
    settings = Settings.from_mapping({"language": "en", "threads": 1, "device": "processor"})
    chosen = ModelRecord(precision=Precision.INT8, context_length=1024)
    settings = settings.changed(declared.MODEL_RECORDS, with_record(settings, MODEL, chosen))
    with running_application(paths, StartOptions(settings)) as application:
        window, parts = application.window, application.parts
        box, measure = window.settings_pane.model_page.measure_box, parts.pane.measure

        def is_back() -> bool:
            status = parts.engine.status
            return status.state is EngineState.READY and status.plan == plan and not measure.is_running

        qtbot.waitUntil(lambda: parts.engine.status.state is EngineState.READY, timeout=WAIT_MS)
        plan = parts.engine.status.plan
        window.show_settings()
        help_line = box._help
        # It was prepared at INT8 by loading it; the page looks for that in the background.
        qtbot.waitUntil(lambda: "INT4 has to be prepared first" in help_line.text(), timeout=WAIT_MS)
        box.button.click()
        qtbot.waitUntil(is_back, timeout=WAIT_MS)
        assert measure.state.end is MeasureEnd.DONE
        assert measure.state.failed == ()
        record = read_record(parts.settings.settings, MODEL)
        assert [*record.measured] == THREE
        assert all(one.peak > 100 << 20 for one in record.measured.values()), "torch alone takes more"
        assert (record.precision, record.context_length) == (Precision.INT8, 1024)
        qtbot.waitUntil(lambda: "has to be prepared" not in help_line.text(), timeout=WAIT_MS)
        shown = "\n".join(label.text() for label in box.findChildren(QLabel) if label.isVisible())
        assert [name for name in ("FP16", "INT8", "INT4") if name in shown] == ["FP16", "INT8", "INT4"]
        with qtbot.waitSignal(parts.chat.answered, timeout=WAIT_MS) as told:
            window.composer.set_text("晚上睡不着应该怎么办？")
            window.composer.submit()
        assert told.args[0].status is MessageStatus.COMPLETE
    kept = read_record(read_settings(paths.settings_file).settings, MODEL)
    assert [*kept.measured] == THREE
    assert prepared_precisions(paths.prepared_dir, paths.models_dir / MODEL) == {
        Precision.INT8,
        Precision.INT4,
    }
