"""Attention over the cache, the same for every generation.

A column is visible to a row when it lies in the prompt's bidirectional prefix (ChatGLM-6B only; 0 elsewhere)
or is not later than the row. Knows no model and no cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

BLOCK_SCORES = 1 << 20
"""Rows times columns that are computed between two looks at the cancel token: about 0.1 s for 32 heads."""


def attend(
    query: Tensor,
    keys: Tensor,
    values: Tensor,
    *,
    scale: float,
    check: Callable[[], None],
    prefix: int = 0,
) -> Tensor:
    """The attention of the newest rows over all columns.

    `query` [1, heads, rows, head]; `keys` and `values` [1, groups, columns, head], whose last `rows` columns
    belong to the query's rows. Gives [1, rows, heads * head]. Long inputs are computed in blocks of rows,
    each over the columns it can see; `check` is called before each and may raise.
    """
    _, heads, rows, size = query.shape
    groups, columns = keys.shape[1:3]
    if rows == 1:
        # The heads of a group become the rows of one small product: no copy of the cache for each head.
        folded = query.reshape(1, groups, heads // groups, size)
        answer = scaled_dot_product_attention(folded, keys, values, scale=scale)
        return answer.reshape(1, 1, heads * size)
    past = columns - rows
    answers = []
    for first, stop, seen in _blocks(rows, past, prefix):
        check()
        mask = None
        if seen > prefix:
            at = torch.arange(seen, device=query.device)
            mask = (at < prefix) | (at <= at[past + first : past + stop, None])
        answers.append(
            scaled_dot_product_attention(
                query[:, :, first:stop],
                keys[:, :, :seen],
                values[:, :, :seen],
                attn_mask=mask,
                scale=scale,
                enable_gqa=groups != heads,
            )
        )
    answer = answers[0] if len(answers) == 1 else torch.cat(answers, dim=2)
    return answer.transpose(1, 2).reshape(1, rows, heads * size)


def _blocks(rows: int, past: int, prefix: int) -> Iterator[tuple[int, int, int]]:
    """(first row, last row + 1, columns that one of them sees); rows of the prefix stay among themselves."""
    cuts = sorted({0, min(max(prefix - past, 0), rows), rows})
    for begin, end in pairwise(cuts):
        first = begin
        while first < end:
            count = max(1, min(end - first, BLOCK_SCORES // max(past + first + 1, prefix)))
            stop = first + count
            yield first, stop, max(past + stop, prefix)
            first = stop
