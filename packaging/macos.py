"""The macOS packages: signs the frozen `Teahouse.app`, has Apple notarise it, and packs it into a .dmg.

Runs on a Mac only, but every command is made by a function of its inputs and tested anywhere. Knows Apple's
command-line tools and what the environment says of certificates (names below; `docs/releasing.md` tells where
they come from). Without a certificate the app is signed ad hoc: it starts where it was built, and elsewhere
after a person allowed it. Knows nothing of how the app is frozen.

There are no entitlements, that is: no exception from the hardened runtime. Libraries are signed with the same
certificate as the app, so library validation holds. Nobody makes code while running: of the 325 Mach-O files
in the locked wheels for Apple silicon (torch, numpy, llama.cpp, Qt, the tokenizers) none refers to
`pthread_jit_write_protect_np`, without which that cannot be done there, and libffi, behind `ctypes`, maps
ready-made trampolines on that processor. The smoke test of the signed app would tell of a mistake in this.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import macho
from layout import APP_NAME, BUILD, CONSOLE_NAME, Edition, artefact, frozen_folder, version
from macos_plist import OLDEST_MACOS, write_names

IDENTITY = "TEAHOUSE_SIGN_IDENTITY"
"""Of a certificate in the keychain, "Developer ID Application: NAME (TEAM)"."""
NOTARY_KEY, NOTARY_KEY_ID, NOTARY_ISSUER = (
    "TEAHOUSE_NOTARY_KEY",
    "TEAHOUSE_NOTARY_KEY_ID",
    "TEAHOUSE_NOTARY_ISSUER",
)
"""A key of App Store Connect: its file (.p8), its id, and who issued it."""

_AD_HOC = "-"
_FILES_A_COMMAND = 40
_TRIES = 3
"""hdiutil is refused ("resource busy") while the system still looks at what was copied."""
_PAUSE_S = 10.0

Command = list[str]


class PackagingError(Exception):
    """Why no package was made; the text says it to whoever makes the release."""


@dataclass(frozen=True, slots=True)
class Notary:
    """How Apple's notary knows us."""

    key_file: Path
    key_id: str
    issuer: str

    def words(self) -> Command:
        """The arguments of `notarytool` that say it."""
        return ["--key", str(self.key_file), "--key-id", self.key_id, "--issuer", self.issuer]


@dataclass(frozen=True, slots=True)
class Signing:
    """With what is signed: a certificate, or nothing but a hash (ad hoc)."""

    identity: str = _AD_HOC
    notary: Notary | None = None

    @property
    def is_ad_hoc(self) -> bool:
        """Whether nobody vouches for the signature."""
        return self.identity == _AD_HOC


def signing_from(environment: Mapping[str, str]) -> Signing:
    """What the environment says; raises `PackagingError` where it says half of it."""
    names = (NOTARY_KEY, NOTARY_KEY_ID, NOTARY_ISSUER)
    said = [environment.get(name, "") for name in names]
    identity = environment.get(IDENTITY, "")
    if any(said) and not all((identity, *said)):
        lacking = [name for name in (IDENTITY, *names) if not environment.get(name)]
        raise PackagingError(f"to notarise, these are needed as well: {', '.join(lacking)}")
    notary = Notary(Path(said[0]), said[1], said[2]) if all(said) else None
    return Signing(identity or _AD_HOC, notary)


def check_libraries(found: Sequence[macho.MachO]) -> None:
    """Raise `PackagingError` where a library does not run on what the Info.plist promises."""
    for file in found:
        minimum = file.minimum()
        if minimum is None:
            raise PackagingError(f"{file.path} has no part for Apple silicon")
        if minimum > OLDEST_MACOS:
            raise PackagingError(f"{file.path} asks for macOS {minimum[0]}.{minimum[1]}; raise OLDEST_MACOS")


def sign_commands(app: Path, found: Sequence[macho.MachO], signing: Signing) -> list[Command]:
    """Sign everything in `app` from the inside out: a signature covers what lies below it.

    First libraries and programs, then the bundles around them, the deepest first, and `app` with its main
    program at last.
    """
    programs = [app / "Contents" / "MacOS" / name for name in (APP_NAME, CONSOLE_NAME)]
    libraries = [file.path for file in found if file.path not in programs]
    batches = [libraries[at : at + _FILES_A_COMMAND] for at in range(0, len(libraries), _FILES_A_COMMAND)]
    order = [*batches, *([bundle] for bundle in _bundles(app)), programs[1:], [app]]
    return [[*_codesign(signing), *map(str, paths)] for paths in order]


def _bundles(app: Path) -> list[Path]:
    """The bundles in `app`, deepest first."""
    found = []
    for place, folders, _ in os.walk(app, followlinks=False):
        found += [Path(place, name) for name in folders if name.endswith((".framework", ".app"))]
    return sorted(
        (path for path in found if not path.is_symlink()), key=lambda path: (-len(path.parts), path)
    )


def _codesign(signing: Signing) -> Command:
    """The hardened runtime cannot be had ad hoc: libraries without a team are refused by it."""
    if signing.is_ad_hoc:
        return ["codesign", "--force", "--sign", _AD_HOC, "--timestamp=none"]
    return ["codesign", "--force", "--sign", signing.identity, "--options", "runtime", "--timestamp"]


