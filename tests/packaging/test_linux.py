"""The Linux packages of a small invented frozen folder: what they hold and ask for, the same bytes twice."""

import os
import shutil
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ET

import linux
import linux_libraries
import pytest
from elf_files import library
from layout import BUNDLE_ID, ROOT, Edition, version

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux")
    or any(shutil.which(name) is None for name in ("dpkg-deb", "objdump", "xz")),
    reason="Debian's packaging tools and binutils are not here",
)
MOMENT = 1_700_000_000
MIME = "{http://www.freedesktop.org/standards/shared-mime-info}"


def frozen(root):
    """A folder as PyInstaller makes it: two equal programs, wheels, the machine's libraries, links."""
    internal = root / "_internal"
    qt = internal / "PySide6/Qt/lib"
    qt.mkdir(parents=True)
    (internal / "resources").mkdir()
    programs = {"Teahouse": library(needs=["libc.so.6", "libdl.so.2"])}
    programs["teahouse-cli"] = programs["Teahouse"]
    for name, content in programs.items():
        (root / name).write_bytes(content)
        (root / name).chmod(0o700)
    libraries = {
        "libpython3.11.so.1.0": library("libpython3.11.so.1.0", ["libm.so.6"]),
        "libstdc++.so.6": library("libstdc++.so.6", ["libc.so.6"]),
        "libbz2.so.1.0": library("libbz2.so.1.0", ["libc.so.6"]),
        "libbrotlidec.so.1": library("libbrotlidec.so.1", ["libbrotlicommon.so.1"]),
        "libbrotlicommon.so.1": library("libbrotlicommon.so.1"),
        "libatk-1.0.so.0": library("libatk-1.0.so.0", ["libglib-2.0.so.0", "libatkhelper.so.1"]),
        "libatkhelper.so.1": library("libatkhelper.so.1"),
        "bz2.cpython-311-x86_64-linux-gnu.so": library(needs=["libbz2.so.1.0"]),
        "PySide6/QtCore.abi3.so": library(needs=["libQt6Core.so.6", "libstdc++.so.6", "libEGL.so.1"]),
        "PySide6/Qt/lib/libQt6Core.so.6": library("libQt6Core.so.6", ["libbrotlidec.so.1", "libz.so.1"]),
        "PySide6/Qt/lib/libQt6Unused.so.6": library("libQt6Unused.so.6", ["libQt6Nowhere.so.6"]),
    }
    for name, content in libraries.items():
        (internal / name).write_bytes(content)
        (internal / name).chmod(0o755)
    for name in ("libQt6Core.so.6", "libQt6Unused.so.6"):
        (internal / name).symlink_to(f"PySide6/Qt/lib/{name}")
    (internal / "resources/中文.txt").write_text("茶", encoding="utf-8")
    (internal / "resources/中文.txt").chmod(0o600)
    return root


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return frozen(tmp_path_factory.mktemp("frozen") / "Teahouse")


@pytest.fixture(scope="module")
def made(folder, tmp_path_factory):
    """The .deb and the .tar.xz."""
    place = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linux, "BUILD", place / "build")
        patch.setattr(linux, "artefact", lambda suffix, _edition: place / f"teahouse{suffix}")
        patch.setenv("SOURCE_DATE_EPOCH", str(MOMENT))
        return linux.build(folder)


@pytest.fixture(scope="module")
def unpacked(made, tmp_path_factory):
    place = tmp_path_factory.mktemp("unpacked")
    subprocess.run(["dpkg-deb", "-R", made[0], place], check=True)
    return place


def fields(deb):
    shown = subprocess.run(["dpkg-deb", "-f", deb], check=True, capture_output=True, text=True).stdout
    return dict(line.split(": ", 1) for line in shown.splitlines() if not line.startswith(" "))


def test_what_belongs_to_the_system_or_is_not_asked_for_is_left_out(folder):
    plan = linux_libraries.plan(folder)
    assert {path.name for path in plan.left_out} == {
        "libstdc++.so.6",
        "libatk-1.0.so.0",
        "libatkhelper.so.1",
        "libQt6Unused.so.6",
    }
    assert plan.packages == ("libc6 (>= 0.0)", "libegl1", "libstdc++6 (>= 12)", "zlib1g")


def test_the_newest_symbols_of_the_c_library_are_found(tmp_path):
    """A library of this machine uses some; what we make up has none."""
    import psutil._psutil_linux as real

    shutil.copy(real.__file__, tmp_path / "real.so")
    (one,) = linux_libraries.read_binaries(tmp_path)
    assert "libc.so.6" in one.needs
    assert (2, 2) <= one.glibc <= (2, 40)


