"""The icon's containers, read back: by Qt where it knows the form, else by the format's own rules."""

import struct

import icons
import pytest
from layout import PACKAGE_NAME
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage, QImageReader

from app.ui import application_icon
from app.ui.application_icon import introduce, picture

JADE = QColor("#2F7D5B")
PAPER = QColor("#FBFAF7")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return icons.make(tmp_path_factory.mktemp("icons"))


def alike(one, other):
    return (
        abs(one.red() - other.red()) + abs(one.green() - other.green()) + abs(one.blue() - other.blue()) < 60
    )


def test_every_png_has_its_size(made):
    for side in icons.PNG_SIDES:
        assert QImage(str(made.png(side))).size() == QSize(side, side)
    assert made.svg.is_file()


@pytest.mark.parametrize("side", icons.PNG_SIDES)
def test_the_drawing_is_paper_on_jade_with_clear_corners(side):
    image = picture(side)
    assert image.pixelColor(0, 0).alpha() < 128
    assert alike(image.pixelColor(side * 15 // 32, side // 12), JADE)
    middle_of_the_cup, middle_of_the_bubble = side * 10 // 16, side * 5 // 32
    assert alike(image.pixelColor(side * 5 // 16, middle_of_the_cup), PAPER)
    assert alike(image.pixelColor(side * 7 // 16, middle_of_the_bubble), PAPER)


def test_the_ico_holds_every_size_as_drawn(made):
    reader = QImageReader(str(made.ico), b"ico")
    assert reader.imageCount() == len(icons.ICO_SIDES)
    for index, side in enumerate(icons.ICO_SIDES):
        assert reader.jumpToImage(index)
        assert reader.read().convertToFormat(QImage.Format.Format_RGBA8888) == picture(side).convertToFormat(
            QImage.Format.Format_RGBA8888
        )


def parts_of(content):
    assert content[:4] == b"icns"
    assert struct.unpack(">I", content[4:8])[0] == len(content)
    at, found = 8, {}
    while at < len(content):
        kind, size = content[at : at + 4].decode(), struct.unpack(">I", content[at + 4 : at + 8])[0]
        found[kind] = content[at + 8 : at + size]
        at += size
    return found


def lengthened(coded, count, side):
    """The channels of an ARGB part, as Apple's readers take it apart."""
    out = bytearray()
    at = 0
    while at < len(coded):
        head = coded[at]
        if head < 0x80:
            out += coded[at + 1 : at + 2 + head]
            at += 2 + head
        else:
            out += coded[at + 1 : at + 2] * (head - 0x80 + 3)
            at += 2
    assert len(out) == count * side * side
    return [bytes(out[n * side * side : (n + 1) * side * side]) for n in range(count)]


def test_the_icns_holds_every_size_of_apples_list(made):
    parts = parts_of(made.icns.read_bytes())
    assert list(parts) == [*icons.ICNS_ARGB, *icons.ICNS_PNG]
    for kind, side in icons.ICNS_PNG.items():
        assert QImage.fromData(parts[kind], "PNG").size() == QSize(side, side)
    for kind, side in icons.ICNS_ARGB.items():
        assert parts[kind][:4] == b"ARGB"
        alpha, red, green, blue = lengthened(parts[kind][4:], 4, side)
        drawn = picture(side, icons.MAC_SCALE)
        for y in range(side):
            for x in range(side):
                color, at = drawn.pixelColor(x, y), y * side + x
                assert alpha[at] == color.alpha()
                if color.alpha() == 255:
                    assert (red[at], green[at], blue[at]) == (color.red(), color.green(), color.blue())


def test_the_tile_of_the_mac_stands_on_apples_grid(made):
    image = QImage.fromData(parts_of(made.icns.read_bytes())["ic10"], "PNG")
    row = [image.pixelColor(x, 512).alpha() for x in range(1024)]
    assert (row.index(255), 1024 - row[::-1].index(255)) == (100, 924)


def test_runs_of_every_length_come_back():
    for lengths in ([1, 2, 3, 4], [130, 131, 133, 400], [1] * 300, [2] * 70, [129, 1, 1, 128, 3]):
        channel = b"".join(bytes([n % 251]) * length for n, length in enumerate(lengths))
        padded = channel + bytes(-len(channel) % 4)
        assert lengthened(icons._shortened(padded), len(padded), 1) == [bytes([b]) for b in padded]


def test_the_window_carries_it_at_the_usual_sizes(qapp, monkeypatch):
    monkeypatch.setattr(application_icon.sys, "platform", "linux")
    before, name = qapp.windowIcon(), qapp.desktopFileName()
    try:
        introduce(qapp)
        assert {size.width() for size in qapp.windowIcon().availableSizes()} >= {16, 32, 48, 128}
        assert qapp.desktopFileName() == PACKAGE_NAME
    finally:
        qapp.setWindowIcon(before)
        qapp.setDesktopFileName(name)
