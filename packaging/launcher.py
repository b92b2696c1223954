"""What the frozen executables start with: the same entry as `python -m app`, the engine child included."""

from __future__ import annotations

import sys

from app.__main__ import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
