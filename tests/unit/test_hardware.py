"""Memory of this moment, and what the driver of a graphics card tells."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from app.core.memory import GraphicsCard
from app.model import hardware
from app.model.hardware import find_graphics_card, memory_now, own_memory, read_graphics_card
from app.model.kernel_speeds import KernelSpeeds, write_speeds

MIB = 1 << 20
GEFORCE = "NVIDIA GeForce RTX 3060, 12288, 11801, GPU-5c1d4d5e-0000-0000-0000-000000000001\n"
TESLA = "Tesla T4, 15360, 15101, GPU-5c1d4d5e-0000-0000-0000-000000000002\n"
HOLDERS = (
    "4321, 5120, GPU-5c1d4d5e-0000-0000-0000-000000000001\n"
    "999, 300, GPU-5c1d4d5e-0000-0000-0000-000000000001\n"
)
HOLDING = "data = bytearray(96 << 20); print('ready', flush=True); input()"
MAPPING = (
    "import mmap, sys; file = open(sys.argv[1], 'rb');"
    "data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ);"
    "sum(data[at] for at in range(0, len(data), 4096)); print('ready', flush=True); input()"
)


def test_a_card_as_the_driver_tells_it() -> None:
    assert read_graphics_card(GEFORCE) == GraphicsCard("NVIDIA GeForce RTX 3060", 12288 * MIB, 11801 * MIB)


def test_of_two_cards_the_larger_one() -> None:
    found = read_graphics_card(GEFORCE + TESLA)
    assert found is not None
    assert found.name == "Tesla T4"


def test_what_our_engine_holds_counts_as_free() -> None:
    found = read_graphics_card(GEFORCE.replace("11801", "6681"), HOLDERS, 4321)
    assert found is not None
    assert found.free == 11801 * MIB
    on_the_other = read_graphics_card(TESLA, HOLDERS, 4321)
    assert on_the_other is not None
    assert on_the_other.free == 15101 * MIB


@pytest.mark.parametrize(
    "told",
    [
        "",
        "No devices were found\n",
        "NVIDIA Graphics, [N/A], [N/A], GPU-1\n",
        "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver, really, now, so\n",
        "\x00\ufffd,,,\n",
    ],
)
def test_anything_else_is_no_card(told: str) -> None:
    assert read_graphics_card(told) is None


def test_a_holder_without_a_size_changes_nothing() -> None:
    """Windows does not tell what a process holds."""
    found = read_graphics_card(GEFORCE, HOLDERS.replace("5120", "[N/A]") + "nonsense\n", 4321)
    assert found is not None
    assert found.free == 11801 * MIB


def program(folder: Path, text: str) -> Path:
    """An executable called as the driver's."""
    path = folder / "nvidia-smi"
    path.write_text(f"#!{sys.executable}\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.skipif(os.name == "nt", reason="a script is no program there")
def test_the_drivers_program_is_asked_and_its_answer_kept(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(hardware, "_torch_knows_cuda", lambda: True)
    monkeypatch.setattr(hardware, "_DRIVER_TIMEOUT_S", 30.0)
    program(
        tmp_path,
        f"import sys; print({GEFORCE!r} if '--query-gpu=name' in sys.argv[1] else {HOLDERS!r}, end='')",
    )
    found = find_graphics_card()
    assert found == read_graphics_card(GEFORCE)
    assert memory_now().card == found
    with_ours = find_graphics_card(4321)
    assert with_ours is not None
    assert with_ours.free == 12288 * MIB  # never more than there is
    program(tmp_path, "raise SystemExit(9)")
    assert find_graphics_card() is None
    assert memory_now().card is None


@pytest.mark.skipif(os.name == "nt", reason="a script is no program there")
def test_a_driver_that_does_not_answer_is_no_card(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(hardware, "_torch_knows_cuda", lambda: True)
    monkeypatch.setattr(hardware, "_DRIVER_TIMEOUT_S", 0.2)
    program(tmp_path, "import time; time.sleep(60)")
    assert find_graphics_card() is None


def test_a_card_that_torch_cannot_use_is_none(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(hardware, "_torch_knows_cuda", lambda: False)
    program(tmp_path, f"print({GEFORCE!r})")
    assert find_graphics_card() is None


def test_memory_of_this_moment(tmp_path) -> None:
    now = memory_now(os.getpid(), tmp_path)
    assert 0 < now.available < now.total == hardware.memory_total()
    assert 0 < now.ours <= hardware.resident_memory()
    assert now.others + now.usable == pytest.approx(now.total, abs=now.ours)
    assert not now.int4_is_slower
    write_speeds(tmp_path, KernelSpeeds("test", int8_ms=5.0, int4_ms=9.0))
    assert memory_now(None, tmp_path).int4_is_slower
    assert memory_now().ours == 0
    assert memory_now(2**22 + 1).ours == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the rule is Linux's")
def test_pages_of_a_file_are_not_ours_but_what_was_taken_is(tmp_path) -> None:
    """A prepared model's pages were available before and are after."""
    file = tmp_path / "weights"
    file.write_bytes(bytes(96 << 20))
    sizes = {}
    for name, code in (("taken", HOLDING), ("mapped", MAPPING)):
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        with child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            sizes[name] = own_memory(child.pid)
            assert psutil.Process(child.pid).memory_info().rss >= 96 << 20
            child.communicate("\n")
    assert sizes["taken"] >= 96 << 20
    assert sizes["mapped"] < 48 << 20
