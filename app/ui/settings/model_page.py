"""The page "Model and memory": precision and context of the model in use, and what they take of the memory.

Works out live what a choice would take (`core.load_plan` is pure and takes microseconds), and tells a choice
once the person pauses. Takes values; loads nothing and asks no computer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.core import memory_plan
from app.core.engine import Precision
from app.core.load_plan import PLAIN_CONTEXT, plan_memory
from app.core.memory import MachineMemory, MemoryChoice, MemoryEstimate, MemoryPlan, ModelShape
from app.core.model_records import AUTOMATIC, ModelRecord
from app.core.models import FoundModel
from app.core.settings import DEVICE, IDLE_MINUTES, SettingGroup, Settings
from app.ui.announce import announce
from app.ui.settings.device_row import DeviceFacts, DeviceRow
from app.ui.settings.idle_choice import IdleBox
from app.ui.settings.measure_box import MeasureBox
from app.ui.settings.memory_card import CardValues, MemoryCard
from app.ui.settings.model_control import ModelControl
from app.ui.settings.precision_choice import PrecisionChoice
from app.ui.settings.sliders import LabelledSlider
from app.ui.texts import memory as texts
from app.ui.texts import settings as settings_texts
from app.ui.texts.measuring import comparison
from app.ui.theme import SPACE
from app.ui.theme_manager import ThemeManager

PAUSE_MS = 800
"""After the last change, before it is told: the model is loaded again for it."""
_LONGEST_UNKNOWN = 131_072


@dataclass(frozen=True, slots=True)
class PageValues:
    """What the page is about; `wish` holds NATIVE and 0 where what is recommended counts.

    `is_order` is whether the model is loaded as it is wished, whether that fits or not.
    """

    model: FoundModel | None = None
    wish: MemoryChoice = AUTOMATIC
    record: ModelRecord = ModelRecord()
    is_order: bool = False


class ModelPage(QWidget):
    """One model, always the one that a person asked for last.

    Signals:
        shown: the page came to the front and wants the memory of this moment.
        wish_changed: (model id, MemoryChoice) after a pause, and never while the slider is held.
        anyway_wanted: load it as it is wished, whether it fits or not.
        setting_changed: (Setting, value) one of the settings that count for every model.
    """

    shown = Signal()
    wish_changed = Signal(str, object)
    anyway_wanted = Signal()
    setting_changed = Signal(object, object)

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values = PageValues()
        self._machine: MachineMemory | None = None
        self._draft: MemoryChoice | None = None  # what is not told yet
        self._advice: MemoryChoice | None = None
        self._stops: tuple[int, ...] = ()
        self._title, self._facts = QLabel(), QLabel(wordWrap=True)
        self._segments, self._slider = PrecisionChoice(), LabelledSlider()
        self._precision, self._context = ModelControl(self._segments), ModelControl(self._slider)
        self._card = MemoryCard(themes)
        self._news = QLabel(wordWrap=True)
        self._idle = IdleBox()
        self.measure_box = MeasureBox(self._idle)
        self._device = DeviceRow()
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._build()
        self._connect()
        self.retranslate()

    def show_values(self, values: PageValues) -> None:
        """Show another model or what is known of it; emits nothing. A choice not told yet stays."""
        if values.model is None or self._values.model is None or self._id_of(values) != self._id:
            self.flush()
        is_other = values.model != self._values.model
        self._values = values
        if is_other:
            self._show_model()
        self._advise()
        self._show()

    def set_machine(self, machine: MachineMemory) -> None:
        """The memory of this computer as it is now."""
        if machine != self._machine:
            self._machine = machine
            self._advise()
            self._show()

    def set_settings(self, settings: Settings) -> None:
        """Show the settings that count for every model; emits nothing."""
        self._idle.show_value(settings.value(IDLE_MINUTES))
        self._device.show_value(settings.value(DEVICE))

    def set_device(self, facts: DeviceFacts) -> None:
        """What this computer has to compute with."""
        self._device.set_facts(facts)

    def set_news(self, text: str) -> None:
        """What happens to the model just now, in a sentence; "" for nothing."""
        self._news.setText(text)
        self._news.setVisible(bool(text))

    def flush(self) -> None:
        """Tell a change now that would be told a little later."""
        draft, self._draft = self._draft, None
        self._pause.stop()
        if draft is not None and draft != self._values.wish and self._id:
            self._values = replace(self._values, wish=draft)
            announce(self, self._card.summary)
            self.wish_changed.emit(self._id, draft)

    def retranslate(self) -> None:
        """Take the texts of the language in use."""
        self._title.setText(settings_texts.text(settings_texts.GROUP_TEXTS[SettingGroup.MODEL].title))
        precision, context = self.tr("Precision"), self.tr("How much of the conversation the model remembers")
        self._precision.set_name(
            precision, self.tr("Quantization: how many bits each weight of the model keeps")
        )
        self._context.set_name(context, self.tr("Context length (context window), in tokens"))
        self._segments.set_accessible_name(precision)
        self._slider.slider.setAccessibleName(context)
        self._idle.retranslate()
        self._device.retranslate()
        self._show_model()
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    @property
    def _id(self) -> str:
        return self._id_of(self._values)

    @staticmethod
    def _id_of(values: PageValues) -> str:
        return values.model.ref.id if values.model is not None else ""

    @property
    def _wish(self) -> MemoryChoice:
        """What is wished now, told or not."""
        return self._draft or self._values.wish

    # What a person does

    def _on_precision(self, precision: Precision) -> None:
        self._change(MemoryChoice(precision, self._wish.context_length))

    def _on_context(self, position: int) -> None:
        self._change(MemoryChoice(self._wish.precision, self._stops[position]))

    def _on_precision_reset(self) -> None:
        self._change(MemoryChoice(Precision.NATIVE, self._wish.context_length))

    def _on_context_reset(self) -> None:
        self._change(MemoryChoice(self._wish.precision, 0))

    def _change(self, wish: MemoryChoice) -> None:
        self._draft = wish
        self._show()
        self._pause.start()

    def _on_pause(self) -> None:
        if not self._slider.slider.isSliderDown():  # else it is told some time after it is released
            self.flush()

    # What is shown

    def _show_model(self) -> None:
        """What only another model changes."""
        model = self._values.model
        about = settings_texts.GROUP_TEXTS[SettingGroup.MODEL].about
        self._facts.setText(settings_texts.text(about) if model is None else texts.model_facts(model))
        self._stops = _stops(model) if model is not None else ()
        self._context.setVisible(len(self._stops) > 1)
        self._precision.setVisible(model is not None and _has_precision(model))
        if self._stops:
            self._slider.set_range(len(self._stops) - 1)
            self._slider.set_ends(texts.short_length(self._stops[0]), texts.short_length(self._stops[-1]))

    def _advise(self) -> None:
        """What is recommended: with another model or another memory only, not for each move."""
        model, machine = self._values.model, self._machine
        if model is None or model.shape is None or machine is None:
            self._advice = None
        else:
            self._advice = memory_plan.recommended(model.shape, machine)

    def _show(self) -> None:
        """Everything that a choice or the memory of the computer changes."""
        model, machine = self._values.model, self._machine
        shape = model.shape if model is not None else None
        plan = plan_memory(shape, self._wish, machine) if shape is not None and machine is not None else None
        wanted = plan.wanted if plan is not None else self._wish
        self._show_context(wanted)
        self.measure_box.show_measured(self._values.record.measured)
        if model is not None:
            self._show_precision(model, wanted)
        if machine is not None:
            self._show_card(machine, shape, plan)

    def _show_context(self, wanted: MemoryChoice) -> None:
        if not self._stops:
            return
        tokens = wanted.context_length or min(PLAIN_CONTEXT, self._stops[-1])
        tokens = min(tokens, self._stops[-1])
        at = max((at for at, stop in enumerate(self._stops) if stop <= tokens), default=0)
        if not self._slider.slider.isSliderDown():
            self._slider.set_position(at)
        self._slider.set_words(texts.context_text(tokens))
        self._context.set_help(texts.context_help())
        self._context.set_reset(self._wish.context_length != 0)

    def _show_precision(self, model: FoundModel, wanted: MemoryChoice) -> None:
        shape = model.shape
        if shape is None:
            self._segments.show_options(
                (Precision.NATIVE,), Precision.NATIVE, Precision.NATIVE, model.precision_label
            )
            self._precision.set_help(texts.no_choice(None))
            self._precision.set_reset(False)
            return
        offered = memory_plan.precisions(shape)
        precision = wanted.precision if wanted.precision in offered else offered[0]
        advised = self._advice.precision if self._advice is not None else precision
        self._segments.show_options(offered, precision, advised, model.precision_label)
        self._precision.set_help(self._help(shape, MemoryChoice(precision, wanted.context_length)))
        self._precision.set_reset(len(offered) > 1 and self._wish.precision in offered)

    def _help(self, shape: ModelShape, choice: MemoryChoice) -> str:
        if not choice.context_length:
            return ""
        size = memory_plan.estimate(shape, choice).total
        offered = memory_plan.precisions(shape)
        if len(offered) == 1:
            return texts.no_choice(size)
        most = memory_plan.estimate(shape, MemoryChoice(offered[0], choice.context_length)).total
        record = self._values.record
        compared = comparison(choice.precision, record.measured)
        speed = None if compared else record.speeds.get(choice.precision)
        return texts.joined(texts.precision_help(choice, size, most, speed), compared)

    def _show_card(self, machine: MachineMemory, shape: ModelShape | None, plan: MemoryPlan | None) -> None:
        needed: MemoryEstimate | None = None
        measure = None
        if shape is not None and plan is not None:
            needed = memory_plan.estimate(shape, plan.wanted)
            known = self._values.record.measure
            measure = known if known is not None and known.choice == plan.wanted else None
        self._card.show_values(
            CardValues(
                machine,
                plan,
                needed,
                measure,
                has_model=self._values.model is not None,
                is_order=self._values.is_order and self._draft is None,
            )
        )

    def _connect(self) -> None:
        self._segments.chosen.connect(self._on_precision)
        self._slider.moved.connect(self._on_context)
        self._slider.released.connect(self._pause.start)
        self._precision.reset.connect(self._on_precision_reset)
        self._context.reset.connect(self._on_context_reset)
        self._card.anyway_wanted.connect(self._on_anyway)
        self._pause.timeout.connect(self._on_pause)

        self._idle.edited.connect(self._on_idle)
        self._device.changed.connect(self.setting_changed)

    def _on_idle(self, minutes: int) -> None:
        self.setting_changed.emit(IDLE_MINUTES, minutes)

    def _on_anyway(self) -> None:
        self.flush()
        self.anyway_wanted.emit()

    def _build(self) -> None:
        self._title.setProperty("role", "title")
        self._facts.setProperty("role", "muted")
        self._news.setProperty("role", "accent")
        self._news.hide()
        head = QVBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(self._title)
        head.addWidget(self._facts)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(7 * SPACE)
        layout.addLayout(head)
        layout.addWidget(self._precision)
        layout.addWidget(self._context)
        layout.addWidget(self._card)
        layout.addWidget(self._news)
        layout.addWidget(self.measure_box)
        layout.addWidget(self._device)


def _stops(model: FoundModel) -> tuple[int, ...]:
    """The context lengths to choose from."""
    if model.shape is not None:
        return memory_plan.contexts(model.shape)
    longest = model.trained_context or _LONGEST_UNKNOWN
    powers = (memory_plan.SHORTEST_CONTEXT << at for at in range(20))
    return (*(length for length in powers if length < longest), longest)


def _has_precision(model: FoundModel) -> bool:
    return model.shape is not None or bool(model.precision_label)
