"""The recipe of the frozen app: what it names is there, what the app needs stays, what nobody needs goes."""

import ast
import importlib.metadata
import importlib.util
from pathlib import Path

import contents
import PySide6
import pytest
from layout import CONSOLE_NAME, STARTER_FOLDER, Edition

from app.model import starter
from app.workers import engine_process

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "packaging" / "teahouse.spec"
PYSIDE = Path(PySide6.__file__).parent
QT = PYSIDE / "Qt" if (PYSIDE / "Qt").is_dir() else PYSIDE  # the wheels for Windows have no folder of its own
ENGINE = {*(ROOT / "app/model/glm").rglob("*.py"), ROOT / "app/model/engines/glm_torch.py"}
REST = set((ROOT / "app").rglob("*.py")) - ENGINE


def installed(package: str) -> Path:
    """Where a package lies; it is not imported."""
    spec = importlib.util.find_spec(package)
    assert spec is not None, package
    return Path(spec.submodule_search_locations[0])


@pytest.fixture(scope="module")
def tree():
    return ast.parse(SPEC.read_text(encoding="utf-8"))


def calls(tree, name):
    return [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == name]


def test_the_packages_it_collects_are_installed(tree):
    collected = calls(tree, "collect_submodules") + calls(tree, "collect_dynamic_libs")
    names = {call.args[0].value for call in collected} - {*contents.NVIDIA_ENGINE}
    assert {"app", "xllamacpp", "transformers"} <= names
    for name in names:
        assert importlib.util.find_spec(name), name
    for edition in (Edition.FULL, Edition.LIGHT):
        for name in contents.records(edition):
            assert importlib.metadata.version(name)


def test_what_it_ships_is_in_the_repository(tree):
    named = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {alias.name for node in named if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module for node in named if isinstance(node, ast.ImportFrom)}
    ours = {path.stem for path in (ROOT / "packaging").glob("*.py")}
    assert {"contents", "icons", "layout", "windows", "macos_plist"} <= modules & ours
    for name in ("packaging/launcher.py", "packaging/teahouse.manifest", "LICENSE", "resources/i18n"):
        assert (ROOT / name).exists(), name


def test_app_and_recipe_call_the_same_things_alike():
    assert starter.BUNDLED_FOLDER == STARTER_FOLDER
    assert engine_process.CONSOLE_PROGRAM == CONSOLE_NAME


# Modules


def imported_by(paths):
    """The modules that the files import, wherever in them, with the packages these lie in."""
    imported = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return imported | {name.partition(".")[0] for name in imported}


@pytest.mark.parametrize("edition", Edition)
def test_it_excludes_nothing_that_the_app_imports(edition):
    without_torch = edition is Edition.LIGHT
    excluded = set(contents.excluded_modules(edition))
    optional = set() if edition is Edition.NVIDIA else {*contents.NVIDIA_ENGINE}
    imported = imported_by(REST if without_torch else REST | ENGINE) - optional
    assert imported & excluded == set()
    assert ("torch" in excluded) is without_torch
    assert ("bitsandbytes" in excluded) is bool(optional)


def test_what_the_light_edition_and_the_window_do_without_is_imported_by_the_engine_only():
    assert {name for name in imported_by(REST) if contents.is_of_torch_engine(name)} == set()
    needed = {"torch", "transformers", "accelerate", "tokenizers", "sentencepiece", "tiktoken", "safetensors"}
    assert {name for name in imported_by(ENGINE) if contents.is_of_torch_engine(name)} >= needed


def test_every_module_of_our_own_goes_along():
    files = [path.relative_to(ROOT).with_suffix("") for path in (ROOT / "app").rglob("*.py")]
    assert files
    assert all(contents.is_wanted_module(".".join(path.parts)) for path in files)


def test_of_the_models_of_transformers_those_stay_that_the_engine_hosts():
    models = installed("transformers") / "models"
    kept = [
        path.name
        for path in models.iterdir()
        if contents.is_wanted_module(f"transformers.models.{path.name}")
    ]
    assert sorted(name for name in kept if "." not in name) == sorted(contents.KEPT_MODELS)
    assert contents.is_wanted_module("transformers.models")
    assert contents.is_wanted_module("transformers.models.glm4.modeling_glm4")
    assert not contents.is_wanted_module("transformers.models.llama.modeling_llama")


