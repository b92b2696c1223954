"""The sampler against transformers' processors put one after the other plainly."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from transformers import (  # noqa: E402
    LogitsProcessorList,
    MinNewTokensLengthLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    SuppressTokensLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from app.model.glm.sampling import Sampler, SamplingParams  # noqa: E402

LIMIT, VOCAB = 12000, 12160
INVALID = 5
STOPS = (2, 7, 11999)


def sampler(**params):
    return Sampler(SamplingParams(**params), invalid_id=INVALID, vocab_limit=LIMIT, stop_ids=STOPS)


def plainly(logits, sequence, prompt_length, params):
    """The distribution [VOCAB] of the same processors over the whole vocabulary, in float64."""
    ids = torch.tensor([sequence])
    steps = LogitsProcessorList([SuppressTokensLogitsProcessor(range(LIMIT, VOCAB))])
    steps.append(RepetitionPenaltyLogitsProcessor(params.repetition_penalty))
    steps.append(MinNewTokensLengthLogitsProcessor(prompt_length, params.min_new_tokens, list(STOPS)))
    steps.append(TemperatureLogitsWarper(params.temperature))
    if params.top_k:
        steps.append(TopKLogitsWarper(params.top_k))
    steps.append(TopPLogitsWarper(params.top_p))
    return steps(ids, logits.double().unsqueeze(0))[0].softmax(0)


def spread(found):
    """Candidates as a distribution [VOCAB]."""
    return torch.zeros(VOCAB, dtype=torch.float64).index_add(0, found.ids, found.probabilities)


PARAMS = [
    SamplingParams(),
    SamplingParams(temperature=0.95, top_p=0.7),
    SamplingParams(temperature=1.0, top_p=1.0),
    SamplingParams(temperature=1.7, top_p=0.999),
    SamplingParams(temperature=0.8, top_p=0.0),
    SamplingParams(temperature=0.95, top_p=0.8, top_k=10),
    SamplingParams(temperature=0.95, top_p=1.0, top_k=1),
    SamplingParams(temperature=0.95, top_p=0.8, top_k=10**6),
    SamplingParams(temperature=0.95, top_p=0.8, repetition_penalty=1.1),
    SamplingParams(temperature=1.0, top_p=0.9, repetition_penalty=0.7, min_new_tokens=3),
    SamplingParams(temperature=1.2, top_p=0.95, top_k=40, repetition_penalty=1.3, min_new_tokens=2),
]


@pytest.mark.parametrize("width", [0.5, 3.0, 12.0])
@pytest.mark.parametrize("params", PARAMS, ids=str)
def test_distribution_is_that_of_the_processors(params, width):
    random = torch.Generator().manual_seed(int(width * 10))
    ours = Sampler(params, invalid_id=INVALID, vocab_limit=LIMIT, stop_ids=STOPS)
    prompt = torch.randint(0, LIMIT, (300,), generator=random).tolist()
    sequence = [*prompt, *prompt[:50]]
    for _ in range(5):
        logits = torch.randn(VOCAB, generator=random) * width
        logits[list(STOPS)] += 4 * width
        logits[LIMIT:] += 9 * width  # padding that would win
        logits[sequence[-3:]] += 5 * width  # penalized ids that matter
        expected = plainly(logits, sequence, 350, params)
        found = ours.candidates(logits, sequence)
        # Both sum in float64; ours starts from scores that were divided by the temperature in float32.
        assert torch.equal(spread(found) > 0, expected > 0)
        assert (spread(found) - expected).abs().max() < 2e-6
        sequence.append(int(found.ids[0]))


def test_nucleus_is_exact_when_it_is_wider_than_every_cut():
    flat = torch.linspace(0, 1e-3, VOCAB)[torch.randperm(VOCAB, generator=torch.Generator().manual_seed(3))]
    params = SamplingParams(temperature=1.0, top_p=0.9)
    found = sampler(temperature=1.0, top_p=0.9).candidates(flat, [1])
    assert len(found.ids) > 8192
    assert torch.equal(spread(found) > 0, plainly(flat, [1], 1, params) > 0)


def test_greedy_is_the_plain_arg_max():
    logits = torch.randn(VOCAB, generator=torch.Generator().manual_seed(1))
    logits[STOPS[0]] = 50.0
    logits[LIMIT + 3] = 90.0
    ours = sampler(temperature=0.0, top_k=3, repetition_penalty=5.0)
    assert ours.next_id(logits, [STOPS[0]] * 4) == STOPS[0]
    assert sampler(temperature=1e-40).next_id(logits, [1]) == STOPS[0]


@pytest.mark.parametrize("temperature", [0.0, 0.8])
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("at", [0, 77, VOCAB - 1])
def test_any_invalid_score_forces_the_guards_id(temperature, bad, at):
    logits = torch.randn(VOCAB, generator=torch.Generator().manual_seed(1))
    logits[100] = 80.0
    logits[at] = bad
    kept = logits.clone()
    assert sampler(temperature=temperature, top_p=0.95).next_id(logits, [1, 2, 3]) == INVALID
    torch.testing.assert_close(logits, kept, equal_nan=True, rtol=0, atol=0)


def test_all_minus_infinity_but_one_is_invalid_and_one_possible_token_is_chosen():
    logits = torch.full((VOCAB,), float("-inf"))
    logits[9] = 1.0
    assert sampler().next_id(logits, [1]) == INVALID
    logits = torch.full((VOCAB,), -1e30)
    logits[9] = 1.0
    assert all(sampler(temperature=2.0, top_p=top_p).next_id(logits, [1]) == 9 for top_p in (0.0, 0.5, 1.0))


@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_stop_ids_are_kept_back_until_there_are_enough_new_tokens(temperature):
    logits = torch.zeros(VOCAB)
    logits[list(STOPS)] = 60.0
    ours = sampler(temperature=temperature, top_p=1.0, min_new_tokens=3, seed=4)
    sequence = [STOPS[0], 10]
    for _ in range(4):
        sequence.append(ours.next_id(logits, sequence))
    assert not set(sequence[2:5]) & set(STOPS)
    assert sequence[5] in STOPS


def test_a_seed_gives_the_same_answer_again_and_leaves_torchs_own_generator_alone():
    logits = torch.randn(VOCAB, generator=torch.Generator().manual_seed(5))

    def answer(seed):
        ours, sequence = sampler(temperature=1.0, top_p=0.99, seed=seed), [1]
        for _ in range(12):
            sequence.append(ours.next_id(logits, sequence))
        return sequence

    before = torch.get_rng_state()
    first, again, other = answer(11), answer(11), answer(12)
    assert first == again != other
    assert answer(None) != answer(None)
    assert torch.equal(before, torch.get_rng_state())


def test_draws_follow_the_distribution():
    logits = torch.full((VOCAB,), -40.0)
    logits[[20, 30, 40]] = torch.tensor([0.5, 0.3, 0.2]).log()
    ours = sampler(temperature=1.0, top_p=1.0, seed=0)
    drawn = [ours.next_id(logits, [1]) for _ in range(3000)]
    assert set(drawn) == {20, 30, 40}
    assert [drawn.count(token) / 3000 for token in (20, 30, 40)] == pytest.approx([0.5, 0.3, 0.2], abs=0.03)


def test_sequences_may_be_tensors():
    logits = torch.randn(VOCAB, generator=torch.Generator().manual_seed(8))
    params = {"temperature": 1.0, "top_p": 0.9, "repetition_penalty": 1.4, "min_new_tokens": 2}
    listed, tensor = sampler(**params), sampler(**params)
    for sequence in ([4, 4, 9], [4, 4, 9, 50], [4, 4, 9, 50, 4]):
        a, b = listed.candidates(logits, sequence), tensor.candidates(logits, torch.tensor(sequence))
        assert torch.equal(a.ids, b.ids)
        assert torch.equal(a.probabilities, b.probabilities)


@pytest.mark.parametrize(
    "wrong",
    [{"top_p": 1.5}, {"top_p": -0.1}, {"top_k": -1}, {"temperature": -1.0}, {"repetition_penalty": 0.0}],
)
def test_impossible_numbers_are_refused(wrong):
    with pytest.raises(ValueError):
        sampler(**wrong)
