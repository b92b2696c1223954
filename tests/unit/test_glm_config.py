"""Every generation's config.json is read as what it is, and what cannot be run faithfully is refused."""

import json
from dataclasses import replace

import pytest

from app.core.errors import ErrorCode, WorldError
from app.model.glm.config import Architecture, GlmConfig, Layout, Note, Rope, read_config
from app.model.glm.family import Family
from tests.helpers.glm_models import Options, Sizes, float_tensors, make_model
from tests.helpers.shared import shared

OFFICIAL = (Family.CHATGLM2, Family.CHATGLM3, Family.CODEGEEX2, Family.GLM4, Family.CODEGEEX4)
TINY = Sizes(layers=1, hidden=32, ffn=32, heads=2, groups=1, head=16, vocab=64)


def written(folder, family, hf=False, base=None, **changes):
    """A folder with a config.json of a family in which some keys are replaced (None: taken out)."""
    options = Options(sizes=TINY, hf=hf, config={} if base is None else base)
    folder = make_model(folder, family, options)
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8")) | changes
    config = {key: value for key, value in config.items() if value is not None}
    path.write_text(json.dumps(config), encoding="utf-8")
    return folder


def refused(folder, family=None):
    with pytest.raises(WorldError) as caught:
        read_config(folder, family)
    return caught.value.info


@pytest.mark.parametrize("family", list(Family))
def test_each_family_is_told_by_its_files(tmp_path, family):
    config = read_config(make_model(tmp_path / "m", family, Options(sizes=TINY)))
    assert config.family is family
    assert config.family_is_certain
    assert config.notes == ()
    assert (config.layers, config.hidden_size, config.ffn_size, config.vocab_size) == (1, 32, 32, 64)
    groups = 2 if family is Family.CHATGLM else 1
    assert (config.heads, config.groups, config.head_size) == (2, groups, 16)
    layout = {Family.CHATGLM: Layout.OFFICIAL_V1} | dict.fromkeys(OFFICIAL, Layout.OFFICIAL)
    assert config.layout is layout.get(family, Layout.HF)


@pytest.mark.parametrize("family", list(Family))
def test_parameters_are_counted_as_they_are_stored(tmp_path, family):
    options = Options(sizes=TINY)
    config = read_config(make_model(tmp_path / "m", family, options))
    stored = {key: value for key, value in float_tensors(family, options).items() if "inv_freq" not in key}
    if config.tied_embeddings:
        del stored["lm_head.weight"]
    assert config.parameter_count == sum(value.numel() for value in stored.values())


def test_the_real_glm4_configuration():
    config = read_config(shared("fixtures", "glm-4-9b-chat"))
    assert config == GlmConfig(
        family=Family.GLM4,
        network=Architecture.GLM,
        layout=Layout.OFFICIAL,
        layers=40,
        hidden_size=4096,
        ffn_size=13696,
        heads=32,
        groups=2,
        head_size=128,
        vocab_size=151552,
        context_length=131072,
        norm_eps=1.5625e-07,
        attention_bias=True,
        tied_embeddings=False,
        rope=Rope(theta=5e6, rotary_size=64),
        stored_dtype="bfloat16",
        pad_id=151329,
        eos_ids=(151329, 151336, 151338),
    )
    assert 2 * config.parameter_count == 18_799_902_784 - 64  # the index counts 32 rope frequencies too
    assert config.kv_bytes_per_token(2) == 40 * 1024  # reference section 4.5


@pytest.mark.parametrize(
    ("family", "ratio", "context", "expected"),
    [
        (Family.CHATGLM2, None, 32768, Rope(1e4, 8)),
        (Family.CHATGLM2, 16, 32768, Rope(1e4, 8, position_divisor=16)),
        (Family.CHATGLM3, None, 8192, Rope(1e4, 8)),
        (Family.CHATGLM3, 50, 32768, Rope(5e5, 8)),
        (Family.CHATGLM3, 500, 131072, Rope(5e6, 8)),
        (Family.CODEGEEX2, None, 8192, Rope(1e4, 8)),
        (Family.GLM4, None, 8192, Rope(1e4, 8)),
        (Family.GLM4, 500, 131072, Rope(5e6, 8)),
        (Family.GLM4, 10000, 1048576, Rope(1e8, 8)),
    ],
)
def test_rope_ratio_divides_positions_in_v2_and_multiplies_the_base_later(
    tmp_path, family, ratio, context, expected
):
    config = read_config(written(tmp_path / "m", family, rope_ratio=ratio, seq_length=context))
    assert config.rope == expected
    assert config.context_length == context


