"""Folders with one thing wrong, given to a real engine child.

Each is told by a code that says what it was, and the model that was there before answers again.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from helpers.engine_fixtures import engine as engine
from safetensors.torch import load, save_file

from app.core import wire
from app.core.chat import Role, Turn
from app.core.engine import Failed, Finished, GenerationParams, LoadPlan, Precision, TextDelta
from app.core.errors import ErrorCode, ErrorInfo
from app.model.engines import glm_torch as glm_torch
from app.model.glm.family import Family
from app.workers.engine_process import child_command
from tests.helpers.glm_folder import glm_ref, make_folder, model_options
from tests.helpers.glm_models import Options, Sizes, make_model
from tests.helpers.glm_tokenizers import write_tokenizer

ROOT = Path(__file__).resolve().parents[2]
SMALL = Options(sizes=Sizes(hidden=64, ffn=128, heads=4, groups=2, head=16))
TURNS = (Turn(Role.USER, "What is tea?"),)
GREEDY = GenerationParams(max_tokens=12, temperature=0.0, min_tokens=12)
GOOD_PLAN = LoadPlan(256, Precision.FP32, 1)


# A child, driven over its pipes


class Child:
    """The engine child of this engine: loads one model after another, and what it reports of itself."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._decoder = wire.FrameDecoder()
        self._waiting: list[wire.Reply] = []
        self._number = 0
        self.wanted: list[int] = []
        self.recovered_from: set[tuple[ErrorCode, Precision]] = set()

    def _send(self, command: wire.Command) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(wire.encode_command(command))
        self._process.stdin.flush()

    def _reply(self) -> wire.Reply:
        assert self._process.stdout is not None
        while not self._waiting:
            data = os.read(self._process.stdout.fileno(), 1 << 16)
            assert data, "the child has ended"
            self._waiting += [wire.decode_reply(payload) for payload in self._decoder.feed(data)]
        return self._waiting.pop(0)

    def load(self, folder: Path, plan: LoadPlan) -> ErrorInfo | None:
        self._send(wire.Load(glm_ref(folder), plan))
        while True:
            match self._reply():
                case wire.LoadFailed(error):
                    return error
                case wire.Loaded():
                    return None

    def answer(self) -> list[int]:
        self._number += 1
        self._send(wire.Generate(self._number, TURNS, GREEDY))
        ids: list[int] = []
        while True:
            reply = self._reply()
            assert isinstance(reply, wire.RequestReply)
            assert not isinstance(reply.event, Failed), reply
            if isinstance(reply.event, TextDelta):
                ids += reply.event.ids
            elif isinstance(reply.event, Finished):
                return ids


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("good"), Family.CHATGLM3, SMALL)


