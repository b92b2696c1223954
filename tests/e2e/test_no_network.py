"""The whole app reaches nobody: it does its job without any network, and leaves one alone that is there.

Watched from outside by `helpers/network_box`, so that native libraries cannot hide: by the kernel, for each
system call of each process and each packet. Every kind of watch is first seen to find something.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.core import settings as declared
from app.core.settings import Settings
from app.model.glm.family import Family
from app.storage import connection_log
from app.storage.settings_file import write_settings
from tests.helpers.glm_folder import make_folder
from tests.helpers.starter import starter_path

ROOT = Path(__file__).resolve().parents[2]
BOX = ROOT / "tests" / "helpers" / "network_box.py"
NOT_POSSIBLE = 77
ANSWER_S = 110


@dataclass(frozen=True)
class Run:
    """How a command ended, and what left this computer meanwhile."""

    code: int
    out: str
    errors: str
    left: list[dict[str, object]]


WATCHES = (("--network", "trap", "--trace"), ("--trace",), ("--network", "trap"))
"""From the sharpest down: a system may forbid one of the two."""


class NotPossibleError(Exception):
    """The system does not allow it; the text says what."""


def run_watched(folder: Path, command: list[str]) -> Run:
    """Run with all eyes that the system allows; skips the test, with the reasons, where it allows none."""
    reasons = []
    for options in WATCHES:
        try:
            return try_in_box(folder, *options, command=command)
        except NotPossibleError as error:
            reasons.append(str(error))
    pytest.skip("; ".join(reasons))


def run_in_box(folder: Path, *options: str, command: list[str]) -> Run:
    """Run in this kind of box; skips the test, with the reason, where the system does not allow it."""
    try:
        return try_in_box(folder, *options, command=command)
    except NotPossibleError as error:
        pytest.skip(str(error))


def try_in_box(folder: Path, *options: str, command: list[str]) -> Run:
    """Raises `NotPossibleError`."""
    if sys.platform != "linux":
        raise NotPossibleError("only Linux can watch a program in this way")
    report = folder / "report.jsonl"
    result = subprocess.run(
        [sys.executable, str(BOX), "--report", str(report), *options, "--", *command],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=ANSWER_S,
        cwd=ROOT,
        env={**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en", "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
    )
    lines = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    report.unlink()
    if result.returncode == NOT_POSSIBLE:
        raise NotPossibleError(str(lines[-1]["reason"]))
    return Run(result.returncode, result.stdout, result.stderr, lines)


def teahouse(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "app", *arguments]


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[tuple[str, ...]]:
    """A profile whose answers are the likeliest; afterwards the app's own list of connections is empty."""
    data = tmp_path / "数据 data"
    data.mkdir()
    write_settings(data / "settings.json", Settings().changed(declared.TEMPERATURE, 0.0))
    yield ("--data-dir", str(data), "--models-dir", str(starter_path().parent))
    assert connection_log.read(data / "connections.jsonl").connections == ()


# The watch itself

NATIVE = """
import ctypes, socket, struct
c = ctypes.CDLL(None)
host = socket.inet_pton(socket.AF_INET6, "2001:db8::7")
address = struct.pack("=H", socket.AF_INET6) + struct.pack("!HI", 443, 0) + host + bytes(4)
c.connect(c.socket(socket.AF_INET6, socket.SOCK_STREAM, 0), address, len(address))
"""
GRANDCHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {NATIVE!r}])"
THREAD = """
import contextlib, socket, threading
def reach():
    with contextlib.suppress(OSError), socket.socket() as far:
        far.settimeout(1)
        far.connect(("198.51.100.7", 443))
thread = threading.Thread(target=reach)
thread.start()
thread.join()
"""
DATAGRAM = """
import contextlib, socket
with contextlib.suppress(OSError):
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("198.51.100.7", 9))
"""
MESSAGE = DATAGRAM.replace('sendto(b"x",', 'sendmsg([b"x"], [], 0,')
NAME = """
import contextlib, socket
with contextlib.suppress(OSError):
    socket.getaddrinfo("teahouse.example", 443)
"""
LISTENER = "import socket; socket.socket().bind(('', 0))"
HARMLESS = """
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    with socket.create_connection(server.getsockname()) as near:
        near.sendall(b"x")
a, b = socket.socketpair()
a.sendall(b"x")
a.close(), b.close()
"""


@pytest.mark.parametrize("options", [("--trace",), ("--network", "trap"), ("--network", "trap", "--trace")])
@pytest.mark.parametrize(
    ("script", "address"),
    [
        (NATIVE, "2001:db8::7"),
        (GRANDCHILD, "2001:db8::7"),
        (THREAD, "198.51.100.7"),
        (DATAGRAM, "198.51.100.7"),
        (MESSAGE, "198.51.100.7"),
    ],
    ids=["native code", "a child's child", "a thread", "a datagram", "a message"],
)
def test_a_bad_program_is_seen(tmp_path: Path, options: tuple[str, ...], script: str, address: str) -> None:
    run = run_in_box(tmp_path, *options, command=[sys.executable, "-c", script])
    found = {line["what"] for line in run.left if str(line["address"]).startswith(address)}
    wanted = {"call": "--trace" in options, "packet": "trap" in options}
    assert found == {what for what, is_wanted in wanted.items() if is_wanted}


def test_waiting_for_others_is_seen(tmp_path: Path) -> None:
    run = run_in_box(tmp_path, "--trace", command=[sys.executable, "-c", LISTENER])
    assert [line["name"] for line in run.left] == ["bind"]


def test_asking_for_a_name_is_seen(tmp_path: Path) -> None:
    run = run_in_box(tmp_path, "--network", "trap", command=[sys.executable, "-c", NAME])
    assert {line["port"] for line in run.left if line["protocol"] == 17} == {53}


