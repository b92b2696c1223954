"""A small window of its own, for what is said or asked before the main window is there.

A dialog to screen readers, which read out all that it says; Esc closes it, Enter presses the button that has
the keyboard.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QWidget

_WIDTH = 560


class SmallWindow(QDialog):
    """As wide as always, and as high as its words need. Closing it, in whatever way, is `rejected`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)  # it may be put away, and is in the list of windows
        self.setFixedWidth(_WIDTH)

    def fit(self) -> None:
        """As high as its words need now; by itself it counts with lines wider than it may be."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
        self.resize(self.width(), self.heightForWidth(self.width()))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.fit()
