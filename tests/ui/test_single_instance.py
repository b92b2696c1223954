"""One window for one data folder; a second start raises the first, a killed one leaves nothing in the way."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from app.ui.single_instance import SingleInstance
from tests.helpers.second_start import second_start

HOLD = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from app.ui.single_instance import SingleInstance
app = QCoreApplication([])
instance = SingleInstance(Path(sys.argv[1]))
print(instance.acquire(), flush=True)
time.sleep(60)
"""


def test_the_second_start_raises_the_first(qtbot: QtBot, tmp_path: Path) -> None:
    first, second = SingleInstance(tmp_path), SingleInstance(tmp_path)
    assert first.acquire()
    first.listen()
    raised: list[None] = []
    first.raise_requested.connect(lambda: raised.append(None))
    with second_start(tmp_path) as told:
        qtbot.waitUntil(lambda: told() is not None, timeout=15_000)
        assert told() == "CALLED"
    assert raised == [None]
    assert not second.acquire()
    first.release()
    assert second.acquire()
    second.release()


def test_the_second_start_hands_over_what_it_was_to_open(qtbot: QtBot, tmp_path: Path, monkeypatch) -> None:
    first = SingleInstance(tmp_path)
    assert first.acquire()
    first.listen()
    seen: list[list[str]] = []
    raised: list[None] = []
    first.places_received.connect(seen.append)
    first.raise_requested.connect(lambda: raised.append(None))
    odd = "/disk/\udcff 茶\n.gguf"  # a name that is no text
    with second_start(tmp_path, "模型 一.teahousemodel", odd) as told:
        qtbot.waitUntil(lambda: told() is not None, timeout=15_000)
        assert told() == "CALLED"
    assert seen == [[str(Path.cwd() / "模型 一.teahousemodel"), str(Path(odd).absolute())]]
    assert raised == [None]
    first.release()


def test_what_a_starting_window_cannot_hear_yet_waits_for_it(qtbot: QtBot, tmp_path: Path) -> None:
    first = SingleInstance(tmp_path)
    assert first.acquire()
    seen: list[list[str]] = []
    first.places_received.connect(seen.append)
    with second_start(tmp_path, "/a") as told:
        qtbot.wait(300)  # it finds nobody listening
        assert told() is None
        first.listen()
        qtbot.waitUntil(lambda: told() is not None, timeout=15_000)
        assert told() == "CALLED"
    assert seen == [[str(Path("/a").absolute())]]
    first.release()


@pytest.mark.parametrize("places", [["/a"], []])
def test_from_a_window_that_is_going_the_folder_is_taken_over(
    qtbot: QtBot, tmp_path: Path, places: list[str]
) -> None:
    first = SingleInstance(tmp_path)
    assert first.acquire()
    first.listen()
    with second_start(tmp_path, *places) as told:
        time.sleep(0.5)  # it closes, and works on no event any more: the system connects all the same
        assert told() is None
        first.release()
        qtbot.waitUntil(lambda: told() is not None, timeout=15_000)
        assert told() == "OURS"


def test_one_that_took_the_folder_over_is_found(qtbot: QtBot, tmp_path: Path) -> None:
    first, second = SingleInstance(tmp_path), SingleInstance(tmp_path)
    assert first.acquire()
    first.listen()
    first.release()
    assert second.acquire()
    second.listen()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # now the first process is gone
    raised: list[None] = []
    second.raise_requested.connect(lambda: raised.append(None))
    with second_start(tmp_path) as told:
        qtbot.waitUntil(lambda: told() is not None, timeout=15_000)
        assert told() == "CALLED"
    assert raised == [None]
    second.release()


@pytest.mark.parametrize(
    "said",
    [b"\xff\n", b"[\n", b"[" * 9999 + b"\n", b'{"a": "/b"}\n', b"[1]\n", b'["a/b"]\n', b'["/a\\u0000"]\n'],
)
def test_what_is_no_list_of_places_is_not_believed(qtbot: QtBot, tmp_path: Path, said: bytes) -> None:
    first = SingleInstance(tmp_path)
    assert first.acquire()
    first.listen()
    seen: list[list[str]] = []
    first.places_received.connect(seen.append)
    visitor = QLocalSocket()
    visitor.connectToServer(first._name)
    visitor.write(said)
    qtbot.waitUntil(lambda: visitor.state() is QLocalSocket.LocalSocketState.UnconnectedState, timeout=5000)
    assert seen == []
    first.release()


def test_another_data_folder_is_another_window(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    first, second = SingleInstance(tmp_path), SingleInstance(tmp_path / "b")
    assert first.acquire()
    assert second.acquire()
    first.release()
    second.release()


def test_nobody_answers_when_the_first_hangs(qapp: object, tmp_path: Path) -> None:
    assert not SingleInstance(tmp_path).call_first()


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
def test_the_lock_of_a_killed_app_is_taken_over(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    other = SingleInstance(tmp_path)
    assert not other.acquire()
    process.kill()
    process.wait()
    process.stdout.close()
    assert other.acquire()
    other.release()
