"""One window for one data folder: a second start raises the first window, hands over what it was to open, and
ends.

The lock is a file with the owner's process id (QLockFile), so one left by a killed app is taken over; the
call to the first window goes over a local socket that only this person can open. Whoever connects asks for
the window to come to the front, and may say one short line of places to look at, as if they were dropped
onto the window: nothing is opened or used before the person says so there. More is not read.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import tempfile
import time
from collections.abc import Sequence
from enum import Enum, auto
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QSysInfo, QTimer, Signal

from app.storage.files import narrow_file
from app.ui.open_requests import MAX_LINE_BYTES, line_of, places_in

_REPLY_MS = 2000
_HAND_OVER_S = 10.0  # a first window that is just starting or closing is given this long
_AGAIN_S = 0.1
_CALL_EVERY_MS = 1000
_HEARD = b"heard\n"
_MOST_FOLDER_BYTES = 70  # the system takes about a hundred for the whole path of a socket


class Standing(Enum):
    """What became of a start."""

    OURS = auto()  # the data folder is this process's
    CALLED = auto()  # the window that has it comes to the front
    UNANSWERED = auto()  # some process has it and says nothing


class SingleInstance(QObject):
    """Held for the life of the window.

    Signals:
        raise_requested: another start asked for the window.
        places_received: (list of str) what another start was to open.
    """

    raise_requested = Signal()
    places_received = Signal(object)  # a list of Qt would lose names that are no text

    def __init__(self, data_dir: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name, self._lock = _name_of(data_dir), _lock_of(data_dir)
        self._server: QObject | None = None

    def acquire(self) -> bool:
        """True when this process owns the data folder. A folder that cannot be written has no owner."""
        if _take(self._lock):
            return True
        return self._lock.error() is not QLockFile.LockError.LockFailedError

    def listen(self) -> None:
        """Answer later starts. Called after the first paint: QtNetwork costs some milliseconds."""
        from PySide6.QtNetwork import QLocalServer

        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        QLocalServer.removeServer(self._name)  # we hold the lock: what is there was left by a killed app
        server.newConnection.connect(self._on_connection)
        server.listen(self._name)
        self._server = server

    def acquire_or_call(self, places: Sequence[str] = ()) -> Standing:
        """Own the data folder, or call the window that does.

        Blocks, before there is a window. It waits some seconds for a first window that is just coming, and
        takes the folder over from one that is just going; one on another computer cannot be called.
        """
        give_up_at = time.monotonic() + _HAND_OVER_S
        while not self.acquire():
            if self.call_first(places):
                return Standing.CALLED
            if time.monotonic() > give_up_at or self.other_computer():
                return Standing.UNANSWERED
            time.sleep(_AGAIN_S)
        return Standing.OURS

    def other_computer(self) -> str:
        """The name of the computer that the lock is of, where that is another one; else "".

        There it may be in use, or it was left: a disk was pulled out, a computer lost its power. Nothing
        here can tell which; on this computer the system can.
        """
        try:
            lines = Path(self._lock.fileName()).read_bytes().split(b"\n")
        except OSError:
            return ""
        _pid, _program, name, computer = (*lines, b"", b"", b"", b"")[:4]
        ours = bytes(QSysInfo.machineUniqueId().data())
        text = name.decode("utf-8", "replace")
        is_ours = computer == ours if computer and ours else text in ("", QSysInfo.machineHostName())
        return "" if is_ours else text or "?"

    def take_from_other_computer(self) -> bool:
        """The person says that it is closed there. False where the disk knows better, as one in a network
        may: an open lock cannot be taken away.
        """
        return bool(self.other_computer()) and self._lock.removeStaleLockFile() and _take(self._lock)

    def call_first(self, places: Sequence[str] = ()) -> bool:
        """Ask the first window to come to the front, and to look at places; False when nobody answers.

        That the system connects is no answer: it does so for a window that is just closing, too.
        """
        from PySide6.QtNetwork import QLocalSocket

        if not self.may_be_called():
            return False
        _let_others_come_to_the_front()
        socket = QLocalSocket()
        socket.connectToServer(self.name)
        is_called = socket.waitForConnected(_REPLY_MS)
        if is_called:
            socket.write(line_of(places))
            is_called = socket.waitForReadyRead(_REPLY_MS) and bytes(socket.readLine().data()) == _HEARD
        socket.close()
        return is_called

    @property
    def name(self) -> str:
        """Of the local socket on which the first window answers."""
        return self._name

    def may_be_called(self) -> bool:
        """Whether the socket, if there is one, is this person's own, and calling it does not block."""
        return _takes_a_call(self._name) if sys.platform == "win32" else _may_be_ours(self._name)

    def move_to(self, data_dir: Path) -> None:
        """The window works with another data folder from now on: hold that one, and answer there."""
        is_listening = self._server is not None
        self.release()
        self._name, self._lock = _name_of(data_dir), _lock_of(data_dir)
        _take(self._lock)
        if is_listening:
            self.listen()

    def fall_silent(self) -> None:
        """Answer nobody any more: the window closes, and who starts now is to wait and open a new one."""
        from PySide6.QtNetwork import QLocalServer

        if isinstance(self._server, QLocalServer):
            self._server.close()  # now: it removes the socket of this name, and the next owner makes one
            self._server.deleteLater()
        self._server = None

    def release(self) -> None:
        """Give the data folder free."""
        self.fall_silent()
        self._lock.unlock()

    def _on_connection(self) -> None:
        from PySide6.QtNetwork import QLocalServer

        if isinstance(self._server, QLocalServer):
            connection = self._server.nextPendingConnection()
            connection.setReadBufferSize(MAX_LINE_BYTES)
            connection.disconnected.connect(connection.deleteLater)
            connection.readyRead.connect(self._on_said)
        self.raise_requested.emit()

    def _on_said(self) -> None:
        """One line, and no more of this visitor."""
        from PySide6.QtNetwork import QLocalSocket

        connection = self.sender()
        if not isinstance(connection, QLocalSocket):
            return
        if not connection.canReadLine():
            if connection.bytesAvailable() >= MAX_LINE_BYTES:
                connection.abort()
            return
        places = places_in(bytes(connection.readLine().data()))
        connection.write(_HEARD)
        connection.disconnectFromServer()
        if places:
            self.places_received.emit(places)


