"""The installer page by page, as a person sees it: keys, and a picture of every page in both languages.

On a screen of its own, under wine: fonts, frames and the buttons of questions are wine's, not those of
Windows. The pictures are there to be looked at; what is asserted is what the keys did.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from layout import APP_NAME, APP_NAME_ZH
from prove_window import ProofError, screen, wait_until
from windows_trial import Setups, digests, expect, names, same_files, usual, write_data
from wine import Wine

LANGUAGES = {"zh": ("2052", APP_NAME_ZH), "en": ("1033", APP_NAME)}
FONTS = ("Segoe UI", "Microsoft YaHei UI", "MS Shell Dlg", "Tahoma")
REPLACEMENTS = r"HKCU\Software\Wine\Fonts\Replacements"
PAUSE_S = 0.4
STILL = 3
"""A page that looks the same after so many pauses is the one to be kept."""
PATIENCE_S = 60.0


class Pages:
    """A person with a keyboard before the one window on the screen, whose pages are kept as pictures."""

    def __init__(self, wine: Wine, display: str, folder: Path) -> None:
        self._wine = wine
        self._environment = {**os.environ, "DISPLAY": display}
        self._folder = folder
        self._shown = b""
        self._process: subprocess.Popen[bytes] | None = None

    def open(self, picture: str, *command: str) -> None:
        """Start a program, and keep its first page."""
        self._shown = self._grab()
        self._process = self._wine.start(*command)
        self._keep(picture)

    def press(self, *keys: str, picture: str = "") -> None:
        """Press keys; with `picture`, wait for the page that comes of it, and keep that."""
        self._shown = self._grab()
        for key in keys:
            subprocess.run(["xdotool", "key", key], env=self._environment, check=True)
            time.sleep(PAUSE_S)
        if picture:
            self._keep(picture)

    def wait_closed(self) -> None:
        """Until the program has ended; raises `ProofError`."""
        process = self._process
        if process is not None:
            wait_until(lambda: process.poll() is not None, "the window does not close", PATIENCE_S)
            wait_until(lambda: not self._wine.is_removing(), "the uninstaller does not end", PATIENCE_S)

    def _keep(self, name: str) -> None:
        def has_come() -> bool:
            first = self._grab()
            for _ in range(STILL):
                time.sleep(PAUSE_S)
                if first == self._shown or self._grab() != first:
                    return False
            return True

        wait_until(has_come, f"the page {name} does not come", PATIENCE_S)
        (self._folder / f"{name}.png").write_bytes(self._grab())

    def _grab(self) -> bytes:
        """What the screen shows, without what a picture says of itself."""
        command = ["import", "-window", "root", "-define", "png:exclude-chunks=date,time", "png:-"]
        return subprocess.run(command, env=self._environment, check=True, capture_output=True).stdout


def prove_pages(place: Path, setups: Setups, folder: Path) -> Iterator[str]:
    """Install, upgrade and remove with keys, in both languages. Raises `ProofError`."""
    folder.mkdir(parents=True, exist_ok=True)
    with screen() as display:
        wine = Wine(place, display)
        font = chinese_font()
        for name in FONTS:
            wine.run("reg", "add", REPLACEMENTS, "/v", name, "/d", font, "/f")
        # A caret that blinks would never let a page look the same twice.
        wine.run("reg", "add", r"HKCU\Control Panel\Desktop", "/v", "CursorBlinkRate", "/d", "-1", "/f")
        wine.end()  # both are read at the start
        try:
            for language in LANGUAGES:
                yield from by_keys(wine, Pages(wine, display, folder), setups, language)
        finally:
            wine.end()


def chinese_font() -> str:
    """A font of this computer that has Chinese; raises `ProofError` where there is none."""
    command = ["fc-list", "-f", "%{family[0]}\n", ":lang=zh-cn"]
    found = sorted(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n"))
    sans = [name for name in found if "Sans" in name and "SC" in name] or [name for name in found if name]
    if not sans:
        raise ProofError("no font here has Chinese: the pages in Chinese cannot be drawn")
    return sans[0]


def by_keys(wine: Wine, pages: Pages, setups: Setups, language: str) -> Iterator[str]:
    """One language from the first page to the last."""
    number, name = LANGUAGES[language]
    switch = f"/LANG={number}"
    home = wine.local / "Teahouse"
    pages.open(f"{language}-1-welcome", str(setups.old), switch)
    pages.press("Return", picture=f"{language}-2-folder")
    pages.press("Return", picture=f"{language}-3-done")
    pages.press("Tab", "space", "Return")  # also the shortcut on the desktop
    pages.wait_closed()
    expect((wine.user / "Desktop" / f"{name}.lnk").is_file(), True, "the shortcut on the desktop")
    kept = write_data(home, home / "models")
    pages.open(f"{language}-4-upgrade", str(setups.new), switch)
    pages.press("Return", picture=f"{language}-5-upgraded")
    pages.press("Return")
    pages.wait_closed()
    same_files(setups.payload, usual(wine))
    expect(digests(home), kept, "conversations, models and settings")
    pages.open(f"{language}-6-remove", str(usual(wine) / "uninstall.exe"), switch)
    pages.press("Tab", "Tab", "space", "Return", picture=f"{language}-7-really")
    pages.press("Left")
    pages.press("Return", picture=f"{language}-8-removed")
    pages.press("Return")
    pages.wait_closed()
    expect(usual(wine).exists(), False, "the program after removing")
    expect((wine.user / "Desktop" / f"{name}.lnk").exists(), False, "the shortcut on the desktop")
    expect(
        names(home), {"models", "models/one.gguf", "models/folder", "models/folder/two.bin"}, "what is kept"
    )
    yield f"page by page in {language}: installed, upgraded, removed with the conversations, models kept"
