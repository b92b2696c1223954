"""The welcome and the list of models: what they say, in which language, by mouse and by keyboard."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from app.core.catalog import Advice, Catalog, advise, read_catalog
from app.core.memory import GraphicsCard, MachineMemory
from app.model.hardware import Support
from app.model.machine_check import MachineFacts
from app.ui.first_run.addresses import COPIED_FOR_MS, AddressLine
from app.ui.first_run.page import FirstRunPage
from app.ui.resources import resource_path
from app.ui.texts import first_run as texts

GIB = 1 << 30
GB = 10**9
LATIN = re.compile("[A-Za-z]{2,}")
# What models, hubs, licences, precisions, files and keys are called; addresses are shown as they are.
NAMES = re.compile(
    r"https://\S+|(Chat)?GLM[\w.-]*|CodeGeeX[\w.-]*|glm[\w.-]*|chatglm[\w.-]*|codegeex[\w.-]*|License|MIT"
    r"|Hugging Face|ModelScope|INT\d|FP16|[GM]B|Esc|English|AVX2|Processor X|\.bin|\.safetensors"
)
LAPTOP = MachineFacts(MachineMemory(16 * GIB, 108 * GIB // 10), 212 * GB, "Processor X", Support.YES)
OLD = replace(LAPTOP, avx2=Support.NO)
LIGHT = replace(LAPTOP, opens_folders=False)
LITTLE = replace(LAPTOP, memory=MachineMemory(2 * GIB, GIB))


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return read_catalog(resource_path("catalog.json").read_text(encoding="utf-8"))


@pytest.fixture
def page(themes, qtbot) -> FirstRunPage:
    page = FirstRunPage(themes)
    qtbot.addWidget(page)
    page.resize(1280, 800)
    page.show()
    qtbot.waitExposed(page)
    return page


def advice(catalog: Catalog, facts: MachineFacts) -> Advice:
    return advise(catalog.models, facts.memory, facts.free_disk)


def tell(page: FirstRunPage, catalog: Catalog, facts: MachineFacts = LAPTOP) -> None:
    page.show_found(catalog, facts, advice(catalog, facts))
    QApplication.processEvents()


def settle() -> None:
    """Layouts inside of layouts are worked out one round after the other."""
    for _ in range(10):
        QApplication.processEvents()


def said(widget: QWidget) -> list[str]:
    """Every text that is seen or read out."""
    found: list[str] = []
    for one in widget.findChildren(QWidget):
        if one.isVisible():
            found += [one.toolTip(), one.accessibleName()]
            if isinstance(one, QLabel | QPushButton):
                found.append(one.text())
    return [text for text in found if text]


def is_in_view(page: FirstRunPage, widget: QWidget) -> bool:
    return page.rect().contains(widget.mapTo(page, QPoint(0, widget.height())))


def unfold_everything(page: FirstRunPage) -> None:
    for row in page.list_view.rows:
        row.unfold()
    for button in page.list_view.findChildren(QPushButton):
        if button.text() in ("Where to read it", "全文地址"):
            button.click()
    QApplication.processEvents()


# What is said


def test_the_page_is_there_before_anything_is_known(page) -> None:
    shown = " ".join(said(page))
    assert "Looking at this computer…" in shown
    assert "I already have model files" in shown
    assert "Try the small built-in model now" in shown
    page.show_machine(LAPTOP)
    assert "16 GB memory · no usable graphics card · 212 GB free" in said(page)
    assert "Looking at this computer…" in said(page)


@pytest.mark.parametrize("height", [520, 800])
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_no_button_moves_when_the_computer_is_known(page, catalog, translator, language, height) -> None:
    translator.set_language(language)
    page.resize(1280, height)
    settle()
    buttons = (page.card.files_button, page.card.list_button, page.try_button)
    before = [button.mapTo(page, QPoint()) for button in buttons]
    tell(page, catalog)
    settle()
    after = [button.mapTo(page, QPoint()) for button in buttons]
    assert max((now - then).manhattanLength() for now, then in zip(after, before, strict=True)) <= 10


def test_the_card_names_a_model_with_the_planners_figures_and_the_reason(page, catalog) -> None:
    best = advice(catalog, LAPTOP).best
    assert best is not None
    tell(page, catalog)
    shown = said(page)
    assert best.model.name in shown
    assert "8.7 GB" in shown
    used = best.estimate.total / GIB
    assert f"{used:.1f} GB" in shown
    assert "of memory in use (INT8)" in shown
    reason = texts.reason(advice(catalog, LAPTOP), LAPTOP)
    assert reason.startswith(f"10.8 GB of memory are free now; with this model {10.8 - used:.1f} GB")
    assert "Larger models fit too" in reason
    assert reason in shown
    assert "Looking at this computer…" not in shown


def test_a_graphics_card_has_a_figure_of_its_own(catalog) -> None:
    card = GraphicsCard("Card", 12 * GIB, 11 * GIB)
    facts = replace(LAPTOP, memory=MachineMemory(32 * GIB, 26 * GIB, card=card))
    best = advice(catalog, facts).best
    assert best is not None
    words = [word for _figure, word in texts.figures(best, facts.memory)]
    assert words[-1] == "of the graphics card's memory"
    assert "graphics card with 12 GB" in texts.machine_line(facts)


def test_a_disk_that_is_too_full_is_told(catalog) -> None:
    full = replace(LAPTOP, free_disk=GB)
    assert "The disk has too little room for it (13.1 GB are needed)" in re.sub(
        r"\(1\d\.\d GB", "(13.1 GB", texts.reason(advice(catalog, full), full)
    )
    narrow = replace(LAPTOP, free_disk=10 * GB)
    assert "GLM-Edge-4B-Chat would suit it even better" in texts.reason(advice(catalog, narrow), narrow)


def test_what_is_not_known_is_not_said(catalog) -> None:
    unknown = replace(LAPTOP, free_disk=None)
    assert texts.machine_line(unknown) == "16 GB memory · no usable graphics card"
    unified = replace(LAPTOP, memory=replace(LAPTOP.memory, is_unified=True))
    assert texts.machine_line(unified) == "16 GB memory · 212 GB free"
    model = next(one for one in catalog.models if one.name == "GLM-4.6")
    assert texts.facts_line(model) == "355 billion parameters"


def test_where_nothing_fits_no_model_is_recommended(page, catalog) -> None:
    tell(page, catalog, LITTLE)
    shown = said(page)
    assert "Recommended for this computer" not in shown
    assert any("no model of the GLM family fits comfortably" in text for text in shown)


def test_a_processor_that_is_too_old_is_told_and_nothing_is_offered_to_try(page, catalog) -> None:
    tell(page, catalog, OLD)
    assert any("Processor X" in text and "too old" in text for text in said(page))
    assert page.try_button.text() == "Look around first"
    page.show_list(alone=True)
    assert "Recommended for this computer" not in said(page)
    assert not [text for text in said(page) if text in ("Fits.", "Does not fit.", "Needs the full edition")]


def test_the_light_edition_recommends_no_folder(page, catalog) -> None:
    tell(page, catalog, LIGHT)
    shown = said(page)
    assert "The light edition of Teahouse" in shown
    assert "Recommended for this computer" not in shown
    assert page.try_button.text() == "Try the small built-in model now"
    page.show_list(alone=True)
    settle()
    shown = said(page)
    assert "Recommended for this computer" not in shown
    assert not [text for text in shown if text in ("Fits.", "Does not fit.") or "drag the folder" in text]
    assert any("Install the full edition" in text for text in shown)
    runnable = [model for model in catalog.models if model.shape is not None]
    assert shown.count("Needs the full edition") == len(runnable)  # each row says so, wherever one scrolls
    tell(page, catalog, LAPTOP)
    shown = said(page)
    assert "Needs the full edition" not in shown
    assert not any("Install the full edition" in text for text in shown)
    assert any("drag the folder" in text for text in shown)


def test_without_the_small_model_there_is_another_way_in(page, qtbot) -> None:
    page.set_has_starter(False)
    with qtbot.waitSignal(page.closed):
        page.try_button.click()
    page.set_has_starter(True)
    with qtbot.waitSignal(page.try_wanted):
        page.try_button.click()


# Languages


def test_chinese_says_no_foreign_word(page, catalog, translator) -> None:
    translator.set_language("zh_CN")
    QApplication.processEvents()
    for facts in (LAPTOP, LITTLE, OLD, LIGHT):
        tell(page, catalog, facts)
        assert not [text for text in said(page) if LATIN.search(NAMES.sub("", text))]
    tell(page, catalog)
    assert page.try_button.text() == "试用小模型（仅英文）"
    page.show_list(alone=False)
    unfold_everything(page)
    assert not [text for text in said(page) if LATIN.search(NAMES.sub("", text))]
    assert "43 亿参数 · 下载 8.7 GB · 能记住 8,192 个词元" in said(page)


def test_the_language_is_switched_live_in_welcome_and_list(page, catalog, translator) -> None:
    tell(page, catalog)
    page.show_list(alone=False)
    unfold_everything(page)
    english = said(page)
    translator.set_language("zh_CN")
    QApplication.processEvents()
    chinese = said(page)
    kept = {text for text in english if text in chinese}
    assert not [text for text in kept if LATIN.search(NAMES.sub("", text))]
    page.show_welcome()
    assert "16 GB 内存 · 无可用的独立显卡 · 硬盘空闲 212 GB" in said(page)


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)
def test_the_other_language_can_be_taken(page, qtbot) -> None:
    page.language_button.click()
    menu = page.language_button.menu_shown
    assert menu is not None
    actions = {action.text(): action for action in menu.actions()}
    assert actions["English"].isChecked()
    with qtbot.waitSignal(page.language_chosen) as told:
        actions["简体中文"].trigger()
    assert told.args == ["zh_CN"]
    menu.close()


# Addresses


def test_an_address_is_copied_and_that_is_said(page, catalog, qtbot) -> None:
    tell(page, catalog)
    page.show_list(alone=False)
    line, other = page.list_view.rows[0].findChildren(AddressLine)
    QApplication.clipboard().clear()
    line.copy_button.click()
    assert QApplication.clipboard().text() == "https://huggingface.co/zai-org/glm-edge-4b-chat"
    assert line.copy_button.text() == "Copied ✓"
    other.copy_button.click()
    qtbot.waitUntil(lambda: line.copy_button.text() == "Copy", timeout=COPIED_FOR_MS // 2)
    assert other.copy_button.text() == "Copied ✓"
    qtbot.waitUntil(lambda: other.copy_button.text() == "Copy", timeout=COPIED_FOR_MS * 4)


def test_every_edition_has_an_address_on_both_hubs(page, catalog) -> None:
    tell(page, catalog)
    page.show_list(alone=False)
    for row in page.list_view.rows:
        row.unfold()
        wanted = [hub.address(edition) for edition in row.model.editions for hub in catalog.hubs]
        assert [line.address for line in row.findChildren(AddressLine)] == wanted


def test_the_licence_is_named_and_its_address_comes_by_the_link(page, catalog) -> None:
    tell(page, catalog)
    assert "Licence: GLM-Edge License" in said(page)
    assert not page.card.findChildren(AddressLine)
    (link,) = [
        button for button in page.card.findChildren(QPushButton) if button.text() == "Where to read it"
    ]
    link.click()
    (line,) = page.card.findChildren(AddressLine)
    assert line.address == "https://huggingface.co/zai-org/glm-edge-4b-chat"
    assert link.text() == "Hide the address"
    link.click()
    assert not [line for line in page.card.findChildren(AddressLine) if line.isVisible()]


def test_the_recommended_model_stands_on_top_with_its_addresses(page, catalog) -> None:
    tell(page, catalog)
    page.show_list(alone=False)
    rows = page.list_view.rows
    assert rows[0].model.name == "GLM-Edge-4B-Chat"
    assert rows[0].details is not None
    assert rows[1].details is None
    assert sorted(row.model.name for row in rows) == sorted(model.name for model in catalog.models)
    rows[1].unfold_button.click()
    assert rows[1].details is not None
    rows[1].unfold_button.click()
    assert rows[1].details is None


def test_another_computer_changes_the_verdicts_of_a_list_that_is_shown(page, catalog) -> None:
    tell(page, catalog)
    page.show_list(alone=True)
    assert "Does not fit." in said(page)
    tell(page, catalog, replace(LAPTOP, memory=MachineMemory(256 * GIB, 250 * GIB)))
    assert "Does not fit." not in said(page)


# Keyboard, screen reader, small windows


def test_escape_leads_back_step_by_step(page, catalog, qtbot) -> None:
    tell(page, catalog)
    page.take_focus()
    QTest.keyClick(page.focusWidget(), Qt.Key.Key_Tab)
    assert page.focusWidget() is page.card.list_button
    QTest.keyClick(page.focusWidget(), Qt.Key.Key_Return)
    assert page.is_list_shown
    with qtbot.assertNotEmitted(page.closed):
        QTest.keyClick(page.focusWidget(), Qt.Key.Key_Escape)
    assert not page.is_list_shown
    assert page.focusWidget() is page.card.list_button
    with qtbot.waitSignal(page.closed):
        QTest.keyClick(page.focusWidget(), Qt.Key.Key_Escape)


def test_a_list_without_a_welcome_leads_back_to_the_chat(page, catalog, qtbot) -> None:
    tell(page, catalog)
    page.show_list(alone=True)
    with qtbot.waitSignal(page.closed):
        QTest.keyClick(page.focusWidget(), Qt.Key.Key_Escape)


def test_every_way_on_is_reached_by_tab_in_the_order_in_which_it_stands(page, catalog) -> None:
    tell(page, catalog)
    page.take_focus()
    reached = []
    for _ in range(5):
        reached.append(page.focusWidget())
        QTest.keyClick(page.focusWidget(), Qt.Key.Key_Tab)
    wanted = [page.card.files_button, page.card.list_button, page.try_button, page.language_button]
    assert [widget for widget in reached if widget in wanted] == wanted


def test_every_control_has_a_name(page, catalog) -> None:
    tell(page, catalog)
    for shown in ("welcome", "list"):
        if shown == "list":
            page.show_list(alone=False)
            unfold_everything(page)
        for widget in page.findChildren(QWidget):
            if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                assert widget.accessibleName() or widget.property("text"), widget


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_on_the_smallest_window_every_way_on_is_in_view(page, catalog, translator, language) -> None:
    translator.set_language(language)
    page.resize(720, 520)
    tell(page, catalog)
    for widget in (page.card.files_button, page.card.list_button, page.try_button, page.language_button):
        assert is_in_view(page, widget), widget.text()
