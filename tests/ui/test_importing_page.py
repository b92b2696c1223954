"""The cards of models that were brought: what they say, in which language, and in a small window."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QRadioButton, QWidget

from app.core.engine import EngineKind, ModelRef
from app.core.errors import ErrorCode, ErrorInfo
from app.core.imports import FileCheck, FileRole, FileState, HashReport, TaskProgress
from app.core.paths import Kept
from app.ui.importing.import_page import ImportPage
from app.ui.importing.jobs import Meter
from app.ui.importing.model_card import ModelCard
from app.ui.importing.places import DiskKind, Place, disk_kind, place_of
from app.ui.importing.task_strip import TaskState, TaskStrip, TaskView
from app.ui.texts import importing as texts
from app.ui.texts import models as models_texts
from app.ui.texts.adding_troubles import adding_trouble
from tests.helpers.import_jobs import FILES, incomplete, inspected

LONG = "a" * 250
EMOJI = "👩‍👩‍👧 模型 🍵"
CODES = [code for code in ErrorCode if code.name.startswith("MODEL_")]
CODES += [ErrorCode.DISK_FULL, ErrorCode.READ_ONLY, ErrorCode.STORAGE_FAILED, ErrorCode.FILE_TOO_LARGE]
PLACE = Place(free_bytes=100_000_000_000)
LATIN = re.compile("[A-Za-z]{2,}")
# Names of products, files and formats, units, and what the models of these tests are called.
NAMES = re.compile(
    r"ChatGLM\d?(-6B)?|GLM(-4)?|FP16|[GMk]B|Esc|Teahouse|[\w-]+\.(safetensors|json|model|py)|tea|/m/\S+"
)


@pytest.fixture
def page(themes, qtbot) -> ImportPage:
    page = ImportPage(themes)
    qtbot.addWidget(page)
    page.resize(1000, 900)
    page.show()
    qtbot.waitExposed(page)
    return page


@pytest.fixture
def chinese(translator) -> None:
    translator.set_language("zh_CN")


def said(widget: QWidget) -> list[str]:
    """Every text that is seen or read out."""
    found: list[str] = []
    for one in widget.findChildren(QWidget):
        if one.isVisible():
            found += [one.toolTip(), one.accessibleName(), one.accessibleDescription()]
            if isinstance(one, QLabel | QPushButton | QRadioButton):
                found.append(one.text())
    return [text for text in found if text]


def figures(page: ImportPage) -> list[str]:
    (card,) = page.cards
    QApplication.processEvents()
    return [label.text() for label in card._figures.findChildren(QLabel) if label.isVisible()]


# What is said


def test_a_model_in_plain_words(page):
    page.show_model(inspected("/m/tea"), PLACE)
    (card,) = page.cards
    assert card._kind.text() == "A model of the generation ChatGLM3-6B"
    page.show_model(inspected("/m/tea", families=("chatglm3", "chatglm2")), PLACE)
    assert card._kind.text() == "A model of the ChatGLM family"
    assert figures(page) == [
        "12.5 GB", "on the disk", "6.2 billion", "parameters",
        "FP16", "full precision", "6,100 words", "it can remember at most",
    ]  # fmt: skip


def test_the_title_counts_the_models_that_can_be_decided_about(page):
    assert page._title.text() == "Add a model"
    page.show_model(inspected("/m/tea"), PLACE)
    page.show_model(incomplete("/m/broken"), PLACE)
    assert page._title.text() == "Add this model?"
    page.show_model(inspected("/m/more"), PLACE)
    assert page._title.text() == "Which models do you want to add?"


class PaintedCards(QObject):
    """The heights at which cards were painted."""

    def __init__(self, page: ImportPage) -> None:
        super().__init__(page)
        self.heights: list[int] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Paint and isinstance(watched, ModelCard):
            self.heights.append(watched.height())
        return False


def test_many_models_are_never_painted_flat(page, qapp, qtbot):
    painted = PaintedCards(page)
    qapp.installEventFilter(painted)
    for number in range(14):
        page.show_model(inspected(f"/m/{number}"), PLACE)
    qtbot.waitUntil(lambda: page._scroll.verticalScrollBar().maximum() > 1000)
    qtbot.waitUntil(lambda: bool(painted.heights))
    qapp.removeEventFilter(painted)
    assert min(painted.heights) > 200
    page.clear()
    qtbot.waitUntil(lambda: page._scroll.verticalScrollBar().maximum() == 0)


def test_the_same_in_chinese(page, chinese):
    page.show_model(inspected("/m/tea"), PLACE)
    assert figures(page)[2] == "62 亿"
    assert figures(page)[6] == "12,000 字"


@pytest.mark.parametrize(
    ("count", "english", "chinese_text"),
    [
        (9_399_951_360, "9.4 billion", "94 亿"),
        (134_515_008, "135 million", "1.3 亿"),
        (12_000_000, "12 million", "1,200 万"),
        (8_192, "8,192", "8,192"),
    ],
)
def test_parameters_in_both_languages(translator, count, english, chinese_text):
    model = replace(inspected("/m/tea").model, parameter_count=count)
    assert texts.figures(model)[1][0] == english
    translator.set_language("zh_CN")
    assert texts.figures(model)[1][0] == chinese_text


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("FP16", "full"), ("F32", "full"), ("INT8", "fine"), ("Q8_0", "fine"),
        ("INT4", "compact"), ("Q4_1", "compact"), ("IQ2_XS", "compact"),
    ],
)  # fmt: skip
def test_precisions_in_words(label, words):
    model = replace(inspected("/m/tea").model, precision_label=label)
    assert (label, f"{words} precision") in texts.figures(model)


def test_files_are_called_by_the_precision_that_they_are_loaded_at():
    """As the header calls the loaded model, and the settings what is chosen."""
    model = replace(inspected("/m/tea").model, precision_label="BF16")
    assert model.ref.engine is EngineKind.GLM_TORCH
    assert ("FP16", "full precision") in texts.figures(model)
    assert "FP16" in models_texts.facts(model)
    one_file = replace(model, ref=replace(model.ref, engine=EngineKind.LLAMA_CPP))
    assert ("BF16", "full precision") in texts.figures(one_file)  # so it is loaded, and called there too


def test_a_model_in_one_file(page):
    ref = ModelRef("tea", EngineKind.LLAMA_CPP, "/m/tea.gguf")
    one = (FileCheck("tea.gguf", FileRole.WEIGHTS, FileState.GOOD, 100),)
    page.show_model(inspected("/m/tea.gguf", ref=ref, architecture="llama", files=one), PLACE)
    (card,) = page.cards
    assert card._kind.text() == "A model in one file"
    assert card._summary.text == "The file is complete"
    short = (replace(one[0], state=FileState.SHORT),)
    assert texts.files_summary(short) == "The file is not in order"
    assert texts.kind_sentence(replace(card.inspected.model, architecture="glm4")).startswith("GLM-4-0414")


def test_a_model_of_which_nothing_is_known_shows_no_empty_figures(page):
    unknown = incomplete("/m/tea")
    model = replace(
        unknown.model, architecture="", precision_label="", trained_context=0, parameter_count=0, file_bytes=0
    )
    page.show_model(replace(unknown, model=model), PLACE)
    assert page.cards[0]._figures.isHidden()


@pytest.mark.parametrize("state", [state for state in FileState if state is not FileState.GOOD])
def test_every_state_of_a_file_is_a_mark_and_words(page, state):
    files = (*FILES, FileCheck("x.bin", FileRole.WEIGHTS, state, 5, 10))
    page.show_model(inspected("/m/tea", files=files), PLACE)
    (card,) = page.cards
    assert card.is_usable is (state is FileState.UNUSED)
    card._unfold.click()
    QApplication.processEvents()
    assert card._bad.isVisible() is not card.is_usable
    words = [label.text() for label in card._files.findChildren(QLabel)]
    assert texts.file_state(files[-1]) in words
    assert card._unfold.text() == "Hide the files"
    assert card._summary.text == (
        "All 3 files are there" if card.is_usable else "1 of 4 files is not in order"
    )


def test_many_bad_files_are_not_a_wall_of_sentences(page):
    files = tuple(FileCheck(f"{n}.bin", FileRole.WEIGHTS, FileState.MISSING) for n in range(300))
    page.show_model(inspected("/m/tea", files=files), PLACE)
    (card,) = page.cards
    assert card._summary.text == "300 of 300 files are not in order"
    assert len(card._bad._lines) == 7
    assert len(card._files._rows) == 201
    assert card._files._rows[-1].text() == "and 100 more"


def test_a_marked_tensor_of_an_error_is_a_sentence(page):
    error = ErrorInfo(ErrorCode.MODEL_UNSAFE, {"path": "/m/tea", "detail": "os.system"})
    page.show_model(inspected("/m/tea", problem=error), PLACE)
    text = page.cards[0]._problem.text
    assert "could run as a program" in text
    assert "os.system" not in text


# Languages


def everything(page: ImportPage, themes) -> None:
    page.show_model(inspected("/m/tea", families=("chatglm3", "chatglm2")), PLACE)
    page.show_model(incomplete("/m/b"), PLACE)
    page.show_model(inspected("/m/c", known_id="c"), PLACE)
    page.show_note("/m/tea", lambda: texts.nothing_found("/m/tea"))
    page.show_looking("/m/tea")
    first = page.cards[0]
    first.begin_check()
    first.show_check_progress(TaskProgress(1, 4), 130.0)
    page.cards[2].end_check(HashReport({"a": ""}))
    for card in page.cards:
        card._unfold.click()


def test_the_page_speaks_chinese_without_latin_words(page, themes, chinese):
    everything(page, themes)
    QApplication.processEvents()
    foreign = {text for text in said(page) if LATIN.search(NAMES.sub("", text))}
    assert foreign == set()


def test_the_language_changes_while_it_is_shown(page, themes, qapp, translator):
    everything(page, themes)
    translator.set_language("zh_CN")
    qapp.processEvents()
    found = said(page)
    assert {text for text in found if LATIN.search(NAMES.sub("", text))} == set()


def test_all_sentences_of_trouble_in_both_languages(translator):
    for language in ("zh_CN", "en"):
        translator.set_language(language)
        for code in CODES:
            for sentence in (
                *(
                    adding_trouble(
                        ErrorInfo(code, {"path": "/m/茶"}), "茶", 10**9, is_packed=is_packed, kept=kept
                    )
                    for is_packed in (False, True)
                    for kept in Kept
                ),
                texts.looking_trouble(ErrorInfo(code, {"path": "/m/茶"}), "/m/茶"),
            ):
                assert sentence.endswith((".", "。"))
                assert "{" not in sentence


# Names, small windows, the keyboard


@pytest.mark.parametrize("name", [LONG, "模" * 250, EMOJI, "line\nbreak", "\udcff broken", "<b>bold</b>"])
def test_odd_names_are_shown_and_widen_nothing(page, name):
    page.resize(720, 520)
    path = f"/m/{name}"
    page.show_model(inspected(path, families=("chatglm3", "chatglm2")), PLACE)
    page.show_model(
        replace(incomplete(path + "2"), files=(FileCheck(name, FileRole.WEIGHTS, FileState.SHORT),)), PLACE
    )
    page.show_note(path + "3", lambda: texts.nothing_found(path))
    page.show_looking(path)
    for card in page.cards:
        card._unfold.click()
    QApplication.processEvents()
    inner = page._scroll.widget()
    assert inner.minimumSizeHint().width() <= page._scroll.viewport().width()
    for card in page.cards:
        assert card.width() <= page._scroll.viewport().width()


def test_a_name_that_is_cut_is_told_by_its_tooltip(page):
    page.show_model(inspected("/m/" + LONG), PLACE)
    (card,) = page.cards
    assert card._name.toolTip() == LONG
    page.show_model(inspected("/m/tea"), PLACE)
    assert page.cards[1]._name.toolTip() == ""


def test_tab_reaches_every_control_in_order(page):
    page.show_model(inspected("/m/tea", families=("chatglm3", "chatglm2")), PLACE)
    (card,) = page.cards
    QApplication.processEvents()
    page.activateWindow()
    page._back.setFocus(Qt.FocusReason.TabFocusReason)
    walked: list[QWidget] = []
    for _ in range(8):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        walked.append(QApplication.focusWidget())
    question = card._question._group.checkedButton()
    expected = [card._unfold, question, card._choice._stay, card._main, card._check_button]
    assert walked[:5] == expected
    assert all(widget.accessibleName() or widget.text() for widget in expected)


def test_the_page_goes_back_by_escape_from_everywhere(page):
    closed: list[int] = []
    page.closed.connect(lambda: closed.append(1))
    page.show_model(inspected("/m/tea"), PLACE)
    page.take_focus()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert closed == [1]


# The strip


@pytest.fixture
def strip(themes, qtbot) -> TaskStrip:
    strip = TaskStrip(themes)
    qtbot.addWidget(strip)
    strip.resize(440, 200)
    return strip


def test_a_row_keeps_the_keyboard_while_it_goes_on(strip, qtbot):
    strip.set_tasks([TaskView(1, LONG, TaskState.RUNNING, TaskProgress(1, 100))])
    strip.activateWindow()
    qtbot.waitUntil(lambda: strip.isActiveWindow() and strip._rows[1]._cancel.isVisible())
    strip._rows[1]._cancel.setFocus()
    strip.set_tasks([TaskView(1, LONG, TaskState.RUNNING, TaskProgress(34, 100), 130.0)])
    assert strip._rows[1]._cancel.hasFocus()
    assert strip._rows[1]._time.text() == "34 %, about 2 min left"
    assert strip.minimumSizeHint().width() <= 440


def test_the_strip_speaks_chinese(strip, chinese):
    strip.set_tasks(
        [
            TaskView(1, "茶", TaskState.RUNNING, TaskProgress(34, 100), 130.0),
            TaskView(2, "茶", TaskState.WAITING),
            TaskView(3, "茶", TaskState.FAILED, trouble=lambda: texts.text("is missing")),
        ]
    )
    assert [text for text in said(strip) if LATIN.search(text)] == []
    assert strip.accessibleName() == ""


# Values


def test_the_meter_guesses_only_when_it_knows(monkeypatch):
    now = 100.0
    monkeypatch.setattr("app.ui.importing.jobs.time.monotonic", lambda: now)
    meter = Meter()
    assert meter.seconds_left is None
    meter.report(TaskProgress(0, 100))
    now = 100.5
    meter.report(TaskProgress(10, 100))
    assert meter.seconds_left is None
    now = 102.0
    meter.report(TaskProgress(20, 100))
    assert meter.seconds_left == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("progress", "seconds", "text"),
    [
        (None, None, ""),
        (TaskProgress(0, 0), None, ""),
        (TaskProgress(1, 3), None, "33 %"),
        (TaskProgress(100, 100), 0.0, "99 %, about 1 s left"),
    ],
)
def test_progress_in_words(translator, progress, seconds, text):
    assert texts.progress_text(progress, seconds) == text


def test_the_room_is_that_of_the_nearest_folder_that_exists(tmp_path):
    place = place_of(tmp_path, tmp_path / "not" / "there", 5)
    assert place.free_bytes > 0
    assert place.spare_bytes == 5
    assert disk_kind(tmp_path / "gone") is DiskKind.LOCAL
