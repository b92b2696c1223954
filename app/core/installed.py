"""What lies on this computer for models: values between `model.managing` and the page of the models."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.engine import Precision


@dataclass(frozen=True, slots=True)
class PreparedCopy:
    """A file that was made from a model to load it faster; it can be made again. Size in bytes.

    `folder` is its name among the others. `made_from` is what the model's folder was called, and `precision`
    None, where a preparation was not finished.
    """

    folder: str
    made_from: str
    precision: Precision | None
    size: int
