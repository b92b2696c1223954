"""Copies models in processes of their own and kills them, without starting Python for each.

Run as `python -m tests.faults.model_copier`. A line on stdin is a JSON object: `source` (a folder or a file),
`targets` (tried in turn, as the importer does with names that are taken), and if wanted `kill_after`
(seconds), `largest_file` (bytes that a file may have: a disk that says no at that point), `reserves` (false:
a disk that cannot reserve room), `user` (a number: who copies). With `models` instead of `targets` the model
is imported into that folder, as the generation `family`; with `pack` it is put into the pack of that
name. For each a forked process copies; the answer is one
line: `killed`, the code of the error, or `done`, then the seconds it took, and the target's number.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path

from app.core.cancel import CancelToken
from app.core.errors import WorldError
from app.model.importing import copying
from app.model.importing.importer import copy_in
from app.model.importing.inspection import inspect
from app.model.pack import write_pack


def files_of(source: Path) -> list[tuple[Path, str]]:
    if source.is_file():
        return [(source, "")]
    return [
        (path, path.relative_to(source).as_posix()) for path in sorted(source.rglob("*")) if path.is_file()
    ]


def copy(order: dict[str, object]) -> str:
    targets = order["targets"]
    assert isinstance(targets, list)
    for number, target in enumerate(targets):
        try:
            files = files_of(Path(str(order["source"])))
            copying.copy_files(files, Path(target), lambda _: None, CancelToken())
        except FileExistsError:
            continue
        except WorldError as error:
            return error.info.code.value
        return f"done {number}"
    return "exists"


def take_over(order: dict[str, object]) -> str:
    """As the window does it: looked at, and copied where it is new."""
    models = Path(str(order["models"]))
    (found,) = inspect(Path(str(order["source"])), models, CancelToken()).models
    if not found.known_id:
        copy_in(found, str(order["family"]), models, lambda _: None, CancelToken())
    return "done"


def put_into(order: dict[str, object]) -> str:
    """As the verb `pack` does it."""
    models = Path(str(order["models"]))
    (found,) = inspect(Path(str(order["source"])), models, CancelToken()).models
    try:
        write_pack(found, models, Path(str(order["pack"])), lambda _: None, CancelToken())
    except FileExistsError:
        return "exists"
    except WorldError as error:
        return error.info.code.value
    return "done"


def act(order: dict[str, object]) -> str:
    if "pack" in order:
        return put_into(order)
    return take_over(order) if "models" in order else copy(order)


def limit(order: dict[str, object]) -> None:
    """Make this process as poor as the order says."""
    largest, user = order.get("largest_file"), order.get("user")
    if isinstance(largest, int):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    if order.get("reserves") is False:
        copying._linux_fallocate = lambda: None  # type: ignore[assignment]
        os.ftruncate = lambda descriptor, size: None  # type: ignore[assignment]
    if isinstance(user, int):
        os.setuid(user)


def in_a_process_of_its_own(order: dict[str, object]) -> tuple[str, float]:
    reader, writer = os.pipe()
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            limit(order)
            os.write(writer, act(order).encode())
        finally:
            os._exit(0)
    os.close(writer)
    after = order.get("kill_after")
    if isinstance(after, float):
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said or "killed", time.perf_counter() - started


def main() -> None:
    print("ready", flush=True)
    for line in sys.stdin:
        said, seconds = in_a_process_of_its_own(json.loads(line))
        word, _, number = said.partition(" ")
        print(word, seconds, number, flush=True)


if __name__ == "__main__":
    main()
