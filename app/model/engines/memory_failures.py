"""Tells whether a library failed for want of memory. Each says it in words of its own, if it lives to say it.

Where memory is promised freely (Linux as it usually is) the system ends the process instead; where it is
not (Windows, limits for a process) an allocation fails, and the words are all there is. Imports no library.
"""

from __future__ import annotations

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
)


def is_for_want_of_memory(error: BaseException | None) -> bool:
    """Whether `error`, or one that led to it, says that there was too little memory.

    The text of a `WorldError` is ours and holds paths, so only what is behind it counts.
    """
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        if not isinstance(error, WorldError) and any(word in str(error).lower() for word in _WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False
