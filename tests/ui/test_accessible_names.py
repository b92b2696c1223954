"""Every control of the window can be named by a screen reader, in the language of the window.

All pages are walked in both languages, with the states in which more controls show: a queue, a banner, a
toast, an edited message, search results, a deleted conversation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.application import Application, StartOptions
from app.core import settings as declared
from app.core.engine import EngineKind, ModelRef
from app.core.errors import ErrorCode, ErrorInfo
from app.core.paths import AppPaths
from app.core.settings import SettingGroup, Settings
from app.model.engines.scripted_demo import DEMO_ID
from app.ui.texts import about
from tests.helpers.running_app import running_application

WAIT_MS = 15_000
CHINESE = re.compile("[\u4e00-\u9fff]")
LATIN = re.compile("[A-Za-z]{2,}")
# Names, keys and units that are the same in every language; the language menu names each in its own.
SAME_EVERYWHERE = re.compile(
    r"Shift|Ctrl|Enter|Esc|Del|Tab|GB|MB|tokens?|English|Demo|Teahouse|F\d|\bK\b|max_tokens|Temperature|Top|top-p|AM|PM|(Chat)?GLM"
)
WORKS = {name for work in about.WORKS for name in (work.name, work.licence)}
"""Programs and licences are called the same in every language."""
LANGUAGES = ("zh_CN", "en")


def name_of(widget: QWidget) -> str:
    """What a screen reader says first: the given name, the text, or the label that points here."""
    if widget.accessibleName():
        return widget.accessibleName()
    text = widget.property("text")
    if isinstance(text, str) and text:
        return text
    labels = (label for label in widget.window().findChildren(QLabel) if label.buddy() is widget)
    return next((label.text() for label in labels), "")


def controls(window: QWidget) -> Iterator[QWidget]:
    """What the Tab key can reach now. Parts of a control that speak through it are left out."""
    for widget in window.findChildren(QWidget):
        takes_focus = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None
        if widget.isVisible() and widget.isEnabled() and takes_focus:
            yield widget


def texts(window: QWidget) -> Iterator[str]:
    """What is written or said by the window itself: labels, names, tooltips, placeholders."""
    for widget in window.findChildren(QWidget):
        if widget.isVisible():
            yield from (widget.accessibleName(), widget.accessibleDescription(), widget.toolTip())
            for part in ("text", "placeholderText"):
                value = widget.property(part)
                if isinstance(value, str):
                    yield value


def steps(application: Application, qtbot: QtBot) -> list[tuple[str, Callable[[], object]]]:
    window, parts = application.window, application.parts

    def editing() -> None:
        qtbot.keyClick(window.composer.editor, Qt.Key.Key_Up)
        qtbot.waitUntil(lambda: window.composer.is_editing, timeout=WAIT_MS)

    def searching() -> None:
        window.show_chat()
        window.sidebar.search_for("12")
        qtbot.waitUntil(lambda: window.sidebar.hit_count > 0, timeout=WAIT_MS)

    def deleted() -> None:
        conversation = parts.chat.state.conversation_id
        assert conversation is not None
        window.sidebar.clear_search()
        window.sidebar.delete_requested.emit(conversation)
        qtbot.waitUntil(lambda: parts.chat.state.conversation_id is None, timeout=WAIT_MS)

    def in_the_bin() -> None:
        window.show_recycle_bin()
        qtbot.wait(100)

    pages = [
        (f"settings {group.name}", lambda group=group: window.settings_pane.show_group(group))
        for group in SettingGroup
    ]
    return [
        ("chat", window.show_chat),
        ("editing", editing),
        ("banner", lambda: parts.storage.error.emit(ErrorInfo(ErrorCode.READ_ONLY, {"path": "/12"}))),
        ("search", searching),
        ("deleted, toast, empty chat", deleted),
        ("bin", in_the_bin),
        ("import", parts.imports.open),
        ("shortcuts", window.show_shortcuts),
        ("settings", window.show_settings),
        *pages,
    ]


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_control_has_a_name_in_the_language_of_the_window(
    qtbot: QtBot, tmp_path: Path, language: str
) -> None:
    settings = Settings().changed(declared.LANGUAGE, language).changed(declared.THEME, "light")
    options = StartOptions(settings, model=ModelRef(DEMO_ID, EngineKind.SCRIPTED, ""))
    wrong: list[str] = []
    with running_application(AppPaths(tmp_path / "d", tmp_path / "m"), options) as application:
        window = application.window
        window.composer.set_text("12 + 12 = ?")  # belongs to no language
        with qtbot.waitSignal(application.parts.chat.answered, timeout=WAIT_MS):
            window.composer.submit()
        walked = set()
        for step, act in steps(application, qtbot):
            act()
            QApplication.processEvents()
            for control in controls(window):
                walked.add(control)
                if not name_of(control).strip():
                    wrong.append(f"{step}: {type(control).__name__} {control.objectName()} has no name")
            wrong += [
                f"{step}: {text!r}"
                for text in texts(window)
                if is_foreign(text.replace(str(tmp_path), ""), language)
            ]
        assert len(walked) > 20
        application.parts.settings.set(declared.LANGUAGE, "en")  # leave no translator to the next test
    assert not wrong, "\n".join(sorted(set(wrong)))


def is_foreign(text: str, language: str) -> bool:
    """Whether a text holds words of the other language."""
    if language == "en":
        return bool(CHINESE.search(text.replace("简体中文", "")))
    return text not in WORKS and bool(LATIN.search(SAME_EVERYWHERE.sub("", text)))


@pytest.mark.parametrize(
    ("text", "language", "foreign"),
    [
        ("发送 (Enter)", "zh_CN", False),
        ("Send", "zh_CN", True),
        ("设置", "en", True),
        ("简体中文", "en", False),
    ],
)
def test_words_of_the_other_language_are_noticed(text: str, language: str, foreign: bool) -> None:
    assert is_foreign(text, language) is foreign
