"""Matrices for tests of quantized linears, one thread for them, and how far two are apart."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.inference_mode():
        yield
    torch.set_num_threads(threads)


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def heavy_tailed(rows: int, columns: int, seed: int = 0) -> Tensor:
    """Most values small, a few large: what trained matrices look like."""
    normal = random(rows, columns, seed=seed)
    return normal * random(rows, columns, seed=seed + 1).abs().pow(2)


def integers(rows: int, columns: int) -> Tensor:
    generator = torch.Generator().manual_seed(5)
    return torch.randint(-8, 8, (rows, columns), dtype=torch.int8, generator=generator)


def error(found: Tensor, wanted: Tensor) -> float:
    return float((found.float() - wanted).norm() / wanted.norm())
