"""The catalogue holds what was published, with the measures that the engine reads; the rules of advice."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.core import memory_plan
from app.core.catalog import (
    Advice,
    Catalog,
    EditionKind,
    Purpose,
    advise,
    at_int4,
    by_ease,
    read_catalog,
    suitability,
)
from app.core.engine import Precision
from app.core.memory import Fit, GraphicsCard, MachineMemory
from app.model.glm.config import read_config
from app.model.model_shapes import shape_of_config
from tests.helpers.shared import shared

FILE = Path(__file__).resolve().parents[2] / "resources" / "catalog.json"
GB, GIB = 10**9, 1 << 30
SIX = {
    "model_type": "chatglm", "num_layers": 28, "padded_vocab_size": 65024, "hidden_size": 4096,
    "ffn_hidden_size": 13696, "kv_channels": 128, "num_attention_heads": 32, "multi_query_attention": True,
    "multi_query_group_num": 2, "rmsnorm": True, "layernorm_epsilon": 1e-5, "post_layer_norm": True,
    "add_bias_linear": False, "add_qkv_bias": True, "original_rope": True, "eos_token_id": 2,
    "pad_token_id": 0, "apply_residual_connection_post_layernorm": False, "fp32_residual_connection": False,
    "tie_word_embeddings": False, "torch_dtype": "float16", "seq_length": 8192,
}  # fmt: skip
FIRST = {
    "model_type": "chatglm", "hidden_size": 4096, "inner_hidden_size": 16384, "num_layers": 28,
    "num_attention_heads": 32, "layernorm_epsilon": 1e-5, "max_sequence_length": 2048, "vocab_size": 130528,
    "position_encoding_2d": True, "torch_dtype": "float16", "bos_token_id": 130004, "eos_token_id": 130005,
    "mask_token_id": 130000, "gmask_token_id": 130001, "pad_token_id": 3,
}  # fmt: skip
LATER = {
    "model_type": "glm4", "hidden_size": 4096, "intermediate_size": 13696, "num_hidden_layers": 40,
    "num_attention_heads": 32, "num_key_value_heads": 2, "head_dim": 128, "attention_bias": True,
    "partial_rotary_factor": 0.5, "max_position_embeddings": 32768, "vocab_size": 151552,
    "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu", "tie_word_embeddings": False,
    "torch_dtype": "bfloat16", "eos_token_id": [151329, 151336, 151338], "pad_token_id": 151329,
}  # fmt: skip
LARGE = LATER | {
    "hidden_size": 6144, "intermediate_size": 23040, "num_hidden_layers": 61, "num_attention_heads": 48,
    "attention_bias": False,
}  # fmt: skip
EDGE = LATER | {
    "model_type": "glm", "hidden_size": 3072, "intermediate_size": 8192, "num_attention_heads": 24,
    "num_key_value_heads": 6, "attention_bias": False, "partial_rotary_factor": 1.0, "vocab_size": 59264,
    "max_position_embeddings": 8192, "eos_token_id": [59246, 59253, 59255], "pad_token_id": 59246,
}  # fmt: skip
SMALL_EDGE = EDGE | {
    "hidden_size": 2048, "intermediate_size": 6144, "num_hidden_layers": 28, "num_attention_heads": 16,
    "num_key_value_heads": 4,
}  # fmt: skip
PUBLISHED = {
    "ChatGLM-6B": FIRST,
    "ChatGLM2-6B": SIX | {"seq_length": 32768},
    "ChatGLM3-6B": SIX,
    "CodeGeeX2-6B": SIX,
    "GLM-4-9B-0414": LATER,
    "GLM-Z1-9B-0414": LATER,
    "GLM-4-32B-0414": LARGE,
    "GLM-Z1-32B-0414": LARGE,
    "GLM-Edge-4B-Chat": EDGE,
    "GLM-Edge-1.5B-Chat": SMALL_EDGE,
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return read_catalog(FILE.read_text(encoding="utf-8"))


def computer(free_gib: float, card_gib: float = 0, total_gib: float = 16) -> MachineMemory:
    card = GraphicsCard("Card", int(card_gib * GIB), int(card_gib * GIB)) if card_gib else None
    return MachineMemory(int(total_gib * GIB), int(free_gib * GIB), card=card)


def best(advice: Advice) -> str:
    return "" if advice.best is None else advice.best.model.name


# The data


def check_shape(catalog: Catalog, name: str, folder: Path) -> None:
    model = next(one for one in catalog.models if one.name == name)
    config = read_config(folder)
    assert model.shape == shape_of_config(config, model.usual.size)
    assert model.parameters == config.parameter_count


@pytest.mark.parametrize("name", PUBLISHED)
def test_measures_are_what_the_published_configuration_gives(
    catalog: Catalog, tmp_path: Path, name: str
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(PUBLISHED[name]), encoding="utf-8")
    check_shape(catalog, name, tmp_path)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("GLM-4-9B-Chat", {}),
        ("CodeGeeX4-ALL-9B", {}),
        ("GLM-4-9B-Chat-1M", {"multi_query_group_num": 4, "rope_ratio": 10000, "seq_length": 1048576}),
    ],
)
def test_measures_of_the_nine_are_those_of_its_own_file(
    catalog: Catalog, tmp_path: Path, name: str, changes: dict[str, int]
) -> None:
    published = json.loads(shared("fixtures", "glm-4-9b-chat", "config.json").read_text(encoding="utf-8"))
    (tmp_path / "config.json").write_text(json.dumps(published | changes), encoding="utf-8")
    check_shape(catalog, name, tmp_path)


def test_every_model_that_runs_is_checked_here(catalog: Catalog) -> None:
    running = {model.name for model in catalog.models if model.shape is not None}
    assert running == {*PUBLISHED, "GLM-4-9B-Chat", "CodeGeeX4-ALL-9B", "GLM-4-9B-Chat-1M"}


def test_the_files_are_as_large_as_the_weights(catalog: Catalog) -> None:
    """Two bytes a weight; ChatGLM-6B's files hold the embedding a second time, as the head."""
    for model in catalog.models:
        if model.shape is None:
            continue
        stored = model.parameters + (model.shape.head_weights if model.shape.is_tied else 0)
        for edition in model.editions:
            if not edition.quantization_bits:
                assert edition.size == pytest.approx(2 * stored, rel=0.005), edition.repository
            else:
                assert edition.size < stored * edition.quantization_bits / 8 * 1.4


