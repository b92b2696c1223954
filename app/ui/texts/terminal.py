"""What the chat in a terminal says beside the answers. Knows QtCore only."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def welcome(model_name: str, farewell: str) -> str:
    """The first line; `farewell` is what to type to leave."""
    return QCoreApplication.translate(
        "Terminal", "You are chatting with {model}, offline. Type {farewell} to leave."
    ).format(model=model_name, farewell=farewell)


def nothing_to_ask() -> str:
    """`ask` was given neither a text nor a terminal."""
    return QCoreApplication.translate("Terminal", "There is no text to ask.")
