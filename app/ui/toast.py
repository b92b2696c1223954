"""A short message at the bottom that goes by itself, with one action (Undo). Knows not what it undoes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from app.ui.announce import announce

TIMEOUT_MS = 8000
_BOTTOM = 24
_ABOVE = 4
_MAX_TEXT = 420


class Toast(QFrame):
    """Lies over `host`, above `below` where that is given; one at a time.

    It waits while the mouse is over it or the focus is in it.
    The `token` of `show_toast` comes back with whichever signal ends the toast, exactly once.

    Signals:
        action_triggered: (token) the button was pressed.
        expired: (token) it went without its action: time, Escape, or another toast took its place.
    """

    action_triggered = Signal(object)
    expired = Signal(object)

    def __init__(self, host: QWidget, below: QWidget | None = None) -> None:
        super().__init__(host)
        self.setObjectName("toast")
        self._host = host
        self._below = below
        self._token: object = None
        self._full_text = ""
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._action = QPushButton()
        self._action.clicked.connect(self._on_action)
        self._action.installEventFilter(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 8, 10, 8)
        layout.setSpacing(16)
        layout.addWidget(self._text)
        layout.addWidget(self._action)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.dismiss)
        host.installEventFilter(self)
        if below is not None:
            below.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """What is said now."""
        return self._full_text

    def show_toast(
        self, text: str, action: str = "", token: object = None, timeout_ms: int = TIMEOUT_MS
    ) -> None:
        """Say `text`, offer `action` where there is one, and go after `timeout_ms` milliseconds."""
        self.dismiss()
        self._token = token
        self._full_text = text
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self.setAccessibleName(text)
        self._timer.setInterval(timeout_ms)
        self._place()  # first: shown elsewhere it would meet a mouse that rests there
        self.show()
        self.raise_()
        self._timer.start()
        announce(self, f"{text} {action}" if action else text)

    def dismiss(self) -> None:
        """Let it go without its action."""
        if not self.isHidden():
            self._end()
            self.expired.emit(self._take_token())

    def focus_action(self) -> None:
        """Put the focus on the button, for a shortcut."""
        if not self.isHidden() and self._action.text():
            self._action.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._wait_on()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched in (self._host, self._below) and event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self._place()
        elif watched is self._action and event.type() == QEvent.Type.FocusIn:
            self._timer.stop()
        elif watched is self._action and event.type() == QEvent.Type.FocusOut:
            self._wait_on()
        return super().eventFilter(watched, event)

    def _on_action(self) -> None:
        self._end()
        self.action_triggered.emit(self._take_token())

    def _wait_on(self) -> None:
        """Start the time again, unless a mouse or the focus still rests here."""
        if not self.isHidden() and not self.underMouse() and not self._action.hasFocus():
            self._timer.start()

    def _end(self) -> None:
        self._timer.stop()
        self.hide()

    def _take_token(self) -> object:
        token, self._token = self._token, None
        return token

    def _place(self) -> None:
        """In the middle, at the bottom or above `below`; the text gives way where the host is narrow."""
        beside = self._action.sizeHint().width() + 16 if self._action.text() else 0
        room = min(_MAX_TEXT, self._host.width() - beside - 60)
        metrics = self._text.fontMetrics()
        self._text.setText(metrics.elidedText(self._full_text, Qt.TextElideMode.ElideMiddle, room))
        self.adjustSize()
        middle, bottom = self._host.width() // 2, self._host.height() - _BOTTOM
        if self._below is not None:
            corner = self._below.mapTo(self._host, QPoint(0, 0))
            middle, bottom = corner.x() + self._below.width() // 2, corner.y() - _ABOVE
        self.move(QPoint(max(0, middle - self.width() // 2), max(0, bottom - self.height())))
