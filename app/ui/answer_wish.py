"""What the settings say about the next answer, as one value."""

from __future__ import annotations

from dataclasses import dataclass

from app.core import settings as declared
from app.core.engine import GenerationParams
from app.core.settings import Settings


@dataclass(frozen=True, slots=True)
class AnswerWish:
    """Asked for anew for every answer, so that a changed setting counts at once."""

    model_ref: str
    system_prompt: str
    params: GenerationParams


def wish_from(settings: Settings, model_ref: str) -> AnswerWish:
    """The wish that `settings` hold, for the model that is in use."""
    return AnswerWish(
        model_ref=model_ref,
        system_prompt=settings.text(declared.SYSTEM_PROMPT),
        params=GenerationParams(
            max_tokens=settings.number(declared.MAX_TOKENS),
            temperature=settings.decimal(declared.TEMPERATURE),
            top_p=settings.decimal(declared.TOP_P),
        ),
    )
