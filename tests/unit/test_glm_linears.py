"""The quantized matrices and their kernels: layouts, tiles, every way that a machine may choose, precision.

The ways are made by hand, so that those of other processors are walked here too; two processes whose torch
is held to fewer instructions run the kernels that this machine would not choose.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn.functional import linear

from app.core.cancel import Cancelled
from app.model.glm import kernels
from app.model.glm.kernels import LAYOUTS, Int4Layout, Ways
from app.model.glm.linears import (
    MAX_OUTLIERS,
    OUTLIER_RATIO,
    ExactLinear,
    FloatLinear,
    Int4Linear,
    Int8Linear,
    Interrupt,
)
from app.model.glm.quantization import quantize_int4, quantize_int8
from app.model.glm.quantized import from_official
from tests.helpers.glm_matrices import error, heavy_tailed, integers, random
from tests.helpers.glm_matrices import one_thread as one_thread
from tests.helpers.glm_models import quantize_official

CLOSE = 0.005
"""Largest error of a product of floats, relative to its size: bf16 keeps 8 bits."""
CLOSE_IN_INTEGERS = OUTLIER_RATIO / 127 / 12**0.5 + 0.01
"""The same where activations are rounded to int8, in steps of a 127th of a value that is
no outlier yet; and what is left for the weights."""
CLEAN = 0.012
"""The same for activations without any large value."""
ROWS, COLUMNS = 1088, 1024  # more than one tile, the last one smaller
ALL_WAYS = [Ways(*flags, few) for flags in itertools.product([True, False], repeat=4) for few in (4, 64)]
COUNTS = (1, 3, 5, 65, 130)


# Layouts and tiles


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_a_layout_gives_back_what_it_packed(layout: Int4Layout) -> None:
    values = integers(192, 96)
    packed = layout.pack(values)
    assert packed.shape == (192, 48)
    assert packed.dtype is torch.uint8
    assert torch.equal(layout.integers(packed), values)


def test_layouts_differ() -> None:
    packed = {layout.name: layout.pack(integers(128, 64)) for layout in LAYOUTS}
    assert len({bytes(value.numpy().tobytes()) for value in packed.values()}) == len(LAYOUTS)


def test_the_layout_found_is_the_kernels(tmp_path: Path) -> None:
    """The kernel, given the layout's bytes, multiplies by the integers that were packed."""
    values = integers(128, 64)
    x = random(3, 64).bfloat16()
    pairs = kernels.scales_and_zeros(torch.ones(128, 2))
    found = kernels.int4_linear(x, kernels.int4_layout().pack(values), pairs)
    assert error(found, linear(x.float(), values.float())) < CLOSE


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
@pytest.mark.parametrize("group", [32, 128])
def test_tiles_are_the_dequantized_matrix(layout: Int4Layout, group: int) -> None:
    weight = quantize_int4(heavy_tailed(ROWS, COLUMNS), group)
    packed, pairs = layout.pack(weight.integers()), kernels.scales_and_zeros(weight.scales, weight.zeros)
    floats = list(kernels.float_tiles(packed, pairs, layout, torch.float32))
    assert [start for start, _ in floats] == [0, 1024]
    assert torch.equal(torch.cat([tile for _, tile in floats]), weight.dequantized())
    # As int8: half a step of the row's scale, and what the fixed point of factor and offset adds.
    parts = list(kernels.int8_tiles(packed, pairs, layout))
    assert [start for start, _, _ in parts] == [0, 1024]
    found = torch.cat([tile.T.float() * scales[:, None] for _, tile, scales in parts])
    steps = torch.cat([scales for _, _, scales in parts])[:, None]
    assert bool(((found - weight.dequantized()).abs() <= steps * (0.5 + 8 / 256)).all())


def test_rows_of_activations_as_int8() -> None:
    x = torch.cat((random(5, 64), torch.zeros(1, 64), random(2, 64) * 1e4))
    values, scales = kernels.quantize_rows(x)
    assert values.dtype is torch.int8
    assert bool(((values.float() * scales - x).abs() <= scales * 0.5001).all())
    assert not values[5].any()