def verify_command(app: Path) -> Command:
    """Whether every signature in `app` is whole."""
    return ["codesign", "--verify", "--deep", "--strict", "--verbose=2", str(app)]


def archive_command(app: Path, archive: Path) -> Command:
    """The app as a zip, the form in which the notary takes it."""
    return ["ditto", "-c", "-k", "--sequesterRsrc", "--keepParent", str(app), str(archive)]


def submit_command(path: Path, notary: Notary) -> Command:
    """Hand `path` to the notary and wait for what it says, as JSON."""
    words = ["--wait", "--timeout", "60m", "--output-format", "json"]
    return ["xcrun", "notarytool", "submit", str(path), *notary.words(), *words]


def log_command(submission: str, notary: Notary) -> Command:
    """The notary's reasons."""
    return ["xcrun", "notarytool", "log", submission, *notary.words()]


def staple_commands(path: Path) -> list[Command]:
    """Fasten the notary's ticket to `path`, so that it is believed without internet too; and look at it."""
    return [["xcrun", "stapler", verb, str(path)] for verb in ("staple", "validate")]


def assess_command(path: Path) -> Command:
    """What Gatekeeper would say to a person who opens `path`."""
    kind = ["execute"] if path.suffix == ".app" else ["open", "--context", "context:primary-signature"]
    return ["spctl", "--assess", "--verbose=4", "--type", *kind, str(path)]


def image_command(staging: Path, image: Path) -> Command:
    """A compressed disk image of the folder `staging`."""
    name = ["-volname", f"{APP_NAME} {version()}", "-srcfolder", str(staging)]
    return ["hdiutil", "create", *name, "-fs", "HFS+", "-format", "ULMO", "-ov", str(image)]


def image_sign_command(image: Path, signing: Signing) -> Command:
    """The signature of the image itself; no program, so no runtime."""
    return ["codesign", "--force", "--sign", signing.identity, "--timestamp", str(image)]


def app_of(frozen: Path) -> Path:
    """The bundle that PyInstaller leaves beside the frozen folder; a bundle is itself."""
    return frozen if frozen.suffix == ".app" else frozen.parent / f"{APP_NAME}.app"


def build(folder_or_app: Path, edition: Edition = Edition.FULL) -> list[Path]:
    """Sign the app and make the .dmg out of it, as far as the environment has certificates; gives the files.

    Raises `PackagingError`; what a tool said stands in it.
    """
    if platform.system() != "Darwin":
        raise PackagingError("macOS packages are made on a Mac")
    signing = signing_from(os.environ)
    app = app_of(folder_or_app)
    sign(app, signing)
    if signing.notary is not None:
        archive = BUILD / "notary" / f"{APP_NAME}.zip"
        archive.parent.mkdir(parents=True, exist_ok=True)
        run(archive_command(app, archive))
        notarise(archive, app, signing.notary)
    image = artefact("-macos-arm64.dmg", edition)
    make_image(app, image)
    if not signing.is_ad_hoc:
        run(image_sign_command(image, signing))
    if signing.notary is not None:
        notarise(image, image, signing.notary)
    return [image]


def sign(app: Path, signing: Signing) -> None:
    """Give `app` its names, sign everything in it and see that it holds. Raises `PackagingError`."""
    write_names(app)
    found = macho.find(app)
    check_libraries(found)
    for command in sign_commands(app, found, signing):
        run(command)
    run(verify_command(app))


def notarise(submitted: Path, stapled: Path, notary: Notary) -> None:
    """Have `submitted` judged, fasten the ticket to `stapled`, ask Gatekeeper. Raises `PackagingError`."""
    answer = json.loads(run(submit_command(submitted, notary)))
    if answer.get("status") != "Accepted":
        reasons = run(log_command(answer["id"], notary)) if "id" in answer else ""
        raise PackagingError(f"the notary said {answer}\n{reasons}")
    for command in (*staple_commands(stapled), assess_command(stapled)):
        run(command)


def make_image(app: Path, image: Path) -> None:
    """A .dmg with the app and a link to the folder where it belongs, to be dragged onto."""
    staging = BUILD / "dmg"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    run(["ditto", str(app), str(staging / f"{APP_NAME}.app")])
    (staging / "Applications").symlink_to("/Applications")
    for tries_left in reversed(range(_TRIES)):
        try:
            run(image_command(staging, image))
            return
        except PackagingError:
            if not tries_left:
                raise
            time.sleep(_PAUSE_S)


def run(command: Command) -> str:
    """Run a tool and give its standard output; raises `PackagingError` with all it said when it fails."""
    print(f"package: {' '.join(command[:3])} ...", flush=True)
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise PackagingError(f"{' '.join(command)}\n{result.stdout}{result.stderr}")
    return result.stdout


def main() -> int:
    """Make the packages of an app that is frozen; 1 with the reason where that failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="the frozen folder or the .app")
    parser.add_argument("--edition", type=Edition, default=Edition.FULL, help="full, light or nvidia")
    options = parser.parse_args()
    try:
        made = build(options.folder or frozen_folder(options.edition), options.edition)
    except PackagingError as error:
        print(f"package: {error}", file=sys.stderr)
        return 1
    for path in made:
        print(f"package: {path} ({path.stat().st_size / 1e6:.0f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
