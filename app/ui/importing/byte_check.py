"""Checking every byte of a model: how far it has come, with Cancel, and what it gave. Takes values only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.core.imports import HashReport, TaskProgress
from app.ui.announce import announce
from app.ui.icons import IconName
from app.ui.importing.elided import IconLine
from app.ui.texts import importing as texts
from app.ui.theme_manager import ThemeManager

BAR_STEPS = 1000


class ByteCheck(QWidget):
    """Hidden until the check begins.

    Signals:
        cancelled: the person does not want to wait.
    """

    cancelled = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make_result: Callable[[], str] | None = None
        self._is_good = True
        self._known: tuple[TaskProgress | None, float | None] = (None, None)
        self._state = QLabel(wordWrap=True)
        self._state.setProperty("role", "muted")
        self._bar = QProgressBar(textVisible=False)
        self._cancel = QPushButton()
        self._result = IconLine(themes)
        self._work = QWidget()
        row = QHBoxLayout(self._work)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addWidget(self._state)
        column.addWidget(self._bar)
        row.addLayout(column, 1)
        row.addWidget(self._cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._work)
        layout.addWidget(self._result)
        self._cancel.clicked.connect(self.cancelled)
        self.hide()

    @property
    def result(self) -> str:
        """The sentence that ended the check; "" before."""
        return "" if self.isHidden() or self._make_result is None else self._result.text

    def begin(self) -> None:
        """The check begins."""
        self._make_result = None
        self._result.hide()
        self._work.show()
        self.show_progress(None, None)
        self.show()

    def show_progress(self, progress: TaskProgress | None, seconds_left: float | None) -> None:
        """How far it has come; None while nothing is known."""
        self._known = (progress, seconds_left)
        known = texts.progress_text(progress, seconds_left)
        checking = self.tr("Checking every byte…")
        self._state.setText(f"{checking} {known}" if known else checking)
        self._bar.setRange(0, BAR_STEPS)
        is_known = progress is not None and progress.total > 0
        self._bar.setValue(progress.done * BAR_STEPS // progress.total if progress and is_known else 0)
        self._bar.setAccessibleName(self._state.text())

    def show_report(self, report: HashReport) -> None:
        """The check ended."""
        self._make_result = lambda: texts.hash_result(report)
        self._show_result(is_good=not report.changed)

    def show_trouble(self, make_sentence: Callable[[], str]) -> None:
        """The check could not be ended, and why, in the language in use."""
        self._make_result = make_sentence
        self._show_result(is_good=False)

    def end(self) -> None:
        """The person cancelled: as if nothing had been."""
        self.hide()

    def retranslate(self) -> None:
        """Take the texts of the language in use."""
        self._cancel.setText(self.tr("Cancel"))
        self._cancel.setAccessibleName(self.tr("Cancel the check"))
        self.show_progress(*self._known)
        self._show_sentence()

    def _show_result(self, *, is_good: bool) -> None:
        self._is_good = is_good
        self._show_sentence()
        self._work.hide()
        self._result.show()
        self.show()
        announce(self, self._result.text)

    def _show_sentence(self) -> None:
        if self._make_result is not None:
            look = (IconName.SHIELD_CHECK, "accent") if self._is_good else (IconName.WARNING, "danger")
            self._result.show_line(*look, self._make_result())
