"""A model's measures are those of the network that the engine builds, for every generation and edition."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from app.core import memory_plan  # noqa: E402
from app.core.engine import EngineKind, Precision  # noqa: E402
from app.core.memory import MemoryChoice  # noqa: E402
from app.model import gguf, library, starter  # noqa: E402
from app.model.glm.config import GlmConfig, read_config  # noqa: E402
from app.model.glm.decoder import MAX_CHUNK  # noqa: E402
from app.model.glm.family import Family  # noqa: E402
from app.model.glm.loading import LoadRequest, load_network  # noqa: E402
from app.model.glm.network import build_network  # noqa: E402
from app.model.model_shapes import CHUNK, shape_of_config, shape_of_gguf  # noqa: E402
from tests.helpers.gguf_files import GgufFile, base_values  # noqa: E402
from tests.helpers.glm_folder import make_folder  # noqa: E402
from tests.helpers.glm_models import Options, Sizes, make_model  # noqa: E402
from tests.helpers.starter import starter_path  # noqa: E402

WIDE = Sizes(layers=2, hidden=512, ffn=1024, heads=4, groups=2, head=128)
FAMILIES = (Family.CHATGLM, Family.CHATGLM3, Family.GLM4, Family.GLM4_0414, Family.GLM_EDGE)


def counted(config: GlmConfig) -> dict[str, int]:
    """The weights of the network that is built from a configuration."""
    network = build_network(config)
    sizes = {name: parameter.numel() for name, parameter in network.named_parameters(remove_duplicate=False)}
    linears = {f"{path}.weight" for path, _ in network.linears()}
    head, embedding = (f"{path}.weight" for path in (network.head_name, network.embedding_name))
    return {
        "linear": sum(size for name, size in sizes.items() if name in linears),
        "head": sizes[head],
        "embedding": sizes[embedding],
        "other": sum(size for name, size in sizes.items() if name not in {*linears, head, embedding}),
    }


@pytest.mark.parametrize("family", list(Family))
def test_the_measures_are_those_of_the_network(tmp_path: Path, family: Family) -> None:
    config = read_config(make_model(tmp_path / family.value, family))
    shape = shape_of_config(config, 12345)
    assert {
        "linear": shape.linear_weights,
        "head": shape.head_weights,
        "embedding": shape.embedding_weights,
        "other": shape.other_weights,
    } == counted(config)
    assert shape.engine is EngineKind.GLM_TORCH
    assert (shape.weight_bytes, shape.longest_context) == (12345, config.longest_context)
    assert (shape.layers, shape.groups, shape.head_size) == (config.layers, config.groups, config.head_size)
    whole = config.longest_context if family is Family.CHATGLM else CHUNK
    assert shape.rows_at_once == whole
    assert CHUNK == MAX_CHUNK


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("precision", [Precision.FP32, Precision.FP16, Precision.INT8, Precision.INT4])
def test_the_weights_take_what_the_engine_loads(tmp_path: Path, family: Family, precision: Precision) -> None:
    folder = make_model(tmp_path / "model", family, Options(sizes=WIDE))
    config = read_config(folder)
    loaded = load_network(LoadRequest(folder, config, precision), lambda _: None, lambda: None)
    choice = MemoryChoice(precision, config.longest_context)
    estimated = memory_plan.estimate(shape_of_config(config, 0), choice)
    assert estimated.model == pytest.approx(loaded.weight_bytes, rel=0.02)


@pytest.mark.parametrize("bits", [4, 8])
def test_an_official_edition_takes_what_the_engine_loads(tmp_path: Path, bits: int) -> None:
    folder = make_model(tmp_path / "model", Family.CHATGLM, Options(sizes=WIDE, bits=bits))
    config = read_config(folder)
    loaded = load_network(LoadRequest(folder, config, Precision.NATIVE), lambda _: None, lambda: None)
    shape = shape_of_config(config, 0)
    (precision,) = memory_plan.precisions(shape)
    assert precision is loaded.precision
    estimated = memory_plan.estimate(shape, MemoryChoice(precision, config.longest_context))
    assert estimated.model == pytest.approx(loaded.weight_bytes, rel=0.02)


def test_a_tied_head_is_counted_once_in_floats_and_twice_in_integers(tmp_path: Path) -> None:
    config = read_config(make_model(tmp_path / "model", Family.GLM_EDGE, Options(sizes=WIDE, tied=True)))
    tied = shape_of_config(config, 0)
    assert tied.is_tied
    apart = replace(tied, is_tied=False)
    for precision, difference in ((Precision.FP16, 2 * tied.head_weights), (Precision.INT8, 0)):
        choice = MemoryChoice(precision, 2048)
        sizes = [memory_plan.estimate(shape, choice).model for shape in (apart, tied)]
        assert sizes[0] - sizes[1] == difference


def test_the_starters_measures() -> None:
    shape = shape_of_gguf(gguf.read_header(starter_path()))
    assert shape is not None
    assert (shape.engine, shape.layers, shape.groups, shape.head_size) == (EngineKind.LLAMA_CPP, 30, 3, 64)
    assert (shape.hidden_size, shape.ffn_size, shape.vocab_size) == (576, 1536, 49152)
    assert shape.linear_weights + shape.embedding_weights == 134_515_008
    assert shape.is_tied
    assert (shape.weight_bytes, shape.longest_context) == (starter.FILE_BYTES, 8192)
    assert 16 <= shape.rows_at_once <= 512


def test_a_header_that_gives_its_heads_a_size_of_their_own(tmp_path: Path) -> None:
    more = {"llama.attention.key_length": 48, "llama.attention.value_length": 32}
    file = GgufFile(
        base_values() | more, {"token_embd.weight": (64, 3), "output.weight": (64, 3), "blk.0.x": (64, 9)}
    )
    shape = shape_of_gguf(gguf.read_header(file.write(tmp_path / "model.gguf")))
    assert shape is not None
    assert (shape.head_size, shape.groups, shape.vocab_size, shape.is_tied) == (40, 2, 3, False)
    assert (shape.embedding_weights, shape.head_weights, shape.linear_weights) == (192, 192, 576)


def test_a_header_without_heads_gives_no_measures(tmp_path: Path) -> None:
    """A model of states (Mamba): what its conversation takes is another formula."""
    values = {key: value for key, value in base_values().items() if "head_count" not in key}
    assert shape_of_gguf(gguf.read_header(GgufFile(values).write(tmp_path / "model.gguf"))) is None


def test_the_library_lists_models_with_their_measures(tmp_path: Path) -> None:
    make_folder(tmp_path, Family.CHATGLM3)
    GgufFile().write(tmp_path / "tiny.gguf")
    shapes = {model.ref.engine: model.shape for model in library.scan(tmp_path)}
    torch_shape, gguf_shape = shapes[EngineKind.GLM_TORCH], shapes[EngineKind.LLAMA_CPP]
    assert torch_shape is not None
    assert gguf_shape is not None
    assert torch_shape.weight_bytes > 100_000
    assert (gguf_shape.layers, gguf_shape.heads, gguf_shape.groups) == (2, 4, 2)
