"""The small line under the composer: offline, speed of the last answer, memory, licence. Takes values.

The shield is a button: behind it stands what is kept where, and every connection.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLocale, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from app.ui.icons import IconName
from app.ui.text_format import installed_gigabytes
from app.ui.theme_manager import ThemeManager

_GIB = 1024**3
_ICON_SIZE = 14


class StatusLine(QWidget):
    """Every part but the shield is hidden until it has a value.

    Signals:
        privacy_wanted: the shield was pressed.
    """

    privacy_wanted = Signal()

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._tokens_per_s: float | None = None
        self._memory: tuple[int, int] | None = None
        self._offline = QPushButton()
        self._speed = QLabel()
        self._memory_text = QLabel()
        self._licence = QLabel()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addStretch(1)
        layout.addWidget(self._offline)
        for label in (self._speed, self._memory_text, self._licence):
            label.setContentsMargins(12, 0, 0, 0)
            layout.addWidget(label)
        layout.addStretch(1)
        self._offline.setProperty("kind", "text")
        self._offline.setProperty("look", "small")
        self._offline.setIconSize(QSize(_ICON_SIZE, _ICON_SIZE))
        self._offline.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the typing where it was
        self._offline.setCursor(Qt.CursorShape.PointingHandCursor)  # little else tells that it is a button
        self._offline.clicked.connect(self.privacy_wanted)
        for label in (self._speed, self._memory_text, self._licence):
            label.setProperty("role", "caption")
            label.setTextFormat(Qt.TextFormat.PlainText)
        # As wide as the column, however long its texts are.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._recolor)
        self._recolor()
        self._retranslate()

    def set_speed(self, tokens_per_s: float | None) -> None:
        """How fast the last answer was written, in tokens a second; None when there is none."""
        self._tokens_per_s = tokens_per_s
        self._show_values()

    def set_memory(self, used_bytes: int | None, total_bytes: int = 0) -> None:
        """What the app and its engine use of the memory of this computer; None hides it."""
        self._memory = (used_bytes, total_bytes) if used_bytes is not None and total_bytes > 0 else None
        self._show_values()

    def set_licence_notice(self, notice: str) -> None:
        """The phrase that a licence wants to be shown ("Built with glm-4"), or an empty text."""
        self._licence.setText(notice)
        self._show_values()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _recolor(self) -> None:
        self._offline.setIcon(self._themes.icon(IconName.SHIELD_CHECK, "accent", _ICON_SIZE))

    def _retranslate(self) -> None:
        self._offline.setText(self.tr("Offline: nothing leaves this computer"))
        self._offline.setToolTip(
            self.tr("The model runs on this computer. Nothing that you write is sent anywhere.")
        )
        self._offline.setAccessibleDescription(self._offline.toolTip())
        self._speed.setToolTip(
            self.tr("How fast the last answer was written. A token is a word or a part of one.")
        )
        self._memory_text.setToolTip(
            self.tr("What Teahouse and the model use of the memory of this computer.")
        )
        self._show_values()

    def _show_values(self) -> None:
        speed = self._tokens_per_s
        if speed is not None:
            self._speed.setText(self.tr("{speed} tokens/s").format(speed=QLocale().toString(speed, "f", 1)))
        if self._memory is not None:
            used, total = self._memory
            self._memory_text.setText(
                self.tr("Memory {used} / {total} GB").format(
                    used=QLocale().toString(used / _GIB, "f", 1),
                    total=installed_gigabytes(total),
                )
            )
        self._licence.setVisible(bool(self._licence.text()))
        self._fit()

    def _fit(self) -> None:
        """Where there is little room the memory goes first, then the speed; no sentence is cut."""
        room = self.width() - self._offline.sizeHint().width() - 4
        if self._licence.text():
            room -= self._licence.sizeHint().width() + 4
        for label, is_known in (
            (self._speed, self._tokens_per_s is not None),
            (self._memory_text, self._memory is not None),
        ):
            needed = label.sizeHint().width() + 4
            label.setVisible(is_known and needed <= room)
            room -= needed if is_known else 0
