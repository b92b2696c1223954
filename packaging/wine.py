"""A Windows to try installers on, by wine: its programs, folders and registry. Knows nothing of Teahouse.

Nothing of it reaches this computer's own folders, and it needs no screen unless it is given one.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path, PureWindowsPath

import psutil
from prove_window import ProofError, wait_until

TOOLS = ("wine", "wineboot", "wineserver")
PATIENCE_S = 600.0
_SETTLE_S = 0.5
_UNINSTALLER_FOLDER = "~nsu"
"""From where an uninstaller of NSIS goes on, as a copy, after the program that was started has ended."""
_VALUE = re.compile(r'^(?:"(?P<name>(?:[^"\\]|\\.)*)"|(?P<default>@))=(?P<value>.*)$')
_ESCAPED = re.compile(r"\\(.)")


class Wine:
    """A Windows 10 in the folder `place`; `end` stops everything in it.

    `enter` is the beginning of every command, where wine is in another root than this one.
    """

    def __init__(self, place: Path, display: str = "", enter: Sequence[str] = ()) -> None:
        self._enter = tuple(enter)
        home = place / "home"
        home.mkdir(parents=True)
        self.drive = place / "prefix" / "drive_c"
        self.environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home),
            "WINEPREFIX": str(place / "prefix"),
            "WINEDEBUG": "-all",
            # No entries in the desktop's menus, and no questions about parts that nothing here needs.
            "WINEDLLOVERRIDES": "winemenubuilder.exe=d;mscoree=d;mshtml=d",
        }
        if display:
            self.environment["DISPLAY"] = display
        self._call("wineboot", "-i")
        self._call("wineserver", "-p")  # it stays: starting it takes seconds
        self.run("reg", "add", r"HKCU\Software\Wine", "/v", "Version", "/d", "win10", "/f")
        user = next(path for path in (self.drive / "users").iterdir() if path.name != "Public")
        self.user = user
        self.local = user / "AppData" / "Local"
        self.menu = user / "AppData/Roaming/Microsoft/Windows/Start Menu/Programs"

    def run(self, *words: str) -> int:
        """Run a program of Windows to its end, and the uninstaller that it started; gives its exit code."""
        code = self._call("wine", *words)
        wait_until(lambda: not self.is_removing(), "the uninstaller does not end", PATIENCE_S)
        return code

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a program and come back once it runs."""
        quiet = subprocess.DEVNULL
        started = subprocess.Popen(
            self.command(*words), env=self.environment, stdin=quiet, stdout=quiet, stderr=quiet
        )
        last = words[-1]
        wait_until(
            lambda: any(last in line for line in _command_lines()), f"{words} does not start", PATIENCE_S
        )
        time.sleep(_SETTLE_S)
        return started

    def command(self, *words: str) -> list[str]:
        """A program of Windows, as it is started from here; with `environment`."""
        return [*self._enter, "wine", *words]

    def is_removing(self) -> bool:
        """Whether an uninstaller is at work."""
        return any(_UNINSTALLER_FOLDER in line for line in _command_lines())

    def running(self, *names: str) -> list[str]:
        """The command lines of the programs of this Windows that are called so, in small letters."""
        found = []
        for process in psutil.process_iter(["cmdline", "environ"]):
            if (process.info["environ"] or {}).get("WINEPREFIX") == self.environment["WINEPREFIX"]:
                line = " ".join(process.info["cmdline"] or []).lower()
                if any(name.lower() in line for name in names):
                    found.append(line)
        return found

    def registry(self, key: str) -> dict[str, str]:
        """The values of a key by name, the default one by `@`, numbers as `dword:0000001f`."""
        exported = self.drive / "exported.reg"
        exported.unlink(missing_ok=True)
        if self.run("reg", "export", key, r"C:\exported.reg", "/y") != 0:
            return {}
        # The file goes on with the keys below this one.
        text = exported.read_text(encoding="utf-16").split("\n[")[1]
        found = {}
        for line in text.splitlines():
            if match := _VALUE.match(line):
                value = match["value"]
                if value.startswith('"'):
                    value = _ESCAPED.sub(r"\1", value[1:-1])
                found[_ESCAPED.sub(r"\1", match["name"] or "@")] = value
        return found

    def path(self, windows_path: str) -> Path:
        """Where a path of drive C lies on this computer."""
        return self.drive.joinpath(*PureWindowsPath(windows_path).parts[1:])

    def end(self) -> None:
        """Stop everything that runs in it; the next program starts it anew."""
        self._call("wineserver", "-k")

    def _call(self, *command: str) -> int:
        try:
            done = subprocess.run(
                [*self._enter, *command],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=PATIENCE_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ProofError(f"{command[:2]} did not end within {PATIENCE_S:.0f} s") from None
        return done.returncode


def _command_lines() -> Sequence[str]:
    return [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
