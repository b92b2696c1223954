"""`pack`: puts a model into one file, to be carried to another computer; `import` takes it over there."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from app.cli.choice import paths_of
from app.cli.printer import print_json
from app.cli.progress import progress_line
from app.cli.session import EXIT_OK, EXIT_STOPPED, EXIT_WORLD, say_error
from app.core.cancel import Cancelled, CancelToken
from app.core.errors import ErrorCode, WorldError
from app.model import library, managing
from app.model.pack import pack_name, write_pack
from app.model.pack_format import SUFFIX
from app.ui.texts import models as texts
from app.ui.texts import terminal


def run_pack(options: argparse.Namespace) -> int:
    """The verb. Raises `WorldError` for a model that is none."""
    cancel = CancelToken()
    signal.signal(signal.SIGINT, lambda *_: cancel.cancel())
    models_dir = paths_of(options).models_dir
    try:
        model = managing.look_at(library.resolve(options.model, models_dir), models_dir, cancel)
        target = _target(options.out, pack_name(model))
        with progress_line() as line:
            write_pack(model, models_dir, target, line.show, cancel)
    except Cancelled:
        return EXIT_STOPPED
    except FileExistsError:
        if options.json:
            print_json(
                {"event": "failed", "code": ErrorCode.STORAGE_FAILED.value, "params": {"path": str(target)}}
            )
        print(terminal.is_there(str(target)), file=sys.stderr)
        return EXIT_WORLD
    except WorldError as error:
        if options.json:
            print_json({"event": "failed", "code": error.info.code.value, "params": dict(error.info.params)})
        return say_error(error.info)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    size = target.stat().st_size
    if options.json:
        print_json({"event": "packed", "path": str(target), "bytes": size})
    else:
        print(texts.packed(str(target), size))
    return EXIT_OK


def _target(out: Path, name: str) -> Path:
    """A file; in a folder that is there it gets the model's name."""
    out = out.expanduser().absolute()
    return out / f"{name}{SUFFIX}" if out.is_dir() else out
