"""The recipe of the frozen app names things that exist, and keeps the files that the app needs."""

import ast
import importlib.metadata
import importlib.util
from pathlib import Path

import PySide6
import pytest

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "packaging" / "teahouse.spec"
QT = Path(PySide6.__file__).parent / "Qt"


@pytest.fixture(scope="module")
def tree():
    return ast.parse(SPEC.read_text(encoding="utf-8"))


def assigned(tree, name):
    """The statement that gives a constant of the spec its value."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            return node
    raise AssertionError(f"the spec has no {name}")


@pytest.fixture(scope="module")
def is_wanted(tree):
    """The filter of the spec, with the constants that it reads and nothing else of the file."""
    parts = [assigned(tree, "UNUSED_QT"), assigned(tree, "QT_TRANSLATION")]
    parts += [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "is_wanted"]
    names = {"Path": Path}
    exec(compile(ast.Module(parts, []), str(SPEC), "exec"), names)
    return lambda target: names["is_wanted"]((target, "source", "BINARY"))


def calls(tree, name):
    return [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == name]


def test_the_packages_it_collects_are_installed(tree):
    for call in calls(tree, "copy_metadata"):
        assert importlib.metadata.version(call.args[0].value)
    collected = calls(tree, "collect_submodules") + calls(tree, "collect_dynamic_libs")
    assert collected
    for call in collected:
        assert importlib.util.find_spec(call.args[0].value), call.args[0].value


def test_what_it_ships_is_in_the_repository():
    assert (ROOT / "packaging" / "launcher.py").is_file()
    assert (ROOT / "LICENSE").is_file()
    assert (ROOT / "resources" / "i18n").is_dir()


def imported_by(paths):
    """The modules that the files import, wherever in them, with the packages these lie in."""
    imported = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module)
    return imported | {name.partition(".")[0] for name in imported}


def test_it_excludes_nothing_that_the_app_imports(tree):
    excluded = set(ast.literal_eval(assigned(tree, "EXCLUDED").value))
    assert imported_by((ROOT / "app").rglob("*.py")) & excluded == set()


def test_what_it_leaves_out_with_the_torch_engine_is_imported_there_only(tree):
    excluded = set(ast.literal_eval(assigned(tree, "TORCH_ENGINE").value))
    engine = {*(ROOT / "app/model/glm").rglob("*.py"), ROOT / "app/model/engines/glm_torch.py"}
    assert imported_by(set((ROOT / "app").rglob("*.py")) - engine) & excluded == set()
    assert "torch" in excluded


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
    ],
)
def test_the_filter_keeps_what_the_app_needs(is_wanted, target):
    assert is_wanted(target)


@pytest.mark.parametrize(
    "target",
    [
        "PySide6/Qt/translations/qtbase_de.qm",
        "PySide6/Qt/lib/libQt6Quick.so.6",
        "PySide6/Qt/plugins/platforminputcontexts/libqtvirtualkeyboardplugin.so",
    ],
)
def test_the_filter_drops_what_it_does_not(is_wanted, target):
    assert not is_wanted(target)


def test_qt_has_the_translation_that_is_kept(is_wanted):
    kept = [
        path.name
        for path in (QT / "translations").glob("*.qm")
        if is_wanted(f"PySide6/Qt/translations/{path.name}")
    ]
    assert kept == ["qtbase_zh_CN.qm"]
