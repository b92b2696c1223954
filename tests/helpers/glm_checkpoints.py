"""Small checkpoints in their published layouts, opened, or refused."""

import pytest
import torch
from safetensors.torch import load, save_file

from app.core.errors import WorldError
from app.model.glm.checkpoint import open_checkpoint
from app.model.glm.config import read_config
from app.model.glm.family import Family
from tests.helpers.glm_models import Options, Sizes, make_model

TINY = Sizes(layers=2, hidden=32, ffn=64, heads=4, groups=2, head=8, vocab=64, context=64)
BINS = (Family.CHATGLM, Family.CHATGLM2, Family.CHATGLM3, Family.CODEGEEX2)
V1_HEAD, V1_EMBEDDING = "lm_head.weight", "transformer.word_embeddings.weight"
FUSED = "transformer.encoder.layers.1.self_attention.query_key_value"


def made(folder, family, **changes):
    return make_model(folder, family, Options(sizes=TINY, **changes))


def opened(folder):
    return open_checkpoint(folder, read_config(folder))


def refused(folder):
    with pytest.raises(WorldError) as caught:
        opened(folder).close()
    return caught.value.info


def of_bin(path):
    return torch.load(path, weights_only=True)


def changed(folder, change):
    """The only shard of a model with another content; gives its path."""
    path = next(iter([*folder.glob("*.safetensors"), *folder.glob("*.bin")]))
    if path.suffix == ".bin":
        tensors = of_bin(path)
        change(tensors)
        torch.save(tensors, path)
    else:
        tensors = load(path.read_bytes())  # not mapped: Windows writes over no file that is
        change(tensors)
        save_file(tensors, path)
    return path