@pytest.mark.parametrize("options", [("--trace",), ("--network", "trap"), ("--network", "none")])
def test_talking_within_this_computer_is_not(tmp_path: Path, options: tuple[str, ...]) -> None:
    run = run_in_box(tmp_path, *options, command=[sys.executable, "-c", HARMLESS])
    assert (run.code, run.errors, run.left) == (0, "", [])


# The app


@pytest.mark.starter
@pytest.mark.parametrize("verb", ["show-once", "ask"])
def test_a_whole_chat_without_any_network(tmp_path: Path, folders: tuple[str, ...], verb: str) -> None:
    """Nothing but loopback is there."""
    question = () if verb == "show-once" else ("What is the capital of France?",)
    run = run_in_box(tmp_path, "--network", "none", command=teahouse(verb, *folders, *question))
    assert (run.code, run.left) == (0, []), run.errors
    assert "Paris" in run.out


@pytest.mark.starter
@pytest.mark.parametrize("verb", ["show-once", "ask"])
def test_a_whole_chat_reaches_nobody(tmp_path: Path, folders: tuple[str, ...], verb: str) -> None:
    """Everybody could be reached."""
    question = () if verb == "show-once" else ("What is the capital of France?",)
    run = run_watched(tmp_path, teahouse(verb, *folders, *question))
    assert run.left == []
    assert run.code == 0, run.errors
    assert "Paris" in run.out


WINDOW_TWICE = """
import signal, subprocess, sys, time
from pathlib import Path
data, *folders = sys.argv[1:]
command = [sys.executable, "-m", "app", "--data-dir", data, *folders]
first = subprocess.Popen(command)
while not Path(data, "teahouse.db").exists():
    assert first.poll() is None
    time.sleep(0.1)
print("second", subprocess.run(command).returncode)
first.send_signal(signal.SIGTERM)
print("first", first.wait())
"""


def test_the_window_on_its_first_start_and_a_second_start_reach_nobody(tmp_path: Path) -> None:
    """As a person starts it: the welcome looks at this computer, a second start calls the first window."""
    data = tmp_path / "data"
    folders = ("--models-dir", str(tmp_path / "models"))
    run = run_watched(tmp_path, [sys.executable, "-c", WINDOW_TWICE, str(data), *folders])
    assert run.left == []
    assert (run.code, run.out.split()) == (0, ["second", "0", "first", "0"]), run.errors
    log = connection_log.read(data / "connections.jsonl")
    assert log.since_ms is not None
    assert log.connections == ()


def test_an_answer_in_torch_reaches_nobody_and_needs_not_even_loopback(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "models", Family.GLM4)
    data = tmp_path / "data"
    ask = teahouse(
        "ask", "--data-dir", str(data), "--models-dir", str(data / "models"), "--model", str(folder)
    )
    ask += ["--precision", "int4", "--max-tokens", "4", "Hi"]
    run = run_in_box(tmp_path, "--network", "dark", "--trace", command=ask)
    assert run.left == []
    assert run.code == 0, run.errors
    assert connection_log.read(data / "connections.jsonl").connections == ()


# The sources

NETWORK = {
    "aiohttp", "ftplib", "http", "httpx", "huggingface_hub", "imaplib", "nntplib", "poplib", "requests",
    "smtplib", "socket", "socketserver", "ssl", "telnetlib", "urllib", "urllib3", "webbrowser", "websockets",
    "xmlrpc", "PySide6.QtNetwork", "PySide6.QtWebSockets", "PySide6.QtWebEngineCore",
}  # fmt: skip
ALLOWED = {
    "app/core/connections.py": {"socket"},  # the names of the families of addresses
    "app/model/engines/llama_server.py": {"http.client", "socket", "urllib.parse"},  # loopback and a key
    "app/ui/single_instance.py": {
        "PySide6.QtNetwork.QLocalServer",
        "PySide6.QtNetwork.QLocalSocket",
    },  # a socket that is a file
}


def network_imports(source: str) -> set[str]:
    """What a source imports, anywhere in it, of modules that can reach others; with the names out of Qt's."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module is not None:
            is_deep = node.module.startswith("PySide6") or node.module in NETWORK
            names = [f"{node.module}.{a.name}" if is_deep else node.module for a in node.names]
        for name in names:
            if any(name == module or name.startswith(f"{module}.") for module in NETWORK):
                found.add(name)
    return found


def test_the_sources_import_nothing_that_reaches_others_but_for_named_places() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): network_imports(path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "app").rglob("*.py"))
    }
    assert len(found) > 200
    assert {path: names for path, names in found.items() if names} == ALLOWED


@pytest.mark.parametrize(
    "source",
    [
        "import urllib.request",
        "def late():\n    from urllib import request",
        "from http.client import HTTPSConnection",
        "import requests as r",
        "from PySide6 import QtNetwork",
        "from PySide6.QtNetwork import QNetworkAccessManager",
        "from huggingface_hub import snapshot_download",
    ],
)
def test_an_import_that_reaches_others_would_be_seen(source: str) -> None:
    assert network_imports(source)


def test_the_engine_child_lets_no_library_ask_a_hub(tmp_path: Path) -> None:
    """Not even where somebody had switched that on for other programs."""
    code = (
        "import app.model.engines.glm_torch; from huggingface_hub.constants import is_offline_mode;"
        "from transformers.utils.hub import is_offline_mode as same; print(is_offline_mode(), same())"
    )
    environment = {**os.environ, "HF_HUB_OFFLINE": "0", "TRANSFORMERS_OFFLINE": "0"}
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=environment
    )
    assert result.stdout.strip() == "True True", result.stderr
