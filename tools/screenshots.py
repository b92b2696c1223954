"""Paints the pictures of the README: the real window, scene after scene. Run by `dev.py screenshots`."""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "pictures"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its file name, and what `python -m app screenshot` is asked for."""

    name: str
    scene: str
    theme: str = "light"
    language: str = "en"
    size: str = "1280x800"


PICTURES = (
    Picture("chat-zh", "chat", language="zh_CN"),
    Picture("chat-en-dark", "chat", theme="dark"),
    Picture("code-en", "code"),
    Picture("empty-zh", "empty", language="zh_CN"),
    Picture("search-zh", "search", language="zh_CN"),
    Picture("error-en", "error"),
    Picture("streaming-en", "streaming"),
    Picture("versions-zh-dark", "versions", theme="dark", language="zh_CN"),
    Picture("settings-en", "settings"),
    Picture("first-run-zh", "first-run", language="zh_CN"),
    Picture("import-zh", "import", language="zh_CN"),
    Picture("models-en-dark", "models", theme="dark"),
    Picture("privacy-en", "privacy"),
)


def main() -> int:
    """Paint every picture; stops at the first that cannot be painted."""
    argparse.ArgumentParser(prog="dev.py screenshots", description=__doc__).parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for picture in PICTURES:
        out = FOLDER / f"{picture.name}.png"
        command = [sys.executable, "-m", "app", "screenshot", "--scene", picture.scene, "--out", str(out)]
        command += ["--theme", picture.theme, "--lang", picture.language, "--size", picture.size]
        if subprocess.call(command, cwd=ROOT) != 0:
            print(f"the picture {picture.name} was not painted", file=sys.stderr)
            return 1
        print(out.relative_to(ROOT), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
