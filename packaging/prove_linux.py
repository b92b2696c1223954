"""Proves the Linux packages in a clean Debian: no Python, no network interface, a person who is not root.

A minimal Debian 12 is made in a temporary folder. The .deb is installed there over an older version with
conversations in it, used on the console and through the real window, verified, removed and purged; then the
.tar.xz is unpacked and used. Mounts and networks are made in namespaces that end with each command, so
nothing is left behind. Needs root, `debootstrap` and a mirror, besides what `prove_window` needs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import prove_window
from layout import APP_NAME, BUILD, CONSOLE_NAME, PACKAGE_NAME
from linux import PLACE
from linux_libraries import FROM_DRIVERS, INTERNAL
from prove_window import EXPECTED, SHORT_QUESTION, ProofError

SUITE = "bookworm"
"""Debian 12: one of the two oldest systems that the packages are for."""
OLDER_VERSION = "0.0.1"
PERSON, HOME = "person", "home/person"
DATA = f"{HOME}/.local/share/{APP_NAME}"
TOOLS = ("debootstrap", "dpkg-deb", "unshare", "chroot", "mount", "ip")
DESKTOP_PACKAGES = ("shared-mime-info", "desktop-file-utils", "hicolor-icon-theme")
"""Of every desktop; their triggers tell it what is new."""
X_SOCKETS = "/tmp/.X11-unix"  # noqa: S108 - where X keeps them

# $1 is the clean root; the rest is the command inside it. Everything that is mounted ends with the command.
_ENTER = f"""
set -e
root=$1; shift
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
if [ -d {X_SOCKETS} ]; then
    mkdir -p "$root{X_SOCKETS}"
    mount --bind {X_SOCKETS} "$root{X_SOCKETS}"
fi
exec "$@"
"""
_LOOPBACK = "ip link set lo up\n"  # as on every computer, with or without a network


@dataclass(frozen=True, slots=True)
class CleanRoot:
    """A small Debian in a folder, and commands inside it."""

    path: Path

    def as_root(self, *words: str) -> str:
        """Run a command as root with the network, for installing; gives its output, raises `ProofError`."""
        environment = {**self._environment(), "DEBIAN_FRONTEND": "noninteractive", "HOME": "/root"}
        return _run([*self._entered(), "chroot", str(self.path), *words], environment)

    def as_person(self, *words: str) -> str:
        """Run a command as the person, without any network; the same otherwise."""
        return _run(self.persons_command(*words), self.persons_environment())

    def persons_command(self, *words: str) -> list[str]:
        """The command as it is started from outside; it keeps its process number."""
        user = ("chroot", f"--userspec={PERSON}:{PERSON}", str(self.path))
        return [*self._entered(_LOOPBACK, "--net"), *user, *words]

    def persons_environment(self) -> dict[str, str]:
        """What a person's session would say, without a desktop."""
        return {**self._environment(), "HOME": f"/{HOME}", "USER": PERSON}

    def _entered(self, first: str = "", *namespaces: str) -> list[str]:
        return ["unshare", "--mount", *namespaces, "sh", "-c", first + _ENTER, "sh", str(self.path)]

    def _environment(self) -> dict[str, str]:
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}


def prove(deb: Path, archive: Path | None = None, pictures: Path = BUILD / "proof") -> Iterator[str]:
    """Do all of it; yields what was seen, line by line, and puts pictures of the screen into `pictures`.

    Raises `ProofError` where the package does not do what it should, or where something is missing here.
    """
    ensure_possible()
    with tempfile.TemporaryDirectory(prefix=f"{PACKAGE_NAME}-clean-") as place:
        root = CleanRoot(Path(place) / "root")
        yield from make_root(root)
        older = reversioned(deb, OLDER_VERSION, Path(place) / "older")
        yield from prove_install(root, older)
        older.unlink()
        yield from prove_use(root, pictures / "installed")
        yield from prove_upgrade(root, deb, pictures / "upgraded")
        if archive is not None:
            yield from prove_archive(root, archive)
        yield from prove_removal(root, _package_of(deb))


