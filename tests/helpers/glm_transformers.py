"""Transformers' own classes as the yardstick: official weights under their names, and their scores."""

from contextlib import contextmanager

import torch


@contextmanager
def transformers_scores(their_config, weights):
    """A function from ids to the scores of transformers' own forward over these weights."""
    from transformers import Glm4ForCausalLM, GlmForCausalLM

    kind = GlmForCausalLM if their_config.model_type == "glm" else Glm4ForCausalLM
    their_config._attn_implementation = "eager"
    model = kind(their_config).eval()
    model.load_state_dict(weights, strict=True)
    yield lambda sequence: model(torch.tensor([sequence])).logits[0]


def split_official(weights, sizes):
    """Official weights under transformers' names (reference section 3.4), written for this test alone."""
    names = {
        "transformer.embedding.word_embeddings": "model.embed_tokens",
        "transformer.encoder.final_layernorm": "model.norm",
        "transformer.output_layer": "lm_head",
        "transformer.encoder.layers": "model.layers",
        "self_attention.dense": "self_attn.o_proj",
        "mlp.dense_h_to_4h": "mlp.gate_up_proj",
        "mlp.dense_4h_to_h": "mlp.down_proj",
    }
    found = {}
    rows = [sizes.heads * sizes.head, sizes.groups * sizes.head, sizes.groups * sizes.head]
    for name, value in weights.items():
        if "inv_freq" in name:
            continue
        renamed = name
        for theirs, ours in names.items():
            renamed = renamed.replace(theirs, ours)
        if "query_key_value" in renamed:
            for letter, piece in zip("qkv", value.split(rows), strict=True):
                found[renamed.replace("self_attention.query_key_value", f"self_attn.{letter}_proj")] = piece
        else:
            found[renamed] = value
    return found
