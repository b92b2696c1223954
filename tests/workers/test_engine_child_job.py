"""The shapes that Windows expects for a job object; the calls themselves run only there."""

from __future__ import annotations

import ctypes

import pytest

from app.workers import child_job


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="sizes of 64-bit Windows")
def test_structures_have_the_documented_sizes() -> None:
    assert ctypes.sizeof(child_job._BasicLimits) == 64
    assert ctypes.sizeof(child_job._ExtendedLimits) == 144
    assert child_job._ExtendedLimits.ProcessMemoryLimit.offset == 112


def test_no_process_is_no_work() -> None:
    child_job.adopt(0)
