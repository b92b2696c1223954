"""The local socket of the one window: nobody else gets to it, and one short line is all that is heard."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtNetwork import QLocalServer
from pytestqt.qtbot import QtBot

from app.ui.single_instance import SingleInstance
from tests.helpers.second_start import second_start

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes of Windows have no path to look at")

VISITOR = """
import os, socket, sys
os.setgroups([]); os.setgid(12345); os.setuid(12345)
visitor = socket.socket(socket.AF_UNIX)
try:
    visitor.connect(sys.argv[1])
    print("connected")
except OSError as error:
    print("refused")
"""


@contextmanager
def first_window(data_dir: Path) -> Iterator[tuple[SingleInstance, str]]:
    """A window that listens, and the path of its socket."""
    instance = SingleInstance(data_dir)
    assert instance.acquire()
    instance.listen()
    assert isinstance(instance._server, QLocalServer)
    yield instance, instance._server.fullServerName()
    instance.release()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.mark.parametrize("mask", [0o000, 0o022])
def test_only_its_owner_may_use_the_socket(qtbot: QtBot, tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        with first_window(tmp_path) as (_, path):
            assert stat.S_IMODE(Path(path).stat().st_mode) & 0o077 == 0
    finally:
        os.umask(before)


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can become another")
def test_another_account_is_refused_by_the_system(qtbot: QtBot, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    with first_window(tmp_path) as (_, path):
        command = [sys.executable, "-I", "-c", VISITOR, path]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "refused\n"


def test_garbage_without_end_is_cut_off(qtbot: QtBot, tmp_path: Path) -> None:
    """Twenty visitors push as much as the system takes from each; the window does not grow by it."""
    with first_window(tmp_path) as (instance, path):
        before = psutil.Process().memory_info().rss
        raised: list[None] = []
        instance.raise_requested.connect(lambda: raised.append(None))
        visitors = []
        for _ in range(20):
            visitor = socket.socket(socket.AF_UNIX)
            visitor.setblocking(False)
            visitor.connect(path)
            visitors.append(visitor)
        for _ in range(50):
            QCoreApplication.processEvents()
            for visitor in visitors:
                with suppress(OSError):  # it was closed, or the system takes no more
                    visitor.send(b"\xff" * (1 << 20))
        assert len(raised) == 20
        for visitor in visitors:
            assert is_closed(visitor)
            visitor.close()
        assert psutil.Process().memory_info().rss - before < 32 << 20


def is_closed(visitor: socket.socket) -> bool:
    """Whether the other side has hung up."""
    visitor.settimeout(5)
    try:
        return visitor.recv(1) == b""
    except ConnectionError:
        return True


def test_the_socket_lies_in_the_folder_of_the_session(qtbot: QtBot, tmp_path: Path, monkeypatch) -> None:
    with tempfile.TemporaryDirectory() as session:  # pytest's own path is too long for a socket
        monkeypatch.setenv("XDG_RUNTIME_DIR", session)
        with first_window(tmp_path) as (instance, path):
            assert Path(path).parent == Path(session)
            with qtbot.waitSignal(instance.raise_requested, timeout=15_000), second_start(tmp_path) as told:
                qtbot.waitUntil(lambda: told() == "CALLED", timeout=15_000)
        Path(session).chmod(0o755)  # somebody else may write there, or read: it is not the session's
        with first_window(tmp_path) as (_, path):
            assert Path(path).parent == Path(tempfile.gettempdir())


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give files away")
def test_a_snare_of_another_account_is_not_spoken_to(qtbot: QtBot, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", None)
    with first_window(tmp_path) as (_, path):
        pass
    with socket.socket(socket.AF_UNIX) as snare:
        snare.bind(path)
        snare.listen(1)
        os.chown(path, 12345, 12345)
        assert not SingleInstance(tmp_path).call_first()
        snare.setblocking(False)
        with pytest.raises(BlockingIOError):
            snare.accept()
        os.chown(path, os.getuid(), os.getgid())
        monkeypatch.setattr("app.ui.single_instance._REPLY_MS", 50)
        SingleInstance(tmp_path).call_first()
        snare.accept()[0].close()  # the same, if it were ours
    Path(path).unlink()
