"""Checkpoints in their published layouts are read exactly, and every wrong file is told by name."""

import json
import shutil
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from app.core.errors import ErrorCode, WorldError
from app.model.glm.checkpoint import ensure_finite, open_checkpoint
from app.model.glm.config import Note, read_config
from app.model.glm.family import Family
from app.model.glm.keys import is_ignored, parts
from app.model.glm.network import build_network
from app.model.glm.quantized import QuantizedWeight, from_official
from tests.helpers.glm_checkpoints import (
    BINS,
    FUSED,
    TINY,
    V1_EMBEDDING,
    V1_HEAD,
    changed,
    made,
    of_bin,
    opened,
    refused,
)
from tests.helpers.glm_models import Options, float_tensors, make_model, quantize_official
from tests.helpers.shared import shared


@pytest.mark.parametrize("family", list(Family))
@pytest.mark.parametrize("shards", [1, 3])
def test_every_parameter_of_every_family_is_found(tmp_path, family, shards):
    folder = made(tmp_path / "m", family, shards=shards)
    with opened(folder) as checkpoint:
        network = build_network(checkpoint.config)
        wanted = {name: tuple(value.shape) for name, value in network.named_parameters()}
        if checkpoint.config.tied_embeddings:
            del wanted["lm_head.weight"]
        assert {name: checkpoint.shape(name) for name in checkpoint.names()} == wanted
        assert [path.suffix for path in checkpoint.sources] == [
            ".bin" if family in BINS else ".safetensors"
        ] * shards
        read = {name: checkpoint.read(name) for name in wanted}
        assert {name: tuple(value.shape) for name, value in read.items()} == wanted
        assert checkpoint.total_bytes == sum(value.nbytes for value in read.values())
        half = torch.float16 if family in BINS[:3] else torch.bfloat16
        assert {value.dtype for value in read.values()} == {half}
        assert {checkpoint.source(name) for name in wanted} <= set(checkpoint.sources)
        for name, value in read.items():
            ensure_finite(value, checkpoint.source(name), name)


@pytest.mark.parametrize("family", [Family.CHATGLM3, Family.GLM4])
def test_the_fused_tensor_is_cut_by_rows(tmp_path, family):
    options = Options(sizes=TINY, dtype=torch.float32)
    folder = make_model(tmp_path / "m", family, options)
    for leaf in ("weight", "bias"):
        fused = float_tensors(family, options)[f"{FUSED}.{leaf}"]
        with opened(folder) as checkpoint:
            found = [checkpoint.read(f"model.layers.1.self_attn.{letter}_proj.{leaf}") for letter in "qkv"]
        assert [len(piece) for piece in found] == [32, 16, 16]
        assert torch.equal(torch.cat(found), fused)


def test_the_keys_of_the_real_glm4(tmp_path):
    folder = shared("fixtures", "glm-4-9b-chat")
    config = read_config(folder)
    keys = json.loads((folder / "model.safetensors.index.json").read_text(encoding="utf-8"))["weight_map"]
    assert len(keys) == 284
    known = {part.key for part in parts(config).values()}
    assert known | {"transformer.rotary_pos_emb.inv_freq"} == set(keys)
    assert [key for key in keys if is_ignored(config, key)] == ["transformer.rotary_pos_emb.inv_freq"]
    assert set(parts(config)) == {name for name, _ in build_network(config).named_parameters()}
    for name in ("config.json", "model.safetensors.index.json"):
        shutil.copy(folder / name, tmp_path)
    info = refused(tmp_path)
    assert (info.code, info.params["path"]) == (ErrorCode.MODEL_INCOMPLETE, str(tmp_path))
    first = "model-00001-of-00010.safetensors"
    assert info.params["detail"].startswith(first)
    assert info.params["detail"].endswith(" +7")


