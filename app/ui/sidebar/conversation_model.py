"""The conversations as rows of a list: headlines of groups between them. Knows no view and no storage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from app.core.records import ConversationSummary
from app.ui.text_format import DateGroup, GroupKind, group_of, group_title, one_line

AnyIndex = QModelIndex | QPersistentModelIndex
_ROLE = Qt.ItemDataRole


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """The headline of a group."""

    title: str


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """One conversation."""

    summary: ConversationSummary

    @property
    def title(self) -> str:
        """What is shown: on one line, never empty. Worked out for the few rows that are seen."""
        given = one_line(self.summary.title).strip()
        return given or QCoreApplication.translate("ConversationModel", "New chat")


Row = HeaderRow | ConversationRow


class ConversationModel(QAbstractListModel):
    """Rows in the order of the sidebar: pinned first, then the latest. Marks the open and the busy one."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._summaries: tuple[ConversationSummary, ...] = ()
        self._rows: list[Row] = []
        self._shape: list[int | str] = []
        self._row_of: dict[int, int] = {}
        self._current: int | None = None
        self._busy: int | None = None

    @property
    def current_id(self) -> int | None:
        """The conversation that is open in the window."""
        return self._current

    @property
    def busy_id(self) -> int | None:
        """The conversation whose answer is being written."""
        return self._busy

    def row(self, index: AnyIndex) -> Row | None:
        """What stands at `index`."""
        return self._rows[index.row()] if 0 <= index.row() < len(self._rows) else None

    def conversation_at(self, index: AnyIndex) -> ConversationSummary | None:
        """The conversation at `index`; None for a headline."""
        row = self.row(index)
        return row.summary if isinstance(row, ConversationRow) else None

    def index_of(self, conversation_id: int | None) -> QModelIndex:
        """Where a conversation stands; an invalid index when it is not there."""
        row = self._row_of.get(conversation_id, -1) if conversation_id is not None else -1
        return self.index(row) if row >= 0 else QModelIndex()

    def set_conversations(self, summaries: Sequence[ConversationSummary], now: datetime) -> None:
        """Show `summaries`, grouped as seen at `now`.

        Where the order stays, only the rows that differ are told to the view, so that it does not jump.
        """
        self._summaries = tuple(summaries)
        rows = list(self._grouped(now))
        shape = _shape(rows)
        if shape != self._shape:
            self.beginResetModel()
            self._rows, self._shape = rows, shape
            self._row_of = {
                row.summary.id: at for at, row in enumerate(rows) if isinstance(row, ConversationRow)
            }
            self.endResetModel()
            return
        changed = [at for at, (new, old) in enumerate(zip(rows, self._rows, strict=True)) if new != old]
        self._rows = rows
        for at in changed:
            self._tell(at)

    def regroup(self, now: datetime) -> None:
        """Group the same conversations again: the day or the language changed."""
        self.set_conversations(self._summaries, now)

    def set_current(self, conversation_id: int | None) -> None:
        before, self._current = self._current, conversation_id
        self._tell_both(before, conversation_id)

    def set_busy(self, conversation_id: int | None) -> None:
        before, self._busy = self._busy, conversation_id
        self._tell_both(before, conversation_id)

    def set_title(self, conversation_id: int, title: str) -> None:
        """Show a new title at once; the stored list follows."""
        self._summaries = tuple(
            replace(one, title=title) if one.id == conversation_id else one for one in self._summaries
        )
        row = self._row_of.get(conversation_id)
        if row is not None:
            summary = next(one for one in self._summaries if one.id == conversation_id)
            self._rows[row] = ConversationRow(summary)
            self._tell(row)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        if isinstance(self.row(index), ConversationRow):
            never = Qt.ItemFlag.ItemNeverHasChildren
            return (
                Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable | never
            )
        return Qt.ItemFlag.NoItemFlags

    def data(self, index: AnyIndex, role: int = _ROLE.DisplayRole) -> object:
        row = self.row(index)
        if row is None:
            return None
        if role == _ROLE.DisplayRole:
            return row.title
        if isinstance(row, HeaderRow):
            return row.title if role == _ROLE.AccessibleTextRole else None
        if role in (_ROLE.EditRole, _ROLE.ToolTipRole):
            return row.summary.title if role == _ROLE.EditRole else row.title
        if role == _ROLE.AccessibleTextRole:
            return self._spoken(row)
        return None

    def _spoken(self, row: ConversationRow) -> str:
        parts = [row.title]
        if row.summary.pinned:
            parts.append(self.tr("pinned"))
        if row.summary.id == self._current:
            parts.append(self.tr("open"))
        if row.summary.id == self._busy:
            parts.append(self.tr("an answer is being written"))
        return ", ".join(parts)

    def _grouped(self, now: datetime) -> Iterator[Row]:
        latest_first = sorted(self._summaries, key=lambda one: one.updated_at, reverse=True)
        pinned = [one for one in latest_first if one.pinned]
        if pinned:
            yield HeaderRow(group_title(DateGroup(GroupKind.PINNED, 0), now))
            yield from map(ConversationRow, pinned)
        group: DateGroup | None = None
        for one in latest_first:
            if one.pinned:
                continue
            if group is None or one.updated_at < group.start_ms:  # a date is worked out once for each group
                group = group_of(one.updated_at, now)
                yield HeaderRow(group_title(group, now))
            yield ConversationRow(one)

    def _tell_both(self, before: int | None, after: int | None) -> None:
        for one in {before, after}:
            index = self.index_of(one)
            if index.isValid():
                self._tell(index.row())

    def _tell(self, row: int) -> None:
        index = self.index(row)
        self.dataChanged.emit(index, index)


def _shape(rows: Sequence[Row]) -> list[int | str]:
    return [row.summary.id if isinstance(row, ConversationRow) else row.title for row in rows]
