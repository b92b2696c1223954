"""The settings pane: every declaration has its control; changes, reset, search, limits, languages."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QLocale, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QSlider,
)

from app.core.settings import (
    FONT_SIZE,
    IDLE_MINUTES,
    MAX_TOKENS,
    SYSTEM_PROMPT,
    TEMPERATURE,
    THEME,
    TOP_P,
    SettingGroup,
    Settings,
)
from app.ui.settings.editor import SwitchEditor
from app.ui.settings.idle_choice import IdleBox
from app.ui.settings.model_page import PageValues
from app.ui.settings.pane import SettingsPane, shown_settings
from app.ui.settings.precision_choice import PrecisionChoice
from app.ui.settings.row import SettingRow
from app.ui.theme_manager import ThemeManager
from app.ui.translator import Translator
from tests.helpers.memory_cases import GIB, computer, found


@pytest.fixture
def pane(qapp, qtbot):
    QLocale.setDefault(QLocale("en_US"))
    widget = SettingsPane(ThemeManager(qapp))
    qtbot.addWidget(widget)
    widget.resize(1000, 700)
    widget.set_values(Settings())
    widget.show()
    qtbot.waitExposed(widget)
    return widget


@pytest.fixture
def changes(pane):
    found = []
    pane.changed.connect(lambda setting, value: found.append((setting, value)))
    return found


def row_of(pane, setting):
    return next(row for row in pane.findChildren(SettingRow) if row.setting is setting)


def reset_of(pane, setting):
    return next(b for b in row_of(pane, setting).findChildren(QAbstractButton) if b.text() == "Reset")


def visible_keys(pane):
    rows = [row for row in pane.findChildren(SettingRow) if not pane.model_page.isAncestorOf(row)]
    return {row.setting.key for row in rows if row.isVisibleTo(pane)}


def test_every_shown_declaration_has_a_row_and_hidden_ones_have_none(pane):
    keys = [row.setting.key for row in pane.findChildren(SettingRow)]
    assert sorted([*keys, IDLE_MINUTES.key]) == sorted(s.key for s in shown_settings())
    assert len(pane.findChildren(IdleBox)) == 1
    assert "last_model" not in keys
    assert "sidebar_visible" not in keys


def test_showing_values_emits_nothing(pane, changes):
    pane.set_values(Settings().changed(THEME, "dark").changed(TEMPERATURE, 1.2).changed(SYSTEM_PROMPT, "x"))
    assert changes == []


def test_a_segment_is_a_change(pane, changes):
    dark = next(b for b in row_of(pane, THEME).findChildren(QAbstractButton) if b.text() == "Dark")
    dark.click()
    assert changes == [(THEME, "dark")]


def test_sliders_give_values_in_bounds(pane, changes):
    slider = row_of(pane, TEMPERATURE).findChild(QSlider)
    for position in range(slider.minimum(), slider.maximum() + 1):
        slider.setValue(position)
    values = [value for setting, value in changes if setting is TEMPERATURE]
    assert all(TEMPERATURE.checked(value) == value for value in values)
    assert {0.0, 0.7, 1.5} - {TEMPERATURE.default} <= {*values}
    assert values[-1] == 1.5


@pytest.mark.parametrize("setting", [TEMPERATURE, TOP_P, FONT_SIZE])
def test_the_default_is_a_place_of_its_slider(pane, changes, setting):
    slider = row_of(pane, setting).findChild(QSlider)
    at = slider.value()
    slider.setValue(slider.minimum() if at > slider.minimum() else slider.maximum())
    slider.setValue(at)
    assert changes[-1] == (setting, setting.default)
    assert type(changes[-1][1]) is type(setting.default)


def test_a_slider_says_plain_words_and_the_technical_name_on_hover(pane):
    slider = row_of(pane, TEMPERATURE).findChild(QSlider)
    assert slider.accessibleDescription() == "Balanced · 0.7"
    assert slider.toolTip() == "Temperature: 0.7"
    assert slider.accessibleName() == "Precise or imaginative"


def test_the_list_gives_its_value(pane, changes):
    box = row_of(pane, MAX_TOKENS).findChild(QComboBox)
    assert box.count() == len(MAX_TOKENS.choices)
    box.setCurrentIndex(box.count() - 1)
    box.activated.emit(box.count() - 1)
    assert changes == [(MAX_TOKENS, 0)]


def test_a_text_is_told_after_a_pause_and_when_the_person_leaves(pane, changes, qtbot):
    pane.show_group(SettingGroup.ANSWERS)
    field = row_of(pane, SYSTEM_PROMPT).findChild(QPlainTextEdit)
    field.setFocus()
    QTest.keyClicks(field, "Be brief.")
    assert changes == []
    qtbot.waitUntil(lambda: changes == [(SYSTEM_PROMPT, "Be brief.")])
    QTest.keyClicks(field, " Please.")
    QTest.keyClick(field, Qt.Key.Key_Tab)
    assert changes[-1] == (SYSTEM_PROMPT, "Be brief. Please.")


def test_an_echo_does_not_disturb_what_is_being_written(pane):
    pane.show_group(SettingGroup.ANSWERS)
    field = row_of(pane, SYSTEM_PROMPT).findChild(QPlainTextEdit)
    field.setFocus()
    QTest.keyClicks(field, "new")
    pane.set_values(Settings().changed(SYSTEM_PROMPT, "old"))
    assert field.toPlainText() == "new"


def test_a_text_that_is_too_long_is_cut_and_said(pane, changes):
    field = row_of(pane, SYSTEM_PROMPT).findChild(QPlainTextEdit)
    field.setPlainText("x" * (SYSTEM_PROMPT.max_length + 1))
    pane.close_pane()
    assert changes == [(SYSTEM_PROMPT, "x" * SYSTEM_PROMPT.max_length)]
    notes = [label.text() for label in row_of(pane, SYSTEM_PROMPT).findChildren(QLabel)]
    assert "Only the first 20,000 characters count." in notes


def test_reset_is_there_only_after_a_change_and_brings_the_default_back(pane, changes):
    pane.show_group(SettingGroup.APPEARANCE)
    assert not reset_of(pane, THEME).isVisible()
    pane.set_values(Settings().changed(THEME, "dark"))
    assert reset_of(pane, THEME).isVisible()
    reset_of(pane, THEME).click()
    assert changes == [(THEME, "system")]
    assert not reset_of(pane, THEME).isVisible()


def test_reset_of_a_text_wins_over_what_was_just_written(pane, changes):
    field = row_of(pane, SYSTEM_PROMPT).findChild(QPlainTextEdit)
    field.setPlainText("half")
    reset_of(pane, SYSTEM_PROMPT).click()
    assert changes[-1] == (SYSTEM_PROMPT, "")
    assert field.toPlainText() == ""


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("temperature", {"temperature"}),
        ("TOP-P", {"top_p"}),
        ("top_p", {"top_p"}),
        ("温度", {"temperature"}),
        ("系统提示词", {"system_prompt"}),
        ("dark mode", {"theme"}),
        ("字号", {"font_size"}),
        ("system prompt", {"system_prompt"}),
        ("no such thing", set()),
    ],
)
def test_search_finds_by_label_help_and_technical_name_in_both_languages(pane, query, expected):
    pane.show_search(query)
    assert visible_keys(pane) == expected
    assert not pane.model_page.isVisible()


@pytest.mark.parametrize(
    "query",
    [
        "precision", "quantization", "context length", "精度", "内存", "上下文", "INT8", "GPU",
        "graphics card", "显卡", "free memory", "keep-alive", "空闲", "measure", "benchmark", "跑分",
        "idle_minutes", "device",
    ],
)  # fmt: skip
def test_the_page_of_the_model_is_found_in_both_languages(pane, query):
    pane.show_group(SettingGroup.ANSWERS)
    assert not pane.model_page.isVisible()
    pane.show_search(query)
    assert pane.model_page.isVisible()


def test_closing_tells_a_choice_that_was_just_made(pane, qtbot):
    pane.model_page.set_machine(computer(15 * GIB))
    pane.model_page.show_values(PageValues(found()))
    pane.model_page.findChild(PrecisionChoice).buttons()[0].click()
    with qtbot.waitSignal(pane.model_page.wish_changed, timeout=0):
        pane.close_pane()


def test_every_setting_is_found_by_its_own_label_in_both_languages(pane, qapp):
    for language in ("en", "zh_CN"):
        translator = Translator(qapp)
        translator.set_language(language)
        for row in pane.findChildren(SettingRow):
            pane.show_search(row.findChild(QLabel).text())
            assert row.isVisible()
        idle = pane.findChild(IdleBox)
        pane.show_search(idle.findChild(QComboBox).accessibleName())
        assert idle.isVisible()
        translator.set_language("en")


def test_search_that_finds_nothing_says_so(pane):
    pane.show_search("zzz")
    shown = [label.text() for label in pane.findChildren(QLabel) if label.isVisible()]
    assert 'No setting fits "zzz".' in shown
    pane.show_search("")
    assert visible_keys(pane) == set()
    assert pane.model_page.isVisible()


def test_a_page_ends_the_search(pane):
    pane.show_search("temperature")
    pane.findChild(QListWidget).setCurrentRow(3)
    assert pane.findChild(QLineEdit).text() == ""
    assert visible_keys(pane) == {"theme", "font_size"}


def test_escape_clears_the_search_and_then_closes(pane, qtbot):
    pane.show_search("tea")
    search = pane.findChild(QLineEdit)
    search.setFocus()
    with qtbot.assertNotEmitted(pane.closed):
        QTest.keyClick(search, Qt.Key.Key_Escape)
    assert search.text() == ""
    with qtbot.waitSignal(pane.closed):
        QTest.keyClick(search, Qt.Key.Key_Escape)


def test_closing_tells_a_text_that_is_being_written(pane, changes):
    row_of(pane, SYSTEM_PROMPT).findChild(QPlainTextEdit).setPlainText("late")
    pane.close_pane()
    assert changes == [(SYSTEM_PROMPT, "late")]


def test_the_wheel_turns_the_page_and_not_the_value(pane, changes):
    pane.show_group(SettingGroup.ANSWERS)
    for control in (
        row_of(pane, TEMPERATURE).findChild(QSlider),
        row_of(pane, MAX_TOKENS).findChild(QComboBox),
    ):
        event = QWheelEvent(
            QPointF(5, 5), control.mapToGlobal(QPointF(5, 5)), QPoint(0, 0), QPoint(0, 120),
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(control, event)
    assert changes == []


def test_the_language_is_switched_live(pane, qapp):
    translator = Translator(qapp)
    translator.set_language("zh_CN")
    QApplication.processEvents()
    assert pane.findChild(QListWidget).item(2).text() == "回答"
    assert row_of(pane, TEMPERATURE).findChild(QSlider).accessibleName() == "严谨还是有想象力"
    translator.set_language("en")
    QApplication.processEvents()
    assert pane.findChild(QListWidget).item(2).text() == "Answers"


def test_every_setting_has_a_line_of_help_in_both_languages(pane, qapp):
    for language in ("en", "zh_CN"):
        translator = Translator(qapp)
        translator.set_language(language)
        QApplication.processEvents()
        for box in (*pane.findChildren(SettingRow), pane.findChild(IdleBox)):
            captions = [
                label.text() for label in box.findChildren(QLabel) if label.property("role") == "caption"
            ]
            assert any(len(caption) > 8 for caption in captions), box
        translator.set_language("en")


def test_every_setting_can_be_set_back_by_itself(pane, changes):
    other = {"device": "processor", "idle_minutes": 5, "threads": 1, "system_prompt": "Be brief.",
             "max_tokens": 256, "temperature": 1.2, "top_p": 0.5, "theme": "dark", "font_size": 20,
             "language": "en"}  # fmt: skip
    assert {*other} == {setting.key for setting in shown_settings()}
    settings = Settings.from_mapping(other)
    pane.set_values(settings)
    boxes = {row.setting: row for row in pane.findChildren(SettingRow)} | {
        IDLE_MINUTES: pane.findChild(IdleBox)
    }
    for setting, box in boxes.items():
        button = next(b for b in box.findChildren(QAbstractButton) if b.text() == "Reset")
        assert not button.isHidden(), setting.key
        button.click()
        assert changes[-1] == (setting, setting.default)
        assert button.isHidden()


def test_every_control_has_a_name(pane):
    controls = [
        *pane.findChildren(QSlider), *pane.findChildren(QComboBox), *pane.findChildren(QLineEdit),
        *pane.findChildren(QPlainTextEdit), *pane.findChildren(QListWidget),
    ]  # fmt: skip
    assert all(control.accessibleName() for control in controls)
    buttons = [b for b in pane.findChildren(QAbstractButton) if b.isVisible()]
    assert all(button.text() or button.accessibleName() for button in buttons)


def test_a_switch_gives_true_and_false(qtbot):
    from app.core.settings import SIDEBAR_VISIBLE

    editor = SwitchEditor(SIDEBAR_VISIBLE)
    qtbot.addWidget(editor)
    editor.show_value(True)
    with qtbot.waitSignal(editor.edited) as signal:
        editor.findChild(QAbstractButton).click()
    assert signal.args == [False]
