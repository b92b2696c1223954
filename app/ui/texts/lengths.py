"""What a number of tokens holds of prose: rough figures that give people an idea of a length.

Nothing is computed from them. Pure functions.
"""

from __future__ import annotations

WORDS_PER_TOKEN = 0.75
CHARACTERS_PER_TOKEN = 1.5


def words(tokens: int) -> int:
    """English words in `tokens`, rounded to two figures."""
    return _two_figures(tokens * WORDS_PER_TOKEN)


def characters(tokens: int) -> int:
    """Chinese characters in `tokens`, rounded to two figures."""
    return _two_figures(tokens * CHARACTERS_PER_TOKEN)


def _two_figures(number: float) -> int:
    unit = int(10 ** max(0, len(str(int(number))) - 2))
    return round(number / unit) * unit
