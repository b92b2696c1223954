"""What a part of a page asks, does or has done: a question with two buttons, a bar with Cancel, a sentence.

Takes texts as functions, so that they are said again in another language; does nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.core.imports import TaskProgress
from app.ui.announce import announce
from app.ui.icon_button import IconButton
from app.ui.icons import IconName
from app.ui.importing.byte_check import BAR_STEPS
from app.ui.importing.elided import IconLine
from app.ui.texts.importing import progress_text
from app.ui.theme_manager import ThemeManager

Text = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Question:
    """`confirm` stands on the first button; `check`, if given, beside a box that is not checked.

    `is_danger` is for what cannot be undone.
    """

    sentence: Text
    note: Text
    confirm: Text
    check: Text | None = None
    is_danger: bool = False


class TaskPanel(QFrame):
    """Hidden while there is nothing to say.

    Signals:
        confirmed: (whether the box was checked) the question was answered with yes.
        cancelled: the question was answered with no, or the work is to stop.
        left: the panel went away while it had the keyboard.
    """

    confirmed = Signal(bool)
    cancelled = Signal()
    left = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._question: Question | None = None
        self._work: Text | None = None
        self._result: Text | None = None
        self._known: tuple[TaskProgress | None, float | None] = (None, None)
        self._sentence, self._note = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self._check = QCheckBox()
        self._bar = QProgressBar(textVisible=False)
        self._bar.setRange(0, BAR_STEPS)
        self._confirm, self._cancel = QPushButton(), QPushButton()
        self._close = IconButton(themes, IconName.CLOSE, size=16)
        self._line = IconLine(themes)
        self._is_trouble = False
        self._build()
        self.retranslate()
        self.hide()

    @property
    def text(self) -> str:
        """What the panel says now; empty while it is hidden."""
        if self.isHidden():
            return ""
        return self._line.text if self._result is not None else self._sentence.text()

    @property
    def is_asking(self) -> bool:
        return self._question is not None

    @property
    def is_working(self) -> bool:
        return self._work is not None

    @property
    def _has_keyboard(self) -> bool:
        focused: QWidget | None = self.window().focusWidget()  # PySide's own annotation leaves None out
        return focused is not None and self.isAncestorOf(focused)

    def ask(self, question: Question) -> None:
        """Ask, and bring the keyboard to the answer that keeps everything as it is."""
        self._set(question=question)
        self._check.setChecked(False)
        self._cancel.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, f"{self._sentence.text()} {self._note.text()}")

    def work(self, sentence: Text, *, can_cancel: bool = True) -> None:
        """Something is done that takes a while."""
        had_keyboard = self._has_keyboard
        self._set(work=sentence)
        self._known = (None, None)
        self.retranslate()
        self._cancel.setVisible(can_cancel)
        if had_keyboard and can_cancel:
            self._cancel.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, self._sentence.text())

    def show_progress(self, progress: TaskProgress | None, seconds_left: float | None) -> None:
        """How far the work has come; None while nothing is known."""
        self._known = (progress, seconds_left)
        self._show_work()

    def tell(self, result: Text, *, is_trouble: bool = False) -> None:
        """Say how it ended."""
        self._is_trouble = is_trouble
        self._set(result=result)
        announce(self, self._line.text)

    def clear(self) -> None:
        """Nothing to say any more."""
        had_keyboard = self._has_keyboard
        self._set()
        if had_keyboard:
            self.left.emit()

    def retranslate(self) -> None:
        """Say it in the language in use."""
        self._confirm.setText(self._question.confirm() if self._question else "")
        self._cancel.setText(self.tr("Cancel"))
        self._close.set_name(self.tr("Close this message"))
        if self._question is not None:
            self._sentence.setText(self._question.sentence())
            self._note.setText(self._question.note())
            self._check.setText(self._question.check() if self._question.check else "")
        if self._result is not None:
            icon, token = (IconName.WARNING, "danger") if self._is_trouble else (IconName.CHECK, "accent")
            self._line.show_line(icon, token, self._result())
        self._show_work()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._question is not None:
            self.cancelled.emit()
        elif event.key() == Qt.Key.Key_Escape and self._result is not None:
            self.clear()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def _set(
        self, question: Question | None = None, work: Text | None = None, result: Text | None = None
    ) -> None:
        self._question, self._work, self._result = question, work, result
        kind = "danger" if question is not None and question.is_danger else "primary"
        if self._confirm.property("kind") != kind:
            self._confirm.setProperty("kind", kind)
            self._confirm.style().unpolish(self._confirm)  # looked at only when polished again
            self._confirm.style().polish(self._confirm)
        self.retranslate()
        self._sentence.setVisible(result is None)
        self._note.setVisible(question is not None)
        self._check.setVisible(question is not None and question.check is not None)
        self._bar.setVisible(work is not None)
        self._confirm.setVisible(question is not None)
        self._cancel.setVisible(result is None)
        self._close.setVisible(result is not None)
        self._line.setVisible(result is not None)
        self.setVisible(any(one is not None for one in (question, work, result)))
        if self.isVisible():
            QTimer.singleShot(0, self, self._come_into_view)  # when it has its place

    def _come_into_view(self) -> None:
        """Scroll so far that all of it is seen."""
        at = self.parentWidget()
        while at is not None and not isinstance(at, QScrollArea):
            at = at.parentWidget()
        if at is not None:
            at.ensureWidgetVisible(self)

    def _show_work(self) -> None:
        if self._work is None:
            return
        progress, seconds_left = self._known
        known = progress_text(progress, seconds_left)
        self._sentence.setText(f"{self._work()} {known}".strip())
        done = progress.done * BAR_STEPS // progress.total if progress and progress.total > 0 else 0
        self._bar.setValue(done)
        self._bar.setAccessibleName(self._sentence.text())

    def _build(self) -> None:
        self.setProperty("panel", "card")
        self._note.setProperty("role", "muted")
        self._confirm.setProperty("kind", "primary")
        self._sentence.setTextFormat(Qt.TextFormat.PlainText)
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self._confirm)
        buttons.addWidget(self._cancel)
        buttons.addStretch(1)
        told = QHBoxLayout()
        told.setSpacing(8)
        told.addWidget(self._line, 1, Qt.AlignmentFlag.AlignVCenter)
        told.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(10)
        layout.addLayout(told)
        for widget in (self._sentence, self._bar, self._note, self._check):
            layout.addWidget(widget)
        layout.addLayout(buttons)
        self._confirm.clicked.connect(self._on_confirmed)
        self._cancel.clicked.connect(self.cancelled)
        self._close.clicked.connect(self.clear)

    def _on_confirmed(self) -> None:
        self.confirmed.emit(self._check.isVisible() and self._check.isChecked())
