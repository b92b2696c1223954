"""Fixtures of the contract suite: each engine of `engine_cases`, fresh and loaded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from engine_cases import CASES, CONTEXT_LENGTH, LoadedEngine

from app.core.cancel import CancelToken
from app.core.engine import Engine, LoadPlan, ModelRef
from app.model.engines import create_engine


@pytest.fixture(params=list(CASES), ids=lambda kind: kind.value, scope="module")
def ref(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ModelRef:
    """A small model of each engine."""
    return CASES[request.param](tmp_path_factory.mktemp("model"))


@pytest.fixture
def fresh_engine(ref: ModelRef) -> Iterator[Engine]:
    """An engine with nothing loaded."""
    engine = create_engine(ref.engine)
    yield engine
    engine.unload()


@pytest.fixture(scope="module")
def loaded(ref: ModelRef) -> Iterator[LoadedEngine]:
    """An engine with its model loaded; shared, because loading is the slow part."""
    engine = create_engine(ref.engine)
    info = engine.load(ref, LoadPlan(context_length=CONTEXT_LENGTH), lambda _: None, CancelToken())
    yield LoadedEngine(engine, ref, info)
    engine.unload()
