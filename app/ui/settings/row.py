"""One setting as a person sees it: label, control, help, and Reset once it was changed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.core.settings import THREADS, Setting, SettingKind, SettingValue
from app.ui.settings.editor import ListEditor, SegmentEditor, SettingEditor, SwitchEditor, TextEditor
from app.ui.settings.sliders import RangeEditor
from app.ui.settings.threads_editor import ThreadsEditor
from app.ui.texts import settings as texts

_SIDE_BY_SIDE = 3


class SettingRow(QWidget):
    """Emits `changed(Setting, value)` for every change by the person, also for Reset."""

    changed = Signal(object, object)

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setting = setting
        self._label = QLabel(wordWrap=True)
        self._reset = QPushButton()
        self._editor = _editor_for(setting)
        self._note = QLabel(wordWrap=True)
        self._help = QLabel(wordWrap=True)
        self._build()
        self._editor.edited.connect(self._on_edited)
        self._reset.clicked.connect(self._on_reset)
        self.show_value(setting.default)
        self.retranslate()

    @property
    def editor(self) -> SettingEditor:
        return self._editor

    def show_value(self, value: SettingValue) -> None:
        """Show `value`; emits nothing."""
        self._editor.show_value(value)
        self._show_state(value)

    def retranslate(self) -> None:
        """Take the texts of the language in use."""
        found = texts.SETTING_TEXTS[self.setting.key]
        label = texts.text(found.label)
        self._label.setText(label)
        self._label.setToolTip(texts.text(found.technical))
        self._help.setText(texts.text(found.help))
        self._reset.setText(self.tr("Reset"))
        self._reset.setAccessibleName(self.tr("Reset: {label}").format(label=label))
        self._editor.retranslate()
        self._editor.set_accessible_name(label)
        self._show_note(self._editor.note())

    def _on_edited(self, value: SettingValue) -> None:
        self._show_state(value)
        self.changed.emit(self.setting, value)

    def _on_reset(self) -> None:
        self._editor.flush()
        self._editor.setFocus()  # the button is about to go
        self.show_value(self.setting.default)
        self.changed.emit(self.setting, self.setting.default)

    def _show_state(self, value: SettingValue) -> None:
        self._reset.setVisible(value != self.setting.default)
        self._show_note(self._editor.note())

    def _show_note(self, note: str) -> None:
        self._note.setText(note)
        self._note.setVisible(bool(note))

    def _build(self) -> None:
        self._label.setProperty("role", "heading")
        self._label.setBuddy(self._editor)
        self._help.setProperty("role", "caption")
        self._note.setProperty("role", "muted")
        self._reset.setProperty("kind", "link")
        policy = self._reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # nothing jumps when it comes
        self._reset.setSizePolicy(policy)
        self._label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        head = QHBoxLayout()
        head.addWidget(self._label, 1)
        head.addWidget(self._reset)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(self._editor)
        layout.addWidget(self._note)
        layout.addWidget(self._help)


def _editor_for(setting: Setting) -> SettingEditor:
    if setting is THREADS:
        return ThreadsEditor(setting)
    match setting.kind:
        case SettingKind.CHOICE if len(setting.choices) <= _SIDE_BY_SIDE:
            return SegmentEditor(setting)
        case SettingKind.CHOICE:
            return ListEditor(setting)
        case SettingKind.NUMBER | SettingKind.DECIMAL:
            return RangeEditor(setting)
        case SettingKind.SWITCH:
            return SwitchEditor(setting)
        case _:
            return TextEditor(setting)
