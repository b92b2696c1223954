"""Scales chosen by error, which matrix is kept how, and processors with fewer instructions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from app.core.engine import Precision
from app.model.glm import kernels
from app.model.glm.config import read_config
from app.model.glm.family import Family
from app.model.glm.loading import LoadRequest, load_network
from app.model.glm.quantization import quantize_int4, quantize_int8
from app.model.glm.quantized import QuantizedWeight
from tests.helpers.glm_matrices import error, heavy_tailed, integers, random
from tests.helpers.glm_matrices import one_thread as one_thread
from tests.helpers.glm_models import Options, Sizes, make_model

# Quantization


@pytest.mark.parametrize("make", [random, heavy_tailed])
@pytest.mark.parametrize("group", [32, 128])
def test_scales_by_error_are_better_than_by_range(make, group: int) -> None:
    weight = make(256, 512) * 0.02
    plain, searched = quantize_int4(weight, group, plain=True), quantize_int4(weight, group)
    by_range, by_error = (error(quantized.dequantized(), weight) for quantized in (plain, searched))
    assert by_error < 0.95 * by_range
    each = [(q.dequantized() - weight).square().sum(dim=1) for q in (searched, plain)]
    assert float((each[0] < each[1]).float().mean()) > 0.9


def test_groups_of_zeros_and_single_values() -> None:
    weight = torch.zeros(64, 64)
    weight[0, 0], weight[1, 40], weight[2] = 3.0, -5.0, 1e-30
    for plain in (False, True):
        found = quantize_int4(weight, plain=plain).dequantized()
        assert torch.isfinite(found).all()
        # A zero in bf16 is not exact: beside a 5 nothing becomes some thousandths.
        assert torch.allclose(found, weight, rtol=0.01, atol=1e-6 if plain else 0.02)
        assert torch.allclose(found[2:], weight[2:], atol=1e-6)
    assert torch.allclose(quantize_int8(weight).dequantized(), weight, atol=1e-6)


def test_slices_of_rows_are_the_rows_of_the_whole() -> None:
    weight = heavy_tailed(192, 128)
    whole = quantize_int4(weight)
    parts = [quantize_int4(weight[at : at + 64]) for at in (0, 64, 128)]
    assert torch.equal(torch.cat([part.values for part in parts]), whole.values)
    assert torch.equal(torch.cat([part.scales for part in parts]), whole.scales)
    rows = whole.rows(64, 128)
    assert torch.equal(rows.dequantized(), whole.dequantized()[64:128])


# Which matrix is kept how


def kept(folder: Path, precision: Precision) -> dict[str, str]:
    request = LoadRequest(folder, read_config(folder), precision)
    network = load_network(request, lambda _: None, lambda: None).network
    paths = [path for path, _ in network.linears()] + [network.head_name]
    return {path: type(network.get_submodule(path)).__name__ for path in paths}


def test_shapes_that_the_kernel_does_not_take_are_kept_in_8_bits(tmp_path: Path) -> None:
    sizes = Sizes(layers=1, hidden=96, ffn=112, heads=4, groups=2, head=32, vocab=72)
    folder = make_model(tmp_path / "odd", Family.CHATGLM3, Options(sizes=sizes))
    found = {
        path.removeprefix("model.layers.0."): kind for path, kind in kept(folder, Precision.INT4).items()
    }
    assert found == {
        "self_attn.q_proj": "Int4Linear",  # 128 rows of 96
        "self_attn.k_proj": "Int4Linear",  # 64
        "self_attn.v_proj": "Int4Linear",
        "self_attn.o_proj": "Int8Linear",  # 96 rows are no multiple of 64
        "mlp.gate_up_proj": "Int8Linear",  # 224 rows are none
        "mlp.down_proj": "Int8Linear",  # 112 columns are no multiple of 32
        "lm_head": "Int8Linear",
    }
    assert set(kept(folder, Precision.INT8).values()) == {"Int8Linear"}
    assert set(kept(folder, Precision.FP32).values()) == {"FloatLinear"}


def test_official_editions_stay_what_they_are(tmp_path: Path) -> None:
    for bits, kind in ((4, "Int4Linear"), (8, "Int8Linear")):
        folder = make_model(tmp_path / str(bits), Family.CHATGLM2, Options(bits=bits))
        for precision in (Precision.INT4, Precision.INT8, Precision.FP16):
            found = kept(folder, precision)
            assert found.pop("lm_head") == "Int8Linear"
            assert set(found.values()) == {kind}
        found = kept(folder, Precision.FP32)
        assert found.pop("lm_head") == "FloatLinear"
        assert set(found.values()) == {"ExactLinear"}


def test_values_survive_the_canonical_form() -> None:
    values = integers(64, 64)
    low, high = (values + 8).to(torch.uint8).chunk(2, dim=1)
    weight = QuantizedWeight(4, low | (high << 4), torch.ones(64, 2))
    assert weight.shape == (64, 64)
    assert weight.group_size == 32
    assert torch.equal(weight.integers(), values)


# Other processors

BOUNDS = {"fp16": 0.05, "int8": 0.06, "int4": 0.35}
"""Of the scores of a random model, whose matrices are as hard to quantize as any."""


@pytest.mark.parametrize(
    ("held", "capability"),
    [
        ({"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}, "AVX2"),
        ({"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "AVX2"}, "DEFAULT"),
    ],
    ids=["avx2", "default"],
)
def test_a_processor_with_fewer_instructions(tmp_path: Path, held: dict[str, str], capability: str) -> None:
    """It computes the same, also from a prepared file whose bytes are in this processor's order."""
    folder = make_model(tmp_path / "model", Family.CHATGLM3, Options())
    cache = tmp_path / "prepared"
    for precision in (Precision.INT8, Precision.INT4):
        request = LoadRequest(folder, read_config(folder), precision, cache)
        load_network(request, lambda _: None, lambda: None)
    made = sorted(path.name for path in cache.iterdir())
    assert len(made) == 2
    result = subprocess.run(
        [sys.executable, "-m", "tests.helpers.glm_capability_child", str(folder), str(cache)],
        capture_output=True,
        text=True,
        timeout=100,
        env=os.environ | held | {"GOMP_SPINCOUNT": "200"},
    )
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    assert told["capability"] == capability
    if torch.backends.cpu.get_cpu_capability() != capability:
        assert told["layout"] != kernels.int4_layout().name
    integers = {name for name, on in told["ways"].items() if on is True} - {"bf16_product"}
    assert not integers or told["exact"], "integers are used where their products are not exact"
    assert sorted(path.name for path in cache.iterdir()) == made, "the prepared file was not found"
    for precision, errors in told["errors"].items():
        assert max(errors) < BOUNDS[precision], told
    assert told["seconds"] < 5, told
