"""Lint, format, types and layers: all of them run, whatever the first one finds.

Run by `dev.py check`. Knows the tools by their command lines; what they check is in `pyproject.toml`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CHECKS = {
    "ruff check": ("-m", "ruff", "check", "."),
    "ruff format": ("-m", "ruff", "format", "--check", "."),
    "mypy": ("-m", "mypy"),
    "layers": ("-c", "from importlinter.cli import lint_imports_command as run; run()"),
}


def main() -> int:
    """Run every check, show what the failing ones wrote; 1 when any failed."""
    argparse.ArgumentParser(prog="dev.py check", description=__doc__).parse_args()
    failed = []
    for name, words in CHECKS.items():
        result = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if result.returncode != 0:
            failed.append(name)
            print(result.stdout.rstrip())
        print(f"check: {name}: {'findings above' if result.returncode else 'clean'}", flush=True)
    print(f"check: FAILED: {', '.join(failed)}" if failed else "check: all clean", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
