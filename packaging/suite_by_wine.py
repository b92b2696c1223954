"""Runs tests by the Python of Windows, on Linux under wine: `dev.py test-windows tests/unit/test_paths.py`.

For whoever looks for a fault of Windows without having one. What wine lacks fails too: links and rights of
files, more than one processor, some calls of sockets. So a failure is a question and no verdict, and what
holds here is not yet seen on a real Windows. Words go to pytest.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from freeze import FreezeError, starter_model
from prove_window import ProofError
from windows_by_wine import COPIED, copy_project, keep_starter
from wine_workshop import PLACE, Workshop, windows_path

TESTED = PLACE / "tested"
ALSO_READ = ("docs", "README.md", ".github", ".ci")
"""What tests read, and freezing does not."""
USUAL = ("-n0", "-q", "--timeout=180", "-p", "no:cacheprovider")
_RUN = """
import os, sys
os.chdir(sys.argv[1])
sys.path.insert(0, "")
import pytest
sys.exit(pytest.main(sys.argv[2:]))
"""


def main(words: list[str]) -> int:
    """What pytest gives; 1 with a sentence where this computer cannot."""
    workshop = Workshop()
    try:
        for line in workshop.furnish():
            print(f"test: {line}", flush=True)
        models = keep_starter(starter_model())
    except (FreezeError, ProofError) as error:
        print(f"test: {error}", file=sys.stderr)
        return 1
    copy_project(TESTED, (*COPIED, *ALSO_READ))
    with tempfile.TemporaryDirectory(prefix="teahouse-windows-") as made:
        wine = workshop.windows(Path(made) / "windows")
        kept = {"QT_QPA_PLATFORM": "offscreen", "TEAHOUSE_MODELS_DIR": windows_path(models)}
        command = wine.command(workshop.python_command(), "-c", _RUN, windows_path(TESTED), *USUAL, *words)
        try:
            return subprocess.call(command, env={**wine.environment, **kept}, stdin=subprocess.DEVNULL)
        finally:
            wine.end()
            shutil.rmtree(TESTED, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