# Official quantized editions


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("family", [Family.CHATGLM, Family.CHATGLM2])
def test_quantized_editions_are_never_expanded(tmp_path, family, bits):
    options = Options(sizes=TINY, bits=bits)
    folder = make_model(tmp_path / "m", family, options)
    with opened(folder) as checkpoint:
        read = {name: checkpoint.read(name) for name in checkpoint.names()}
        assert [path.name for path in checkpoint.sources] == ["pytorch_model.bin"]
        stored = sum(
            value.nbytes for key, value in of_bin(checkpoint.sources[0]).items() if "inv_freq" not in key
        )
        assert checkpoint.total_bytes == stored
    linears = {
        name
        for name, value in build_network(checkpoint.config).named_parameters()
        if value.dim() == 2 and "layers." in name
    }
    assert {name for name, value in read.items() if isinstance(value, QuantizedWeight)} == linears
    floats = float_tensors(family, options)
    names = {
        Family.CHATGLM: (
            "layers.1.mlp.dense_4h_to_h.weight",
            "transformer.layers.1.mlp.dense_4h_to_h.weight",
        ),
        Family.CHATGLM2: (
            "model.layers.1.mlp.down_proj.weight",
            "transformer.encoder.layers.1.mlp.dense_4h_to_h.weight",
        ),
    }
    ours, theirs = names[family]
    scale = (
        (floats[theirs].half().float().abs().amax(dim=1) / (127 if bits == 8 else 7)).half().float()[:, None]
    )
    integers = (floats[theirs].half().float() / scale).round()
    assert torch.equal(read[ours].dequantized(), integers * scale)
    assert torch.equal(read[ours].integers(), integers.to(torch.int8))


@pytest.mark.parametrize("bits", [4, 8])
def test_quantized_rows_are_cut_like_others(tmp_path, bits):
    options = Options(sizes=TINY, bits=bits)
    folder = make_model(tmp_path / "m", Family.CHATGLM2, options)
    fused = float_tensors(Family.CHATGLM2, options)[f"{FUSED}.weight"].half()
    whole = from_official(*quantize_official(fused, bits), bits).dequantized()
    with opened(folder) as checkpoint:
        found = [
            checkpoint.read(f"model.layers.1.self_attn.{letter}_proj.weight").dequantized()
            for letter in "qkv"
        ]
    assert torch.equal(torch.cat(found), whole)


def test_quantized_embeddings(tmp_path):
    folder = made(tmp_path / "m", Family.CHATGLM, bits=4, quantized_embeddings=True)
    with opened(folder) as checkpoint:
        assert isinstance(checkpoint.read("word_embeddings.weight"), QuantizedWeight)


def test_the_published_packing():
    vector = json.loads(shared("fixtures", "vectors", "int4_packing.json").read_text(encoding="utf-8"))
    packed = torch.tensor(vector["packed_int8"], dtype=torch.int8)
    read = from_official(packed, torch.tensor(vector["scale"]).half(), 4)
    assert read.integers().tolist() == vector["q"]
    assert read.dequantized().tolist() == vector["dequantised"]
    values = torch.tensor(vector["dequantised"][:2])  # the writer of these tests follows the same rule
    assert torch.equal(quantize_official(values, 4)[0], packed[:2])


# Which files


def test_the_set_that_is_whole_is_taken(tmp_path):
    folder = made(tmp_path / "m", Family.CHATGLM3, shards=2)
    tensors = {}
    for path in folder.glob("*.bin"):
        tensors |= of_bin(path)
    save_file(tensors, folder / "model.safetensors")
    with opened(folder) as checkpoint:
        assert [path.name for path in checkpoint.sources] == ["model.safetensors"]
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    with opened(folder) as checkpoint:
        assert {path.suffix for path in checkpoint.sources} == {".bin"}


def test_shards_without_their_index(tmp_path):
    folder = made(tmp_path / "m", Family.GLM_EDGE)
    (folder / "model.safetensors.index.json").unlink()
    with opened(folder) as checkpoint:
        assert len(checkpoint.sources) == 3
    (folder / "model-00002-of-00003.safetensors").unlink()
    info = refused(folder)
    assert (info.code, info.params["detail"]) == (
        ErrorCode.MODEL_INCOMPLETE,
        "model-00002-of-00003.safetensors",
    )


def test_links_into_a_download_cache_are_followed(tmp_path):
    folder = made(tmp_path / "blobs", Family.GLM4)
    linked = tmp_path / "snapshot"
    linked.mkdir()
    for path in folder.iterdir():
        (linked / path.name).symlink_to(path)
    opened(linked).close()


@pytest.mark.parametrize("family", [Family.CHATGLM2, Family.GLM4_0414])
def test_missing_files_are_named(tmp_path, family):
    folder = made(tmp_path / "m", family)
    shards = sorted(path.name for path in folder.glob("*-of-*"))
    (folder / shards[1]).unlink()
    assert refused(folder).params == {"path": str(folder), "detail": shards[1]}
    for path in folder.glob("*model*"):
        path.unlink()
    info = refused(folder)
    assert (info.code, info.params["detail"]) == (
        ErrorCode.MODEL_INCOMPLETE,
        "model.safetensors, pytorch_model.bin",
    )


