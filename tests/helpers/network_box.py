"""Runs a command where every attempt to reach a network is seen, native code included; a program of its own.

    python network_box.py --network own|none|trap [--trace] --report FILE -- COMMAND ...

`none` is a new network without any interface but loopback, `dark` one whose loopback is down too. `trap` is a
new network in which every address seems to be reachable: all of them lead to the loopback interface, where
each packet is read. `--trace` stops each of the system calls that name a peer or an address (connect, bind,
sendto, sendmsg, sendmmsg, and sockets of odd families) and notes where it leads, by seccomp's notifications,
so neither a debugger nor a compiler is needed. All that leads beyond this computer becomes a line of JSON in
the report. Gives the exit code of the command; 77 with the reason in the report where the system does not
allow what was asked for.

Linux on x86-64 and aarch64. Standard library only.
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import fcntl
import ipaddress
import json
import os
import platform
import select
import signal
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

NOT_POSSIBLE = 77
NEWNS, NEWUSER, NEWNET = 0x00020000, 0x10000000, 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


class NotPossibleError(Exception):
    """The system does not allow it; the text says what."""


class Report:
    """The lines of JSON that the test reads."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def add(self, what: str, **facts: object) -> None:
        print(json.dumps({"what": what, **facts}), file=self._file)


# Namespaces


def leave_the_network(kind: str) -> socket.socket | None:
    """Enter a new network of this kind; gives the socket that reads its packets, for a trap."""
    user, group = os.getuid(), os.getgid()
    if _libc.unshare(NEWNET) != 0:
        if _libc.unshare(NEWUSER | NEWNET) != 0:
            raise NotPossibleError(f"no new network: {os.strerror(ctypes.get_errno())}")
        try:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
            Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
        except OSError as error:
            raise NotPossibleError(f"no new user namespace: {error}") from error
    try:
        if kind != "dark":
            _bring_up_loopback()
        return _lay_the_trap() if kind == "trap" else None
    except OSError as error:
        raise NotPossibleError(f"the new network cannot be set up: {error}") from error


def _bring_up_loopback() -> None:
    get_flags, set_flags, up = 0x8913, 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH22x", b"lo", 0)
        flags = struct.unpack("16sH22x", fcntl.ioctl(control, get_flags, request))[1]
        fcntl.ioctl(control, set_flags, struct.pack("16sH22x", b"lo", flags | up))


def _lay_the_trap() -> socket.socket:
    """Addresses as of a computer that is online, every other address local, and all packets read."""
    everything = socket.ntohs(0x0003)
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, everything)
    packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    packets.bind(("lo", 0x0003))
    packets.setblocking(False)
    loopback = socket.if_nametoindex("lo")
    for family, own, length in ((socket.AF_INET, "10.77.0.2", 32), (socket.AF_INET6, "fd77::2", 128)):
        address = socket.inet_pton(family, own)
        nodad = 0x02
        _netlink(20, struct.pack("=BBBBI", family, length, nodad, 0, loopback), {1: address, 2: address})
        table_local, by_boot, universe_or_host, to_local = 255, 3, 254, 2
        route = (family, 0, 0, 0, table_local, by_boot, universe_or_host, to_local, 0)
        _netlink(24, struct.pack("=BBBBBBBBI", *route), {4: struct.pack("=I", loopback)})
    return packets


def _netlink(kind: int, body: bytes, attributes: dict[int, bytes]) -> None:
    """One request to the kernel's routing (rtnetlink), answered; raises `OSError`."""
    for number, value in attributes.items():
        body += struct.pack("=HH", 4 + len(value), number) + value + b"\0" * (-len(value) % 4)
    request, acknowledge, create, exclusive = 0x1, 0x4, 0x400, 0x200
    flags = request | acknowledge | create | exclusive
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as link:
        link.send(struct.pack("=IHHII", 16 + len(body), kind, flags, 1, 0) + body)
        answer = link.recv(1 << 16)
    code = struct.unpack_from("=i", answer, 16)[0]
    if code and -code != errno.EEXIST:
        raise OSError(-code, os.strerror(-code))


def read_packets(packets: socket.socket, report: Report) -> None:
    """Report each packet on its way out that is not for this computer by its address, or asks for a name."""
    outgoing = 4
    while True:
        try:
            data, where = packets.recvfrom(1 << 16)
        except BlockingIOError:
            return
        if where[2] != outgoing:
            continue  # on loopback every packet is seen twice
        found = _target_of(data)
        if found is not None:
            target, protocol, port = found
            if not target.is_loopback or port == 53:
                report.add("packet", address=str(target), protocol=protocol, port=port)


