"""One round of the doctor: everything that is looked at, in order, told finding by finding; and what mends.

Knows the files of `storage` and of `model`, which do not know each other. Blocking: for threads of their own.
No Qt.
"""

from __future__ import annotations

import logging
import re
import signal
import sys
import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from app.core.cancel import CancelToken
from app.core.errors import WorldError
from app.core.findings import DoctorRemedy, Finding, FindingCode, Severity, finding
from app.core.paths import AppPaths
from app.core.privacy import Readers, StoredKind
from app.model import doctor, doctor_models, library, managing
from app.model.doctor_models import Report, Request
from app.model.importing import copying
from app.storage import pointer
from app.storage.health import damage_of
from app.workers import privacy_survey
from app.workers.child_log import LOG_NAME

RECENT_S = 7 * 86_400
"""A crash of the engine that lies longer back is told no more."""
_LOG_TAIL = 64 << 10
_ENGINE_END = re.compile(
    r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d+ the child ended: (crash|exit) (-?\d+)$", re.MULTILINE
)
_log = logging.getLogger(__name__)


def examine(paths: AppPaths, request: Request, report: Report, cancel: CancelToken) -> Iterator[Finding]:
    """Everything, one finding after the other; what takes long comes last. Raises `Cancelled`."""
    parts = (
        doctor.examine(paths, engine_pid=request.engine_pid, has_window=request.has_window),
        _folders(paths),
        _readers(paths),
        _engine(paths.log_dir),
        doctor_models.examine(paths, request, report, cancel),
        _conversations(paths),
    )
    for part in parts:
        for found in part:
            yield found
            cancel.raise_if_cancelled()


def mend(found: Finding, paths: AppPaths, in_use: Collection[str] = ()) -> None:
    """Carry out the remedy of `found`, if it is one that needs no window; what came of it is looked at again.

    `in_use` are the folders of prepared files that the engine has open. Raises `OSError`.
    """
    match found.remedy:
        case DoctorRemedy.REMOVE_ABANDONED:
            copying.remove_abandoned(paths.models_dir)
        case DoctorRemedy.REMOVE_ORPHANS:
            models = library.scan(paths.models_dir)
            orphans = managing.without_model(managing.prepared_copies(paths.prepared_dir), models)
            doomed = [copy for copy in orphans if copy.folder not in in_use]
            managing.remove_prepared(paths.prepared_dir, doomed)
        case DoctorRemedy.REMOVE_DAMAGED_LISTS:
            for path in doctor_models.damaged_lists(paths.models_dir):
                path.unlink(missing_ok=True)
        case DoctorRemedy.NARROW:
            privacy_survey.narrow(paths, StoredKind(found.params["kind"]))
        case _:
            raise ValueError(f"not to be mended here: {found.remedy}")


def mend_safely(found: Iterable[Finding], paths: AppPaths) -> Iterator[tuple[Finding, bool]]:
    """Carry out every remedy by which nothing is lost; gives each such finding, and whether it is gone."""
    for one in found:
        if not one.remedy.is_safe:
            continue
        try:
            mend(one, paths)
        except OSError as error:
            _log.warning("%s is not mended: %s", one.code, error.strerror)
        yield one, not is_there(one, paths)


def is_there(found: Finding, paths: AppPaths) -> bool:
    """Whether a finding that `mend` was to put right still stands."""
    match found.remedy:
        case DoctorRemedy.REMOVE_ABANDONED:
            return bool(copying.abandoned(paths.models_dir))
        case DoctorRemedy.REMOVE_ORPHANS:
            models = library.scan(paths.models_dir)
            return bool(managing.without_model(managing.prepared_copies(paths.prepared_dir), models))
        case DoctorRemedy.REMOVE_DAMAGED_LISTS:
            return bool(doctor_models.damaged_lists(paths.models_dir))
        case _:
            return any(one.params.get("kind") == found.params.get("kind") for one in _readers(paths))


def engine_ends(log_dir: Path) -> tuple[tuple[datetime, str, int], ...]:
    """When the engine ended without being told to, as "crash" or "exit" with which number; oldest first."""
    try:
        with (log_dir / LOG_NAME).open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _LOG_TAIL))
            text = file.read().decode("utf-8", "replace").replace("\r\n", "\n")
    except OSError:
        return ()
    return tuple(
        (datetime.fromisoformat(moment).astimezone(), how, int(number))
        for moment, how, number in _ENGINE_END.findall(text)
    )


def _folders(paths: AppPaths) -> Iterator[Finding]:
    """The note where the folders are; of a folder that is gone the start and `doctor_models` tell."""
    if paths.home is None:
        return
    try:
        pointer.read(paths.home)
    except WorldError:
        note = paths.home / pointer.FILE_NAME
        remedy = DoctorRemedy.SHOW_STORAGE
        yield finding(FindingCode.LOCATIONS_DAMAGED, Severity.PROBLEM, remedy, path=note)


def _readers(paths: AppPaths) -> Iterator[Finding]:
    """Who can read what is personal, where the system tells."""
    things = [thing for thing in privacy_survey.survey(paths) if thing.kind.is_personal]
    open_ones = [thing for thing in things if thing.readers is Readers.OTHERS]
    for thing in open_ones:
        remedy = DoctorRemedy.NARROW if thing.can_narrow else DoctorRemedy.NONE
        params = {"kind": thing.kind.value, "path": thing.path}
        yield finding(FindingCode.OTHERS_CAN_READ, Severity.PROBLEM, remedy, **params)
    if not open_ones and any(thing.readers is Readers.OWNER for thing in things):
        yield finding(FindingCode.PRIVATE_GOOD, Severity.GOOD)


def _engine(log_dir: Path) -> Iterator[Finding]:
    """The last end of the engine that nobody asked for, as its log has it."""
    ends = engine_ends(log_dir)
    if not ends or time.time() - ends[-1][0].timestamp() > RECENT_S:
        return
    moment, how, number = ends[-1]
    at = int(moment.timestamp() * 1000)
    # On POSIX a crash's number is that of the signal; by this one the system takes memory back.
    is_memory = how == "crash" and sys.platform != "win32" and number == signal.SIGKILL
    if is_memory:
        yield finding(FindingCode.ENGINE_OUT_OF_MEMORY, Severity.NOTE, DoctorRemedy.SHOW_MEMORY, at=at)
    else:
        yield finding(FindingCode.ENGINE_CRASHED, Severity.NOTE, DoctorRemedy.OPEN_LOG_FOLDER, at=at)


def _conversations(paths: AppPaths) -> Iterator[Finding]:
    """Whether the file with the conversations is sound; another program may have it open meanwhile."""
    path = paths.database
    if not path.exists():
        return
    damage = damage_of(path)
    if damage is None:
        return
    if damage:
        _log.warning("the doctor finds the database damaged: %s", damage)
        remedy = DoctorRemedy.SHOW_STORAGE
        yield finding(FindingCode.CONVERSATIONS_DAMAGED, Severity.PROBLEM, remedy, path=path)
    else:
        yield finding(FindingCode.CONVERSATIONS_GOOD, Severity.GOOD, path=path)


def last_lines(path: Path, count: int) -> list[str]:
    """The last lines of a log; none where it cannot be read."""
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _LOG_TAIL))
            return list(deque(file.read().decode("utf-8", "replace").splitlines(), count))
    except OSError:
        return []