@pytest.mark.parametrize(
    "name",
    ["../other.bin", "/etc/passwd", "C:\\x.bin", "sub/x.bin", "..", ".", "", ".hidden", 7, None, "a\0b"],
)
def test_an_index_that_points_outside(tmp_path, name):
    folder = made(tmp_path / "m", Family.CHATGLM2)
    index = folder / "pytorch_model.bin.index.json"
    index.write_text(json.dumps({"weight_map": {"transformer.output_layer.weight": name}}), encoding="utf-8")
    info = refused(folder)
    assert (info.code, info.params["path"]) == (ErrorCode.MODEL_UNREADABLE, str(index))
    assert info.params["detail"].startswith("points outside")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"weight_map": []}', '{"weight_map": {}}'])
def test_an_index_that_is_none(tmp_path, content):
    folder = made(tmp_path / "m", Family.CHATGLM2)
    (folder / "pytorch_model.bin.index.json").write_text(content, encoding="utf-8")
    assert refused(folder).params["detail"] == "not an index"


# Heads, prefixes, further layers


def test_the_head_of_the_first_generation(tmp_path):
    folder = made(tmp_path / "m", Family.CHATGLM, shards=1)
    with opened(folder) as checkpoint:
        assert checkpoint.config.tied_embeddings
        assert "lm_head.weight" not in checkpoint.names()
    changed(folder, lambda tensors: tensors.pop(V1_HEAD))
    opened(folder).close()
    other = torch.ones(64, 32).half()
    changed(folder, lambda tensors: tensors.update({V1_HEAD: other}))
    with opened(folder) as checkpoint:
        assert not checkpoint.config.tied_embeddings
        assert checkpoint.config.notes == (Note.HEAD_NOT_TIED,)
        assert torch.equal(checkpoint.read("lm_head.weight"), other)
    changed(folder, lambda tensors: tensors.update({V1_EMBEDDING: torch.zeros(63, 32).half()}))
    assert refused(folder).code is ErrorCode.MODEL_MIXED


def test_edge_follows_its_flag_unless_the_files_contradict(tmp_path):
    folder = made(tmp_path / "m", Family.GLM_EDGE, shards=1, config={"tie_word_embeddings": True})
    with opened(folder) as checkpoint:
        assert not checkpoint.config.tied_embeddings
        assert checkpoint.config.notes == (Note.HEAD_NOT_TIED,)
    same = load_file(folder / "model.safetensors")["model.embed_tokens.weight"]
    changed(folder, lambda tensors: tensors.update({V1_HEAD: same.clone()}))
    with opened(folder) as checkpoint:
        assert checkpoint.config.tied_embeddings
        assert checkpoint.config.notes == ()


def test_prefixes_and_further_layers_are_left_alone(tmp_path):
    folder = made(tmp_path / "v2", Family.CHATGLM2, shards=1)
    prefix = {"transformer.prefix_encoder.embedding.weight": torch.zeros(4, 4)}
    changed(folder, lambda tensors: tensors.update(prefix))
    opened(folder).close()
    folder = made(tmp_path / "0414", Family.GLM4_0414, shards=1)
    changed(folder, lambda tensors: tensors.update({"model.layers.2.eh_proj.weight": torch.zeros(2, 2)}))
    opened(folder).close()


# Numbers


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_numbers_that_are_none(tmp_path, wrong, dtype):
    value = torch.randn(300, 40).to(dtype)
    ensure_finite(value, tmp_path, "x")
    value[299, 38] = wrong
    with pytest.raises(WorldError) as caught:
        ensure_finite(value, tmp_path, "x")
    assert caught.value.info.code is ErrorCode.MODEL_NAN
    assert caught.value.info.params == {"path": str(tmp_path), "detail": "x"}


def test_scales_that_are_none(tmp_path):
    good = from_official(*quantize_official(torch.randn(4, 8), 4), 4)
    ensure_finite(good, tmp_path, "x")
    scales = good.scales.clone()
    scales[2] = float("nan")
    with pytest.raises(WorldError):
        ensure_finite(replace(good, scales=scales), tmp_path, "x")


def test_a_folder_that_is_gone(tmp_path):
    folder = made(tmp_path / "m", Family.GLM4)
    config = read_config(folder)
    shutil.rmtree(folder)
    with pytest.raises(WorldError) as caught:
        open_checkpoint(folder, config)
    assert caught.value.info.code is ErrorCode.MODEL_MISSING
