"""The page of the models: what a row says and offers, and what becomes of what the person wants."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QTextLayout, QTextOption
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.core.engine import EngineKind, ModelRef, Precision
from app.core.errors import ErrorCode, ErrorInfo
from app.core.model_records import ModelRecord, with_record
from app.core.models import FoundModel
from app.core.settings import DEFAULT_MODEL, MODEL_RECORDS
from app.ui.models.row import ModelEntry, ModelRow
from app.ui.texts import models as texts
from app.ui.texts.importing import short
from app.ui.theme_manager import ThemeManager
from app.ui.translator import Translator
from app.workers.engine_status import EngineState
from tests.helpers.engine_desk import Desk
from tests.helpers.engine_desk import desk as desk
from tests.helpers.models_office import INT4_COPY, Office, found, plain
from tests.helpers.models_office import office as office

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)


# What a row says


def test_a_row_tells_what_is_known(office: Office) -> None:
    record = ModelRecord(last_used_ms=1_700_000_000_000, speeds={Precision.INT4: 4.0, Precision.INT8: 20.4})
    text = with_record(office.desk.settings, "six", record)
    office.desk.settings = office.desk.settings.changed(MODEL_RECORDS, text)
    office.open()
    six, nine = office.row("six"), office.row("nine")
    assert plain(six._facts) == "ChatGLM3-6B · FP16 · 12.5 GB"
    assert plain(six._use) == "Last used: Nov 14, 2023 · 20 tokens/s at INT8 · 4.0 tokens/s at INT4"
    assert plain(nine._use) == "Not used yet"
    assert [row._main.isVisible() for row in (six, nine)] == [
        not six.entry.is_in_use,
        not nine.entry.is_in_use,
    ]


def test_a_line_of_facts_ends_between_them_only(translator: Translator) -> None:
    """Chinese may end a line between any two characters."""
    translator.set_language("zh_CN")
    record = ModelRecord(last_used_ms=1_700_000_000_000, speeds={Precision.INT4: 4.0})
    line = texts.use_line(record, datetime.now(UTC))
    assert "2023年" in line.replace("\N{WORD JOINER}", "")
    layout = QTextLayout(line)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WordWrap)
    layout.setTextOption(option)
    layout.beginLayout()
    words = []
    while (one := layout.createLine()).isValid():
        one.setLineWidth(1)  # ends wherever it may
        words.append(line[one.textStart() : one.textStart() + one.textLength()].strip())
    layout.endLayout()
    assert [word for word in words if word != "·"] == line.split(" · ")


def test_one_in_its_own_place_and_one_that_is_broken(office: Office) -> None:
    problem = ErrorInfo(ErrorCode.MODEL_MISSING, {"path": "/usb/nine"})
    office.desk.models = [found("six", is_elsewhere=True), found("nine", problem=problem)]
    office.open()
    assert office.row("six")._place.text() == "Used where it is: /models/six"
    nine = office.row("nine")
    assert "not where it was" in nine._problem.text
    assert nine._main.text() == "Look again"
    assert office.entries("nine") == ["Show in folder", "Remove…"]
    assert office.entries("six")[-1] == "Take off the list…"


def test_the_starter_in_the_program_cannot_be_taken_away(office: Office) -> None:
    office.desk.models = [found("six"), found("nine", is_starter=True, is_elsewhere=True, is_bundled=True)]
    office.open()
    nine = office.row("nine")
    assert nine._place.text() == "Comes with Teahouse"
    assert nine._name.text() == "Small trial model (English only)"
    assert office.entries("nine") == [
        "Check every byte",
        "Make a pack for another computer…",
        "Show in folder",
    ]


@pytest.mark.parametrize(
    "name",
    ["Small trial model (English only)", "glm_4.9b" * 20, "4-" * 90, "模型" * 100, "🍵" * 90, "W" * 90],
    ids=["words", "dots", "hyphens", "Chinese", "emoji", "wide"],
)
def test_no_name_is_cut_or_makes_a_small_window_wider(themes: ThemeManager, qtbot: QtBot, name: str) -> None:
    row = ModelRow(themes, ModelEntry(found(name)))
    qtbot.addWidget(row)
    row.setFixedSize(380, 400)  # the width that the smallest window leaves
    row.show()
    label = row._name
    assert row.minimumSizeHint().width() <= 380
    qtbot.waitUntil(lambda: label.height() >= label.heightForWidth(label.width()))
    assert label.wordWrap() or label.sizeHint().width() <= label.width()
    assert label.minimumSizeHint().width() <= label.width()  # the longest piece that does not break
    assert label.text().replace("\u200b", "") == short(name)
    assert row.accessibleName() == label.accessibleName() == short(name)


def test_the_list_keeps_rows_that_stay(office: Office) -> None:
    office.open()
    row = office.row("six")
    row.take_focus()
    office.desk.models = [found("a new one"), found("six")]
    office.desk.controller.look_again()
    office.settle()
    assert [one.id for one in office.page.rows] == ["a new one", "six"]
    assert office.row("six") is row
    assert office.page.row("nine") is None
    office.desk.models = []
    office.desk.controller.look_again()
    office.settle()
    assert office.page._nothing.isVisible()


def test_another_language(office: Office, other_language: None) -> None:
    office.work.copies = (INT4_COPY,)
    office.open()
    row = office.row("six")
    assert plain(row._use) == "〈Not used yet〉"
    assert office.page._title.text() == "〈Your models〉"
    assert office.page.prepared._summary.text().startswith("〈1 prepared copy")
    assert row._more.toolTip() == "〈More for this model〉"


# Using


def test_using_and_the_model_of_every_start(office: Office) -> None:
    office.open()
    other = next(row for row in office.page.rows if not row.entry.is_in_use)
    QTest.mouseClick(other._main, Qt.MouseButton.LeftButton)
    assert office.desk.engine.loads[-1][0] == other.id
    assert office.row(other.id).entry.is_in_use
    office.choose("nine", "Use at every start")
    assert office.keeper.settings.text(DEFAULT_MODEL) == "nine"
    assert "Chosen for every start" in plain(office.row("nine")._badges)
    office.choose("six", "Use at every start")
    assert [row.entry.is_default for row in office.page.rows] == [True, False]
    office.choose("six", "Use at every start")
    assert office.keeper.settings.text(DEFAULT_MODEL) == ""


def test_the_chosen_model_comes_first_at_the_next_start(desk: Desk) -> None:
    desk.models = [found("six"), found("nine")]
    desk.settings = desk.settings.changed(DEFAULT_MODEL, "nine")
    desk.start()
    assert desk.engine.loads[-1][0] == "nine"


def test_the_starter_is_not_offered_for_every_start_beside_a_glm(office: Office) -> None:
    starter = FoundModel(ModelRef("s", EngineKind.LLAMA_CPP, "/models/s.gguf"), "S", is_starter=True)
    office.desk.models = [found("six"), starter]
    office.open()
    assert "Use at every start" not in office.entries("s")
    office.desk.models = [starter]
    office.desk.controller.look_again()
    office.settle()
    assert "Use at every start" in office.entries("s")


def test_show_in_folder(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(Path(url.toLocalFile())))
    (tmp_path / "six").mkdir()
    office.desk.models = [
        found("six", ref=ModelRef("six", EngineKind.GLM_TORCH, str(tmp_path / "six"))),
        found("one", ref=ModelRef("one", EngineKind.LLAMA_CPP, str(tmp_path / "one.gguf"))),
        found("gone", ref=ModelRef("gone", EngineKind.GLM_TORCH, str(tmp_path / "gone" / "deep"))),
    ]
    office.open()
    for name in ("six", "one", "gone"):
        office.choose(name, "Show in folder")
        office.settle()
    assert opened == [tmp_path / "six", tmp_path, tmp_path]


# The loaded model goes away


def test_a_loaded_model_that_is_gone_is_told_once_and_the_chat_goes_on(office: Office) -> None:
    office.open()
    held = next(row.entry.model for row in office.page.rows if row.entry.is_in_use)
    office.desk.models = [one for one in office.desk.models if one.ref != held.ref]
    for _ in range(2):
        office.desk.controller.look_again()
        office.settle()
    assert office.troubles == [ErrorInfo(ErrorCode.MODEL_MISSING, {"path": held.ref.path})]
    assert office.desk.engine.status.state is EngineState.LOADING  # nothing was taken from it


def test_closing_ends_what_runs(office: Office) -> None:
    office.open()
    office.work.gate.clear()
    office.choose("nine", "Check every byte")
    office.begin()
    office.controller.close()
    assert office.work.done == [("cancelled", "nine")]
