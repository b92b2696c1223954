"""A start while another Teahouse has the folder and does not answer: said, never opened twice, and gone on
with as soon as the other one answers or ends.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QLockFile
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.core import settings as declared
from app.core.settings import Settings
from app.still_open import StillOpen
from app.ui import single_instance
from app.ui.single_instance import SingleInstance, Standing
from app.ui.texts import start as texts
from app.ui.translator import Translator

LATIN = re.compile(r"[A-Za-z]{2,}")
CALLED_SO = re.compile(r"Ctrl\+Shift\+Esc|Teahouse")
"""In Chinese too: keys, and the program in the list of the Task Manager."""
OTHER = b"4711\nTeahouse\nPC-VON-LI\nno such machine\nno such boot\n"


class Second:
    """A second start of the same folder, and what became of it."""

    def __init__(self, data_dir: Path, qapp: QApplication, language: str = "en") -> None:
        self.instance = SingleInstance(data_dir)
        self.standings: list[Standing] = []
        settings = Settings.from_mapping({declared.LANGUAGE.key: language})
        self.waiting = StillOpen(self.instance, ["/a"], settings, qapp)
        self.waiting.settled.connect(self.standings.append)
        self.notice = self.waiting.notice
        self.notice.show()

    def close(self) -> None:
        self.waiting.close()
        self.instance.release()


@pytest.fixture
def second(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Callable[[], Second]]:
    made: list[Second] = []

    def make(language: str = "en") -> Second:
        made.append(Second(tmp_path, qapp, language))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def first(tmp_path: Path) -> Iterator[SingleInstance]:
    """A window that has the folder and answers to nobody yet."""
    found = SingleInstance(tmp_path)
    assert found.acquire()
    yield found
    found.release()


def left_by_another_computer(data_dir: Path) -> None:
    (data_dir / "window.lock").write_bytes(OTHER)


def words(widget: QWidget) -> str:
    found = [
        one.text() for kind in (QLabel, QPushButton) for one in widget.findChildren(kind) if one.isVisible()
    ]
    return "\n".join(found)


def button(widget: QWidget, text: str) -> QPushButton:
    (found,) = (one for one in widget.findChildren(QPushButton) if one.text() == text and one.isVisible())
    return found


def test_a_window_that_does_not_answer_is_told_apart(
    first: SingleInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_instance, "_HAND_OVER_S", 0.3)
    assert SingleInstance(tmp_path).acquire_or_call() is Standing.UNANSWERED


def test_it_is_said_until_the_first_window_answers(
    qtbot: QtBot, first: SingleInstance, second: Callable[[], Second]
) -> None:
    start = second()
    assert "does not answer" in words(start.notice)
    assert [one.text() for one in start.notice.findChildren(QPushButton) if one.isVisible()] == ["Close"]
    qtbot.wait(1200)  # it looks and calls, and nobody is there
    assert start.standings == []
    assert start.notice.isVisible()
    seen: list[list[str]] = []
    first.places_received.connect(seen.append)
    first.listen()
    qtbot.waitUntil(lambda: start.standings == [Standing.CALLED], timeout=10_000)
    assert seen == [[str(Path("/a").absolute())]]
    assert not start.notice.isVisible()


def test_when_the_first_one_ends_this_one_goes_on(
    qtbot: QtBot, first: SingleInstance, second: Callable[[], Second]
) -> None:
    start = second()
    first.release()
    qtbot.waitUntil(lambda: start.standings == [Standing.OURS], timeout=5000)
    assert not first.acquire()
    assert not start.notice.isVisible()


def test_who_closes_the_notice_has_opened_nothing(
    qtbot: QtBot, first: SingleInstance, second: Callable[[], Second]
) -> None:
    start = second()
    button(start.notice, "Close").click()
    assert start.standings == [Standing.UNANSWERED]
    first.release()
    QTest.qWait(700)
    assert start.standings == [Standing.UNANSWERED]
    assert first.acquire()  # nobody took it


def test_a_lock_of_another_computer_is_asked_about_at_once(
    tmp_path: Path, second: Callable[[], Second]
) -> None:
    left_by_another_computer(tmp_path)
    assert SingleInstance(tmp_path).acquire_or_call() is Standing.UNANSWERED
    start = second()
    assert "on the computer PC-VON-LI" in words(start.notice)
    button(start.notice, "Open here").click()
    assert start.standings == [Standing.OURS]
    assert not SingleInstance(tmp_path).acquire()


@pytest.mark.skipif(sys.platform == "win32", reason="there nobody can write to a lock that is held")
def test_what_is_really_open_on_another_computer_is_not_opened(
    tmp_path: Path, second: Callable[[], Second]
) -> None:
    held = QLockFile(str(tmp_path / "window.lock"))
    assert held.tryLock(0)
    left_by_another_computer(tmp_path)  # as it looks from here, through a disk that both can see
    start = second()
    button(start.notice, "Open here").click()
    assert start.standings == []
    assert "It is still open there" in words(start.notice)
    held.unlock()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", ""),
        (b"1\nx\n", ""),
        (b"\xff" * 100, ""),
        (b"1\nx\n\xff\n", "\ufffd"),
        (b"1\nx\n\nno machine\n", "?"),
    ],
)
def test_odd_locks_name_no_computer_or_one(tmp_path: Path, content: bytes, name: str) -> None:
    (tmp_path / "window.lock").write_bytes(content)
    assert SingleInstance(tmp_path).other_computer() == name


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("is_elsewhere", [False, True])
def test_the_notice_is_whole_in_both_languages(
    first: SingleInstance, second: Callable[[str], Second], tmp_path: Path, language: str, is_elsewhere: bool
) -> None:
    if is_elsewhere:
        first.release()
        left_by_another_computer(tmp_path)
    said = words(second(language).notice).replace("PC-VON-LI", "")
    assert "{" not in said
    assert bool(LATIN.search(CALLED_SO.sub("", said))) == (language == "en")


@pytest.mark.parametrize("platform", ["win32", "darwin", "linux"])
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_each_system_is_told_its_own_way_out(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, platform: str, language: str
) -> None:
    translator = Translator(qapp)
    translator.set_language(language)
    try:
        monkeypatch.setattr(texts.sys, "platform", platform)
        sentence = texts.not_answering_sentence()
    finally:
        monkeypatch.undo()
        translator.set_language("en")
        translator.close()
    assert ("window was closed" if language == "en" else "刚关闭窗口") in sentence  # that may take long
    assert ("Ctrl+Shift+Esc" in sentence) == (platform == "win32")
    assert bool(re.search("[一-鿿]", sentence)) == (language == "zh_CN")


def test_a_pipe_of_windows_that_takes_no_call_is_not_called(
    qtbot: QtBot, first: SingleInstance, second: Callable[[], Second], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Qt waits for five seconds for a free one, in the thread of the notice; a window that hangs has none."""
    first.listen()
    asked: list[tuple[str, int]] = []
    is_free: list[bool] = []

    def wait(name: str, milliseconds: int) -> int:
        asked.append((name, milliseconds))
        return int(bool(is_free))

    there = SimpleNamespace(
        kernel32=SimpleNamespace(WaitNamedPipeW=wait),
        user32=SimpleNamespace(AllowSetForegroundWindow=lambda _: 1),
    )
    monkeypatch.setattr(ctypes, "windll", there, raising=False)
    monkeypatch.setattr(single_instance.sys, "platform", "win32")
    assert not first.call_first()
    start = second()
    qtbot.waitUntil(lambda: len(asked) >= 2, timeout=5000)
    assert start.standings == []
    assert set(asked) == {("\\\\.\\pipe\\" + first.name, 1)}
    is_free.append(True)
    qtbot.waitUntil(lambda: start.standings == [Standing.CALLED], timeout=10_000)


@pytest.mark.skipif(sys.platform != "win32", reason="only there a caller waits for a free pipe")
def test_a_hanging_window_of_windows_keeps_no_caller(first: SingleInstance) -> None:
    first.listen()
    callers = [QLocalSocket() for _ in range(8)]
    for caller in callers:
        caller.connectToServer(first.name)
    begun = time.monotonic()
    assert not first.call_first()
    assert time.monotonic() - begun < 3


@contextmanager
def started(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "app", "--data-dir", str(data_dir), "--models-dir", str(data_dir / "m")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, encoding="utf-8")
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


@pytest.mark.skipif(os.name != "posix", reason="ends the window by a POSIX signal")
def test_the_app_says_it_on_the_console_and_opens_when_it_may(qtbot: QtBot, tmp_path: Path) -> None:
    left_by_another_computer(tmp_path)
    with started(tmp_path) as process:
        assert process.stderr is not None
        assert any("PC-VON-LI" in line for line in process.stderr)  # stops at the first
        assert not (tmp_path / "teahouse.db").exists()
        (tmp_path / "window.lock").unlink()  # closed there
        qtbot.waitUntil((tmp_path / "teahouse.db").exists, timeout=30_000)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
