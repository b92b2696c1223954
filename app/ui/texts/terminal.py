"""What the verbs say in a terminal beside answers and errors. Knows QtCore only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication


def welcome(model_name: str, farewell: str) -> str:
    """The first line; `farewell` is what to type to leave."""
    return QCoreApplication.translate(
        "Terminal", "You are chatting with {model}, offline. Type {farewell} to leave."
    ).format(model=model_name, farewell=farewell)


def nothing_to_ask() -> str:
    """`ask` was given neither a text nor a terminal."""
    return QCoreApplication.translate("Terminal", "There is no text to ask.")


def added_as(model_id: str) -> str:
    """`import` took a model over in its own place; `model_id` is what other verbs call it."""
    return QCoreApplication.translate("Terminal", "Added: {id}. Its files stay where they are.").format(
        id=model_id
    )


def copied_as(model_id: str) -> str:
    """`import` copied a model."""
    return QCoreApplication.translate("Terminal", "Copied and added: {id}.").format(id=model_id)


def is_there(path: str) -> str:
    """`pack` was given the name of a file that is there."""
    return QCoreApplication.translate("Terminal", "{path} is there already. Choose another name.").format(
        path=path
    )


def known_as(model_id: str) -> str:
    """`import` was given a model that is there already."""
    return QCoreApplication.translate("Terminal", "This model is there already: {id}.").format(id=model_id)


def taken_for(generation: str, others: Sequence[str]) -> str:
    """`import` chose the likely one of several generations; all are names."""
    return QCoreApplication.translate(
        "Terminal",
        "Its files do not say clearly which generation it is. It is taken for {generation}; if it is "
        "{others}, say so with --family.",
    ).format(generation=generation, others=" / ".join(others))
