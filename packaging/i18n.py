"""Brings the translations up to date: reads the source strings out of `app/`, then compiles the catalogue.

Run it with the Python of the project after changing a text: `python packaging/i18n.py`. It tells what is
still to be translated and exits with 1 if anything is. `--check` changes nothing but the compiled file.
"""

from __future__ import annotations

import argparse
import ast
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET  # our own file
from pathlib import Path

import PySide6

ROOT = Path(__file__).resolve().parents[1]
CATALOG = ROOT / "resources" / "i18n" / "teahouse_zh_CN.ts"


def main() -> int:
    """Update the catalogue and compile it; 1 when a text has no translation."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--check", action="store_true", help="only compile and tell what is missing")
    if not options.parse_args().check:
        update()
    compile_catalog(CATALOG.with_suffix(".qm"))
    missing = unfinished()
    for line in missing:
        print(f"not translated: {line}")
    return 1 if missing else 0


def update() -> None:
    """Read every source string of `app/` into the catalogue; translations that are there stay."""
    sources = sorted((ROOT / "app").rglob("*.py"))
    with tempfile.TemporaryDirectory() as folder:
        # lupdate does not look into f-strings.
        unseen = Path(folder) / "unseen.py"
        unseen.write_text("\n".join(_inside_f_strings(sources)), encoding="utf-8")
        _run(
            "lupdate", *map(str, sources), str(unseen), "-ts", str(CATALOG), "-source-language", "en",
            "-target-language", "zh_CN", "-no-obsolete", "-locations", "none",
        )  # fmt: skip


def compile_catalog(target: Path) -> None:
    """Write the compiled catalogue to `target`."""
    _run("lrelease", "-silent", str(CATALOG), "-qm", str(target))


def unfinished() -> list[str]:
    """The source strings without a finished translation, with their context."""
    missing = []
    for context in ET.parse(CATALOG).getroot().iter("context"):  # noqa: S314 - our own file
        for message in context.iter("message"):
            translation = message.find("translation")
            if translation is None or translation.get("type") or not "".join(translation.itertext()).strip():
                missing.append(f"{context.findtext('name')}: {message.findtext('source')}")
    return missing


def _inside_f_strings(sources: list[Path]) -> list[str]:
    """The calls of `tr` inside f-strings, written as calls that lupdate understands."""
    found = []
    for path in sources:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for owner in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
            for text in (node for node in ast.walk(owner) if isinstance(node, ast.JoinedStr)):
                for call in (node for node in ast.walk(text) if isinstance(node, ast.Call)):
                    if isinstance(call.func, ast.Attribute) and call.func.attr == "tr":
                        arguments = ", ".join(ast.unparse(argument) for argument in call.args)
                        found.append(f'QCoreApplication.translate("{owner.name}", {arguments})')
    return found


def _run(tool: str, *arguments: str) -> None:
    # The tools of the wheel itself: its wrapper scripts are not installed everywhere.
    folder = Path(PySide6.__file__).parent
    program = folder / (f"{tool}.exe" if sys.platform == "win32" else tool)
    subprocess.run([str(program), *arguments], cwd=ROOT, check=True)


if __name__ == "__main__":
    sys.exit(main())
