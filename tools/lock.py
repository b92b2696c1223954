"""Solves `pyproject.toml` into the lock files: pinned, hashed, for every system, without addresses.

Run by `dev.py lock`. Needs `uv`, which is a tool for this one job and not a dependency of the project.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OLDEST_PYTHON = "3.11"
# The app is solved first; the others may add packages but never take another version of one of its own.
EXTRAS: dict[str, tuple[str, ...]] = {
    "app": (),
    "dev": ("--extra", "dev", "--constraint", "requirements/app.txt"),
    "package": ("--extra", "package", "--constraint", "requirements/app.txt"),
}
# Its builds differ from machine to machine, so no hash is pinned; what it needs is solved with the rest.
UNLOCKED = ("--no-emit-package", "torch")
QUIET = ("--quiet", "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links")


def main() -> int:
    """Write every lock file anew with the newest versions that `pyproject.toml` allows."""
    argparse.ArgumentParser(prog="dev.py lock", description=__doc__).parse_args()
    beside_python = str(Path(sys.executable).parent)
    uv = shutil.which("uv", path=os.pathsep.join([beside_python, os.environ.get("PATH", "")]))
    if uv is None:
        print(f"uv is not here. Type\n    {sys.executable} -m pip install uv", file=sys.stderr)
        return 1
    for name, extras in EXTRAS.items():
        target = Path("requirements") / f"{name}.txt"
        command = [uv, "pip", "compile", *QUIET, "--upgrade", "--universal", "--generate-hashes"]
        command += ["--python-version", OLDEST_PYTHON, *UNLOCKED, *extras, "--output-file", str(target)]
        if subprocess.call([*command, "pyproject.toml"], cwd=ROOT) != 0:
            return 1
        print(f"wrote {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
