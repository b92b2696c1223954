"""Giving pages of mapped files back to the system as soon as they were read.

A mapped checkpoint counts as memory of the process while its pages are in use; a model of 13 GB that is read
once would look like 13 GB. Linux only; elsewhere the system decides by itself.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from functools import cache

from torch import Tensor

_MADV_PAGEOUT = 21
"""Reclaim now. Unlike MADV_DONTNEED it never loses what is not in a file (Linux 5.4 and newer)."""


def give_back(tensor: Tensor) -> None:
    """`tensor` was read and will hardly be read again: its whole pages may go. Its values stay."""
    libc = _libc()
    if libc is None:
        return
    start = -(-tensor.data_ptr() // mmap.PAGESIZE) * mmap.PAGESIZE
    stop = (tensor.data_ptr() + tensor.numel() * tensor.element_size()) // mmap.PAGESIZE * mmap.PAGESIZE
    if stop > start:
        libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(stop - start), _MADV_PAGEOUT)


@cache
def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if sys.platform == "linux" else None
