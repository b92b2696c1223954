"""The beginning of the import page: a place to drop a model at, and two buttons for those who do not drag."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.model import edition
from app.ui.icons import IconName
from app.ui.importing.drop_overlay import drop_area_style
from app.ui.texts import importing as texts
from app.ui.theme import Theme
from app.ui.theme_manager import ThemeManager

_LOGO_SIZE = 44


class StartArea(QFrame):
    """Emits which of the two a person wants to choose; what is dropped here goes to the window."""

    folder_wanted = Signal()
    file_wanted = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dropArea")
        self._themes = themes
        self._logo = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._title, self._about, self._promise = (
            QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True) for _ in range(3)
        )
        self._folder, self._file = QPushButton(), QPushButton()
        self._build()
        self._folder.clicked.connect(self.folder_wanted)
        self._file.clicked.connect(self.file_wanted)
        themes.changed.connect(self._apply_theme)
        self._apply_theme(themes.theme)
        self._retranslate()

    def take_focus(self) -> None:
        """Put the keyboard to the first button."""
        self._folder.setFocus(Qt.FocusReason.OtherFocusReason)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _build(self) -> None:
        self._title.setProperty("role", "title")
        self._about.setProperty("role", "muted")
        self._promise.setProperty("role", "caption")
        self._folder.setProperty("kind", "primary")
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self._folder)
        buttons.addWidget(self._file)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 32, 32, 28)
        layout.setSpacing(8)
        for label in (self._logo, self._title, self._about):
            layout.addWidget(label)
        layout.addSpacing(12)
        layout.addLayout(buttons)
        layout.addSpacing(12)
        layout.addWidget(self._promise)

    def _apply_theme(self, theme: Theme) -> None:
        self.setStyleSheet(drop_area_style(theme, theme.border))
        self._logo.setPixmap(self._themes.icon(IconName.IMPORT, "accent", _LOGO_SIZE).pixmap(_LOGO_SIZE))

    def _retranslate(self) -> None:
        self._title.setText(self.tr("Drag a model here"))
        self._about.setText(texts.what_is_taken(opens_folders=edition.opens_folders()))
        self._folder.setText(self.tr("Choose a folder…"))
        self._file.setText(self.tr("Choose a file…"))
        self._promise.setText(
            self.tr(
                "Teahouse only looks at the files: nothing in them is run as a program, and none is changed."
            )
        )