@pytest.mark.parametrize(
    ("context", "theta", "corrected"),
    [(131072, 1e4, 5e6), (1048576, 1e4, 1e8), (131072, 5e6, None), (8192, 1e4, None)],
)
def test_the_wrong_base_of_the_converted_glm4_is_corrected_and_said(tmp_path, context, theta, corrected):
    folder = written(tmp_path / "m", Family.GLM4, hf=True, max_position_embeddings=context, rope_theta=theta)
    config = read_config(folder)
    assert config.rope.theta == (corrected or theta)
    assert config.notes == ((Note.ROPE_THETA_CORRECTED,) if corrected else ())


def test_the_base_of_edge_is_left_alone(tmp_path):
    config = read_config(written(tmp_path / "m", Family.GLM_EDGE, max_position_embeddings=131072))
    assert config.rope == Rope(1e4, 16)


@pytest.mark.parametrize(
    "changes",
    [
        {"rope_theta": 2e4, "partial_rotary_factor": 0.25, "rope_scaling": {"type": "linear", "factor": 4.0}},
        {
            "rope_theta": None,
            "partial_rotary_factor": None,
            "rope_parameters": {
                "rope_type": "linear",
                "factor": 4.0,
                "rope_theta": 2e4,
                "partial_rotary_factor": 0.25,
            },
        },
    ],
)
def test_both_spellings_of_rope(tmp_path, changes):
    config = read_config(written(tmp_path / "m", Family.GLM4_0414, **changes))
    assert config.rope == Rope(2e4, 4, position_divisor=4.0)


@pytest.mark.parametrize("family", [Family.GLM4, Family.GLM4_0414])
def test_half_of_a_head_is_rotated_where_the_file_says_nothing(tmp_path, family):
    folder = written(tmp_path / "m", family, hf=True, partial_rotary_factor=None)
    assert read_config(folder).rope.rotary_size == 8


def test_yarn_of_a_file_lengthens_the_context(tmp_path):
    scaling = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}
    folder = written(tmp_path / "m", Family.GLM_Z1, max_position_embeddings=32768, rope_scaling=scaling)
    config = read_config(folder)
    assert config.rope == Rope(1e4, 8, yarn_factor=4.0, yarn_original=32768)
    assert config.context_length == 131072
    assert config.for_context(100_000) is config


@pytest.mark.parametrize("family", [Family.GLM4_0414, Family.GLM_Z1])
def test_a_long_context_switches_yarn_on(tmp_path, family):
    config = read_config(written(tmp_path / "m", family, max_position_embeddings=32768))
    assert config.longest_context == 131072
    assert config.for_context(32768) is config
    stretched = config.for_context(32769)
    rope = replace(config.rope, yarn_factor=4.0, yarn_original=32768)
    assert stretched == replace(config, rope=rope, context_length=131072)


def test_other_families_cannot_be_stretched(tmp_path):
    config = read_config(written(tmp_path / "m", Family.CHATGLM3, seq_length=32768))
    assert config.longest_context == 32768
    assert config.for_context(100_000) is config


@pytest.mark.parametrize(
    ("source", "folder", "changes", "expected"),
    [
        (Family.CHATGLM2, "model", {"_name_or_path": None}, Family.CHATGLM2),
        (Family.CHATGLM3, "model", {"_name_or_path": None}, Family.CHATGLM3),
        (Family.CHATGLM2, "model", {"_name_or_path": None, "rope_ratio": 16}, Family.CHATGLM2),
        (Family.CHATGLM2, "model", {"_name_or_path": None, "rope_ratio": 50}, Family.CHATGLM3),
        (Family.CHATGLM3, "chatglm2-copy", {}, Family.CHATGLM3),
        (Family.GLM4, "model", {"_name_or_path": None, "padded_vocab_size": 151552}, Family.GLM4),
        (Family.GLM4_0414, "model", {"_name_or_path": None}, Family.GLM4_0414),
    ],
)
def test_a_family_that_is_only_likely_says_so(tmp_path, source, folder, changes, expected):
    config = read_config(written(tmp_path / folder, source, **changes))
    assert config.family is expected
    assert not config.family_is_certain