def test_a_library_that_nobody_knows_stops_the_build(tmp_path):
    folder = frozen(tmp_path / "Teahouse")
    (folder / "_internal/plugin.so").write_bytes(library(needs=["libsurprise.so.3"]))
    with pytest.raises(linux_libraries.LibraryError, match=r"libsurprise\.so\.3"):
        linux_libraries.plan(folder)


def test_the_fields_of_the_package(made):
    found = fields(made[0])
    assert found["Package"] == "teahouse"
    assert found["Version"] == linux.debian_version(version())
    assert found["Recommends"] == "fonts-noto-cjk"
    assert found["Depends"] == "libc6 (>= 0.0), libegl1, libstdc++6 (>= 12), xkb-data, zlib1g"
    assert found["Conflicts"] == "teahouse-light, teahouse-nvidia"
    assert found["Maintainer"] == linux.MAINTAINER
    assert "GGUF" not in found["Description"]
    assert 50 < int(found["Installed-Size"]) < 500


def test_every_edition_keeps_the_others_away():
    names = {edition: linux.package_name(edition) for edition in Edition}
    assert sorted(names.values()) == ["teahouse", "teahouse-light", "teahouse-nvidia"]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("0.1.0", "0.1.0"), ("0.2.0rc1", "0.2.0~rc1"), ("1.0a2", "1.0~a2"), ("1.0.dev3", "1.0~dev3")],
)
def test_what_comes_before_a_release_sorts_before_it(ours, theirs):
    assert linux.debian_version(ours) == theirs
    if ours != theirs:
        final = ours.partition("rc")[0].partition("a")[0].partition(".dev")[0]
        assert (
            subprocess.run(["dpkg", "--compare-versions", theirs, "lt", final], check=False).returncode == 0
        )


def test_the_files_their_marks_and_their_owner(made, unpacked):
    listed = subprocess.run(["dpkg-deb", "-c", made[0]], check=True, capture_output=True, text=True).stdout
    assert all(line.split()[1] == "root/root" for line in listed.splitlines())
    app = unpacked / "usr/lib/teahouse"
    assert {path.name for path in app.iterdir()} == {"Teahouse", "teahouse-cli", "_internal"}
    assert (app / "Teahouse").samefile(app / "teahouse-cli")
    assert (app / "Teahouse").stat().st_mode & 0o777 == 0o755
    assert (app / "_internal/libbz2.so.1.0").stat().st_mode & 0o777 == 0o644
    assert (app / "_internal/resources/中文.txt").stat().st_mode & 0o777 == 0o644
    assert not (app / "_internal/libstdc++.so.6").exists()
    links = {path.name: str(path.readlink()) for path in app.rglob("*") if path.is_symlink()}
    assert links == {"libQt6Core.so.6": "PySide6/Qt/lib/libQt6Core.so.6"}
    for name in ("teahouse", "teahouse-cli"):
        assert (unpacked / "usr/bin" / name).resolve().parent == app
    assert {path.name for path in (unpacked / "DEBIAN").iterdir()} == {"control", "md5sums"}
    subprocess.run(["md5sum", "--quiet", "-c", "DEBIAN/md5sums"], cwd=unpacked, check=True)


def test_the_desktop_finds_name_icon_and_files(unpacked):
    share = unpacked / "usr/share"
    entry = (share / "applications/teahouse.desktop").read_text(encoding="utf-8")
    for line in (
        "Name=Teahouse",
        "Name[zh_CN]=茶馆",
        "Exec=teahouse %F",
        "Icon=teahouse",
        "StartupWMClass=Teahouse",
    ):
        assert line in entry.splitlines()
    types = ET.parse(share / "mime/packages/teahouse.xml").getroot().findall(f"{MIME}mime-type")
    told = dict(line.split("=", 1) for line in entry.splitlines() if "=" in line)
    assert told["MimeType"] == "".join(f"{one.get('type')};" for one in types)
    icons = {path.parent.parent.name for path in (share / "icons/hicolor").rglob("teahouse.*")}
    assert icons >= {"16x16", "48x48", "256x256", "scalable"}
    info = ET.parse(share / f"metainfo/{BUNDLE_ID}.metainfo.xml").getroot()
    assert info.findtext("launchable") == "teahouse.desktop"
    assert info.find("releases/release").get("version") == version()
    assert info.find("releases/release").get("date") == "2023-11-14"


