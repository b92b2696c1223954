"""Marks a text for translation where it is written, to be translated where it is shown."""

from __future__ import annotations


def QT_TRANSLATE_NOOP(context: str, source: str) -> str:  # noqa: ARG001 - read by lupdate
    """`source` as it is. The name is the one that `lupdate` looks for; Qt's own has no useful type."""
    return source
