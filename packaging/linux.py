"""Makes the Linux packages out of a frozen folder: a .deb, and a .tar.xz that is only unpacked.

Both hold the same app without the libraries that are the system's (`linux_libraries.py`), with what a desktop
shows of it: menu entry, icon, kinds of files, description (`linux_files/`). The .deb has no scripts of its
own: what has to be brought up to date afterwards is done by the triggers of the packages that own it.
The same folder gives the same bytes: names sorted, owner root, one moment for every file. Needs `dpkg-deb`,
`objdump` and `xz`, no root.
"""

from __future__ import annotations

import argparse
import filecmp
import gzip
import hashlib
import os
import platform
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template

import icons
import linux_libraries
from layout import (
    APP_NAME,
    BUILD,
    BUNDLE_ID,
    CONSOLE_NAME,
    PACKAGE_NAME,
    ROOT,
    Edition,
    artefact,
    frozen_folder,
    version,
)

DEB, TAR = "deb", "tar"
FILES = ROOT / "packaging" / "linux_files"
MAINTAINER_NAME = "Teahouse maintainers"
MAINTAINER = f"{MAINTAINER_NAME} <maintainers@teahouse.invalid>"
"""Nobody reads mail there: the project has no address yet (docs/releasing.md)."""
PLACE = Path("usr/lib") / PACKAGE_NAME
"""Not /opt: it is one package with fixed places, which dpkg knows, and Debian's rules then hold for it."""
MENU_SCRIPT = "add-to-menu.sh"
OTHER_NEEDS = ("xkb-data",)
"""Data that a library reads which the package carries itself."""
RECOMMENDS = "fonts-noto-cjk"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
XZ_LEVEL = 6
"""Level 9 takes a third longer for 0.4 % of torch's library, level 4 makes it 2.4 % larger."""
DESCRIPTION = """\
private chat with language models on your own computer
 Teahouse runs the open models of the GLM family (ChatGLM-6B to GLM-4, GLM-Z1
 and GLM-Edge) on this computer: without an account, without the internet, and
 every word stays here. Its window speaks Chinese and English.
 .
 A small English model is built in, so that the first answer needs nothing
 else."""
DESCRIPTION_OF = {
    Edition.FULL: "",
    Edition.LIGHT: """
 .
 This edition opens models in one file (GGUF) only.""",
    Edition.NVIDIA: """
 .
 This edition can use graphics cards by NVIDIA.""",
}
_PRE_RELEASE = re.compile(r"(?<=\d)\.?(a|b|rc|dev)(?=\d)")


@dataclass(frozen=True, slots=True)
class Job:
    """What is packed, and what is the same in all of it."""

    folder: Path
    edition: Edition
    plan: linux_libraries.Plan
    moment: int
    """Seconds since 1970; the time of every file."""

    @property
    def package(self) -> str:
        """The name of the Debian package."""
        return package_name(self.edition)


def build(folder: Path, edition: Edition = Edition.FULL, kinds: Collection[str] = (DEB, TAR)) -> list[Path]:
    """Make the packages `kinds` of the frozen `folder`; gives their paths, in `dist`.

    Raises `LibraryError` where the folder asks the system for something no list knows, `CalledProcessError`
    where a program fails, and `OSError`.
    """
    machine = platform.machine()
    job = Job(folder.resolve(), edition, linux_libraries.plan(folder.resolve()), moment())
    made = []
    if DEB in kinds:
        made.append(make_deb(job, artefact(f"-linux-{machine}.deb", edition), ARCHITECTURES[machine]))
    if TAR in kinds:
        made.append(make_archive(job, artefact(f"-linux-{machine}.tar.xz", edition)))
    return made


def package_name(edition: Edition) -> str:
    """`teahouse`, or `teahouse-light`."""
    return PACKAGE_NAME if edition is Edition.FULL else f"{PACKAGE_NAME}-{edition.value}"