def test_every_model_says_what_it_is_for_in_both_languages(catalog: Catalog) -> None:
    names = [model.name for model in catalog.models]
    repositories = [edition.repository for model in catalog.models for edition in model.editions]
    assert len({*names}) == len(names)
    assert len({*repositories}) == len(repositories)
    for model in catalog.models:
        assert {*model.good_at} == {"zh", "en"}
        assert model.good_at["zh"].endswith("。")
        assert model.good_at["en"].endswith(".")
        assert model.usual.kind is EditionKind.USUAL
        assert not model.usual.quantization_bits
        assert model.licence.name
        assert model.licence.address.startswith("https://")


def test_addresses_are_those_of_the_two_hubs(catalog: Catalog) -> None:
    model = next(one for one in catalog.models if one.name == "ChatGLM3-6B")
    assert [hub.address(model.usual) for hub in catalog.hubs] == [
        "https://huggingface.co/zai-org/chatglm3-6b",
        "https://modelscope.cn/models/ZhipuAI/chatglm3-6b",
    ]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"licences": {}, "hubs": [], "models": [{"name": "x"}]}'])
def test_a_text_that_is_no_catalogue_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        read_catalog(text)


# The rules


@pytest.mark.parametrize(
    ("machine", "name", "precision"),
    [
        (computer(2.2, total_gib=4), "", None),
        (computer(3.9, total_gib=8), "GLM-Edge-1.5B-Chat", Precision.INT8),
        (computer(4.5, total_gib=8), "GLM-Edge-1.5B-Chat", Precision.INT8),
        (computer(10.8), "GLM-Edge-4B-Chat", Precision.INT8),
        (computer(57, total_gib=64), "GLM-Edge-4B-Chat", Precision.INT8),
        (computer(10.8, card_gib=8), "GLM-4-9B-0414", Precision.INT4),
        (computer(26, card_gib=24, total_gib=32), "GLM-4-32B-0414", Precision.INT4),
    ],
)
def test_the_first_that_fits_and_keeps_pace_is_recommended(
    catalog: Catalog, machine: MachineMemory, name: str, precision: Precision | None
) -> None:
    advice = advise(catalog.models, machine, None)
    assert best(advice) == name
    if advice.best is not None:
        assert advice.best.choice.precision is precision
        assert advice.best.fit is Fit.FITS
        assert advice.best.keeps_pace
        assert advice.best.choice.context_length == 8192