def _target_of(data: bytes) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int, int] | None:
    """Address, protocol and port (0 where there is none); None for an answer to such a packet."""
    if data[0] >> 4 == 4:
        source, target = ipaddress.IPv4Address(data[12:16]), ipaddress.IPv4Address(data[16:20])
        protocol, rest = data[9], data[(data[0] & 0xF) * 4 :]
    else:
        source, target = ipaddress.IPv6Address(data[8:24]), ipaddress.IPv6Address(data[24:40])
        protocol, rest = data[6], data[40:]
    own = {ipaddress.ip_address("10.77.0.2"), ipaddress.ip_address("fd77::2")}
    if target in own and source not in own:
        return None
    port = struct.unpack_from("!H", rest, 2)[0] if protocol in (6, 17) and len(rest) >= 4 else 0
    return target, protocol, port


# System calls

_NUMBERS = {
    "x86_64": (
        0xC000003E,
        {"socket": 41, "connect": 42, "sendto": 44, "sendmsg": 46, "bind": 49, "sendmmsg": 307},
        425,
    ),
    "aarch64": (
        0xC00000B7,
        {"socket": 198, "bind": 200, "connect": 203, "sendto": 206, "sendmsg": 211, "sendmmsg": 269},
        425,
    ),
}
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_PIDFD_OPEN, _PIDFD_GETFD = 434, 438
_ALLOW, _NOTIFY, _NOT_THERE = 0x7FFF0000, 0x7FC00000, 0x00050000 | errno.ENOSYS
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_NOTIFICATION = struct.Struct("=QIIiIQ6Q")
_RESPONSE = struct.Struct("=QqiI")
_RECEIVE, _SEND, _IS_VALID = 0xC0502100, 0xC0182101, 0x40082102
_CONTINUE = 1
_USUAL_FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK, socket.AF_ALG)


def install_filter() -> int:
    """From now on the calls of this process and its children are told; gives the descriptor of the teller."""
    architecture, numbers, ring = _NUMBERS[platform.machine()]
    steps = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _NOT_THERE), (_LOAD, 0, 0, 0)]
    steps += [(_EQUAL, 0, 1, ring), (_RETURN, 0, 0, _NOT_THERE)]  # io_uring would go past all this
    for name, number in numbers.items():
        if name == "sendto":  # without an address it goes where the socket was connected to
            steps += [
                (_EQUAL, 0, 6, number),
                (_LOAD, 0, 0, 16 + 4 * 8),
                (_EQUAL, 0, 3, 0),
                (_LOAD, 0, 0, 16 + 4 * 8 + 4),
                (_EQUAL, 0, 1, 0),
                (_RETURN, 0, 0, _ALLOW),
                (_RETURN, 0, 0, _NOTIFY),
            ]
        else:
            steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _NOTIFY)]
    steps.append((_RETURN, 0, 0, _ALLOW))
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]

    program = Program(len(steps), ctypes.addressof(code))
    no_new_privileges, set_filter, new_listener = 38, 1, 8
    _libc.prctl(no_new_privileges, 1, 0, 0, 0)
    number = _SECCOMP[platform.machine()]
    teller: int = _libc.syscall(number, set_filter, new_listener, ctypes.byref(program))
    if teller < 0:
        raise NotPossibleError(f"no seccomp notifications: {os.strerror(ctypes.get_errno())}")
    return teller


def hear_one(teller: int, report: Report) -> None:
    """Take one call, report it where it leads out, and let it go on."""
    buffer = bytearray(_NOTIFICATION.size)
    try:
        fcntl.ioctl(teller, _RECEIVE, buffer)
    except OSError:
        return  # the thread was killed while it waited
    identity, task, _flags, number, _arch, _pointer, *arguments = _NOTIFICATION.unpack(buffer)
    try:
        for address in _addresses(task, number, arguments):
            report.add("call", name=_name_of(number), address=address, process=_program_of(task))
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ESRCH):
            report.add("call", name=_name_of(number), address=f"unread: {error}", process=_program_of(task))
    try:
        fcntl.ioctl(teller, _SEND, _RESPONSE.pack(identity, 0, 0, _CONTINUE))
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise


def _name_of(number: int) -> str:
    return next(name for name, n in _NUMBERS[platform.machine()][1].items() if n == number)


def _program_of(task: int) -> str:
    try:
        return " ".join(Path(f"/proc/{task}/cmdline").read_bytes().decode(errors="replace").split("\0"))[:200]
    except OSError:
        return "gone"


def _addresses(task: int, number: int, arguments: list[int]) -> Iterator[str]:
    """Where a call leads that does not end at this computer."""
    name = _name_of(number)
    if name == "socket":
        if arguments[0] not in _USUAL_FAMILIES:
            yield f"family {arguments[0]}"
        return
    with Path(f"/proc/{task}/mem").open("rb", buffering=0) as memory:
        for pointer, length in _pointers(memory, name, arguments):
            if pointer and length:
                found = outside(_read(memory, pointer, min(length, 128)), is_bind=name == "bind")
                if found:
                    yield found


