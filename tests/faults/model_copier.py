"""Copies, imports and packs models in forked processes.

Run by `forked.processes`. An order names a `source` (a folder or a file), `targets` (tried in turn, as the
importer does with names that are taken), and if wanted `reserves` (false: a disk that cannot reserve room)
and `user` (a number: who copies). With `models` instead of `targets` the model is imported into that folder,
as the generation `family`; with `pack` it is put into the pack of that name. What comes back is `done`, after
copying with the number of the target, or the code of an error.
"""

from __future__ import annotations

import os
from pathlib import Path

from app.core.cancel import CancelToken
from app.core.errors import WorldError
from app.model.importing import copying
from app.model.importing.importer import copy_in
from app.model.importing.inspection import inspect
from app.model.pack import write_pack
from tests.faults.forked import Order, serve


def files_of(source: Path) -> list[tuple[Path, str]]:
    if source.is_file():
        return [(source, "")]
    return [
        (path, path.relative_to(source).as_posix()) for path in sorted(source.rglob("*")) if path.is_file()
    ]


def copy(order: Order) -> str:
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


def take_over(order: Order) -> str:
    """As the window does it: looked at, and copied where it is new."""
    models = Path(str(order["models"]))
    (found,) = inspect(Path(str(order["source"])), models, CancelToken()).models
    if not found.known_id:
        copy_in(found, str(order["family"]), models, lambda _: None, CancelToken())
    return "done"


def put_into(order: Order) -> str:
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


def limit(order: Order) -> None:
    """Make this process as poor as the order says."""
    user = order.get("user")
    if order.get("reserves") is False:
        copying._linux_fallocate = lambda: None  # type: ignore[assignment]
        os.ftruncate = lambda descriptor, size: None  # type: ignore[assignment]
    if isinstance(user, int):
        os.setuid(user)


def act(order: Order) -> str:
    limit(order)
    if "pack" in order:
        return put_into(order)
    return take_over(order) if "models" in order else copy(order)


if __name__ == "__main__":
    serve(act)
