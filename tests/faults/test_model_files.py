"""Model files that are missing, cut, foreign or not supported: each a clear code, and the engine goes on."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.cancel import CancelToken
from app.core.engine import EngineKind, LoadPlan, ModelRef
from app.core.errors import ErrorCode, ErrorInfo, WorldError
from app.model import hardware
from app.model.engines.llama_cpp import LlamaCppEngine
from app.model.hardware import Support
from tests.helpers.gguf_files import GgufFile, with_values
from tests.helpers.starter import starter_path


def load_error(path: Path) -> ErrorInfo:
    engine = LlamaCppEngine()
    with pytest.raises(WorldError) as caught:
        engine.load(
            ModelRef("bad", EngineKind.LLAMA_CPP, str(path)), LoadPlan(512), lambda _: None, CancelToken()
        )
    engine.unload()
    return caught.value.info


def test_a_missing_file(tmp_path: Path) -> None:
    info = load_error(tmp_path / "gone.gguf")
    assert info.code is ErrorCode.MODEL_MISSING
    assert info.params["path"].endswith("gone.gguf")


def test_the_starter_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "cut.gguf"
    path.write_bytes(starter_path().read_bytes()[:50_000_000])
    info = load_error(path)
    assert info.code is ErrorCode.MODEL_TRUNCATED
    assert (info.params["expected"], info.params["actual"]) == ("98362432", "50000000")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"<html>", bytes(5000)])
def test_a_file_that_is_no_model(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(data)
    assert load_error(path).code is ErrorCode.MODEL_NOT_A_MODEL


@pytest.mark.parametrize(
    "make",
    [
        lambda: with_values(general__type="adapter"),
        lambda: with_values(split__count=2),
        lambda: GgufFile(version=9),
    ],
)
def test_a_model_of_another_kind(tmp_path: Path, make: Callable[[], GgufFile]) -> None:
    assert load_error(make().write(tmp_path / "model.gguf")).code is ErrorCode.MODEL_UNSUPPORTED


def test_an_architecture_that_the_library_does_not_know(tmp_path: Path) -> None:
    content = starter_path().read_bytes()
    old, new = b"\x05\0\0\0\0\0\0\0llama", b"\x05\0\0\0\0\0\0\0lhasa"
    path = tmp_path / "model.gguf"
    path.write_bytes(content.replace(old, new, 1))
    info = load_error(path)
    assert info.code is ErrorCode.MODEL_UNSUPPORTED
    assert "lhasa" in info.params["detail"]


def test_a_sound_header_without_the_weights_it_needs(tmp_path: Path) -> None:
    info = load_error(GgufFile().write(tmp_path / "model.gguf"))
    assert info.code is ErrorCode.MODEL_LOAD_FAILED
    assert info.params["detail"]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert load_error(tmp_path).code in {ErrorCode.MODEL_UNREADABLE, ErrorCode.MODEL_MISSING}


def test_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = GgufFile().write(tmp_path / "model.gguf")
    opened = Path.open

    def refuse(self: Path, *args: object, **kwargs: object) -> object:
        if self == path:
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(self, *args, **kwargs)  # type: ignore[arg-type,call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    info = load_error(path)
    assert info.code is ErrorCode.MODEL_UNREADABLE
    assert info.params["detail"] == "Permission denied"


def test_a_processor_without_avx2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "processor_has", lambda _: Support.NO)
    assert load_error(starter_path()).code is ErrorCode.CPU_UNSUPPORTED


def test_after_a_failed_load_another_model_loads(tmp_path: Path) -> None:
    engine = LlamaCppEngine()
    plan = LoadPlan(512)
    bad = ModelRef("bad", EngineKind.LLAMA_CPP, str(GgufFile().write(tmp_path / "model.gguf")))
    with pytest.raises(WorldError):
        engine.load(bad, plan, lambda _: None, CancelToken())
    good = ModelRef("good", EngineKind.LLAMA_CPP, str(starter_path()))
    assert engine.load(good, plan, lambda _: None, CancelToken()).context_length == 512
    engine.unload()