def test_what_is_kept_and_left_out_of_other_libraries_is_there():
    tests = installed("torch") / "testing" / "_internal"
    for name in contents.KEPT_TESTS:
        path = tests / Path(*name.split("."))
        assert path.is_dir() or path.with_suffix(".py").is_file(), name
        assert contents.is_wanted_module(f"torch.testing._internal.{name}")
    assert (tests / "common_utils.py").is_file()
    assert not contents.is_wanted_module("torch.testing._internal.common_utils")
    assert not contents.is_wanted_module("sympy.core.tests.test_expr")
    assert contents.is_wanted_module("jinja2.tests"), "not tests of jinja2, but tests for templates"


def test_the_sources_that_torch_reads_are_there():
    torch = installed("torch")
    for pattern in contents.TORCH_SOURCES:
        assert next(torch.parent.glob(pattern.replace("**", "**/*")), None), pattern
    assert contents.is_wanted("torch/_inductor/config.py")
    assert contents.is_wanted("torch/fx/experimental/_config.py")


# Files


@pytest.mark.parametrize(
    "target",
    [
        "PySide6/Qt/translations/qtbase_zh_CN.qm",
        "resources/i18n/teahouse_zh_CN.qm",
        "PySide6/Qt/plugins/platforms/libqoffscreen.so",
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforms/qwindows.dll",
        "PySide6/Qt/plugins/platforminputcontexts/libibusplatforminputcontextplugin.so",
        "PySide6/Qt/plugins/imageformats/libqsvg.so",
        "PySide6/Qt/lib/libQt6Widgets.so.6",
        "xllamacpp/xllamacpp.abi3.so",
        f"{STARTER_FOLDER}/{starter.FILE_NAME}",
        "torch/lib/libtorch_cpu.so",
        "torch/lib/torch_cpu.dll",
        "torch/bin/torch_shm_manager",
        "torch/version.py",
        "transformers/__init__.py",
        "transformers/models/__init__.py",
        "transformers/models/glm4/modeling_glm4.py",
        "torch-2.13.0.dist-info/METADATA",
    ],
)
def test_the_filter_keeps_what_the_app_needs(target):
    assert contents.is_wanted(target)


@pytest.mark.parametrize(
    "target",
    [
        "PySide6/Qt/translations/qtbase_de.qm",
        "PySide6/Qt/lib/libQt6Quick.so.6",
        "PySide6/Qt/lib/libQt6EglFSDeviceIntegration.so.6",
        "PySide6/Qt/lib/libQt6EglFsKmsSupport.so.6",
        "libQt6EglFsKmsSupport.so.6",
        "PySide6/Qt/plugins/platforminputcontexts/libqtvirtualkeyboardplugin.so",
        "torch/include/torch/csrc/api/include/torch/torch.h",
        "torch/bin/protoc",
        "torch/lib/libtorchbind_test.so",
        "torch/nn/modules/linear.py",
        "transformers/models/llama/modeling_llama.py",
        "transformers/modeling_utils.py",
        "torch-2.13.0.dist-info/RECORD",
    ],
)
def test_the_filter_drops_what_it_does_not(target):
    assert not contents.is_wanted(target)


def test_qt_has_the_translation_that_is_kept():
    kept = [
        path.name
        for path in (QT / "translations").glob("*.qm")
        if contents.is_wanted(str(path.relative_to(PYSIDE.parent)))
    ]
    assert kept == ["qtbase_zh_CN.qm"]


