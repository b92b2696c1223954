"""The round button that names the model, and the menu in which another one is chosen.

Knows the status and the found models as values; loads nothing. Sentences for errors come from the function
that is given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QActionGroup,
    QColor,
    QIcon,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPixmap,
    QPixmapCache,
)
from PySide6.QtWidgets import (
    QLabel,
    QMenu,
    QPushButton,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QWidget,
    QWidgetAction,
)

from app.core.errors import ErrorInfo
from app.core.load_plan import LoadAdjustment
from app.core.models import FoundModel
from app.ui.icons import IconName
from app.ui.menus import rounded_menu
from app.ui.text_format import one_line, percent_text, size_text
from app.ui.texts.load_notes import device_sentence, note_sentence
from app.ui.texts.memory import adjustment_sentence, precision_of
from app.ui.theme_manager import ThemeManager
from app.workers.engine_status import EngineState, EngineStatus

_MAX_WIDTH = 280
_PADDING = 12 + 28 + 2
_DOT, _GAP = 8, 4
_CHEVRON = 14
_REASON_WIDTH = 300


class ModelChip(QPushButton):
    """Which model answers ("ChatGLM3-6B · INT4"), or what stands in its way.

    Signals:
        model_chosen: the id of the chosen model.
        unload_requested: free the memory.
        models_folder_requested: show the folder in which models are looked for.
        add_requested: a person has model files of their own.
        manage_requested: look after the models that are there.
        list_requested: which models there are, and which of them suit this computer.
    """

    model_chosen = Signal(str)
    unload_requested = Signal()
    models_folder_requested = Signal()
    add_requested = Signal()
    manage_requested = Signal()
    list_requested = Signal()

    def __init__(
        self,
        themes: ThemeManager,
        describe_error: Callable[[ErrorInfo], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._describe = describe_error
        self._status = EngineStatus()
        self._adjustment: LoadAdjustment | None = None
        self._models: tuple[FoundModel, ...] = ()
        self._was_told = False  # whether the models folder was looked through
        self._current_id: str | None = None
        self._menu: QMenu | None = None
        self.setProperty("kind", "chip")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self.open_menu)
        themes.changed.connect(self._on_theme_changed)
        self._show()

    @property
    def menu_shown(self) -> QMenu | None:
        """The menu while it is open."""
        return self._menu

    def set_status(self, status: EngineStatus) -> None:
        self._status = status
        self._show()

    def set_adjustment(self, adjustment: LoadAdjustment | None) -> None:
        """What of the load is not as it was asked for: kept in the tooltip."""
        self._adjustment = adjustment
        self._show()

    def set_models(self, models: Sequence[FoundModel], current_id: str | None) -> None:
        """The models of the menu, and the id of the one in use."""
        self._models = tuple(models)
        self._was_told = True
        self._current_id = current_id
        self._show()

    def open_menu(self) -> None:
        """Show the models; without a nested event loop."""
        self._menu = menu = rounded_menu(self)
        menu.setToolTipsVisible(True)
        group = QActionGroup(menu)
        for model in self._models:
            self._add_model(menu, group, model)
        if not self._models:
            menu.addAction(self.tr("No model was found on this computer")).setEnabled(False)
        menu.addSeparator()
        if self._status.state in (EngineState.READY, EngineState.BUSY):
            unload = menu.addAction(self.tr("Free memory"))
            unload.setToolTip(self.tr("Takes the model out of memory; it is loaded again when you write."))
            unload.triggered.connect(self.unload_requested)
        add = menu.addAction(self.tr("Add a model…"))
        add.triggered.connect(self.add_requested)
        manage = menu.addAction(self.tr("Manage models…"))
        manage.triggered.connect(self.manage_requested)
        suited = menu.addAction(self.tr("Which models suit this computer?"))
        suited.triggered.connect(self.list_requested)
        folder = menu.addAction(self.tr("Open models folder"))
        folder.triggered.connect(self.models_folder_requested)
        menu.aboutToHide.connect(self._on_menu_hidden)
        place = self.mapToGlobal(self.rect().bottomRight())
        place.setX(place.x() - menu.sizeHint().width() + 1)
        place.setY(place.y() + 4)
        menu.popup(place)

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self.text()) + 3 + _PADDING + self._dot_width()
        return QSize(min(width, _MAX_WIDTH), 30)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(120, self.sizeHint().width()), 30)

    def paintEvent(self, _event: QPaintEvent) -> None:
        option = QStyleOptionButton()
        self.initStyleOption(option)
        room = self.width() - _PADDING - self._dot_width()
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        option.text = shown.replace("&", "&&")  # an ampersand of a name is no mnemonic
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._status.state is EngineState.LOADING:
            self._paint_progress(painter)
        chevron = QRect(self.width() - _CHEVRON - 10, (self.height() - _CHEVRON) // 2, _CHEVRON, _CHEVRON)
        self._themes.icon(IconName.CHEVRON_DOWN, "muted", _CHEVRON).paint(painter, chevron)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._show()

    def _paint_progress(self, painter: QPainter) -> None:
        """A thin line along the bottom edge that grows while a model loads."""
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 14, 14)
        painter.setClipPath(outline)
        width = self.width() * max(0.0, min(1.0, self._status.load_fraction))
        painter.fillRect(QRectF(0, self.height() - 3, width, 3), self._themes.theme.color("accent"))
        painter.setClipping(False)

    def _show(self) -> None:
        """Bring text, tooltip, colour and names up to date."""
        self.setText(self._label())
        self.setToolTip(self._hint())
        self.setAccessibleName(self.tr("Model: {text}").format(text=self._label()))
        self.setAccessibleDescription(self._hint())
        self.setProperty("state", self._status.state.value)
        self.style().unpolish(self)  # a changed property is looked at only when polished again
        self.style().polish(self)
        self.setIcon(self._dot("accent") if self._status.state is EngineState.BUSY else QIcon())
        self.setIconSize(QSize(_DOT + _GAP, _DOT))
        self.updateGeometry()
        self.update()

    def _label(self) -> str:
        name = self._name()
        match self._status.state:
            case EngineState.LOADING:
                percent = percent_text(self._status.load_fraction)
                return self.tr("Loading {percent} · {name}").format(name=name, percent=percent)
            case EngineState.FAILED:
                return self.tr("Not running · {name}").format(name=name) if name else self.tr("No model")
        if not name:
            return self.tr("No model") if self._was_told else self.tr("Looking for a model…")
        precision = self._precision()
        found = self._found()
        if not precision or (found is not None and found.is_starter):
            return name
        return f"{name} · {precision}"

    def _hint(self) -> str:
        status = self._status
        match status.state:
            case EngineState.FAILED:
                return self._describe(status.error) if status.error else ""
            case EngineState.LOADING:
                return self._with_notes(self.tr("The model is being loaded. You can write already."))
            case EngineState.BUSY:
                return self.tr("The model is writing an answer.")
            case EngineState.READY:
                name = f"{self._name()} · {self._precision()}" if self._precision() else self._name()
                if status.model is not None:
                    name += f"\n{device_sentence(status.model)}"
                return self._with_notes(name)
        if not self._name():
            return self.tr("Choose a model")
        return self.tr("Memory was freed; the model is loaded when you write.")

    def _with_notes(self, text: str) -> str:
        lines = [text, *map(note_sentence, self._status.notes)]
        if self._adjustment is not None:
            lines.append(adjustment_sentence(self._adjustment))
        return "\n".join(lines)

    def _found(self) -> FoundModel | None:
        wanted = self._status.ref.id if self._status.ref else self._current_id
        return next((model for model in self._models if model.ref.id == wanted), None)

    def _name(self) -> str:
        found = self._found()
        if found is not None:
            return self._name_of(found)
        if self._status.model is not None:
            return one_line(self._status.model.name)
        return one_line(self._status.ref.id) if self._status.ref else ""

    def _precision(self) -> str:
        if self._status.model is not None:
            return self._status.model.precision_label
        found = self._found()
        return precision_of(found) if found else ""

    def _name_of(self, model: FoundModel) -> str:
        return self.tr("Small trial model (English only)") if model.is_starter else one_line(model.name)

    def _add_model(self, menu: QMenu, group: QActionGroup, model: FoundModel) -> None:
        name = self._name_of(model).replace("&", "&&")
        if model.problem is not None:
            menu.addAction(f"{name}\t{self.tr('cannot be used')}").setEnabled(False)
            menu.addAction(_reason(menu, self._describe(model.problem)))
            return
        facts = [size_text(model.file_bytes)] if model.file_bytes else []
        if (label := precision_of(model)) and not model.is_starter:
            facts.insert(0, label)
        action = menu.addAction(f"{name}\t{' · '.join(facts)}")
        action.setCheckable(True)
        action.setChecked(model.ref.id == self._current_id)
        group.addAction(action)
        chosen = model.ref.id
        action.triggered.connect(lambda: self.model_chosen.emit(chosen))

    def _on_menu_hidden(self) -> None:
        self._menu = None

    def _on_theme_changed(self) -> None:
        self._show()

    def _dot_width(self) -> int:
        return _DOT + _GAP + 4 if self._status.state is EngineState.BUSY else 0

    def _dot(self, token: str) -> QIcon:
        """A dot in a colour of the theme, drawn once: of every other picture Qt keeps what it made of it."""
        color, ratio = self._themes.theme.color(token), self.devicePixelRatio()
        key = f"teahouse/dot/{color.name()}/{ratio}"
        picture = QPixmap()
        if not QPixmapCache.find(key, picture):
            picture = _drawn_dot(color, ratio)
            QPixmapCache.insert(key, picture)
        return QIcon(picture)


def _drawn_dot(color: QColor, ratio: float) -> QPixmap:
    picture = QPixmap(round((_DOT + _GAP) * ratio), round(_DOT * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(QRectF(0, 0, _DOT, _DOT))
    painter.end()
    return picture


def _reason(menu: QMenu, text: str) -> QWidgetAction:
    """Why a model cannot be used, on as many lines as it takes."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", "caption")
    label.setWordWrap(True)
    label.setFixedWidth(_REASON_WIDTH)
    label.setContentsMargins(25, 0, 12, 6)
    action = QWidgetAction(menu)
    action.setDefaultWidget(label)
    action.setEnabled(False)
    return action