def test_what_is_recommended_is_what_the_planner_would_load(catalog: Catalog) -> None:
    machine = computer(10.8)
    found = advise(catalog.models, machine, None).best
    assert found is not None
    assert found.model.shape is not None
    assert found.choice == memory_plan.recommended(found.model.shape, machine)
    assert found.estimate == memory_plan.estimate(found.model.shape, found.choice)


def test_larger_models_that_would_be_slow_are_told(catalog: Catalog) -> None:
    assert not advise(catalog.models, computer(6.5, total_gib=8), None).is_larger_slow
    assert advise(catalog.models, computer(57, total_gib=64), None).is_larger_slow
    assert not advise(catalog.models, computer(57, card_gib=80, total_gib=64), None).is_larger_slow


def test_a_full_disk_makes_the_choice_smaller_and_then_is_told(catalog: Catalog) -> None:
    machine = computer(10.8)
    roomy = advise(catalog.models, machine, 100 * GB)
    assert (best(roomy), roomy.has_room) == ("GLM-Edge-4B-Chat", True)
    assert roomy.best is not None
    assert roomy.best.needed_disk == 8_660_000_000 + roomy.best.estimate.model
    narrow = advise(catalog.models, machine, roomy.best.needed_disk - 1)
    assert (best(narrow), narrow.has_room) == ("GLM-Edge-1.5B-Chat", True)
    full = advise(catalog.models, machine, 1 * GB)
    assert (best(full), full.has_room) == ("GLM-Edge-4B-Chat", False)


def test_at_full_precision_nothing_is_kept_beside_the_files(catalog: Catalog) -> None:
    found = advise(catalog.models, computer(57, card_gib=80, total_gib=64), None).best
    assert found is not None
    assert found.choice.precision is Precision.FP16
    assert found.needed_disk == found.model.usual.size


def test_only_models_for_conversation_are_recommended(catalog: Catalog) -> None:
    others = [model for model in catalog.models if model.purpose is not Purpose.CHAT]
    talking = [model for model in catalog.models if model.name == "GLM-Edge-1.5B-Chat"]
    assert best(advise([*others, *talking], computer(50, 48, 64), None)) == "GLM-Edge-1.5B-Chat"


def test_where_nothing_fits_the_smallest_is_named(catalog: Catalog) -> None:
    advice = advise(catalog.models, computer(1.2, total_gib=2), None)
    assert advice.best is None
    assert advice.smallest.model.name == "GLM-Edge-1.5B-Chat"
    assert advice.smallest.choice.precision is Precision.INT4


def test_slow_kernels_for_int4_are_not_recommended(catalog: Catalog) -> None:
    slow = replace(computer(6.5, total_gib=8), int4_is_slower=True)
    found = advise(catalog.models, slow, None).best
    assert found is not None
    assert found.choice.precision is not Precision.INT4


def test_a_model_that_cannot_be_run_has_no_figures(catalog: Catalog) -> None:
    model = next(one for one in catalog.models if one.name == "GLM-4.7")
    assert suitability(model, computer(10.8)) is None
    assert at_int4(model, computer(10.8)) is None


def test_what_runs_well_comes_first_and_what_cannot_be_run_last(catalog: Catalog) -> None:
    machine = computer(10.8)
    names = [model.name for model in by_ease(catalog.models, machine)]
    order = ("GLM-Edge-4B-Chat", "ChatGLM3-6B", "GLM-4-9B-0414", "GLM-4-32B-0414", "GLM-4.7")
    assert sorted(names, key=names.index) == names
    assert [name for name in names if name in order] == list(order)
