"""Small GGUF files for tests: sound ones, and the bytes of wrong ones."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ALIGNMENT = 32
F32 = 0

_UINT32, _STRING, _ARRAY, _INT32 = 4, 8, 9, 5


def text(value: str | bytes) -> bytes:
    data = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<Q", len(data)) + data


def value_of(value: object) -> bytes:
    """A metadata value with its type."""
    if isinstance(value, int):
        return struct.pack("<II", _UINT32, value)
    if isinstance(value, str | bytes):
        return struct.pack("<I", _STRING) + text(value)
    assert isinstance(value, Sequence)
    if value and isinstance(value[0], int):
        return struct.pack("<IIQ", _ARRAY, _INT32, len(value)) + struct.pack(f"<{len(value)}i", *value)
    return struct.pack("<IIQ", _ARRAY, _STRING, len(value)) + b"".join(text(item) for item in value)


def base_values() -> dict[str, object]:
    return {
        "general.architecture": "llama",
        "general.name": "Tiny Tea",
        "general.file_type": 3,
        "llama.context_length": 2048,
        "llama.block_count": 2,
        "llama.embedding_length": 64,
        "llama.attention.head_count": 4,
        "llama.attention.head_count_kv": 2,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.tokens": ["<|end|>", "a", "b"],
        "tokenizer.ggml.token_type": [3, 1, 1],
        "tokenizer.chat_template": "{{ messages }}",
    }


@dataclass
class GgufFile:
    """What stands in the file. `tensors`: name to dimensions, all of type `tensor_type`."""

    values: Mapping[str, object] = field(default_factory=base_values)
    tensors: Mapping[str, Sequence[int]] = field(default_factory=lambda: {"token_embd.weight": (64, 3)})
    tensor_type: int = F32
    version: int = 3

    def head(self) -> bytes:
        parts = [b"GGUF", struct.pack("<IQQ", self.version, len(self.tensors), len(self.values))]
        parts += [text(key) + value_of(value) for key, value in self.values.items()]
        offset = 0
        for name, dimensions in self.tensors.items():
            parts.append(text(name) + struct.pack("<I", len(dimensions)))
            parts.append(struct.pack(f"<{len(dimensions)}Q", *dimensions))
            parts.append(struct.pack("<IQ", self.tensor_type, offset))
            offset += self.size_of(dimensions)
        data = b"".join(parts)
        return data + bytes(-len(data) % ALIGNMENT)

    def size_of(self, dimensions: Sequence[int]) -> int:
        size = 4
        for dimension in dimensions:
            size *= dimension
        return -(-size // ALIGNMENT) * ALIGNMENT

    def content(self) -> bytes:
        return self.head() + bytes(sum(self.size_of(dimensions) for dimensions in self.tensors.values()))

    def write(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.content())
        return path


def with_values(**changes: object) -> GgufFile:
    """A sound file with other metadata; dots of keys are written as two underscores, None leaves one out."""
    values = base_values()
    for name, value in changes.items():
        key = name.replace("__", ".")
        if value is None:
            values.pop(key)
        else:
            values[key] = value
    return GgufFile(values)
