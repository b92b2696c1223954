"""The networks give the numbers of transformers' classes, of the ChatGLM-6B dump and of the second writing.

Everything in float32, read in chunks over the cache and at once.
"""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from app.model.glm.cache import KvCache
from app.model.glm.checkpoint import open_checkpoint
from app.model.glm.config import Architecture, GlmConfig, Layout, PrefixIds, Rope, read_config
from app.model.glm.family import Family
from app.model.glm.glm_network import transformers_config
from app.model.glm.network import assign, build_network
from tests.helpers.glm_models import Options, Sizes, control_ids, float_tensors, make_model
from tests.helpers.glm_reference import V1Sizes, v1_logits
from tests.helpers.glm_transformers import split_official, transformers_scores
from tests.helpers.shared import shared

CLOSE = 1e-4
SIZES = Sizes(layers=3, hidden=64, ffn=96, heads=4, groups=2, head=16, vocab=96, context=512)
GLM_FAMILIES = [family for family in Family if family is not Family.CHATGLM]
TENSOR_SIZES = {"int32": 4, "float32": 4}


@pytest.fixture(autouse=True)
def few_threads() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.inference_mode():
        yield
    torch.set_num_threads(threads)


def silent():
    pass


def loaded(folder, config=None):
    """The network of a folder in float32, as its loader would make it at that precision."""
    with open_checkpoint(folder, config or read_config(folder)) as checkpoint:
        network = build_network(checkpoint.config)
        for name in checkpoint.names():
            assign(network, name, checkpoint.read(name).float())
    return network


def cache_for(network, capacity=512, dtype=torch.float32):
    config = network.config
    return KvCache(config.layers, config.groups, config.head_size, capacity, dtype)


def step_over(network, cache, sequence, stop, check=silent):
    """Read `sequence` from the end of the cache to `stop`; the scores of those tokens."""
    ids = torch.tensor([sequence[cache.length : stop]])
    step = network.start(ids, cache.length, sequence)
    for index in range(network.layer_count):
        network.run_layer(index, step, cache, check)
    cache.commit(step.rows)
    return network.logits(step.hidden)


def scores_of(network, sequence, *stops):
    """Scores of all tokens of a sequence, read in steps that end at `stops`."""
    cache = cache_for(network)
    ends = sorted({*stops, len(sequence)})
    return torch.cat([step_over(network, cache, sequence, stop) for stop in ends])


def some_ids(count, vocab, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, vocab, (count,), generator=generator).tolist()


@pytest.mark.parametrize("family", GLM_FAMILIES)
def test_every_later_generation_equals_transformers(tmp_path, family):
    options = Options(sizes=SIZES, dtype=torch.float32)
    network = loaded(make_model(tmp_path / "m", family, options))
    weights = float_tensors(family, options)
    if any("query_key_value" in name for name in weights):
        weights = split_official(weights, SIZES)
    sequence = some_ids(50, SIZES.vocab)
    with transformers_scores(transformers_config(network.config), weights) as expected:
        wanted = expected(sequence)
    assert wanted.std() > 0.3
    for stops in ((), (17, 40), (47, 48, 49)):
        assert (scores_of(network, sequence, *stops) - wanted).abs().max() < CLOSE


@pytest.mark.parametrize(
    ("family", "changes", "parameters"),
    [
        (Family.CHATGLM2, {}, {"rope_type": "default", "rope_theta": 1e4}),
        (Family.CHATGLM2, {"rope_ratio": 16}, {"rope_type": "linear", "factor": 16.0, "rope_theta": 1e4}),
        (Family.CHATGLM3, {"rope_ratio": 50}, {"rope_type": "default", "rope_theta": 5e5}),
        (Family.GLM4, {"rope_ratio": 10000}, {"rope_type": "default", "rope_theta": 1e8}),
    ],
)
def test_the_rules_of_rope_ratio(tmp_path, family, changes, parameters):
    """Reference section 3.4, with transformers' configuration written out here."""
    from transformers import GlmConfig as TheirConfig

    options = Options(sizes=SIZES, dtype=torch.float32, config=changes)
    network = loaded(make_model(tmp_path / "m", family, options))
    theirs = TheirConfig(
        vocab_size=SIZES.vocab,
        hidden_size=SIZES.hidden,
        intermediate_size=SIZES.ffn,
        num_hidden_layers=SIZES.layers,
        num_attention_heads=SIZES.heads,
        num_key_value_heads=SIZES.groups,
        head_dim=SIZES.head,
        rms_norm_eps=network.config.norm_eps,
        rope_parameters=parameters | {"partial_rotary_factor": 0.5},
        pad_token_id=0,
        eos_token_id=2,
    )
    sequence = some_ids(300, SIZES.vocab)
    with transformers_scores(theirs, split_official(float_tensors(family, options), SIZES)) as expected:
        wanted = expected(sequence)
    assert (scores_of(network, sequence, 280) - wanted).abs().max() < CLOSE


