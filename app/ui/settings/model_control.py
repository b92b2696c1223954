"""A control of the page of the model: its heading, the way back to what is recommended, a line of help."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget


class ModelControl(QWidget):
    """Knows nothing of what the control means.

    Signals:
        reset: what is recommended is wanted again.
    """

    reset = Signal()

    def __init__(self, editor: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._label, self._help = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self._reset = QPushButton()
        self._label.setProperty("role", "heading")
        self._label.setBuddy(editor)
        self._help.setProperty("role", "caption")
        self._reset.setProperty("kind", "link")
        policy = self._reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # nothing jumps when it comes
        self._reset.setSizePolicy(policy)
        self._reset.clicked.connect(self._on_reset)
        head = QHBoxLayout()
        head.addWidget(self._label, 1)
        head.addWidget(self._reset)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(editor)
        layout.addWidget(self._help)

    def set_name(self, name: str, technical: str) -> None:
        """What it is called, and what specialists call it."""
        self._label.setText(name)
        self._label.setToolTip(technical)
        self._reset.setText(self.tr("Back to recommended"))
        self._reset.setAccessibleName(self.tr("{name}: back to recommended").format(name=name))

    def set_help(self, text: str) -> None:
        """What the value costs and gives; "" for nothing."""
        self._help.setText(text)
        self._help.setVisible(bool(text))

    def set_reset(self, is_shown: bool) -> None:
        """Whether there is a way back."""
        self._reset.setVisible(is_shown)

    def _on_reset(self) -> None:
        self._editor.setFocus()  # the button is about to go
        self.reset.emit()
