"""The doctor: each finding is made to happen, and so is each remedy."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.core import settings as declared
from app.core.cancel import Cancelled, CancelToken
from app.core.engine import Precision
from app.core.errors import ErrorCode
from app.core.findings import DoctorRemedy, Finding, FindingCode, Severity
from app.core.memory import GraphicsCard, MemoryChoice
from app.core.model_records import ModelRecord, with_record, with_wish
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.model import doctor, doctor_models, hardware, starter
from app.model.doctor_models import Request
from app.model.glm.family import Family
from app.model.hardware import GIB, DriverState, GraphicsDriver, Hardware, Support, read_driver
from app.model.importing import places
from app.model.importing.places import Place
from app.model.kernel_speeds import KernelSpeeds, write_speeds
from app.storage import pointer
from app.storage.opening import open_store
from app.workers import doctor_round
from tests.helpers.gguf_files import GgufFile
from tests.helpers.glm_folder import make_folder
from tests.helpers.memory_cases import found as six_b

posix = pytest.mark.skipif(os.name != "posix", reason="the marks of this system cannot be read")
NOBODY = 2**22 + 1
"""No process has this number."""

MACHINE = Hardware("x86_64", "A processor", 8, 4, 16 * GIB, 8 * GIB, Support.YES, Support.NO)


def findings(tmp_path: Path, machine: Hardware = MACHINE) -> dict[FindingCode, Finding]:
    """What is told of the machine and of the models."""
    paths = AppPaths(tmp_path / "data", tmp_path / "models")
    return {finding.code: finding for finding in [*doctor.examine(paths, machine), *of_models(paths)]}


def of_models(paths: AppPaths, request: Request | None = None) -> list[Finding]:
    return [*doctor_models.examine(paths, request or Request(), lambda _: None, CancelToken())]


def everything(paths: AppPaths) -> dict[FindingCode, Finding]:
    found = doctor_round.examine(paths, Request(), lambda _: None, CancelToken())
    return {finding.code: finding for finding in found}


@pytest.fixture
def paths() -> Iterator[AppPaths]:
    """Folders as a first start makes them, in one that everybody may enter, as pytest's are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        made = AppPaths(folder / "data", folder / "models", home=folder / "home")
        store, _ = open_store(made)
        store.close()
        made.models_dir.mkdir()
        (folder / "home").mkdir()
        yield made


def test_this_machine_is_examined(tmp_path: Path) -> None:
    paths = AppPaths(tmp_path / "data", tmp_path / "models", home=tmp_path / "home")
    found = [*doctor_round.examine(paths, Request(), lambda _: None, CancelToken())]
    assert FindingCode.VERSIONS in {finding.code for finding in found}
    assert all(isinstance(value, str) for finding in found for value in finding.params.values())
    assert list(tmp_path.iterdir()) == []  # looking changes nothing


def test_the_facts_of_this_machine() -> None:
    machine = hardware.look()
    assert 0 < machine.memory_available <= machine.memory_total
    assert 0 < machine.physical_cores <= machine.logical_cores
    assert hardware.resident_memory() > 1 << 20
    assert hardware.peak_memory(os.getpid()) >= 1 << 20
    assert hardware.resident_memory(2**22 + 1) == 0
    assert hardware.processor_has("no such thing") is not Support.YES


@pytest.mark.parametrize(
    ("machine", "code", "severity"),
    [
        (MACHINE, FindingCode.PROCESSOR_GOOD, Severity.GOOD),
        (replace(MACHINE, avx512=Support.YES), FindingCode.PROCESSOR_FAST, Severity.GOOD),
        (replace(MACHINE, avx2=Support.NO), FindingCode.PROCESSOR_TOO_OLD, Severity.PROBLEM),
        (replace(MACHINE, avx2=Support.UNKNOWN), FindingCode.PROCESSOR_UNKNOWN, Severity.NOTE),
        (
            replace(MACHINE, machine="arm64", avx2=Support.UNKNOWN),
            FindingCode.PROCESSOR_GOOD,
            Severity.GOOD,
        ),
        (MACHINE, FindingCode.MEMORY_GOOD, Severity.GOOD),
        (replace(MACHINE, memory_total=8 * GIB), FindingCode.MEMORY_SMALL, Severity.NOTE),
        (replace(MACHINE, memory_total=2 * GIB), FindingCode.MEMORY_TOO_SMALL, Severity.PROBLEM),
        (replace(MACHINE, memory_available=GIB), FindingCode.MEMORY_USED_UP, Severity.PROBLEM),
    ],
)
def test_machines(tmp_path: Path, machine: Hardware, code: FindingCode, severity: Severity) -> None:
    assert findings(tmp_path, machine)[code].severity is severity