@pytest.fixture(scope="module")
def child(tmp_path_factory: pytest.TempPathFactory, good: Path) -> Iterator[Child]:
    """One for all the bad folders; it says nothing on standard error, where unforeseen errors go.

    Its `wanted` is the good model's answer before anything went wrong.
    """
    errors = tmp_path_factory.mktemp("child") / "stderr"
    with (
        errors.open("wb") as file,
        subprocess.Popen(
            [*child_command(glm_ref(Path("x")).engine)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=file,
            cwd=ROOT,
        ) as process,
    ):
        child = Child(process)
        assert child.load(good, GOOD_PLAN) is None
        child.wanted = child.answer()
        yield child
        process.kill()
    assert "engine child:" not in errors.read_text("utf-8", "replace")


@pytest.fixture(autouse=True)
def nothing_left_behind() -> None:
    """The child of the module lives on between its tests; it is ended by its own fixture."""


# Bad folders


@dataclass(frozen=True)
class Bad:
    """A folder with one thing wrong, and what may be said about it."""

    codes: tuple[ErrorCode, ...]
    spoil: Callable[[Path], object]
    family: Family = Family.CHATGLM3
    options: Options = SMALL
    precision: Precision = Precision.INT4


def edit_config(**changes: object) -> Callable[[Path], object]:
    def spoil(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text("utf-8")) | changes
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")

    return spoil


def shard(folder: Path) -> Path:
    return sorted([*folder.glob("*.bin"), *folder.glob("*.safetensors")])[1]


def cut(folder: Path) -> None:
    os.truncate(shard(folder), shard(folder).stat().st_size * 2 // 3)


def pointer(folder: Path) -> None:
    shard(folder).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n")


def weights_of(family: Family) -> Callable[[Path], object]:
    """The weights of another generation, in files with the same names as far as they go."""

    def spoil(folder: Path) -> None:
        config = (folder / "config.json").read_bytes()
        for path in (*folder.glob("*.bin*"), *folder.glob("*.safetensors*")):
            path.unlink()
        make_model(folder, family, model_options(family, SMALL))
        (folder / "config.json").write_bytes(config)

    return spoil


def tokenizer_of(family: Family) -> Callable[[Path], object]:
    def spoil(folder: Path) -> None:
        other = folder.parent / "other"
        write_tokenizer(other, family)
        for source in other.iterdir():
            for target in [*folder.glob("*.model"), *folder.glob("tokenizer.json")]:
                shutil.copyfile(source, target)

    return spoil


class Runs:
    """What a pickle with a foreign global would do."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self._path), "w")


def pickled(folder: Path) -> None:
    path = shard(folder)
    torch.save(torch.load(path, weights_only=True) | {"extra": Runs(folder / "ran")}, path)


def index_outside(folder: Path) -> None:
    (path,) = folder.glob("*.index.json")
    index = json.loads(path.read_text("utf-8"))
    name = next(iter(index["weight_map"]))
    index["weight_map"][name] = "../../etc/passwd"
    path.write_text(json.dumps(index), encoding="utf-8")


def with_tensor(name: str, change: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[Path], object]:
    """Every tensor whose name contains `name` is changed."""

    def spoil(folder: Path) -> None:
        for path in (*folder.glob("*.bin"), *folder.glob("*.safetensors")):
            is_bin = path.suffix == ".bin"
            tensors = torch.load(path, weights_only=True) if is_bin else load(path.read_bytes())
            tensors = {key: change(value) if name in key else value for key, value in tensors.items()}
            torch.save(tensors, path) if is_bin else save_file(tensors, path, metadata={"format": "pt"})

    return spoil


def nan(tensor: torch.Tensor) -> torch.Tensor:
    tensor = tensor.clone()
    tensor.view(-1)[-1] = float("nan")
    return tensor


def infinite(tensor: torch.Tensor) -> torch.Tensor:
    tensor = tensor.clone()
    tensor.view(-1)[0] = float("inf")
    return tensor


def a_folder_in_place_of(pattern: str) -> Callable[[Path], object]:
    def spoil(folder: Path) -> None:
        path = next(iter(sorted(folder.glob(pattern))))
        path.unlink()
        path.mkdir()

    return spoil


def file_with(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


NOT, UNREADABLE, MIXED = ErrorCode.MODEL_NOT_A_MODEL, ErrorCode.MODEL_UNREADABLE, ErrorCode.MODEL_MIXED
INCOMPLETE, UNSUPPORTED = ErrorCode.MODEL_INCOMPLETE, ErrorCode.MODEL_UNSUPPORTED
TRUNCATED, NAN = ErrorCode.MODEL_TRUNCATED, ErrorCode.MODEL_NAN
NEW = Family.GLM_EDGE
FP32, FP16, INT8 = Precision.FP32, Precision.FP16, Precision.INT8
BAD = {
    "empty": Bad((NOT,), lambda folder: [path.unlink() for path in folder.iterdir()]),
    "gone": Bad((ErrorCode.MODEL_MISSING,), shutil.rmtree),
    "config is no JSON": Bad((NOT,), file_with("config.json", b"{")),
    "config is rubbish": Bad((NOT,), file_with("config.json", bytes(range(256)))),
    "config is a list": Bad((NOT,), file_with("config.json", b"[]")),
    "config is deep": Bad((NOT,), file_with("config.json", b"[" * 100_000)),
    "config is a folder": Bad((NOT, UNREADABLE), a_folder_in_place_of("config.json")),
    "another model": Bad((UNSUPPORTED,), edit_config(model_type="llama")),
    "another model's sizes": Bad((MIXED,), edit_config(hidden_size=96)),
    "more layers than there are": Bad((INCOMPLETE, MIXED), edit_config(num_layers=3)),
    "a negative size": Bad((UNSUPPORTED, UNREADABLE, NOT), edit_config(num_layers=-1)),
    "a size beyond all": Bad((UNSUPPORTED, UNREADABLE, MIXED), edit_config(ffn_hidden_size=1 << 40)),
    "text for a size": Bad((UNSUPPORTED, UNREADABLE, NOT), edit_config(num_layers="two")),
    "no weights": Bad((INCOMPLETE,), lambda folder: [path.unlink() for path in folder.glob("*.bin*")]),
    "a shard is missing": Bad((INCOMPLETE,), lambda folder: shard(folder).unlink()),
    "a shard is cut": Bad((TRUNCATED, INCOMPLETE), cut),
    "a safetensors shard is cut": Bad((TRUNCATED,), cut, Family.GLM4_0414),
    "a shard is empty": Bad((TRUNCATED, INCOMPLETE), lambda folder: os.truncate(shard(folder), 0)),
    "a shard is a pointer": Bad((ErrorCode.MODEL_LFS_POINTER,), pointer),
    "a shard is rubbish": Bad((UNREADABLE,), lambda folder: shard(folder).write_bytes(b"\x01" * 9999)),
    "a shard is a folder": Bad((INCOMPLETE, UNREADABLE), a_folder_in_place_of("*-of-*")),
    "a pickle with a foreign global": Bad((ErrorCode.MODEL_UNSAFE,), pickled),
    "an index that points outside": Bad((UNREADABLE, MIXED, ErrorCode.MODEL_UNSAFE), index_outside),
    "an index that is none": Bad(
        (UNREADABLE,), file_with("pytorch_model.bin.index.json", b'{"weight_map": 5}')
    ),
    "weights of a later generation": Bad((MIXED, INCOMPLETE), weights_of(Family.GLM4_0414)),
    "weights of the first generation": Bad((MIXED, INCOMPLETE), weights_of(Family.CHATGLM)),
    "weights of a later generation in the first": Bad(
        (MIXED, INCOMPLETE), weights_of(Family.CHATGLM3), Family.CHATGLM
    ),
    "glm where it says glm4": Bad((MIXED, INCOMPLETE), weights_of(Family.GLM_EDGE), Family.GLM4_0414),
    "no tokenizer": Bad((INCOMPLETE,), lambda folder: (folder / "tokenizer.model").unlink()),
    "the first generation's tokenizer": Bad((MIXED,), tokenizer_of(Family.CHATGLM)),
    "a later generation's tokenizer": Bad((MIXED,), tokenizer_of(Family.GLM4)),
    "codegeex's tokenizer": Bad((MIXED,), tokenizer_of(Family.CODEGEEX2)),
    "chatglm3's tokenizer": Bad((MIXED,), tokenizer_of(Family.CHATGLM3), Family.CHATGLM),
    "rubbish for a tokenizer": Bad((UNREADABLE,), file_with("tokenizer.model", b"\x00\xff" * 500)),
    "an empty tokenizer": Bad((UNREADABLE, INCOMPLETE), file_with("tokenizer.model", b"")),
    "a tokenizer.json that is none": Bad(
        (UNREADABLE, MIXED), file_with("tokenizer.json", b'{"model": {"type": "Nothing"}}'), Family.GLM4_0414
    ),
    "a tokenizer.json of nulls": Bad(
        (UNREADABLE, MIXED),
        file_with("tokenizer.json", b'{"model": null, "added_tokens": 3}'),
        Family.GLM_EDGE,
    ),
    "a tokenizer_config that is none": Bad(
        (UNREADABLE,), file_with("tokenizer_config.json", b"{"), Family.CHATGLM
    ),
    "no number in a matrix at int4": Bad((NAN,), with_tensor("dense_4h_to_h", nan)),
    "no number in a matrix at int8": Bad((NAN,), with_tensor("dense_4h_to_h", nan), precision=INT8),
    "no number in a matrix at fp16": Bad((NAN,), with_tensor("dense_4h_to_h", nan), precision=FP16),
    "no number in a matrix at fp32": Bad((NAN,), with_tensor("dense_4h_to_h", nan), precision=FP32),
    "no number in a norm": Bad((NAN,), with_tensor("final_layernorm", nan)),
    "no number in a bias": Bad((NAN,), with_tensor("query_key_value.bias", nan)),
    "no number in the embedding": Bad((NAN,), with_tensor("word_embeddings", infinite)),
    "no number in the head": Bad((NAN,), with_tensor("output_layer", infinite)),
    "no number in an official scale": Bad(
        (NAN,), with_tensor("dense.weight_scale", infinite), options=replace(SMALL, bits=4)
    ),
    "no number in an official scale at fp32": Bad(
        (NAN,), with_tensor("dense.weight_scale", nan), options=replace(SMALL, bits=8), precision=FP32
    ),
    "a matrix of whole numbers": Bad(
        (UNSUPPORTED, UNREADABLE, MIXED),
        with_tensor("o_proj", lambda tensor: torch.ones(tensor.shape, dtype=torch.int64)),
        Family.GLM4_0414,
    ),
    "a matrix on its side": Bad(
        (MIXED,), with_tensor("mlp.down_proj", lambda tensor: tensor.T.contiguous()), Family.GLM_EDGE
    ),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_bad_folder_is_told_and_the_model_before_answers_again(
    child: Child, good: Path, tmp_path: Path, bad: Bad
) -> None:
    plan = LoadPlan(256, bad.precision, 1, str(tmp_path / "prepared"))
    folder = make_folder(tmp_path, bad.family, bad.options)
    bad.spoil(folder)
    error = child.load(folder, plan)
    assert error is not None
    assert error.code in bad.codes, error
    assert Path(error.params["path"]).is_relative_to(folder)
    assert not (folder / "ran").exists()
    cache = tmp_path / "prepared"
    assert not cache.exists() or not list(cache.iterdir())
    kind = (error.code, bad.precision)
    if kind not in child.recovered_from:  # each kind of failure once: loading takes time
        child.recovered_from.add(kind)
        assert child.load(good, GOOD_PLAN) is None
        assert child.answer() == child.wanted
