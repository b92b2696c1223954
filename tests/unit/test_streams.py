"""What the verbs read and where they print: files of every encoding, and readers that leave."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path

import pytest

from app.cli import streams

QUESTION = "茶是什么?\nEin Täßchen\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk"])
def test_a_question_is_read_in_whatever_encoding_it_was_written(encoding: str) -> None:
    question = QUESTION.replace("Ein Täßchen", "A cup")
    data = question.replace("\n", "\r\n").encode(encoding)
    assert streams.text_of(data, "gbk") == question


def test_on_a_western_windows_too() -> None:
    assert streams.text_of(QUESTION.encode(), "cp1252") == QUESTION
    assert streams.text_of("Où est le thé ?".encode("cp1252"), "cp1252") == "Où est le thé ?"


def test_bytes_that_are_no_text_end_in_no_error() -> None:
    assert streams.text_of(b"tea \xff\xfe\x81 pot", "utf-8").startswith("tea ")


def test_the_whole_stream_is_read() -> None:
    stream = io.TextIOWrapper(io.BytesIO(QUESTION.encode()), encoding="cp1252")
    assert streams.read_all(stream) == QUESTION


def test_the_empty_device_is_no_terminal() -> None:
    with Path(os.devnull).open() as nothing:
        assert not streams.is_terminal(nothing)
    assert not streams.is_terminal(None)


class Pipe(io.RawIOBase):
    """Nobody reads it; `code` is what the system calls that."""

    def __init__(self, code: int) -> None:
        self.code = code

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        raise OSError(self.code, "no reader")


def printing(code: int, monkeypatch: pytest.MonkeyPatch, length: int = 3) -> OSError:
    """The error of a verb that prints there."""
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(Pipe(code))))
    with pytest.raises(OSError) as caught:
        print("t" * length, flush=True)
    return caught.value


def test_a_reader_that_left_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    assert streams.is_reader_gone(printing(errno.EPIPE, monkeypatch))


@pytest.mark.parametrize("length", [3, 100_000])
def test_a_reader_that_left_is_known_by_the_word_of_windows(
    monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    """Also where so much was printed that Python keeps nothing of it to try again."""
    monkeypatch.setattr(streams, "_IS_WINDOWS", True)
    error = printing(errno.EINVAL, monkeypatch, length)
    assert streams.is_reader_gone(error)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert not streams.is_reader_gone(error), "there it came from elsewhere"


def test_other_errors_are_none_of_a_reader() -> None:
    assert not streams.is_reader_gone(OSError(errno.EINVAL, "a file"))
    assert not streams.is_reader_gone(ValueError())


def test_where_no_output_was_given_printing_goes_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    streams.ready_output()
    for stream in (sys.stdout, sys.stderr):
        stream.write("茶\n")
        stream.close()
