"""What measurements stand on: random weights in the real layouts, and the arithmetic of quality."""

from __future__ import annotations

import json
import math

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("gguf")

from app.model import gguf  # noqa: E402
from app.model.glm.checkpoint import open_checkpoint  # noqa: E402
from app.model.glm.config import read_config  # noqa: E402
from app.model.glm.family import Family  # noqa: E402
from tests.helpers import glm_bench_models as models  # noqa: E402
from tests.helpers import quality  # noqa: E402

CHECKPOINTS = {
    Family.CHATGLM: models.CHATGLM_6B,
    Family.CHATGLM3: models.CHATGLM3_6B,
    Family.GLM4: models.GLM4_9B,
}


@pytest.mark.parametrize("family", CHECKPOINTS)
def test_random_checkpoint_is_one_that_the_app_reads(family, tmp_path):
    models.random_checkpoint(tmp_path, models.small(CHECKPOINTS[family]))
    config = read_config(tmp_path)
    assert config.family is family
    checkpoint = open_checkpoint(tmp_path, config)
    weights = {name: checkpoint.read(name).float() for name in checkpoint.names()}
    checkpoint.close()
    assert all(weight.isfinite().all() for weight in weights.values())
    wide = max(weights.values(), key=torch.numel)
    assert float(wide.std()) == pytest.approx(wide.shape[1] ** -0.5, rel=0.05)
    assert len({tuple(row[:8].tolist()) for row in wide[:512]}) == 512


@pytest.mark.parametrize(
    ("shape", "count", "total"),
    [
        (models.CHATGLM_6B, 368, 2 * 6_707_773_440),
        (models.CHATGLM3_6B, 200, 12_487_168_064),
        (models.GLM4_9B, 284, 18_799_902_784),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_full_shapes_have_the_published_keys_and_bytes(shape, count, total):
    """Counts and total_size of reference sections 2.6, 3.3 and 4.2; v1's index is stale, so the sum."""
    tensors = dict(models.checkpoint_tensors(shape))
    assert len(tensors) == count
    assert 2 * sum(math.prod(size) for size in tensors.values()) == pytest.approx(total, rel=1e-3)


@pytest.mark.parametrize("quant", models.Quant)
def test_random_gguf_is_whole_and_says_what_it_is(quant, tmp_path):
    path = models.random_gguf(tmp_path / "random.gguf", models.small(models.CHATGLM3_6B), quant)
    header = gguf.read_header(path)
    assert (header.architecture, header.precision_label) == ("chatglm", quant.value)
    assert header.file_bytes == header.expected_bytes
    assert len(gguf.read_vocabulary(path).tokens) == models.CHATGLM3_6B.vocab


class _Bigram(torch.nn.Module):
    """Predicts from the last id alone, with chosen probabilities; is called as transformers' models are."""

    def __init__(self, logits):
        super().__init__()
        self.layers = torch.nn.ModuleList([torch.nn.Linear(64, 64, bias=False)])
        self.logits = logits

    def forward(self, input_ids, past_key_values=None, use_cache=False):
        return type("Out", (), {"logits": self.logits[input_ids], "past_key_values": None})


def test_perplexity_is_that_of_the_formula_and_windows_leave_out_their_first_token():
    logits = torch.tensor([[0.1, 0.7, 0.2], [0.5, 0.25, 0.25], [0.2, 0.2, 0.6]]).log()
    ids = [0, 1, 0, 2, 2]
    inner = [0.7, 0.5, 0.2, 0.6]
    expected = math.exp(-sum(map(math.log, inner)) / 4)
    assert quality.perplexity(_Bigram(logits), ids) == pytest.approx(expected)
    two = math.exp(-math.log(0.7 * 0.2) / 2)  # windows 0 1 | 0 2 | 2
    assert quality.perplexity(_Bigram(logits), ids, window=2) == pytest.approx(two)


def test_agreement_leads_the_second_model_along_the_first_ones_answer():
    first = _Bigram(torch.eye(4).roll(1, dims=1))  # 0 1 2 3 0 ...
    other = _Bigram(torch.eye(4).roll(1, dims=1))
    other.logits[2] = torch.tensor([0.0, 9.0, 0.0, 0.0])  # differs after 2 only
    assert quality.greedy(first, [0], 6) == [1, 2, 3, 0, 1, 2]
    assert quality.greedy_agreement(first, first, [[0], [3, 1]], 8) == 1.0
    assert quality.greedy_agreement(first, other, [[0]], 8) == 0.75


def test_shifting_moves_groups_and_loses_nothing():
    weight, x = torch.randn(8, 64), torch.randn(3, 64)
    torch.testing.assert_close(quality.shifted(x) @ quality.shifted(weight).T, x @ weight.T)
    assert torch.equal(quality.shifted(quality.shifted(weight), -quality.SHIFT), weight)


def test_weights_of_layers_are_exchanged():
    model = _Bigram(torch.eye(3))
    assert quality.quantizable(model) == ["layers.0"]
    quality.exchange_weights(model, torch.zeros_like)
    assert not model.layers[0].weight.any()


def test_text_is_prose_of_this_python():
    text = quality.text()
    assert len(text) > 200_000
    assert "The assert statement" in text.replace('"', "").replace("*", "")
    assert json.dumps(text)
