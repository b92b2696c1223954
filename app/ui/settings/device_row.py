"""The setting "Runs on": a setting like others, with a sentence about what this computer has for it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from app.core.engine import DeviceWish, EngineKind
from app.core.settings import DEVICE, SettingValue
from app.ui.settings.editor import SegmentEditor
from app.ui.settings.row import SettingRow
from app.ui.texts import computing as texts
from app.ui.texts import settings as setting_texts
from app.ui.texts.memory import joined


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What the sentence is made of. `card` is the graphics card's name, "" where none can be used.

    `threads` are those that the processor is used with; `engine` is that of the model at hand.
    """

    card: str = ""
    threads: int = 1
    engine: EngineKind | None = None
    is_unified: bool = False  # the card computes in the computer's own memory, for every engine (Apple)

    @property
    def is_for_processor(self) -> bool:
        """Whether the model at hand runs on the processor whatever there is."""
        return self.engine is EngineKind.LLAMA_CPP and not self.is_unified


class DeviceRow(SettingRow):
    """One for the page of the model."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._facts = DeviceFacts()
        super().__init__(DEVICE, parent)

    def set_facts(self, facts: DeviceFacts) -> None:
        """What this computer has."""
        if facts != self._facts:
            self._facts = facts
            self.retranslate()

    def retranslate(self) -> None:
        super().retranslate()
        assert isinstance(self.editor, SegmentEditor)
        has_card = bool(self._facts.card)
        reason = "" if has_card else texts.no_card_reason()
        self.editor.set_available(DeviceWish.GRAPHICS_CARD.value, has_card, reason)
        self._show_state(self.editor.value)

    def _show_state(self, value: SettingValue) -> None:
        super()._show_state(value)
        facts = self._facts
        sentence = texts.device_sentence(
            str(value), facts.card, facts.threads, is_for_processor=facts.is_for_processor
        )
        self._help.setText(joined(sentence, setting_texts.text(setting_texts.SETTING_TEXTS[DEVICE.key].help)))
