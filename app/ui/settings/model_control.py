"""A control of the page of the model: its heading, the way back to what is recommended, a line of help."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
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
        self._is_below = False
        self._head = QHBoxLayout()
        self._head.addWidget(self._label, 1)
        self._head.addWidget(self._reset)
        self._foot = QHBoxLayout()
        self._foot.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(self._head)
        layout.addWidget(editor)
        layout.addWidget(self._help)
        layout.addLayout(self._foot)

    def set_name(self, name: str, technical: str) -> None:
        """What it is called, and what specialists call it."""
        self._label.setText(name)
        self._label.setToolTip(technical)
        self._reset.setText(self.tr("Back to recommended"))
        self._reset.setAccessibleName(self.tr("{name}: back to recommended").format(name=name))
        self._place_reset()

    def set_help(self, text: str) -> None:
        """What the value costs and gives; "" for nothing."""
        self._help.setText(text)
        self._help.setVisible(bool(text))

    def set_reset(self, is_shown: bool) -> None:
        """Whether there is a way back."""
        self._reset.setVisible(is_shown)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_reset()

    def _place_reset(self) -> None:
        """Beside the heading where both have room on one line, else below everything."""
        label = self._label
        heading = label.fontMetrics().horizontalAdvance(label.text())
        is_below = heading + self._head.spacing() + self._reset.sizeHint().width() > self.width()
        if is_below == self._is_below:
            return
        self._is_below = is_below
        if is_below:
            self._head.removeWidget(self._reset)
            self._foot.addWidget(self._reset)
        else:
            self._foot.removeWidget(self._reset)
            self._head.addWidget(self._reset)

    def _on_reset(self) -> None:
        self._editor.setFocus()  # the button is about to go
        self.reset.emit()
