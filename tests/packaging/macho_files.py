"""Mach-O files made up for tests: headers and load commands, with nothing behind them."""

import struct

ARM64, X86_64 = 0x0100000C, 0x01000007
PROGRAM, LIBRARY = 2, 6


def thin(cpu=ARM64, kind=LIBRARY, minimum=(14, 0), command=0x32):
    """A file for one processor; `command` 0x32 names the platform first, the older 0x24 does not."""
    version = minimum[0] << 16 | minimum[1] << 8
    uuid = struct.pack("<II16s", 0x1B, 24, b"u" * 16)
    if command == 0x32:
        build = struct.pack("<6I", command, 24, 1, version, version, 0)
    else:
        build = struct.pack("<4I", command, 16, version, version)
    commands = uuid + build
    return b"\xcf\xfa\xed\xfe" + struct.pack("<7I", cpu, 0, kind, 2, len(commands), 0, 0) + commands


def fat(*parts, wide=False):
    """A file for several processors."""
    entry = struct.Struct(">IIQQII" if wide else ">IIIII")
    at = 8 + entry.size * len(parts)
    table, bodies = b"", b""
    for part in parts:
        cpu = int.from_bytes(part[4:8], "little")
        place = (cpu, 0, at + len(bodies), len(part), 0)
        table += entry.pack(*place, 0) if wide else entry.pack(*place)
        bodies += part
    magic = b"\xca\xfe\xba\xbf" if wide else b"\xca\xfe\xba\xbe"
    return magic + struct.pack(">I", len(parts)) + table + bodies


def app(root):
    """A bundle as PyInstaller lays it out, with the links that make one folder of two."""
    frozen = root / "Teahouse.app"
    contents = frozen / "Contents"
    qt = contents / "Frameworks/PySide6/Qt/lib/QtCore.framework"
    files = {
        "MacOS/Teahouse": thin(kind=PROGRAM),
        "MacOS/teahouse-cli": thin(kind=PROGRAM),
        "Frameworks/torch/lib/libtorch_cpu.dylib": thin(),
        "Frameworks/xllamacpp/xllamacpp.abi3.so": thin(minimum=(13, 3)),
        "Frameworks/PySide6/Qt/lib/QtCore.framework/Versions/A/QtCore": fat(thin(X86_64), thin()),
        "Resources/resources/catalog.json": b"{}",
        "Resources/base_library.zip": b"PK\x03\x04",
    }
    for name, data in files.items():
        path = contents / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (qt / "Versions/Current").symlink_to("A")
    (qt / "QtCore").symlink_to("Versions/Current/QtCore")
    (contents / "Frameworks/resources").symlink_to("../Resources/resources")
    (contents / "Resources/torch").symlink_to("../Frameworks/torch")
    return frozen
