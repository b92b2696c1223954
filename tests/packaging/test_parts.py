"""An edition that no single file may hold: divided into archives of whole files, each within the limit."""

from __future__ import annotations

import platform
import shutil
import subprocess
from itertools import pairwise

import parts
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layout import Edition, version

SIZES = st.dictionaries(st.text("abcdef/", min_size=1), st.integers(0, 100))


@given(SIZES, st.integers(100, 250))
def test_every_file_is_in_one_part_and_no_part_is_too_large(sizes, limit) -> None:
    planned = parts.plan_parts(sizes, limit)
    assert sorted(name for part in planned for name in part) == sorted(sizes)
    assert all(sum(sizes[name] for name in part) <= limit for part in planned)
    assert planned == parts.plan_parts(dict(reversed(sizes.items())), limit)
    # No two neighbours could have been one: the first of them had no room for the other's largest file.
    for one, other in pairwise(planned):
        assert sum(sizes[name] for name in one) + max(sizes[name] for name in other) > limit


def test_a_file_that_no_part_takes_is_named() -> None:
    with pytest.raises(parts.PartError, match=r"lib/libtorch_cuda\.so has 101 bytes"):
        parts.plan_parts({"a": 1, "lib/libtorch_cuda.so": 101}, 100)


@pytest.fixture
def folder(tmp_path):
    """A frozen folder of 400 kB that cannot be made smaller by compressing."""
    folder = tmp_path / "dist" / "Teahouse-nvidia"
    inside = folder / "_internal" / "模型"
    inside.mkdir(parents=True)
    (folder / "Teahouse").write_bytes(b"program")
    (folder / "Teahouse").chmod(0o755)
    (inside / "link.so").symlink_to("large.so")
    for name in ("large.so", "larger.so"):
        (inside / name).write_bytes(bytes((at * at * 7919 + at // 251) % 256 for at in range(200_000)))
    return folder


@pytest.mark.skipif(shutil.which("xz") is None, reason="xz is not installed")
def test_the_parts_make_the_folder_again(folder, tmp_path) -> None:
    made = parts.make(folder, Edition.NVIDIA, limit=250_000, target=tmp_path / "out")
    begin = f"teahouse-{version()}-nvidia-linux-{platform.machine()}"
    names = [f"{begin}-part{number}of2.tar.xz" for number in (1, 2)]
    assert [path.name for path in made] == names
    assert all(path.stat().st_size <= 250_000 for path in made)
    again = tmp_path / "again"
    again.mkdir()
    for path in made:
        subprocess.run(["tar", "-xf", path, "-C", again], check=True)
    copy = again / folder.name
    assert files(copy) == files(folder)
    assert (copy / "Teahouse").stat().st_mode & 0o111
    assert (copy / "_internal" / "模型" / "link.so").is_symlink()


def files(folder) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
