"""Reads lines from the terminal in a thread of its own, so that the event loop never waits for a person."""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, Signal

from app.ui.texts.terminal import welcome

_BYE = ("/exit", "/quit", "/bye")


class TerminalReader(QObject):
    """Asks for one line at a time.

    Signals:
        line_read: what the person wrote.
        ended: end of input, or a word of farewell.
    """

    line_read = Signal(str)
    ended = Signal()

    def __init__(self, model_name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wanted = threading.Semaphore(0)
        self._closed = False
        print(welcome(model_name, _BYE[0]))
        # Daemon: a thread that waits for the keyboard cannot be woken.
        threading.Thread(target=self._read, name="terminal", daemon=True).start()

    def want_line(self) -> None:
        """Read the next line."""
        self._wanted.release()

    def close(self) -> None:
        """No more lines."""
        self._closed = True
        self._wanted.release()

    def _read(self) -> None:
        while True:
            self._wanted.acquire()
            if self._closed:
                return
            try:
                line = input("> ").strip()
                while not line:
                    line = input("> ").strip()
            except (EOFError, KeyboardInterrupt, UnicodeDecodeError):
                self.ended.emit()
                return
            if line.lower() in _BYE:
                self.ended.emit()
                return
            self.line_read.emit(line)
