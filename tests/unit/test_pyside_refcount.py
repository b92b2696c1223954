"""PySide6 6.12.0 drops a reference on `True` with every `Signal.emit` on CPython 3.11 and the process aborts.

The pin in `pyproject.toml` keeps that version away; this test tells when another one does the same.
"""

import subprocess
import sys

EMITS = 20_000
PROBE = f"""
import sys
from PySide6.QtCore import QObject, Signal

class Source(QObject):
    told = Signal(bool)

class Sink(QObject):
    def take(self, value):
        pass

source, sink = Source(), Sink()
source.told.connect(sink.take)
before = sys.getrefcount(True)
for _ in range({EMITS}):
    source.told.emit(True)
print(sys.getrefcount(True) - before)
"""


def test_emitting_true_keeps_its_reference_count():
    result = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    # Other code may keep or drop a few references meanwhile; a leak per emit would be 20,000.
    assert abs(int(result.stdout)) < 100