def test_yarn_equals_transformers(tmp_path):
    from transformers import Glm4Config as TheirConfig

    sizes = replace(SIZES, context=32768, head=32)
    options = Options(sizes=sizes, dtype=torch.float32)
    folder = make_model(tmp_path / "m", Family.GLM_Z1, options)
    plain = read_config(folder)
    content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    yarn = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}
    theirs = TheirConfig.from_dict(content | {"eos_token_id": 2, "pad_token_id": 0, "rope_scaling": yarn})
    sequence = some_ids(200, SIZES.vocab)
    with transformers_scores(theirs, float_tensors(Family.GLM_Z1, options)) as expected:
        wanted = expected(sequence)
    long = scores_of(loaded(folder, plain.for_context(100_000)), sequence, 150)
    assert (long - wanted).abs().max() < CLOSE
    assert (scores_of(loaded(folder, plain), sequence) - wanted).abs().max() > 100 * CLOSE


def test_a_head_that_is_tied(tmp_path):
    options = Options(sizes=SIZES, dtype=torch.float32, tied=True, attention_bias=False)
    network = loaded(make_model(tmp_path / "m", Family.GLM_EDGE, options))
    weights = float_tensors(Family.GLM_EDGE, options)
    weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    assert network.lm_head.weight is network.model.embed_tokens.weight
    sequence = some_ids(20, SIZES.vocab)
    with transformers_scores(transformers_config(network.config), weights) as expected:
        assert (scores_of(network, sequence) - expected(sequence)).abs().max() < CLOSE


def test_bfloat16_runs_near_float32(tmp_path):
    folder = make_model(tmp_path / "m", Family.CHATGLM3, Options(sizes=SIZES, dtype=torch.float32))
    exact = loaded(folder)
    rounded = loaded(folder).to(torch.bfloat16)
    rounded.compute_dtype = torch.bfloat16
    sequence = some_ids(300, SIZES.vocab)
    cache = cache_for(rounded, dtype=torch.bfloat16)
    step_over(rounded, cache, sequence, 290)
    last = step_over(rounded, cache, sequence, 300)
    assert last.dtype == torch.float32
    assert (last - scores_of(exact, sequence)[290:]).abs().max() < 0.15


# ChatGLM-6B


def read_dump(name):
    folder = shared("fixtures", "chatglm.cpp-tiny")
    entries = json.loads((folder / "layout.json").read_text(encoding="utf-8"))["files"][name]["tensors"]
    data = bytearray((folder / name).read_bytes())
    found, at = {}, 0
    for entry in entries:
        count = torch.Size(entry["shape"]).numel()
        dtype = getattr(torch, entry["dtype"])
        values = torch.frombuffer(data, dtype=dtype, count=count, offset=at)
        found[entry["name"]] = values.view(entry["shape"])
        at += count * TENSOR_SIZES[entry["dtype"]]
    assert at == len(data)
    return found


