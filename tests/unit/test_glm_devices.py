"""The accelerator's part of a network, with the processor standing in for an accelerator.

Nothing here has seen a graphics card: what is tested is which parts go there, that they compute the same
there, and that a device that computes something else, or nothing, never costs the load.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from app.core.cancel import Cancelled, CancelToken
from app.core.chat import Role, Turn
from app.core.engine import DeviceWish, Finished, GenerationParams, LoadNote, LoadPlan, Precision
from app.core.errors import ErrorCode, WorldError
from app.model.engines.glm_torch import GlmTorchEngine
from app.model.glm import device_loading, devices
from app.model.glm.config import read_config
from app.model.glm.decoder import Decoder
from app.model.glm.device_linears import DequantLinear, PlainLinear, device_linear
from app.model.glm.device_loading import load_with_device, place
from app.model.glm.devices import PROCESSOR, Device, DeviceKind, Place, find_device
from app.model.glm.family import Family
from app.model.glm.loading import LoadRequest, load_network
from app.model.glm.network import build_network
from tests.helpers.glm_folder import glm_ref, make_folder
from tests.helpers.glm_models import Options, Sizes, control_ids, make_model

CAPACITY = 64
PLENTY = 1 << 40
FAMILIES = (Family.CHATGLM, Family.CHATGLM3, Family.GLM4_0414, Family.GLM_EDGE)
QUANTIZED = (Precision.INT8, Precision.INT4)
SIZES = Sizes(layers=3)


@pytest.fixture(autouse=True)
def few_threads() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def silent(*_):
    pass


def stand_in(free=PLENTY, kind=DeviceKind.MPS, torch_name="cpu"):
    """An accelerator that is the processor. Apple's kind, so that bitsandbytes is not asked for."""
    return Device(kind, torch_name, "Stand-in", free)


def a_request(tmp_path, family, precision, options=None):
    folder = make_model(tmp_path / family.value, family, options or Options(sizes=SIZES))
    return LoadRequest(folder, read_config(folder), precision)


def room_for(request, layers):
    """Free bytes in which this many layers fit, and half of the next."""
    network = build_network(request.config)
    free = device_loading.RESERVED_BYTES
    while True:
        placement = place(network, request.precision, CAPACITY, stand_in(free))
        if placement is not None and placement.layers == layers:
            return free
        free += 4096


def load(request, device, told=None):
    notes = told if told is not None else []
    return load_with_device(request, device, CAPACITY, silent, silent, notes.append)


def scores(loaded, family):
    """Scores after a prompt in the cache and two more tokens."""
    ids = [7, 8, 9, 10, 11]
    if family is Family.CHATGLM:
        _, gmask, sop = control_ids(Options(sizes=SIZES))
        ids = [7, 8, 9, gmask, sop, 10, 11]
    decoder = Decoder(loaded.network, loaded.interrupt, CAPACITY)
    list(decoder.read(ids, silent))
    for token in (3, 4):
        decoder.write(token, silent)
    return decoder.logits


