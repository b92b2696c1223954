"""Whether a model's tokenizer is whole and of its generation, without opening it.

The rules are those of `model.glm.tokenizers`, as far as they can be told from the file alone: what is refused
here is refused there, and what passes here may still be found out there. Standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.core.errors import WorldError
from app.core.imports import FileState
from app.model.glm.config import GlmConfig
from app.model.glm.config_fields import read_object
from app.model.glm.family import Family
from app.model.glm.tokenizers.opening import (
    CONFIG_NAME,
    FILE_NAMES,
    JSON_NAME,
    LONGEST_ID,
    MAX_BYTES,
    MAX_PADDING,
    PUBLISHED_ROWS,
)
from app.model.importing.tokenizer_facts import Kind, TokenizerFacts, read_facts

RANK_CONTROLS = 14
"""Control ids behind the ranks of GLM-4's file."""
PIECE_CONTROLS = 5
"""Control ids behind the pieces of ChatGLM2's file."""
ROLE_CONTROLS = 4
"""Further ones of ChatGLM3."""
FIRST_RELEASE_PIECES = 8 + 80 + 256
"""What the slim release of ChatGLM-6B has behind the pieces of the first: controls, blanks, bytes."""

_SOP, _GMASK, _NEWLINE, _PAD = "<sop>", "[gMASK]", "<n>", "<pad>"
_ADDED_SOP, _ADDED_GMASK = 4, 1  # where they stand among those
_ROLES = ("<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>")
_CONFIG_LIMIT = 4 << 20  # bytes


class TokenizerFile:
    """The tokenizer's file of one folder, read once and held against several generations."""

    def __init__(self, path: Path) -> None:
        """`path` is a regular file; raises `OSError`."""
        self.path = path
        self._facts = TokenizerFacts(Kind.NONE)
        if path.stat().st_size <= MAX_BYTES:
            self._facts = read_facts(path.read_bytes(), frozenset({_SOP, _GMASK, _NEWLINE, _PAD}))

    def state(self, config: GlmConfig) -> FileState:
        """GOOD, SHORT, UNREADABLE, or FOREIGN for a file of another generation than `config`'s."""
        facts, family = self._facts, config.family
        if facts.kind is Kind.NONE:
            return FileState.UNREADABLE
        if self.path.name not in FILE_NAMES[family]:
            return FileState.FOREIGN
        expected = Kind.PIECES
        if self.path.name == JSON_NAME:
            expected = Kind.JSON
        elif JSON_NAME in FILE_NAMES[family]:
            expected = Kind.RANKS
        if facts.kind is not expected:
            return FileState.FOREIGN
        if not facts.is_whole:
            return FileState.SHORT
        return FileState.GOOD if self._fits(config) else FileState.FOREIGN

    def _fits(self, config: GlmConfig) -> bool:
        facts = self._facts
        match facts.kind:
            case Kind.RANKS:
                added = _added_ids(self.path)
                if added and min(added) < facts.count:
                    return False
                return _rows_fit(config, max([facts.count + RANK_CONTROLS, *(one + 1 for one in added)]))
            case Kind.JSON:
                return _has_roles(facts.named, config.family) and _rows_fit(config, facts.count)
            case _ if config.family is Family.CHATGLM:
                return _fits_first_generation(facts, config)
            case _:
                is_codegeex = config.family is Family.CODEGEEX2
                roles = ROLE_CONTROLS if config.family is Family.CHATGLM3 else 0
                return (
                    facts.has_byte_pieces
                    and facts.has_dummy_prefix is not is_codegeex
                    and _rows_fit(config, facts.count + PIECE_CONTROLS + roles)
                )


def find_tokenizer(folder: Path, family: Family) -> Path:
    """The tokenizer's file: the first of the generation's names that is there, else the first name."""
    names = FILE_NAMES[family]
    return folder / next((name for name in names if (folder / name).is_file()), names[0])


def _rows_fit(config: GlmConfig, limit: int) -> bool:
    """Whether the ids below `limit` fit the matrix; sizes that were never published have no known padding."""
    padding = config.vocab_size - limit
    return padding >= 0 and (config.vocab_size not in PUBLISHED_ROWS or padding <= MAX_PADDING)


def _has_roles(named: Mapping[str, int], family: Family) -> bool:
    wanted = _ROLES if family is Family.GLM_EDGE else (*_ROLES, _GMASK, _SOP)
    return all(spelling in named for spelling in wanted)


def _fits_first_generation(facts: TokenizerFacts, config: GlmConfig) -> bool:
    """Ids of text begin behind those of pictures, so that <sop> is where the configuration has it."""
    if _NEWLINE not in facts.named or _PAD not in facts.named or config.prefix_ids is None:
        return False
    sop, gmask, count = facts.named.get(_SOP), facts.named.get(_GMASK), facts.count
    if sop is None or gmask is None:  # the first release names them when it runs
        sop, gmask = count + _ADDED_SOP, count + _ADDED_GMASK
        count += FIRST_RELEASE_PIECES
    offset = config.prefix_ids.sop - sop
    if offset < 0 or config.prefix_ids.gmask != gmask + offset:
        return False
    return _rows_fit(config, count + offset)


def _added_ids(path: Path) -> list[int]:
    """Control ids that the tokenizer_config.json beside a file names."""
    try:
        entries = read_object(path.with_name(CONFIG_NAME), _CONFIG_LIMIT).get("added_tokens_decoder")
    except WorldError:
        return []
    if not isinstance(entries, dict):
        return []
    return [int(key) for key in entries if key.isdecimal() and len(key) <= LONGEST_ID]
