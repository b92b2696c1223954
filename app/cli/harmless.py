"""Standard output and error that obey nobody but us: on a terminal, control characters are shown, not sent.

What a model answers and what a file calls itself is printed by the verbs. A terminal would take an escape in
it for an order: to change its title, to fill the clipboard, to paint over what stands above. Where the output
goes into a file or a pipe, it stays as it is.
"""

from __future__ import annotations

import io
import sys
from typing import TextIO

_PICTURES = 0x2400
"""Where Unicode keeps a picture of each of the first 32 characters."""
_SHOWN = {code: _PICTURES + code for code in range(32) if chr(code) not in "\n\t"}
_SHOWN |= {0x7F: 0x2421} | dict.fromkeys(range(128, 160), 65533)
_WITH_RETURN = {code: shown for code, shown in _SHOWN.items() if chr(code) != "\r"}


class HarmlessStream(io.TextIOBase):
    """Writes to a terminal what it may show; `may_return`: it may begin a line anew, as progress does."""

    def __init__(self, terminal: TextIO, *, may_return: bool) -> None:
        super().__init__()
        self._terminal = terminal
        self._table = _WITH_RETURN if may_return else _SHOWN

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._terminal.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        return self._terminal.errors

    def write(self, text: str) -> int:
        self._terminal.write(text.replace("\r\n", "\n").translate(self._table))
        return len(text)

    def flush(self) -> None:
        self._terminal.flush()

    def fileno(self) -> int:
        return self._terminal.fileno()

    def isatty(self) -> bool:
        return True

    def writable(self) -> bool:
        return True


def guard_terminals() -> None:
    """Have whatever this process prints on a terminal from now on be harmless there."""
    if sys.stdout is not None and sys.stdout.isatty():
        sys.stdout = HarmlessStream(sys.stdout, may_return=False)
    if sys.stderr is not None and sys.stderr.isatty():
        sys.stderr = HarmlessStream(sys.stderr, may_return=True)
