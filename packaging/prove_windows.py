"""The installer for Windows at work, as far as wine goes: silently, on a payload that is made up.

What is proved is the installer and the uninstaller themselves: files, shortcuts, registry, an upgrade with
somebody's conversations beside it, failures half way, and what removing keeps. Not proved are the real
program, and what only Windows does (its own dialogs, SmartScreen, a taskbar). Needs Linux with makensis and
wine (64 bits), for the pages also Xvfb, xdotool and ImageMagick; says so where one is missing.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import windows
from layout import APP_NAME, APP_NAME_ZH, version
from prove_window import ProofError
from prove_windows_pages import prove_pages
from windows_trial import (
    DONE,
    NEEDED,
    REFUSED,
    Setups,
    compile_setups,
    digests,
    expect,
    install,
    into,
    names,
    remove,
    same_files,
    usual,
    usual_path,
    write_data,
)
from wine import Wine

from app.storage import pointer
from app.storage.pointer import Pointer

CHINESE_FOLDER = r"C:\我的 程序\茶馆 应用"
UNINSTALL_KEY = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\Teahouse"
CLASSES = r"HKCU\Software\Classes"


def prove(pictures: Path | None = None) -> Iterator[str]:
    """Everything, in a folder that is thrown away; a line for each fact. Raises `ProofError`.

    With `pictures` also page by page with keys, on a screen, and a picture of every page in that folder.
    """
    if missing := [name for name in NEEDED if shutil.which(name) is None]:
        raise ProofError(f"these programs are not installed: {', '.join(missing)}")
    with tempfile.TemporaryDirectory(prefix="teahouse-wine-") as made:
        place = Path(made)
        setups = compile_setups(place)
        parts = len(setups.both)
        yield f"compiled: an older installer, a new one, and one in {parts} parts, without a warning"
        wine = Wine(place)
        try:
            for proof in PROOFS:
                yield from proof(wine, setups)
        finally:
            wine.end()
        if pictures is not None:
            yield from prove_pages(place / "pages", setups, pictures)


# The proofs. Each leaves the computer without Teahouse.


def installing(wine: Wine, setups: Setups) -> Iterator[str]:
    """Files, shortcut, registry."""
    foreign = rf"{CLASSES}\.gguf"
    wine.run("reg", "add", foreign, "/ve", "/d", "Other.Program", "/f")
    expect(wine.run(str(setups.new), "/S"), DONE, "the installer's exit code")
    same_files(setups.payload, usual(wine))
    shortcut = (wine.menu / f"{APP_NAME}.lnk").read_bytes()
    target = rf"{usual_path(wine)}\Teahouse.exe"
    expect(target.encode("utf-16-le") in shortcut, True, "the shortcut leads to the program")
    entry = wine.registry(UNINSTALL_KEY)
    wanted = {
        "DisplayName": APP_NAME,
        "DisplayVersion": version(),
        "Publisher": "Teahouse",
        "DisplayIcon": f"{target},0",
        "InstallLocation": usual_path(wine),
        "QuietUninstallString": rf'"{usual_path(wine)}\uninstall.exe" /S',
    }
    expect({name: entry.get(name) for name in wanted}, wanted, "the entry")
    size_kb = sum(path.stat().st_size for path in setups.payload.rglob("*") if path.is_file()) // 1024 + 1
    expect(entry["EstimatedSize"], f"dword:{size_kb:08x}", "the size in the entry")
    expect(wine.registry(rf"{CLASSES}\.teahousemodel")["@"], "Teahouse.ModelPack", "a model pack is ours")
    command = f'"{target}" "%1"'
    for kind in ("Teahouse.ModelPack", "Teahouse.Gguf", r"Applications\Teahouse.exe"):
        expect(wine.registry(rf"{CLASSES}\{kind}\shell\open\command")["@"], command, kind)
    expect(wine.registry(foreign)["@"], "Other.Program", "a .gguf belongs to whom it belonged")
    yield "installed silently: files, shortcut, entry with version, size and icon, kinds of files"
    remove(wine)
    expect(wine.registry(UNINSTALL_KEY), {}, "the entry after removing")
    expect(wine.registry(foreign)["@"], "Other.Program", "a .gguf belongs to whom it belonged")
    for kind in (".teahousemodel", "Teahouse.ModelPack", "Teahouse.Gguf", r".gguf\OpenWithProgids"):
        expect(wine.registry(rf"{CLASSES}\{kind}"), {}, f"{kind} after removing")
    expect(list(wine.menu.glob("*.lnk")), [], "shortcuts that were left")
    yield "removed silently: nothing is left in the folder, the menu and the registry; .gguf as it was"


def upgrading(wine: Wine, setups: Setups) -> Iterator[str]:
    """Over an older version, in the other language, with somebody's things beside it and in it."""
    install(wine, setups.old, "/LANG=2052")
    expect((wine.menu / f"{APP_NAME_ZH}.lnk").is_file(), True, "the Chinese shortcut")
    expect(wine.registry(UNINSTALL_KEY)["DisplayName"], APP_NAME_ZH, "the Chinese name")
    expect((usual(wine) / "_internal" / "only-old.dll").is_file(), True, "the older version's own file")
    (usual(wine) / "my notes.txt").write_text("not of the program")
    kept = write_data(wine.local / "Teahouse", wine.local / "Teahouse" / "models")
    install(wine, setups.new, "/LANG=1033")
    (usual(wine) / "my notes.txt").rename(wine.local / "my notes.txt")
    same_files(setups.payload, usual(wine))
    expect(wine.registry(UNINSTALL_KEY)["DisplayVersion"], version(), "the version")
    expect([path.name for path in wine.menu.glob("*.lnk")], [f"{APP_NAME}.lnk"], "the shortcuts")
    expect(digests(wine.local / "Teahouse"), kept, "conversations, models and settings")
    yield "upgraded in place: old files gone, new ones there, conversations, models and settings untouched"
    remove(wine)
    expect(digests(wine.local / "Teahouse"), kept, "conversations, models and settings")
    yield "removed silently: conversations, models and settings are kept"
    shutil.rmtree(wine.local / "Teahouse")


