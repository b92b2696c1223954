"""The strip above the conversation: title, meter, chip and its menu."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget, QWidgetAction

from app.core.engine import EngineKind, LoadNote, ModelInfo, ModelRef
from app.core.errors import ErrorCode, ErrorInfo
from app.core.models import FoundModel
from app.ui.header import Header
from app.ui.texts.load_notes import note_sentence
from app.workers.engine_status import EngineState, EngineStatus

Key = Qt.Key
BROKEN = ErrorInfo(ErrorCode.MODEL_TRUNCATED)
offscreen_menu = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", extend=True)


def model(number: str, name: str, *, starter: bool = False, problem: ErrorInfo | None = None) -> FoundModel:
    ref = ModelRef(number, EngineKind.LLAMA_CPP, "/models/x.gguf")
    return FoundModel(ref, name, "glm", "INT4", 8192, 1, 3_900_000_000, starter, problem)


MODELS = [
    model("s", "SmolLM2", starter=True),
    model("g", "ChatGLM3 & friends"),
    model("b", "Half", problem=BROKEN),
]


@pytest.fixture
def header(themes, qtbot):
    result = Header(themes, lambda error: f"Sentence for {error.code.value}.")
    qtbot.addWidget(result)
    result.resize(900, 56)
    result.set_models(MODELS, "g")
    result.show()
    qtbot.waitExposed(result)
    return result


def record(signal) -> list[tuple[object, ...]]:
    seen: list[tuple[object, ...]] = []
    signal.connect(lambda *args: seen.append(args))
    return seen


def test_title_is_changed_by_double_click_and_enter(header):
    edited = record(header.title_edited)
    header.set_title("Green\ntea")
    assert header._title.title == "Green tea"
    QTest.mouseDClick(header._title._shown, Qt.MouseButton.LeftButton)
    header._title._field.setText(" Black tea ")
    QTest.keyClick(header._title._field, Key.Key_Return)
    assert edited == [("Black tea",)]
    assert header._title.title == "Black tea"
    assert not header._title.is_editing


def test_title_by_f2_and_escape(header):
    edited = record(header.title_edited)
    header.set_title("Tea")
    header._title._shown.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(header._title._shown, Key.Key_F2)
    assert header._title.is_editing
    QTest.keyClicks(header._title._field, "other")
    QTest.keyClick(header._title._field, Key.Key_Escape)
    assert edited == []
    assert header._title.title == "Tea"
    assert header._title._shown.hasFocus()


def test_a_new_chat_has_no_title_to_edit(header):
    header.set_title("")
    header.edit_title()
    assert not header._title.is_editing


def test_a_new_title_does_not_disturb_the_field(header):
    header.set_title("Tea")
    header.edit_title()
    QTest.keyClicks(header._title._field, "typed")
    header.set_title("From the model")
    assert header._title._field.text() == "typed"


@pytest.mark.parametrize(
    ("used", "total", "tip", "warns"),
    [
        (1830, 8192, "uses 1,830 of 8,192 tokens", False),
        (None, 8192, "room for 8,192 tokens", False),
        (7372, 8192, "uses 7,372 of 8,192 tokens", False),  # 89.99 %
        (7373, 8192, "uses 7,373 of 8,192 tokens\nNearly full", True),
        (9000, 8192, "uses 9,000 of 8,192 tokens\nNearly full", True),
    ],
)
def test_meter(header, used, total, tip, warns):
    header.set_usage(used, total)
    assert header._meter.toolTip().startswith(tip)
    assert header._meter.accessibleDescription() == header._meter.toolTip()
    assert header._meter.is_warning is warns
    assert header._meter.fraction <= 1


def test_meter_turns_to_the_warning_colour(header, themes):
    def inks() -> set[str]:
        image = header._meter.grab().toImage()
        return {
            image.pixelColor(x, y).name().upper() for x in range(image.width()) for y in range(image.height())
        }

    header.set_usage(8000, 8192)
    assert themes.theme.warning in inks()
    header.set_usage(80, 8192)
    assert themes.theme.warning not in inks()


def test_meter_is_gone_without_a_model_and_short_where_it_is_narrow(header):
    header.set_usage(None, 0)
    assert header._meter.isHidden()
    header.set_usage(1, 8192)
    wide = header._meter.sizeHint().width()
    header.resize(456, 56)
    assert header._meter.sizeHint().width() == 18 < wide


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (EngineStatus(), "ChatGLM3 & friends · INT4"),
        (EngineStatus(EngineState.LOADING, MODELS[0].ref, load_fraction=0.34),
         "Loading 34 % · Small trial model (English only)"),
        (EngineStatus(EngineState.READY, MODELS[0].ref), "Small trial model (English only)"),
        (EngineStatus(EngineState.BUSY, MODELS[1].ref, model=ModelInfo("x", "glm", "BF16", 1, 1, 1, 1)),
         "ChatGLM3 & friends · BF16"),
        (EngineStatus(EngineState.FAILED, MODELS[1].ref, error=BROKEN), "Not running · ChatGLM3 & friends"),
    ],
)  # fmt: skip
def test_chip_says_what_is_going_on(header, status, text):
    header.set_engine_status(status)
    assert header._chip.text() == text
    assert text in header._chip.accessibleName()


def test_chip_tells_what_computes_and_the_notes_of_a_load(header):
    notes = (LoadNote.PARTLY_ON_PROCESSOR,)
    header.set_engine_status(EngineStatus(EngineState.LOADING, MODELS[1].ref, notes=notes))
    said = header._chip.toolTip().splitlines()
    assert said[1:] == [note_sentence(notes[0])]
    model = ModelInfo("x", "glm", "INT4", 1, 1, 1, 1, "A card", notes)
    header.set_engine_status(EngineStatus(EngineState.READY, MODELS[1].ref, model=model, notes=notes))
    said = header._chip.toolTip().splitlines()
    assert said[1:] == ["Computed by A card and the processor.", note_sentence(notes[0])]
    plain = replace(model, device="", notes=())
    header.set_engine_status(EngineStatus(EngineState.READY, MODELS[1].ref, model=plain))
    assert header._chip.toolTip().splitlines()[1:] == ["Computed by the processor."]
    assert header._chip.accessibleDescription() == header._chip.toolTip()


def test_chip_without_a_model(header):
    header.set_models([], None)
    header.set_engine_status(EngineStatus())
    assert header._chip.text() == "No model"


def test_chip_explains_a_failure(header):
    header.set_engine_status(EngineStatus(EngineState.FAILED, MODELS[1].ref, error=BROKEN))
    assert header._chip.toolTip() == "Sentence for model_truncated."


@offscreen_menu
def test_menu_offers_the_models(header):
    chosen = record(header.model_chosen)
    QTest.keyClick(header._chip, Key.Key_Space)
    menu = header._chip.menu_shown
    assert menu is not None
    actions = [action for action in menu.actions() if action.text()]
    assert [action.text().split("\t")[0] for action in actions] == [
        "Small trial model (English only)",
        "ChatGLM3 && friends",
        "Half",
        "Add a model…",
        "Manage models…",
        "Which models suit this computer?",
        "Open models folder",
    ]
    assert actions[1].text().endswith("INT4 · 3.9 GB")
    assert [action.isChecked() for action in actions] == [i == 1 for i in range(len(actions))]
    assert not actions[2].isEnabled()
    actions[0].trigger()
    menu.close()
    assert chosen == [("s",)]
    assert header._chip.menu_shown is None


@offscreen_menu
def test_menu_gives_the_reason_of_a_problem(header):
    header.open_model_menu()
    menu = header._chip.menu_shown
    reasons = [action.defaultWidget() for action in menu.actions() if isinstance(action, QWidgetAction)]
    assert [label.text() for label in reasons if isinstance(label, QLabel)] == [
        "Sentence for model_truncated."
    ]
    menu.close()


@offscreen_menu
@pytest.mark.parametrize(
    ("state", "offered"), [(EngineState.READY, True), (EngineState.BUSY, True), (EngineState.EMPTY, False)]
)
def test_memory_can_be_freed_only_when_something_is_loaded(header, state, offered):
    freed, folder = record(header.unload_requested), record(header.models_folder_requested)
    header.set_engine_status(EngineStatus(state, MODELS[1].ref))
    header.open_model_menu()
    menu = header._chip.menu_shown
    actions = {action.text(): action for action in menu.actions()}
    assert ("Free memory" in actions) is offered
    if offered:
        actions["Free memory"].trigger()
    actions["Open models folder"].trigger()
    menu.close()
    assert len(freed) == offered
    assert folder == [()]


def test_sidebar_button_says_what_it_will_do(header, qtbot):
    assert header._toggle.accessibleName() == "Hide the sidebar"
    header.set_sidebar_visible(False)
    assert header._toggle.accessibleName() == "Show the sidebar"
    with qtbot.waitSignal(header.sidebar_toggled):
        QTest.keyClick(header._toggle, Key.Key_Space)


def test_every_control_has_a_name(header):
    header.set_title("Tea")
    for control in header.findChildren(QWidget):
        if control.focusPolicy() & Qt.FocusPolicy.TabFocus:
            assert control.accessibleName(), control


def test_language_is_changed_live(header, other_language):
    header.set_usage(1, 2)
    assert header._toggle.toolTip() == "〈Hide the sidebar〉"
    assert header._meter.toolTip() == "〈uses 1 of 2 tokens〉"
    assert header._chip.accessibleName().startswith("〈Model")
