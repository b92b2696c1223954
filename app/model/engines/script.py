"""The script of the scripted engine: what it answers, how fast, and what goes wrong.

A script is a small JSON file or a built-in one. Knows nothing of engines; must not import heavy libraries.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.core.engine import LoadNote
from app.core.errors import ErrorCode, WorldError

SCRIPT_FORMAT = "teahouse-script"


class Fault(StrEnum):
    """What a script can make go wrong."""

    NONE = "none"
    CRASH = "crash"  # abort of the process
    HANG = "hang"  # native code that never returns and never lets another Python thread run
    DEAF = "deaf"  # never looks at the cancel token
    NATIVE_PRINT = "native_print"  # bytes on descriptor 1, as native libraries do
    WORLD_ERROR = "world_error"
    EXCEPTION = "exception"  # a bug of the engine


class FaultPoint(StrEnum):
    """When it goes wrong."""

    LOAD = "load"
    PROMPT = "prompt"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Script:
    """What one scripted model does.

    `answers` are taken in turn by the number of the person's messages (and the seed); `answers_zh` where the
    last message holds Chinese and the list is not empty. Delays are milliseconds a token. A fault strikes at
    `fault_at`, after `fault_after` tokens of the answer, and only when the last message of the person holds
    `fault_when` (empty: always).
    """

    answers: tuple[str, ...]
    answers_zh: tuple[str, ...] = ()
    name: str = "Script"
    reasoning: str = ""
    repeat: int = 1  # how often the answer is said in a row
    delay_ms: float = 0.0
    prompt_delay_ms: float = 0.0
    load_ms: float = 0.0
    context_length: int = 131_072
    notes: tuple[LoadNote, ...] = ()
    fault: Fault = Fault.NONE
    fault_at: FaultPoint = FaultPoint.ANSWER
    fault_after: int = 0
    fault_when: str = ""


def load_script(path: Path) -> Script:
    """The script in the file `path`; raises `WorldError` MODEL_MISSING or MODEL_NOT_A_MODEL."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WorldError(ErrorCode.MODEL_MISSING, path=path) from error
    except ValueError as error:
        raise WorldError(ErrorCode.MODEL_NOT_A_MODEL, path=path) from error
    if not isinstance(raw, dict) or raw.pop("format", None) != SCRIPT_FORMAT:
        raise WorldError(ErrorCode.MODEL_NOT_A_MODEL, path=path)
    try:
        return _script_from(raw)
    except (TypeError, ValueError) as error:
        raise WorldError(ErrorCode.MODEL_UNREADABLE, path=path, detail=error) from error


def dump_script(script: Script) -> str:
    """The text of a script file that `load_script` reads back."""
    values = {field.name: getattr(script, field.name) for field in fields(Script)}
    return json.dumps({"format": SCRIPT_FORMAT, **values}, indent=1)


def _script_from(raw: Mapping[str, Any]) -> Script:
    known = {field.name: raw[field.name] for field in fields(Script) if field.name in raw}
    for name, kind in (("answers", tuple), ("answers_zh", tuple), ("fault", Fault), ("fault_at", FaultPoint)):
        if name in known:
            known[name] = kind(known[name])
    known["notes"] = tuple(LoadNote(note) for note in known.get("notes", ()))
    script = Script(**known)
    if not script.answers:
        raise ValueError("a script needs an answer")
    return script
