"""The technical part of the doctor's report: plain English text for whoever helps, without anything written.

What goes into it is named here one by one: versions, models, some settings, connections as a number, and
lines of the program's own log. Messages of exceptions may quote what somebody wrote, and so may other
libraries: of the log only the records of Teahouse's own modules and the places of their traces are taken.
The home folder is written as "~". Blocking. No Qt.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from app.core import settings as declared
from app.core.findings import Finding
from app.core.model_records import wish_of
from app.core.models import FoundModel
from app.core.paths import AppPaths
from app.core.settings import Setting, Settings
from app.model import doctor, hardware, library
from app.storage import connection_log
from app.workers.doctor_round import engine_ends, last_lines

SETTINGS: tuple[Setting, ...] = (
    declared.DEVICE,
    declared.THREADS,
    declared.IDLE_MINUTES,
    declared.MAX_TOKENS,
    declared.TEMPERATURE,
    declared.TOP_P,
    declared.THEME,
    declared.FONT_SIZE,
    declared.LANGUAGE,
    declared.CONTEXT_LENGTH,
    declared.PRECISION,
    declared.LAST_MODEL,
    declared.DEFAULT_MODEL,
)
"""The settings that are told. What a person wrote into one (the system prompt) is never among them."""
LOG_FILE = "teahouse.log"
LOG_LINES = 60
_ENDS = 5
_RECORD = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ [A-Z]+ app(\.\w+)*: ")
_PLACE = re.compile(r'^ +File "[^"]+", line \d+, in [\w<>]+$')


def technical_part(paths: AppPaths, settings: Settings, findings: Sequence[Finding]) -> str:
    """The text, with lines below headings."""
    parts = (
        ("Technical details", _details(paths)),
        ("Findings", (_finding(found) for found in findings)),
        ("Models", _models(library.scan(paths.models_dir), settings)),
        ("Settings", (f"{setting.key}: {settings.value(setting)}" for setting in SETTINGS)),
        ("Connections", _connections(paths)),
        ("Engine ended by itself", _ends_of_engine(paths)),
        ("Log", program_lines(last_lines(paths.log_dir / LOG_FILE, 10 * LOG_LINES), LOG_LINES)),
    )
    text = "\n\n".join("\n".join([f"== {title} ==", *(list(lines) or ["-"])]) for title, lines in parts)
    return without_home(text)


def program_lines(lines: Iterable[str], count: int) -> list[str]:
    """The last of `lines` that the program itself wrote: its records, and where something happened."""
    return list(deque((line for line in lines if _RECORD.match(line) or _PLACE.match(line)), count))


def without_home(text: str) -> str:
    """`text` with "~" in place of the person's own folder, whose name is often the person's."""
    home = str(Path.home())
    if len(home) < 3:  # the root of a disk is nobody's name
        return text
    for spelled in {home, home.replace("\\", "/"), home.replace("\\", "\\\\")}:
        text = re.sub(rf"{re.escape(spelled)}(?![\w-])", "~", text)
    return text


def _details(paths: AppPaths) -> Iterator[str]:
    for name, value in doctor.versions().params.items():
        yield f"{name}: {value}"
    machine = hardware.look()
    yield f"processor: {machine.processor}, {machine.physical_cores} cores, {machine.logical_cores} threads"
    yield f"avx2: {machine.avx2.value}, avx512: {machine.avx512.value}"
    yield f"memory: {machine.memory_total} bytes, {machine.memory_available} available"
    yield f"data folder: {paths.data_dir}"
    yield f"models folder: {paths.models_dir}, {hardware.disk_free(paths.models_dir)} bytes free"


def _finding(found: Finding) -> str:
    params = ", ".join(f"{name}={_flat(value)}" for name, value in found.params.items())
    error = f" [{found.error.code.value}]" if found.error is not None else ""
    return f"{found.severity.value}: {found.code.value}{error} {params}".rstrip()


def _models(models: Iterable[FoundModel], settings: Settings) -> Iterator[str]:
    for model in models:
        wish = wish_of(settings, model.ref.id)
        problem = f", problem: {model.problem.code.value}" if model.problem is not None else ""
        yield (
            f"{_flat(model.ref.id)}: {model.ref.engine.value}, {_flat(model.architecture)}, "
            f"{_flat(model.precision_label)}, {model.file_bytes} bytes, wished {wish.precision.value} "
            f"{wish.context_length}, {_flat(model.ref.path)}{problem}"
        )


def _connections(paths: AppPaths) -> Iterator[str]:
    try:
        log = connection_log.read(paths.connections_file)
    except OSError:
        yield "the list cannot be read"
        return
    yield f"to other computers: {len(log.connections) + log.dropped}"


def _ends_of_engine(paths: AppPaths) -> Iterator[str]:
    for moment, how, number in engine_ends(paths.log_dir)[-_ENDS:]:
        yield f"{moment.isoformat(timespec='seconds')} {how} {number}"


def _flat(text: str) -> str:
    """Whatever a file is called, it stays in its line."""
    return " ".join(text.split())
