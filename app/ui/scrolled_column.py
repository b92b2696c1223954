"""A page that is one centred column, as wide as the transcript's, scrolled from top to bottom."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QScrollArea, QVBoxLayout, QWidget

from app.ui.theme import COLUMN_WIDTH


def fill_with_column(
    page: QWidget,
    scroll: QScrollArea,
    column_layout: QLayout,
    bottom: int = 24,
    footer: QWidget | None = None,
) -> QLayout:
    """Make `scroll` all of `page` but for `footer`, and `column_layout` the column in it.

    `bottom` is the margin in pixels. Gives the layout around the column.
    """
    column = QWidget()
    column.setMaximumWidth(COLUMN_WIDTH)
    column_layout.setContentsMargins(0, 0, 0, 0)
    column.setLayout(column_layout)
    content = QWidget()
    row = QHBoxLayout(content)
    row.setContentsMargins(24, 28, 24, bottom)
    row.addStretch(1)
    row.addWidget(column, 1000)
    row.addStretch(1)
    scroll.setWidget(content)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addWidget(scroll)
    if footer is not None:
        layout.addWidget(footer)
    return row
