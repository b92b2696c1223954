"""The banners of what went wrong: one for the start, the engine, its memory, and what could not be stored.

Each stays until its cause is gone, and says the same again after a change of the language. Holds values and
shows sentences; the owner carries the actions out.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from app.core.errors import ErrorInfo
from app.core.records import StartReport
from app.ui.banner import BannerLevel, BannerStrip
from app.ui.texts.error_entry import ErrorAction
from app.ui.texts.errors import ErrorText, action_label, describe
from app.ui.texts.start import settings_sentence, start_sentences


class Origin(StrEnum):
    """Where trouble comes from: the key of its banner."""

    START = "start"
    ENGINE = "engine"
    MEMORY = "memory"  # a load that was made smaller
    STORAGE = "storage"


class Troubles(QObject):
    """One for the window.

    Signals:
        action_wanted: (Origin, ErrorAction) the button of a banner was pressed.
    """

    action_wanted = Signal(object, object)

    def __init__(self, strip: BannerStrip, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._strip = strip
        self._shown: dict[Origin, tuple[Callable[[], ErrorText], BannerLevel]] = {}
        strip.action_triggered.connect(self._on_action)
        strip.closed.connect(self._on_closed)

    def show(self, origin: Origin, error: ErrorInfo) -> None:
        """Say what went wrong, instead of what was said about the same origin before."""
        self._shown[origin] = (lambda: describe(error), BannerLevel.DANGER)
        self._show(origin)

    def show_note(self, origin: Origin, make_text: Callable[[], ErrorText], level: BannerLevel) -> None:
        """Say something that is no error; `make_text` is asked again after a change of the language."""
        self._shown[origin] = (make_text, level)
        self._show(origin)

    def show_start(self, report: StartReport, unreadable_settings: str = "") -> None:
        """Say what opening the database found; nothing after an ordinary start."""
        if not start_sentences(report) and not unreadable_settings:
            self.settle(Origin.START)
            return
        is_serious = report.read_only or bool(report.damaged_copy)
        level = BannerLevel.WARNING if is_serious else BannerLevel.INFO
        self._shown[Origin.START] = (lambda: _start_text(report, unreadable_settings), level)
        self._show(Origin.START)

    def settle(self, origin: Origin) -> None:
        """The cause is gone."""
        if self._shown.pop(origin, None) is not None:
            self._strip.hide_banner(origin.value)

    def retranslate(self) -> None:
        """Say the same in another language."""
        for origin in self._shown:
            self._show(origin)

    def _show(self, origin: Origin) -> None:
        make_text, level = self._shown[origin]
        text = make_text()
        self._strip.show_banner(origin.value, text.sentence, text.action_label, level)

    def _on_action(self, key: str) -> None:
        origin = Origin(key)
        make_text, _level = self._shown[origin]
        action = make_text().action
        if action is ErrorAction.TRY_AGAIN:
            self.settle(origin)  # it comes back when the next try fails too
        self.action_wanted.emit(origin, action)

    def _on_closed(self, key: str) -> None:
        self._shown.pop(Origin(key), None)


def _start_text(report: StartReport, unreadable_settings: str) -> ErrorText:
    sentences = start_sentences(report)
    if unreadable_settings:
        sentences += (settings_sentence(unreadable_settings),)
    action = ErrorAction.NONE
    if report.error is not None:
        action = describe(report.error).action
    elif report.damaged_copy:
        action = ErrorAction.OPEN_DATA_FOLDER
    return ErrorText("\n".join(sentences), action_label(action), action)
