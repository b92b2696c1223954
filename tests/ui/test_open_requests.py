"""What the system asks to be opened: kept until the window can look, then looked at as if it were dropped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.core.paths import AppPaths
from app.ui.open_requests import MAX_LINE_BYTES, OpenRequests, line_of, places_in
from tests.helpers.gguf_files import GgufFile
from tests.helpers.running_app import running_application
from tests.helpers.storage_visitor import DEMO


@pytest.fixture
def requests(qapp: QApplication) -> Iterator[OpenRequests]:
    made = OpenRequests(["/first"])
    qapp.installEventFilter(made)
    yield made
    qapp.removeEventFilter(made)


def test_what_comes_before_the_window_waits_for_it(qapp: QApplication, requests: OpenRequests) -> None:
    QCoreApplication.sendEvent(qapp, QFileOpenEvent(QUrl.fromLocalFile("/第二个.gguf")))
    requests.ask(["/third", "/fourth"])
    seen: list[list[str]] = []
    requests.deliver_to(lambda places: seen.append(list(places)))
    assert seen == [["/first", "/第二个.gguf", "/third", "/fourth"]]
    QCoreApplication.sendEvent(qapp, QFileOpenEvent("/fifth"))
    QCoreApplication.sendEvent(qapp, QEvent(QEvent.Type.User))
    assert seen[1:] == [["/fifth"]]


def test_where_nothing_waits_nothing_is_delivered(qapp: QApplication) -> None:
    seen: list[object] = []
    OpenRequests().deliver_to(seen.append)
    assert seen == []


def test_a_line_holds_as_many_as_fit() -> None:
    places = [str(Path(f"/{number}/{'茶' * 200}").absolute()) for number in range(1000)]
    line = line_of(places)
    assert MAX_LINE_BYTES - 2000 < len(line) <= MAX_LINE_BYTES
    kept = places_in(line)
    assert kept == places[: len(kept)]
    assert line.count(b"\n") == 1


def test_the_window_looks_at_it_as_at_a_drop(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    model = GgufFile().write(tmp_path / "下载" / "tea.gguf")
    gone = tmp_path / "不在了.teahousemodel"
    requests = OpenRequests([str(model)])
    with running_application(AppPaths(tmp_path / "data", tmp_path / "data" / "models"), DEMO) as application:
        window = application.window
        requests.deliver_to(application.parts.imports.bring)
        page = window.import_page
        qtbot.waitUntil(lambda: page.card(str(model)) is not None and page.isVisible(), timeout=10_000)
        requests.ask([str(gone)])
        said = lambda: [one.text() for one in page.findChildren(QLabel) if one.isVisible()]  # noqa: E731
        qtbot.waitUntil(
            lambda: any("不在了" in text.replace("\u200b", "") for text in said()), timeout=10_000
        )
        assert page.card(str(model)) is not None
