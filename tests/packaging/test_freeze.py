"""Freezing, as far as it goes without PyInstaller: the right torch, and what is stripped."""

import shutil
import subprocess

import contents
import freeze
import pytest
from layout import Edition


@pytest.mark.parametrize(
    ("edition", "cuda", "reason"),
    [
        (Edition.FULL, "13.0", "built for CUDA 13.0"),
        (Edition.NVIDIA, "", "built for processors"),
    ],
)
def test_the_wrong_torch_is_refused_before_minutes_are_spent(edition, cuda, reason):
    with pytest.raises(freeze.FreezeError, match=reason):
        freeze.ensure_right_torch(edition, cuda)


def test_the_right_torch_is_not():
    freeze.ensure_right_torch(Edition.FULL, "")
    for cuda in ("", "13.0"):
        freeze.ensure_right_torch(Edition.LIGHT, cuda)


@pytest.mark.parametrize(
    ("line", "cuda"),
    [("cuda: Optional[str] = None", ""), ("cuda: Optional[str] = '13.0'", "13.0"), ('cuda = "12.8"', "12.8")],
)
def test_which_torch_it_is_stands_in_its_version_file(line, cuda, tmp_path, monkeypatch):
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").touch()
    (tmp_path / "torch" / "version.py").write_text(
        f"__version__ = '2.13.0'\n{line}\nhip = None\n", encoding="utf-8"
    )
    spec = freeze.find_spec("torch").__class__("torch", None, is_package=True)
    spec.submodule_search_locations.append(str(tmp_path / "torch"))
    monkeypatch.setattr(freeze, "find_spec", {"torch": spec}.get)
    assert freeze.torch_cuda() == cuda
    monkeypatch.setattr(freeze, "find_spec", lambda name: None)
    assert freeze.torch_cuda() == ""


@pytest.mark.skipif(
    not (shutil.which("gcc") and shutil.which("strip")), reason="gcc or strip is not installed"
)
def test_symbols_are_taken_out_of_the_libraries_that_are_there(tmp_path):
    library = tmp_path / "_internal" / contents.STRIPPED[0]
    library.parent.mkdir(parents=True)
    source = tmp_path / "code.c"
    source.write_text(
        "static int inside(int a) { return a * a; }\nint outside(int a) { return inside(a) + 1; }\n"
    )
    subprocess.run(["gcc", "-g", "-O0", "-shared", "-fPIC", "-o", library, source], check=True)
    before = library.stat().st_size
    freeze.strip(tmp_path)
    assert library.stat().st_size < before
    assert freeze.size_of(tmp_path / "_internal") == library.stat().st_size
    library.write_text("no library")
    with pytest.raises(freeze.FreezeError, match="strip failed"):
        freeze.strip(tmp_path)
