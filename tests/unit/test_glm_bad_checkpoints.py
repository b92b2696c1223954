"""Files that are damaged, foreign or do not belong together: each is told by name, and none is run."""

import json
import pickle
import shutil
import zipfile

import pytest
import torch

from app.core.errors import ErrorCode
from app.model.glm.family import Family
from app.model.glm.shard_files import LFS_POINTER
from tests.helpers.glm_checkpoints import (
    changed,
    made,
    of_bin,
    refused,
)

# Wrong files


@pytest.mark.parametrize("family", [Family.CHATGLM2, Family.GLM4])
def test_a_pointer_of_git_lfs(tmp_path, family):
    folder = made(tmp_path / "m", family)
    path = sorted(folder.glob("*-of-*"))[1]
    path.write_bytes(LFS_POINTER + b"v1\noid sha256:0\nsize 1\n")
    info = refused(folder)
    assert (info.code, info.params) == (ErrorCode.MODEL_LFS_POINTER, {"path": str(path)})


@pytest.mark.parametrize("family", [Family.CHATGLM2, Family.GLM4])
@pytest.mark.parametrize("left", [0, 4, 100, -1])
def test_a_shard_that_is_cut_off(tmp_path, family, left):
    folder = made(tmp_path / "m", family)
    path = sorted(folder.glob("*-of-*"))[1]
    whole = path.read_bytes()
    path.write_bytes(whole[:left])
    info = refused(folder)
    assert (info.code, info.params["path"]) == (ErrorCode.MODEL_TRUNCATED, str(path))
    assert int(info.params["actual"]) == path.stat().st_size
    assert int(info.params["actual"]) < int(info.params["expected"]) <= len(whole)


@pytest.mark.parametrize("family", [Family.CHATGLM2, Family.GLM4])
@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html><html>404</html>",
        bytes(64),
        b"\x08" + bytes(7) + b"[1, 2 ]]",
        b"\x02" + bytes(7) + b"{]",
        b"\xff" * 64,
        pickle.dumps({"old": 1}),
    ],
)
def test_a_file_of_another_kind(tmp_path, family, content):
    folder = made(tmp_path / "m", family)
    path = sorted(folder.glob("*-of-*"))[1]
    path.write_bytes(content)
    info = refused(folder)
    assert (info.code, info.params["path"]) == (ErrorCode.MODEL_UNREADABLE, str(path))


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F8_E4M3", "shape": [1], "data_offsets": [0, 1]},
        {"dtype": "F16", "shape": [2], "data_offsets": [0, 2]},
        {"dtype": "F16", "shape": [-1], "data_offsets": [2, 0]},
        {"dtype": "F16", "shape": ["1"], "data_offsets": [0, 2]},
        {"dtype": "F16", "shape": [1], "data_offsets": [-2, 0]},
        {"dtype": "F16", "shape": [1]},
        {"dtype": ["F16"], "shape": [1], "data_offsets": [0, 2]},
        [],
    ],
)
def test_a_header_that_lies(tmp_path, entry):
    folder = made(tmp_path / "m", Family.GLM_EDGE, shards=1)
    header = json.dumps({"model.norm.weight": entry}).encode()
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(8))
    info = refused(folder)
    assert (info.code, info.params["detail"]) == (ErrorCode.MODEL_UNREADABLE, "safetensors header")


