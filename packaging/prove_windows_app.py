"""The real programs and packages of Windows in a Windows that was just installed, as far as wine goes.

The frozen app, its installer and its portable zip: installed, used on the console and by the real window,
put over an older version, given a model by a second start, removed. That Windows lacks the runtime of Visual
C++, as new ones do. Not proved is what only Windows does: its own dialogs, fonts, frames, input methods,
SmartScreen.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import prove_window
import smoke
import windows
from layout import APP_NAME, CONSOLE_NAME, version
from prove_window import EXPECTED, SHORT_QUESTION, ProofError, RealWindow, open_window, screen, wait_until
from windows_trial import DONE, OLD_VERSION, expect, into, remove, same_files, usual
from wine import Wine
from wine_workshop import Workshop, windows_path

UNPACKED = "试 用"
FOLDER = r"C:\我的 程序\茶馆 应用"
LEAVE = "alt+F4"
"""Windows has no other key for it."""
START_S, GONE_S = 180.0, 20.0
CHILD = "--engine-child"
_OPENED_S = 3.0


@dataclass(frozen=True, slots=True)
class Packages:
    """What was built: the frozen folder, the installer, the portable zip."""

    frozen: Path
    setup: Path
    portable: Path


def prove(packages: Packages, workshop: Workshop, pictures: Path) -> Iterator[str]:
    """All of it, in a folder that is thrown away; a line for each fact. Raises `ProofError`."""
    pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="teahouse-windows-") as made, screen() as display:
        place = Path(made)
        older = make_older(packages.frozen, place)
        wine = workshop.windows(place / "windows", display)
        wine.environment["QT_QPA_PLATFORM"] = "windows"
        try:
            trial = Trial(wine, display, packages, pictures)
            yield from trial.unpacked()
            yield from trial.installed(older)
            yield from trial.upgraded()
            yield from trial.opened()
            yield from trial.removed()
        finally:
            wine.end()


def make_older(frozen: Path, place: Path) -> Path:
    """An installer of an older version: the programs alone, which is what an upgrade has to replace."""
    old = place / "old"
    (old / windows.INSIDE).mkdir(parents=True)
    (old / windows.INSIDE / "only-old.dll").write_bytes(b"old")
    for program in windows.PROGRAMS:
        shutil.copy(frozen / program, old)
    return windows.build_installer(windows.payload(old), place / "older-setup.exe", said=OLD_VERSION)[0]


class Trial:
    """A person at that Windows; each proof goes on where the one before it ended."""

    def __init__(self, wine: Wine, display: str, packages: Packages, pictures: Path) -> None:
        self._wine = wine
        self._display = display
        self._packages = packages
        self._pictures = pictures
        self._data = wine.local / APP_NAME

    def unpacked(self) -> Iterator[str]:
        """The portable zip in a Chinese folder with a space: console and window, nothing outside."""
        place = self._wine.drive / UNPACKED
        with zipfile.ZipFile(self._packages.portable) as archive:
            archive.extractall(place)
        folder = place / APP_NAME
        beside = folder / windows.PORTABLE_FOLDER
        yield f"portable, in {UNPACKED!r}, on the console: {self._ask(folder)!r}"
        yield from self._ask_a_folder(folder)
        with self._window(folder) as (window, took):
            yield f"portable: the window was there {took:.1f} s after the start"
            self._wait_for_model()
            yield from self._one_answer(window, beside, "portable")
        self._wait_gone()
        expect(self._data.exists(), False, "a portable copy's data in the computer's own folder")
        expect((beside / "teahouse.db").is_file(), True, "a portable copy's data beside it")
        yield "portable: conversations lie beside the program, nothing in the computer's own folders"
        shutil.rmtree(place)

    def installed(self, older: Path) -> Iterator[str]:
        """The real installer over nothing; the first start and a second."""
        expect(self._wine.run(str(self._packages.setup), "/S"), DONE, "the exit code of the installer")
        same_files(self._packages.frozen, usual(self._wine))
        yield f"{self._packages.setup.name} installed silently, byte for byte"
        folder = usual(self._wine)
        with self._window(folder) as (window, took):
            yield f"the window was there {took:.1f} s after the start"
            self._wait_for_welcome()
            yield from prove_window.first_questions(window, self._data, self._pictures)
        self._wait_gone()
        yield "closed by Alt+F4: every process is gone"
        remove(self._wine)
        expect(self._wine.run(str(older), "/S", *into(FOLDER)), DONE, "the exit code of the older installer")

    def upgraded(self) -> Iterator[str]:
        """Over an older version in a Chinese folder, with the conversations of before."""
        before = prove_window.answers(self._data)
        expect(self._wine.run(str(self._packages.setup), "/S"), DONE, "the exit code of the upgrade")
        folder = self._wine.path(FOLDER)
        same_files(self._packages.frozen, folder)
        with self._window(folder) as (window, took):
            yield f"upgraded to {version()} in {FOLDER}: the window was there {took:.1f} s after the start"
            self._wait_for_model()
            yield from self._one_answer(window, self._data, "upgraded")
        self._wait_gone()
        expect(prove_window.answers(self._data)[: len(before)], before, "the answers of before")
        yield f"the {len(before)} answers of before are as they were"

    def opened(self) -> Iterator[str]:
        """A model, as the kinds of files in the registry say: the window that is there takes it."""
        folder = self._wine.path(FOLDER)
        model = self._wine.drive / "模型 一.gguf"
        shutil.copy(next((folder / windows.INSIDE / "starter").glob("*.gguf")), model)
        with self._window(folder) as (window, _):
            self._wait_for_model()
            began = time.monotonic()
            second = self._wine.command(str(folder / f"{APP_NAME}.exe"), rf"C:\{model.name}")
            done = subprocess.run(second, env=self._wine.environment, timeout=START_S, check=False)
            expect(done.returncode, 0, "the exit code of a second start")
            took = time.monotonic() - began
            yield f"a second start hands its model to the window that is there ({took:.1f} s)"
            time.sleep(_OPENED_S)
            window.picture(self._pictures / "opened.png")
        self._wait_gone()

    def removed(self) -> Iterator[str]:
        """By the uninstaller: the program is gone, the conversations are there."""
        before = prove_window.answers(self._data)
        remove(self._wine, self._wine.path(FOLDER))
        expect(prove_window.answers(self._data), before, "the answers after removing")
        yield f"removed silently: the program is gone, the {len(before)} answers are kept"

    def _window(self, folder: Path) -> AbstractContextManager[tuple[RealWindow, float]]:
        command = self._wine.command(str(folder / f"{APP_NAME}.exe"))
        return open_window(command, self._wine.environment, self._display, LEAVE)

    def _ask(self, folder: Path) -> str:
        run = self._on_the_console(folder, ["ask", "--json", "--temperature", "0", SHORT_QUESTION])
        events = run.events()
        text = "".join(str(event["text"]) for event in events if event.get("event") == "text").strip()
        if EXPECTED not in text or sum(event.get("event") == "finished" for event in events) != 1:
            raise ProofError(f"no answer on the console: {run.output}")
        return text

    def _ask_a_folder(self, folder: Path) -> Iterator[str]:
        """A model of torch is continued as by this tree on Linux; the light edition says that it cannot."""
        place = self._wine.drive / "模型 夹"
        place.mkdir()
        model = smoke.make_model(place)
        there = Path(windows_path(model))
        if not smoke.has_torch(folder):
            run = self._on_the_console(folder, smoke.question_for(there, smoke.PRECISIONS[0]))
            refused = smoke.LIGHT_REFUSAL in run.output
            expect(refused, True, f"a plain word to a model in a folder: {run.output}")
            yield "a model in a folder was refused: this is the light edition"
            return
        for precision in smoke.PRECISIONS:
            run = self._on_the_console(folder, smoke.question_for(there, precision))
            tokens = smoke.tokens_of(run)
            here = smoke.tokens_of(smoke.ask_this_tree(smoke.question_for(model, precision), place))
            if len(tokens) != smoke.TOKENS or tokens != here:
                raise ProofError(f"{precision}: {tokens}, and not {here} as on Linux: {run.output}")
            yield f"a model in a folder answered at {precision} with the tokens {tokens}"

    def _on_the_console(self, folder: Path, words: Sequence[str]) -> smoke.Run:
        done = subprocess.run(
            self._wine.command(str(folder / f"{CONSOLE_NAME}.exe"), *words),
            env=self._wine.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=START_S,
            check=False,
        )
        return smoke.Run(done.returncode, done.stdout.decode("utf-8", "replace"), saw_child=False)

    def _one_answer(self, window: RealWindow, data: Path, name: str) -> Iterator[str]:
        before = prove_window.answers(data)
        window.write(SHORT_QUESTION)
        window.press("Return")
        wait_until(
            lambda: len(prove_window.complete(data)) > len(prove_window.finished(before)),
            "no answer was stored",
            START_S,
        )
        window.picture(self._pictures / f"{name}.png")
        yield f"{name}: the starter answered: {prove_window.answers(data)[-1].text!r}"

    def _wait_for_model(self) -> None:
        """The keyboard is in the message field by then."""
        wait_until(
            lambda: any(CHILD in line for line in self._wine.running(*windows.PROGRAMS)),
            "no engine starts",
            START_S,
        )
        time.sleep(_OPENED_S)

    def _wait_for_welcome(self) -> None:
        wait_until((self._data / "teahouse.db").is_file, "no database was made", START_S)
        time.sleep(_OPENED_S)

    def _wait_gone(self) -> None:
        wait_until(
            lambda: not self._wine.running(*windows.PROGRAMS),
            f"still there: {self._wine.running(*windows.PROGRAMS)}",
            GONE_S,
        )
