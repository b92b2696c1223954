"""The page "About" of an installed program, with a model that wants its phrase. Never used by the app."""

from __future__ import annotations

from app import __version__
from app.core.settings import SettingGroup
from app.ui.main_window import MainWindow


def show(window: MainWindow) -> None:
    """Bring the window to the page."""
    page = window.settings_pane.about_page
    page.set_program(__version__, has_torch_engine=True, has_list=True)
    page.set_notice("Built with glm-4")
    window.show_settings()
    window.settings_pane.show_group(SettingGroup.ABOUT)
