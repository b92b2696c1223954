"""The installed program: from the start of its process to the painted window, and to an answer's first word.

Needs `dist/Teahouse` (`dev.py package --only frozen`); without it nothing is measured. The window is painted
when its log says so. Every run has a profile of its own, in which the welcome was left already: so most days
begin. Cold means that the program's files are not in the system's cache: dropping it takes root on Linux, and
elsewhere the cold runs are left out.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]

from layout import APP_NAME, executable, frozen_folder  # noqa: E402

from app.core import settings as declared  # noqa: E402
from app.core.paths import AppPaths  # noqa: E402
from app.core.settings import Settings  # noqa: E402
from app.storage.settings_file import write_settings  # noqa: E402
from app.ui.first_run.occasion import DONE  # noqa: E402

WARM_RUNS, COLD_RUNS = 7, 3
PATIENCE_S = 60.0
LOOK_EVERY_S = 0.005
CACHES = Path("/proc/sys/vm/drop_caches")
PAINTED = re.compile(r"^(\S+ \S+) \d+ INFO app\.main: the window was painted$", re.MULTILINE)
TIME_FORMAT = "%Y-%m-%d %H:%M:%S,%f"


def window_painted(program: Path, profile: AppPaths) -> float:
    """Seconds from the start of the process to the first paint, which the program's log tells."""
    log = profile.log_dir / "teahouse.log"
    begun = time.time()
    process = subprocess.Popen(command(program, profile), env=environment(), stderr=subprocess.DEVNULL)
    try:
        give_up_at = begun + PATIENCE_S
        while (found := PAINTED.search(text_of(log))) is None:
            if process.poll() is not None or time.time() > give_up_at:
                raise SystemExit(f"{program} painted no window ({process.returncode})")
            time.sleep(LOOK_EVERY_S)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
    return datetime.strptime(found[1], TIME_FORMAT).timestamp() - begun  # noqa: DTZ007 - as the log: local time


def first_word(program: Path, profile: AppPaths) -> float:
    """Seconds from the start of the process to the first text of an answer, through the real window."""
    begun = time.monotonic()
    process = subprocess.Popen(
        [*command(program, profile, "show-once"), "--out", str(profile.data_dir / "window.png")],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    process.stdout.readline()  # the question, as it is asked
    said = process.stdout.read(1)
    took = time.monotonic() - begun
    process.communicate(timeout=PATIENCE_S)
    if not said.strip() or process.returncode != 0:
        raise SystemExit(f"{program} answered nothing ({process.returncode})")
    return took


def command(program: Path, profile: AppPaths, *verb: str) -> list[str]:
    folders = ["--data-dir", str(profile.data_dir), "--models-dir", str(profile.models_dir)]
    return [str(program), *verb, *folders]


def environment() -> dict[str, str]:
    """A person's, without this Python; no display is needed."""
    kept = {
        name: os.environ[name]
        for name in ("HOME", "LANG", "SYSTEMROOT", "LOCALAPPDATA")
        if name in os.environ
    }
    return kept | {"QT_QPA_PLATFORM": "offscreen"}


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def new_profile(place: Path, number: int) -> AppPaths:
    """A data folder in which the welcome was left, and a models folder with nothing in it."""
    paths = AppPaths(place / f"data-{number}", place / "models")
    paths.data_dir.mkdir(parents=True)
    write_settings(paths.settings_file, Settings().changed(declared.FIRST_RUN, DONE))
    return paths


def drop_caches() -> None:
    os.sync()
    CACHES.write_text("3", encoding="ascii")


def can_drop_caches() -> bool:
    return os.access(CACHES, os.W_OK)


def measure(program: Path, place: Path) -> None:
    """Warm and cold, window and first word."""
    numbers = iter(range(1000))

    def times(run: Callable[[Path, AppPaths], float], count: int, prepare: Callable[[], None]) -> list[float]:
        found = []
        for _ in range(count):
            profile = new_profile(place, next(numbers))
            prepare()
            found.append(run(program, profile))
        return found

    for run, what, warm_target, cold_target in (
        (window_painted, "window on screen, from process start", "<= 1", "<= 3"),
        (first_word, "first word of the starter, from process start", "<= 4", None),
    ):
        times(run, 1, lambda: None)
        emit(f"{what}, warm", times(run, WARM_RUNS, lambda: None), warm_target)
        if can_drop_caches():
            emit(f"{what}, cold", times(run, COLD_RUNS, drop_caches), cold_target)
        else:
            print(f"{what}, cold: not measured, only root may drop the system's cache", flush=True)


def emit(name: str, found: list[float], target: str | None) -> None:
    """The median of the runs."""
    value = round(statistics.median(found), 3)
    print(json.dumps({"name": f"frozen: {name}", "value": value, "unit": "s", "target": target}), flush=True)


def main() -> None:
    """Measure the full edition, where it was frozen."""
    program = executable(frozen_folder(), APP_NAME)
    if not program.is_file():
        print(f"nothing is measured: {program} is not there (dev.py package --only frozen)")
        return
    with tempfile.TemporaryDirectory(prefix="teahouse-frozen-") as name:
        measure(program, Path(name))


if __name__ == "__main__":
    main()