def debian_version(text: str) -> str:
    """A version as Debian sorts it: 0.2.0rc1 comes before 0.2.0, so it is 0.2.0~rc1."""
    return _PRE_RELEASE.sub(r"~\1", text)


def moment() -> int:
    """The time that every file gets: SOURCE_DATE_EPOCH, else that of the last commit, in seconds."""
    if told := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(told)
    asked = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return int(asked.stdout)


def make_deb(job: Job, target: Path, architecture: str) -> Path:
    """Write the Debian package to `target`."""
    stage = _empty(BUILD / "linux" / "deb")
    lay_app(job, stage / PLACE)
    lay_share(job, stage / "usr/share")
    _lay_documents(job, stage / "usr/share")
    programs = stage / "usr/bin"
    programs.mkdir(parents=True)
    for link, program in ((PACKAGE_NAME, APP_NAME), (CONSOLE_NAME, CONSOLE_NAME)):
        (programs / link).symlink_to(Path("../lib") / PACKAGE_NAME / program)
    control = stage / "DEBIAN"
    sums = "".join(_checksums(stage))
    size = _installed_kib(stage)
    control.mkdir()
    (control / "control").write_text(_control(job, architecture, size), encoding="utf-8")
    (control / "md5sums").write_text(sums, encoding="utf-8")
    _settle(stage, job.moment)
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zxz", f"-z{XZ_LEVEL}", "--build", stage, target],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(job.moment), "DPKG_DEB_THREADS_MAX": str(_threads())},
    )
    shutil.rmtree(stage)
    return target


def make_archive(job: Job, target: Path) -> Path:
    """Write the folder that is only unpacked to `target`, with a script that adds it to a person's menu."""
    stage = _empty(BUILD / "linux" / "tar")
    top = stage / APP_NAME
    lay_app(job, top)
    lay_share(job, top / "share")
    shutil.copy(FILES / MENU_SCRIPT, top / MENU_SCRIPT)
    (top / MENU_SCRIPT).chmod(0o755)
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        target.open("wb") as file,
        subprocess.Popen(
            ["xz", "--compress", "--stdout", f"-{XZ_LEVEL}", f"--threads={_threads()}"],
            stdin=subprocess.PIPE,
            stdout=file,
        ) as packer,
    ):
        assert packer.stdin is not None
        with (
            packer.stdin as pipe,
            tarfile.open(fileobj=pipe, mode="w|", format=tarfile.GNU_FORMAT) as archive,
        ):
            for path in [top, *_below(top)]:
                entry = archive.gettarinfo(path, str(path.relative_to(stage)))
                entry.uid = entry.gid = 0
                entry.uname = entry.gname = "root"
                entry.mtime = job.moment
                if entry.isreg():
                    with path.open("rb") as content:
                        archive.addfile(entry, content)
                else:
                    archive.addfile(entry)
    if packer.returncode != 0:
        raise subprocess.CalledProcessError(packer.returncode, "xz")
    shutil.rmtree(stage)
    return target


def lay_app(job: Job, target: Path) -> None:
    """Copy the frozen folder without what the plan leaves out; everybody may read it and run its programs.

    Its two programs hold the same bytes on Linux; where that is so they become one file with two names.
    """

    def unwanted(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if Path(folder, name) in job.plan.left_out]

    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(job.folder, target, symlinks=True, ignore=unwanted)
    for path in [target, *_below(target)]:
        if path.is_symlink():
            if not path.exists():  # to what was left out
                path.unlink()
        else:
            is_program = path.stat().st_mode & 0o100 and ".so" not in path.name
            path.chmod(0o755 if path.is_dir() or is_program else 0o644)
    console = target / CONSOLE_NAME
    if filecmp.cmp(target / APP_NAME, console, shallow=False):
        console.unlink()
        console.hardlink_to(target / APP_NAME)


