"""When a growing answer is drawn, and what of it is said aloud.

Tokens come as fast as a model makes them; a frame is asked for at most once in `FRAME_MS`, at once when the
last one is long ago. Knows no message and no drawing.
"""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from app.ui.transcript.announcer import Announcer

FRAME_MS = 33


class Growth(QObject):
    """The messages that grow.

    Signals:
        frame_due: (tuple of message ids) draw what has come for these.
        sentence_ended: (str) a whole sentence of an answer stands.
    """

    frame_due = Signal(tuple)
    sentence_ended = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: set[int] = set()
        self._announcers: dict[int, Announcer] = {}
        self._since_frame = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.draw_now)

    def add(self, message_id: int, text: str = "") -> None:
        """A message grew; `text` is what it says more."""
        if text:
            announcer = self._announcers.setdefault(message_id, Announcer())
            for sentence in announcer.add(text):
                self.sentence_ended.emit(sentence)
        self._waiting.add(message_id)
        if not self._timer.isActive():
            waited = self._since_frame.elapsed() if self._since_frame.isValid() else FRAME_MS
            self._timer.start(max(0, FRAME_MS - waited))

    def draw_now(self) -> None:
        """Ask for the frame that is due."""
        self._timer.stop()
        self._since_frame.start()
        waiting, self._waiting = tuple(self._waiting), set()
        if waiting:
            self.frame_due.emit(waiting)

    def finish(self, message_id: int) -> None:
        """A message grows no more: say its last sentence."""
        self._waiting.discard(message_id)
        announcer = self._announcers.pop(message_id, None)
        for sentence in announcer.finish() if announcer else ():
            self.sentence_ended.emit(sentence)

    def forget(self, message_id: int) -> None:
        """A message is gone: say nothing more of it."""
        self._waiting.discard(message_id)
        self._announcers.pop(message_id, None)

    def forget_all(self) -> None:
        """Other messages are shown."""
        self._waiting.clear()
        self._announcers.clear()
