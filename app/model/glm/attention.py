"""Attention over the cache, the same for every generation.

A column is visible to a row when it lies before the row's end of the prompt's bidirectional prefix (ChatGLM-6B
only; 0 elsewhere) or is not later than the row. Knows no model and no cache.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention


def attend(query: Tensor, keys: Tensor, values: Tensor, *, scale: float, prefix: int = 0) -> Tensor:
    """The attention of the newest rows over all columns.

    `query` [1, heads, rows, head]; `keys` and `values` [1, groups, columns, head], whose last `rows` columns
    belong to the query's rows. Gives [1, rows, heads * head].
    """
    _, heads, rows, size = query.shape
    groups, columns = keys.shape[1:3]
    if rows == 1:
        # The heads of a group become the rows of one small product: no copy of the cache for each head.
        folded = query.view(1, groups, heads // groups, size)
        answer = scaled_dot_product_attention(folded, keys, values, scale=scale)
        return answer.reshape(1, 1, heads * size)
    mask = None
    if prefix < columns:
        at = torch.arange(columns, device=query.device)
        mask = (at < prefix) | (at <= at[columns - rows :, None])
    answer = scaled_dot_product_attention(
        query, keys, values, attn_mask=mask, scale=scale, enable_gqa=groups != heads
    )
    return answer.transpose(1, 2).reshape(1, rows, heads * size)
