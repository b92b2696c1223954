"""Builds what people get: `dev.py package`. Freezes an edition, then makes the packages of this system.

Only the order lives here, and which package belongs to which system. How each is made is in modules that are
imported when they are needed: `freeze`, `licences`, `linux`, `windows`, `macos`, `parts`, `prove`.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import release
from freeze import FreezeError, freeze
from layout import DIST, ROOT, Edition, artefact, frozen_folder

FROZEN = "frozen"

Maker = Callable[[Path, Edition], list[Path]]
"""Makes packages of a frozen folder; gives their paths."""


def main() -> int:
    """Carry out the command; 1 with a sentence when the app cannot be frozen or does not answer."""
    options = arguments(sys.argv[1:])
    edition: Edition = options.edition
    if options.windows:
        return _by_wine(edition, is_proved=options.prove, is_recorded=options.record)
    folder = frozen_folder(edition)
    if options.only in (None, FROZEN) or not folder.is_dir():
        try:
            folder = freeze(edition)
        except FreezeError as error:
            print(f"package: {error}", file=sys.stderr)
            return 1
        _write_licences(folder, edition)
    if options.smoke:
        status = subprocess.call([sys.executable, ROOT / "packaging" / "smoke.py", folder])
        if status != 0:
            return status
    made = []
    for name, make in makers(edition).items():
        if options.only in (None, name):
            made += make(folder, edition)
    for path in made:
        print(f"package: {path} ({path.stat().st_size / 1e6:.0f} MB)", flush=True)
    if made:
        print(f"package: {release.write_sums(DIST)}", flush=True)
    return _prove(options.record) if options.prove else 0


def arguments(words: list[str]) -> argparse.Namespace:
    """The command's options; leaves the program with a sentence where they make no sense."""
    parser = argparse.ArgumentParser(prog="dev.py package", description=__doc__)
    editions = "full (the usual one), light (without torch: models in one file), nvidia (torch with CUDA)"
    parser.add_argument("--edition", type=Edition, default=Edition.FULL, help=editions)
    parser.add_argument("--smoke", action="store_true", help="ask the frozen app before it is packed")
    packages = sorted({name for edition in Edition for name in makers(edition)})
    parser.add_argument(
        "--only",
        choices=[FROZEN, *packages],
        help="the frozen folder and no package, or this package of the frozen folder that is there",
    )
    parser.add_argument(
        "--windows",
        action="store_true",
        help="on Linux, by wine: the programs and packages of Windows, to try",
    )
    parser.add_argument("--prove", action="store_true", help="install and use the packages in a clean system")
    parser.add_argument("--record", action="store_true", help="with --prove: write docs/proof.md")
    options = parser.parse_args(words)
    if options.only not in (None, FROZEN, *makers(options.edition)):
        parser.error(f"the edition {options.edition.value} has no package {options.only} on this system")
    is_linux = sys.platform.startswith("linux")
    if options.windows and (
        not is_linux or options.edition is Edition.NVIDIA or options.only or options.smoke
    ):
        parser.error("--windows is for Linux, and makes everything of the edition full or light")
    if options.prove and not (is_linux and (options.windows or options.edition is Edition.FULL)):
        parser.error("--prove is for the full edition, on Linux")
    if options.record and not options.prove:
        parser.error("--record goes with --prove")
    return options


def makers(edition: Edition, system: str = sys.platform) -> Mapping[str, Maker]:
    """What the packages of an edition are called on a system, and who makes them."""
    if system == "win32":
        return {"exe": _windows}
    if system == "darwin":
        return {"app": _macos}
    return {"parts": _parts} if edition is Edition.NVIDIA else {"deb": _deb, "tar": _tar}


def _write_licences(folder: Path, edition: Edition) -> None:
    import licences

    licences.build(folder, edition)


def _deb(folder: Path, edition: Edition) -> list[Path]:
    import linux

    return linux.build(folder, edition, [linux.DEB])


def _tar(folder: Path, edition: Edition) -> list[Path]:
    import linux

    return linux.build(folder, edition, [linux.TAR])


def _parts(folder: Path, edition: Edition) -> list[Path]:
    import parts

    return parts.make(folder, edition)


def _windows(folder: Path, edition: Edition) -> list[Path]:
    import windows

    return windows.build(folder, edition)


def _macos(folder: Path, edition: Edition) -> list[Path]:
    import macos

    return macos.build(folder, edition)


def _by_wine(edition: Edition, *, is_proved: bool, is_recorded: bool) -> int:
    """Make what a real Windows would make, and prove it; 1 with a sentence where that fails."""
    import prove
    import windows_by_wine
    from prove_window import ProofError

    try:
        packages = windows_by_wine.make(edition)
    except (FreezeError, ProofError, ValueError) as error:
        print(f"package: {error}", file=sys.stderr)
        return 1
    for path in (packages.setup, packages.portable):
        print(f"package: {path} ({path.stat().st_size / 1e6:.0f} MB)", flush=True)
    return prove.prove_app_of_windows(packages, is_recorded) if is_proved else 0


def _prove(is_recorded: bool) -> int:
    """Prove the packages that lie in `dist`."""
    import prove

    deb, archive = (artefact(f"-linux-{platform.machine()}.{kind}") for kind in ("deb", "tar.xz"))
    return prove.prove(deb, archive, is_recorded)


if __name__ == "__main__":
    sys.exit(main())
