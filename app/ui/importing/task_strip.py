"""The copies that are being made, in rows above the composer: how far, how long, Cancel; what went wrong.

Takes values and tells what the person wants; copies nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.core.imports import TaskProgress
from app.ui.announce import announce
from app.ui.icon_button import IconButton
from app.ui.icons import IconName
from app.ui.importing.byte_check import BAR_STEPS
from app.ui.importing.elided import ElidedLabel, IconLine
from app.ui.texts import importing as texts
from app.ui.theme_manager import ThemeManager


class TaskState(StrEnum):
    """How it stands with a copy."""

    WAITING = "waiting"
    RUNNING = "running"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class TaskView:
    """One copy as it is shown. `trouble` makes the sentence of a FAILED one in the language in use."""

    number: int
    name: str
    state: TaskState
    progress: TaskProgress | None = None
    seconds_left: float | None = None
    trouble: Callable[[], str] | None = None


class TaskStrip(QFrame):
    """Hidden while there is nothing to tell. Every signal carries the number of the copy."""

    cancel_requested = Signal(int)
    retry_requested = Signal(int)
    dismissed = Signal(int)

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._rows: dict[int, _Row] = {}
        self.setProperty("panel", "card")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(16, 8, 8, 8)
        self._layout.setSpacing(8)
        self.hide()

    @property
    def sentences(self) -> list[str]:
        """What the rows say."""
        return [row.sentence for row in self._rows.values()]

    def set_tasks(self, tasks: Sequence[TaskView]) -> None:
        """Show `tasks`; a row that stays keeps the keyboard."""
        gone = self._rows.keys() - {task.number for task in tasks}
        for old in [self._rows.pop(number) for number in gone]:
            self._layout.removeWidget(old)
            old.hide()
            old.deleteLater()
        for task in tasks:
            if task.number not in self._rows:
                self._rows[task.number] = self._new_row(task.number)
            self._rows[task.number].show_task(task)
        self.setVisible(bool(self._rows))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            for row in self._rows.values():
                row.retranslate()

    def _new_row(self, number: int) -> _Row:
        row = _Row(self._themes, number)
        row.cancel_requested.connect(self.cancel_requested)
        row.retry_requested.connect(self.retry_requested)
        row.dismissed.connect(self.dismissed)
        self._layout.addWidget(row)
        return row


class _Row(QWidget):
    cancel_requested = Signal(int)
    retry_requested = Signal(int)
    dismissed = Signal(int)

    def __init__(self, themes: ThemeManager, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._number = number
        self._task: TaskView | None = None
        self._text = ElidedLabel()
        self._time = QLabel()
        self._time.setProperty("role", "caption")
        self._bar = QProgressBar(textVisible=False)
        self._bar.setRange(0, BAR_STEPS)
        self._trouble = IconLine(themes)
        self._cancel, self._retry = QPushButton(), QPushButton()
        self._cancel.setProperty("kind", "text")
        self._close = IconButton(themes, IconName.CLOSE, size=16)
        self._work = QWidget()
        self._build()
        self._cancel.clicked.connect(self._on_cancel)
        self._retry.clicked.connect(self._on_retry)
        self._close.clicked.connect(self._on_close)

    @property
    def sentence(self) -> str:
        is_failed = self._task is not None and self._task.state is TaskState.FAILED
        return self._trouble.text if is_failed else self._text.text()

    def show_task(self, task: TaskView) -> None:
        """Bring the row up to date; a new state is announced."""
        is_news = self._task is None or self._task.state is not task.state
        self._task = task
        self.retranslate()
        if is_news:
            announce(self, self.sentence)

    def retranslate(self) -> None:
        """Say it in the language in use."""
        task = self._task
        if task is None:
            return
        is_failed = task.state is TaskState.FAILED
        if task.trouble is not None:
            self._trouble.show_line(IconName.WARNING, "danger", task.trouble())
        running, waiting = self.tr('Copying "{name}"'), self.tr('"{name}" is copied next')
        pattern = running if task.state is TaskState.RUNNING else waiting
        self._text.set_text(pattern.format(name=task.name))
        self._time.setText(texts.progress_text(task.progress, task.seconds_left))
        done = task.progress
        self._bar.setValue(done.done * BAR_STEPS // done.total if done is not None and done.total > 0 else 0)
        self._bar.setAccessibleName(f"{self._text.text()} {self._time.text()}".strip())
        self._bar.setVisible(task.state is TaskState.RUNNING)
        self._work.setVisible(not is_failed)
        self._cancel.setVisible(not is_failed)
        for widget in (self._trouble, self._retry, self._close):
            widget.setVisible(is_failed)
        name = texts.short(task.name)
        for button, label in (
            (self._cancel, self.tr("Cancel")),
            (self._retry, self.tr("Try again")),
        ):
            button.setText(label)
            button.setAccessibleName(f"{label}: {name}")
        self._close.set_name(self.tr("Close this message"))

    def _build(self) -> None:
        words = QHBoxLayout()
        words.setSpacing(12)
        words.addWidget(self._text, 1)
        words.addWidget(self._time)
        work = QVBoxLayout(self._work)
        work.setContentsMargins(0, 0, 0, 0)
        work.setSpacing(6)
        work.addLayout(words)
        work.addWidget(self._bar)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._work, 1)
        layout.addWidget(self._trouble, 1)
        for button in (self._cancel, self._retry, self._close):
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)

    def _on_cancel(self) -> None:
        self.cancel_requested.emit(self._number)

    def _on_retry(self) -> None:
        self.retry_requested.emit(self._number)

    def _on_close(self) -> None:
        self.dismissed.emit(self._number)
