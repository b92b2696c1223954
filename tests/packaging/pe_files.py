"""Programs and libraries of Windows made up for tests: headers, one section, and the names of imports."""

import struct

X86_64, ARM64, X86 = 0x8664, 0xAA64, 0x014C
BEGIN = 0x1000
RAW = 0x400


def pe(imports=(), delayed=(), machine=X86_64, mark=b""):
    """A file that names libraries; `mark` stands where wine says that a file is its own."""
    is_wide = machine != X86
    body, directories = bytearray(), [(0, 0)] * 16
    for number, names, size, name_at in ((1, imports, 20, 12), (13, delayed, 32, 4)):
        if not names:
            continue
        table = len(body)
        body += bytes(size * (len(names) + 1))
        for place, name in enumerate(names):
            struct.pack_into("<I", body, table + size * place + name_at, BEGIN + len(body))
            body += name.encode() + b"\0"
        directories[number] = (BEGIN + table, size * (len(names) + 1))
    optional = struct.pack("<H", 0x20B if is_wide else 0x10B) + bytes(106 if is_wide else 90)
    optional += struct.pack("<I", 16) + b"".join(struct.pack("<II", *pair) for pair in directories)
    section = b".rdata\0\0" + struct.pack("<IIII", len(body), BEGIN, len(body), RAW) + bytes(16)
    head = b"MZ" + bytes(0x3A) + struct.pack("<I", 0x80) + mark.ljust(0x40, b"\0")
    head += b"PE\0\0" + struct.pack("<HHIIIHH", machine, 1, 0, 0, 0, len(optional), 0x2022)
    return (head + optional + section).ljust(RAW, b"\0") + bytes(body)
