"""Every generation from a folder in its published layout to greedy ids, against an independent reference.

The reference (`tests.helpers.glm_greedy`) knows nothing of `app`: prompts by hand, transformers' own
generation over weights that were mapped by hand, and a second writing of ChatGLM-6B. Random weights; with
small tokenizers always, with the real ones where the fixtures are.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.cancel import CancelToken
from app.core.chat import FinishReason, Role, Turn
from app.core.engine import (
    Finished,
    GenerationParams,
    LoadPlan,
    ModelInfo,
    Precision,
    ReasoningDelta,
    TextDelta,
)
from app.model.engines.glm_torch import GlmTorchEngine
from app.model.glm.family import Family
from tests.helpers.glm_folder import glm_ref, make_folder
from tests.helpers.glm_greedy import NEWER, Dialogue, Reference, ids_of, less_alike, prompt
from tests.helpers.glm_models import Options, Sizes, make_model
from tests.helpers.glm_tokenizers import ranks
from tests.helpers.quick_unload import quick_unload as quick_unload
from tests.helpers.shared import shared

TALK = Dialogue(
    system="You are a helpful tea house.",
    first="晚上睡不着应该怎么办？",
    answer="可以喝一杯热茶，\n听一点音乐。",
    second="And  what tea?\tPlease answer: <|user|> [gMASK] 🍵",
)
TURNS = (
    Turn(Role.SYSTEM, TALK.system),
    Turn(Role.USER, TALK.first),
    Turn(Role.ASSISTANT, TALK.answer),
    Turn(Role.USER, TALK.second),
)
TOKENS = 24
THETA_OF_GLM4 = 5e6
GREEDY = GenerationParams(max_tokens=TOKENS, temperature=0.0)
SMALL = Sizes(hidden=64, ffn=128, heads=4, groups=2, head=16)
NARROW = Sizes(hidden=32, ffn=64, heads=4, groups=2, head=8)
ROWS = {
    Family.CHATGLM: (130528, "chatglm-6b"),
    Family.CHATGLM2: (65024, "chatglm2-6b"),
    Family.CHATGLM3: (65024, "chatglm2-6b"),
    Family.CODEGEEX2: (65024, "codegeex2-6b"),
    Family.GLM4: (151552, "glm-4-9b-chat"),
    Family.CODEGEEX4: (151552, "glm-4-9b-chat"),
}
"""Rows of the published matrix, and the folder of the fixtures with the real tokenizer."""


class Host:
    """The engine, asked as a user of it would."""

    def __init__(self) -> None:
        self.engine = GlmTorchEngine()

    def load(self, folder: Path, precision: Precision, said: str = "") -> ModelInfo:
        plan = LoadPlan(context_length=512, precision=precision, threads=1)
        return self.engine.load(replace(glm_ref(folder), family=said), plan, lambda _: None, CancelToken())

    def answer(self) -> tuple[list[int], Finished]:
        """The ids of the answer to TURNS, and its end."""
        events = list(self.engine.generate(TURNS, GREEDY, CancelToken()))
        ids = [
            token for event in events if isinstance(event, TextDelta | ReasoningDelta) for token in event.ids
        ]
        end = events[-1]
        assert isinstance(end, Finished)
        return ids, end


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host()
    yield host
    host.engine.unload()


def small_folder(place: Path, family: Family, options: Options) -> Path:
    """A model of the family with its small tokenizer, whose ids end its answers."""
    if family in NEWER or options.hf:
        n = len(ranks())
        options = replace(options, eos=(n, n + 7, n + 9))
    return less_alike(make_folder(place, family, options))


def check(
    host: Host, folder: Path, family: Family, bits: int = 0, tokenizer: Path | None = None, said: str = ""
) -> None:
    """The engine at FP32 and the reference give the same ids; `tokenizer` is the latter's folder."""
    info = host.load(folder, Precision.FP32, said)
    assert info.architecture == family.value
    wanted_prompt = prompt(family, ids_of(tokenizer or folder, family), TALK)
    ids, end = host.answer()
    assert host.engine._loaded is not None
    assert host.engine._loaded.encoder.encode(TURNS) == wanted_prompt
    assert end.usage.prompt_tokens == len(wanted_prompt)
    assert ids == Reference(folder, family, bits).answer(wanted_prompt, TOKENS)
    assert end.reason is (FinishReason.LENGTH if len(ids) == TOKENS else FinishReason.STOP)
    assert len(set(ids)) > 2, "an answer that proves little"


@pytest.mark.parametrize("family", Family)
def test_with_its_small_tokenizer(host: Host, tmp_path: Path, family: Family) -> None:
    check(host, small_folder(tmp_path, family, Options(sizes=SMALL)), family)


@pytest.mark.parametrize("family", ROWS)
def test_with_its_real_tokenizer(host: Host, tmp_path: Path, family: Family) -> None:
    rows, fixture = ROWS[family]
    folder = make_model(tmp_path / family.value, family, Options(sizes=replace(NARROW, vocab=rows)))
    copy_tokenizer(shared("fixtures", fixture), folder)
    check(host, less_alike(folder), family)


def copy_tokenizer(source: Path, folder: Path) -> None:
    """Into the test's own folder, as a download would lie there."""
    name = "ice_text.model" if (source / "ice_text.model").exists() else "tokenizer.model"
    shutil.copyfile(source / name, folder / name)


