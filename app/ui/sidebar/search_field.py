"""The search field: tells what is searched for at a pause, never in the middle of a composition."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QAction, QInputMethodEvent, QKeyEvent, Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from app.ui.icons import IconName
from app.ui.theme_manager import ThemeManager

DEBOUNCE_MS = 120
_ICON_SIZE = 16


class SearchField(QLineEdit):
    """Escape clears it; a second Escape leaves it.

    Signals:
        changed: what is searched for, without white space around it; "" at once when the field is emptied.
        list_wanted: Down was pressed.
        confirmed: Enter was pressed.
        left: Escape was pressed in the empty field.
    """

    changed = Signal(str)
    list_wanted = Signal()
    confirmed = Signal()
    left = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("search")
        self._themes = themes
        self._told = ""
        self._clear_action = QAction(self)
        self._clear_action.triggered.connect(self.clear)
        self.addAction(self._clear_action, QLineEdit.ActionPosition.TrailingPosition)
        self._timer = QTimer(self, singleShot=True, interval=DEBOUNCE_MS)
        self._timer.timeout.connect(self._tell)
        self.textChanged.connect(self._on_text_changed)
        themes.changed.connect(self._recolor)
        self._recolor()
        self._clear_action.setVisible(False)
        self.retranslate()

    @property
    def query(self) -> str:
        """What is searched for now."""
        return self.text().strip()

    def retranslate(self) -> None:
        self.setPlaceholderText(self.tr("Search everything…"))
        self.setAccessibleName(self.tr("Search all conversations"))
        self._clear_action.setToolTip(self.tr("Clear the search"))
        self._clear_action.setText(self.tr("Clear the search"))

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        if event.preeditString():
            self._timer.stop()  # half a syllable is not what anyone searches for
            super().inputMethodEvent(event)
        else:
            super().inputMethodEvent(event)
            if self.query != self._told:
                self._timer.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Escape if self.text():
                self.clear()
            case Qt.Key.Key_Escape:
                self.left.emit()
            case Qt.Key.Key_Down:
                self.list_wanted.emit()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._timer.stop()
                self._tell()
                self.confirmed.emit()
            case _:
                super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def _on_text_changed(self, text: str) -> None:
        self._clear_action.setVisible(bool(text))
        if self.query:
            self._timer.start()
        else:
            self._timer.stop()
            self._tell()

    def _tell(self) -> None:
        if self.query != self._told:
            self._told = self.query
            self.changed.emit(self._told)

    def _recolor(self) -> None:
        self._clear_action.setIcon(self._themes.icon(IconName.CLOSE, "muted", _ICON_SIZE))
