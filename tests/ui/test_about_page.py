"""The page "About": who made what, in both languages, and the files that it opens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea
from pytestqt.qtbot import QtBot

from app import __version__
from app.core.settings import SettingGroup
from app.ui import about_controller, resources
from app.ui.about_controller import AboutController
from app.ui.main_window import MINIMUM_HEIGHT, MINIMUM_WIDTH
from app.ui.resources import all_licences_file, own_licence_file
from app.ui.settings.about_page import AboutPage
from app.ui.settings.pane import SettingsPane
from app.ui.texts import about as texts
from app.ui.theme_manager import ThemeManager
from app.ui.translator import Translator


@pytest.fixture
def page(qtbot: QtBot) -> AboutPage:
    made = AboutPage()
    qtbot.addWidget(made)
    made.resize(700, 900)
    made.show()
    return made


def shown(page: AboutPage) -> list[str]:
    """Everything that can be read on it, in order."""
    words = [label.text() for label in page.findChildren(QLabel) if label.isVisibleTo(page) and label.text()]
    return words + [button.text() for button in page.findChildren(QPushButton) if button.isVisibleTo(page)]


def button(page: AboutPage, words: str) -> QPushButton:
    return next(found for found in page.findChildren(QPushButton) if found.text() == words)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What the system was asked to open; it does so."""
    files: list[Path] = []

    def take(url: QUrl) -> bool:
        files.append(Path(url.toLocalFile()))
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", take)
    return files


def test_the_controller_says_the_version_of_the_app(page: AboutPage) -> None:
    AboutController(page, page)
    assert f"Version {__version__}" in shown(page)


def test_every_work_is_named_with_its_licence(page: AboutPage) -> None:
    page.set_program("1.0", has_torch_engine=True, has_list=True)
    words = shown(page)
    for work in texts.WORKS:
        assert words[words.index(work.name, words.index("Licences")) + 1] == work.licence


def test_the_light_edition_says_so_and_names_nothing_that_it_lacks(page: AboutPage) -> None:
    page.set_program("1.0", has_torch_engine=False, has_list=True)
    words = shown(page)
    assert "Light edition: it opens models in one file." in words
    assert not {"PyTorch", "Transformers, Tokenizers"} & set(words)
    page.set_program("1.0", has_torch_engine=True, has_list=True)
    assert "PyTorch" in shown(page)
    assert "Light edition: it opens models in one file." not in shown(page)


def test_the_phrase_of_a_licence_stands_there_only_while_it_is_wanted(page: AboutPage) -> None:
    assert "The loaded model" not in shown(page)
    page.set_notice("Built with glm-4")
    assert {"The loaded model", "Built with glm-4"} <= set(shown(page))
    page.set_notice("")
    assert not {"The loaded model", "Built with glm-4"} & set(shown(page))


def test_the_licence_is_a_file_that_is_there_and_opens(page: AboutPage, opened: list[Path]) -> None:
    AboutController(page, page)
    button(page, "Read Teahouse's licence").click()
    assert opened == [own_licence_file()]
    assert "Apache License" in own_licence_file().read_text(encoding="utf-8")


def test_where_the_package_gave_the_licence_a_suffix_that_one_opens(
    page: AboutPage, opened: list[Path], tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows, which asks what to open a `LICENSE` with."""
    (tmp_path / "LICENSE.txt").touch()
    monkeypatch.setattr(resources, "_PROGRAM", tmp_path)
    AboutController(page, page)
    button(page, "Read Teahouse's licence").click()
    assert opened == [tmp_path / "LICENSE.txt"]


def test_a_packaged_program_opens_its_list_of_everything(
    page: AboutPage, opened: list[Path], tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = tmp_path / "licences" / "THIRD-PARTY.html"
    listed.parent.mkdir()
    listed.touch()
    monkeypatch.setattr(about_controller, "all_licences_file", lambda: listed)
    AboutController(page, page)
    button(page, "Everything inside and its licences").click()
    assert opened == [listed]
    assert not [words for words in shown(page) if "runs from its source" in words]


def test_where_there_is_no_list_no_button_offers_it(page: AboutPage) -> None:
    assert not all_licences_file().exists()  # tests run from the source
    AboutController(page, page)
    assert "Everything inside and its licences" not in shown(page)
    assert [words for words in shown(page) if "runs from its source" in words]


def test_a_file_that_nobody_opens_is_told_with_its_place(
    page: AboutPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    AboutController(page, page)
    answers = iter([False, True])
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _url: next(answers))
    own = button(page, "Read Teahouse's licence")
    own.click()
    sentence = f"No program opened the file. It is here:\n{own_licence_file()}"
    assert sentence in shown(page)
    own.click()
    assert sentence not in shown(page)


def test_in_chinese_only_names_are_latin(page: AboutPage, translator: Translator) -> None:
    translator.set_language("zh_CN")
    page.set_program("1.0", has_torch_engine=False, has_list=True)
    page.set_notice("")
    names = {work.name for work in texts.WORKS} | {work.licence for work in texts.WORKS}
    latin = [words for words in shown(page) if words not in names and re.search("[A-Za-z]", words)]
    assert latin == ["在自己的电脑上与 GLM 系列模型聊天，不需要联网。"]
    assert {"关于", "许可证", "公有领域", "版本 1.0", "轻量版：可以打开单个文件的模型。"} <= set(shown(page))


@pytest.mark.parametrize("query", ["about", "licence", "许可证", "关于", "LGPL", "version"])
def test_the_search_finds_the_page(themes: ThemeManager, qtbot: QtBot, query: str) -> None:
    pane = SettingsPane(themes)
    qtbot.addWidget(pane)
    pane.show_search(query)
    assert pane.about_page.isVisibleTo(pane)
    pane.show_search("nothing like this")
    assert not pane.about_page.isVisibleTo(pane)


def test_the_smallest_window_shows_whole_lines(themes: ThemeManager, qtbot: QtBot) -> None:
    pane = SettingsPane(themes)
    qtbot.addWidget(pane)
    pane.resize(MINIMUM_WIDTH, MINIMUM_HEIGHT)
    pane.about_page.set_program("1.0", has_torch_engine=True, has_list=True)
    pane.show_group(SettingGroup.ABOUT)
    pane.show()
    (scroll,) = pane.findChildren(QScrollArea)
    assert pane.about_page.width() <= scroll.viewport().width()
    assert scroll.widget().width() <= scroll.viewport().width()
