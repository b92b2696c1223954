"""An address that can be copied: the app opens none. A licence by its name, with the address of its text."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.core.catalog import CatalogModel
from app.ui.announce import announce
from app.ui.importing.elided import ElidedLabel
from app.ui.texts import first_run as texts

COPIED_FOR_MS = 2500
LINK_PADDING = 8
"""Around the text of a link; taken off where it is to end or begin with its neighbours."""
_NAME_WIDTH = 96


class CopyButton(QPushButton):
    """Puts its text on the clipboard, and says for a moment that it did."""

    def __init__(self, name: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._copied_text = text
        self._shown = QTimer(self, singleShot=True, interval=COPIED_FOR_MS)
        self.setProperty("kind", "link")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self._on_clicked)
        self._shown.timeout.connect(self._retranslate)
        QApplication.clipboard().dataChanged.connect(self._on_clipboard)
        self._retranslate()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _on_clicked(self) -> None:
        QApplication.clipboard().setText(self._copied_text)
        self._shown.start()
        self._retranslate()
        announce(self, self.text())

    def _on_clipboard(self) -> None:
        """Something else was copied since."""
        if self._shown.isActive() and QApplication.clipboard().text() != self._copied_text:
            self._shown.stop()
            self._retranslate()

    def _retranslate(self) -> None:
        copied = self._shown.isActive()
        self.setText(self.tr("Copied ✓") if copied else self.tr("Copy"))
        self.setAccessibleName(self.tr("Copy the address: {name}").format(name=self._name))
        self.setAccessibleDescription(self._copied_text)
        # As wide as the longer of its two texts, so that the line does not jump.
        metrics = self.fontMetrics()
        longest = max(metrics.horizontalAdvance(text) for text in (self.tr("Copied ✓"), self.tr("Copy")))
        self.setMinimumWidth(longest + 24)


class AddressLine(QWidget):
    """What is there, its address, and a button to copy it."""

    def __init__(self, name: str, address: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.address = address
        label = QLabel(name)
        label.setProperty("role", "caption")
        label.setMinimumWidth(_NAME_WIDTH)
        shown = ElidedLabel("muted")
        shown.set_text(address)
        self.copy_button = CopyButton(name, address)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(label)
        layout.addWidget(shown, 1)
        layout.addWidget(self.copy_button)
        layout.addSpacing(-LINK_PADDING)


class LicenceLine(QWidget):
    """The licence by its name; the address of the full text behind a link."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model: CatalogModel | None = None
        self._line: AddressLine | None = None
        self._name = QLabel()
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._name.setProperty("role", "caption")
        self._link = QPushButton()
        self._link.setProperty("kind", "link")
        self._link.setProperty("look", "small")
        self._link.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._link.clicked.connect(self._on_link)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self._name)
        row.addWidget(self._link)
        row.addStretch(1)
        self._stack = QVBoxLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.setSpacing(2)
        self._stack.addLayout(row)

    def show_model(self, model: CatalogModel) -> None:
        """Show the licence of `model`."""
        if self._model is None or model.licence != self._model.licence:
            self._fold()
        self._model = model
        self._retranslate()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _on_link(self) -> None:
        if self._line is not None:
            self._fold()
        elif self._model is not None:
            licence = self._model.licence
            self._line = AddressLine(licence.name, licence.address)
            self._stack.addWidget(self._line)
        self._retranslate()

    def _fold(self) -> None:
        if self._line is not None:
            self._stack.removeWidget(self._line)
            self._line.hide()
            self._line.deleteLater()
            self._line = None

    def _retranslate(self) -> None:
        if self._model is None:
            return
        self._name.setText(texts.licence_line(self._model))
        is_shown = self._line is not None
        self._link.setText(self.tr("Hide the address") if is_shown else self.tr("Where to read it"))
        self._link.setAccessibleName(f"{self._link.text()}: {self._model.licence.name}")
