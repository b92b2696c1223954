"""A model as the library lists it: found on this machine, recognised by content, not loaded."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.engine import ModelRef
from app.core.errors import ErrorInfo
from app.core.memory import ModelShape


@dataclass(frozen=True, slots=True)
class FoundModel:
    """One entry of `models`, and of the model chip's menu.

    `problem` tells why it cannot be used (truncated, not supported); then the other facts may be empty.
    `shape` is None where the files do not tell enough to say what memory it takes. `is_elsewhere` is whether
    it is used in its own place outside the models folder, `is_bundled` whether that is inside the program.
    """

    ref: ModelRef
    name: str
    architecture: str = ""
    precision_label: str = ""
    trained_context: int = 0
    parameter_count: int = 0
    file_bytes: int = 0
    is_starter: bool = False
    problem: ErrorInfo | None = None
    is_elsewhere: bool = False
    is_bundled: bool = False
    shape: ModelShape | None = None