def ensure_possible() -> None:
    """Raise `ProofError` where this cannot run, and say why."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        raise ProofError("the clean Debian is made by root on Linux; run this as root")
    missing = [name for name in TOOLS if shutil.which(name) is None] + prove_window.lacking_tools()
    if missing:
        raise ProofError(f"these programs are not installed: {', '.join(missing)}")


def make_root(root: CleanRoot) -> Iterator[str]:
    """Make the clean Debian with a person in it, and what every desktop has for menus and kinds of files."""
    _run(["debootstrap", "--variant=minbase", SUITE, str(root.path)], dict(os.environ))
    root.as_root("useradd", "--create-home", "--shell", "/bin/sh", PERSON)
    root.as_root("apt-get", "update")
    root.as_root("apt-get", "install", "-y", "--no-install-recommends", *DESKTOP_PACKAGES)
    if found := sorted(path.name for path in (root.path / "usr/bin").glob("python*")):
        raise ProofError(f"the clean root has {', '.join(found)}")
    interfaces = root.as_person("cat", "/proc/net/dev").splitlines()[2:]
    up = [line.split(":")[0].strip() for line in interfaces if line.split(":")[0].strip() != "lo"]
    if up:
        raise ProofError(f"the person's programs see the network interfaces {', '.join(up)}")
    release = (root.path / "etc/debian_version").read_text(encoding="ascii").strip()
    yield f"a clean Debian {release}: no Python, and for the person no network interface"


def reversioned(deb: Path, version: str, place: Path) -> Path:
    """The same package under another version, not compressed."""
    _run(["dpkg-deb", "-R", str(deb), str(place)], dict(os.environ))
    control = place / "DEBIAN/control"
    text = re.sub(r"^Version: .*$", f"Version: {version}", control.read_text("utf-8"), flags=re.MULTILINE)
    control.write_text(text, encoding="utf-8")
    made = place.with_suffix(".deb")
    _run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", str(place), str(made)], dict(os.environ))
    shutil.rmtree(place)
    return made


def prove_install(root: CleanRoot, deb: Path) -> Iterator[str]:
    """Install with what the package asks for, and see that the system knows it and every library is there."""
    took = _install(root, deb)
    lacking = sorted(set(_missing_libraries(root)))
    if lacking:
        raise ProofError(f"these libraries are not there: {', '.join(lacking)}")
    yield f"apt installed {deb.name} and what it asks for in {took:.0f} s; every library finds all it needs"
    for name, wanted in _TOLD_TO_THE_DESKTOP:
        if wanted not in (root.path / name).read_text(encoding="utf-8"):
            raise ProofError(f"/{name} does not name {wanted}")
    yield "the desktop knows the menu entry, and the files of models by name and beginning"


def prove_use(root: CleanRoot, pictures: Path) -> Iterator[str]:
    """Ask on the console, then through the real window as at a first start, with a second answer stopped."""
    yield from _ask(root, f"/usr/bin/{CONSOLE_NAME}")
    chat = prove_window.first_chat(
        root.persons_command(f"/usr/bin/{PACKAGE_NAME}"),
        root.persons_environment(),
        root.path / DATA,
        pictures,
    )
    for line in chat:
        yield f"window: {line}"


def prove_upgrade(root: CleanRoot, deb: Path, pictures: Path) -> Iterator[str]:
    """Install the package over the older one; what was written is there and the window goes on with it."""
    took = _install(root, deb)
    version = root.as_root("dpkg-query", "-W", "-f", "${Version}", _package_of(deb))
    if version == OLDER_VERSION:
        raise ProofError("the older version is still there")
    yield f"upgraded from {OLDER_VERSION} to {version} in {took:.0f} s"
    if changed := root.as_root("dpkg", "--verify", _package_of(deb)).strip():
        raise ProofError(f"installed files differ from the package: {changed}")
    chinese = {**root.persons_environment(), "LANG": "zh_CN.UTF-8"}
    command = root.persons_command(f"/usr/bin/{PACKAGE_NAME}")
    for line in prove_window.later_chat(command, chinese, root.path / DATA, pictures):
        yield f"window, in Chinese: {line}"


def prove_archive(root: CleanRoot, archive: Path) -> Iterator[str]:
    """Unpack the .tar.xz in a folder with a Chinese name, as a person would, and ask there."""
    folder = root.path / HOME / "下载 的程序"
    folder.mkdir()
    _run(["tar", "--extract", "--no-same-owner", "-f", str(archive), "-C", str(folder)], dict(os.environ))
    inside = f"/{folder.relative_to(root.path)}/{APP_NAME}"
    yield from _ask(root, f"{inside}/{CONSOLE_NAME}")
    root.as_person(
        "sh",
        "-c",
        'cd "$HOME" && mkdir -p menu && XDG_DATA_HOME="$HOME/menu" "$0"',
        f"{inside}/add-to-menu.sh",
    )
    entry = (root.path / HOME / f"menu/applications/{PACKAGE_NAME}.desktop").read_text(encoding="utf-8")
    if f'Exec="{inside}/{APP_NAME}" %F' not in entry:
        raise ProofError(f"the menu entry does not start the unpacked program:\n{entry}")
    shutil.rmtree(folder)
    yield f"the unpacked {archive.name} answers too, and adds itself to the person's menu"


def prove_removal(root: CleanRoot, package: str) -> Iterator[str]:
    """Remove and purge: the program is gone from the disk and the desktop, conversations are as they were."""
    before = _digests(root.path / HOME)
    for verb, command in (("remove", ("apt-get", "remove", "-y")), ("purge", ("dpkg", "--purge"))):
        root.as_root(*command, package)
        left = [
            path
            for path in (root.path / PLACE, root.path / "usr/bin" / PACKAGE_NAME)
            if os.path.lexists(path)
        ]
        if left:
            raise ProofError(f"{verb} left {', '.join(map(str, left))}")
        for name, text in _TOLD_TO_THE_DESKTOP:
            path = root.path / name
            if path.exists() and text in path.read_text(encoding="utf-8"):
                raise ProofError(f"after {verb} /{name} still names {text}")
        if _digests(root.path / HOME) != before:
            raise ProofError(f"{verb} changed something in the home folder")
    yield f"removed and purged: the program is gone, the {len(before)} files of the person are as before"


_TOLD_TO_THE_DESKTOP = (
    ("usr/share/mime/globs2", "application/x-teahouse-model:*.teahousemodel"),
    ("usr/share/mime/globs2", "application/x-gguf:*.gguf"),
    ("usr/share/applications/mimeinfo.cache", f"application/x-gguf={PACKAGE_NAME}.desktop"),
)


def _install(root: CleanRoot, deb: Path) -> float:
    """Install a package from outside by apt, as a person's click does; gives the seconds."""
    inside = root.path / "opt" / deb.name
    shutil.copyfile(deb, inside)
    began = time.monotonic()
    root.as_root("apt-get", "install", "-y", f"/opt/{deb.name}")
    inside.unlink()
    return time.monotonic() - began


