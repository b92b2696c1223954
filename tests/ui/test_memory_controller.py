"""What is kept of loads and answers, and what the page and the banners are told of them."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.core import memory_plan
from app.core import settings as declared
from app.core.engine import DeviceWish, ModelInfo
from app.core.errors import ErrorCode
from app.core.memory import GraphicsCard, MemoryChoice
from app.core.model_records import ModelRecord, read_record, with_record
from app.core.records import AnswerFigures
from app.core.settings import MODEL_RECORDS, Setting, Settings
from app.ui.banner import BannerStrip
from app.ui.memory_controller import MemoryController
from app.ui.settings.memory_bar import MemoryBar
from app.ui.settings.model_page import ModelPage
from app.ui.theme_manager import ThemeManager
from app.ui.troubles import Origin, Troubles
from app.workers.engine_status import EngineState
from tests.helpers.engine_desk import PLENTY, Desk
from tests.helpers.engine_desk import desk as desk
from tests.helpers.memory_cases import FP16, GIB, INT4, INT8, SIX_B, barely, computer, needs

INFO = ModelInfo("Six", "glm", "INT4", 8192, 32768, 1, 1)
ANSWER = AnswerFigures(prompt_tokens=5, output_tokens=41, first_token_ms=10, duration_ms=8000)


class Keeper(QObject):
    """The settings of the desk, as the settings controller keeps them."""

    changed = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.engine)
        self._desk = desk
        self.writes = 0

    @property
    def settings(self) -> Settings:
        return self._desk.settings

    def set(self, setting: Setting, value: object) -> None:
        self._desk.settings = self.settings.changed(setting, value)
        self.changed.emit(setting)

    def set_record(self, model_id: str, record: ModelRecord) -> None:
        text = with_record(self.settings, model_id, record)
        self._desk.settings = self.settings.changed(MODEL_RECORDS, text)
        self.writes += 1


class Office:
    """A memory controller with a page and banners, at the desk of an engine controller."""

    def __init__(self, desk: Desk, themes: ThemeManager, qtbot: QtBot) -> None:
        self.desk = desk
        self.page = ModelPage(themes)
        self.strip = BannerStrip(themes)
        qtbot.addWidget(self.page)
        qtbot.addWidget(self.strip)
        self.keeper = Keeper(desk)
        self.troubles = Troubles(self.strip, desk.engine)
        self.memory = MemoryController(
            desk.engine, desk.controller, self.keeper, self.page, self.troubles, desk.engine
        )

    def ready(self) -> None:
        """The engine says that the model is loaded, in this very process."""
        status = replace(self.desk.engine.status, state=EngineState.READY, model=INFO, child_pid=os.getpid())
        self.desk.engine.tell(status)

    @property
    def record(self) -> ModelRecord:
        return read_record(self.desk.settings, "six")


@pytest.fixture
def office(desk: Desk, themes: ThemeManager, qtbot: QtBot) -> Office:
    return Office(desk, themes, qtbot)


def test_a_load_is_measured_beside_the_estimate_of_its_own_choice(office: Office) -> None:
    office.desk.choose(INT4, 4096)
    office.desk.start()
    office.ready()
    measure = office.record.measure
    assert measure is not None
    assert measure.choice == MemoryChoice(INT4, 4096)
    assert measure.estimated == needs(INT4, 4096)
    assert measure.used > 10 << 20
    assert office.record.last_used_ms > 0
    office.desk.choose(INT8, 4096)
    office.desk.controller.reload_for_settings()
    office.ready()
    assert office.record.measure is not None
    assert office.record.measure.choice.precision is INT8


def test_the_peak_is_kept_and_not_written_again_for_nothing(office: Office) -> None:
    office.desk.start()
    office.ready()
    writes = office.keeper.writes
    for _ in range(5):
        office.memory.measure()
    assert office.keeper.writes == writes


def test_what_runs_on_a_card_is_not_measured_as_memory_of_the_computer(office: Office) -> None:
    office.desk.start()
    on_card = replace(INFO, device="A card")
    office.desk.engine.tell(
        replace(office.desk.engine.status, state=EngineState.READY, model=on_card, child_pid=os.getpid())
    )
    assert office.record.measure is None


def test_the_speed_of_an_answer_is_kept_by_precision(office: Office) -> None:
    office.desk.choose(INT4, 4096)
    office.desk.start()
    office.ready()
    office.memory.answered(replace(ANSWER, output_tokens=5))
    assert office.record.speeds == {}
    office.memory.answered(ANSWER)
    assert office.record.speeds == {INT4: 5.0}


def test_a_choice_on_the_page_is_kept_and_loaded(office: Office) -> None:
    office.desk.start()
    office.ready()
    office.page.wish_changed.emit("six", MemoryChoice(INT8, 4096))
    assert (office.record.precision, office.record.context_length) == (INT8, 4096)
    assert office.desk.last == ("six", INT8, 4096)


def test_the_page_looks_at_the_memory_only_while_it_is_shown(office: Office, qtbot: QtBot) -> None:
    office.desk.start()
    looks = office.desk.looks
    office.memory._look()
    assert office.desk.looks == looks
    office.page.show()
    qtbot.waitExposed(office.page)
    assert office.desk.looks == looks + 1
    assert office.memory._timer.isActive()
    office.page.hide()
    office.memory._look()
    assert not office.memory._timer.isActive()


def test_news_on_the_page_tell_what_happens_to_the_model(office: Office, qtbot: QtBot) -> None:
    office.desk.start()
    office.page.show()
    news = office.page._news
    office.memory.set_has_conversation(True)
    office.desk.engine.tell(replace(office.desk.engine.status, load_fraction=0.34))
    assert news.text() == "The model is being loaded: 34 %."
    office.ready()
    assert news.isHidden()
    office.page.wish_changed.emit("six", MemoryChoice(INT4, 4096))
    assert "loaded again: 0 %" in news.text()
    assert "reads the open conversation again" in news.text()
    office.ready()
    office.desk.engine.become(EngineState.BUSY)
    office.page.wish_changed.emit("six", MemoryChoice(INT8, 4096))
    assert "as soon as the answer" in news.text()
    office.desk.engine.become(EngineState.EMPTY)
    assert "when you write" in news.text()
    office.desk.engine.fail(ErrorCode.ENGINE_OUT_OF_MEMORY)
    assert "memory" in news.text()


def test_a_smaller_load_has_a_banner_until_it_is_as_it_was_asked_for(office: Office) -> None:
    office.desk.choose(FP16, 8192)
    office.desk.machine = barely(needs(INT4, 8192))
    office.desk.start()
    assert "loaded with INT4 instead of FP16" in office.strip.text_of(Origin.MEMORY.value)
    office.desk.controller.unload()
    office.desk.machine = PLENTY
    office.desk.controller.prepare(lambda: None)
    assert Origin.MEMORY.value not in office.strip.keys


def test_another_device_counts_after_a_pause_and_is_told_at_once(office: Office, qtbot: QtBot) -> None:
    office.desk.machine = computer(15 * GIB, card=GraphicsCard("A card of 24 GB", 24 * GIB, 23 * GIB))
    office.desk.start()
    office.ready()
    office.page.show()
    qtbot.waitExposed(office.page)
    bars = office.page.findChildren(MemoryBar)
    assert [bar.isVisible() for bar in bars] == [True, True]
    loads = len(office.desk.engine.loads)
    office.page.setting_changed.connect(office.keeper.set)
    next(b for b in office.page.findChildren(QPushButton) if b.text() == "Processor").click()
    qtbot.waitUntil(lambda: len(office.desk.engine.loads) == loads + 1)
    assert office.desk.engine.loads[-1][1].device is DeviceWish.PROCESSOR
    assert [bar.isVisible() for bar in bars] == [True, False]
    told = "\n".join(label.text() for label in office.page.findChildren(QLabel))
    assert "The processor is used with" in told


def test_a_slider_of_threads_loads_once(office: Office, qtbot: QtBot) -> None:
    office.desk.start()
    office.ready()
    loads = len(office.desk.engine.loads)
    for threads in (1, 2, 1):
        office.keeper.set(declared.THREADS, threads)
    qtbot.waitUntil(lambda: len(office.desk.engine.loads) == loads + 1)
    assert office.desk.engine.loads[-1][1].threads == 1
    office.keeper.set(declared.FONT_SIZE, 20)
    assert not office.memory._reload.isActive()


def test_closing_keeps_a_choice_that_was_just_made(office: Office) -> None:
    office.desk.start()
    office.ready()
    office.page.show()
    office.page._on_precision(INT8)
    office.memory.close()
    assert office.record.precision is INT8
    assert memory_plan.precisions(SIX_B)[0] is FP16
