"""Names of models: as published, and as any system takes them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from app.model.names import MAX_NAME_BYTES, hub_folder, portable_name, published_name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (PurePosixPath("/a/chatglm3-6b"), "chatglm3-6b"),
        (PurePosixPath("/a/models--THUDM--glm-4-9b/snapshots/0f"), "glm-4-9b"),
        (PurePosixPath("/a/models--x/snapshots/0f"), "x"),
        (PurePosixPath("/a/models--/snapshots/0f"), "0f"),
        (PurePosixPath("/a/snapshots/0f"), "0f"),
        (PureWindowsPath("E:\\"), "E:"),
        (PurePosixPath("/"), "/"),
    ],
)
def test_what_people_call_it(path, name) -> None:
    assert published_name(path) == name


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/a/models--x--y", "/a/models--x--y"),
        ("/a/models--x--y/snapshots/0f", "/a/models--x--y"),
        ("/a/models--x--y/blobs/0f", "/a/models--x--y"),
        ("/a/models--x--y/download/glm", None),  # a folder of that name, and no cache
        ("/a/b", None),
    ],
)
def test_a_hubs_cache(path, found) -> None:
    assert hub_folder(Path(path)) == (Path(found) if found else None)


@pytest.mark.parametrize(
    ("name", "portable"),
    [
        ("glm-4-9b-chat", "glm-4-9b-chat"),
        ("茶馆 模型 🍵", "茶馆 模型 🍵"),
        ('a/b\\c:d*e?f"g<h>i|j\n', "a_b_c_d_e_f_g_h_i_j_"),
        ("..", "_"),
        ("", "_"),
        (" .hidden. ", "hidden"),
        ("NUL", "_NUL"),
        ("com1.v2", "_com1.v2"),
        ("console", "console"),
        ("E:", "E_"),
        ("a\udcffb", "a_b"),
    ],
)
def test_what_every_system_takes(name, portable) -> None:
    assert portable_name(name) == portable


def test_long_names_end_between_two_characters() -> None:
    cut = portable_name("茶" * 80)
    assert cut == "茶" * (MAX_NAME_BYTES // 3)
