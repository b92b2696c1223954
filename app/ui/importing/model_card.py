"""One model that was brought: what it is, whether its files are in order, and what can be done with it.

Takes values, tells what the person wants; adds nothing itself. A card of a model that cannot be used offers
only to look again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.core.imports import FileState, HashReport, InspectedModel, TaskProgress
from app.ui.announce import announce
from app.ui.icons import IconName
from app.ui.importing.byte_check import ByteCheck
from app.ui.importing.choices import GenerationQuestion, PlaceChoice, PlaceOffer
from app.ui.importing.elided import ElidedLabel, IconLine
from app.ui.importing.figures import FigureRow
from app.ui.importing.file_list import BadFiles, FileList, bad_files
from app.ui.importing.places import Place
from app.ui.texts import importing as texts
from app.ui.texts.errors import describe
from app.ui.theme_manager import ThemeManager


class ModelCard(QFrame):
    """Known by `key`, the path of its model; every signal carries it.

    Signals:
        add_requested: (key, generation or "", whether to copy).
        use_requested: the model is known already, and is to be used.
        check_requested, check_cancelled: read every byte; stop that.
        look_again_requested: the person may have mended something.
    """

    add_requested = Signal(str, str, bool)
    use_requested = Signal(str)
    check_requested = Signal(str)
    check_cancelled = Signal(str)
    look_again_requested = Signal(str)

    def __init__(
        self, themes: ThemeManager, inspected: InspectedModel, place: Place, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.key = inspected.model.ref.path
        self._themes = themes
        self._inspected = inspected
        self._place = place
        self._trouble: Callable[[], str] | None = None
        self._is_added = False
        self._name, self._path = ElidedLabel("heading"), ElidedLabel("caption")
        self._kind = QLabel(wordWrap=True)
        self._figures = FigureRow()
        self._problem, self._summary = IconLine(themes), IconLine(themes)
        self._bad = BadFiles(themes)
        self._unfold = QPushButton()
        self._content = QVBoxLayout(self)
        self._files = FileList(themes)
        self._question = GenerationQuestion()
        self._choice = PlaceChoice()
        self._check = ByteCheck(themes)
        self.button_row = QWidget()  # what can be pressed; may stand elsewhere to be in view
        self._main, self._check_button = QPushButton(), QPushButton()
        self._build()
        self._connect()
        self.show_model(inspected, place)

    @property
    def inspected(self) -> InspectedModel:
        return self._inspected

    @property
    def is_usable(self) -> bool:
        """Whether nothing stands in the way of using the model."""
        return self._inspected.model.problem is None and not bad_files(self._inspected.files)

    @property
    def is_open(self) -> bool:
        """Whether the person can still decide something here."""
        return self.is_usable and not self._is_added

    def show_model(self, inspected: InspectedModel, place: Place) -> None:
        """Show what was found, instead of what was shown."""
        self._inspected, self._place = inspected, place
        self._trouble, self._is_added = None, False
        self._question.set_families(inspected.families if self._is_new else ())
        # From top to bottom; Qt's own order is that in which widgets were made.
        order = (self._unfold, *self._question.buttons, *self._choice.buttons, self._main, self._check_button)
        for before, after in pairwise(order):
            self.setTabOrder(before, after)
        self._choice.set_offer(PlaceOffer(place, inspected.copy_bytes, inspected.is_packed))
        self._files.set_files(inspected.files)
        self._files.hide()
        self._bad.set_files(inspected.files)
        self._check.end()
        self.set_busy(False)
        self._retranslate()

    @property
    def buttons_height(self) -> int:
        """Pixels that the buttons take at the end of the card."""
        return self.button_row.sizeHint().height() + self._content.spacing()

    def take_buttons_back(self) -> None:
        """They stand at the end of the card again."""
        self._content.addWidget(self.button_row)

    def set_busy(self, busy: bool) -> None:
        """While it is added nothing can be pressed twice."""
        for widget in (self._main, self._check_button, self._question, self._choice):
            widget.setEnabled(not busy)

    def show_trouble(self, make_sentence: Callable[[], str]) -> None:
        """Adding did not work, and why, in the language in use; it can be tried again."""
        self._trouble = make_sentence
        self.set_busy(False)
        self._retranslate()
        announce(self, make_sentence())

    def show_added(self) -> None:
        """The model was added, or its copy began."""
        self._is_added = True
        self._retranslate()

    def begin_check(self) -> None:
        """Every byte is being read now."""
        self._check.begin()
        self._show_buttons()

    def show_check_progress(self, progress: TaskProgress | None, seconds_left: float | None) -> None:
        """How far the check has come."""
        self._check.show_progress(progress, seconds_left)

    def end_check(self, result: HashReport | Callable[[], str] | None) -> None:
        """The check ended: with a report, with what makes a sentence about trouble, or cancelled (None)."""
        if isinstance(result, HashReport):
            self._mark_changed(result)
            self._check.show_report(result)
        elif result is not None:
            self._check.show_trouble(result)
        else:
            self._check.end()
        self._show_buttons()
        self.take_focus()

    def take_focus(self) -> None:
        """Put the keyboard to the main button."""
        self._main.setFocus(Qt.FocusReason.OtherFocusReason)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    @property
    def _is_new(self) -> bool:
        return self.is_usable and not self._inspected.known_id

    def _mark_changed(self, report: HashReport) -> None:
        """Mark the files that differ; the model can still be used, and that stays the person's decision."""
        marked = (
            replace(one, state=FileState.CHANGED) if one.name in report.changed else one
            for one in self._inspected.files
        )
        self._files.set_files(tuple(marked))

    def _on_main(self) -> None:
        if not self.is_usable:
            self.look_again_requested.emit(self.key)
        elif self._inspected.known_id:
            self.use_requested.emit(self.key)
        else:
            self.add_requested.emit(self.key, self._question.chosen, self._choice.is_copy)

    def _on_check(self) -> None:
        self.check_requested.emit(self.key)

    def _on_check_cancelled(self) -> None:
        self.check_cancelled.emit(self.key)

    def _on_unfold(self) -> None:
        self._files.setVisible(self._files.isHidden())
        self._show_unfold()

    def _retranslate(self) -> None:
        model = self._inspected.model
        self._name.set_text(model.name)
        self._path.set_text(model.ref.path)
        kind = texts.kind_sentence(model, is_certain=not self._inspected.families)
        is_unknown = self._inspected.is_packed and not model.architecture
        self._kind.setText(texts.pack_kind() if is_unknown else kind)
        self._figures.set_figures(texts.figures(model))
        self.setAccessibleName(model.name)
        self._show_summary()
        self._show_problem()
        self._show_unfold()
        for part in (self._bad, self._files, self._question, self._choice, self._check):
            part.retranslate()
        self._show_buttons()

    def _show_summary(self) -> None:
        files = self._inspected.files
        is_good = not bad_files(files)
        is_said = self._inspected.model.problem is not None  # above, behind a sign of its own
        icon = IconName.CHECK if is_good else None if is_said else IconName.WARNING
        self._summary.show_line(icon, "accent" if is_good else "danger", texts.files_summary(files))
        self._summary.setVisible(bool(files))
        self._unfold.setVisible(bool(files))

    def _show_problem(self) -> None:
        problem = self._inspected.model.problem
        if self._is_added:
            self._problem.show_line(IconName.CHECK, "accent", self.tr("Added."))
        elif self._trouble is not None:
            self._problem.show_line(IconName.WARNING, "danger", self._trouble())
        elif problem is not None:
            self._problem.show_line(IconName.WARNING, "danger", describe(problem).sentence)
        elif self._inspected.known_id:
            self._problem.show_line(IconName.INFO, "accent", self.tr("You have this model already."))
        is_said = bool(self._is_added or self._trouble or problem or self._inspected.known_id)
        self._problem.setVisible(is_said)

    def _show_unfold(self) -> None:
        is_folded = self._files.isHidden()
        self._unfold.setText(self.tr("Show the files") if is_folded else self.tr("Hide the files"))
        self._unfold.setAccessibleDescription(self._summary.text)

    def _show_buttons(self) -> None:
        """What can be pressed now: nothing that cannot work."""
        is_open = self.is_open
        self._question.setVisible(self._is_new and is_open and bool(self._inspected.families))
        self._choice.setVisible(self._is_new and is_open)
        can_check = not self._inspected.is_packed  # else every byte is checked anyway
        self._check_button.setVisible(is_open and can_check and self._check.isHidden())
        is_free = self._choice.isEnabled()  # nothing is being added just now
        self._main.setEnabled(is_free and (not self._is_new or self._choice.is_possible))
        self._check_button.setText(self.tr("Check every byte first"))
        self._main.setVisible(not self._is_added)
        if not self.is_usable:
            self._main.setText(self.tr("Look again"))
        elif self._inspected.known_id:
            self._main.setText(self.tr("Use it"))
        else:
            self._main.setText(self.tr("Start copying") if self._choice.is_copy else self.tr("Add and use"))
        self._main.setAccessibleName(f"{self._main.text()}: {texts.short(self._inspected.model.name)}")
        kind = "primary" if self.is_usable else ""
        if self._main.property("kind") != kind:
            self._main.setProperty("kind", kind)
            self._main.style().unpolish(
                self._main
            )  # a changed property is looked at only when polished again
            self._main.style().polish(self._main)

    def _connect(self) -> None:
        self._main.clicked.connect(self._on_main)
        self._check_button.clicked.connect(self._on_check)
        self._check.cancelled.connect(self._on_check_cancelled)
        self._unfold.clicked.connect(self._on_unfold)
        self._choice.changed.connect(self._show_buttons)

    def _build(self) -> None:
        self.setProperty("panel", "card")
        self._kind.setProperty("role", "muted")
        self._unfold.setProperty("kind", "link")
        self._check_button.setProperty("kind", "text")
        self._files.setContentsMargins(26, 0, 0, 0)
        head = QVBoxLayout()
        head.setSpacing(2)
        for label in (self._name, self._kind, self._path):
            head.addWidget(label)
        summary = QHBoxLayout()
        summary.setSpacing(8)
        summary.addWidget(self._summary, 1, Qt.AlignmentFlag.AlignVCenter)
        summary.addWidget(self._unfold)
        buttons = QHBoxLayout(self.button_row)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(8)
        buttons.addWidget(self._main)
        buttons.addWidget(self._check_button)
        buttons.addStretch(1)
        layout = self._content
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(14)
        layout.addLayout(head)
        layout.addWidget(self._figures)
        layout.addWidget(self._problem)
        layout.addLayout(summary)
        for part in (self._bad, self._files, self._question, self._choice, self._check):
            layout.addWidget(part)
        layout.addWidget(self.button_row)