def test_libraries_that_nobody_needs_any_more_go_with_the_links_to_them():
    needs = {
        "/t/QtGui.so": {"libQt6Gui.so.6", "libc.so.6"},
        "/q/libQt6Gui.so.6": {"libicu.so.73"},
        "/q/libqxcb.so": {"libxcb.so.1"},
    }
    entries = [
        ("libpython3.11.so.1.0", "/p/libpython3.11.so.1.0", "BINARY"),
        ("PySide6/QtGui.abi3.so", "/t/QtGui.so", "EXTENSION"),
        ("PySide6/Qt/lib/libQt6Gui.so.6", "/q/libQt6Gui.so.6", "BINARY"),
        ("libQt6Gui.so.6", "PySide6/Qt/lib/libQt6Gui.so.6", "SYMLINK"),
        ("PySide6/Qt/lib/libicu.so.73", "/q/libicu.so.73", "BINARY"),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", "/q/libqxcb.so", "BINARY"),
        ("libxcb.so.1", "/usr/libxcb.so.1", "BINARY"),
        ("libgtk-3.so.0", "/usr/libgtk-3.so.0", "BINARY"),
        ("PySide6/Qt/lib/libQt6EglFs.so.6", "/q/libQt6EglFs.so.6", "BINARY"),
        ("libQt6EglFs.so.6", "PySide6/Qt/lib/libQt6EglFs.so.6", "SYMLINK"),
    ]
    kept = contents.without_orphans(entries, lambda source: needs.get(source, set()))
    assert kept == [entry for entry in entries if "gtk" not in entry[0] and "EglFs" not in entry[0]]


@pytest.mark.parametrize(
    ("platform", "name"), [("win32", "LICENSE.txt"), ("linux", "LICENSE"), ("darwin", "LICENSE")]
)
def test_the_programs_own_licence_can_be_opened(tree, platform, name):
    """Windows asks a person what to open a file without a suffix with."""
    assert contents.own_licence(ROOT, platform) == (name, str(ROOT / "LICENSE"), "DATA")
    assert "contents.own_licence(ROOT, sys.platform)" in ast.unparse(tree)


def test_links_among_the_other_files_lead_somewhere():
    """PyInstaller lists links to Qt's libraries among the data, where no library is."""
    libraries = [("PySide6/Qt/lib/libQt6Gui.so.6", "/q/libQt6Gui.so.6", "BINARY")]
    files = [
        ("LICENSE", "/p/LICENSE", "DATA"),
        ("libQt6Gui.so.6", "PySide6/Qt/lib/libQt6Gui.so.6", "SYMLINK"),
        ("libQt6Gone.so.6", "PySide6/Qt/lib/libQt6Gone.so.6", "SYMLINK"),
        ("torch/lib/near.so", "../../LICENSE", "SYMLINK"),
        ("torch/lib/far.so", "gone.so", "SYMLINK"),
    ]
    kept = contents.without_broken_links(files, libraries)
    assert [entry[0] for entry in kept] == ["LICENSE", "libQt6Gui.so.6", "torch/lib/near.so"]


def test_the_runtime_of_visual_c_is_at_the_top_and_of_one_version(tmp_path):
    """Wherever PyInstaller found it: in the system that builds, beside Qt, beside Python."""
    names = ["MSVCP140.dll", "MSVCP140_1.dll", "MSVCP140_2.dll", "VCOMP140.DLL", "VCRUNTIME140.dll"]
    names += ["VCRUNTIME140_1.dll", "msvcp140_atomic_wait.dll"]
    for name in [*names, "concrt140.dll", "shiboken6.abi3.dll"]:
        (tmp_path / name).touch()
    others = [
        ("xllamacpp/xllamacpp.pyd", "/x/xllamacpp.pyd", "EXTENSION"),
        ("numpy.libs/msvcp140-a4c2.dll", "/n/msvcp140-a4c2.dll", "BINARY"),
    ]
    elsewhere = [
        ("VCRUNTIME140.dll", "/python/VCRUNTIME140.dll", "BINARY"),
        ("vcomp140.dll", "/windows/system32/vcomp140.dll", "BINARY"),
        ("PySide6/MSVCP140.dll", "/q/MSVCP140.dll", "BINARY"),
    ]
    kept = contents.with_runtime([*elsewhere, *others], tmp_path)
    assert kept[:2] == others
    assert {entry[0].lower() for entry in kept[2:]} == contents.RUNTIME
    assert all(Path(entry[1]) == tmp_path / entry[0] for entry in kept[2:])


def test_a_runtime_that_is_not_whole_is_refused(tmp_path):
    (tmp_path / "MSVCP140.dll").touch()
    with pytest.raises(ValueError, match="not the whole runtime"):
        contents.with_runtime([], tmp_path)
