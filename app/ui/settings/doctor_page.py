"""The page "Check-up": what was looked at, the worst first, with one button beside what can be mended.

Takes findings and tells what the person wants; looks at nothing and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.core.findings import DoctorRemedy, Finding, Severity
from app.core.settings import SettingGroup
from app.ui.announce import announce
from app.ui.icons import IconName
from app.ui.importing.elided import IconLine
from app.ui.settings.flow import FlowLayout
from app.ui.settings.task_panel import Question, TaskPanel
from app.ui.texts import doctor_page as texts
from app.ui.texts import settings as settings_texts
from app.ui.texts.doctor import describe_finding
from app.ui.theme_manager import ThemeManager

_LOOKS = {
    Severity.PROBLEM: (IconName.WARNING, "danger"),
    Severity.NOTE: (IconName.INFO, "warning"),
    Severity.GOOD: (IconName.CHECK, "accent"),
}
_BESIDE_ICON = 26


class DoctorPage(QWidget):
    """Asks by itself before something is removed.

    Signals:
        shown: the page came to the front.
        check_wanted: (whether to read every byte of the models) look again.
        cancel_wanted: stop looking.
        copy_wanted: put the report where it can be pasted.
        mend_wanted: (Finding) carry out its remedy; confirmed.
    """

    shown = Signal()
    check_wanted = Signal(bool)
    cancel_wanted = Signal()
    copy_wanted = Signal()
    mend_wanted = Signal(object)

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._about, self._copy_about = QLabel(), QLabel(wordWrap=True), QLabel(wordWrap=True)
        self._summary = IconLine(themes, "heading")
        self._check, self._thorough, self._copy = (QPushButton() for _ in range(3))
        self._groups = {severity: _Group(themes, severity) for severity in _LOOKS}
        self._findings: list[Finding] = []
        self._is_checking = self._was_cancelled = False
        self._asked: Finding | None = None
        self.panel = TaskPanel(themes)
        self._build()
        self._connect()
        self.retranslate()

    @property
    def summary(self) -> str:
        """The sentence at the top."""
        return self._summary.text

    @property
    def rows(self) -> list[FindingRow]:
        """What is listed, from top to bottom."""
        return [row for group in self._groups.values() for row in group.rows]

    def begin(self) -> None:
        """A check begins: what the last one found goes."""
        if self.panel.is_asking:
            self.panel.clear()
        focused: QWidget | None = self.window().focusWidget()  # PySide's own annotation leaves None out
        if any(row.button is focused for row in self.rows):
            self._check.setFocus(Qt.FocusReason.OtherFocusReason)
        self._findings = []
        for group in self._groups.values():
            group.clear()
        self._is_checking, self._was_cancelled = True, False
        self._show_summary()

    def add(self, findings: Sequence[Finding]) -> None:
        """So many more are known."""
        for found in findings:
            self._findings.append(found)
            self._groups[found.severity].add(found, self._on_mend)

    def finish(self, *, was_cancelled: bool = False) -> None:
        """The check is over."""
        self._is_checking, self._was_cancelled = False, was_cancelled
        self._show_summary()
        announce(self, self.summary)

    def retranslate(self) -> None:
        """Take the texts of the language in use."""
        page = settings_texts.GROUP_TEXTS[SettingGroup.DOCTOR]
        self._title.setText(settings_texts.text(page.title))
        self._about.setText(settings_texts.text(page.about))
        self._check.setText(texts.text(texts.CHECK))
        self._thorough.setText(texts.text(texts.THOROUGH))
        self._copy.setText(texts.text(texts.COPY))
        self._copy_about.setText(texts.text(texts.COPY_ABOUT))
        for group in self._groups.values():
            group.retranslate()
        self._show_summary()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._check.ensurePolished()
        self._thorough.setMinimumHeight(self._check.sizeHint().height())  # on one line with the others
        self.shown.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def _show_summary(self) -> None:
        if self._is_checking:
            self._summary.show_line(IconName.REFRESH, "muted", texts.text(texts.CHECKING))
        elif self._was_cancelled:
            self._summary.show_line(IconName.INFO, "muted", texts.text(texts.CANCELLED))
        else:
            found = {finding.severity for finding in self._findings}
            worst = next((severity for severity in _LOOKS if severity in found), Severity.GOOD)
            self._summary.show_line(*_LOOKS[worst], texts.summary(self._findings))

    def _on_mend(self, found: Finding) -> None:
        if not found.remedy.removes:
            self.mend_wanted.emit(found)
            return
        self._asked = found
        self.panel.ask(
            Question(
                sentence=lambda: texts.question(found),
                note=lambda: texts.question_note(found),
                confirm=lambda: texts.text(texts.REMOVE),
                is_danger=not found.remedy.is_safe,
            )
        )

    def _on_confirmed(self, _checked: bool) -> None:
        found, self._asked = self._asked, None
        self.panel.clear()
        if found is not None:
            self.mend_wanted.emit(found)

    def _on_cancelled(self) -> None:
        if self.panel.is_asking:
            self.panel.clear()
            self._asked = None
        else:
            self.cancel_wanted.emit()

    def _on_left(self) -> None:
        """The panel went with the keyboard: back to what it was about."""
        asked = next((row.button for row in self.rows if row.finding is self._asked), self._check)
        asked.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_check(self) -> None:
        self.check_wanted.emit(False)

    def _on_thorough(self) -> None:
        self.check_wanted.emit(True)

    def _connect(self) -> None:
        self._check.clicked.connect(self._on_check)
        self._thorough.clicked.connect(self._on_thorough)
        self._copy.clicked.connect(self.copy_wanted)
        self.panel.confirmed.connect(self._on_confirmed)
        self.panel.cancelled.connect(self._on_cancelled)
        self.panel.left.connect(self._on_left)

    def _build(self) -> None:
        self._title.setProperty("role", "title")
        self._about.setProperty("role", "muted")
        self._copy_about.setProperty("role", "caption")
        self._thorough.setProperty("kind", "link")
        head = QVBoxLayout()
        head.setSpacing(4)
        head.addWidget(self._title)
        head.addWidget(self._about)
        buttons = QWidget()
        flow = FlowLayout(8, 8, buttons)
        for button in (self._check, self._copy, self._thorough):
            flow.addWidget(button)
        top = QVBoxLayout()
        top.setSpacing(12)
        top.addWidget(self._summary)
        top.addWidget(buttons)
        top.addWidget(self._copy_about)
        top.addWidget(self.panel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(28)
        layout.addLayout(head)
        layout.addLayout(top)
        for group in self._groups.values():
            layout.addWidget(group)


class _Group(QWidget):
    """Findings that are meant alike, below a heading; hidden while there are none."""

    def __init__(self, themes: ThemeManager, severity: Severity, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes, self._severity = themes, severity
        self._title = QLabel()
        self._title.setProperty("role", "heading")
        self.rows: list[FindingRow] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(16)
        self._layout.addWidget(self._title)
        self.hide()

    def add(self, found: Finding, on_mend: Callable[[Finding], None]) -> None:
        row = FindingRow(self._themes, found)
        row.mend_wanted.connect(on_mend)
        self.rows.append(row)
        self._layout.addWidget(row)
        self.show()

    def clear(self) -> None:
        for row in self.rows:
            self._layout.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = []
        self.hide()

    def retranslate(self) -> None:
        self._title.setText(texts.text(texts.TITLES[self._severity]))
        for row in self.rows:
            row.retranslate()


class FindingRow(QWidget):
    """One finding: its sentence, and below it the button that mends it."""

    mend_wanted = Signal(object)

    def __init__(self, themes: ThemeManager, found: Finding, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.finding = found
        self._line, self.button = IconLine(themes), QPushButton()
        self.button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.button.setVisible(found.remedy is not DoctorRemedy.NONE)
        self.button.clicked.connect(self._on_clicked)
        below = QVBoxLayout()
        below.setContentsMargins(_BESIDE_ICON, 0, 0, 0)
        below.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._line)
        layout.addLayout(below)
        self.retranslate()

    @property
    def sentence(self) -> str:
        """What was found."""
        return self._line.text

    def retranslate(self) -> None:
        """Take the texts of the language in use."""
        told = describe_finding(self.finding)
        self._line.show_line(*_LOOKS[self.finding.severity], told.sentence)
        self.button.setText(told.button)
        self.button.setAccessibleName(told.button)
        self.button.setAccessibleDescription(told.sentence)

    def _on_clicked(self) -> None:
        self.mend_wanted.emit(self.finding)
