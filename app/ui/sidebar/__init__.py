"""The sidebar: new chat, search, the conversations in groups. Knows no storage and no engine."""

from app.ui.sidebar.sidebar import Sidebar

__all__ = ["Sidebar"]