@pytest.mark.parametrize(
    ("folder", "family"), [("chatglm3-6b-mine", Family.CHATGLM3), ("ChatGLM2-6B", Family.CHATGLM2)]
)
def test_the_name_of_the_folder_tells(tmp_path, folder, family):
    config = read_config(written(tmp_path / folder, Family.CHATGLM2, _name_or_path=None))
    assert config.family is family
    assert config.family_is_certain


def test_z1_is_told_by_a_template_that_thinks(tmp_path):
    folder = written(tmp_path / "m", Family.GLM4_0414, _name_or_path=None)
    (folder / "tokenizer_config.json").write_text('{"chat_template": "<|assistant|>\\n<think>"}')
    config = read_config(folder)
    assert config.family is Family.GLM_Z1
    assert not config.family_is_certain


def test_a_person_decides_between_the_possible(tmp_path):
    folder = written(tmp_path / "m", Family.CHATGLM2, _name_or_path=None, rope_ratio=16)
    config = read_config(folder, Family.CHATGLM3)
    assert config.family is Family.CHATGLM3
    assert config.family_is_certain
    assert config.rope == Rope(16e4, 8)
    info = refused(folder, Family.GLM_EDGE)
    assert (info.code, info.params["detail"]) == (ErrorCode.MODEL_UNSUPPORTED, "family glm-edge does not fit")


@pytest.mark.parametrize(
    ("vocab", "changes", "control", "clamped"),
    [
        (130528, {}, (130000, 130001, 130004), True),
        (
            150528,
            {"mask_token_id": None, "gmask_token_id": None, "pad_token_id": None},
            (150000, 150001, 150004),
            False,
        ),
    ],
)
def test_both_vocabularies_of_the_first_generation(tmp_path, vocab, changes, control, clamped):
    base = {"vocab_size": vocab, "bos_token_id": control[2], "eos_token_id": control[2] + 1}
    base |= {"mask_token_id": control[0], "gmask_token_id": control[1]}
    config = read_config(written(tmp_path / "m", Family.CHATGLM, base=base, **changes))
    ids = config.prefix_ids
    assert ids is not None
    assert (ids.mask, ids.gmask, ids.sop, ids.clamped) == (*control, clamped)
    assert config.eos_ids == (control[2] + 1,)
    assert config.tied_embeddings


@pytest.mark.parametrize("family", [Family.CHATGLM, Family.CHATGLM2])
@pytest.mark.parametrize("bits", [4, 8])
def test_official_quantized_editions(tmp_path, family, bits):
    config = read_config(make_model(tmp_path / "m", family, Options(sizes=TINY, bits=bits)))
    assert config.quantization_bits == bits
    assert not config.quantized_embeddings


def test_ids_outside_the_embedding_are_left_out(tmp_path):
    config = read_config(
        written(tmp_path / "m", Family.GLM4_0414, eos_token_id=[3, 151329], pad_token_id=151329)
    )
    assert config.eos_ids == (3,)
    assert config.pad_id == 0


def test_a_p_tuning_prefix_is_noted(tmp_path):
    config = read_config(written(tmp_path / "m", Family.CHATGLM2, pre_seq_len=128))
    assert config.notes == (Note.PREFIX_ENCODER_IGNORED,)


