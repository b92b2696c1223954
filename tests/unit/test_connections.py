"""What leads beyond this computer is written down, what does not is left out, and nothing is disturbed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app import net_guard
from app.core.connections import (
    READERS,
    Attempt,
    Connection,
    ConnectionKind,
    ConnectionLog,
    ProcessKind,
    attempt_of,
    from_line,
    is_of_this_computer,
    to_line,
)
from app.storage import connection_log

CONNECT, SEND, LOOKUP, LISTEN = (
    ConnectionKind.CONNECT,
    ConnectionKind.SEND,
    ConnectionKind.LOOKUP,
    ConnectionKind.LISTEN,
)
EXAMPLE = Connection(1_700_000_000_000, ProcessKind.ENGINE, Attempt(CONNECT, "198.51.100.7", 443))


class Peer:
    """A socket as far as the events show it."""

    def __init__(self, family: int) -> None:
        self.family = family


V4, V6 = Peer(socket.AF_INET), Peer(socket.AF_INET6)


@pytest.mark.parametrize(
    ("event", "arguments", "kind", "host", "port"),
    [
        ("socket.connect", (V4, ("198.51.100.7", 443)), CONNECT, "198.51.100.7", 443),
        ("socket.connect", (V4, ("example.org", 80)), CONNECT, "example.org", 80),
        ("socket.connect", (V4, (b"example.org", 80)), CONNECT, "example.org", 80),
        ("socket.connect", (V6, ("2001:db8::7", 443, 0, 0)), CONNECT, "2001:db8::7", 443),
        ("socket.connect", (V6, ("::ffff:198.51.100.7", 443, 0, 0)), CONNECT, "::ffff:198.51.100.7", 443),
        ("socket.connect", (V4, ("192.168.0.1", 80)), CONNECT, "192.168.0.1", 80),
        ("socket.connect", (V4, ("localhost.example.org", 80)), CONNECT, "localhost.example.org", 80),
        ("socket.sendto", (V4, ("198.51.100.7", 53)), SEND, "198.51.100.7", 53),
        ("socket.sendmsg", (V6, ("fe80::1%eth0", 5353, 0, 2)), SEND, "fe80::1%eth0", 5353),
        ("socket.bind", (V4, ("", 8080)), LISTEN, "0.0.0.0", 8080),
        ("socket.bind", (V4, ("0.0.0.0", 8080)), LISTEN, "0.0.0.0", 8080),
        ("socket.bind", (V6, ("::", 8080, 0, 0)), LISTEN, "::", 8080),
        ("socket.getaddrinfo", ("example.org", 443, 0, 0, 0), LOOKUP, "example.org", 0),
        ("socket.getaddrinfo", (b"example.org", "https", 0, 0, 0), LOOKUP, "example.org", 0),
        ("socket.gethostbyname", ("example.org",), LOOKUP, "example.org", 0),
        ("socket.gethostbyaddr", ("198.51.100.7",), LOOKUP, "198.51.100.7", 0),
        ("socket.getnameinfo", (("198.51.100.7", 80),), LOOKUP, "198.51.100.7", 0),
        ("socket.connect", (Peer(31), b"\x01\x02"), CONNECT, "family 31", 0),  # Bluetooth
    ],
)
def test_what_leads_beyond_this_computer_is_told(event, arguments, kind, host, port):
    assert attempt_of(event, arguments) == Attempt(kind, host, port)


FILE = Peer(1)  # AF_UNIX, for which Windows' Python has no name


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("socket.connect", (V4, ("127.0.0.1", 443))),
        ("socket.connect", (V4, ("127.9.8.7", 443))),
        ("socket.connect", (V4, ("localhost", 443))),
        ("socket.connect", (V4, ("LOCALHOST.", 443))),
        ("socket.connect", (V4, ("0.0.0.0", 443))),
        ("socket.connect", (V6, ("::1", 443, 0, 0))),
        ("socket.connect", (V6, ("::1%lo", 443, 0, 1))),
        ("socket.connect", (V6, ("::ffff:127.0.0.1", 443, 0, 0))),
        ("socket.bind", (V4, ("127.0.0.1", 0))),
        ("socket.bind", (V6, ("::1", 0, 0, 0))),
        ("socket.sendto", (V4, ("127.0.0.1", 9))),
        ("socket.sendmsg", (V4, None)),  # on a connected socket
        ("socket.getaddrinfo", ("localhost", 80, 0, 0, 0)),
        ("socket.getaddrinfo", ("127.0.0.1", 80, 0, 0, 0)),
        ("socket.getaddrinfo", ("198.51.100.7", 80, 0, 0, 0)),  # figures are asked of nobody
        ("socket.getaddrinfo", (None, 80, 0, 0, 0)),
        ("socket.getnameinfo", (("127.0.0.1", 80),)),
        ("socket.connect", (V4, "no address at all")),
        ("socket.gethostname", ()),
        ("open", ("/etc/hosts", "r", 0)),
        ("socket.connect", (FILE, "/tmp/x")),
        ("socket.bind", (FILE, b"\0x")),
    ],
)
def test_what_ends_at_this_computer_is_left_out(event, arguments):
    assert attempt_of(event, arguments) is None


def test_no_address_means_this_computer_to_a_caller_and_everybody_to_a_listener():
    assert is_of_this_computer("0.0.0.0")
    assert not is_of_this_computer("0.0.0.0", is_bind=True)


@pytest.mark.parametrize("host", ["x" * 5000, "\n\r\x00", "网络.cn", '"}{', "\ud800"])
def test_whatever_a_host_is_called_it_is_one_short_line(tmp_path: Path, host):
    attempt = attempt_of("socket.connect", (V4, (host, 1)))
    assert attempt is not None
    connection = Connection(5, ProcessKind.WINDOW, attempt)
    line = to_line(connection)
    assert len(line.splitlines()) == 1
    assert len(line) < 4000
    assert from_line(line) == connection
    connection_log.append(tmp_path / "list", connection)
    assert connection_log.read(tmp_path / "list").connections == (connection,)


@pytest.mark.parametrize("line", ["", "{", "[]", "1", '{"at": 1}', to_line(EXAMPLE)[:-9], "[" * 5000])
def test_lines_that_make_no_sense_are_left_out(line):
    assert from_line(line) is None


def test_the_record_begins_once_and_grows(tmp_path: Path):
    path = tmp_path / "connections.jsonl"
    assert connection_log.read(path) == ConnectionLog()
    connection_log.begin(path)
    begun = connection_log.read(path)
    assert begun.since_ms is not None
    assert begun.connections == ()
    connection_log.begin(path)
    connection_log.append(path, EXAMPLE)
    connection_log.append(path, EXAMPLE)
    assert connection_log.read(path) == ConnectionLog(begun.since_ms, (EXAMPLE, EXAMPLE))
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600


def test_no_folder_is_made_until_there_is_something_to_write(tmp_path: Path):
    path = tmp_path / "not yet" / "connections.jsonl"
    connection_log.begin(path)
    assert not path.parent.exists()
    connection_log.append(path, EXAMPLE)
    assert connection_log.read(path).connections == (EXAMPLE,)


def test_half_a_line_and_a_lost_head_cost_only_themselves(tmp_path: Path):
    path = tmp_path / "connections.jsonl"
    path.write_text(f"{to_line(EXAMPLE)[:20]}\n{to_line(EXAMPLE)}\n{to_line(EXAMPLE)[:-3]}", encoding="ascii")
    assert connection_log.read(path) == ConnectionLog(EXAMPLE.at_ms, (EXAMPLE,))


def test_the_record_stays_small_and_counts_what_it_dropped(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(connection_log, "FULL_BYTES", 2000)
    monkeypatch.setattr(connection_log, "ROTATE_BYTES", 1000)
    path = tmp_path / "connections.jsonl"
    connection_log.begin(path)
    since = connection_log.read(path).since_ms
    for _ in range(100):
        connection_log.append(path, EXAMPLE)
    first = connection_log.read(path)
    assert first.is_full
    kept = len(first.connections)
    assert 10 < kept < 30
    assert path.stat().st_size < 2000 + len(to_line(EXAMPLE)) + 1
    for start in range(1, 4):
        connection_log.begin(path)
        found = connection_log.read(path)
        assert not found.is_full
        assert (found.since_ms, found.dropped) == (since, (start - 1) * kept)
        assert len(found.connections) == kept
        for _ in range(100):
            connection_log.append(path, EXAMPLE)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 2 * (2000 + 200)


def test_the_hook_never_disturbs(tmp_path: Path):
    blocked = tmp_path / "a file"
    blocked.write_text("")
    hear = net_guard.make_hook(ProcessKind.WINDOW, [blocked / "connections.jsonl"])
    hear("socket.connect", (V4, ("198.51.100.7", 443)))  # cannot be written
    hear("socket.connect", ())  # not what Python says today
    hear("socket.connect", (None, (object(), object())))
    hear("socket.getaddrinfo", (object(),))
    hear("import", ("x", None, None, None, None))


SCRIPT = """
import contextlib, socket, sys
from pathlib import Path
from app import net_guard
from app.core.connections import ProcessKind
path = Path(sys.argv[1])
if path.name == "engine":
    net_guard.watch_engine()