@pytest.mark.parametrize(
    ("free", "code"),
    [(100 * GIB, FindingCode.DISK_GOOD), (5 * GIB, FindingCode.DISK_LOW), (1000, FindingCode.DISK_FULL)],
)
def test_disks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, code: FindingCode) -> None:
    monkeypatch.setattr(hardware, "disk_free", lambda _: free)
    assert findings(tmp_path)[code].params["free"] == str(free)


def test_a_full_disk_leads_to_the_storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "disk_free", lambda _: 1000)
    assert findings(tmp_path)[FindingCode.DISK_FULL].remedy is DoctorRemedy.SHOW_STORAGE


def test_what_the_engine_takes_is_not_taken_by_others(tmp_path: Path, monkeypatch) -> None:
    poor = replace(MACHINE, memory_available=GIB)
    monkeypatch.setattr(hardware, "own_memory", lambda pid: {77: 8 * GIB}[pid])
    paths = AppPaths(tmp_path / "data", tmp_path / "models")
    codes = {found.code for found in doctor.examine(paths, poor, engine_pid=77)}
    assert FindingCode.MEMORY_GOOD in codes
    assert FindingCode.MEMORY_USED_UP not in codes


SMI = "| NVIDIA-SMI 535.104.05    Driver Version: 535.104.05    CUDA Version: 12.2 |"


@pytest.mark.parametrize(
    ("told", "needed", "driver"),
    [
        (SMI, 12, GraphicsDriver(DriverState.WORKS, "535.104.05")),
        (SMI, 11, GraphicsDriver(DriverState.WORKS, "535.104.05")),
        (SMI, 13, GraphicsDriver(DriverState.TOO_OLD, "535.104.05")),
        ("NVIDIA-SMI has failed because it couldn't communicate", 12, GraphicsDriver(DriverState.FAILING)),
        ("", 12, GraphicsDriver(DriverState.FAILING)),
        ("No devices were found", 12, None),
    ],
)
def test_what_a_driver_tells_of_itself(told: str, needed: int, driver: GraphicsDriver | None) -> None:
    assert read_driver(told, needed) == driver


@pytest.mark.parametrize(
    ("driver", "card", "code"),
    [
        (GraphicsDriver(DriverState.WORKS), GraphicsCard("A card", GIB, GIB), FindingCode.GRAPHICS_GOOD),
        (GraphicsDriver(DriverState.TOO_OLD, "470"), None, FindingCode.GRAPHICS_TOO_OLD),
        (GraphicsDriver(DriverState.FAILING), None, FindingCode.GRAPHICS_FAILING),
    ],
)
def test_graphics_drivers(tmp_path: Path, monkeypatch, driver, card, code) -> None:
    monkeypatch.setattr(hardware, "find_driver", lambda: driver)
    monkeypatch.setattr(hardware, "find_graphics_card", lambda *_: card)
    assert code in findings(tmp_path)


