"""The torch engine with a small model that tests talk to, and the same model without any past."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.core.cancel import CancelToken
from app.core.chat import Role, Turn
from app.core.engine import (
    Finished,
    GenerationParams,
    LoadPlan,
    ModelInfo,
    Precision,
    PromptProgress,
    ReasoningDelta,
    TextDelta,
)
from app.model.engines.glm_torch import GlmTorchEngine
from app.model.glm.decoder import Decoder
from app.model.glm.family import Family
from tests.helpers.glm_folder import glm_ref, make_folder
from tests.helpers.glm_greedy import less_alike
from tests.helpers.glm_models import Options, Sizes
from tests.helpers.quick_unload import quick_unload as quick_unload

SIZES = Sizes(hidden=64, ffn=128, heads=4, groups=2, head=16)
GREEDY = GenerationParams(max_tokens=10, temperature=0.0)
SYSTEM = Turn(Role.SYSTEM, "You are a tea house.")
QUESTIONS = ("What is tea?", "晚上睡不着应该怎么办？", "And then?", "a\tb  c\n\nd")
KEEPING = [Family.CHATGLM2, Family.CHATGLM3, Family.GLM4_0414, Family.GLM_EDGE]
"""Where an old answer stands in the prompt as it was generated, so that nothing of it is read again."""
CLOSE = 1e-4


@dataclass(frozen=True)
class Answer:
    ids: tuple[int, ...]
    text: str
    end: Finished
    progress: tuple[PromptProgress, ...]

    @property
    def cached(self) -> int:
        return self.end.usage.cached_tokens

    @property
    def prompt(self) -> int:
        return self.end.usage.prompt_tokens


class Host:
    """The engine with a small model, and the same model without any past."""

    def __init__(self, folder: Path) -> None:
        self.engine = GlmTorchEngine()
        self.folder = folder

    def load(self, context: int = 1024) -> ModelInfo:
        plan = LoadPlan(context_length=context, precision=Precision.FP32, threads=1)
        return self.engine.load(glm_ref(self.folder), plan, lambda _: None, CancelToken())

    @property
    def decoder(self) -> Decoder:
        assert self.engine._loaded is not None
        return self.engine._loaded.decoder

    def ask(
        self, turns: Sequence[Turn], params: GenerationParams = GREEDY, stop_after: int | None = None
    ) -> Answer:
        """The answer; stopped when so many ids were told."""
        cancel = CancelToken()
        ids: list[int] = []
        text, progress = "", []
        for event in self.engine.generate(turns, params, cancel):
            if isinstance(event, TextDelta | ReasoningDelta):
                ids += event.ids
                text += event.text if isinstance(event, TextDelta) else ""
            elif isinstance(event, PromptProgress):
                progress.append(event)
            else:
                return Answer(tuple(ids), text, event, tuple(progress))
            if stop_after is not None and len(ids) >= stop_after:
                cancel.cancel()
        raise AssertionError("no end")

    def prompt(self, turns: Sequence[Turn]) -> list[int]:
        assert self.engine._loaded is not None
        return self.engine._loaded.encoder.encode(turns)

    def fresh(self) -> Decoder:
        decoder = self.decoder
        return Decoder(decoder._network, decoder._interrupt, decoder.capacity)

    def expected(self, prompt: Sequence[int], count: int) -> tuple[int, ...]:
        """The greedy ids after a prompt that is read at once by a decoder without a past."""
        loaded = self.engine._loaded
        assert loaded is not None
        decoder = self.fresh()
        list(decoder.read(prompt, lambda: None))
        ids: list[int] = []
        while len(ids) < count:
            token = int(decoder.logits[: loaded.tokenizer.vocab_limit].argmax())
            if token in loaded.tokenizer.stop_ids:
                break
            ids.append(token)
            decoder.write(token, lambda: None)
        return tuple(ids)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[Family, Path]:
    place = tmp_path_factory.mktemp("models")
    return {
        family: less_alike(make_folder(place, family, Options(sizes=SIZES)))
        for family in (Family.CHATGLM, Family.GLM_Z1, *KEEPING)
    }


@pytest.fixture
def host(folders: dict[Family, Path], request: pytest.FixtureRequest) -> Iterator[Host]:
    family = getattr(request, "param", Family.CHATGLM3)
    host = Host(folders[family])
    host.load()
    yield host
    host.engine.unload()


def with_families(*families: Family) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("host", families, indirect=True, ids=[f.value for f in families])