else:
    net_guard.watch(ProcessKind.WINDOW, path)
    net_guard.watch(ProcessKind.TERMINAL, path / "a second call counts for nothing")
with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
    pass
with contextlib.suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
    socket.create_connection(server.getsockname()[:2]).close()
socket.getaddrinfo("localhost", 80)
a, b = socket.socketpair()
a.close(), b.close()
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
    with contextlib.suppress(OSError):
        far.connect(("198.51.100.7", 9))  # of a datagram socket: nothing is sent
"""


def test_a_real_process_is_heard(tmp_path: Path):
    path = tmp_path / "connections.jsonl"
    subprocess.run([sys.executable, "-c", SCRIPT, str(path)], check=True)
    (found,) = connection_log.read(path).connections
    assert found.process is ProcessKind.WINDOW
    assert found.attempt == Attempt(CONNECT, "198.51.100.7", 9)


@pytest.mark.parametrize("is_told", [True, False])
def test_the_engine_child_is_told_where_to_write(tmp_path: Path, is_told):
    path = tmp_path / "connections.jsonl"
    environment = {key: value for key, value in os.environ.items() if key != net_guard.LOG_VARIABLE}
    if is_told:
        environment[net_guard.LOG_VARIABLE] = str(path)
    subprocess.run([sys.executable, "-c", SCRIPT, "engine"], check=True, env=environment)
    processes = [connection.process for connection in connection_log.read(path).connections]
    assert processes == ([ProcessKind.ENGINE] if is_told else [])


def test_every_event_that_is_read_exists_in_this_python():
    """The names are Python's: a typing error would make the guard deaf."""
    code = (
        "import sys, socket, contextlib; seen = set(); sys.addaudithook(lambda event, _: seen.add(event));"
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 0));"
        "s.sendto(b'x', s.getsockname());"
        "hasattr(s, 'sendmsg') and s.sendmsg([b'x'], [], 0, s.getsockname());"  # Windows has none
        "s.connect(s.getsockname()); socket.getaddrinfo('127.0.0.1', 1);"
        "socket.gethostbyname('127.0.0.1'); socket.getnameinfo(('127.0.0.1', 1), 3);\n"
        "with contextlib.suppress(OSError): socket.gethostbyaddr('127.0.0.1')\n"
        "print(*sorted(seen))"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    missing = set(READERS) - set(seen.split())
    assert missing <= ({"socket.sendmsg"} if sys.platform == "win32" else set())
