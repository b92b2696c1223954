"""Freezes the app into `dist/Teahouse` and, with `--smoke`, asks the frozen app one question.

Run by `dev.py package`. What goes into the folder is in `teahouse.spec`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"


def main() -> int:
    """Freeze; gives PyInstaller's exit status, then that of the smoke test."""
    parser = argparse.ArgumentParser(prog="dev.py package", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="start the frozen app and ask it one question")
    options = parser.parse_args()
    began = time.monotonic()
    print("package: freezing the app (some minutes)", flush=True)
    status = freeze()
    if status != 0:
        return status
    folder = DIST / "Teahouse"
    megabytes = sum(path.lstat().st_size for path in folder.rglob("*")) / 1e6
    print(f"package: {folder} ({megabytes:.0f} MB, {time.monotonic() - began:.0f} s)", flush=True)
    if not options.smoke:
        return 0
    return subprocess.call([sys.executable, ROOT / "packaging" / "smoke.py", folder])


def freeze() -> int:
    """Run PyInstaller; what it wrote is shown when it fails."""
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN"]
    command += ["--distpath", str(DIST), "--workpath", str(ROOT / "build")]
    result = subprocess.run(
        [*command, str(ROOT / "packaging" / "teahouse.spec")],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode != 0:
        print(result.stdout, file=sys.stderr)
    return result.returncode


if __name__ == "__main__":
    sys.exit(main())