def test_int8_products_are_exact_for_any_shape() -> None:
    if not kernels.int8_is_exact():
        pytest.skip("this processor has no VNNI instructions; integers are not used on it")
    for rows, columns, out in ((1, 96, 70), (3, 33, 5), (130, 100, 1000)):
        x = torch.randint(-127, 128, (rows, columns), dtype=torch.int8)
        weight = torch.randint(-127, 128, (out, columns), dtype=torch.int8)
        wanted = x.to(torch.int32) @ weight.to(torch.int32).T
        assert torch.equal(kernels.int8_product(x, weight.T), wanted)


# Every way


def activations(count: int, columns: int, *, outliers: bool) -> Tensor:
    x = random(count, columns, seed=count)
    if outliers:
        x[:, [3, columns - 1]] *= 50
    return x.bfloat16()


def bound(in_integers: bool, outliers: bool) -> float:
    if not in_integers:
        return CLOSE
    return CLOSE_IN_INTEGERS if outliers else CLEAN


@pytest.mark.parametrize("outliers", [False, True], ids=["plain", "outliers"])
def test_int4_in_every_way(outliers: bool) -> None:
    weight = quantize_int4(random(ROWS, COLUMNS) * 0.05)
    bias = random(ROWS, seed=8).bfloat16()
    layout = kernels.int4_layout()
    packed, pairs = layout.pack(weight.integers()), kernels.scales_and_zeros(weight.scales, weight.zeros)
    for count in COUNTS:
        x = activations(count, COLUMNS, outliers=outliers)
        wanted = linear(x.float(), weight.dequantized(), bias.float())
        for ways in ALL_WAYS:
            module = Int4Linear(packed, pairs, bias, ways, Interrupt(), layout)
            found = module(x)
            assert found.dtype is torch.bfloat16
            in_integers = ways.int4_product and count > module.few
            assert error(found, wanted) < bound(in_integers, outliers), (count, ways)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_many_rows_in_the_layouts_of_other_processors(layout: Int4Layout) -> None:
    weight = quantize_int4(heavy_tailed(ROWS, COLUMNS))
    packed, pairs = layout.pack(weight.integers()), kernels.scales_and_zeros(weight.scales, weight.zeros)
    x = activations(70, COLUMNS, outliers=True)
    wanted = linear(x.float(), weight.dequantized())
    for ways in (Ways(True, True, True, True, 4), Ways(False, False, False, False, 4)):
        found = Int4Linear(packed, pairs, None, ways, Interrupt(), layout)(x)
        # Groups of heavy tails lie far apart, and one scale a row is coarse for the small ones.
        assert error(found, wanted) < 1.25 * bound(ways.int4_product, outliers=True), ways


@pytest.mark.parametrize("outliers", [False, True], ids=["plain", "outliers"])
@pytest.mark.parametrize("rows", [ROWS, 70])
def test_int8_in_every_way(outliers: bool, rows: int) -> None:
    weight = quantize_int8(heavy_tailed(rows, COLUMNS) * 0.05)
    bias = random(rows, seed=8).bfloat16()
    for count in COUNTS:
        x = activations(count, COLUMNS, outliers=outliers)
        wanted = linear(x.float(), weight.dequantized(), bias.float())
        for ways in ALL_WAYS:
            module = Int8Linear(weight, bias, ways, Interrupt())
            in_integers = ways.int8_single if count <= module.few else ways.int8_product
            assert error(module(x), wanted) < bound(in_integers, outliers), (count, ways)


@pytest.mark.parametrize("bits", [4, 8])
def test_outlier_columns_do_not_coarsen_the_rest(bits: int) -> None:
    """Seen where the large columns meet weights of 0: the rest is as exact as without them."""
    matrix = random(ROWS, COLUMNS)
    matrix[:, [3, COLUMNS - 1]] = 0
    ways = Ways(True, True, True, True, 4)
    x = activations(70, COLUMNS, outliers=True)
    values, scales = kernels.quantize_rows(x)
    module: Int8Linear | Int4Linear
    if bits == 8:
        weight = quantize_int8(matrix)
        module = Int8Linear(weight, None, ways, Interrupt())
    else:
        weight = quantize_int4(matrix)
        layout = kernels.int4_layout()
        pairs = kernels.scales_and_zeros(weight.scales, weight.zeros)
        module = Int4Linear(layout.pack(weight.integers()), pairs, None, ways, Interrupt(), layout)
    wanted = linear(x.float(), weight.dequantized())
    assert error(linear(values.float() * scales, weight.dequantized()), wanted) > 5 * CLEAN
    # At 4 bits a weight of 0 lies between two steps: what int8 rounds there meets the large columns.
    assert error(module(x), wanted) < (CLEAN if bits == 8 else 2 * CLEAN)


