"""`import`: looks at a folder or file with models, tells what it found file by file, and takes them over."""

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
from app.core.engine import EngineKind
from app.core.errors import ErrorCode, WorldError
from app.core.imports import FileCheck, FileState, InspectedModel
from app.core.paths import AppPaths, Kept
from app.model import edition
from app.model.importing import importer
from app.model.importing.inspection import inspect
from app.ui.text_format import size_text
from app.ui.texts import terminal
from app.ui.texts.errors import describe
from app.ui.texts.importing import file_state, files_summary, generation_name, hash_result, nothing_found

_SIGNS = {FileState.GOOD: "✓", FileState.UNUSED: "·"}
_BAD = "!"


def run_import(options: argparse.Namespace) -> int:
    """The verb. Raises `WorldError` when the place cannot be looked at."""
    cancel = CancelToken()
    signal.signal(signal.SIGINT, lambda *_: cancel.cancel())
    paths = paths_of(options)
    try:
        inspection = inspect(options.path, paths.models_dir, cancel, options.family)
        if not inspection.models:
            return _nothing(options, inspection.path)
        codes = [_bring(model, options, paths, cancel) for model in inspection.models]
    except Cancelled:
        return EXIT_STOPPED
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    return max(codes)


def _nothing(options: argparse.Namespace, path: str) -> int:
    if options.json:
        print_json({"event": "failed", "code": ErrorCode.MODEL_NOT_A_MODEL.value, "params": {"path": path}})
    print(nothing_found(path, opens_folders=edition.opens_folders()), file=sys.stderr)
    return EXIT_WORLD


def _bring(model: InspectedModel, options: argparse.Namespace, paths: AppPaths, cancel: CancelToken) -> int:
    """Tell what was found about one model and take it over, if it is sound and new."""
    models_dir, is_portable = paths.models_dir, paths.models_kept is Kept.PORTABLE
    family = options.family if options.family in model.families else next(iter(model.families), "")
    if options.json:
        print_json(_model_object(model))
    else:
        _print_model(model, family, is_said=family == options.family)
    try:
        if model.model.problem is not None:
            raise WorldError.from_info(model.model.problem)
        hashes: dict[str, str] = {}
        if options.check_hashes:
            hashes = _check(model, options, models_dir, cancel)
        if model.known_id and not (options.copy or options.family):
            _told(options, "known", model.known_id, terminal.known_as(model.known_id))
            return EXIT_OK
        if options.copy or model.is_packed:
            with progress_line() as line:
                new_id = importer.copy_in(model, family, models_dir, line.show, cancel)
            _told(options, "copied", new_id, terminal.copied_as(new_id))
        else:
            new_id = importer.use_in_place(model, family, models_dir, hashes, is_portable=is_portable)
            _told(options, "added", new_id, terminal.added_as(new_id))
    except WorldError as error:
        if options.json:
            print_json({"event": "failed", "code": error.info.code.value, "params": dict(error.info.params)})
        return say_error(error.info)
    return EXIT_OK


def _check(
    model: InspectedModel, options: argparse.Namespace, models_dir: Path, cancel: CancelToken
) -> dict[str, str]:
    """Hash all files; raises MODEL_CHANGED where they are not what was published."""
    with progress_line() as line:
        report = importer.check_hashes(model, models_dir, line.show, cancel)
    if options.json:
        print_json(
            {
                "event": "hashes",
                "hashes": report.hashes,
                "confirmed": list(report.confirmed),
                "changed": list(report.changed),
            }
        )
    elif not report.changed:
        print(hash_result(report))
    if report.changed:
        detail = ", ".join(report.changed)
        raise WorldError(ErrorCode.MODEL_CHANGED, path=model.model.ref.path, detail=detail)
    return report.hashes


def _told(options: argparse.Namespace, event: str, model_id: str, sentence: str) -> None:
    if options.json:
        print_json({"event": event, "id": model_id})
    else:
        print(sentence)


def _print_model(model: InspectedModel, family: str, *, is_said: bool) -> None:
    found = model.model
    generation = generation_name(found.architecture) if found.ref.engine is EngineKind.GLM_TORCH else ""
    facts = [
        found.name,
        generation,
        found.precision_label,
        size_text(found.file_bytes) if found.file_bytes else "",
    ]
    print("  ".join(fact for fact in facts if fact))
    for file in model.files:
        print(f"  {_file_line(file)}")
    if model.files:
        print(files_summary(model.files))
    if family and not is_said:
        others = [generation_name(other) for other in model.families if other != family]
        print(terminal.taken_for(generation_name(family), others))


def _file_line(file: FileCheck) -> str:
    size = f"  {size_text(file.byte_count)}" if file.byte_count else ""
    return f"{_SIGNS.get(file.state, _BAD)} {file.name}{size}  {file_state(file)}"


def _model_object(model: InspectedModel) -> dict[str, object]:
    found = model.model
    return {
        "event": "found",
        "name": found.name,
        "engine": found.ref.engine.value,
        "path": found.ref.path,
        "architecture": found.architecture,
        "families": list(model.families),
        "precision": found.precision_label,
        "trained_context": found.trained_context,
        "parameters": found.parameter_count,
        "bytes": found.file_bytes,
        "copy_bytes": model.copy_bytes,
        "known": model.known_id,
        "files": [
            {
                "name": file.name,
                "role": file.role.value,
                "state": file.state.value,
                "bytes": file.byte_count,
                "expected_bytes": file.expected_bytes,
            }
            for file in model.files
        ],
        "problem": None if found.problem is None else describe(found.problem).sentence,
    }
