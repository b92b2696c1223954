"""Freezes one edition of the app into its folder below `dist/` by PyInstaller.

Called by `build.py`, or run by hand. What goes into the folder is in `teahouse.spec` and `contents.py`. Knows
no package and no system's installer.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import contents
from layout import BUILD, DIST, ROOT, Edition, frozen_folder

sys.path.insert(0, str(ROOT))
from app.locations import default_paths
from app.model import starter

_CUDA = re.compile(r"^cuda\b.*= *['\"]([0-9.]+)", re.MULTILINE)


class FreezeError(Exception):
    """Why there is no frozen app; the text says it."""


def main() -> int:
    """Freeze the edition that is named; 1 with a sentence when that fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edition", type=Edition, choices=[*Edition], default=Edition.FULL)
    try:
        freeze(parser.parse_args().edition)
    except FreezeError as error:
        print(f"package: {error}", file=sys.stderr)
        return 1
    return 0


def freeze(edition: Edition = Edition.FULL) -> Path:
    """The folder of the frozen app, made anew; raises `FreezeError` with what PyInstaller wrote."""
    began = time.monotonic()
    ensure_right_torch(edition, torch_cuda())
    model = starter_model()
    print(f"package: freezing the edition {edition.value!r} (some minutes)", flush=True)
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN"]
    command += ["--distpath", str(DIST), "--workpath", str(BUILD / f"frozen-{edition.value}")]
    command += [str(ROOT / "packaging" / "teahouse.spec")]
    result = subprocess.run(
        [*command, "--", "--edition", edition.value, "--starter", str(model)],
        cwd=ROOT,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode != 0:
        raise FreezeError(f"PyInstaller ended with {result.returncode}:\n{result.stdout}")
    folder = frozen_folder(edition)
    if sys.platform.startswith("linux"):
        strip(folder)
    megabytes = size_of(folder) / 1e6
    print(f"package: {folder} ({megabytes:.0f} MB, {time.monotonic() - began:.0f} s)", flush=True)
    return folder


def starter_model() -> Path:
    """The model that goes along; raises `FreezeError` where it is not there."""
    model = default_paths().models_dir / starter.FILE_NAME
    if not starter.verify(model):
        raise FreezeError(f"the starter model is not in {model.parent}; `dev.py setup` fetches it")
    return model


def torch_cuda() -> str:
    """The CUDA that the installed torch was built with, "" for a build without; it is not imported."""
    spec = find_spec("torch")
    found = None
    if spec is not None and spec.submodule_search_locations is not None:
        version = Path(spec.submodule_search_locations[0], "version.py").read_text(encoding="utf-8")
        found = _CUDA.search(version)
    return found[1] if found is not None else ""


def ensure_right_torch(edition: Edition, cuda: str) -> None:
    """Raise `FreezeError` where the full edition would get gigabytes of CUDA, or that for NVIDIA none."""
    if edition is Edition.FULL and cuda:
        raise FreezeError(f"torch is built for CUDA {cuda}, and this edition is for processors")
    if edition is Edition.NVIDIA and not cuda:
        raise FreezeError("torch is built for processors: install its build for CUDA first")
    if edition is Edition.NVIDIA and find_spec("bitsandbytes") is None:
        raise FreezeError("bitsandbytes is not installed: pip install .[nvidia]")


def strip(folder: Path) -> None:
    """Take the symbols for debugging out of the libraries that hold many; raises `FreezeError`."""
    for pattern in contents.STRIPPED:
        for library in (folder / "_internal").glob(pattern):
            if subprocess.run(["strip", library], check=False).returncode != 0:
                raise FreezeError(f"strip failed on {library}")


def size_of(folder: Path) -> int:
    """Bytes of all files below `folder`; a link counts as a link."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_symlink() or path.is_file())


if __name__ == "__main__":
    sys.exit(main())
