"""Choosing the next token: invalid-score guard, transformers' logits processors in official order, a draw.

Knows scores and ids only: no model, no text, no file. One sequence, on the processor; the caller brings
scores over from another device.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import (
    MinNewTokensLengthLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

INVALID_SCORE = 5e4
"""What the guard gives to its id (reference section 2.8)."""
MIN_TEMPERATURE = 1e-6
"""Below it scores leave the range of float32; such a temperature is the arg-max in all but name."""
_CUTS = (512, 8192)
"""So many of the best tokens are tried as the candidates of top-p before all of them are sorted."""


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """How tokens are chosen; `top_k` 0, `top_p` 1 and `repetition_penalty` 1 change nothing.

    `temperature` 0 is the plain arg-max, whatever the others say but `min_new_tokens`. `seed` None draws one.
    """

    temperature: float = 0.8
    top_p: float = 0.8
    top_k: int = 0
    repetition_penalty: float = 1.0
    min_new_tokens: int = 0
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Candidates:
    """The tokens that may come next: `ids` int64 [n], and in the same order `probabilities` float64 [n]."""

    ids: Tensor
    probabilities: Tensor


class Sampler:
    """Chooses the tokens of one answer: the first sequence that it sees is the prompt, the next ones grow."""

    def __init__(
        self, params: SamplingParams, *, invalid_id: int, vocab_limit: int, stop_ids: Sequence[int] = ()
    ) -> None:
        """`invalid_id` is forced where scores are not finite (5 or 198: reference sections 2.8, 3.6, 4.4).

        Ids at or above `vocab_limit` pad the matrix and are never chosen. `stop_ids` are suppressed until
        there are `min_new_tokens`. Raises ValueError for numbers that transformers does not accept.
        """
        self._params = params
        self._invalid_id = invalid_id
        self._vocab_limit = vocab_limit
        self._random = torch.Generator()
        if params.seed is None:
            self._random.seed()
        else:
            self._random.manual_seed(params.seed)
        self._prompt_length: int | None = None
        self._read = 0
        self._seen: set[int] = set()
        self._distinct = torch.empty(0, dtype=torch.int64)
        self._penalty = RepetitionPenaltyLogitsProcessor(float(params.repetition_penalty))
        self._no_stop = (
            MinNewTokensLengthLogitsProcessor(0, params.min_new_tokens, list(stop_ids)) if stop_ids else None
        )
        self._top_p = TopPLogitsWarper(float(params.top_p)).top_p
        self._top_k = TopKLogitsWarper(params.top_k) if params.top_k else None
        self._is_greedy = 0 <= params.temperature < MIN_TEMPERATURE
        self._temperature = TemperatureLogitsWarper(1.0 if self._is_greedy else float(params.temperature))

    def next_id(self, logits: Tensor, sequence: Tensor | Sequence[int]) -> int:
        """The id after `sequence` (all ids so far with the prompt, [tokens]); `logits` float32 [vocab]."""
        if self._is_greedy:
            self._begin(sequence)
            return int(self._unstopped(self._guarded(logits).unsqueeze(0), sequence).argmax())
        found = self.candidates(logits, sequence)
        # The inverse of the distribution function: one number a token, however many candidates there are.
        steps = found.probabilities.cumsum(0)
        drawn = torch.rand(1, dtype=torch.float64, generator=self._random) * steps[-1]
        at = min(int(torch.searchsorted(steps, drawn, right=True)), len(steps) - 1)
        return int(found.ids[at])

    def candidates(self, logits: Tensor, sequence: Tensor | Sequence[int]) -> Candidates:
        """What `next_id` draws from at a temperature above 0: nothing that has no chance is among them.

        In the order of transformers' `generate`: penalty, minimum length, temperature, top-k, top-p.
        """
        self._begin(sequence)
        scores = self._guarded(logits).unsqueeze(0)
        if self._params.repetition_penalty != 1:
            # An id is penalized once however often it occurs, so the distinct ids are enough.
            scores = self._penalty(self._distinct_ids(sequence).unsqueeze(0), scores)
        scores = self._unstopped(scores, sequence)
        scores = self._temperature(None, scores)
        if self._top_k:
            scores = self._top_k(None, scores)
        return self._cut(scores[0])

    def _begin(self, sequence: Tensor | Sequence[int]) -> None:
        """The first sequence is the prompt."""
        if self._prompt_length is None:
            self._prompt_length = len(sequence)

    def _unstopped(self, scores: Tensor, sequence: Tensor | Sequence[int]) -> Tensor:
        """Scores [1, vocab] without the stop ids while the answer is too short."""
        written = len(sequence) - (self._prompt_length or 0)
        if self._no_stop is None or written >= self._params.min_new_tokens:
            return scores
        kept: Tensor = self._no_stop(_tensor(sequence[len(sequence) - written :]).unsqueeze(0), scores)
        return kept

    def _guarded(self, logits: Tensor) -> Tensor:
        """The scores of real tokens, or those of the guard where any score (padding too) is not finite."""
        lowest, highest = torch.aminmax(logits)  # one pass; both are NaN where any score is
        if lowest.isfinite() and highest.isfinite():
            return logits[: self._vocab_limit]
        scores = torch.zeros(min(len(logits), self._vocab_limit))
        scores[self._invalid_id] = INVALID_SCORE
        return scores

    def _distinct_ids(self, sequence: Tensor | Sequence[int]) -> Tensor:
        """Every id of `sequence` once; only what is new since the last call is looked at."""
        fresh = [
            token
            for token in dict.fromkeys(_tensor(sequence[self._read :]).tolist())
            if token not in self._seen
        ]
        self._read = len(sequence)
        if fresh:
            self._seen.update(fresh)
            self._distinct = torch.cat((self._distinct, torch.tensor(fresh)))
        return self._distinct

    def _cut(self, scores: Tensor) -> Candidates:
        """Top-p and softmax over `scores` [vocab], in float64.

        With the mass m of a set of best tokens, m >= p, the nucleus lies in the set, and a token is in it
        exactly when it is in the nucleus p / m of the set alone: no need to sort the whole vocabulary.
        """
        total = scores.double().logsumexp(0)
        ids = self._leading(scores, total)
        kept = scores[ids].double()
        if self._top_p < 1:
            mass = float((kept.logsumexp(0) - total).exp())
            kept = TopPLogitsWarper(min(1.0, self._top_p / mass))(None, kept.unsqueeze(0))[0]
        possible = kept.isfinite()
        return Candidates(ids[possible], kept[possible].softmax(0))

    def _leading(self, scores: Tensor, total: Tensor) -> Tensor:
        """Ids among which the nucleus lies; `total` is the logarithm of the sum of all exponentials."""
        if self._top_k:
            return scores.isfinite().nonzero()[:, 0]
        for count in _CUTS if self._top_p < 1 else ():
            if count < len(scores):
                best = scores.topk(count)
                if float((best.values.double().logsumexp(0) - total).exp()) >= self._top_p:
                    return best.indices
        return torch.arange(len(scores))


def _tensor(ids: Tensor | Sequence[int]) -> Tensor:
    """Ids [tokens] as int64."""
    return torch.as_tensor(ids, dtype=torch.int64)
