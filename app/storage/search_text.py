"""Text as the search index sees it: folded, and cut into tokens so that Chinese words are found.

Pure functions. A language written without spaces has no words that a tokenizer could find, so every character
of such a script (Chinese with its extension planes, kana, hangul, Thai and others) is a token of its own, and
a word is looked up as a phrase of them. In all other scripts a token is a run of letters and digits. Case,
width and accents make no difference. What is folded holds letters, digits and spaces only: nothing of it can
be read as query syntax.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

SNIPPET_BEFORE = 24  # characters before the first match
SNIPPET_LENGTH = 120

_OWN_RANGES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x0F00, 0x109F),  # Tibetan, Myanmar
    (0x1100, 0x11FF),  # hangul letters
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x19FF),  # Tai scripts, Khmer symbols
    (0x2E80, 0x2FDF),  # radicals
    (0x3005, 0x3007),
    (0x3021, 0x3029),
    (0x3031, 0x303C),
    (0x3040, 0x31FF),  # kana, bopomofo, hangul letters, strokes
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xA000, 0xA4CF),  # Yi
    (0xA960, 0xA97F),
    (0xAC00, 0xD7FF),  # hangul syllables
    (0xF900, 0xFAFF),
    (0x16FE0, 0x1B2FF),  # Tangut, Khitan, kana supplements, Nushu
    (0x20000, 0x3FFFF),  # the extension planes
)
_SPELLED_RANGES = (  # tokens of their own that the index does not take for letters: their code stands there
    (0x19B0, 0x19C0),
    (0x19C8, 0x19C9),
    (0x1CF2, 0x1CF3),
    (0x2600, 0x27BF),  # symbols and emoji
    (0x1F000, 0x1FAFF),
)
_JOINED = "\0"  # in a shape: a character that belongs to the one before it
_OWN_CLASS = "".join(f"{chr(low)}-{chr(high)}" for low, high in (*_OWN_RANGES, *_SPELLED_RANGES))
_WORD_CHARACTER = rf"[^\W_{_OWN_CLASS}]"
_SHAPE_TOKEN = re.compile(rf"[{_OWN_CLASS}]|[^ {_OWN_CLASS}]+")


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= code <= high for low, high in ranges)


def _folded_character(code: int) -> str:
    """What the index holds for one character: letters, a token between spaces, a space, or nothing."""
    character = chr(code)
    category = unicodedata.category(character)
    if category[0] == "M" or category == "Cf":
        return ""  # accents, vowel signs, joiners: never a reason to miss a word
    if _within(code, _SPELLED_RANGES):
        return f" u{code:x} "
    wide = unicodedata.normalize("NFKC", character)
    if wide != character:
        return wide.translate(_FOLDED)
    if category[0] not in "LN":
        return " "
    if _within(code, _OWN_RANGES):
        return f" {character} "
    folded = unicodedata.normalize("NFKD", character.casefold())
    return "".join(c for c in folded if unicodedata.category(c)[0] in "LN") or " "


def _shape_of(code: int) -> str:
    """One character for one, so that places in the shape are places in the text."""
    folded = _folded_character(code)
    if not folded:
        return _JOINED
    bare = folded.strip()
    if _within(code, _SPELLED_RANGES):
        return chr(code)
    return bare[0] if bare else " "


class _FoldedTable(dict[int, str]):
    """Filled as characters are met; `str.translate` asks it for each one."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _folded_character(code)
        return folded


class _ShapeTable(dict[int, str]):
    """As `_FoldedTable`, one character for one."""

    def __missing__(self, code: int) -> str:
        shape = self[code] = _shape_of(code)
        return shape


_FOLDED = _FoldedTable()
_SHAPES = _ShapeTable()


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a text on one line; `marks` are (start, length) of the matches in `text`."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


def index_form(text: str) -> str:
    """`text` as it is given to the index."""
    return text.translate(_FOLDED)


def match_expression(query: str) -> str:
    """What a person typed, as an expression of quoted phrases; empty when there is nothing to look for.

    All words must be there. Characters without a space between them stand for a phrase. The last word may be
    the beginning of a longer one, as it is still being typed, unless a space follows it.
    """
    chunks = [folded for chunk in query.split() if (folded := " ".join(index_form(chunk).split()))]
    phrases = [f'"{chunk}"' for chunk in chunks]
    if phrases and not query[-1].isspace() and not _is_own_token(chunks[-1][-1:]):
        phrases[-1] += " *"
    return " AND ".join(phrases)


def make_snippet(text: str, query: str) -> Snippet:
    """The piece of `text` around the first match of `query`, with every match in it marked."""
    pattern = _pattern(query)
    first = pattern.search(text.translate(_SHAPES)) if pattern else None
    start = max(0, first.start() - SNIPPET_BEFORE) if first else 0
    end = min(len(text), start + SNIPPET_LENGTH)
    before, after = ("…" if start else ""), ("…" if end < len(text) else "")
    piece = re.sub(r"\s", " ", text[start:end])
    found = pattern.finditer(piece.translate(_SHAPES)) if pattern else ()
    marks = tuple((match.start() + len(before), match.end() - match.start()) for match in found)
    return Snippet(f"{before}{piece}{after}", marks)


def _pattern(query: str) -> re.Pattern[str] | None:
    """Finds the words of `query` in a shape; looser than the index where one letter folds into several."""
    shapes = [chunk.translate(_SHAPES).replace(_JOINED, "") for chunk in query.split()]
    shapes = [shape for shape in shapes if shape.strip()]
    phrases = [_phrase_pattern(shape, is_last=at == len(shapes) - 1) for at, shape in enumerate(shapes)]
    return re.compile("|".join(phrases)) if phrases else None


def _phrase_pattern(shape: str, *, is_last: bool) -> str:
    tokens = _SHAPE_TOKEN.findall(shape)
    pattern = "" if _is_own_token(tokens[0]) else rf"(?<!{_WORD_CHARACTER})"
    for at, token in enumerate(tokens):
        if at:
            touching = _is_own_token(token) or _is_own_token(tokens[at - 1])
            pattern += f"[ {_JOINED}]*" if touching else f"{_JOINED}* [ {_JOINED}]*"
        pattern += f"{_JOINED}*".join(re.escape(character) for character in token)
    may_go_on = is_last or _is_own_token(tokens[-1])
    return pattern + f"{_JOINED}*" + ("" if may_go_on else rf"(?!{_WORD_CHARACTER})")


def _is_own_token(token: str) -> bool:
    code = ord(token[0])
    return _within(code, _OWN_RANGES) or _within(code, _SPELLED_RANGES)
