"""The page "Privacy": what it says and offers, in the real window and alone; the verb says the same."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from app.application import StartOptions
from app.core import settings as declared
from app.core.connections import Attempt, Connection, ConnectionKind, ConnectionLog, ProcessKind
from app.core.engine import EngineKind, ModelRef
from app.core.paths import AppPaths
from app.core.privacy import Readers, StoredKind, StoredThing
from app.core.settings import SettingGroup, Settings
from app.model.engines.scripted_demo import DEMO_ID
from app.storage import connection_log
from app.ui.main_window import MINIMUM_HEIGHT, MINIMUM_WIDTH
from app.ui.settings.pane import SettingsPane
from app.ui.settings.privacy_page import SHOWN_CONNECTIONS, PrivacyPage
from app.ui.texts import privacy as texts
from app.ui.theme_manager import ThemeManager
from app.ui.translator import Translator
from tests.faults.window_faults import Person, file_manager
from tests.helpers.running_app import running_application

WAIT_MS = 15_000
SINCE = 1_772_400_000_000
FAR = Connection(SINCE, ProcessKind.ENGINE, Attempt(ConnectionKind.CONNECT, "198.51.100.7", 443))
OPTIONS = StartOptions(
    Settings().changed(declared.LANGUAGE, "en"), model=ModelRef(DEMO_ID, EngineKind.SCRIPTED, "")
)
posix = pytest.mark.skipif(os.name != "posix", reason="the marks of this system cannot be read")


@pytest.fixture
def page(themes: ThemeManager, qtbot: QtBot) -> PrivacyPage:
    made = PrivacyPage(themes)
    qtbot.addWidget(made)
    made.resize(700, 900)
    made.show()
    return made


def shown(page: QWidget) -> list[str]:
    """Everything that can be read on it, in order."""
    return [label.text() for label in page.findChildren(QLabel) if label.isVisibleTo(page) and label.text()]


def button(page: QWidget, name: str) -> QPushButton:
    found = [b for b in page.findChildren(QPushButton) if b.accessibleName() == name or b.text() == name]
    (single,) = [b for b in found if b.isVisibleTo(page)]
    return single


def thing(kind: StoredKind, readers: Readers = Readers.OWNER, *, can_narrow: bool = False) -> StoredThing:
    folder = Path("/home/lin/Teahouse")
    return StoredThing(kind, folder / kind.value, folder, 4_300_000, readers, can_narrow)


def test_nothing_was_opened(page: PrivacyPage) -> None:
    page.show_connections(ConnectionLog(SINCE))
    (verdict,) = [line for line in shown(page) if "since" in line]
    assert verdict.startswith("No connection to another computer was opened since ")


def test_what_was_opened_is_told_newest_first_and_not_without_end(page: PrivacyPage) -> None:
    many = tuple(
        Connection(
            SINCE + n * 1000, ProcessKind.WINDOW, Attempt(ConnectionKind.LOOKUP, f"host{n}.example", 0)
        )
        for n in range(SHOWN_CONNECTIONS + 20)
    )
    page.show_connections(ConnectionLog(SINCE, many, dropped=5, is_full=True))
    lines = shown(page)
    assert any(line.startswith("75 connections to other computers since") for line in lines)
    (listed,) = [line.splitlines() for line in lines if "host69" in line]
    assert len(listed) == SHOWN_CONNECTIONS
    assert "the program asked for the address of host69.example" in listed[0]
    assert any("newest 50" in line and "full" in line for line in lines)


def test_a_list_that_cannot_be_read_is_no_good_news(page: PrivacyPage) -> None:
    page.show_connections(None)
    assert "The list of connections cannot be read." in shown(page)


def test_how_it_is_checked_is_one_press_away(page: PrivacyPage, qtbot: QtBot) -> None:
    before = len(shown(page))
    check = button(page, "How this is checked")
    check.setFocus()
    qtbot.keyClick(check, Qt.Key.Key_Space)
    assert len(shown(page)) == before + len(texts.CHECKS)
    assert any("Python" in line for line in shown(page))
    qtbot.keyClick(check, Qt.Key.Key_Space)
    assert len(shown(page)) == before


def test_only_what_is_there_is_shown(page: PrivacyPage) -> None:
    page.show_things([thing(StoredKind.CONVERSATIONS), thing(StoredKind.MODELS, Readers.OTHERS)])
    lines = shown(page)
    assert lines.count("Conversations") == lines.count("Models") == 1
    assert "Safety copies" not in lines
    assert "Only your account can read it." in lines
    assert "4.3 MB" in lines
    page.show_things([thing(StoredKind.COPIES)])
    assert "Conversations" not in shown(page)


@pytest.mark.parametrize("kind", list(StoredKind))
@pytest.mark.parametrize("readers", list(Readers))
@pytest.mark.parametrize("can_narrow", [True, False])
def test_a_button_is_offered_where_it_helps(page: PrivacyPage, kind, readers, can_narrow) -> None:
    page.show_things([thing(kind, readers, can_narrow=can_narrow)])
    offered = [b for b in page.findChildren(QPushButton) if b.text() == "Let only my account read it"]
    visible = [b for b in offered if b.isVisibleTo(page)]
    assert bool(visible) == (readers is Readers.OTHERS and can_narrow and kind.is_personal)
    is_warned = any("Other accounts" in line for line in shown(page))
    assert is_warned == (readers is Readers.OTHERS)


def test_buttons_tell_what_they_are_of_and_what_is_wanted(page: PrivacyPage, qtbot: QtBot) -> None:
    copies = thing(StoredKind.COPIES, Readers.OTHERS, can_narrow=True)
    page.show_things([copies, thing(StoredKind.SETTINGS)])
    with qtbot.waitSignal(page.folder_wanted) as told:
        button(page, "Show in folder Safety copies").click()
    assert told.args == [copies.folder]
    with qtbot.waitSignal(page.narrow_wanted) as told:
        button(page, "Let only my account read it Safety copies").click()
    assert told.args == [StoredKind.COPIES]
    page.say_unchanged(StoredKind.COPIES)
    assert any("Nothing changed" in line for line in shown(page))
    page.show_things([thing(StoredKind.COPIES)])
    page.show_things([copies])
    assert not any("Nothing changed" in line for line in shown(page)), "said once"


def test_a_language_is_taken_live(page: PrivacyPage, other_language: None) -> None:
    page.show_things([thing(kind) for kind in StoredKind])
    page.show_connections(ConnectionLog(SINCE, (FAR,)))
    plain = [line for line in shown(page) if not re.search(r"〈|^4.3 MB|[/\\]home[/\\]lin", line)]
    assert plain == []


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_nothing_is_cut_and_nothing_widens_the_smallest_window(qapp, qtbot: QtBot, language: str) -> None:
    if language == "zh_CN" and not QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese):
        pytest.skip("no Chinese font")
    translator = Translator(qapp)
    translator.set_language(language)
    themes = ThemeManager(qapp)
    themes.set_preference("light")
    pane = SettingsPane(themes)
    qtbot.addWidget(pane)
    pane.resize(MINIMUM_WIDTH, MINIMUM_HEIGHT)
    page = pane.privacy_page
    long = Path("/media/lin", "a folder with a long name " * 8, "中" * 60)
    page.show_things([StoredThing(kind, long, long, 1, Readers.OTHERS, True) for kind in StoredKind])
    name = Attempt(ConnectionKind.SEND, "x" * 255, 53)
    page.show_connections(ConnectionLog(SINCE, (Connection(SINCE, ProcessKind.TERMINAL, name),)))
    button(page, texts.text(texts.CHECK)).click()
    pane.show_group(SettingGroup.PRIVACY)
    pane.show()
    qapp.processEvents()
    (area,) = pane.findChildren(QScrollArea)
    assert area.horizontalScrollBar().maximum() == 0
    for label in page.findChildren(QLabel):
        if label.isVisible() and label.wordWrap():
            assert label.height() >= label.heightForWidth(label.width()) - 1, label.text()
    for push in page.findChildren(QPushButton):
        if push.isVisible():
            assert push.width() >= push.sizeHint().width()
    translator.set_language("en")
    translator.close()


# The window


@pytest.fixture
def paths() -> Iterator[AppPaths]:
    """In a folder that everybody may enter, as pytest's are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        folder.chmod(0o755)
        yield AppPaths(folder / "data", folder / "models")


