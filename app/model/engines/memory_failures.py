"""Tells whether a library failed for want of memory. Each says it in words of its own, if it lives to say it.

Where memory is promised freely (Linux as it usually is) the system ends the process instead; where it is
not (Windows, limits for a process) an allocation fails, and the words are all there is. Imports no library.
"""

from __future__ import annotations

import errno

from app.core.errors import WorldError

_WORDS = (
    "failed to allocate",  # llama.cpp, for its buffers
    "unable to allocate",
    "cannot allocate memory",  # the system, as it stands behind a file that cannot be mapped
    "can't allocate memory",  # torch
    "not enough memory",  # torch on Windows
    "not enough space",  # the C library on Windows
    "bad allocation",
    "bad_alloc",
    "malloc failed: out of memory",
    "cuda out of memory",
    "hip out of memory",
    "mps backend out of memory",
    "error code: <1455>",  # torch on Windows, for a file that cannot be mapped
    "os error 1455",  # safetensors on Windows
)
_WINDOWS_NUMBERS = frozenset({8, 14, 1455})
"""ERROR_NOT_ENOUGH_MEMORY, ERROR_OUTOFMEMORY, ERROR_COMMITMENT_LIMIT: their words are in its own language."""


def is_for_want_of_memory(error: BaseException | None) -> bool:
    """Whether `error`, or one that led to it, says that there was too little memory.

    The text of a `WorldError` is ours and holds paths, so only what is behind it counts.
    """
    while error is not None:
        if isinstance(error, MemoryError) or (isinstance(error, OSError) and _has_number(error)):
            return True
        if not isinstance(error, WorldError) and any(word in str(error).lower() for word in _WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False


def _has_number(error: OSError) -> bool:
    return error.errno == errno.ENOMEM or getattr(error, "winerror", None) in _WINDOWS_NUMBERS
