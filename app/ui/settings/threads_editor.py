"""The editor for the threads of the processor: a slider that goes as far as this computer."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.core.settings import Setting, SettingValue
from app.ui.settings.sliders import RangeEditor
from app.ui.texts import computing as texts


class ThreadsEditor(RangeEditor):
    """Automatic at the left end, then one thread after the other."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        self._automatic = 1
        super().__init__(setting, parent)
        self.set_processor(1, 1)

    def set_processor(self, automatic: int, most: int) -> None:
        """Threads that are used without a wish, and the most that there are."""
        self._automatic = automatic
        self._slider.set_range(most)
        self.retranslate()

    def _words(self, value: SettingValue) -> str:
        return texts.threads_text(int(value), self._automatic)
