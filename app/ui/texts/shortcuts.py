"""One line of the page of keyboard shortcuts, as a value. The window gives the lines."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShortcutInfo:
    """`keys` as the system writes them ("Ctrl+N", on a Mac "⌘N"), `description` in the language in use."""

    keys: str
    description: str
