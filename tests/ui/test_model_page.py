"""The page "Model and memory": what it offers, what it says live, when it tells; keys, names, languages."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton, QSlider
from pytestqt.qtbot import QtBot

from app.core import memory_plan
from app.core.engine import Precision
from app.core.memory import GraphicsCard, MemoryChoice
from app.core.model_records import AUTOMATIC, LoadMeasure, ModelRecord
from app.ui.settings import model_page
from app.ui.settings.memory_bar import MemoryBar
from app.ui.settings.memory_card import MemoryCard
from app.ui.settings.model_page import ModelPage, PageValues
from app.ui.settings.precision_choice import PrecisionChoice
from app.ui.texts import memory as texts
from app.ui.theme_manager import ThemeManager
from app.ui.translator import Translator
from tests.helpers.memory_cases import (
    FP16,
    GGUF,
    GIB,
    INT4,
    INT8,
    SIX_B,
    barely,
    computer,
    found,
    needs,
    roomy,
)

NATIVE = Precision.NATIVE
PLENTY = computer(15 * GIB)


@pytest.fixture
def page(themes: ThemeManager, qtbot: QtBot) -> ModelPage:
    widget = ModelPage(themes)
    qtbot.addWidget(widget)
    widget.resize(760, 700)
    widget.set_machine(PLENTY)
    widget.show_values(PageValues(found()))
    widget.show()
    qtbot.waitExposed(widget)
    return widget


@pytest.fixture
def wishes(page: ModelPage) -> list[tuple[str, MemoryChoice]]:
    told: list[tuple[str, MemoryChoice]] = []
    page.wish_changed.connect(lambda model_id, wish: told.append((model_id, wish)))
    return told


def shown(page: ModelPage) -> str:
    """Everything that is written on the page now."""
    return "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())


def segments(page: ModelPage) -> dict[str, QPushButton]:
    buttons = page.findChild(PrecisionChoice).buttons()
    return {button.text().split(" ")[0]: button for button in buttons}


def pressed(page: ModelPage) -> str:
    return next(name for name, button in segments(page).items() if button.isChecked())


def slider(page: ModelPage) -> QSlider:
    return page.findChild(QSlider)


def verdict(page: ModelPage) -> str:
    return page.findChild(MemoryCard).verdict


def reset(page: ModelPage, name: str) -> QAbstractButton:
    return next(
        b for b in page.findChildren(QPushButton) if b.accessibleName() == f"{name}: back to recommended"
    )


# What is offered


def test_the_three_precisions_stand_there_and_the_recommended_one_is_marked_and_pressed(
    page: ModelPage,
) -> None:
    advice = memory_plan.recommended(SIX_B, PLENTY).precision.value.upper()
    marked = [name for name, button in segments(page).items() if "✓ recommended" in button.text()]
    assert [*segments(page)] == ["FP16", "INT8", "INT4"]
    assert marked == [advice] == [pressed(page)]
    assert "Six" in shown(page)
    assert "12.5 GB on disk" in shown(page)


def test_an_edition_that_leaves_no_choice_has_one_segment_and_says_so(page: ModelPage) -> None:
    page.show_values(PageValues(found(replace(SIX_B, quantization_bits=4), precision_label="INT4")))
    assert [*segments(page)] == ["INT4"]
    assert not segments(page)["INT4"].isEnabled()
    assert "come at one precision" in shown(page)
    page.show_values(PageValues(found(GGUF, precision_label="Q4_1")))
    assert [*segments(page)] == ["Q4_1"]
    assert slider(page).isVisible()


def test_the_slider_goes_as_far_as_the_model(page: ModelPage) -> None:
    stops = memory_plan.contexts(SIX_B)
    assert (slider(page).minimum(), slider(page).maximum()) == (0, len(stops) - 1)
    slider(page).setValue(slider(page).maximum())
    assert "32,768 tokens" in slider(page).accessibleDescription()
    page.show_values(PageValues(found(replace(SIX_B, longest_context=3000), "short")))
    slider(page).setValue(slider(page).maximum())
    assert "3,000 tokens" in slider(page).accessibleDescription()


def test_of_files_that_tell_nothing_nothing_is_claimed(page: ModelPage) -> None:
    page.show_values(PageValues(found(None, "untold")))
    assert "cannot be told" in shown(page)
    assert verdict(page) == ""
    assert not page.findChild(PrecisionChoice).isVisible()
    assert "model" not in page.findChild(MemoryBar).accessibleDescription()


def test_without_a_model_the_page_shows_the_memory_alone(page: ModelPage) -> None:
    page.show_values(PageValues())
    assert not slider(page).isVisible()
    assert not page.findChild(PrecisionChoice).isVisible()
    assert "Memory of this computer" in shown(page)
    assert "cannot be told" not in shown(page)


# What is said live


def test_every_move_says_what_it_costs_at_once_and_works_it_out_once(page: ModelPage, monkeypatch) -> None:
    planned: list[MemoryChoice] = []
    plan = model_page.plan_memory

    def counted(shape, wish, machine):
        planned.append(wish)
        return plan(shape, wish, machine)

    monkeypatch.setattr(model_page, "plan_memory", counted)
    advised: list[object] = []
    monkeypatch.setattr(model_page.memory_plan, "recommended", lambda *values: advised.append(values))
    stops = memory_plan.contexts(SIX_B)
    segments(page)["INT4"].click()
    for position, tokens in enumerate(stops):
        planned.clear()
        moves = slider(page).value() != position
        slider(page).setValue(position)
        assert planned == ([MemoryChoice(INT4, tokens)] if moves else [])
        assert texts.memory_size(needs(INT4, tokens)) in shown(page)
    assert advised == []


def test_the_help_has_the_figures_of_the_planner(page: ModelPage) -> None:
    for precision in (INT4, INT8, FP16):
        segments(page)[precision.value.upper()].click()
        assert f"uses {texts.memory_size(needs(precision, 8192))}" in shown(page)
        assert ("instead of" in shown(page)) == (precision is not FP16)


@pytest.mark.parametrize(
    ("machine", "word"),
    [
        (roomy(needs(FP16, 8192)), "Fits."),
        (barely(needs(FP16, 8192) + 1000), "Tight."),
        (barely(needs(INT4, 8192)), "Does not fit."),
        (computer(GIB), "Does not fit."),
    ],
)
def test_the_verdict_is_that_of_what_is_wished(page: ModelPage, machine, word: str) -> None:
    page.set_machine(machine)
    page.show_values(PageValues(found(), MemoryChoice(FP16, 8192)))
    assert verdict(page) == word


def test_what_does_not_fit_says_what_is_loaded_instead(page: ModelPage) -> None:
    page.set_machine(barely(needs(INT4, 8192)))
    page.show_values(PageValues(found(), MemoryChoice(FP16, 8192)))
    assert f"It would take {texts.memory_size(needs(FP16, 8192))}" in shown(page)
    assert "loaded with INT4 instead of FP16" in shown(page)
    assert "missing" in page.findChild(MemoryBar).accessibleDescription()


def test_what_fits_in_no_way_says_its_smallest_form(page: ModelPage) -> None:
    page.set_machine(computer(GIB))
    assert f"Even its smallest form takes {texts.memory_size(needs(INT4, 2048))}" in shown(page)


def test_anyway_is_offered_where_it_does_not_fit_and_only_there(page: ModelPage, qtbot: QtBot) -> None:
    button = next(b for b in page.findChildren(QPushButton) if b.text() == "Load it as chosen anyway")
    assert not button.isVisible()
    page.set_machine(computer(GIB))
    assert button.isVisible()
    with qtbot.waitSignal(page.anyway_wanted):
        button.click()
    page.show_values(PageValues(found(), is_order=True))
    assert not button.isVisible()


def test_the_memory_of_the_moment_moves_the_bar(page: ModelPage) -> None:
    bar = page.findChild(MemoryBar)
    before = bar.shares.others
    page.set_machine(computer(12 * GIB))
    assert bar.shares.others - before == 3 * GIB
    assert "4.0\N{NO-BREAK SPACE}GB are used by other programs" in shown(page)


def test_a_graphics_card_has_a_bar_of_its_own(page: ModelPage) -> None:
    bars = page.findChildren(MemoryBar)
    assert [bar.isVisible() for bar in bars] == [True, False]
    page.set_machine(computer(15 * GIB, card=GraphicsCard("A card of 8 GB", 8 * GIB, 7 * GIB)))
    assert [bar.isVisible() for bar in bars] == [True, True]
    assert bars[1].accessibleName() == "A card of 8 GB"
    words = bars[1].accessibleDescription()
    assert words.startswith("other programs 1.0 GB, model ")


def test_the_last_load_is_told_for_its_own_choice_only(page: ModelPage) -> None:
    measure = LoadMeasure(MemoryChoice(INT4, 8192), 46 * GIB // 10, 47 * GIB // 10)
    page.show_values(PageValues(found(), MemoryChoice(INT4, 8192), ModelRecord(measure=measure)))
    assert "Last time: estimated 4.6 GB, used 4.7 GB." in shown(page)
    segments(page)["INT8"].click()
    assert "Last time" not in shown(page)


def test_a_speed_is_told_once_it_was_measured(page: ModelPage) -> None:
    record = ModelRecord(speeds={INT4: 5.25})
    page.show_values(PageValues(found(), MemoryChoice(INT4, 8192), record))
    assert "wrote 5.2 tokens a second" in shown(page) or "wrote 5.3 tokens a second" in shown(page)
    segments(page)["FP16"].click()
    assert "tokens a second" not in shown(page)


# When it is told


def test_a_choice_is_told_after_a_pause(page: ModelPage, wishes, qtbot: QtBot) -> None:
    segments(page)["INT8"].click()
    assert wishes == []
    qtbot.waitUntil(lambda: wishes == [("six", MemoryChoice(INT8, 0))])


def test_several_moves_are_told_once(page: ModelPage, wishes, qtbot: QtBot) -> None:
    for position in (0, 1, 3):
        slider(page).setValue(position)
    qtbot.waitUntil(lambda: bool(wishes))
    assert wishes == [("six", MemoryChoice(NATIVE, 16384))]


def test_nothing_is_told_while_the_slider_is_held(page: ModelPage, wishes, qtbot: QtBot) -> None:
    handle = slider(page)
    handle.setSliderDown(True)
    handle.setValue(0)
    page._pause.timeout.emit()  # the pause is over, and the hand still on the slider
    assert wishes == []
    handle.setSliderDown(False)
    qtbot.waitUntil(lambda: wishes == [("six", MemoryChoice(NATIVE, 2048))])


def test_leaving_tells_at_once(page: ModelPage, wishes) -> None:
    segments(page)["INT8"].click()
    page.flush()
    assert wishes == [("six", MemoryChoice(INT8, 0))]
    page.flush()
    assert len(wishes) == 1


def test_values_that_come_back_do_not_disturb_what_is_being_chosen(page: ModelPage, wishes) -> None:
    segments(page)["INT8"].click()
    page.show_values(PageValues(found(), AUTOMATIC, ModelRecord(last_used_ms=5)))
    assert pressed(page) == "INT8"
    page.show_values(PageValues(found(model_id="other")))
    assert wishes == [("six", MemoryChoice(INT8, 0))]
    assert pressed(page) == memory_plan.recommended(SIX_B, PLENTY).precision.value.upper()


def test_showing_tells_nothing(page: ModelPage, wishes) -> None:
    page.show_values(PageValues(found(), MemoryChoice(FP16, 2048)))
    page.set_machine(computer(GIB))
    page.flush()
    assert wishes == []
    assert pressed(page) == "FP16"


def test_a_choice_can_be_taken_back(page: ModelPage, wishes) -> None:
    assert not reset(page, "Precision").isVisible()
    page.show_values(PageValues(found(), MemoryChoice(FP16, 2048)))
    reset(page, "Precision").click()
    page.flush()
    assert wishes == [("six", MemoryChoice(NATIVE, 2048))]
    reset(page, "How much of the conversation the model remembers").click()
    page.flush()
    assert wishes[-1] == ("six", AUTOMATIC)
    assert not reset(page, "Precision").isVisible()


# Keys, names, languages


def test_everything_is_reached_and_moved_by_keys(page: ModelPage, wishes, qtbot: QtBot) -> None:
    first = segments(page)["FP16"]
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Space)
    assert pressed(page) == "FP16"
    slider(page).setFocus()
    before = slider(page).value()
    QTest.keyClick(slider(page), Qt.Key.Key_Right)
    assert slider(page).value() == before + 1
    qtbot.waitUntil(lambda: bool(wishes))
    assert wishes == [("six", MemoryChoice(FP16, 16384))]


def test_a_screen_reader_hears_names_and_figures(page: ModelPage) -> None:
    assert all(button.accessibleName().startswith("Precision: ") for button in segments(page).values())
    assert slider(page).accessibleName() == "How much of the conversation the model remembers"
    assert "8,192 tokens" in slider(page).accessibleDescription()
    bar = page.findChild(MemoryBar)
    assert bar.accessibleName() == "Memory of this computer"
    for part in ("other programs 1.0 GB", "model ", "conversation ", "free "):
        assert part in bar.accessibleDescription()


def test_the_language_is_switched_live(page: ModelPage, qapp: QApplication) -> None:
    page.set_machine(barely(needs(INT4, 8192)))
    page.show_values(PageValues(found(), MemoryChoice(FP16, 8192)))
    translator = Translator(qapp)
    translator.set_language("zh_CN")
    QApplication.processEvents()
    try:
        assert "这台电脑的内存" in shown(page)
        assert "放不下" in verdict(page)
        assert "词元" in slider(page).accessibleDescription()
        assert segments(page)["FP16"].accessibleName().startswith("精度")
        said = [shown(page), page.findChild(MemoryBar).accessibleDescription()]
        said += [f"{button.text()} {button.accessibleName()}" for button in page.findChildren(QPushButton)]
        assert not re.search("[A-Za-z]{2,}", re.sub("FP16|INT8|INT4|GB|MB|Six", "", " ".join(said)))
    finally:
        translator.set_language("en")
    QApplication.processEvents()
    assert verdict(page) == "Does not fit."
