"""What the doctor finds of models and of what is left over of them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from app.core import settings as declared
from app.core.cancel import Cancelled, CancelToken
from app.core.engine import Precision
from app.core.findings import DoctorRemedy, FindingCode, Severity
from app.core.memory import MemoryChoice
from app.core.model_records import ModelRecord, with_record, with_wish
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.model import doctor_models, hardware, starter
from app.model.doctor_models import Request
from app.model.glm.family import Family
from app.model.hardware import GIB
from app.model.importing import places
from app.model.importing.places import Place
from app.model.kernel_speeds import KernelSpeeds, write_speeds
from app.workers import doctor_round
from tests.helpers.doctor_cases import NOBODY, everything, of_models
from tests.helpers.doctor_cases import paths as paths
from tests.helpers.glm_folder import make_folder
from tests.helpers.memory_cases import found as six_b

# The models and what is left over


def test_a_model_in_its_own_place_that_is_gone_is_told_as_gone(paths: AppPaths) -> None:
    folder = make_folder(paths.data_dir.parent / "stick", Family.CHATGLM3)
    places.add(paths.models_dir, Place(str(folder), "glm", "GLM"))
    assert FindingCode.MODEL_GONE not in everything(paths)
    folder.rename(folder.with_name("elsewhere"))
    gone = everything(paths)[FindingCode.MODEL_GONE]
    assert (gone.params["id"], gone.params["path"]) == ("glm", str(folder))
    assert gone.remedy is DoctorRemedy.SHOW_MODELS


def test_a_damaged_list_of_models_is_told_until_it_is_removed(paths: AppPaths) -> None:
    (paths.models_dir / places.FILE_NAME).write_bytes(b"{ no list")
    told = everything(paths)[FindingCode.LIST_DAMAGED]
    assert told.params["count"] == "1"
    assert not told.remedy.is_safe
    assert told.remedy.removes
    assert not [*doctor_round.mend_safely([told], paths)]
    assert doctor_models.damaged_lists(paths.models_dir)
    doctor_round.mend(told, paths)
    assert FindingCode.LIST_DAMAGED not in everything(paths)


def test_unfinished_copies_are_counted_and_removed_and_those_of_the_living_stay(paths: AppPaths) -> None:
    left = paths.models_dir / f".glm.{NOBODY}.partial"
    left.mkdir()
    (left / "weights.bin").write_bytes(bytes(7000))
    pack = paths.models_dir / f".pack.teapack.{NOBODY}.partial"
    pack.write_bytes(bytes(300))
    living = paths.models_dir / f".other.{os.getppid()}.partial"
    living.write_bytes(bytes(50))
    told = everything(paths)[FindingCode.ABANDONED_COPIES]
    assert (told.params["count"], told.params["size"]) == ("2", "7300")
    assert [*doctor_round.mend_safely([told], paths)] == [(told, True)]
    assert not left.exists()
    assert not pack.exists()
    assert living.exists()
    assert FindingCode.ABANDONED_COPIES not in everything(paths)


def test_prepared_files_without_their_model_are_counted_and_removed(paths: AppPaths) -> None:
    make_folder(paths.models_dir, Family.CHATGLM3)
    for name in ("chatglm3", "gone"):
        folder = paths.prepared_dir / f"{name}-int4-0123456789abcdef"
        folder.mkdir(parents=True)
        (folder / "weights").write_bytes(bytes(900))
    told = everything(paths)[FindingCode.PREPARED_ORPHANS]
    assert (told.params["count"], told.params["size"]) == ("1", "900")
    doctor_round.mend(told, paths, in_use={"gone-int4-0123456789abcdef"})
    assert doctor_round.is_there(told, paths)
    assert [*doctor_round.mend_safely([told], paths)] == [(told, True)]
    assert [entry.name for entry in paths.prepared_dir.iterdir()] == ["chatglm3-int4-0123456789abcdef"]


def test_a_model_that_changed_is_told_when_every_byte_is_read(paths: AppPaths) -> None:
    folder = make_folder(paths.models_dir, Family.CHATGLM3)
    weights = next(path for path in sorted(folder.iterdir()) if path.suffix == ".bin")
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    places.add(paths.models_dir, Place("chatglm3", hashes={weights.name: digest}))
    thorough = Request(is_thorough=True)
    codes = {one.code: one for one in of_models(paths, thorough)}
    assert codes[FindingCode.MODELS_UNCHANGED].params["count"] == "1"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert FindingCode.MODEL_CHANGED not in {one.code for one in of_models(paths)}
    changed = {one.code: one for one in of_models(paths, thorough)}[FindingCode.MODEL_CHANGED]
    assert changed.params["files"] == weights.name
    assert changed.severity is Severity.PROBLEM


def test_a_model_without_known_hashes_is_not_called_unchanged(paths: AppPaths) -> None:
    make_folder(paths.models_dir, Family.CHATGLM3)
    codes = {one.code for one in of_models(paths, Request(is_thorough=True))}
    assert not codes & {FindingCode.MODELS_UNCHANGED, FindingCode.MODEL_CHANGED}


def test_a_moved_models_folder_that_is_gone_is_told_and_nothing_else_of_it(paths: AppPaths) -> None:
    gone = paths.data_dir.parent / "disk" / "models"
    moved = AppPaths(paths.data_dir, gone, home=paths.home)
    found = of_models(moved)
    assert [one.code for one in found] == [FindingCode.MODELS_FOLDER_GONE]
    assert found[0].params["path"] == str(gone)


def chosen(precision: Precision) -> Settings:
    record = with_wish(ModelRecord(), MemoryChoice(precision, 4096))
    return Settings().changed(declared.MODEL_RECORDS, with_record(Settings(), "six", record))


def test_int8_is_offered_for_the_model_that_runs_at_a_slower_int4(paths: AppPaths, monkeypatch) -> None:
    monkeypatch.setattr(doctor_models.library, "scan", lambda _: [six_b()])
    monkeypatch.setattr(hardware, "_last_asked", hardware._LastAsked())
    write_speeds(paths.prepared_dir, KernelSpeeds("torch", int8_ms=4.25, int4_ms=6.5))
    memory = type("Memory", (), {"total": 64 * GIB, "available": 60 * GIB})()
    monkeypatch.setattr(hardware.psutil, "virtual_memory", lambda: memory)
    codes = {one.code: one for one in of_models(paths, Request(chosen(Precision.INT4)))}
    told = codes[FindingCode.INT4_SLOWER]
    assert told.remedy is DoctorRemedy.CHOOSE_INT8
    assert (told.params["id"], told.params["context"]) == ("six", "4096")
    codes = {one.code: one for one in of_models(paths, Request(chosen(Precision.INT8)))}
    assert FindingCode.INT4_SLOWER not in codes
    memory.available = 6 * GIB  # INT8 does not fit
    codes = {one.code: one for one in of_models(paths, Request(chosen(Precision.INT4)))}
    assert codes[FindingCode.INT4_SLOWER].remedy is DoctorRemedy.NONE


def test_a_prepared_copy_for_which_there_is_no_room_is_told(paths: AppPaths, monkeypatch) -> None:
    monkeypatch.setattr(doctor_models.library, "scan", lambda _: [six_b()])
    monkeypatch.setattr(hardware, "_last_asked", hardware._LastAsked())
    memory = type("Memory", (), {"total": 64 * GIB, "available": 60 * GIB})()
    monkeypatch.setattr(hardware.psutil, "virtual_memory", lambda: memory)
    monkeypatch.setattr(hardware, "disk_free", lambda _: 2 * GIB)
    request = Request(chosen(Precision.INT4))
    told = {one.code: one for one in of_models(paths, request)}[FindingCode.PREPARED_NO_ROOM]
    assert int(told.params["size"]) > 3 * GIB
    (paths.prepared_dir / f"{Path(six_b().ref.path).name}-int4-0123456789abcdef").mkdir(parents=True)
    assert FindingCode.PREPARED_NO_ROOM not in {one.code for one in of_models(paths, request)}


def test_a_check_can_be_cancelled_while_it_reads(paths: AppPaths) -> None:
    path = paths.models_dir / starter.FILE_NAME
    with path.open("wb") as file:
        file.truncate(starter.FILE_BYTES)
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        [*doctor_models.examine(paths, Request(), lambda _: cancel.cancel(), cancel)]
