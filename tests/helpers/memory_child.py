"""A process whose memory is measured: it imports what the engine child imports, loads a model, and fills its
context to the last token.

Hours of reading are saved: all but the last chunk of the cache is filled with random numbers, and the rows of
the embedding that the tokens would have had are looked up, so that every page that a real conversation takes
is taken. ChatGLM-6B, which reads everything in one piece, really reads it. There is no tokenizer: the models
are random (`glm_bench_models`). Run by `tests/bench/memory_plan_bench.py`; prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import random
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.cancel import CancelToken
from app.core.chat import Role, Turn
from app.core.engine import EngineKind, GenerationParams, LoadPlan, ModelRef, Precision
from app.model import (
    engine_child,  # noqa: F401 - the real child has it in memory too
    hardware,
)
from app.model.engines import create_engine

if TYPE_CHECKING:
    from app.model.glm.decoder import Decoder
    from app.model.glm.network import Network

FIRST_ID = 300
WRITTEN = 20
REPEATED = 4  # tokens of a text for each different one, in some thousands
WORDS = "green tea and black tea, "


def torch_peak(folder: Path, cache: Path, precision: Precision, context: int) -> int:
    """The peak in bytes after a full context; 0 tokens of context only load."""
    create_engine(EngineKind.GLM_TORCH)
    import torch

    from app.model.glm.config import read_config
    from app.model.glm.decoder import Decoder
    from app.model.glm.loading import LoadRequest, load_network

    torch.set_num_threads(hardware.physical_cores())
    config = read_config(folder)
    loaded = load_network(LoadRequest(folder, config, precision, cache), lambda _: None, lambda: None)
    if context:
        _converse(loaded.network, Decoder(loaded.network, loaded.interrupt, context), context)
    return hardware.peak_memory(os.getpid())


def _converse(network: Network, decoder: Decoder, context: int) -> None:
    """A short exchange, and then one that fills the context: by the second all weights are in memory."""
    from app.model.glm.decoder import MAX_CHUNK
    from app.model.glm.sampling import Sampler, SamplingParams

    config = network.config
    chosen = random.Random(context)
    words = [chosen.randrange(FIRST_ID, config.vocab_size - FIRST_ID) for _ in range(context // REPEATED)]
    ids = [chosen.choice(words) for _ in range(context - WRITTEN)]
    end = [config.prefix_ids.gmask, config.prefix_ids.sop] if config.prefix_ids is not None else []
    for prompt in ([*ids[:8], *end], ids[: len(ids) - len(end)] + end):
        if len(prompt) > MAX_CHUNK and not end:
            _fill(decoder, network, prompt[:-MAX_CHUNK])
        for _ in decoder.read(prompt, lambda: None):
            pass
        sampler = Sampler(SamplingParams(temperature=0.7), invalid_id=5, vocab_limit=config.vocab_size)
        for _ in range(WRITTEN if len(prompt) > MAX_CHUNK else 1):
            prompt.append(sampler.next_id(decoder.logits, prompt))
            decoder.write(prompt[-1], lambda: None)


def _fill(decoder: Decoder, network: Network, ids: list[int]) -> None:
    """Make a decoder have read `ids`."""
    import torch

    cache = decoder._cache
    for part in (*cache._keys, *cache._values):
        part[:, :, : len(ids)].normal_()
    cache.length = len(ids)
    decoder._ids = list(ids)
    embedding = network.get_submodule(network.embedding_name)
    for start in range(0, len(ids), 64):
        embedding(torch.tensor(ids[start : start + 64]))


def gguf_peak(path: Path, context: int) -> int:
    """The peak in bytes after a prompt that fills most of the context, as far as minutes allow."""
    engine = create_engine(EngineKind.LLAMA_CPP)
    ref = ModelRef(path.stem, EngineKind.LLAMA_CPP, str(path))
    engine.load(ref, LoadPlan(context), lambda _: None, CancelToken())
    turns = [Turn(Role.USER, WORDS * (min(context, 2048) // 8))]
    for _ in engine.generate(turns, GenerationParams(WRITTEN), CancelToken()):
        pass
    peak = hardware.peak_memory(os.getpid())
    engine.unload()
    return peak


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--context", type=int, required=True)
    parser.add_argument("--gguf", type=Path)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--precision", type=Precision)
    told = parser.parse_args()
    if told.gguf:
        peak = gguf_peak(told.gguf, told.context)
    else:
        peak = torch_peak(told.folder, told.cache, told.precision, told.context)
    print(json.dumps({"peak": peak}))


if __name__ == "__main__":
    main()
