"""What a search found, as rows of a list, and the part of a snippet that is worth showing. Knows no view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt

from app.core.records import SearchHit
from app.ui.sidebar.conversation_model import AnyIndex
from app.ui.sidebar.snippet_text import plain_snippet
from app.ui.text_format import date_text, one_line

_LEAD = 14
"""Characters kept before the first match, so that it is seen in a narrow list."""


@dataclass(frozen=True, slots=True)
class HitRow:
    """One hit as it is painted; `marks` are (start, length) in UTF-16 units, as Qt counts them."""

    hit: SearchHit
    title: str
    date: str
    snippet: str
    marks: tuple[tuple[int, int], ...]


def shortened(snippet: str, marks: Sequence[tuple[int, int]]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """`snippet` as one line of plain text, begun shortly before its first match; marks in UTF-16 units."""
    text, marks = plain_snippet(snippet, marks)
    cut = max(0, marks[0][0] - _LEAD) if marks else 0
    if cut <= 2:
        cut = 0
    lead = "…" if cut else ""
    shown = lead + text[cut:]
    moved = []
    for start, length in marks:
        at = start - cut + len(lead)
        if 0 <= at < len(shown):
            moved.append((_utf16_length(shown[:at]), _utf16_length(shown[at : at + length])))
    return shown, tuple(moved)


class HitModel(QAbstractListModel):
    """The hits of one search, in the order in which they came."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[HitRow, ...] = ()

    def row(self, index: AnyIndex) -> HitRow | None:
        return self._rows[index.row()] if 0 <= index.row() < len(self._rows) else None

    def set_hits(self, hits: Sequence[SearchHit]) -> None:
        now = datetime.now(UTC)
        self.beginResetModel()
        self._rows = tuple(self._hit_row(hit, now) for hit in hits)
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.row(index)
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.title}, {row.date}, {row.snippet}"
        return None

    def _hit_row(self, hit: SearchHit, now: datetime) -> HitRow:
        title = one_line(hit.title).strip() or self.tr("New chat")
        snippet, marks = shortened(hit.snippet, hit.marks)
        return HitRow(hit, title, date_text(hit.created_at, now), snippet, marks)


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