V2_REFUSALS = [
    ({name: value}, name)
    for name, value in {
        "add_bias_linear": True,
        "apply_residual_connection_post_layernorm": True,
        "fp32_residual_connection": True,
        "interleaved_qkv": True,
        "tie_word_embeddings": True,
        "rmsnorm": False,
        "post_layer_norm": False,
        "original_rope": False,
        "multi_query_attention": False,
    }.items()
] + [
    ({"rotary_percent": 1.0}, "rotary_percent"),
    ({"quantization_bit": 3}, "quantization_bit 3"),
    ({"quantization_config": {"quant_method": "gptq"}}, "quantization_config"),
    ({"model_type": "glm4_moe"}, "model_type glm4_moe"),
    ({"model_type": None}, "model_type missing"),
    ({"model_type": 7}, "model_type 7"),
    ({"num_layers": None}, "num_layers 'missing'"),
    ({"num_layers": 0}, "num_layers 0"),
    ({"num_layers": True}, "num_layers True"),
    ({"num_layers": "28"}, "num_layers '28'"),
    ({"num_layers": 10**9}, "num_layers 1000000000"),
    ({"hidden_size": -4096}, "hidden_size -4096"),
    ({"padded_vocab_size": 10**12}, "padded_vocab_size 1000000000000"),
    ({"layernorm_epsilon": float("nan")}, "layernorm_epsilon nan"),
    ({"layernorm_epsilon": 0}, "layernorm_epsilon 0"),
    ({"rope_ratio": [16]}, "rope_ratio [16]"),
    ({"rope_ratio": float("inf")}, "rope_ratio inf"),
    ({"multi_query_group_num": 3}, "multi_query_group_num 3"),
    ({"num_attention_heads": 3, "multi_query_group_num": 2}, "3 heads of 16 in 2 groups"),
    ({"kv_channels": 6}, "2 heads of 6 in 1 groups"),
    ({"rmsnorm": "yes"}, "rmsnorm 'yes'"),
    ({"torch_dtype": "int8"}, "dtype int8"),
    ({"eos_token_id": "2"}, "eos_token_id '2'"),
    ({"num_layers": 512, "hidden_size": 32768, "ffn_hidden_size": 262144}, "13195787960320 parameters"),
]


@pytest.mark.parametrize(("changes", "reason"), V2_REFUSALS, ids=[reason for _, reason in V2_REFUSALS])
def test_what_cannot_be_mapped_is_refused_with_the_reason(tmp_path, changes, reason):
    info = refused(written(tmp_path / "m", Family.CHATGLM2, **changes))
    assert info.code is ErrorCode.MODEL_UNSUPPORTED
    assert info.params["path"] == str(tmp_path / "m" / "config.json")
    assert info.params["detail"].startswith(reason)


@pytest.mark.parametrize(
    ("family", "changes", "reason"),
    [
        (Family.CODEGEEX2, {"rope_ratio": 4}, "rope_ratio"),
        (Family.CHATGLM, {"position_encoding_2d": False}, "position_encoding_2d"),
        (Family.CHATGLM, {"hidden_size": 36}, "hidden_size 36 for 2 heads"),
        (Family.CHATGLM, {"bos_token_id": 63}, "bos_token_id 63"),
        (Family.GLM4_0414, {"hidden_act": "relu"}, "hidden_act"),
        (Family.GLM4_0414, {"n_routed_experts": 8}, "experts"),
        (Family.GLM4_0414, {"rope_scaling": {"type": "dynamic", "factor": 2.0}}, "rope_type dynamic"),
        (Family.GLM4_0414, {"rope_scaling": {"type": "yarn"}}, "factor 'missing'"),
        (Family.GLM4_0414, {"rope_scaling": {"type": "yarn", "factor": 4, "mscale": 1.0}}, "mscale"),
        (Family.GLM4_0414, {"rope_scaling": {"type": "yarn", "factor": 4, "beta_fast": 16}}, "beta_fast"),
        (Family.GLM4_0414, {"rope_scaling": "yarn"}, "rope_scaling 'yarn'"),
        (Family.GLM4_0414, {"partial_rotary_factor": 0.1}, "partial_rotary_factor 0.1"),
        (Family.GLM4_0414, {"num_key_value_heads": None}, "num_key_value_heads 'missing'"),
    ],
)
def test_the_other_layouts_refuse_too(tmp_path, family, changes, reason):
    info = refused(written(tmp_path / "m", family, **changes))
    assert info.code is ErrorCode.MODEL_UNSUPPORTED
    assert info.params["detail"].startswith(reason)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        b'{"model_type": "chatglm", "x": "' + b" " * (1 << 20) + b'"}',
    ],
)
def test_a_file_that_is_no_configuration(tmp_path, content):
    (tmp_path / "config.json").write_bytes(content)
    info = refused(tmp_path)
    assert (info.code, info.params) == (
        ErrorCode.MODEL_NOT_A_MODEL,
        {"path": str(tmp_path / "config.json")},
    )


def test_folders_that_are_none(tmp_path):
    assert refused(tmp_path / "nowhere").code is ErrorCode.MODEL_MISSING
    assert refused(tmp_path).code is ErrorCode.MODEL_NOT_A_MODEL
    (tmp_path / "config.json").mkdir()
    assert refused(tmp_path).code is ErrorCode.MODEL_NOT_A_MODEL
