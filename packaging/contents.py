"""What goes into the frozen app and what is left out: rules by the names of modules and files.

One place for all editions and systems; read by `teahouse.spec` and by its tests. Measures nothing and builds
nothing: what each rule saves is listed in docs/architecture.md, "Freezing".
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

from layout import Edition

EXCLUDED = (
    "tkinter", "lib2to3", "setuptools", "pip", "pytest", "_pytest", "mypy", "ruff", "uv", "hypothesis",
    "PIL", "IPython", "PyQt5", "PyQt6", "PySide2", "matplotlib", "scipy", "pandas", "sqlite3", "readline",
    "curses",
    "PySide6.QtQml", "PySide6.QtQuick", "PySide6.QtTest", "PySide6.QtOpenGL",
)  # fmt: skip
"""Never imported by the app; some library or hook would bring them."""

TORCH_ENGINE = (
    "torch", "torchgen", "functorch", "transformers", "accelerate", "tokenizers", "sentencepiece", "tiktoken",
    "tiktoken_ext", "safetensors", "numpy", "huggingface_hub", "sympy", "mpmath", "regex", "jinja2", "yaml",
    "fsspec", "filelock", "tqdm", "click", "httpx2", "httpcore2", "h11", "anyio", "bitsandbytes",
)  # fmt: skip
"""What only the engine for folders imports, and what comes along with it.

The light edition has none of it, and the program of the window has it in no edition: the engine child, which
is the console's program, imports it.
"""

UNUSED_BY_TORCH_ENGINE = (
    "hf_xet", "networkx", "gguf", "requests", "urllib3", "certifi", "typer", "rich", "pydantic",
    "tensorboard", "torchvision", "torchaudio", "torch.utils.benchmark", "torch.utils.tensorboard",
    "torch.utils.bottleneck", "torch.utils.hipify", "sympy.physics", "sympy.parsing.latex", "numpy.f2py",
    "numpy.distutils",
)  # fmt: skip
"""Downloading, drawing, graphs of compiled models, tests: what torch and transformers have for others.