def test_more_outliers_than_are_kept_apart() -> None:
    weight = quantize_int8(random(ROWS, 4096))
    x = random(8, 4096)
    x[:, : 2 * MAX_OUTLIERS] *= 1000
    found = Int8Linear(weight, None, Ways(True, True, True, True, 4), Interrupt())(x.bfloat16())
    wanted = linear(x.bfloat16().float(), weight.dequantized())
    assert error(found, wanted) < CLOSE_IN_INTEGERS


def test_what_is_multiplied_stays_as_it_was() -> None:
    x = activations(70, COLUMNS, outliers=True).float()
    before = x.clone()
    Int8Linear(quantize_int8(random(64, COLUMNS)), None, Ways(True, True, True, True, 4), Interrupt())(x)
    kernels.quantize_rows(x)
    assert torch.equal(x, before)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_floats_in_every_way(dtype: torch.dtype) -> None:
    weight, bias = random(ROWS, COLUMNS).to(dtype), random(ROWS, seed=1).to(dtype)
    for count in COUNTS:
        x = random(count, COLUMNS, seed=count).to(dtype)
        wanted = linear(x.float(), weight.float(), bias.float())
        for ways in (Ways(True, True, True, True, 4), Ways(False, False, False, False, 4)):
            found = FloatLinear(weight, bias, ways, Interrupt())(x)
            assert found.dtype is dtype
            assert error(found, wanted) < (1e-6 if dtype is torch.float32 else CLOSE)


@pytest.mark.parametrize("bits", [4, 8])
def test_official_rows_are_exact_in_float32(bits: int) -> None:
    """One scale a row, in fp16; the fast way rounds it to bf16 at 4 bits and is near."""
    weight = from_official(*quantize_official(random(ROWS, COLUMNS), bits), bits)
    assert weight.scales.shape == (ROWS, 1)
    x = random(5, COLUMNS)
    exact = ExactLinear(weight, random(ROWS, seed=3), Interrupt())(x)
    assert error(exact, linear(x, weight.dequantized(), random(ROWS, seed=3))) < 1e-6
    ways = Ways(True, False, False, False, 4)
    for count in (1, 70):
        x = random(count, COLUMNS, seed=count).bfloat16()
        wanted = linear(x.float(), weight.dequantized())
        fast: Int8Linear | Int4Linear = Int8Linear(weight, None, ways, Interrupt())
        if bits == 4:
            layout = kernels.int4_layout()
            pairs = kernels.scales_and_zeros(weight.scales.expand(-1, COLUMNS // 128))
            fast = Int4Linear(layout.pack(weight.integers()), pairs, None, ways, Interrupt(), layout)
        assert error(fast(x), wanted) < CLOSE


def test_a_product_is_given_up_between_tiles() -> None:
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise Cancelled

    weight = random(4096, 64)
    four = quantize_int4(weight)
    layout = kernels.int4_layout()
    packed, pairs = layout.pack(four.integers()), kernels.scales_and_zeros(four.scales, four.zeros)
    interrupt = Interrupt()
    interrupt.check = check
    for ways in (Ways(True, True, True, True, 4), Ways(False, False, False, False, 4)):
        modules = [
            Int4Linear(packed, pairs, None, ways, interrupt, layout),
            Int8Linear(quantize_int8(weight), None, ways, interrupt),
        ]
        if not ways.bf16_product:
            modules.append(FloatLinear(weight.bfloat16(), None, ways, interrupt))
        for module in modules:
            calls = 0
            with pytest.raises(Cancelled):
                module(random(70, 64).bfloat16())