def while_it_runs(wine: Wine, setups: Setups) -> Iterator[str]:
    """A program that runs is noticed, and nothing is touched."""
    install(wine, setups.old)
    before = digests(usual(wine))
    running = wine.start(str(usual(wine) / "Teahouse.exe"), "--wait")
    expect(wine.run(str(setups.new), "/S"), REFUSED, "the exit code while it runs")
    expect(digests(usual(wine)), before, "the program that runs")
    expect(
        wine.run(str(usual(wine) / "uninstall.exe"), "/S", f"_?={usual_path(wine)}"),
        REFUSED,
        "removing",
    )
    expect(digests(usual(wine)), before, "the program that runs")
    wine.end()
    running.wait()
    install(wine, setups.new)
    same_files(setups.payload, usual(wine))
    yield "a running Teahouse is noticed: neither replaced nor removed until it is closed"
    remove(wine)


def going_wrong(wine: Wine, setups: Setups) -> Iterator[str]:
    """A file that cannot be written, a killed installer, no room, a part that is missing."""
    install(wine, setups.old)
    (usual(wine) / "uninstall.exe").unlink()
    (usual(wine) / "uninstall.exe").mkdir()  # what cannot be written over
    before = digests(usual(wine))
    expect(wine.run(str(setups.new), "/S"), REFUSED, "the exit code of a failure")
    expect(digests(usual(wine)), before, "the older program after a failure")
    (usual(wine) / "uninstall.exe").rmdir()
    yield "a failure half way: the older program is back, byte for byte"
    inside = usual(wine) / "_internal"
    inside.rename(usual(wine) / "_internal.old")
    inside.mkdir()
    (inside / "half").write_bytes(b"of a killed installer")
    install(wine, setups.new)
    same_files(setups.payload, usual(wine))
    yield "an installer that was killed: the next one cleans up and completes"
    before = digests(usual(wine))
    expect(wine.run(str(setups.huge), "/S"), REFUSED, "the exit code without room")
    expect(digests(usual(wine)), before, "the program where there is no room for the next")
    yield "a disk without room is seen before anything is touched"
    setup, part = setups.both
    part.rename(part.with_suffix(".away"))
    expect(wine.run(str(setup), "/S"), REFUSED, "the exit code without the second part")
    expect(digests(usual(wine)), before, "the program without the second part")
    part.with_suffix(".away").rename(part)
    install(wine, setup)
    same_files(setups.payload, usual(wine))
    yield "an installer in two parts: both are needed, together they install everything"
    remove(wine)


def other_folders(wine: Wine, setups: Setups) -> Iterator[str]:
    """A Chinese folder with spaces, one that holds other things, one that is too long."""
    install(wine, setups.old, *into(CHINESE_FOLDER))
    expect((wine.path(CHINESE_FOLDER) / "Teahouse.exe").is_file(), True, "the program in a Chinese folder")
    expect(wine.registry(UNINSTALL_KEY)["InstallLocation"], CHINESE_FOLDER, "InstallLocation")
    install(wine, setups.new)
    same_files(setups.payload, wine.path(CHINESE_FOLDER))
    yield f"a folder of one's choice, {CHINESE_FOLDER}, is found again by an upgrade"
    full = wine.drive / "Full"
    full.mkdir()
    (full / "_internal").mkdir()
    (full / "_internal" / "of another program").write_text("x")
    install(wine, setups.new, *into(r"C:\Full"))
    same_files(setups.payload, full / "Teahouse")
    expect((full / "_internal" / "of another program").is_file(), True, "another program's file")
    expect(wine.path(CHINESE_FOLDER).exists(), False, "the program in its former folder")
    yield "a folder with other things gets one of ours in it; the former program's folder is gone"
    remove(wine, full / "Teahouse")
    expect((full / "_internal" / "of another program").is_file(), True, "another program's file")
    long_folder = "C:\\" + "\\".join(["x" * 40] * 5)
    expect(wine.run(str(setups.new), "/S", *into(long_folder)), REFUSED, "a folder that is too long")
    expect(wine.path(long_folder).exists(), False, "a folder that is too long")
    yield "a folder whose paths would be too long for Windows is refused before anything is written"


