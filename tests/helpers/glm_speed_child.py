"""One side of a comparison of speed, in a process of its own: a model is loaded once and measured when asked.

Reads one JSON object a line from its standard input, `{"do": NAME, ...}`, and answers each with one. Both
sides get token ids, so no tokenizer takes part. Run by `tests/bench/glm_speed_bench.py`, which keeps several
children and asks them in turn; a child that waits computes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from app.core.cancel import Cancelled, CancelToken
from app.core.engine import Precision
from app.model import hardware

FIRST_ID, LAST_ID = 300, 64000  # ordinary tokens in every vocabulary that is measured
_SHORT = 16


class Side(Protocol):
    """What can be asked of both; speeds in tokens a second."""

    def decode(self, tokens: int) -> float: ...

    def prompt(self, tokens: int) -> float: ...


def ids(count: int, seed: int) -> list[int]:
    chosen = random.Random(seed)
    return [chosen.randrange(FIRST_ID, LAST_ID) for _ in range(count)]


class Wheel:
    """The pinned xllamacpp wheel, with llama.cpp's own batch size."""

    def __init__(self, path: Path, context: int) -> None:
        from app.model.engines.llama_server import LlamaServer, ServerPlan

        self._server = LlamaServer(ServerPlan(str(path), context, 512, hardware.physical_cores()))
        self._asked = 0

    def decode(self, tokens: int) -> float:
        # The library counts the first token, which came with the prompt, but not its time.
        timings = self._answer(_SHORT, tokens + 1)
        return tokens / timings["predicted_ms"] * 1000

    def prompt(self, tokens: int) -> float:
        return tokens / self._answer(tokens, 1)["prompt_ms"] * 1000

    def close(self) -> None:
        self._server.close()

    def _answer(self, prompt: int, new: int) -> dict[str, float]:
        self._asked += 1
        body = {"prompt": ids(prompt, self._asked), "n_predict": new, "ignore_eos": True}
        options = {"cache_prompt": False, "temperature": 0.0, "samplers": ["temperature"]}
        # Streamed, because a long prompt takes longer than the server's client waits for one answer.
        *_, last = self._server.stream({**body, **options}, CancelToken())
        timings: dict[str, float] = last["timings"]
        assert (timings["prompt_n"], timings["predicted_n"]) == (prompt, new)
        return timings


class Ours:
    """The torch engine below its tokenizer: network, decoder and sampler."""

    def __init__(self, folder: Path, cache: Path, precision: Precision, group: int, context: int) -> None:
        import torch

        from app.model.engines import glm_torch  # noqa: F401 - what it sets for the libraries counts here too
        from app.model.glm.config import read_config
        from app.model.glm.decoder import Decoder
        from app.model.glm.loading import LoadRequest, load_network
        from app.model.glm.sampling import Sampler, SamplingParams

        torch.set_num_threads(hardware.look().physical_cores)
        config = read_config(folder)
        self.longest_silence = 0.0
        self._told = time.perf_counter()
        started = self._told
        request = LoadRequest(folder, config, precision, cache, group)
        loaded = load_network(request, self._on_progress, lambda: None)
        self.load_seconds = time.perf_counter() - started
        self._decoder = Decoder(loaded.network, loaded.interrupt, context)
        greedy = SamplingParams(temperature=0.0)
        self._sampler = Sampler(greedy, invalid_id=5, vocab_limit=LAST_ID)
        self._asked = 0

    def decode(self, tokens: int) -> float:
        self._read(self._fresh(_SHORT))
        started = time.perf_counter()
        self._write(tokens)
        return tokens / (time.perf_counter() - started)

    def prompt(self, tokens: int) -> float:
        return tokens / self._read(self._fresh(tokens))

    def turn(self, before: int, new: int) -> float:
        """Cost of the newest `new` tokens of a prompt whose rest was read, over their cost alone."""
        alone = self._read(self._fresh(new))
        talk = self._fresh(before)
        self._read(talk)
        return self._read(talk + self._fresh(new)) / alone

    def cancelled(self, tokens: int, after: float) -> float:
        """Seconds from a cancel, `after` seconds into a prompt, until the reading has stopped."""
        cancel, set_at = CancelToken(), 0.0

        def stop() -> None:
            nonlocal set_at
            set_at = time.perf_counter()
            cancel.cancel()

        timer = threading.Timer(after, stop)
        timer.start()
        try:
            for _ in self._decoder.read(self._fresh(tokens), cancel.raise_if_cancelled):
                pass
        except Cancelled:
            return time.perf_counter() - set_at
        finally:
            timer.cancel()
            timer.join()
        raise AssertionError("the prompt was read before it could be cancelled")

    def silence(self, tokens: int) -> float:
        """Longest time without progress while a prompt is read, in seconds."""
        longest, told = 0.0, time.perf_counter()
        for _ in self._decoder.read(self._fresh(tokens), lambda: None):
            now = time.perf_counter()
            longest, told = max(longest, now - told), now
        return longest

    def answer(self, prompt: int, new: int) -> float:
        """Read a prompt and write an answer; gives the seconds. For the peak of memory."""
        started = time.perf_counter()
        self._read(self._fresh(prompt))
        self._write(new)
        return time.perf_counter() - started

    def loaded(self) -> dict[str, float]:
        """How the load went: seconds, and the longest time without progress."""
        return {"seconds": self.load_seconds, "silence": self.longest_silence}

    def close(self) -> None:
        pass

    def _on_progress(self, _: float) -> None:
        now = time.perf_counter()
        self.longest_silence = max(self.longest_silence, now - self._told)
        self._told = now

    def _fresh(self, count: int) -> list[int]:
        self._asked += 1
        return ids(count, self._asked)

    def _read(self, prompt: list[int]) -> float:
        started = time.perf_counter()
        for _ in self._decoder.read(prompt, lambda: None):
            pass
        self._chosen = [self._sampler.next_id(self._decoder.logits, prompt)]
        return time.perf_counter() - started

    def _write(self, tokens: int) -> None:
        for _ in range(tokens):
            self._decoder.write(self._chosen[-1], lambda: None)
            self._chosen.append(self._sampler.next_id(self._decoder.logits, self._chosen))


def serve(side: Any) -> None:
    """Answer requests until the input ends."""
    known: dict[str, Callable[..., object]] = {"peak": lambda: hardware.peak_memory(os.getpid())}
    for line in sys.stdin:
        request = json.loads(line)
        name = request.pop("do")
        work = known.get(name) or getattr(side, name)
        print(json.dumps({"value": work(**request)}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--context", type=int, required=True)
    parser.add_argument("--gguf", type=Path)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--precision", type=Precision)
    parser.add_argument("--group", type=int, default=32)
    told = parser.parse_args()
    side: Wheel | Ours
    if told.gguf:
        side = Wheel(told.gguf, told.context)
    else:
        side = Ours(told.folder, told.cache, told.precision, told.group, told.context)
    print(json.dumps({"value": "ready"}), flush=True)
    try:
        serve(side)
    finally:
        side.close()


if __name__ == "__main__":
    main()
