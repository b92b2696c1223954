"""The starter model with another chat template in its header: real weights, and somebody else's words."""

from __future__ import annotations

import struct
from pathlib import Path

from app.model import gguf
from tests.helpers.starter import starter_path

_ALIGNMENT = gguf.DEFAULT_ALIGNMENT


def with_template(path: Path, template: str) -> Path:
    """Write a copy to `path` with this chat template; a comment fills it up, so that weights stay aligned."""
    content = starter_path().read_bytes()
    own = gguf.read_header(starter_path()).chat_template.encode()
    at = content.index(struct.pack("<Q", len(own)) + own)
    wanted = template.encode()
    room = (len(own) - len(wanted) - len("{##}")) % _ALIGNMENT
    filled = wanted + b"{#" + b" " * room + b"#}"
    patched = struct.pack("<Q", len(filled)) + filled
    with path.open("wb") as file:
        file.write(content[:at] + patched + content[at + 8 + len(own) :])
    assert gguf.read_header(path).chat_template == filled.decode()
    return path
