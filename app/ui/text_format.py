"""Numbers, sizes, dates and the groups of the sidebar, in the language in use (`QLocale()`).

Times come in as UTC milliseconds and are told in the time of this computer. Knows no widget.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum, auto
from math import ceil

from PySide6.QtCore import QCoreApplication, QDate, QLocale, QTime

_GIB = 1 << 30
_EARLIEST_MS = 2 * 86_400_000
"""Windows cannot tell the local time of the first days of 1970; a time of zero is shown as this one."""
_LONG_WORD = re.compile(r"(?:[^\s-]|-(?=\d)){12}")
"""So many characters in which no line ends by itself: Qt ends one behind a hyphen, but not before a digit."""
_LINE_BREAKS = {ord(char): " " for char in "\n\r\t\v\f\x1c\x1d\x1e\x85\u2028\u2029"}


class GroupKind(Enum):
    """The groups of the sidebar, in their order."""

    PINNED = auto()
    TODAY = auto()
    YESTERDAY = auto()
    WEEK = auto()
    MONTH = auto()


@dataclass(frozen=True, slots=True)
class DateGroup:
    """One group; `year` and `month` for MONTH. `start_ms` is the first moment that belongs to it."""

    kind: GroupKind
    start_ms: int
    year: int = 0
    month: int = 0


def local_time(ms: int) -> datetime:
    """The moment `ms` (UTC milliseconds) in the time zone of this computer."""
    return datetime.fromtimestamp(max(ms, _EARLIEST_MS) / 1000, UTC).astimezone()


def group_of(ms: int, now: datetime) -> DateGroup:
    """The group of the moment `ms`, seen at `now` (with time zone); what is yet to come counts as today."""
    day = local_time(ms).date()
    today = now.astimezone().date()
    if day >= today:
        return DateGroup(GroupKind.TODAY, _start_ms(today))
    if day == today - timedelta(days=1):
        return DateGroup(GroupKind.YESTERDAY, _start_ms(day))
    week = today - timedelta(days=7)
    if day >= week:
        return DateGroup(GroupKind.WEEK, _start_ms(week))
    first = day.replace(day=1)
    return DateGroup(GroupKind.MONTH, _start_ms(first), day.year, day.month)


def group_title(group: DateGroup, now: datetime) -> str:
    """The headline of a group: "Today", "November", or "November 2024" when that is not this year."""
    match group.kind:
        case GroupKind.PINNED:
            return QCoreApplication.translate("TextFormat", "Pinned")
        case GroupKind.TODAY:
            return QCoreApplication.translate("TextFormat", "Today")
        case GroupKind.YESTERDAY:
            return QCoreApplication.translate("TextFormat", "Yesterday")
        case GroupKind.WEEK:
            return QCoreApplication.translate("TextFormat", "Last 7 days")
        case GroupKind.MONTH:
            month = QLocale().standaloneMonthName(group.month)
            if group.year == now.astimezone().year:
                return month
            text = QCoreApplication.translate(
                "TextFormat", "{month} {year}", "use any of {month} (name), {month_number}, {year}"
            )
            return text.format(month=month, month_number=group.month, year=group.year)


def count_text(number: int) -> str:
    """A whole number with the separators of the language: "1,830"."""
    return QLocale().toString(number)


def percent_text(fraction: float) -> str:
    """A fraction in 0..1 as whole percent: "34 %"."""
    percent = round(max(0.0, min(1.0, fraction)) * 100)
    return QCoreApplication.translate("TextFormat", "{percent} %").format(percent=percent)


def size_text(size_bytes: int) -> str:
    """A file size in steps of 1000: "98.4 MB"."""
    return QLocale().formattedDataSize(size_bytes, 1, QLocale.DataSizeFormat.DataSizeSIFormat)


def installed_gigabytes(size_bytes: int) -> str:
    """The memory of a computer or a card, as it was sold: "16" for one that tells a little less."""
    return count_text(ceil(size_bytes / _GIB))


def date_text(ms: int, now: datetime) -> str:
    """A moment, short: the time for today, else the day, with the year when it is not this one."""
    moment, locale = local_time(ms), QLocale()
    if moment.date() == now.astimezone().date():
        return locale.toString(QTime(moment.hour, moment.minute), QLocale.FormatType.ShortFormat)
    if moment.year == now.astimezone().year:
        pattern = QCoreApplication.translate("TextFormat", "MMM d", "a day of this year, as Qt date format")
    else:
        pattern = QCoreApplication.translate("TextFormat", "MMM d, yyyy", "a day, as Qt date format")
    return locale.toString(QDate(moment.year, moment.month, moment.day), pattern)


def breakable(text: str) -> str:
    """`text` whose long words may end a line after some characters: else they would widen a window."""
    return _LONG_WORD.sub("\\g<0>\u200b", text)


def one_line(text: str) -> str:
    """`text` without line breaks; every character keeps its place."""
    return text.translate(_LINE_BREAKS)


def _start_ms(day: date) -> int:
    try:
        return int(datetime(day.year, day.month, day.day).astimezone().timestamp() * 1000)
    except OSError:  # Windows knows no local time before its epoch's first days
        return 0
