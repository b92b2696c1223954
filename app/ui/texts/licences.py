"""What a licence wants to be shown while a model is loaded: a phrase, the same in every language."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.engine import ModelInfo
from app.model.glm.family import Family

_NOTICES: Mapping[str, str] = {
    Family.GLM4.value: "Built with glm-4",
    Family.GLM_EDGE.value: "Built with GLM-Edge",
    Family.CODEGEEX4.value: "Built with CodeGeeX4",
}
"""The glm-4-9b, GLM-Edge and CodeGeeX4 licences, by the generation that an engine tells."""


def licence_notice(model: ModelInfo | None) -> str:
    """The phrase for the loaded `model`; "" where none is wanted, and without a model."""
    return _NOTICES.get(model.architecture, "") if model is not None else ""
