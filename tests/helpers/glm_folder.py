"""A small model of each generation with its small tokenizer: a folder that the engine can host."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.core.engine import EngineKind, ModelRef
from app.model.glm.family import Family
from app.model.glm.tokenizers.protocol import Control
from tests.helpers.glm_models import Options, make_model
from tests.helpers.glm_tokenizers import tokenizer_control, tokenizer_vocab_size, write_tokenizer

_LARGE_VOCABULARY = 100_096
"""GLM-4's layout is recognised by a large vocabulary; 64 divides it, so that every kernel takes the head."""


def model_options(family: Family, options: Options | None = None) -> Options:
    """`options` with the vocabulary and the control ids of the family's small tokenizer."""
    options = options or Options()
    vocab = max(tokenizer_vocab_size(family), options.sizes.vocab)
    if family in (Family.GLM4, Family.CODEGEEX4) and not options.hf:
        vocab = max(vocab, _LARGE_VOCABULARY)
    options = replace(options, sizes=replace(options.sizes, vocab=vocab))
    if family is Family.CHATGLM:
        ids = tokenizer_control(family)
        options = replace(options, control=(ids[Control.MASK], ids[Control.GMASK], ids[Control.SOP]))
    return options


def make_folder(place: Path, family: Family, options: Options | None = None) -> Path:
    """Write model and tokenizer into a folder below `place` that is called as published; gives it."""
    folder = make_model(place / family.value, family, model_options(family, options))
    write_tokenizer(folder, family)
    return folder


def glm_ref(folder: Path) -> ModelRef:
    """The folder as a model."""
    return ModelRef(folder.name, EngineKind.GLM_TORCH, str(folder))