class PatientCall(QObject):
    """Calls the window that has the folder for as long as it takes, and never blocks.

    Signals:
        heard: it answered, and comes to the front.
    """

    heard = Signal()

    def __init__(self, instance: SingleInstance, places: Sequence[str], parent: QObject) -> None:
        from PySide6.QtNetwork import QLocalSocket

        super().__init__(parent)
        self._instance = instance
        self._line = line_of(places)
        self._socket = QLocalSocket(self)
        self._socket.connected.connect(self._say)
        self._socket.readyRead.connect(self._read)
        self._timer = QTimer(self, interval=_CALL_EVERY_MS)
        self._timer.timeout.connect(self._call)
        self._timer.start()

    def stop(self) -> None:
        """Hang up."""
        self._timer.stop()
        self._socket.abort()

    def _call(self) -> None:
        is_free = self._socket.state() is self._socket.LocalSocketState.UnconnectedState
        if is_free and self._instance.may_be_called():
            _let_others_come_to_the_front()
            self._socket.connectToServer(self._instance.name)

    def _say(self) -> None:
        self._socket.write(self._line)

    def _read(self) -> None:
        if self._socket.canReadLine() and bytes(self._socket.readLine().data()) == _HEARD:
            self.heard.emit()


def _name_of(data_dir: Path) -> str:
    """Of the local socket on which the first window answers.

    It lies in the session's own folder where there is one: in the folder for temporary files, which is
    Qt's choice, another account could have put something of that name before.
    """
    digest = hashlib.sha256(str(data_dir).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    name = f"teahouse-{digest}"
    folder = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    return str(folder / name) if os.name == "posix" and _is_private(folder) else name


def _is_private(folder: Path) -> bool:
    try:
        found = folder.stat()
    except OSError:
        return False
    is_ours = found.st_uid == os.getuid() and not stat.S_IMODE(found.st_mode) & 0o077
    return is_ours and folder.is_absolute() and len(os.fsencode(folder)) <= _MOST_FOLDER_BYTES


def _may_be_ours(name: str) -> bool:
    """Whether a socket of this name, if there is one, was made by this person and not laid as a snare."""
    try:
        return (Path(tempfile.gettempdir()) / name).lstat().st_uid == os.getuid()
    except OSError:
        return True


def _takes_a_call(name: str) -> bool:
    """Whether a pipe of Windows is there and free. Its name is in no folder: only its owner may have it.

    A window that hangs has eight, and they stay taken by whoever called and hung up; Qt would wait for five
    seconds for another, in the thread of the window.
    """
    if sys.platform == "win32":
        import ctypes

        return bool(ctypes.windll.kernel32.WaitNamedPipeW(rf"\\.\pipe\{name}", 1))
    return True


def _let_others_come_to_the_front() -> None:
    """Windows lets only the program that was just started put a window to the front: give that on."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.AllowSetForegroundWindow(-1)  # ASFW_ANY


def _take(lock: QLockFile) -> bool:
    """Lock, if nobody else does; the file is its owner's alone, as all that lies beside it."""
    is_ours = lock.tryLock(0)
    if is_ours:
        with contextlib.suppress(OSError):
            narrow_file(Path(lock.fileName()))
    return is_ours


def _lock_of(data_dir: Path) -> QLockFile:
    lock = QLockFile(str(data_dir / "window.lock"))
    lock.setStaleLockTime(0)  # only a dead process makes it stale, never its age
    return lock
