"""What every editor of a setting can do, and the simple ones: buttons, list, text, switch."""

from __future__ import annotations

from abc import abstractmethod

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QWheelEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.settings import Setting, SettingValue
from app.ui.message_editor import cleaned
from app.ui.texts import settings as texts

TEXT_DELAY_MS = 500
_TEXT_LINES = 5


class SettingEditor(QWidget):
    """Shows one value and tells when the person changes it; knows nothing of where it is kept."""

    edited = Signal(object)

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._setting = setting

    @abstractmethod
    def show_value(self, value: SettingValue) -> None:
        """Show `value`; emits nothing."""

    @abstractmethod
    def set_accessible_name(self, name: str) -> None:
        """What a screen reader calls the control."""

    @abstractmethod
    def retranslate(self) -> None:
        """Take the texts of the language in use."""

    def note(self) -> str:
        """What is to be said about the value that is shown."""
        return ""

    def flush(self) -> None:
        """Tell a change now that would be told a little later."""


class SegmentEditor(SettingEditor):
    """Two or three choices side by side."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self._group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        last = len(setting.choices) - 1
        for at in range(len(setting.choices)):
            button = QPushButton()
            button.setCheckable(True)
            button.setProperty("segment", "first" if at == 0 else "last" if at == last else "middle")
            self._group.addButton(button, at)
            layout.addWidget(button)
        layout.addStretch(1)
        self._group.idClicked.connect(self._on_clicked)
        self.setFocusProxy(self._group.button(0))
        self.retranslate()

    def show_value(self, value: SettingValue) -> None:
        self._group.button(self._setting.choices.index(value)).setChecked(True)

    @property
    def value(self) -> SettingValue:
        """What is shown."""
        return self._setting.choices[max(0, self._group.checkedId())]

    def set_available(self, value: SettingValue, is_available: bool, reason: str = "") -> None:
        """Let one choice be chosen or not; `reason` is told where the mouse rests on it."""
        button = self._group.button(self._setting.choices.index(value))
        button.setEnabled(is_available)
        button.setToolTip(reason)
        button.setAccessibleDescription(reason)

    def set_accessible_name(self, name: str) -> None:
        for at, choice in enumerate(self._setting.choices):
            self._group.button(at).setAccessibleName(f"{name}: {texts.option_text(self._setting, choice)}")

    def retranslate(self) -> None:
        for at, choice in enumerate(self._setting.choices):
            button = self._group.button(at)
            button.setText(texts.option_text(self._setting, choice))
            assert isinstance(button, QPushButton)
            button.setMinimumWidth(bold_width(button))

    def _on_clicked(self, at: int) -> None:
        self.edited.emit(self._setting.choices[at])


def bold_width(button: QPushButton) -> int:
    """Pixels that a segment takes when it is pressed and its words are bold: nothing moves or is cut then."""
    button.setMinimumWidth(0)
    font = button.font()
    font.setBold(True)
    bold = QFontMetrics(font).horizontalAdvance(button.text())
    return button.sizeHint().width() + max(0, bold - button.fontMetrics().horizontalAdvance(button.text()))


class ComboBox(QComboBox):
    """The wheel turns the page unless the list has the focus."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ListEditor(SettingEditor):
    """More choices than stand side by side."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self._box = ComboBox()
        self._box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._box.addItems([""] * len(setting.choices))
        self._box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._box)
        layout.addStretch(1)
        self.setFocusProxy(self._box)
        self._box.activated.connect(self._on_activated)
        self.retranslate()

    def show_value(self, value: SettingValue) -> None:
        self._box.setCurrentIndex(self._setting.choices.index(value))

    def set_accessible_name(self, name: str) -> None:
        self._box.setAccessibleName(name)

    def retranslate(self) -> None:
        for at, choice in enumerate(self._setting.choices):
            self._box.setItemText(at, texts.option_text(self._setting, choice))

    def _on_activated(self, at: int) -> None:
        self.edited.emit(self._setting.choices[at])


class SwitchEditor(SettingEditor):
    """On or off."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self._box = QCheckBox()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._box)
        layout.addStretch(1)
        self.setFocusProxy(self._box)
        self._box.clicked.connect(self._on_clicked)
        self.retranslate()

    def show_value(self, value: SettingValue) -> None:
        self._box.setChecked(bool(value))

    def set_accessible_name(self, name: str) -> None:
        self._box.setAccessibleName(name)

    def retranslate(self) -> None:
        self._box.setText(QCoreApplication.translate("SettingsTexts", "Switched on"))

    def _on_clicked(self, checked: bool) -> None:
        self.edited.emit(checked)


class _TextField(QPlainTextEdit):
    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


class TextEditor(SettingEditor):
    """A longer text; told when the person pauses or leaves."""

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(setting, parent)
        self._field = _TextField()
        self._field.setTabChangesFocus(True)
        self._field.setFixedHeight(self._field.fontMetrics().lineSpacing() * _TEXT_LINES + 24)
        self._timer = QTimer(self, singleShot=True, interval=TEXT_DELAY_MS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._field)
        self.setFocusProxy(self._field)
        self._field.textChanged.connect(self._timer.start)
        self._field.left.connect(self.flush)
        self._timer.timeout.connect(self._tell)
        self.retranslate()

    def show_value(self, value: SettingValue) -> None:
        # What is being written is newer than any value that comes back.
        if not self._timer.isActive() and value != self._text():
            blocked = self._field.blockSignals(True)
            self._field.setPlainText(str(value))
            self._field.blockSignals(blocked)

    def set_accessible_name(self, name: str) -> None:
        self._field.setAccessibleName(name)

    def retranslate(self) -> None:
        self._field.setPlaceholderText(texts.text(texts.SETTING_TEXTS[self._setting.key].placeholder))

    def note(self) -> str:
        return texts.length_note(self._setting) if len(self._all_text()) > self._setting.max_length else ""

    def flush(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self._tell()

    def _tell(self) -> None:
        self.edited.emit(self._text())

    def _text(self) -> str:
        return self._all_text()[: self._setting.max_length]

    def _all_text(self) -> str:
        return cleaned(self._field.document().toRawText())
