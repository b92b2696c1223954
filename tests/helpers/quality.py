"""How much worse a model has become: perplexity on a fixed text, and agreement of greedy answers.

The model with real trained weights is the starter model (SmolLM2-135M-Instruct, a GGUF file in Q4_1), read by
transformers. Its weights already lie on a 4-bit grid in blocks of 32: rounding them to 4 bits in the same
blocks costs almost nothing and proves little. `shifted` moves a weight by half a block, so that every group
straddles two of them; that figure is the one that says what rounding costs.

A model is anything that is called like a causal model of transformers; its linears may have been exchanged
(`quantizable` names them, `set_submodule` exchanges them).
"""

from __future__ import annotations

import math
import os
import pydoc_data.topics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from tests.helpers.starter import starter_path

SHIFT = 16
PROMPTS = (
    "What is the capital of France, and what is it known for?",
    "Write a short story about a teahouse in the mountains.",
    "Explain to a child why the sky is blue.",
    "List five uses of a paper clip.",
    "How does a steam engine work?",
    "Write a Python function that reverses a list.",
    "What should I consider when I buy a bicycle?",
    "Tell me about the history of tea.",
)


def load_starter(path: Path | None = None) -> tuple[Any, Any]:
    """The starter model in float32 on the processor, and its tokenizer; nothing is fetched.

    Skips the test that asks where the file is absent (`path` names another place).
    """
    os.environ["HF_HUB_OFFLINE"] = "1"
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    path = path or starter_path()
    options: dict[str, Any] = {"gguf_file": path.name, "local_files_only": True}
    model = AutoModelForCausalLM.from_pretrained(path.parent, dtype=torch.float32, **options)
    return model.eval(), AutoTokenizer.from_pretrained(path.parent, **options)


def text() -> str:
    """English prose with some code: the topics of Python's own help, in the order of their names.

    Free (PSF licence), on every machine that runs the tests, and nothing is tuned on it. It differs between
    versions of Python, so perplexities compare only within one.
    """
    topics = pydoc_data.topics.topics
    return "\n\n".join(topics[name] for name in sorted(topics))


def text_ids(tokenizer: Any, tokens: int) -> list[int]:
    """The first `tokens` ids of `text`."""
    ids: list[int] = tokenizer(text()[: tokens * 8], add_special_tokens=False)["input_ids"][:tokens]
    assert len(ids) == tokens
    return ids


@torch.inference_mode()
def perplexity(model: Any, ids: Sequence[int], window: int = 1024) -> float:
    """Perplexity over `ids` in windows that do not overlap; a window's first token is not predicted.

    The logarithms are summed in float64, whatever the model computes in.
    """
    total, count = 0.0, 0
    for start in range(0, len(ids) - 1, window):
        part = torch.tensor(ids[start : start + window])
        if len(part) < 2:
            break
        scores = model(input_ids=part.unsqueeze(0), use_cache=False).logits[0, :-1].double()
        total += float(nn.functional.cross_entropy(scores, part[1:], reduction="sum"))
        count += len(part) - 1
    return math.exp(total / count)


def chat_prompts(tokenizer: Any) -> list[list[int]]:
    """`PROMPTS` as the starter model is asked them, in ids."""
    frame = "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"
    return [tokenizer(frame.format(prompt), add_special_tokens=False)["input_ids"] for prompt in PROMPTS]


@torch.inference_mode()
def greedy(model: Any, prompt: Sequence[int], tokens: int) -> list[int]:
    """The arg-max answer of `tokens` ids; no id ends it."""
    fed, cache = torch.tensor([list(prompt)]), None
    answer: list[int] = []
    for _ in range(tokens):
        out = model(input_ids=fed, past_key_values=cache, use_cache=True)
        cache = out.past_key_values
        answer.append(int(out.logits[0, -1].argmax()))
        fed = torch.tensor([answer[-1:]])
    return answer


@torch.inference_mode()
def greedy_agreement(model_a: Any, model_b: Any, prompts: Sequence[Sequence[int]], tokens: int) -> float:
    """Share of tokens for which `model_b`, led along the greedy answer of `model_a`, has the same arg-max.

    Led along: after a first difference two free answers have nothing to do with each other any more.
    """
    same = 0
    for prompt in prompts:
        answer = greedy(model_a, prompt, tokens)
        whole = torch.tensor([[*prompt, *answer[:-1]]])
        chosen = model_b(input_ids=whole, use_cache=False).logits[0, len(prompt) - 1 :].argmax(-1)
        same += int((chosen == torch.tensor(answer)).sum())
    return same / (len(prompts) * tokens)


def shifted(weight: Tensor, by: int = SHIFT) -> Tensor:
    """`weight` [out, in] with its columns rolled to the right; `shifted(inputs, by)` [.., in] goes with it.

    `shifted(q(shifted(w, by)), -by)` is the weight that a quantizer q gives with its groups laid elsewhere.
    """
    return weight.roll(by, dims=-1)


def quantizable(model: nn.Module) -> list[str]:
    """Names of the linears that quantization exchanges: those of the layers, not the output matrix."""
    names = [name for name, module in model.named_modules() if isinstance(module, nn.Linear)]
    return [name for name in names if ".layers." in f".{name}"]


def exchange_weights(model: nn.Module, change: Callable[[Tensor], Tensor]) -> None:
    """Replace the weights of the quantizable linears, in place, by what `change` makes of them."""
    for name in quantizable(model):
        weight = model.get_parameter(f"{name}.weight")
        with torch.no_grad():
            weight.copy_(change(weight.detach()))
