"""One window for one data folder: a second start raises the first window and ends.

The lock is a file with the owner's process id (QLockFile), so one left by a killed app is taken over; the
call to the first window goes over a local socket that only this person can open. Nothing is ever read from
it: whoever connects asks for the window to come to the front, and can do no more.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Signal

_REPLY_MS = 2000
_MOST_FOLDER_BYTES = 70  # the system takes about a hundred for the whole path of a socket


class SingleInstance(QObject):
    """Held for the life of the window.

    Signals:
        raise_requested: another start asked for the window.
    """

    raise_requested = Signal()

    def __init__(self, data_dir: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name, self._lock = _name_of(data_dir), _lock_of(data_dir)
        self._server: QObject | None = None

    def acquire(self) -> bool:
        """True when this process owns the data folder. A folder that cannot be written has no owner."""
        if self._lock.tryLock(0):
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

    def call_first(self) -> bool:
        """Ask the first window to come to the front; False when nobody answers."""
        from PySide6.QtNetwork import QLocalSocket

        if not _may_be_ours(self._name):
            return False
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        called = socket.waitForConnected(_REPLY_MS)
        socket.close()
        return called

    def move_to(self, data_dir: Path) -> None:
        """The window works with another data folder from now on: hold that one, and answer there."""
        is_listening = self._server is not None
        self.release()
        self._name, self._lock = _name_of(data_dir), _lock_of(data_dir)
        self._lock.tryLock(0)
        if is_listening:
            self.listen()

    def release(self) -> None:
        """Give the data folder free."""
        if self._server is not None:
            self._server.deleteLater()
            self._server = None
        self._lock.unlock()

    def _on_connection(self) -> None:
        from PySide6.QtNetwork import QLocalServer

        if isinstance(self._server, QLocalServer):
            connection = self._server.nextPendingConnection()
            connection.disconnected.connect(connection.deleteLater)
            connection.close()
        self.raise_requested.emit()


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
    if os.name != "posix":
        return True  # the name is in no folder; only its owner may have the pipe of a running app
    try:
        return (Path(tempfile.gettempdir()) / name).lstat().st_uid == os.getuid()
    except OSError:
        return True


def _lock_of(data_dir: Path) -> QLockFile:
    lock = QLockFile(str(data_dir / "window.lock"))
    lock.setStaleLockTime(0)  # only a dead process makes it stale, never its age
    return lock
