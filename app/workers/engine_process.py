"""One engine child as seen from the engine worker: start it, send commands, hear replies, end it.

Wraps a QProcess, which must be created and used in one thread (the engine worker's) and never blocks it.
Knows the wire; knows nothing of models, requests, or what to do when the child dies.
"""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, Signal

import app
from app.core.engine import EngineKind
from app.core.errors import ErrorCode, ErrorInfo
from app.core.wire import Command, FrameDecoder, Reply, WireError, decode_reply, encode_command
from app.workers import child_job

CONSOLE_PROGRAM = "teahouse-cli"
"""The second program of the frozen app, beside that of the window."""
KILL_WAIT_MS = 2000
WINDOWS_ILLEGAL_INSTRUCTION = 0xC000001D
WINDOWS_NO_MEMORY = frozenset({0xC0000017, 0xC000009A, 0xC000012D})
"""STATUS_NO_MEMORY, STATUS_INSUFFICIENT_RESOURCES, STATUS_COMMITMENT_LIMIT."""

ChildCommand = Callable[[EngineKind], list[str]]


def child_command(kind: EngineKind) -> list[str]:
    """Program and arguments that start this program again as the engine child of `kind`.

    Frozen, only the program for the console holds the engines' Python: the window starts faster without.
    """
    if getattr(sys, "frozen", False):
        ours = Path(sys.executable)
        program = [str(ours.with_name(f"{CONSOLE_PROGRAM}{ours.suffix}"))]
    else:
        program = [sys.executable, "-m", "app"]
    return [*program, "--engine-child", kind.value]


@dataclass(frozen=True, slots=True)
class ChildEnd:
    """How a child ended that was not told to: what the person should read, and whether a restart can help."""

    error: ErrorInfo
    may_recover: bool = True


class EngineProcess(QObject):
    """A child, from its start to its end.

    Signals:
        replied: a `Reply` from the child.
        died: a `ChildEnd`; the child ended by itself, could not start, or spoke rubbish (it is killed then).
        gone: once, after `died` or `end()`: the process has ended and its memory is free.
    """

    replied = Signal(object)
    died = Signal(object)
    gone = Signal()

    def __init__(
        self, kind: EngineKind, command: ChildCommand, log: logging.Logger, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._kind = kind
        self._command = command
        self._log = log
        self._decoder = FrameDecoder()
        self._said_hello = False
        self._is_ending = False
        self._is_gone = False
        self._process = QProcess(self)
        self._process.readyReadStandardOutput.connect(self._on_output)
        self._process.readyReadStandardError.connect(self._on_error_output)
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(self._on_error)

    @property
    def pid(self) -> int:
        """Process id; 0 when there is no process."""
        return self._process.processId()

    def start(self) -> None:
        """Start the child; `Hello` follows as its first reply."""
        program, *arguments = self._command(self._kind)
        if not getattr(sys, "frozen", False):
            # `-m app` must find this package, from whatever folder the app was started.
            self._process.setWorkingDirectory(str(Path(app.__file__).resolve().parent.parent))
        self._process.start(program, arguments)
        child_job.adopt(self.pid)

    def send(self, command: Command) -> None:
        """Send a command; raises `WireError` when it is too long."""
        self._process.write(encode_command(command))

    def end(self) -> None:
        """End the child at once; `gone` follows."""
        self._is_ending = True
        self._process.kill()
        self._tell_gone_when_gone()

    def end_and_wait(self) -> None:
        """End the child and wait for it, without signals; for the end of the app."""
        self._process.blockSignals(True)
        self._process.kill()
        self._process.waitForFinished(KILL_WAIT_MS)

    def _on_output(self) -> None:
        data = bytes(self._process.readAllStandardOutput().data())
        try:
            for payload in () if self._is_ending else self._decoder.feed(data):
                self._said_hello = True
                self._hand_on(decode_reply(payload))
        except WireError as error:
            self._log.error("rubbish on the pipe: %s", error)
            self._die(ChildEnd(ErrorInfo(ErrorCode.ENGINE_PROTOCOL, {"detail": str(error)})))

    def _hand_on(self, reply: Reply) -> None:
        """Tell a reply, unless an earlier one of the same batch made the worker end this child."""
        if not self._is_ending:
            self.replied.emit(reply)

    def _on_error_output(self) -> None:
        data = bytes(self._process.readAllStandardError().data())
        for line in data.decode("utf-8", "replace").splitlines():
            self._log.info("%s", line)

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            info = ErrorInfo(ErrorCode.ENGINE_START_FAILED, {"detail": self._process.errorString()})
            self._die(ChildEnd(info, may_recover=False))

    def _on_finished(self, exit_code: int, status: QProcess.ExitStatus) -> None:
        self._on_output()
        self._on_error_output()
        crashed = status is QProcess.ExitStatus.CrashExit
        if not self._is_ending:
            self._log.error("the child ended: %s %s", "crash" if crashed else "exit", exit_code)
        self._die(_end_of(exit_code, crashed, self._said_hello))
        self._tell_gone_when_gone()

    def _die(self, end: ChildEnd) -> None:
        """Tell an end that nobody asked for; a child that still runs is killed."""
        if self._is_ending:
            return
        self._is_ending = True
        self._process.kill()
        self.died.emit(end)
        self._tell_gone_when_gone()

    def _tell_gone_when_gone(self) -> None:
        if self._process.state() is QProcess.ProcessState.NotRunning and not self._is_gone:
            self._is_gone = True
            self.gone.emit()


def _end_of(exit_code: int, crashed: bool, said_hello: bool) -> ChildEnd:
    """What an unexpected end means. On POSIX a crash's exit code is the number of the signal."""
    illegal = exit_code & 0xFFFFFFFF == WINDOWS_ILLEGAL_INSTRUCTION
    if exit_code & 0xFFFFFFFF in WINDOWS_NO_MEMORY:
        return ChildEnd(ErrorInfo(ErrorCode.ENGINE_OUT_OF_MEMORY))
    if sys.platform != "win32" and crashed:
        illegal = exit_code == signal.SIGILL
        if exit_code == signal.SIGKILL:  # not by us: the system does it when memory runs out
            return ChildEnd(ErrorInfo(ErrorCode.ENGINE_OUT_OF_MEMORY))
    if illegal:
        return ChildEnd(ErrorInfo(ErrorCode.CPU_UNSUPPORTED), may_recover=False)
    if not said_hello and not crashed:
        detail = f"exit code {exit_code}"
        return ChildEnd(ErrorInfo(ErrorCode.ENGINE_START_FAILED, {"detail": detail}), may_recover=False)
    return ChildEnd(ErrorInfo(ErrorCode.ENGINE_CRASHED, {"exit_code": str(exit_code)}))
