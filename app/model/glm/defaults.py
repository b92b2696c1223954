"""How each generation is sampled by default, what ends its answers, and its invalid-score guard.

Numbers of the official code and cards, with the reference section beside them. Knows no file and no library.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.model.glm.family import Family
from app.model.glm.tokenizers.protocol import Control


@dataclass(frozen=True, slots=True)
class FamilyDefaults:
    """The official settings of one generation.

    `top_k` 0 means no limit. `max_length` counts tokens of prompt and answer together, `max_new_tokens` those
    of the answer; None where the official code sets no such limit. `invalid_score_id` is the token forced
    where any score is NaN or infinite.
    """

    temperature: float
    top_p: float
    top_k: int
    repetition_penalty: float
    max_length: int | None
    max_new_tokens: int | None
    stop: tuple[Control, ...]
    invalid_score_id: int


_SPACE_OR_BYTE = 5  # ChatGLM-6B's space; ChatGLM2 and ChatGLM3 kept the number (sections 2.8, 3.6)
_NEWLINE = 198  # in byte-level vocabularies (section 4.4)
_ROLE_STOPS = (Control.END_OF_TEXT, Control.USER, Control.OBSERVATION)

_DEFAULTS = {
    # 2.8
    Family.CHATGLM: FamilyDefaults(0.95, 0.7, 0, 1.0, 2048, None, (Control.EOP,), _SPACE_OR_BYTE),
    # 3.6
    Family.CHATGLM2: FamilyDefaults(0.8, 0.8, 0, 1.0, 8192, None, (Control.END_OF_SENTENCE,), _SPACE_OR_BYTE),
    # 3.7; the system role is no stop id
    Family.CHATGLM3: FamilyDefaults(
        0.8,
        0.8,
        0,
        1.0,
        8192,
        None,
        (Control.END_OF_SENTENCE, Control.USER, Control.OBSERVATION),
        _SPACE_OR_BYTE,
    ),
    # 3.6: its README completes greedily, up to 256 tokens in all
    Family.CODEGEEX2: FamilyDefaults(0.8, 0.8, 1, 1.0, 256, None, (Control.END_OF_SENTENCE,), _SPACE_OR_BYTE),
    # 4.1, 4.4
    Family.GLM4: FamilyDefaults(0.8, 0.8, 0, 1.0, 128000, 2048, _ROLE_STOPS, _NEWLINE),
    # 4.4: examples between 0.1 and 0.95; code wants the lower end
    Family.CODEGEEX4: FamilyDefaults(0.1, 0.8, 0, 1.0, None, None, _ROLE_STOPS, _NEWLINE),
    # 5.2
    Family.GLM4_0414: FamilyDefaults(0.6, 0.8, 0, 1.2, None, 8192, _ROLE_STOPS, _NEWLINE),
    # 5.2: the card's values, the last two at second hand
    Family.GLM_Z1: FamilyDefaults(0.6, 0.95, 40, 1.0, None, 30000, _ROLE_STOPS, _NEWLINE),
    # 6
    Family.GLM_EDGE: FamilyDefaults(0.6, 0.8, 0, 1.2, None, None, _ROLE_STOPS, _NEWLINE),
}


def defaults_of(family: Family) -> FamilyDefaults:
    """The official settings of a generation."""
    return _DEFAULTS[family]