def test_no_driver_is_nothing_to_tell(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(hardware, "_nvidia_smi", lambda: "")
    assert not [code for code in findings(tmp_path) if code.value.startswith("graphics")]


@pytest.mark.skipif(os.name == "nt", reason="a script is no program there")
def test_a_driver_that_ends_with_an_error_is_seen(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").touch()
    (tmp_path / "torch" / "version.py").write_text("cuda: Optional[str] = '12.8'\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    hardware._torch_cuda.cache_clear()
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!{sys.executable}\nraise SystemExit(9)\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    try:
        assert hardware.find_driver() == GraphicsDriver(DriverState.FAILING)
        program.write_text(f"#!{sys.executable}\nprint({SMI!r})\n", encoding="utf-8")
        assert hardware.find_driver() == GraphicsDriver(DriverState.WORKS, "535.104.05")
    finally:
        hardware._torch_cuda.cache_clear()


def test_the_disk_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    assert hardware.disk_free(tmp_path / "a" / "b") == hardware.disk_free(tmp_path)


def test_a_data_folder_that_is_a_file_cannot_be_written(tmp_path: Path) -> None:
    assert findings(tmp_path)[FindingCode.DATA_FOLDER_GOOD].severity is Severity.GOOD
    (tmp_path / "data").write_text("", encoding="utf-8")
    assert findings(tmp_path)[FindingCode.DATA_FOLDER_READ_ONLY].severity is Severity.PROBLEM


def test_models_and_starter(tmp_path: Path) -> None:
    found = findings(tmp_path)
    assert found[FindingCode.MODELS_NONE].severity is Severity.PROBLEM
    assert found[FindingCode.STARTER_MISSING].severity is Severity.NOTE
    GgufFile().write(tmp_path / "models" / "good.gguf")
    (tmp_path / "models" / starter.FILE_NAME).write_bytes(GgufFile().content()[:-9])
    found = findings(tmp_path)
    assert found[FindingCode.MODELS_FOUND].params["count"] == "1"
    broken = found[FindingCode.MODEL_BROKEN]
    assert broken.error is not None
    assert broken.error.code is ErrorCode.MODEL_TRUNCATED
    assert found[FindingCode.STARTER_DAMAGED].severity is Severity.PROBLEM


def test_a_display_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    assert FindingCode.DISPLAY_GOOD in findings(tmp_path)
    monkeypatch.delenv("DISPLAY")
    assert FindingCode.DISPLAY_MISSING in findings(tmp_path)
    paths = AppPaths(tmp_path / "data", tmp_path / "models")
    asked = {one.code for one in doctor.examine(paths, MACHINE, has_window=True)}
    assert FindingCode.DISPLAY_MISSING not in asked  # a window asks: it is seen


def test_int4_that_is_slower_than_int8_is_told(tmp_path: Path) -> None:
    prepared = AppPaths(tmp_path / "data", tmp_path / "models").prepared_dir
    assert FindingCode.INT4_SLOWER not in findings(tmp_path)
    write_speeds(prepared, KernelSpeeds("torch", int8_ms=4.0, int4_ms=4.1))
    assert FindingCode.INT4_SLOWER not in findings(tmp_path)
    write_speeds(prepared, KernelSpeeds("torch", int8_ms=4.25, int4_ms=6.5))
    found = findings(tmp_path)[FindingCode.INT4_SLOWER]
    assert found.severity is Severity.NOTE
    assert found.params == {"int4": "6.5", "int8": "4.2"}
    for garbage in ("", "[]", "{", '{"made_with": 1}', '{"made_with": "", "int8_ms": "x", "int4_ms": 1}'):
        (prepared / "kernel-speeds.json").write_text(garbage, encoding="utf-8")
        assert FindingCode.INT4_SLOWER not in findings(tmp_path)


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


# The folders, who reads them, the engine, the conversations


def test_a_note_of_the_folders_that_makes_no_sense_is_told(paths: AppPaths) -> None:
    assert paths.home is not None
    assert FindingCode.LOCATIONS_DAMAGED not in everything(paths)
    (paths.home / pointer.FILE_NAME).write_text("{", encoding="utf-8")
    assert everything(paths)[FindingCode.LOCATIONS_DAMAGED].severity is Severity.PROBLEM


@posix
def test_what_others_can_read_is_told_and_closed(paths: AppPaths) -> None:
    assert FindingCode.PRIVATE_GOOD in everything(paths)
    paths.data_dir.chmod(0o755)
    paths.database.chmod(0o644)
    if FindingCode.OTHERS_CAN_READ not in everything(paths):
        pytest.skip("a folder above the temporary ones is closed")
    told = everything(paths)[FindingCode.OTHERS_CAN_READ]
    assert (told.params["kind"], told.remedy) == ("conversations", DoctorRemedy.NARROW)
    assert FindingCode.PRIVATE_GOOD not in everything(paths)
    assert [*doctor_round.mend_safely([told], paths)] == [(told, True)]
    assert paths.database.stat().st_mode & 0o077 == 0
    assert FindingCode.PRIVATE_GOOD in everything(paths)


@posix
def test_what_does_not_let_itself_be_mended_is_said_to_be_there(paths: AppPaths, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "not permitted")

    left = paths.models_dir / f".glm.{NOBODY}.partial"
    left.write_bytes(b"x")
    told = everything(paths)[FindingCode.ABANDONED_COPIES]
    monkeypatch.setattr(doctor_round.copying, "remove_abandoned", refuse)
    assert [*doctor_round.mend_safely([told], paths)] == [(told, False)]


def write_engine_log(paths: AppPaths, moment: datetime, end: str) -> None:
    paths.log_dir.mkdir(exist_ok=True)
    line = f"{moment:%Y-%m-%d %H:%M:%S},123 the child ended: {end}\n"
    (paths.log_dir / "engine.log").write_text(f"ggml says something\n{line}more\n", encoding="utf-8")


def test_the_last_crash_of_the_engine_is_told_for_a_week(paths: AppPaths) -> None:
    now = datetime.now().astimezone()
    write_engine_log(paths, now, "crash 11")
    told = everything(paths)[FindingCode.ENGINE_CRASHED]
    assert abs(int(told.params["at"]) - now.timestamp() * 1000) < 2000
    write_engine_log(paths, now - timedelta(days=8), "crash 11")
    assert FindingCode.ENGINE_CRASHED not in everything(paths)
    write_engine_log(paths, now, "no end")
    assert FindingCode.ENGINE_CRASHED not in everything(paths)


@posix
def test_an_engine_that_the_system_ended_ran_out_of_memory(paths: AppPaths) -> None:
    write_engine_log(paths, datetime.now().astimezone(), "crash 9")
    assert everything(paths)[FindingCode.ENGINE_OUT_OF_MEMORY].remedy is DoctorRemedy.SHOW_MEMORY


def test_damaged_conversations_are_told_and_left_as_they_are(paths: AppPaths) -> None:
    assert everything(paths)[FindingCode.CONVERSATIONS_GOOD].severity is Severity.GOOD
    content = bytearray(paths.database.read_bytes())
    content[4096:12288] = bytes(8192)
    paths.database.write_bytes(content)
    assert everything(paths)[FindingCode.CONVERSATIONS_DAMAGED].severity is Severity.PROBLEM
    assert paths.database.read_bytes() == content


def test_conversations_are_checked_while_they_are_open(paths: AppPaths) -> None:
    store, _ = open_store(paths)
    try:
        assert FindingCode.CONVERSATIONS_GOOD in everything(paths)
    finally:
        store.close()


# The verb


def verb(paths: AppPaths, *options: str) -> str:
    folders = ["--data-dir", str(paths.data_dir), "--models-dir", str(paths.models_dir)]
    command = [sys.executable, "-m", "app", "doctor", *folders, *options]
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en"}
    result = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=True)
    assert result.stderr == ""
    return result.stdout


def test_the_verb_tells_and_mends(paths: AppPaths) -> None:
    left = paths.models_dir / f".glm.{NOBODY}.partial"
    left.write_bytes(bytes(7_000_000))
    said = verb(paths)
    assert "Copies of models that were never finished take 7.0 MB" in said
    assert left.exists()
    said = verb(paths, "--mend")
    assert "The unfinished copies are removed: 7.0 MB are free again." in said
    assert not left.exists()
    lines = [json.loads(line) for line in verb(paths, "--json").splitlines()]
    assert "abandoned_copies" not in {line["code"] for line in lines}
    assert all(line["sentence"] for line in lines)
