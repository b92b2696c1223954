"""One line of the page of keyboard shortcuts, as a value. The window gives the lines."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShortcutInfo:
    """`keys` in Qt's portable form ("Ctrl+N"; a Mac shows Cmd), `description` in the language in use.

    `group` is the headline under which the line stands; lines of a group follow each other.
    """

    keys: tuple[str, ...]
    description: str
    group: str = ""
