"""ELF libraries made up for tests: what they are called and ask for, with no code behind it."""

import struct

ADDRESS = 0x1000
NEEDED, STRTAB, STRSZ, SONAME, END = 1, 5, 10, 14, 0


def library(soname="", needs=()):
    """The bytes of a shared library for x86-64, as `objdump -p` reads them."""
    names = b"\0"
    entries = []
    for tag, text in [*((NEEDED, name) for name in needs), *([(SONAME, soname)] if soname else [])]:
        entries.append((tag, len(names)))
        names += text.encode() + b"\0"
    names_at = 64 + 2 * 56
    dynamic_at = -(-(names_at + len(names)) // 8) * 8
    entries += [(STRTAB, ADDRESS + names_at), (STRSZ, len(names)), (END, 0)]
    dynamic = b"".join(struct.pack("<QQ", *entry) for entry in entries)
    titles = b"\0.dynstr\0.dynamic\0.shstrtab\0"
    titles_at = dynamic_at + len(dynamic)
    sections_at = -(-(titles_at + len(titles)) // 8) * 8
    head = struct.pack("<4sBBBB8x", b"\x7fELF", 2, 1, 1, 0)
    head += struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, sections_at, 0, 64, 56, 2, 64, 4, 3)
    segments = _segment(1, 0, sections_at) + _segment(2, dynamic_at, len(dynamic))
    sections = _section() + _section(1, 3, names_at, len(names))
    sections += _section(9, 6, dynamic_at, len(dynamic), link=1, entry=16)
    sections += _section(18, 3, titles_at, len(titles))
    body = head + segments + names
    body = body.ljust(dynamic_at, b"\0") + dynamic + titles
    return body.ljust(sections_at, b"\0") + sections


def _segment(kind, at, size):
    return struct.pack("<IIQQQQQQ", kind, 6, at, ADDRESS + at, ADDRESS + at, size, size, 8)


def _section(title=0, kind=0, at=0, size=0, link=0, entry=0):
    address = ADDRESS + at if at else 0
    return struct.pack("<IIQQQQIIQQ", title, kind, 2 if at else 0, address, at, size, link, 0, 8, entry)
