"""Building for Windows on Linux: what the Python of Windows gets to freeze."""

import layout
import suite_by_wine
import windows_by_wine


def test_it_freezes_a_fresh_copy_and_leaves_what_linux_made(tmp_path):
    (tmp_path / "tree" / "dist").mkdir(parents=True)
    (tmp_path / "tree" / "dist" / "old").touch()
    windows_by_wine.copy_project(tmp_path / "tree")
    copied = {path.name for path in (tmp_path / "tree").iterdir()}
    assert copied == set(windows_by_wine.COPIED)
    for name in (
        "packaging/teahouse.spec",
        "packaging/wine_files/icuuc.c",
        "app/__main__.py",
        "resources/i18n",
    ):
        assert (tmp_path / "tree" / name).exists(), name
    assert not list((tmp_path / "tree").rglob("__pycache__"))


def test_what_tests_read_is_there_too(tmp_path):
    for name in suite_by_wine.ALSO_READ:
        assert (layout.ROOT / name).exists(), name
    windows_by_wine.copy_project(tmp_path / "tree", ["docs", "README.md"])
    assert (tmp_path / "tree" / "docs" / "releasing.md").is_file()


def test_what_is_built_lies_below_build_only():
    assert windows_by_wine.TREE.is_relative_to(layout.BUILD)
    assert windows_by_wine.MODELS.is_relative_to(layout.BUILD)