def test_the_dump_of_the_official_first_generation():
    """Hidden states behind the final norm, for a prompt and two further tokens, made by the official code."""
    tensors = read_dump("glm_model.data")
    calls = [tensors.pop(f"x{call}").tolist() for call in (1, 2, 3)]
    expected = [tensors.pop(f"y{call}") for call in (1, 2, 3)]
    config = GlmConfig(
        family=Family.CHATGLM,
        network=Architecture.CHATGLM,
        layout=Layout.OFFICIAL_V1,
        layers=1,
        hidden_size=32,
        ffn_size=128,
        heads=8,
        groups=8,
        head_size=4,
        vocab_size=5,
        context_length=64,
        norm_eps=1e-5,
        attention_bias=True,
        tied_embeddings=True,
        rope=Rope(10000.0, 4),
        stored_dtype="float32",
        pad_id=0,
        eos_ids=(),
        prefix_ids=PrefixIds(sop=calls[0][2], gmask=calls[0][1], mask=99),
    )
    network = build_network(config)
    for name, value in tensors.items():
        assign(network, name, value)
    cache = cache_for(network)
    sequence = []
    for ids, wanted in zip(calls, expected, strict=True):
        sequence += ids
        step = network.start(torch.tensor([ids]), cache.length, sequence)
        network.run_layer(0, step, cache, silent)
        cache.commit(step.rows)
        assert (network.final_layernorm(step.hidden)[0] - wanted).abs().max() < 1e-6


def v1_case(folder, **changes):
    options = Options(sizes=SIZES, dtype=torch.float32, **changes)
    folder = make_model(folder, Family.CHATGLM, options)
    mask, gmask, sop = control_ids(options)
    return loaded(folder), float_tensors(Family.CHATGLM, options), V1Sizes(3, 4, 1e-5, mask, gmask, sop)


@pytest.mark.parametrize(
    ("head", "tail"),
    [
        ("tttttGS", "aaaaaa"),
        ("GS", "aaa"),
        ("ttMtttS", "aa"),
        ("tMtGtS", "aaSaa"),  # gMASK wins; a second <sop> changes nothing
        ("tttGttttS", "aaaa"),
    ],
)
@pytest.mark.parametrize("first_release", [False, True])
def test_chatglm6b_equals_the_second_writing(tmp_path, head, tail, first_release):
    network, weights, sizes = v1_case(tmp_path / "m")
    sizes = replace(sizes, first_release=first_release)
    network._ids = replace(network._ids, clamped=not first_release)
    plain = iter(some_ids(40, 70))
    letters = {"G": sizes.gmask_id, "M": sizes.mask_id, "S": sizes.sop_id}
    sequence = [letters[letter] if letter in letters else next(plain) for letter in head + tail]
    wanted = v1_logits(weights, sizes, sequence)
    assert wanted.std() > 0.3
    prefix = head.index("S")
    for stops in ((), (prefix,), (prefix + 1, prefix + 2), (prefix, prefix + 3)):
        assert (scores_of(network, sequence, *stops) - wanted).abs().max() < CLOSE


def test_a_long_prefix_goes_through_in_blocks_with_looks_in_between(tmp_path):
    sizes = replace(SIZES, layers=1, context=2048)
    options = Options(sizes=sizes, dtype=torch.float32)
    network = loaded(make_model(tmp_path / "m", Family.CHATGLM, options))
    mask, gmask, sop = control_ids(options)
    sequence = [*some_ids(1200, 70), gmask, sop, 5, 6]
    looks = []
    cache = cache_for(network, 1300)
    found = step_over(network, cache, sequence, len(sequence), lambda: looks.append(1))
    weights = float_tensors(Family.CHATGLM, options)
    wanted = v1_logits(weights, V1Sizes(1, 4, 1e-5, mask, gmask, sop), sequence)
    assert (found - wanted).abs().max() < CLOSE
    assert len(looks) >= 8


def test_a_prefix_is_never_cut(tmp_path):
    network, _, sizes = v1_case(tmp_path / "m")
    sequence = [1, 2, 3, 4, sizes.gmask_id, sizes.sop_id]
    assert network.least_rows(0, sequence) == 5
    assert network.least_rows(5, sequence) == 1
    with pytest.raises(ValueError, match="cut a prefix of 5"):
        network.start(torch.tensor([sequence[:3]]), 0, sequence)
    with pytest.raises(ValueError, match="cut a prefix of 5"):
        network.start(torch.tensor([sequence[2:]]), 2, sequence)
    with pytest.raises(ValueError, match="gMASK"):
        network.start(torch.tensor([[1, sizes.sop_id]]), 0, [1, sizes.sop_id])