def _pointers(memory, name: str, arguments: list[int]) -> Iterator[tuple[int, int]]:
    if name in ("connect", "bind"):
        yield arguments[1], arguments[2]
    elif name == "sendto":
        yield arguments[4], arguments[5]
    else:
        size, count = (56, 1) if name == "sendmsg" else (64, min(arguments[2], 1024))
        for at in range(count):
            pointer, length = struct.unpack("=QI", _read(memory, arguments[1] + at * size, 12))
            yield pointer, length


def _read(memory, pointer: int, length: int) -> bytes:
    memory.seek(pointer)
    return memory.read(length)


def outside(address: bytes, *, is_bind: bool) -> str:
    """The address in words where it is not of this computer alone, else ""."""
    family = struct.unpack_from("=H", address)[0]
    if family in (socket.AF_UNIX, socket.AF_NETLINK, socket.AF_ALG, socket.AF_UNSPEC):
        return ""
    if family == socket.AF_INET:
        host = ipaddress.ip_address(address[4:8])
    elif family == socket.AF_INET6:
        six = ipaddress.IPv6Address(address[8:24])
        host = six.ipv4_mapped or six
    else:
        return f"family {family}"
    port = struct.unpack_from("!H", address, 2)[0]
    is_here = host.is_loopback or (host.is_unspecified and not is_bind)
    return "" if is_here and port != 53 else f"{host} port {port}"


# The run


def run(command: list[str], report: Report, packets: socket.socket | None, *, is_traced: bool) -> int:
    """Run the command to its end; gives its exit code."""
    told, tells = os.pipe()
    goes_on, go = os.pipe()
    child = os.fork()
    if child == 0:
        _become(command, tells, goes_on, is_traced=is_traced)
    os.close(tells)
    teller = _take_teller(child, told) if is_traced else -1
    os.write(go, b"x")
    code = _watch(child, teller, packets, report)
    if packets is not None:
        read_packets(packets, report)
        sol_packet, statistics = 263, 6
        lost = struct.unpack("=II", packets.getsockopt(sol_packet, statistics, 8))[1]
        if lost:
            report.add("lost", packets=lost)
    return code if code >= 0 else 128 - code


def _watch(child: int, teller: int, packets: socket.socket | None, report: Report) -> int:
    watched = select.poll()
    if teller >= 0:
        watched.register(teller, select.POLLIN)
    if packets is not None:
        watched.register(packets, select.POLLIN)
    while True:
        for descriptor, event in watched.poll(20):
            if descriptor != teller and packets is not None:
                read_packets(packets, report)
            elif event & select.POLLIN:
                hear_one(teller, report)
            else:
                watched.unregister(teller)  # nobody is left who could call
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)


def _become(command: list[str], tells: int, goes_on: int, *, is_traced: bool) -> NoReturn:
    try:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        if is_traced:
            try:
                os.write(tells, struct.pack("=i", install_filter()))
            except NotPossibleError as error:
                os.write(tells, struct.pack("=i", -1) + str(error).encode())
                os._exit(NOT_POSSIBLE)
        os.read(goes_on, 1)
        os.execvp(command[0], command)
    finally:
        os._exit(127)


def _take_teller(child: int, told: int) -> int:
    """The child's descriptor becomes one of ours."""
    answer = os.read(told, 1 << 12)
    number = struct.unpack_from("=i", answer)[0]
    if number < 0:
        os.waitpid(child, 0)
        raise NotPossibleError(answer[4:].decode(errors="replace"))
    handle = _libc.syscall(_PIDFD_OPEN, child, 0)
    teller: int = _libc.syscall(_PIDFD_GETFD, handle, number, 0)
    if teller < 0:
        reason = os.strerror(ctypes.get_errno())
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise NotPossibleError(f"the notifications cannot be taken: {reason}")
    return teller


def main() -> int:
    """The program."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--network", choices=("own", "none", "dark", "trap"), default="own")
    parser.add_argument("--trace", action="store_true")
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    report = Report(options.report)
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    try:
        if sys.platform != "linux" or platform.machine() not in _NUMBERS:
            raise NotPossibleError("only Linux on x86-64 and aarch64 can be watched this way")
        packets = None if options.network == "own" else leave_the_network(options.network)
        return run(command, report, packets, is_traced=options.trace)
    except NotPossibleError as error:
        report.add("not_possible", reason=str(error))
        return NOT_POSSIBLE


if __name__ == "__main__":
    raise SystemExit(main())