def test_the_first_release_with_its_real_tokenizer(host: Host, tmp_path: Path) -> None:
    """150528 rows, text behind 20000 image ids, <sop> at its own position (reference sections 2.1, 2.5)."""
    options = Options(
        sizes=replace(NARROW, vocab=150528), config={"mask_token_id": None, "gmask_token_id": None}
    )
    folder = make_model(tmp_path / "chatglm-6b", Family.CHATGLM, options)
    copy_tokenizer(shared("fixtures", "chatglm-6b-v0"), folder)
    later = tmp_path / "later"  # its file holds what the first release added when it ran
    later.mkdir()
    shutil.copyfile(folder / "config.json", later / "config.json")
    copy_tokenizer(shared("fixtures", "chatglm-6b"), later)
    check(host, less_alike(folder), Family.CHATGLM, tokenizer=later)


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("family", [Family.CHATGLM, Family.CHATGLM2])
def test_official_quantized_editions_are_exact(host: Host, tmp_path: Path, family: Family, bits: int) -> None:
    """At FP32 they give what float32 arithmetic over their dequantized weights gives, token for token."""
    folder = small_folder(tmp_path, family, Options(sizes=SMALL, bits=bits, seed=3))
    check(host, folder, family, bits)


@pytest.mark.parametrize("family", [Family.GLM4_0414, Family.GLM_EDGE])
def test_further_layouts(host: Host, tmp_path: Path, family: Family) -> None:
    """Without attention bias, as 0414's large edition, and with a tied head, as Edge's file may say."""
    options = Options(sizes=SMALL, attention_bias=False, tied=family is Family.GLM_EDGE, shards=1, seed=4)
    check(host, small_folder(tmp_path, family, options), family)


def test_the_converted_edition_of_glm4(host: Host, tmp_path: Path) -> None:
    """The -hf layout with the base that the weights were trained with (reference section 0, decision 3)."""
    sizes = replace(SMALL, context=131072)
    folder = small_folder(tmp_path, Family.GLM4, Options(sizes=sizes, hf=True, seed=5))
    host.load(folder, Precision.FP32)
    ids, _ = host.answer()
    path = folder / "config.json"
    corrected = json.loads(path.read_text("utf-8")) | {"rope_theta": THETA_OF_GLM4}
    path.write_text(json.dumps(corrected), encoding="utf-8")
    wanted_prompt = prompt(Family.GLM4, ids_of(folder, Family.GLM4), TALK)
    assert ids == Reference(folder, Family.GLM4).answer(wanted_prompt, TOKENS)


EXACT = {
    "chatglm-6b": (
        Family.CHATGLM,
        [5, 74874, 130001, 130004],
    ),
    "chatglm2-6b": (
        Family.CHATGLM2,
        [
            *(
                64790,
                64792,
                790,
                30951,
                517,
                30910,
                30939,
                30996,
                13,
                13,
                54761,
                31211,
                39701,
                13,
                13,
                55437,
                31211,
            ),
        ],
    ),
    "chatglm3-6b": (Family.CHATGLM3, [64790, 64792, 64795, 30910, 13, 36474, 54591, 64796]),
    "glm-4-9b-chat": (Family.GLM4, [151331, 151333, 151336, 198, 109377, 151337]),
}


@pytest.mark.parametrize("name", EXACT)
def test_a_greeting_in_published_ids(host: Host, tmp_path: Path, name: str) -> None:
    """The vectors' shortest prompts, through the engine; numbers from upstream's tests."""
    family, wanted = EXACT[name]
    rows, fixture = ROWS[family]
    sizes = Sizes(layers=1, hidden=16, ffn=16, heads=4, groups=2, head=4, vocab=rows)
    folder = make_model(tmp_path / family.value, family, Options(sizes=sizes))
    copy_tokenizer(shared("fixtures", fixture), folder)
    host.load(folder, Precision.FP32)
    assert host.engine._loaded is not None
    assert host.engine._loaded.encoder.encode((Turn(Role.USER, "你好"),)) == wanted


@pytest.mark.parametrize("precision", [Precision.FP16, Precision.INT8, Precision.INT4])
@pytest.mark.parametrize("family", [Family.CHATGLM, Family.GLM4_0414])
def test_the_other_precisions_answer(
    host: Host,
    tmp_path: Path,
    family: Family,
    precision: Precision,
    record_property: Callable[[str, object], None],
) -> None:
    """How many tokens they share with FP32 is reported: random weights have no margin between tokens."""
    folder = small_folder(tmp_path, family, Options())
    info = host.load(folder, precision)
    assert info.precision_label == precision.value.upper()
    ids, end = host.answer()
    assert end.reason in {FinishReason.LENGTH, FinishReason.STOP}
    assert ids
    wanted = Reference(folder, family).answer(prompt(family, ids_of(folder, family), TALK), TOKENS)
    pairs = zip(ids, wanted, strict=False)
    same = next((at for at, (ours, theirs) in enumerate(pairs) if ours != theirs), len(ids))
    record_property(f"{family.value} {precision.value}", f"first {same} of {len(wanted)} tokens as at FP32")


def test_what_a_person_said_is_the_generation_that_answers(tmp_path, host):
    options = Options(sizes=replace(SMALL, vocab=640), config={"_name_or_path": None})
    folder = small_folder(tmp_path, Family.CHATGLM2, options).rename(tmp_path / "nameless")
    assert host.load(folder, Precision.FP32).architecture == "chatglm2"
    check(host, folder, Family.CHATGLM3, said="chatglm3")