# Caches


def test_what_of_a_cache_is_reusable(tmp_path):
    network = loaded(make_model(tmp_path / "m", Family.CHATGLM3, Options(sizes=SIZES)))
    assert network.reusable([], [1, 2]) == 0
    assert network.reusable([1, 2, 3], [1, 2, 3, 4]) == 3
    assert network.reusable([1, 2, 3], [1, 2, 9, 4]) == 2
    assert network.reusable([1, 2, 3], [1, 2, 3]) == 2
    assert network.reusable([1, 2, 3, 4], [1, 2]) == 1
    assert network.reusable([1], [1]) == 0


def test_what_of_a_cache_is_reusable_in_the_first_generation(tmp_path):
    network, _, sizes = v1_case(tmp_path / "m")
    g, s = sizes.gmask_id, sizes.sop_id
    assert network.reusable([1, 2, g, s, 7, 8], [1, 2, g, s]) == 3
    assert network.reusable([1, 2, g, s, 7, 8], [1, 2, g, s, 7, 9]) == 5
    assert network.reusable([1, 2, g, s, 7, 8], [1, 2, 3, g, s]) == 0
    assert network.reusable([1, 2, g, s], [1, 9, g, s]) == 0
    assert network.reusable([1, 2, g], [1, 2, g, s]) == 0
    assert network.reusable([], [1, g, s]) == 0


@pytest.mark.parametrize("family", [Family.CHATGLM, Family.GLM_Z1])
def test_a_step_that_is_given_up_leaves_the_cache_as_it_was(tmp_path, family):
    options = Options(sizes=SIZES, dtype=torch.float32)
    network = loaded(make_model(tmp_path / "m", family, options))
    _, gmask, sop = control_ids(options)
    sequence = [1, 2, 3, gmask, sop, 4, 5, 6, 7]
    wanted = scores_of(network, sequence)
    cache = cache_for(network)
    step_over(network, cache, sequence, 6)

    class GivenUpError(Exception):
        pass

    for last in (1, 2, 4):
        looks = iter(range(last))

        def look(looks=looks):
            if next(looks, None) is None:
                raise GivenUpError

        with pytest.raises(GivenUpError):
            step_over(network, cache, sequence, 9, look)
        assert cache.length == 6
    assert (step_over(network, cache, sequence, 9) - wanted[6:]).abs().max() < CLOSE


# Names


@pytest.mark.parametrize("family", [Family.CHATGLM, Family.CHATGLM3, Family.GLM4_0414])
def test_the_linears_are_the_large_matrices_and_can_be_replaced(tmp_path, family):
    network = loaded(make_model(tmp_path / "m", family, Options(sizes=SIZES, dtype=torch.float32)))
    linears = dict(network.linears())
    matrices = {
        name.removesuffix(".weight")
        for name, value in network.named_parameters()
        if value.dim() == 2 and "layers." in name
    }
    assert set(linears) == matrices
    assert isinstance(network.get_submodule(network.head_name), torch.nn.Linear)
    assert isinstance(network.get_submodule(network.embedding_name), torch.nn.Embedding)
    called = []

    class Counted(torch.nn.Module):
        """Has no weight to look into."""

        def __init__(self, inner, name):
            super().__init__()
            self.call = inner.forward
            self.name = name

        def forward(self, hidden):
            called.append(self.name)
            return self.call(hidden)

    sequence = [1, 2, *control_ids(Options(sizes=SIZES))[1:]]
    sequence.insert(3, sequence.pop())
    before = scores_of(network, sequence)
    for name, linear in [*linears.items(), (network.head_name, network.get_submodule(network.head_name))]:
        network.set_submodule(name, Counted(linear, name))
    assert torch.equal(scores_of(network, sequence), before)
    assert set(called) == {*linears, network.head_name}


def test_networks_are_built_without_memory():
    config = read_config(shared("fixtures", "glm-4-9b-chat"))
    network = build_network(config)
    assert all(value.is_meta for value in network.parameters())
    assert sum(value.numel() for value in network.parameters()) == config.parameter_count
    with pytest.raises(KeyError):
        assign(network, "model.norm.bias", torch.zeros(1))
