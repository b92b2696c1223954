"""Answers of a few tokens in the real window: the settings offer none so short, and a test waits for each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.settings import Settings
from app.ui.answer_wish import AnswerWish, wish_from

TOKENS = 48
"""Enough to come in several pieces."""


@pytest.fixture
def short_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    def shorter(settings: Settings, model_ref: str) -> AnswerWish:
        wish = wish_from(settings, model_ref)
        return replace(wish, params=replace(wish.params, max_tokens=TOKENS))

    monkeypatch.setattr("app.parts.wish_from", shorter)
