"""The strip above the conversation: sidebar button, title, context meter, model chip. Takes values only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.core.errors import ErrorInfo
from app.core.load_plan import LoadAdjustment
from app.core.models import FoundModel
from app.ui.context_meter import ContextMeter
from app.ui.icon_button import IconButton
from app.ui.icons import IconName
from app.ui.model_chip import ModelChip
from app.ui.theme_manager import ThemeManager
from app.ui.title_label import TitleLabel
from app.workers.engine_status import EngineStatus

_NARROW = 560
"""Below this width the context meter shows its ring only."""


class Header(QWidget):
    """56 pixels high.

    Signals:
        sidebar_toggled: show or hide the sidebar.
        title_edited: the new title.
        model_chosen: the id of a model.
        unload_requested: take the model out of memory.
        models_folder_requested: show the folder of the models.
        add_model_requested: add model files of one's own.
        manage_requested: look after the models that are there.
        model_list_requested: which models there are, and which of them suit this computer.
    """

    sidebar_toggled = Signal()
    title_edited = Signal(str)
    model_chosen = Signal(str)
    unload_requested = Signal()
    models_folder_requested = Signal()
    add_model_requested = Signal()
    manage_requested = Signal()
    model_list_requested = Signal()

    def __init__(
        self,
        themes: ThemeManager,
        describe_error: Callable[[ErrorInfo], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setFixedHeight(56)
        self._is_sidebar_visible = True
        self._toggle = IconButton(themes, IconName.SIDEBAR)
        self._title = TitleLabel(themes)
        self._meter = ContextMeter(themes)
        self._chip = ModelChip(themes, describe_error)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 20, 0)
        layout.setSpacing(8)
        layout.addWidget(self._toggle)
        layout.addWidget(self._title, 1)
        layout.addWidget(self._meter)
        layout.addSpacing(4)
        layout.addWidget(self._chip)
        self._toggle.clicked.connect(self.sidebar_toggled)
        self._title.edited.connect(self.title_edited)
        self._chip.model_chosen.connect(self.model_chosen)
        self._chip.unload_requested.connect(self.unload_requested)
        self._chip.models_folder_requested.connect(self.models_folder_requested)
        self._chip.add_requested.connect(self.add_model_requested)
        self._chip.manage_requested.connect(self.manage_requested)
        self._chip.list_requested.connect(self.model_list_requested)
        self._meter.set_usage(None, 0)
        self._retranslate()

    def set_title(self, title: str) -> None:
        """The title of the conversation; "" for the new chat, which has none to edit."""
        self._title.set_title(title)

    def edit_title(self) -> None:
        """Open the field for the title."""
        self._title.edit()

    def set_usage(self, used: int | None, total: int) -> None:
        """Tokens used and tokens there are; None while unknown, a total of 0 hides the meter."""
        self._meter.set_usage(used, total)

    def set_engine_status(self, status: EngineStatus) -> None:
        self._chip.set_status(status)

    def set_adjustment(self, adjustment: LoadAdjustment | None) -> None:
        """What of the load is not as it was asked for."""
        self._chip.set_adjustment(adjustment)

    def set_models(self, models: Sequence[FoundModel], current_id: str | None) -> None:
        """The models of the chip's menu, and the id of the one in use."""
        self._chip.set_models(models, current_id)

    def open_model_menu(self) -> None:
        """Show the models to choose from."""
        self._chip.open_menu()

    def set_sidebar_visible(self, visible: bool) -> None:
        """Lets the button say what it will do."""
        self._is_sidebar_visible = visible
        self._retranslate()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._meter.set_numbers_visible(event.size().width() >= _NARROW)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _retranslate(self) -> None:
        hide, show = self.tr("Hide the sidebar"), self.tr("Show the sidebar")
        self._toggle.set_name(hide if self._is_sidebar_visible else show)
