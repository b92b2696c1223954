"""The look of the app for tests of widgets, as the tests of the window have it."""

from __future__ import annotations

from tests.ui.conftest import themes, widgets_are_gone

__all__ = ["themes", "widgets_are_gone"]