def _ask(root: CleanRoot, program: str) -> Iterator[str]:
    """One question on the console, kept in a folder of its own; sees the answer and its end."""
    words = ("ask", "--json", "--temperature", "0", "--data-dir", f"/{HOME}/asked")
    output = root.as_person(program, *words, SHORT_QUESTION)
    events = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    text = "".join(event["text"] for event in events if event.get("event") == "text").strip()
    if EXPECTED not in text or sum(event.get("event") == "finished" for event in events) != 1:
        raise ProofError(f"no answer on the console:\n{output}")
    yield f"console: {text!r}"


def _missing_libraries(root: CleanRoot) -> Iterator[str]:
    """What the loader of the clean root does not find for the installed programs and libraries."""
    app = root.path / PLACE
    binaries = [path for path in app.rglob("*") if path.is_file() and not path.is_symlink()]
    names = [
        f"/{path.relative_to(root.path)}" for path in binaries if path.name == APP_NAME or ".so" in path.name
    ]
    listed = root.as_root(
        "sh", "-c", f'export LD_LIBRARY_PATH=/{PLACE}/{INTERNAL}; ldd "$@" || :', "sh", *names
    )
    for line in listed.splitlines():
        if "not found" in line and line.split()[0] not in FROM_DRIVERS:
            yield line.strip()


def _package_of(deb: Path) -> str:
    return _run(["dpkg-deb", "-f", str(deb), "Package"], dict(os.environ)).strip()


def _digests(folder: Path) -> dict[Path, str]:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _run(command: Sequence[str], environment: dict[str, str]) -> str:
    result = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode != 0:
        shown = " ".join(command[:12])
        raise ProofError(f"{shown} ended with {result.returncode}:\n{result.stdout}{result.stderr}")
    return result.stdout


def main() -> int:
    """Prove the packages that are named; 1 with a sentence where one fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("deb", type=Path)
    parser.add_argument("archive", type=Path, nargs="?", help="the .tar.xz")
    parser.add_argument("--pictures", type=Path, default=BUILD / "proof")
    options = parser.parse_args()
    try:
        for line in prove(options.deb, options.archive, options.pictures):
            print(f"prove: {line}", flush=True)
    except ProofError as error:
        print(f"prove: FAILED: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
