"""`models` and `doctor`: what lies on this computer and what it can do, for people and for programs."""

from __future__ import annotations

import argparse

from app.cli.choice import paths_of
from app.cli.printer import print_json
from app.cli.session import EXIT_OK
from app.core.models import FoundModel
from app.model import doctor, library
from app.ui.text_format import size_text
from app.ui.texts.doctor import describe_finding
from app.ui.texts.errors import describe


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
    """The verb `doctor`."""
    for finding in doctor.examine(paths_of(options)):
        sentence = describe_finding(finding).sentence
        if options.json:
            print_json(
                {
                    "code": finding.code.value,
                    "severity": finding.severity.value,
                    "sentence": sentence,
                    "params": dict(finding.params),
                }
            )
        else:
            print(f"{_SIGNS[finding.severity]} {sentence}")
    return EXIT_OK


_SIGNS = {doctor.Severity.GOOD: "✓", doctor.Severity.NOTE: "·", doctor.Severity.PROBLEM: "!"}


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
        "problem": None if model.problem is None else describe(model.problem).sentence,
    }


def _print_model(model: FoundModel) -> None:
    line = f"{model.ref.id}  {model.precision_label}  {size_text(model.file_bytes)}"
    if model.problem is not None:
        line += f"  ! {describe(model.problem).sentence}"
    print(line)