def error_of(found, wanted):
    return ((found - wanted).norm() / wanted.norm()).item()


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_partly_placed_network_computes_what_the_whole_one_does(tmp_path, family, layers):
    request = a_request(tmp_path, family, Precision.FP32)
    wanted = scores(load_network(request, silent, silent), family)
    told = []
    loaded = load(request, stand_in(room_for(request, layers)), told)
    placement = loaded.network.placement
    assert (placement.layers, placement.head) == (layers, False)
    assert told == [(LoadNote.PARTLY_ON_PROCESSOR,)]
    assert torch.allclose(scores(loaded, family), wanted, atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_wholly_placed_network_computes_the_same(tmp_path, family):
    request = a_request(tmp_path, family, Precision.FP32)
    wanted = scores(load_network(request, silent, silent), family)
    told = []
    loaded = load(request, stand_in(), told)
    assert loaded.network.placement.head
    assert told == []
    assert torch.allclose(scores(loaded, family), wanted, atol=1e-5)


@pytest.mark.parametrize("precision", [Precision.FP16, *QUANTIZED])
@pytest.mark.parametrize("family", [Family.CHATGLM, Family.CHATGLM3])
@pytest.mark.parametrize("layers", [2, None])
def test_each_precision_stays_near_float32(tmp_path, family, precision, layers):
    exact = a_request(tmp_path, family, Precision.FP32)
    wanted = scores(load_network(exact, silent, silent), family)
    request = replace(exact, precision=precision)
    free = PLENTY if layers is None else room_for(request, layers)
    loaded = load(request, stand_in(free))
    assert loaded.network.placement.layers == (layers or SIZES.layers)
    bound = {Precision.FP16: 0.03, Precision.INT8: 0.06, Precision.INT4: 0.5}[precision]
    assert error_of(scores(loaded, family), wanted) < bound


@pytest.mark.parametrize("bits", [4, 8])
def test_an_official_edition_keeps_its_integers_there(tmp_path, bits):
    options = Options(sizes=SIZES, bits=bits)
    request = a_request(tmp_path, Family.CHATGLM2, Precision.FP32, options)
    wanted = scores(load_network(request, silent, silent), Family.CHATGLM2)
    loaded = load(request, stand_in())
    first = loaded.network.get_submodule(f"{loaded.network.layers_name}.0.mlp.down_proj")
    assert isinstance(first, DequantLinear)
    assert error_of(scores(loaded, Family.CHATGLM2), wanted) < 1e-5


@pytest.mark.parametrize("precision", [Precision.FP32, *QUANTIZED])
def test_a_tied_head_is_placed_beside_its_embedding(tmp_path, precision):
    options = Options(sizes=SIZES, tied=True)
    exact = a_request(tmp_path, Family.GLM_EDGE, Precision.FP32, options)
    wanted = scores(load_network(exact, silent, silent), Family.GLM_EDGE)
    loaded = load(replace(exact, precision=precision), stand_in())
    network = loaded.network
    head = network.get_submodule(network.head_name)
    assert isinstance(head, PlainLinear if precision is Precision.FP32 else DequantLinear)
    assert error_of(scores(loaded, Family.GLM_EDGE), wanted) < 0.5


def test_what_does_not_fit_stays_and_a_long_context_takes_room(tmp_path):
    request = a_request(tmp_path, Family.CHATGLM3, Precision.FP16)
    network = build_network(request.config)
    free = room_for(request, 2)
    assert place(network, request.precision, CAPACITY, stand_in(free)).layers == 2
    assert place(network, request.precision, 100 * CAPACITY, stand_in(free)) is None
    assert place(network, request.precision, CAPACITY, stand_in(0)) is None


def test_a_device_too_small_for_a_layer_is_told_and_not_used(tmp_path):
    request = a_request(tmp_path, Family.CHATGLM3, Precision.INT8)
    told = []
    loaded = load(request, stand_in(1), told)
    assert loaded.network.placement is None
    assert told == [(LoadNote.ACCELERATOR_TOO_SMALL,)]
    assert torch.equal(
        scores(loaded, Family.CHATGLM3), scores(load_network(request, silent, silent), Family.CHATGLM3)
    )


class Flipped(torch.nn.Module):
    """A matrix on a device that computes the wrong sign."""

    def __init__(self, right):
        super().__init__()
        self.right = right

    def forward(self, x):
        return -self.right(x)


class Silent(Flipped):
    """A device that gives no numbers."""

    def forward(self, x):
        return self.right(x) * torch.nan


class Absent(Flipped):
    """A device whose operation is missing."""

    def forward(self, x):
        raise NotImplementedError("no such operation there")


def spoil(monkeypatch, kind, is_wrong):
    """Make the matrices of the device that `is_wrong` picks (by their number) of another kind."""
    made = []

    def wrong_linear(*args):
        made.append(device_linear(*args))
        return kind(made[-1]) if is_wrong(len(made) - 1) else made[-1]

    monkeypatch.setattr(device_loading, "device_linear", wrong_linear)
    return made


@pytest.mark.parametrize(
    ("kind", "precision", "family"),
    [
        (Flipped, Precision.FP16, Family.CHATGLM),
        (Flipped, Precision.INT4, Family.CHATGLM),
        (Flipped, Precision.INT4, Family.CHATGLM3),
        (Silent, Precision.FP16, Family.CHATGLM3),
        (Absent, Precision.INT8, Family.CHATGLM3),
    ],
)
@pytest.mark.parametrize("number", [0, 2, -1])
def test_a_wrong_matrix_is_caught_and_the_processor_takes_over(
    tmp_path, monkeypatch, family, kind, precision, number
):
    """The first one, one in the middle of the layer, and the head."""
    request = a_request(tmp_path, family, precision)
    wanted = scores(load_network(request, silent, silent), family)
    matrices = SIZES.layers * (4 if family is Family.CHATGLM else 6)
    made = spoil(monkeypatch, kind, lambda at: at == (matrices if number < 0 else number))
    told = []
    loaded = load(request, stand_in(), told)
    assert told == [(LoadNote.ACCELERATOR_FAILED,)]
    assert loaded.network.placement is None
    assert torch.equal(scores(loaded, family), wanted)
    if number >= 0:  # found before the other layers were read
        assert len(made) == matrices // SIZES.layers


@pytest.mark.parametrize("family", [Family.CHATGLM, Family.CHATGLM3])
@pytest.mark.parametrize("precision", [Precision.FP16, Precision.INT4])
def test_wrong_arithmetic_between_the_matrices_is_caught(tmp_path, monkeypatch, family, precision):
    """Rotations that turn the other way there."""
    from app.model.glm.network import Step

    right = Step.move

    def wrong(step, where):
        right(step, where)
        step.turns = -step.turns.conj()

    monkeypatch.setattr(Step, "move", wrong)
    told = []
    load(a_request(tmp_path, family, precision), stand_in(), told)
    assert told == [(LoadNote.ACCELERATOR_FAILED,)]


def test_a_device_that_is_not_there_costs_nothing_but_a_note(tmp_path):
    request = a_request(tmp_path, Family.CHATGLM3, Precision.FP16)
    told = []
    loaded = load(request, stand_in(torch_name="no such device"), told)
    assert loaded.network.placement is None
    assert told == [(LoadNote.ACCELERATOR_FAILED,)]


def test_faults_of_files_and_a_cancel_are_no_faults_of_the_device(tmp_path):
    request = a_request(tmp_path, Family.CHATGLM3, Precision.FP16)

    def cancelled():
        raise Cancelled

    with pytest.raises(Cancelled):
        load_with_device(request, stand_in(), CAPACITY, silent, cancelled, silent)
    next(request.folder.glob("*-00003-of-*.bin")).unlink()
    told = []
    with pytest.raises(WorldError) as caught:
        load(request, stand_in(), told)
    assert caught.value.info.code is ErrorCode.MODEL_INCOMPLETE
    assert told == []


def test_progress_goes_forward_over_both_parts(tmp_path):
    request = a_request(tmp_path, Family.CHATGLM3, Precision.INT8)
    fractions = []
    device = stand_in(room_for(request, 2))
    load_with_device(request, device, CAPACITY, fractions.append, silent, silent)
    assert fractions == sorted(fractions)
    assert len(set(fractions)) > 4
    assert fractions[-1] == 1.0


def test_a_wish_or_the_environment_keeps_everything_on_the_processor(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: pytest.fail("a driver was asked"))
    assert find_device(DeviceWish.PROCESSOR) is PROCESSOR
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)  # and then it cannot be asked further
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: 1 / 0)
    assert find_device() is PROCESSOR
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (5, 10))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "A card")
    card = Device(DeviceKind.CUDA, "cuda", "A card", 5)
    assert find_device() == find_device(DeviceWish.GRAPHICS_CARD) == card
    assert find_device(DeviceWish.PROCESSOR) is PROCESSOR
    monkeypatch.setenv(devices.DEVICE_VARIABLE, "cpu")
    assert find_device() is PROCESSOR
    assert find_device(DeviceWish.GRAPHICS_CARD) == card


