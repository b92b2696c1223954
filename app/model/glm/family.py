"""The generations of the lineage by name. What differs between them is decided by these values, nowhere else.

Standard library only.
"""

from __future__ import annotations

from enum import StrEnum


class Family(StrEnum):
    """A generation: network, tokenizer and prompt format that belong together.

    The values stand in prepared files; they never change.
    """

    CHATGLM = "chatglm"  # ChatGLM-6B (2023), all editions
    CHATGLM2 = "chatglm2"
    CHATGLM3 = "chatglm3"
    CODEGEEX2 = "codegeex2"
    GLM4 = "glm4-9b"  # GLM-4-9B of 2024, in its own layout or as -hf
    CODEGEEX4 = "codegeex4"
    GLM4_0414 = "glm4-0414"
    GLM_Z1 = "glm-z1"
    GLM_EDGE = "glm-edge"


def family_named(value: str) -> Family | None:
    """The generation of that value; None where there is none, as in a list of another version."""
    try:
        return Family(value)
    except ValueError:
        return None