The first ones also keep away what could open a connection to a hub.
"""

NVIDIA_ENGINE = ("bitsandbytes",)

KEPT_MODELS = ("auto", "glm", "glm4")
"""The packages of `transformers.models` whose classes the engine uses, and what those import."""

KEPT_TESTS = (
    "common_dtype", "logging_tensor", "distributed", "distributed.fake_pg",
)  # fmt: skip
"""Of `torch.testing._internal`: what torch itself imports."""

RECORDS = (
    "PySide6-Essentials", "apsw-sqlite3mc", "xllamacpp", "markdown-it-py", "mdit-py-plugins",
    "mdit-py-cjk-friendly",
)  # fmt: skip
"""Distributions whose records go along, because the doctor tells their versions."""
TORCH_RECORDS = (
    "torch", "transformers", "accelerate", "tokenizers", "safetensors", "numpy", "regex", "huggingface_hub",
    "packaging", "filelock", "tqdm", "PyYAML",
)  # fmt: skip
"""The same with torch: transformers does not start where it does not find the versions of its parts."""

UNUSED_QT = (
    "Qt6Qml", "Qt6Quick", "Qt6VirtualKeyboard", "Qt6Pdf", "Qt6ShaderTools",
    "qtvirtualkeyboardplugin", "qgtk3", "qpdf", "qminimalegl", "qvnc", "qlinuxfb", "qeglfs", "Qt6EglFS",
    "Qt6EglFs",  # spelled so in the name of one of the two
)  # fmt: skip
"""Parts of Qt that come along with its plugins and that no code of ours reaches."""
QT_TRANSLATION = "qtbase_zh_CN.qm"

RUNTIME = frozenset(
    f"{name}.dll"
    for name in (
        *("msvcp140", "msvcp140_1", "msvcp140_2", "msvcp140_atomic_wait"),
        *("vcomp140", "vcruntime140", "vcruntime140_1"),
    )
)
"""Of Visual C++, which no Windows has by itself: llama.cpp, Qt, Python and torch are made with it."""

TORCH_SOURCES = (
    "torch/version.py",  # read as text: which CUDA it was built for
    "torch/**config*.py",  # the modules of settings read their own comments
    "torch/__init__.py", "torch/functional.py", "torch/nn/functional.py", "torch/nn/modules/rnn.py",
)  # fmt: skip
"""Sources that torch reads at run time, from the first import on; the others are left out."""

TRANSFORMERS_SOURCES = ("transformers/__init__.py",)
"""Sources that transformers reads beside those of its models: it loads itself a second time."""

_UNUSED_TORCH_FOLDERS = ("include", "test", "share", "_inductor/codegen/aoti_runtime", "lib/cmake")
_UNUSED_TORCH_LIBRARIES = (
    "libtorchbind_test",
    "libjitbackend_test",
    "libbackend_with_compiler",
    "libaoti_custom",
)
_SHARING_PROGRAM = "torch_shm_manager"  # torch does not start without seeing it
_RECORD_FILES = ("METADATA", "top_level.txt")
STRIPPED = (
    "xllamacpp/xllamacpp.abi3.so", "torch/lib/libtorch_cpu.so", "torch/lib/libtorch_python.so",
    "libpython3.*.so.*", "python3.*/lib-dynload/*.so",
)  # fmt: skip
"""Libraries of which a part is symbols for debugging (Linux; elsewhere such are kept apart)."""


def excluded_modules(edition: Edition) -> list[str]:
    """Modules that PyInstaller must not follow."""
    if edition is Edition.LIGHT:
        return [*EXCLUDED, *TORCH_ENGINE, *UNUSED_BY_TORCH_ENGINE]
    return [*EXCLUDED, *UNUSED_BY_TORCH_ENGINE, *(() if edition is Edition.NVIDIA else NVIDIA_ENGINE)]


def records(edition: Edition) -> tuple[str, ...]:
    """Distributions whose records (their version above all) are needed at run time."""
    if edition is Edition.LIGHT:
        return RECORDS
    return (*RECORDS, *TORCH_RECORDS, *(NVIDIA_ENGINE if edition is Edition.NVIDIA else ()))


def is_wanted_module(name: str) -> bool:
    """Whether a Python module that was found belongs into the archive."""
    parts = name.split(".")
    if parts[:2] == ["transformers", "models"] and len(parts) > 2:
        return parts[2] in KEPT_MODELS
    if parts[:3] == ["torch", "testing", "_internal"] and len(parts) > 3:
        return ".".join(parts[3:]) in KEPT_TESTS
    return not (parts[0] in ("numpy", "sympy", "mpmath") and "tests" in parts)


def unused_hooks(*, console: bool, platform: str) -> frozenset[str]:
    """PyInstaller's scripts before our own that a program does without; each costs time at every start.

    The one for PySide6 imports Qt, into the engine child too, and leaves its folders in the environment of
    what is opened from here. PySide6 as its wheels bring it finds them itself; where nobody saw that yet,
    the window keeps the script. The others are torch's.
    """
    if console:
        return frozenset({"pyi_rth_pyside6"})
    unused = {"pyi_rth_inspect", "pyi_rth_pkgutil", "pyi_rth_multiprocessing"}
    return frozenset(unused | ({"pyi_rth_pyside6"} if platform.startswith("linux") else set()))


def is_of_torch_engine(name: str) -> bool:
    """Whether a Python module is imported in the engine child only."""
    return name.partition(".")[0] in TORCH_ENGINE


def is_wanted(target: str) -> bool:
    """Whether a collected file belongs into the folder; `target` is its place there."""
    path = PurePath(target)
    parts = path.parts
    if "translations" in parts and "PySide6" in parts:
        return path.name == QT_TRANSLATION
    if any(part in path.name for part in UNUSED_QT):
        return False
    if parts[0].endswith(".dist-info"):
        return path.name in _RECORD_FILES
    if parts[0] == "torch":
        return _is_wanted_of_torch(path)
    if parts[0] == "transformers" and path.suffix == ".py":
        is_of_kept_model = parts[1] == "models" and (len(parts) == 3 or parts[2] in KEPT_MODELS)
        return is_of_kept_model or path.as_posix() in TRANSFORMERS_SOURCES
    return True


def _is_wanted_of_torch(path: PurePath) -> bool:
    inside = path.as_posix().removeprefix("torch/")
    if any(inside.startswith(f"{folder}/") for folder in _UNUSED_TORCH_FOLDERS):
        return False
    if inside.startswith("bin/"):
        return path.stem == _SHARING_PROGRAM
    if path.suffix == ".py":
        return any(fnmatchcase(path.as_posix(), pattern) for pattern in TORCH_SOURCES)
    return path.suffix != ".a" and not any(path.name.startswith(name) for name in _UNUSED_TORCH_LIBRARIES)


Entry = tuple[str, str, str]
"""As PyInstaller lists what it collected: place in the folder, source, kind."""


def with_runtime(entries: Sequence[Entry], folder: Path) -> list[Entry]:
    """`entries` with the runtime of Visual C++ that lies in `folder`, once and at the top (Windows).

    There every program and library finds it. PyInstaller leaves it beside whichever library it met first, in
    the version that the computer has which builds; the engine child, which loads no Qt, would look for it in
    the person's Windows.
    """
    kept = [entry for entry in entries if PurePath(entry[0]).name.lower() not in RUNTIME]
    found = sorted(path for path in folder.iterdir() if path.name.lower() in RUNTIME)
    if {path.name.lower() for path in found} != RUNTIME:
        raise ValueError(f"{folder} has not the whole runtime: {[path.name for path in found]}")
    return kept + [(path.name, str(path), "BINARY") for path in found]


def without_orphans(entries: Sequence[Entry], needed_by: Callable[[str], Collection[str]]) -> list[Entry]:
    """`entries` less the shared libraries that only plugins needed which were left out (Linux).

    `needed_by` gives the names of the libraries that the library at a source names. Libraries at the top of
    the folder and among Qt's are there for others only, except Python's own; links to what goes go, too.
    """

    def is_for_others(entry: Entry) -> bool:
        path = PurePath(entry[0])
        is_shared = path.parent.as_posix() in (".", "PySide6/Qt/lib") and entry[2] == "BINARY"
        return is_shared and not path.name.startswith("libpython")

    by_name = {PurePath(entry[0]).name: entry for entry in entries if entry[2] != "SYMLINK"}
    waiting = [entry for entry in entries if entry[2] != "SYMLINK" and not is_for_others(entry)]
    kept = {entry[0] for entry in waiting}
    while waiting:
        for name in needed_by(waiting.pop()[1]):
            found = by_name.get(name)
            if found is not None and found[0] not in kept:
                kept.add(found[0])
                waiting.append(found)
    names = {PurePath(target).name for target in kept}
    return [
        entry
        for entry in entries
        if entry[0] in kept or (entry[2] == "SYMLINK" and PurePath(entry[1]).name in names)
    ]


def without_broken_links(entries: Sequence[Entry], others: Sequence[Entry]) -> list[Entry]:
    """`entries` less the links to what is neither among them nor among `others` (Linux)."""
    places = {entry[0] for entry in (*entries, *others)}

    def leads_somewhere(entry: Entry) -> bool:
        return posixpath.normpath(posixpath.join(posixpath.dirname(entry[0]), entry[1])) in places

    return [entry for entry in entries if entry[2] != "SYMLINK" or leads_somewhere(entry)]


def own_licence(root: PurePath, platform: str) -> Entry:
    """The recipe's line for the licence of the program: Windows opens no file without a suffix."""
    name = "LICENSE.txt" if platform == "win32" else "LICENSE"
    return name, str(root / "LICENSE"), "DATA"
