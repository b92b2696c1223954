"""`models` and `doctor`: what lies on this computer and what it can do, for people and for programs."""

from __future__ import annotations

import argparse
import signal

from app.cli.choice import paths_of
from app.cli.printer import print_json
from app.cli.progress import progress_line
from app.cli.session import EXIT_OK, EXIT_STOPPED
from app.core.cancel import Cancelled, CancelToken
from app.core.findings import Finding, Severity
from app.core.models import FoundModel
from app.core.paths import AppPaths
from app.model import library
from app.model.doctor_models import Request
from app.storage.settings_file import read_settings
from app.ui.text_format import size_text
from app.ui.texts import doctor_page
from app.ui.texts.doctor import describe_finding
from app.ui.texts.errors import describe
from app.workers import doctor_round


def run_models(options: argparse.Namespace) -> int:
    """The verb `models`."""
    found = library.scan(paths_of(options).models_dir)
    for model in found:
        if options.json:
            print_json(_model_object(model))
        else:
            _print_model(model)
    return EXIT_OK


def run_doctor(options: argparse.Namespace) -> int:
    """The verb `doctor`; with `--mend` it also puts right what can be put right without a loss."""
    cancel = CancelToken()
    signal.signal(signal.SIGINT, lambda *_: cancel.cancel())
    try:
        return _examine(options, paths_of(options), cancel)
    except Cancelled:
        return EXIT_STOPPED
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _examine(options: argparse.Namespace, paths: AppPaths, cancel: CancelToken) -> int:
    request = Request(read_settings(paths.settings_file).settings, is_thorough=options.thorough)
    found = []
    with progress_line() as line:
        for finding in doctor_round.examine(paths, request, line.show, cancel):
            line.clear()
            found.append(finding)
            _tell(options, finding)
    if not options.json:
        print(doctor_page.summary(found))
    for finding, is_gone in doctor_round.mend_safely(found, paths) if options.mend else ():
        if options.json:
            params = dict(finding.params)
            print_json({"mend": finding.remedy.value, "mended": is_gone, "params": params})
        else:
            print(f"✓ {doctor_page.mended(finding)}" if is_gone else f"! {doctor_page.not_mended()}")
    return EXIT_OK


def _tell(options: argparse.Namespace, finding: Finding) -> None:
    sentence = describe_finding(finding).sentence
    if not options.json:
        print(f"{_SIGNS[finding.severity]} {sentence}", flush=True)
        return
    print_json(
        {
            "code": finding.code.value,
            "severity": finding.severity.value,
            "sentence": sentence,
            "remedy": finding.remedy.value,
            "params": dict(finding.params),
        }
    )


_SIGNS = {Severity.GOOD: "✓", Severity.NOTE: "·", Severity.PROBLEM: "!"}


def _model_object(model: FoundModel) -> dict[str, object]:
    return {
        "id": model.ref.id,
        "name": model.name,
        "engine": model.ref.engine.value,
        "path": model.ref.path,
        "architecture": model.architecture,
        "precision": model.precision_label,
        "trained_context": model.trained_context,
        "parameters": model.parameter_count,
        "bytes": model.file_bytes,
        "starter": model.is_starter,
        "elsewhere": model.is_elsewhere,
        "bundled": model.is_bundled,
        "problem": None if model.problem is None else describe(model.problem).sentence,
    }


def _print_model(model: FoundModel) -> None:
    line = f"{model.ref.id}  {model.precision_label}  {size_text(model.file_bytes)}"
    if model.problem is not None:
        line += f"  ! {describe(model.problem).sentence}"
    print(line)