@pytest.mark.parametrize(
    ("program", "words", "file"),
    [
        ("desktop-file-validate", [], "usr/share/applications/teahouse.desktop"),
        ("appstreamcli", ["validate", "--no-net"], f"usr/share/metainfo/{BUNDLE_ID}.metainfo.xml"),
    ],
)
def test_the_desktops_own_programs_find_no_fault(unpacked, program, words, file):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not here")
    checked = subprocess.run(
        [program, *words, unpacked / file],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout


def test_kinds_of_files_are_told_by_their_beginning(unpacked):
    """By what the app itself writes there."""
    from app.model.pack_format import MIMETYPE, MIMETYPE_NAME, SUFFIX

    root = ET.parse(unpacked / "usr/share/mime/packages/teahouse.xml").getroot()
    pack, gguf = root.findall(f"{MIME}mime-type")
    assert (pack.get("type"), pack.find(f"{MIME}glob").get("pattern")) == (MIMETYPE.decode(), f"*{SUFFIX}")
    inner = pack.find(f"{MIME}magic/{MIME}match/{MIME}match")
    assert (inner.get("offset"), inner.get("value")) == ("30", MIMETYPE_NAME + MIMETYPE.decode())
    assert gguf.find(f"{MIME}magic/{MIME}match").get("value") == "GGUF"


def test_the_archive_starts_where_it_is_unpacked(made, tmp_path):
    with tarfile.open(made[1]) as archive:
        entries = archive.getmembers()
        archive.extractall(tmp_path, filter="data")
    assert {(one.uid, one.gid, one.uname, one.mtime) for one in entries} == {(0, 0, "root", MOMENT)}
    assert [one.name for one in entries] == sorted(
        [one.name for one in entries], key=lambda name: name.split("/")
    )
    top = tmp_path / "Teahouse"
    assert {path.name for path in top.iterdir()} == {
        "Teahouse",
        "teahouse-cli",
        "_internal",
        "share",
        "add-to-menu.sh",
    }
    assert os.access(top / "Teahouse", os.X_OK)
    assert (top / "_internal/libQt6Core.so.6").is_file()
    assert (top / "_internal/resources/中文.txt").read_text(encoding="utf-8") == "茶"


@pytest.mark.parametrize(("language", "word"), [("zh_CN.UTF-8", "菜单"), ("en_US.UTF-8", "menu")])
def test_the_script_adds_the_app_to_a_menu_and_takes_it_out_again(made, tmp_path, language, word):
    place = tmp_path / "我的 程序"
    place.mkdir()
    with tarfile.open(made[1]) as archive:
        archive.extractall(place, filter="data")
    data = tmp_path / "data"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(data),
        "LANG": language,
    }
    script = place / "Teahouse/add-to-menu.sh"

    def run(*words):
        return subprocess.run(
            [script, *words], env=environment, cwd="/", check=True, capture_output=True, text=True
        ).stdout

    assert word in run()
    entry = (data / "applications/teahouse.desktop").read_text(encoding="utf-8")
    assert f'Exec="{place}/Teahouse/Teahouse" %F' in entry.splitlines()
    assert "Name[zh_CN]=茶馆" in entry
    assert (data / "icons/hicolor/48x48/apps/teahouse.png").is_file()
    assert (data / "mime/packages/teahouse.xml").is_file()
    if shutil.which("desktop-file-validate"):
        subprocess.run(["desktop-file-validate", data / "applications/teahouse.desktop"], check=True)
    assert word in run("--remove")
    assert not list(data.rglob("teahouse*"))
    assert (place / "Teahouse/Teahouse").is_file()


def test_the_script_refuses_a_folder_that_a_menu_cannot_name(made, tmp_path):
    place = tmp_path / "100%"
    place.mkdir()
    with tarfile.open(made[1]) as archive:
        archive.extractall(place, filter="data")
    told = subprocess.run(
        [place / "Teahouse/add-to-menu.sh"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 1
    assert "Rename" in told.stderr
    assert not (tmp_path / ".local").exists()


def test_the_same_folder_gives_the_same_bytes(made, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(linux, "BUILD", tmp_path / "elsewhere")
    monkeypatch.setattr(linux, "artefact", lambda suffix, _edition: tmp_path / f"teahouse{suffix}")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(MOMENT))
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, symlinks=True)  # other times, another order on the disk
    for first, again in zip(made, linux.build(copy), strict=True):
        assert first.read_bytes() == again.read_bytes()


def test_the_moment_is_the_last_commits_where_none_is_told(monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert linux.moment() > MOMENT


def test_an_address_that_nobody_reads_is_to_be_set_before_a_release():
    if not linux.MAINTAINER.endswith(".invalid>"):
        pytest.skip("it is set")
    guide = (ROOT / "docs" / "releasing.md").read_text(encoding="utf-8")
    checklist = guide.partition("## Checklist")[2].partition("\n### ")[0]
    assert linux.MAINTAINER.partition("<")[2].rstrip(">") in checklist
    assert "`MAINTAINER`" in checklist
    assert "`packaging/linux.py`" in checklist
