"""The page "Storage and backup" in the real window: moving, backup, restore; what it says, its keys."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from app.application import StartOptions
from app.core import settings as declared
from app.core.archives import ArchiveInfo, RestoreReport
from app.core.errors import ErrorCode, ErrorInfo
from app.core.paths import AppPaths, Kept
from app.core.settings import SettingGroup, Settings
from app.locations import default_paths
from app.storage import pointer
from app.storage.settings_file import read_settings
from app.ui.importing.places import DiskKind
from app.ui.settings.storage_page import FolderView, StoragePage
from app.ui.settings.task_panel import Question
from app.ui.texts import storage as texts
from app.ui.texts import storage_troubles as troubles
from app.ui.texts.storage import Part
from app.ui.theme_manager import ThemeManager
from app.ui.translator import Translator
from app.workers.engine_status import EngineState
from tests.faults.window_faults import ENGLISH, file_manager, quick
from tests.helpers.gguf_files import GgufFile
from tests.helpers.running_app import running_application
from tests.helpers.starter import starter_path
from tests.helpers.sticks import stick_at
from tests.helpers.storage_fixtures import opened
from tests.helpers.storage_visitor import DEMO, Visitor, all_text, button, titles
from tests.helpers.storage_visitor import paths as paths
from tests.helpers.usual_folder import not_mac


@pytest.fixture(scope="module")
def starter() -> Path:
    return starter_path()  # before a test has another usual folder


@pytest.fixture
def page(themes: ThemeManager, qtbot: QtBot) -> StoragePage:
    widget = StoragePage(themes)
    qtbot.addWidget(widget)
    widget.resize(760, 700)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


# In the real window


def test_where_things_lie_is_shown(qtbot: QtBot, paths: AppPaths) -> None:
    GgufFile().write(paths.models_dir / "tea.gguf")
    with running_application(paths, DEMO) as application, file_manager() as folders:
        visitor = Visitor(qtbot, application)
        visitor.wait_open()
        page = visitor.come()
        visitor.wait(lambda: str(paths.models_dir) in all_text(page))
        assert str(paths.data_dir) in all_text(page)
        assert len(re.findall(r"[\d.]+ [kMG]?B in use, [\d.]+ [MGT]B free", all_text(page))) == 2
        shows = [one for one in page.findChildren(QPushButton) if one.text() == "Show in folder"]
        for number, one in enumerate(shows, start=1):
            one.click()
            visitor.wait(lambda number=number: len(folders.opened) == number)
        assert folders.opened == [paths.data_dir, paths.models_dir]


@not_mac
@pytest.mark.starter
def test_models_are_moved_while_a_person_chats(
    starter: Path, qtbot: QtBot, paths: AppPaths, tmp_path: Path
) -> None:
    paths.models_dir.mkdir(parents=True)
    shutil.copy(starter, paths.models_dir)
    disk = tmp_path / "disk 盘"
    (disk / "something").mkdir(parents=True)
    with running_application(paths, StartOptions(ENGLISH)) as application:
        visitor = Visitor(qtbot, application)
        visitor.wait(lambda: visitor.parts.engine.status.state is EngineState.READY)
        visitor.come()
        visitor.move(Part.MODELS, disk)
        said = visitor.wait_told(Part.MODELS)
        new = disk / "Teahouse models"
        assert said == f"The models are now here: {new}"
        assert default_paths().models_dir == new
        assert not paths.models_dir.exists()
        visitor.wait(lambda: visitor.parts.engine.status.state is EngineState.READY)
        status = visitor.parts.engine.status
        assert status.ref is not None
        assert Path(status.ref.path).parent == new
        visitor.window.show_chat()
        visitor.ask("What is the capital of France?")
        assert "Paris" in visitor.last.text
        visitor.come()
        visitor.wait(lambda: str(new) in all_text(visitor.page))


@not_mac
def test_conversations_are_moved_and_the_window_goes_on(
    qtbot: QtBot, paths: AppPaths, tmp_path: Path
) -> None:
    disk = tmp_path / "disk 盘"
    disk.mkdir()
    with running_application(paths, quick(paths)) as application:
        visitor = Visitor(qtbot, application)
        visitor.wait_open()
        visitor.ask("before")
        changed: list[AppPaths] = []
        visitor.parts.paths_changed.connect(changed.append)
        visitor.write("half a thought")
        visitor.come()
        visitor.move(Part.CONVERSATIONS, disk)
        said = visitor.wait_told(Part.CONVERSATIONS)
        assert said == f"Your conversations and settings are now here: {disk}"
        moved = default_paths()
        assert moved.data_dir == disk
        assert changed == [moved]
        visitor.window.show_chat()
        assert visitor.texts[0] == "before"
        assert visitor.window.composer.text() == "half a thought"
        visitor.ask("after")
        visitor.parts.settings.set(declared.TOP_P, 0.5)
        visitor.wait_open()
        assert not paths.database.exists()
    assert read_settings(moved.settings_file).settings.decimal(declared.TOP_P) == 0.5
    assert not paths.settings_file.exists()
    with opened(moved) as (store, report):
        assert report.error is None
        assert [one.title for one in store.conversations()] == ["before"]
        assert len(store.open_conversation(1).messages) == 4


def test_backup_and_restore_in_the_window(qtbot: QtBot, paths: AppPaths, tmp_path: Path) -> None:
    file = tmp_path / "my chats"
    with running_application(paths, quick(paths)) as application:
        visitor = Visitor(qtbot, application)
        visitor.wait_open()
        visitor.ask("tea")
        visitor.parts.settings.set(declared.SYSTEM_PROMPT, "Be kind.")
        visitor.come()
        visitor.parts.backup.back_up(str(file))
        said = visitor.wait_told(Part.BACKUP)
        assert re.fullmatch(
            r"1 conversation and the settings are now in my chats\.teahouse \([\d.]+ kB\)\.", said
        )
    other = AppPaths(tmp_path / "other", tmp_path / "models")
    backup = file.with_suffix(".teahouse")
    with running_application(other, quick(other)) as application:
        visitor = Visitor(qtbot, application)
        visitor.wait_open()
        page = visitor.come()
        for with_settings, wanted in (
            (True, "1 conversation was added. The settings were taken over."),
            (False, "All conversations of this backup are here already."),
        ):
            visitor.parts.backup.check(str(backup))
            visitor.wait(lambda: visitor.panel(Part.BACKUP).is_asking)
            assert "holds 1 conversation" in visitor.panel(Part.BACKUP).text
            assert not button(page, "Restore…").isEnabled()
            visitor.panel(Part.BACKUP).confirmed.emit(with_settings)
            assert visitor.wait_told(Part.BACKUP) == wanted
            assert button(page, "Restore…").isEnabled()
            assert visitor.parts.settings.settings.text(declared.SYSTEM_PROMPT) == "Be kind."
            visitor.parts.settings.set(declared.SYSTEM_PROMPT, "Be kind.")
        visitor.wait(lambda: titles(visitor) == ["tea"])
        visitor.parts.backup.check(str(backup))
        visitor.wait(lambda: visitor.panel(Part.BACKUP).is_asking)
        visitor.panel(Part.BACKUP).cancelled.emit()
        assert visitor.panel(Part.BACKUP).isHidden()
        visitor.parts.backup.check(str(backup))
        visitor.wait(lambda: visitor.panel(Part.BACKUP).is_asking)
    assert not [path for path in other.data_dir.iterdir() if "partial" in path.name]  # closed while it asked


def test_a_stick_that_takes_no_large_file_is_told_before_anybody_says_yes(
    qtbot: QtBot, paths: AppPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    GgufFile().write(paths.models_dir / "tea.gguf")
    stick_at(tmp_path / "stick", 100, monkeypatch)
    with running_application(paths, DEMO) as application:
        visitor = Visitor(qtbot, application)
        visitor.wait_open()
        visitor.come()
        visitor.parts.folders.ask_move(Part.MODELS, str(tmp_path / "stick"))
        assert "FAT32 takes none above 4 GB. Everything is where it was" in visitor.wait_told(Part.MODELS)
    assert not (tmp_path / "stick").exists()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_what_goes_wrong_is_a_sentence(qtbot: QtBot, paths: AppPaths, tmp_path: Path, language: str) -> None:
    (tmp_path / "no backup.teahouse").write_bytes(b"PK" + os.urandom(3000))
    options = replace(DEMO, settings=Settings().changed(declared.LANGUAGE, language))
    with running_application(paths, options) as application:
        visitor = Visitor(qtbot, application)
        visitor.wait_open()
        visitor.come()
        visitor.parts.backup.check(str(tmp_path / "no backup.teahouse"))
        said = [visitor.wait_told(Part.BACKUP)]
        visitor.parts.backup.check(str(tmp_path / "gone.teahouse"))
        visitor.wait(lambda: "gone" in visitor.panel(Part.BACKUP).text)
        said.append(visitor.wait_told(Part.BACKUP))
        visitor.parts.backup.back_up(str(tmp_path / "nowhere" / "x.teahouse"))
        visitor.wait(lambda: visitor.wait_told(Part.BACKUP) != said[-1])
        said.append(visitor.wait_told(Part.BACKUP))
        visitor.parts.folders.ask_move(Part.CONVERSATIONS, str(paths.data_dir / "inside"))
        said.append(visitor.wait_told(Part.CONVERSATIONS))
        application.parts.settings.set(declared.LANGUAGE, "en")
    for sentence in said:
        plain = sentence.replace(str(paths.data_dir), "").replace("teahouse", "").replace("backup", "")
        assert bool(re.search("[一-鿿]", plain)) == (language == "zh_CN"), sentence
        assert not re.search(r"Errno|Error|\{|\}|None", sentence), sentence
        assert sentence.rstrip().endswith((".", "。", "?", "？"))


def test_a_folder_that_was_named_cannot_be_moved(qtbot: QtBot, tmp_path: Path) -> None:
    named = AppPaths(tmp_path / "d", tmp_path / "m")
    with running_application(named, DEMO) as application:
        visitor = Visitor(qtbot, application)
        visitor.wait_open()
        page = visitor.come()
        visitor.wait(lambda: all_text(page).count("was named when Teahouse was started") == 2)
        assert not [
            one for one in page.findChildren(QPushButton) if one.text() == "Move…" and one.isVisible()
        ]


@not_mac
def test_models_on_a_disk_that_is_gone(qtbot: QtBot, paths: AppPaths, tmp_path: Path) -> None:
    assert paths.home is not None
    pointer.change(paths.home, lambda note: replace(note, models_dir=tmp_path / "gone"))
    with running_application(default_paths(), StartOptions(ENGLISH)) as application:
        visitor = Visitor(qtbot, application)
        from app.ui.troubles import Origin

        said = visitor.wait_banner(Origin.ENGINE)
        assert "models is not there" in said
        visitor.check_both_languages(Origin.ENGINE, tmp_path / "gone")
        page = visitor.come()
        visitor.wait(lambda: "This folder is not there." in all_text(page))


@not_mac
def test_a_start_removes_what_a_killed_move_left(qtbot: QtBot, paths: AppPaths, tmp_path: Path) -> None:
    left = tmp_path / "disk" / ".teahouse-4194304999-x.partial"
    left.mkdir(parents=True)
    (left / "teahouse.db").write_bytes(b"half")
    assert paths.home is not None
    spare = pointer.Spare(pointer.SpareKind.DATA, tmp_path / "disk" / "x")
    pointer.change(paths.home, lambda note: note.with_spare(spare))
    with running_application(default_paths(), DEMO) as application:
        visitor = Visitor(qtbot, application)
        visitor.wait(lambda: not left.exists())
        visitor.wait(lambda: pointer.read(paths.data_dir).spares == ())


# The page itself


def test_the_keyboard_goes_to_the_question_and_back(qtbot: QtBot, page: StoragePage) -> None:
    page.set_folder(Part.MODELS, FolderView("/m"))
    page.set_busy(False)
    panel = page.panel(Part.MODELS)
    panel.ask(Question(lambda: "Sure?", lambda: "It takes long.", lambda: "Yes"))
    page.set_busy(True)
    assert button(panel, "Cancel").hasFocus() or page.focusWidget() is button(panel, "Cancel")
    answers: list[tuple[Part, bool]] = []
    page.confirmed.connect(lambda part, checked: answers.append((part, checked)))
    page.cancelled.connect(lambda part: answers.append((part, False)))
    QTest.keyClick(button(panel, "Cancel"), Qt.Key.Key_Escape)
    assert answers == [(Part.MODELS, False)]
    button(panel, "Yes").click()
    assert answers[1:] == [(Part.MODELS, False)]
    panel.tell(lambda: "Done.")
    assert panel.text == "Done."
    page.set_busy(False)
    panel.setFocus()
    panel.clear()
    assert panel.isHidden()


def test_everything_is_said_again_in_another_language(
    qtbot: QtBot, page: StoragePage, other_language: None
) -> None:
    panel = page.panel(Part.BACKUP)
    panel.work(texts.backing_up_text)
    assert "〈" in panel.text
    assert "〈Storage and backup〉" in all_text(page)
    assert all("〈" in one.text() for one in page.findChildren(QPushButton) if one.isVisible())


def test_a_backup_without_conversations_says_so(qapp: QApplication) -> None:
    nothing, one = (ArchiveInfo(0, "1.0", count, 0, has_settings=True) for count in (0, 1))
    assert texts.backed_up(nothing, "all.teahouse", 2000).startswith("The settings are now in all.teahouse")
    assert "holds no conversation." in texts.restore_question(nothing, "all.teahouse")
    assert "holds 1 conversation." in texts.restore_question(one, "all.teahouse")
    said = texts.restored(RestoreReport(added_to_bin=2), with_settings=False)
    assert said == "There was no conversation in the list of this backup. 2 are in the recycle bin."
    said = texts.restored(RestoreReport(already_there=2), with_settings=False)
    assert said == "All conversations of this backup are here already."


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_questions_name_the_size_the_place_and_the_risk(qapp: QApplication, language: str) -> None:
    translator = Translator(qapp)
    translator.set_language(language)
    try:
        target = Path("/media/li/" + "很长的名字" * 40 + "/Teahouse models")
        for part in (Part.MODELS, Part.CONVERSATIONS):
            question = texts.move_question(part, target, 13_400_000_000)
            assert "13.4" in question
            assert len(question) < 260
            notes = {texts.move_note(part, kind, free) for kind in DiskKind for free in (-1, 10**9)}
            assert len(notes) == 6
            assert all(note.endswith((".", "。")) for note in notes)
        for code in ErrorCode:
            restores = [partial(troubles.restore_trouble, kept=kept) for kept in Kept]
            for say in (troubles.move_trouble, troubles.backup_trouble, *restores):
                sentence = say(ErrorInfo(code, {"path": "/x/茶.teahouse"}))
                assert "{" not in sentence
                assert len(sentence) > 8
        assert "{title}" in texts.beside_title()
    finally:
        translator.set_language("en")
        translator.close()


def test_the_page_is_found_by_the_search_in_both_languages(qtbot: QtBot, themes: ThemeManager) -> None:
    from app.ui.settings.pane import SettingsPane

    pane = SettingsPane(themes)
    qtbot.addWidget(pane)
    pane.show()
    for query in ("backup", "备份", "restore", "恢复", "存储", "move"):
        pane.show_search(query)
        assert pane.storage_page.isVisible(), query
    pane.show_search("temperature")
    assert not pane.storage_page.isVisible()
    pane.show_group(SettingGroup.STORAGE)
    assert pane.storage_page.isVisible()
    assert not pane.model_page.isVisible()
