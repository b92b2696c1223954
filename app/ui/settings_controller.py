"""The settings at work: what changes is applied at once and written by the storage thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.core import settings as declared
from app.core.model_records import ModelRecord, with_record
from app.core.settings import Setting, Settings
from app.storage.settings_file import write_settings
from app.ui.main_window import MainWindow
from app.ui.theme_manager import ThemeManager
from app.ui.translator import Translator
from app.workers.storage_client import StorageClient


@dataclass(frozen=True, slots=True)
class Look:
    """What theme and language settings act on."""

    themes: ThemeManager
    translator: Translator


class SettingsController(QObject):
    """Holds the values of this run.

    Signals:
        changed: the Setting that has another value now.
        trouble: ErrorInfo: a value could not be written; it still counts until the app ends.
    """

    changed = Signal(object)
    trouble = Signal(object)

    def __init__(
        self,
        settings: Settings,
        storage: StorageClient,
        look: Look,
        window: MainWindow,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._storage = storage
        self._window = window
        self._appliers: dict[Setting, Callable[[Settings], None]] = {
            declared.THEME: lambda s: look.themes.set_preference(s.text(declared.THEME)),
            declared.LANGUAGE: lambda s: look.translator.set_language(s.text(declared.LANGUAGE)),
            declared.FONT_SIZE: self._apply_font_size,
        }
        self._apply_font_size(settings)
        window.settings_pane.changed.connect(self.set)
        window.settings_shown.connect(self._fill_pane)

    @property
    def settings(self) -> Settings:
        """All values at this moment."""
        return self._settings

    def set(self, setting: Setting, value: object) -> None:
        """Take another value, apply it, and have it written."""
        if value == self._settings.value(setting):
            return
        settings = self._settings = self._settings.changed(setting, value)
        applier = self._appliers.get(setting)
        if applier is not None:
            applier(settings)
        self._write()
        self.changed.emit(setting)

    def replace_all(self, settings: Settings) -> None:
        """Take all values of `settings` at once, as `set` does with one."""
        old, self._settings = self._settings, settings
        changed = [setting for setting in declared.ALL if settings.value(setting) != old.value(setting)]
        for setting in changed:
            if (applier := self._appliers.get(setting)) is not None:
                applier(settings)
        self._write()
        self._fill_pane()
        for setting in changed:
            self.changed.emit(setting)

    def set_record(self, model_id: str, record: ModelRecord) -> None:
        """Remember `record` for a model."""
        self.set(declared.MODEL_RECORDS, with_record(self._settings, model_id, record))

    def _write(self) -> None:
        settings = self._settings
        self._storage.run(
            lambda store: write_settings(store.paths.settings_file, settings), None, self.trouble.emit
        )

    def _apply_font_size(self, settings: Settings) -> None:
        pixels = settings.number(declared.FONT_SIZE)
        self._window.transcript.set_font_size(pixels)
        self._window.composer.set_text_size(pixels)

    def _fill_pane(self) -> None:
        self._window.settings_pane.set_values(self._settings)
