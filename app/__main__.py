"""`python -m app`: the application, its verbs, and (`--engine-child KIND`) the engine child.

The child is entered before anything of Qt is imported: it is this same program, started again.
"""

from __future__ import annotations

import sys

from app.core.crash_files import leave_no_memory_behind


def run(arguments: list[str]) -> int:
    """Enter the engine child or the application; gives the exit code."""
    leave_no_memory_behind()
    if arguments[:1] == ["--engine-child"]:
        from app.core.engine import EngineKind
        from app.model.engine_child import run_engine_child
        from app.net_guard import watch_engine

        watch_engine()
        return run_engine_child(EngineKind(arguments[1]))
    from app.main import main

    return main(arguments)


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1:]))
