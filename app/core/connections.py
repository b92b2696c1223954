"""What counts as a connection to the outside: read from the audit events of Python's sockets, kept as lines.

An address of this computer alone is none: loopback, sockets that are files, the kernel's own. Pure values;
who listens is `net_guard`, who writes is `storage.connection_log`. Standard library only.
"""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

MAX_HOST = 255
"""The longest name there can be; longer ones are cut, so that a line stays short."""


class ProcessKind(StrEnum):
    """Which of the app's processes it was."""

    WINDOW = "window"
    TERMINAL = "terminal"  # a verb of the command line
    ENGINE = "engine"


class ConnectionKind(StrEnum):
    """What was done."""

    LOOKUP = "lookup"  # a name was asked for; the port is 0
    CONNECT = "connect"
    SEND = "send"  # without a connection
    LISTEN = "listen"  # an address was taken at which others can reach this computer


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to reach another computer, or to be reached. Never what was said."""

    kind: ConnectionKind
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Connection:
    """A try with its moment (UTC milliseconds) and process."""

    at_ms: int
    process: ProcessKind
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class ConnectionLog:
    """What was written down since a moment; None where nothing was ever begun.

    `dropped`: so many older ones are no longer kept. `is_full`: no more was written in the present run.
    """

    since_ms: int | None = None
    connections: tuple[Connection, ...] = ()
    dropped: int = 0
    is_full: bool = False


def attempt_of(event: str, arguments: tuple[object, ...]) -> Attempt | None:
    """What an audit event of the module `socket` says; None where nothing leads beyond this computer.

    The events are those of https://docs.python.org/3/library/audit_events.html.
    """
    reader = READERS.get(event)
    return None if reader is None else reader(arguments)


def to_line(connection: Connection) -> str:
    """One line of ASCII without its end."""
    attempt = connection.attempt
    return json.dumps(
        {
            "at": connection.at_ms,
            "process": connection.process.value,
            "kind": attempt.kind.value,
            "host": attempt.host,
            "port": attempt.port,
        }
    )


def from_line(line: str) -> Connection | None:
    """What `to_line` wrote; None for anything else, for instance half a line after a power cut."""
    try:
        raw = json.loads(line)
        attempt = Attempt(ConnectionKind(raw["kind"]), str(raw["host"])[:MAX_HOST], int(raw["port"]))
        return Connection(int(raw["at"]), ProcessKind(raw["process"]), attempt)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def is_of_this_computer(host: object, *, is_bind: bool = False) -> bool:
    """Whether an internet address or a name leads nowhere else.

    To connect to "no address" (0.0.0.0, ::) is to connect to this computer; to bind to it is to be reachable
    from everywhere.
    """
    name = _name(host).rstrip(".").lower()
    if name == "localhost":
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0] or "0.0.0.0")  # noqa: S104 - as Python reads ""
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    return address.is_loopback or (address.is_unspecified and not is_bind)


def _of_address(kind: ConnectionKind) -> Callable[[tuple[object, ...]], Attempt | None]:
    """A reader of events whose arguments are a socket and an address."""

    def read(arguments: tuple[object, ...]) -> Attempt | None:
        family = int(getattr(arguments[0], "family", -1))
        address = arguments[1]
        if family in _LOCAL_FAMILIES or address is None:
            return None
        if family not in (socket.AF_INET, socket.AF_INET6):
            return Attempt(kind, f"family {family}", 0)
        if not isinstance(address, tuple) or len(address) < 2:
            return None  # Python refuses it
        if is_of_this_computer(address[0], is_bind=kind is ConnectionKind.LISTEN):
            return None
        port = address[1] if isinstance(address[1], int) else 0
        return Attempt(kind, _name(address[0]) or "0.0.0.0", port)  # noqa: S104 - it is only told

    return read


def _of_name(arguments: tuple[object, ...]) -> Attempt | None:
    """Asking for a name; an address in figures is asked of nobody."""
    host = _name(arguments[0])
    if not host or is_of_this_computer(host):
        return None
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return Attempt(ConnectionKind.LOOKUP, host, 0)
    return None


def _of_figures(arguments: tuple[object, ...]) -> Attempt | None:
    """Asking whose an address is, which is asked of others."""
    given = arguments[0]
    host = _name(given[0] if isinstance(given, tuple) and given else given)
    return None if is_of_this_computer(host) else Attempt(ConnectionKind.LOOKUP, host, 0)


def _name(host: object) -> str:
    if isinstance(host, bytes | bytearray):
        host = bytes(host).decode("ascii", "backslashreplace")
    return str(host)[:MAX_HOST] if isinstance(host, str) else ""


_UNIX = 1  # on every system; Windows' Python has no name for it
_LOCAL_FAMILIES = frozenset({
    _UNIX, *(int(getattr(socket, name)) for name in ("AF_NETLINK", "AF_ALG") if hasattr(socket, name))
})  # fmt: skip
READERS: Mapping[str, Callable[[tuple[object, ...]], Attempt | None]] = {
    "socket.connect": _of_address(ConnectionKind.CONNECT),
    "socket.bind": _of_address(ConnectionKind.LISTEN),
    "socket.sendto": _of_address(ConnectionKind.SEND),
    "socket.sendmsg": _of_address(ConnectionKind.SEND),
    "socket.getaddrinfo": _of_name,
    "socket.gethostbyname": _of_name,
    "socket.gethostbyaddr": _of_figures,
    "socket.getnameinfo": _of_figures,
}
"""The events that are read. All others (there are thousands at a start) are not even looked at."""