class Runs:
    """An object whose unpickling would make a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize(("protocol", "detail"), [(2, "io open"), (4, "STACK_GLOBAL")])
def test_a_pickle_with_foreign_globals_does_not_run(tmp_path, protocol, detail):
    folder = made(tmp_path / "m", Family.CHATGLM2, shards=1)
    path = folder / "pytorch_model.bin"
    tensors = of_bin(path)
    torch.save(tensors | {"extra": Runs(tmp_path / "ran")}, path, pickle_protocol=protocol)
    info = refused(folder)
    assert (info.code, info.params) == (ErrorCode.MODEL_UNSAFE, {"path": str(path), "detail": detail})
    assert not (tmp_path / "ran").exists()


def test_the_pickle_of_these_tests_would_run(tmp_path):
    pickle.loads(pickle.dumps(Runs(tmp_path / "ran"))).close()
    assert (tmp_path / "ran").exists()


def test_an_archive_with_two_programs_is_refused(tmp_path):
    folder = made(tmp_path / "m", Family.CHATGLM2, shards=1)
    path = folder / "pytorch_model.bin"
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("other/data.pkl", pickle.dumps(Runs(tmp_path / "ran")))
    assert refused(folder).params["detail"] == "not an archive of torch.save"
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("value", [torch.zeros(2), {"a": [torch.zeros(2)]}, {1: torch.zeros(2)}])
def test_an_archive_that_is_no_state_dict(tmp_path, value):
    folder = made(tmp_path / "m", Family.CHATGLM2, shards=1)
    torch.save(value, folder / "pytorch_model.bin")
    assert refused(folder).params["detail"] == "not a state dict"


# Tensors that do not belong together


NORM = {
    Family.CHATGLM: "transformer.final_layernorm.weight",
    Family.CHATGLM2: "transformer.encoder.final_layernorm.weight",
    Family.GLM4: "transformer.encoder.final_layernorm.weight",
    Family.GLM4_0414: "model.norm.weight",
}


@pytest.mark.parametrize("family", list(NORM))
def test_a_wrong_shape_is_told(tmp_path, family):
    folder = made(tmp_path / "m", family, shards=1)
    path = changed(folder, lambda tensors: tensors.update({NORM[family]: torch.zeros(33).half()}))
    info = refused(folder)
    assert (info.code, info.params["path"]) == (ErrorCode.MODEL_MIXED, str(path))
    assert info.params["detail"] == f"{NORM[family]} [33] torch.float16, expected [32]"


@pytest.mark.parametrize("family", list(NORM))
def test_a_missing_tensor_is_told(tmp_path, family):
    folder = made(tmp_path / "m", family, shards=1)
    changed(folder, lambda tensors: tensors.pop(NORM[family]))
    info = refused(folder)
    assert (info.code, info.params) == (
        ErrorCode.MODEL_INCOMPLETE,
        {"path": str(folder), "detail": NORM[family]},
    )


def test_a_foreign_tensor_is_told(tmp_path):
    folder = made(tmp_path / "m", Family.CHATGLM3, shards=1)
    path = changed(folder, lambda tensors: tensors.update({"model.norm.weight": torch.zeros(32).half()}))
    info = refused(folder)
    assert (info.code, info.params) == (
        ErrorCode.MODEL_MIXED,
        {"path": str(path), "detail": "model.norm.weight"},
    )


def test_a_dtype_that_is_none_of_ours(tmp_path):
    folder = made(tmp_path / "m", Family.GLM4, shards=1)
    changed(folder, lambda tensors: tensors.update({NORM[Family.GLM4]: torch.zeros(32, dtype=torch.int64)}))
    info = refused(folder)
    assert info.code is ErrorCode.MODEL_UNSUPPORTED
    assert info.params["detail"] == f"{NORM[Family.GLM4]} torch.int64"


def test_shards_of_two_generations(tmp_path):
    folder = made(tmp_path / "m", Family.CHATGLM2)
    other = made(tmp_path / "other", Family.CHATGLM)
    name = "pytorch_model-00002-of-00003.bin"
    shutil.copy(other / name, folder / name)
    info = refused(folder)
    assert (info.code, info.params["path"]) == (ErrorCode.MODEL_MIXED, str(folder / name))


def test_a_shard_twice(tmp_path):
    folder = made(tmp_path / "m", Family.GLM4)
    shutil.copy(folder / "model-00001-of-00003.safetensors", folder / "model-00002-of-00003.safetensors")
    assert refused(folder).params["detail"].endswith(" twice")


@pytest.mark.parametrize(("stored", "said"), [(4, 0), (0, 4), (8, 4)])
def test_an_edition_of_another_precision(tmp_path, stored, said):
    folder = made(tmp_path / "m", Family.CHATGLM2, bits=stored, shards=1, config={"quantization_bit": said})
    assert refused(folder).code in (ErrorCode.MODEL_MIXED, ErrorCode.MODEL_INCOMPLETE)
