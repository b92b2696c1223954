"""Two of the app over one data folder: two that write, and two windows started at about the same moment."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.faults.dice import dice, times
from tests.faults.test_database_killed import check
from tests.helpers.ending import OF_ITS_OWN, press_ctrl_c
from tests.helpers.storage_fixtures import paths_in

WRITER = [sys.executable, "-m", "tests.faults.database_writer"]
PATIENCE_S = 30
PAUSE_S = "0.02"


def read(process: subprocess.Popen[str], lines: int) -> list[list[str]]:
    assert process.stdout is not None
    return [process.stdout.readline().split() for _ in range(lines)]


def rest_of(process: subprocess.Popen[str]) -> list[list[str]]:
    """What a killed writer had said besides, without a line that was cut off."""
    assert process.stdout is not None
    with process:
        told = process.stdout.read().splitlines(keepends=True)
    return [line.split() for line in told if line.endswith("\n")]


def test_two_that_write_and_are_killed_lose_nothing_of_each_other(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """As the window and `ask` in a terminal: the second one neither mends nor interrupts the first."""
    chance = dice("two that write")
    rounds = times(2, 50)
    for number in range(rounds):
        paths = paths_in(tmp_path / f"{number}")
        paths.data_dir.parent.mkdir()
        command = [*WRITER, str(paths.data_dir.parent), PAUSE_S]
        first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        told = read(first, chance.randint(1, 20))
        second = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        told += read(second, chance.randint(1, 20)) + read(first, chance.randint(1, 20))
        one, other = (first, second) if chance.random() < 0.5 else (second, first)
        one.kill()
        told += rest_of(one)
        told += read(other, chance.randint(1, 20))
        other.kill()
        told += rest_of(other)
        check(paths, told)
    record_property("rounds", rounds)


def test_of_two_windows_started_at_once_one_stays(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    chance = dice("two windows")
    rounds = times(1, 10)
    for number in range(rounds):
        folder = tmp_path / f"数据 {number}"
        command = [sys.executable, "-m", "app", "--data-dir", str(folder), "--models-dir", str(tmp_path)]
        windows = [subprocess.Popen(command, creationflags=OF_ITS_OWN)]
        time.sleep(chance.choice((0.0, chance.uniform(0.0, 1.5))))
        windows.append(subprocess.Popen(command, creationflags=OF_ITS_OWN))
        until = time.monotonic() + PATIENCE_S
        while all(window.poll() is None for window in windows) or not (folder / "teahouse.db").exists():
            assert time.monotonic() < until, "both stay"
            time.sleep(0.05)
        (staying,) = [window for window in windows if window.poll() is None]
        assert [window.poll() for window in windows if window is not staying] == [0]
        press_ctrl_c(staying)
        assert staying.wait(PATIENCE_S) == 0
    record_property("rounds", rounds)