@pytest.mark.parametrize(
    ("family", "stored", "precision", "dtype"),
    [
        (Family.CHATGLM3, "float16", Precision.FP16, torch.float16),
        (Family.CHATGLM3, "float16", Precision.FP32, torch.float32),
        (Family.CHATGLM, "float16", Precision.FP16, torch.bfloat16),
        (Family.GLM4, "bfloat16", Precision.INT4, torch.bfloat16),
    ],
)
def test_fp16_is_for_weights_published_in_it_and_never_for_chatglm_6b(
    tmp_path, family, stored, precision, dtype
):
    config = a_request(tmp_path, Family.CHATGLM3, precision).config
    config = replace(config, family=family, stored_dtype=stored)
    assert devices.compute_dtype(config, precision, stand_in()) is dtype


@pytest.mark.parametrize("precision", QUANTIZED)
@pytest.mark.parametrize("with_bias", [False, True])
def test_bitsandbytes_gets_the_matrix_as_it_is(precision, with_bias):
    """On the processor, where it is slow; its kernels for cards have not run."""
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is installed by hand beside an NVIDIA card")
    generator = torch.Generator().manual_seed(5)
    weight = torch.randn(96, 128, generator=generator)
    bias = torch.randn(96, generator=generator) if with_bias else None
    where = Place(torch.device("cpu"), torch.bfloat16)
    with torch.inference_mode():
        module = device_linear(weight, bias, precision, stand_in(kind=DeviceKind.CUDA), where, 32)
        x = torch.randn(2, 5, 128, generator=generator)
        found = module(x.bfloat16())
    assert type(module).__module__.startswith("bitsandbytes")
    assert found.dtype is torch.bfloat16
    wanted = torch.nn.functional.linear(x, weight, bias)
    assert error_of(found.float(), wanted) < (0.03 if precision is Precision.INT8 else 0.15)


