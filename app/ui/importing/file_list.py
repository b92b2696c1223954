"""The files of a model one by one, each with a mark: folded in a card, in full sentences where one is bad."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.core.imports import FileCheck, FileState
from app.ui.icons import IconName
from app.ui.importing.elided import ElidedLabel, IconLine
from app.ui.text_format import count_text, size_text
from app.ui.texts import importing as texts
from app.ui.theme_manager import ThemeManager

_ICON = 16
_MOST_ROWS = 200
_MOST_SENTENCES = 6
_MARKS = {FileState.GOOD: (IconName.CHECK, "accent"), FileState.UNUSED: (IconName.MINUS, "muted")}
_BAD = (IconName.CLOSE, "danger")


def bad_files(files: Sequence[FileCheck]) -> list[FileCheck]:
    """Those that make the model unusable."""
    return [one for one in files if one.state not in _MARKS]


class FileList(QWidget):
    """A row for each file: mark, name, and its size or what is wrong with it."""

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._files: tuple[FileCheck, ...] = ()
        self._rows: list[QWidget] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        themes.changed.connect(self.retranslate)

    def set_files(self, files: Sequence[FileCheck]) -> None:
        """Show `files`, the bad ones first."""
        bad = bad_files(files)
        self._files = (*bad, *(one for one in files if one.state in _MARKS))
        self.retranslate()

    def retranslate(self) -> None:
        """Take the texts of the language and the colours of the theme in use."""
        for row in self._rows:
            self._layout.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = [self._row(file) for file in self._files[:_MOST_ROWS]]
        if len(self._files) > _MOST_ROWS:
            more = QLabel(self.tr("and {count} more").format(count=count_text(len(self._files) - _MOST_ROWS)))
            more.setProperty("role", "caption")
            self._rows.append(more)
        for row in self._rows:
            self._layout.addWidget(row)

    def _row(self, file: FileCheck) -> QWidget:
        row = QWidget()
        name, token = _MARKS.get(file.state, _BAD)
        mark = QLabel()
        mark.setFixedWidth(_ICON)
        mark.setPixmap(self._themes.icon(name, token, _ICON).pixmap(_ICON))
        label = ElidedLabel()
        label.set_text(file.name)
        about = QLabel(size_text(file.byte_count) if file.state is FileState.GOOD else texts.file_state(file))
        about.setProperty("role", "caption")
        label.setAccessibleName(f"{file.name}: {texts.file_state(file)}")
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(mark)
        layout.addWidget(label, 1)
        layout.addWidget(about)
        return row


class BadFiles(QWidget):
    """What is wrong, a sentence a file; hidden where nothing is."""

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._files: tuple[FileCheck, ...] = ()
        self._lines: list[QWidget] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self.hide()

    def set_files(self, files: Sequence[FileCheck]) -> None:
        """Say what is wrong with the bad ones of `files`."""
        self._files = tuple(bad_files(files))
        self.setVisible(bool(self._files))
        self.retranslate()

    def retranslate(self) -> None:
        """Take the texts of the language in use."""
        for line in self._lines:
            self._layout.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._lines = [self._line(file) for file in self._files[:_MOST_SENTENCES]]
        if len(self._files) > _MOST_SENTENCES:
            more = self.tr("and {count} more, in the list of files")
            label = QLabel(more.format(count=count_text(len(self._files) - _MOST_SENTENCES)))
            label.setContentsMargins(26, 0, 0, 0)
            label.setProperty("role", "muted")
            self._lines.append(label)
        for line in self._lines:
            self._layout.addWidget(line)

    def _line(self, file: FileCheck) -> IconLine:
        line = IconLine(self._themes)
        sentence = self.tr("{file} {state}", "{state}: is missing, is cut short, …")
        line.show_line(*_BAD, sentence.format(file=texts.short(file.name), state=texts.file_state(file)))
        return line
