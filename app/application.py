"""The window first, everything else after its first paint.

`main` calls it for the window; the verbs `screenshot` and `show-once` use the same object offscreen, so what
they show is the real thing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from app.core import settings as declared
from app.core.engine import ModelRef
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.ui.main_window import MainWindow
from app.ui.theme_manager import ThemeManager
from app.ui.translator import Translator

if TYPE_CHECKING:
    import asyncio  # costs 30 ms, and only its name is needed before the first paint

    from app.parts import Parts


@dataclass(frozen=True, slots=True)
class StartOptions:
    """How a run begins. `model`: load this one; None: the one used last, or the best there is.

    `is_first` is whether the window opens with the welcome.
    """

    settings: Settings = field(default_factory=Settings)
    unreadable_settings: str = ""  # where a settings file that made no sense was kept
    model: ModelRef | None = None
    load_model: bool = True
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class Shell:
    """What is there before the first paint."""

    settings: Settings
    themes: ThemeManager
    translator: Translator
    window: MainWindow


class Application(QObject):
    """One window; `parts` is everything behind it, from `start` on."""

    def __init__(self, app: QApplication, paths: AppPaths, options: StartOptions | None = None) -> None:
        super().__init__()
        self._paths = paths
        self._options = options or StartOptions()
        self._parts: Parts | None = None
        settings = self._options.settings
        themes = ThemeManager(app, self)
        themes.set_preference(settings.text(declared.THEME))
        translator = Translator(app, self)
        translator.set_language(settings.text(declared.LANGUAGE))
        self.window = MainWindow(themes)
        self.window.restore_geometry_text(settings.text(declared.WINDOW_GEOMETRY))
        self.window.set_sidebar_visible(settings.switch(declared.SIDEBAR_VISIBLE))
        if self._options.is_first:
            self.window.show_first_run()
        self._shell = Shell(settings, themes, translator, self.window)

    @property
    def parts(self) -> Parts:
        """Workers and controllers; raises `RuntimeError` before `start`."""
        if self._parts is None:
            raise RuntimeError("the application was not started")
        return self._parts

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """After the first paint: the other pages, workers, controllers, the database, the model."""
        from app.parts import Parts

        self.window.build_pages()
        self._parts = Parts(self._shell, self._paths, self._options, loop)
        self._parts.start()

    def close(self) -> None:
        """End everything in order; safe to call twice."""
        if self._parts is not None:
            self._parts.close()
        self._shell.translator.close()