def deleting(wine: Wine, setups: Setups) -> Iterator[str]:
    """What is deleted where it is asked for: one, the other, both; of folders that were moved."""
    home = wine.local / "Teahouse"
    install(wine, setups.new)
    write_data(home, home / "models")
    remove(wine, None, "/DELETECONVERSATIONS")
    expect(
        names(home), {"models", "models/one.gguf", "models/folder", "models/folder/two.bin"}, "what is kept"
    )
    install(wine, setups.new)
    write_data(home, home / "models")
    (home / "my letter.txt").write_text("not of the program")
    remove(wine, None, "/DELETEMODELS")
    expect("teahouse.db" in names(home), True, "the conversations")
    expect("models" in names(home), False, "the models")
    install(wine, setups.new)
    write_data(home, home / "models")
    remove(wine, None, "/DELETECONVERSATIONS", "/DELETEMODELS")
    expect(names(home), {"my letter.txt"}, "what is kept")
    shutil.rmtree(home)
    yield "conversations and models are deleted each for itself, and nothing that is somebody else's"
    data, models = r"C:\盘 一\谈话", r"C:\盘 一\模型"
    pointer.change(home, lambda _: Pointer(Path(data), Path(models)))
    write_data(wine.path(data), wine.path(models))
    (wine.path(data) / "letter.txt").write_text("not of the program")
    install(wine, setups.new)
    remove(wine, None, "/DELETECONVERSATIONS")
    expect(names(wine.path(data)), {"letter.txt"}, "what is kept of a moved folder")
    expect("one.gguf" in names(wine.path(models)), True, "moved models")
    note = (home / pointer.FILE_NAME).read_text(encoding="ascii")
    expect(("models_dir" in note, "data_dir" in note), (True, False), "the note")
    install(wine, setups.new)
    remove(wine, None, "/DELETEMODELS")
    expect((wine.path(models).exists(), home.exists()), (False, False), "moved models and the note")
    yield "folders that were moved are found by the app's own note; what is left is said in it"
    for folder in ("C:\\", r"C:\users", "D:\\gone"):
        shutil.rmtree(home, ignore_errors=True)
        pointer.change(home, partial(_with_models, folder))
        install(wine, setups.new)
        remove(wine, None, "/DELETEMODELS")
        expect(wine.menu.is_dir(), True, folder)
        expect(names(home), {pointer.FILE_NAME}, "the note of a folder that was left alone")
    shutil.rmtree(home)
    yield "a models folder that is a whole disk, holds somebody's folders or is gone is left alone"


def portable(wine: Wine, setups: Setups) -> Iterator[str]:
    """A copy whose data lie beside the program: the uninstaller finds them there, and nothing else's."""
    install(wine, setups.new)
    (usual(wine) / windows.PORTABLE_FILE).write_text("portable")
    beside, home = usual(wine) / windows.PORTABLE_FOLDER, wine.local / "Teahouse"
    kept = write_data(home, home / "models")
    inside = write_data(beside, beside / "models")
    wine.run(str(usual(wine) / "uninstall.exe"), "/S")
    expect(digests(beside), inside, "the data beside the program")
    install(wine, setups.new)
    same_files(
        setups.payload, usual(wine), {windows.PORTABLE_FILE, *(f"{beside.name}/{one}" for one in inside)}
    )
    wine.run(str(usual(wine) / "uninstall.exe"), "/S", "/DELETECONVERSATIONS", "/DELETEMODELS")
    expect(names(usual(wine)), {windows.PORTABLE_FILE}, "what is left of a portable copy")
    expect(digests(home), kept, "the computer's own conversations and models")
    shutil.rmtree(home)
    shutil.rmtree(usual(wine))
    yield "a portable copy: its data stay beside it, and go only where that is asked for"


def _with_models(folder: str, _: Pointer) -> Pointer:
    return Pointer(None, Path(folder))


PROOFS: tuple[Callable[[Wine, Setups], Iterator[str]], ...] = (
    installing, upgrading, while_it_runs, going_wrong, other_folders, deleting, portable,
)  # fmt: skip


def main() -> int:
    """Prove it; 1 with a sentence where something is not so."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, default=None, help="also the pages, and where to keep them")
    options = parser.parse_args()
    try:
        for line in prove(options.pictures):
            print(f"prove: wine: {line}", flush=True)
    except ProofError as error:
        print(f"prove: wine: FAILED: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