def test_the_shield_opens_the_page_with_what_is_really_there(qtbot: QtBot, paths: AppPaths) -> None:
    paths.data_dir.mkdir(mode=0o700)
    connection_log.begin(paths.connections_file)
    with running_application(paths, OPTIONS) as application:
        window = application.window
        page = window.settings_pane.privacy_page
        qtbot.waitUntil(paths.database.exists, timeout=WAIT_MS)
        (shield,) = window.status_line.findChildren(QPushButton)
        qtbot.mouseClick(shield, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: page.isVisible() and "Conversations" in shown(page), timeout=WAIT_MS)
        lines = shown(page)
        assert str(paths.database) in lines
        assert any(line.startswith("No connection to another computer was opened since") for line in lines)
        connection_log.append(paths.connections_file, FAR)
        window.show_chat()
        window.show_privacy()
        qtbot.waitUntil(lambda: any("198.51.100.7" in line for line in shown(page)), timeout=WAIT_MS)
        with file_manager() as folders:
            button(page, "Show in folder Conversations").click()
            qtbot.waitUntil(lambda: bool(folders.opened), timeout=WAIT_MS)
        assert folders.opened == [paths.data_dir]


@posix
def test_what_others_can_read_is_closed_by_one_press(qtbot: QtBot, paths: AppPaths) -> None:
    with running_application(paths, OPTIONS) as application:
        window = application.window
        page = window.settings_pane.privacy_page
        Person(qtbot, application).wait_open()  # which narrows both itself
        name = "Let only my account read it Conversations"
        (narrow,) = [b for b in page.findChildren(QPushButton) if b.accessibleName() == name]
        for _ in range(5):  # settings that are saved in this moment close the folder themselves
            paths.data_dir.chmod(0o755)
            paths.database.chmod(0o644)
            window.show_privacy()
            with contextlib.suppress(qtbot.TimeoutError):
                qtbot.waitUntil(narrow.isVisible, timeout=WAIT_MS // 5)
                break
        assert narrow.isVisible()
        narrow.click()
        qtbot.waitUntil(lambda: not narrow.isVisible(), timeout=WAIT_MS)
        assert paths.database.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("query", ["隐私", "telemetry", "加密", "safety copies"])
def test_the_page_is_found_in_both_languages(qtbot: QtBot, themes: ThemeManager, query: str) -> None:
    pane = SettingsPane(themes)
    qtbot.addWidget(pane)
    pane.show_search(query)
    assert pane.privacy_page.isVisibleTo(pane)
    pane.show_search("temperature")
    assert not pane.privacy_page.isVisibleTo(pane)


# The verb


def run_verb(folder: Path, *arguments: str, language: str = "en") -> str:
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": language, "QT_LOGGING_RULES": "*=false"}
    folders = ("--data-dir", str(folder / "data"), "--models-dir", str(folder / "models"))
    command = [sys.executable, "-m", "app", "privacy", *folders, *arguments]
    result = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", env=environment, timeout=60
    )
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def test_the_verb_says_the_same_and_changes_nothing(tmp_path: Path) -> None:
    said = run_verb(tmp_path)
    assert list(tmp_path.iterdir()) == []
    for source in (texts.PROMISE, texts.CONNECTIONS, texts.STORED, texts.THINGS[StoredKind.MODELS].holds):
        assert source in said
    assert str(tmp_path / "data" / "teahouse.db") in said
    assert "No connection was ever written down." in said


def test_the_verb_for_programs(tmp_path: Path) -> None:
    connection_log.append(tmp_path / "data" / "connections.jsonl", FAR)
    objects = [json.loads(line) for line in run_verb(tmp_path, "--json").splitlines()]
    assert objects[0] == {"connections": 1, "since": SINCE}
    assert objects[1] == {
        "at": SINCE,
        "process": "engine",
        "kind": "connect",
        "host": "198.51.100.7",
        "port": 443,
    }
    stored = {o["stored"]: o for o in objects[2:]}
    assert stored["connections"]["bytes"] > 0
    assert stored["connections"]["readers"] == ("owner" if os.name == "posix" else "unknown")