def lay_share(job: Job, share: Path) -> None:
    """What a desktop shows of the app, below a folder that is laid out as /usr/share."""
    drawn = icons.make()
    for side in icons.PNG_SIDES:
        _copy(drawn.png(side), share / f"icons/hicolor/{side}x{side}/apps/{PACKAGE_NAME}.png")
    _copy(drawn.svg, share / f"icons/hicolor/scalable/apps/{PACKAGE_NAME}.svg")
    _copy(FILES / "teahouse.desktop", share / f"applications/{PACKAGE_NAME}.desktop")
    _copy(FILES / "teahouse.xml", share / f"mime/packages/{PACKAGE_NAME}.xml")
    _fill("metainfo.xml", share / f"metainfo/{BUNDLE_ID}.metainfo.xml", job)


def _lay_documents(job: Job, share: Path) -> None:
    """What Debian's rules ask of every package."""
    documents = share / "doc" / job.package
    _fill("copyright", documents / "copyright", job)
    _fill("lintian-overrides", share / "lintian/overrides" / job.package, job)
    date = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(job.moment))
    entry = (
        f"{job.package} ({debian_version(version())}) stable; urgency=medium\n\n  * Version {version()}.\n\n"
    )
    changes = f"{entry} -- {MAINTAINER}  {date}\n"
    (documents / "changelog.gz").write_bytes(gzip.compress(changes.encode(), mtime=0))


def _control(job: Job, architecture: str, size_kib: int) -> str:
    others = [package_name(edition) for edition in Edition if edition is not job.edition]
    fields = {
        "Package": job.package,
        "Version": debian_version(version()),
        "Architecture": architecture,
        "Maintainer": MAINTAINER,
        "Installed-Size": str(size_kib),
        "Depends": ", ".join(sorted({*job.plan.packages, *OTHER_NEEDS})),
        "Recommends": RECOMMENDS,
        "Conflicts": ", ".join(others),  # the editions lie in the same place
        "Replaces": ", ".join(others),
        "Section": "utils",
        "Priority": "optional",
        "Description": DESCRIPTION + DESCRIPTION_OF[job.edition],
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def _fill(name: str, target: Path, job: Job) -> None:
    """Write a file of `linux_files` with its names filled in."""
    text = Template((FILES / name).read_text(encoding="utf-8")).substitute(
        bundle_id=BUNDLE_ID,
        package=job.package if name == "lintian-overrides" else PACKAGE_NAME,
        internal=f"/{PLACE}/{linux_libraries.INTERNAL}",
        maintainer_name=MAINTAINER_NAME,
        version=version(),
        date=time.strftime("%Y-%m-%d", time.gmtime(job.moment)),
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _below(folder: Path) -> list[Path]:
    """Everything below `folder`, sorted; a folder comes before what is in it."""
    return sorted(folder.rglob("*"))


def _checksums(stage: Path) -> Iterator[str]:
    for path in _below(stage):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
            yield f"{digest.hexdigest()}  {path.relative_to(stage)}\n"


def _installed_kib(stage: Path) -> int:
    """As Debian's rules count: files rounded up to KiB, and one for everything else."""
    found = {(one.st_dev, one.st_ino): one for one in map(Path.lstat, _below(stage))}
    return sum(-(-one.st_size // 1024) if stat.S_ISREG(one.st_mode) else 1 for one in found.values())


def _settle(stage: Path, seconds: int) -> None:
    """One time for everything, and marks that do not depend on who builds."""
    for path in [stage, *_below(stage)]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        os.utime(path, (seconds, seconds), follow_symlinks=False)


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _threads() -> int:
    # With one thread xz writes other bytes than with several; with several their number does not matter.
    return max(2, os.cpu_count() or 2)


def main() -> int:
    """Pack an edition that is frozen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edition", type=Edition, default=Edition.FULL, help="full, light or nvidia")
    edition = parser.parse_args().edition
    for path in build(frozen_folder(edition), edition):
        print(f"linux: {path} ({path.stat().st_size / 1e6:.0f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
