"""The page "Model and memory" in narrow and wide windows: nothing is cut off."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.core.memory import GraphicsCard, MemoryChoice
from app.core.model_records import ModelRecord, SpeedMeasure
from app.core.settings import IDLE_MINUTES
from app.ui.settings.idle_choice import IdleChoice
from app.ui.settings.memory_bar import MemoryLegend
from app.ui.settings.model_page import ModelPage, PageValues
from app.ui.settings.pane import SettingsPane
from app.ui.settings.precision_choice import PrecisionChoice
from app.ui.theme_manager import ThemeManager
from app.ui.translator import Translator
from tests.helpers.memory_cases import FP16, GIB, INT4, INT8, computer, found


@pytest.fixture
def page(themes: ThemeManager, qtbot: QtBot) -> ModelPage:
    widget = ModelPage(themes)
    qtbot.addWidget(widget)
    widget.set_machine(computer(15 * GIB))
    widget.show_values(PageValues(found()))
    widget.show()
    qtbot.waitExposed(widget)
    return widget


@pytest.mark.parametrize("width", [400, 760])
def test_nothing_is_cut_off_in_a_narrow_window(page: ModelPage, width: int) -> None:
    page.resize(width, 900)
    QApplication.processEvents()
    assert page.minimumSizeHint().width() <= 400
    buttons = page.findChild(PrecisionChoice).buttons()
    rows = {button.y() for button in buttons}
    assert len(rows) == (3 if width == 400 else 1)
    for button in buttons:
        assert button.width() >= button.sizeHint().width()
        assert button.mapTo(page, button.rect().bottomRight()).x() <= width


@pytest.mark.parametrize("width", [720, 1280])
@pytest.mark.parametrize(
    "values",
    [
        PageValues(),
        PageValues(found(None, "untold", precision_label="Q8_0")),
        PageValues(found()),
        PageValues(found(), MemoryChoice(FP16, 16384)),
        PageValues(found(), MemoryChoice(FP16, 16384), is_order=True),
    ],
    ids=["none", "untold", "fits", "too large", "order"],
)
def test_every_line_has_the_height_that_it_needs(
    themes: ThemeManager, qtbot: QtBot, values: PageValues, width: int
) -> None:
    pane = SettingsPane(themes)
    qtbot.addWidget(pane)
    pane.resize(width, 520)
    pane.show()
    page = pane.model_page
    page.set_machine(computer(6 * GIB, card=GraphicsCard("A card", 2 * GIB, 2 * GIB)))
    page.show_values(values)
    qtbot.waitUntil(lambda: not cut_off(page))  # the layouts pass it on from one to the next


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_headings_have_the_whole_width_in_the_smallest_window(
    themes: ThemeManager, qtbot: QtBot, qapp: QApplication, language: str
) -> None:
    """The way back to what is recommended goes below where it would break them, and nothing jumps."""
    translator = Translator(qapp)
    translator.set_language(language)
    pane = SettingsPane(themes)
    qtbot.addWidget(pane)
    pane.resize(720, 520)
    pane.show()
    page = pane.model_page
    page.set_machine(computer(15 * GIB))
    try:
        places = []
        for values in (PageValues(found()), PageValues(found(), MemoryChoice(INT8, 16384))):
            page.show_values(values)
            qtbot.waitUntil(lambda: not cut_off(page))
            headings = [one for one in page.findChildren(QLabel) if one.property("role") == "heading"]
            shown = [one for one in headings if one.isVisible() and one.text()]
            assert len(shown) >= 4
            for one in shown:
                assert one.heightForWidth(one.width()) <= one.heightForWidth(page.width()), one.text()
            places.append([one.mapTo(page, QPoint()).y() for one in shown])
        assert places[0] == places[1]
    finally:
        translator.set_language("en")
        translator.close()


def cut_off(page: ModelPage) -> list[str]:
    """What has less height than it needs."""
    found = []
    for label in page.findChildren(QLabel):
        if label.isVisible() and label.text():
            needed = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
            found += [label.text()] if label.height() < needed else []
    for legend in page.findChildren(MemoryLegend):
        if legend.isVisible() and legend.height() < legend.heightForWidth(legend.width()):
            found.append("legend")
    return found


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_list_beside_measuring_shows_all_its_words(
    page: ModelPage, qapp: QApplication, language: str
) -> None:
    translator = Translator(qapp)
    translator.set_language(language)
    QApplication.processEvents()
    choice = page.findChild(IdleChoice)
    for minutes in IDLE_MINUTES.choices:
        choice.show_value(minutes)
        QApplication.processEvents()
        assert (
            choice.width() >= choice.sizeHint().width() > choice.fontMetrics().horizontalAdvance(choice.words)
        )
    translator.set_language("en")


def test_a_table_of_measures_is_not_cut_off(page: ModelPage, qtbot: QtBot) -> None:
    measured = {one: SpeedMeasure(45.7, 2.43, 6 * GIB) for one in (FP16, INT8, INT4)}
    page.show_values(PageValues(found(), record=ModelRecord(measured=measured)))

    def lines() -> int:
        labels = page.measure_box.findChildren(QLabel)
        return [label.text() for label in labels if label.isVisible()].count("2.4 tokens/s")

    for width in (400, 760):
        page.resize(width, 1600)
        qtbot.waitUntil(lambda: lines() == 3 and not cut_off(page))