@pytest.mark.parametrize("precision", QUANTIZED)
def test_rows_are_quantized_and_unpacked_in_blocks(monkeypatch, precision):
    from app.model.glm import device_linears

    weight = torch.randn(100, 64, generator=torch.Generator().manual_seed(6))
    where = Place(torch.device("cpu"), torch.float32)
    module = device_linear(weight, weight[:, 0], precision, stand_in(), where, 32)
    x = torch.randn(3, 64, generator=torch.Generator().manual_seed(7))
    whole = module(x)
    monkeypatch.setattr(device_linears, "_ROWS_AT_ONCE", 32)
    assert torch.allclose(module(x), whole, atol=1e-5)
    in_blocks = device_linear(weight, weight[:, 0], precision, stand_in(), where, 32)
    assert torch.allclose(in_blocks(x), whole, atol=1e-5)
    assert error_of(whole, torch.nn.functional.linear(x, weight, weight[:, 0])) < 0.15


def answer(engine):
    events = list(
        engine.generate(
            (Turn(Role.USER, "hello"),), GenerationParams(max_tokens=8, temperature=0.0), CancelToken()
        )
    )
    assert isinstance(events[-1], Finished)
    return [token for event in events for token in getattr(event, "ids", ())]


def test_through_the_engine_whole_partly_and_failing(tmp_path, monkeypatch):
    folder = make_folder(tmp_path, Family.CHATGLM3)
    plan = LoadPlan(context_length=CAPACITY, precision=Precision.FP32)
    reports = []

    def loaded_on(device):
        reports.clear()
        engine = GlmTorchEngine(device)
        info = engine.load(glm_ref(folder), plan, reports.append, CancelToken())
        ids = answer(engine)
        engine.unload()
        return info, ids

    info, wanted = loaded_on(PROCESSOR)
    assert (info.device, info.notes) == ("", ())
    plan = replace(plan, device=DeviceWish.GRAPHICS_CARD)
    missing, _ = loaded_on(PROCESSOR)
    assert missing.notes == (LoadNote.ACCELERATOR_MISSING,)
    placed, ids = loaded_on(stand_in())
    assert (placed.device, placed.notes, ids) == ("Stand-in", (), wanted)
    request = LoadRequest(folder, read_config(folder), Precision.FP32)
    partly, ids = loaded_on(stand_in(room_for(request, 1)))
    assert (partly.device, partly.notes, ids) == ("Stand-in", (LoadNote.PARTLY_ON_PROCESSOR,), wanted)
    assert reports[0].fraction == 0.0  # said before anything was loaded
    assert reports[0].notes == partly.notes
    spoil(monkeypatch, Flipped, lambda at: at == 1)
    failed, ids = loaded_on(stand_in())
    assert (failed.device, failed.notes, ids) == ("", (LoadNote.ACCELERATOR_FAILED,), wanted)
    assert reports[-1].notes == failed.notes
