"""Our own mistakes: an exception nobody caught becomes a dialog with a report to copy, and the app goes on.

The report holds versions and the trace; never a line of a conversation (exception messages are left out,
because they may quote what somebody wrote).
"""

from __future__ import annotations

import logging
import platform

from PySide6.QtCore import QObject, Qt, Signal, Slot, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from app import __version__
from app.core.traces import tell_uncaught, trace_text

_log = logging.getLogger(__name__)


def report_text(error: BaseException) -> str:
    """Versions and where it happened, without a message of an exception."""
    return (
        f"Teahouse {__version__}, Python {platform.python_version()}, Qt {qVersion()}, "
        f"{platform.system()} {platform.release()} {platform.machine()}\n{trace_text(error)}"
    )


class BugReporter(QObject):
    """Takes what nobody caught; safe to be called from any thread."""

    reported = Signal(str)

    def __init__(self, window: QWidget, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window = window
        self._dialog: BugDialog | None = None
        self._is_closed = False
        self.reported.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take the exceptions that nobody caught, of this thread and of all others."""
        tell_uncaught(self.on_exception, note)

    def close(self) -> None:
        """The window goes: from now on mistakes are only logged. A dialog would keep the program alive."""
        self._is_closed = True

    def on_exception(self, error: BaseException) -> None:
        """Log and show one report at a time."""
        if isinstance(error, KeyboardInterrupt):
            self._window.close()
            return
        text = report_text(error)
        _log.error("uncaught exception\n%s", text)
        self.reported.emit(text)

    @Slot(str)
    def _show(self, text: str) -> None:
        if self._dialog is not None or self._is_closed:
            return
        self._dialog = BugDialog(text, self._window)
        self._dialog.finished.connect(self._on_closed)
        self._dialog.open()

    def _on_closed(self) -> None:
        self._dialog = None  # it deletes itself


def note(error: BaseException) -> None:
    """Log what is no reason to disturb anybody."""
    _log.error("raised where nobody can catch it\n%s", trace_text(error))


class BugDialog(QDialog):
    """Says that it was our fault, that nothing written is lost, and offers the report."""

    def __init__(self, report: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Something went wrong in Teahouse"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        label = QLabel(
            self.tr(
                "This was our mistake, not yours. What you wrote is stored, and you can go on. "
                "If you like, copy the report and send it to the makers: no word of yours is in it."
            )
        )
        label.setWordWrap(True)
        self._report = QPlainTextEdit(report)
        self._report.setReadOnly(True)
        self._report.setAccessibleName(self.tr("Report"))
        buttons = QDialogButtonBox()
        copy = buttons.addButton(self.tr("Copy report"), QDialogButtonBox.ButtonRole.ActionRole)
        close = buttons.addButton(self.tr("Go on"), QDialogButtonBox.ButtonRole.AcceptRole)
        close.setProperty("kind", "primary")
        close.setDefault(True)
        copy.clicked.connect(self._copy)
        close.clicked.connect(self.accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.setSpacing(16)
        layout.addWidget(label)
        layout.addWidget(self._report)
        layout.addWidget(buttons)
        self.resize(560, 360)
        close.setFocus()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._report.toPlainText())
