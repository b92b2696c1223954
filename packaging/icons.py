"""Makes the application's icon in the forms that systems want: .ico, .icns, and .png in the usual sizes.

The drawings are the app's own (`app/ui/application_icon.py`); what lives here is the two containers. Qt is
all that it needs. Run it by hand to look at the pictures; they are made in `build/icons`.
"""

from __future__ import annotations

import struct
import sys
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from layout import BUILD, PACKAGE_NAME, ROOT
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage, QImageWriter

sys.path.insert(0, str(ROOT))
from app.ui.application_icon import FULL_DRAWING, picture
from app.ui.resources import resource_path

PNG_SIDES = (16, 24, 32, 48, 64, 128, 256, 512)
ICO_SIDES = (16, 24, 32, 48, 64, 128, 256)
FIRST_PNG_IN_ICO = 256
"""Pixels; smaller ones are bitmaps, which every reader of .ico understands."""

# Apple's grid: a tile of 824 in 1024. Ours is 480 of 512.
MAC_SCALE = (824 / 1024) / (480 / 512)
# Types of the pictures in an .icns and their sides in pixels; two have a form of their own, the rest is PNG.
ICNS_ARGB = {"ic04": 16, "ic05": 32}
ICNS_PNG = {
    "ic11": 32, "ic12": 64, "ic07": 128, "ic13": 256, "ic08": 256, "ic14": 512, "ic09": 512, "ic10": 1024,
}  # fmt: skip
SHORTEST_RUN, LONGEST_RUN, LONGEST_PLAIN = 3, 130, 128  # bytes, of the coding in the ARGB form


@dataclass(frozen=True, slots=True)
class Icons:
    """Where the icon lies in its forms."""

    ico: Path
    icns: Path
    svg: Path
    """The full drawing itself, not a copy."""
    folder: Path
    """Of the .png files."""

    def png(self, side: int) -> Path:
        """The picture of `side` pixels, one of `PNG_SIDES`."""
        return self.folder / f"{PACKAGE_NAME}-{side}.png"


def make(out: Path = BUILD / "icons") -> Icons:
    """Draw all of them into the folder `out`; raises `OSError` where that cannot be written."""
    out.mkdir(parents=True, exist_ok=True)
    icons = Icons(
        ico=out / f"{PACKAGE_NAME}.ico",
        icns=out / f"{PACKAGE_NAME}.icns",
        svg=resource_path("icons", FULL_DRAWING),
        folder=out,
    )
    for side in PNG_SIDES:
        icons.png(side).write_bytes(as_png(picture(side)))
    icons.ico.write_bytes(as_ico([picture(side) for side in ICO_SIDES]))
    icons.icns.write_bytes(as_icns())
    return icons


def as_png(image: QImage) -> bytes:
    """The picture as the bytes of a PNG."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not QImageWriter(buffer, b"png").write(image):
        raise ValueError("Qt did not write the PNG")
    return bytes(buffer.data().data())


def as_ico(images: list[QImage]) -> bytes:
    """Square pictures of up to 256 pixels as one .ico, in their order."""
    pictures = [as_png(one) if one.width() >= FIRST_PNG_IN_ICO else _as_dib(one) for one in images]
    place = 6 + 16 * len(images)
    entries = b""
    for image, content in zip(images, pictures, strict=True):
        side = image.width() % 256  # 0 says 256
        entries += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(content), place)
        place += len(content)
    return struct.pack("<HHH", 0, 1, len(images)) + entries + b"".join(pictures)


def as_icns() -> bytes:
    """The icon with Apple's margins, as one .icns."""
    parts = [(kind, b"ARGB" + _as_argb(picture(side, MAC_SCALE))) for kind, side in ICNS_ARGB.items()]
    parts += [(kind, as_png(picture(side, MAC_SCALE))) for kind, side in ICNS_PNG.items()]
    body = b"".join(kind.encode() + struct.pack(">I", 8 + len(content)) + content for kind, content in parts)
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def _bgra(image: QImage) -> bytes:
    """The pixels row by row from the top, four bytes each: blue, green, red, alpha."""
    plain = image.convertToFormat(QImage.Format.Format_RGBA8888)
    pixels = bytearray(plain.constBits())
    pixels[0::4], pixels[2::4] = pixels[2::4], pixels[0::4]
    return bytes(pixels)


def _as_dib(image: QImage) -> bytes:
    """A bitmap as .ico holds it: from the bottom up, and a mask of one bit a pixel that says nothing new."""
    side = image.width()
    pixels = _bgra(image)
    rows = [pixels[at : at + 4 * side] for at in range(0, len(pixels), 4 * side)]
    mask = bytes((side + 31) // 32 * 4 * side)
    header = struct.pack("<IiiHHIIiiII", 40, side, 2 * side, 1, 32, 0, len(pixels) + len(mask), 0, 0, 0, 0)
    return header + b"".join(reversed(rows)) + mask


def _as_argb(image: QImage) -> bytes:
    """Alpha, red, green and blue one after the other, each with its runs shortened."""
    pixels = _bgra(image)
    return b"".join(_shortened(pixels[at::4]) for at in (3, 2, 1, 0))


def _shortened(channel: bytes) -> bytes:
    """Runs of 3 to 130 equal bytes as a count and the byte; what lies between as a count and the bytes."""
    out = bytearray()
    plain = bytearray()

    def settle() -> None:
        for at in range(0, len(plain), LONGEST_PLAIN):
            piece = plain[at : at + LONGEST_PLAIN]
            out.append(len(piece) - 1)
            out.extend(piece)
        plain.clear()

    for value, group in groupby(channel):
        left = len(list(group))
        while left >= SHORTEST_RUN:
            settle()
            run = min(left, LONGEST_RUN)
            out.extend((0x80 + run - SHORTEST_RUN, value))
            left -= run
        plain.extend(bytes([value]) * left)
    settle()
    return bytes(out)


def main() -> int:
    """Make them and say where."""
    icons = make()
    print(f"icons: {icons.ico}, {icons.icns} and {len(PNG_SIDES)} pictures in {icons.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
