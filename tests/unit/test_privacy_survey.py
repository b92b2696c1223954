"""What is kept is found where it really lies, and who may read it is what the system says."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.connections import Attempt, Connection, ConnectionKind, ProcessKind
from app.core.paths import AppPaths
from app.core.privacy import Readers, StoredKind, StoredThing
from app.model.importing import places
from app.storage import connection_log, pointer
from app.storage.opening import open_store
from app.workers.privacy_survey import narrow, survey

posix = pytest.mark.skipif(os.name != "posix", reason="the marks of this system cannot be read")


@pytest.fixture
def paths() -> Iterator[AppPaths]:
    """Folders as a first start makes them, in one that everybody may enter, as pytest's are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        made = AppPaths(folder / "data", folder / "models", home=folder / "home", data_is_named=True)
        store, _ = open_store(made)
        store.close()
        made.models_dir.mkdir()
        (folder / "home").mkdir()
        yield made


def found(paths: AppPaths) -> dict[StoredKind, StoredThing]:
    return {thing.kind: thing for thing in survey(paths)}


def write(path: Path, size: int, mode: int = 0o600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    path.chmod(mode)
    return path


def everybody_may_pass(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o011 for folder in path.parents)


def test_a_fresh_profile_keeps_little_and_only_its_owner_reads_it(paths: AppPaths) -> None:
    things = found(paths)
    assert things[StoredKind.CONVERSATIONS].path == paths.database
    assert things[StoredKind.CONVERSATIONS].folder == paths.data_dir
    assert things[StoredKind.CONVERSATIONS].size_bytes == paths.database.stat().st_size > 0
    assert things[StoredKind.SETTINGS].size_bytes == 0
    assert StoredKind.SET_ASIDE not in things
    assert StoredKind.POINTER not in things
    if os.name == "posix":
        personal = [thing for thing in things.values() if thing.kind.is_personal]
        assert {thing.readers for thing in personal} == {Readers.OWNER}
        assert not any(thing.can_narrow for thing in personal)


def test_everything_is_counted_once_and_in_its_own_place(paths: AppPaths) -> None:
    write(paths.settings_file, 11)
    write(paths.data_dir / "settings.json.20260101.bad", 100)
    write(paths.data_dir / "teahouse-damaged-20260101T000000000Z.db", 1000)
    copied = found(paths)[StoredKind.COPIES].size_bytes  # the start made one
    write(paths.backups_dir / "teahouse-20260101T000000000Z.db", 23)
    write(paths.log_dir / "teahouse.log", 31)
    write(paths.log_dir / "engine.log", 4)
    write(paths.models_dir / "模型" / "weights.gguf", 50_000)
    write(paths.prepared_dir / "x" / "weights.safetensors", 600)
    write(paths.models_dir / places.FILE_NAME, 7)
    assert paths.home is not None
    write(paths.home / pointer.FILE_NAME, 9)
    attempt = Attempt(ConnectionKind.CONNECT, "198.51.100.7", 443)
    connection_log.append(paths.connections_file, Connection(1, ProcessKind.WINDOW, attempt))
    if os.name == "posix":
        (paths.models_dir / "link").symlink_to(paths.models_dir / "模型" / "weights.gguf")
        link = (paths.models_dir / "link").lstat().st_size
    else:
        link = 0
    sizes = {kind: thing.size_bytes for kind, thing in found(paths).items()}
    assert sizes[StoredKind.SETTINGS] == 11
    assert sizes[StoredKind.SET_ASIDE] == 1100
    assert sizes[StoredKind.COPIES] == copied + 23
    assert sizes[StoredKind.LOG] == 35
    assert sizes[StoredKind.PREPARED] == 600
    assert sizes[StoredKind.PLACES] == 7
    assert sizes[StoredKind.MODELS] == 50_007 + link  # a link is followed by nobody
    assert sizes[StoredKind.POINTER] == 9
    assert sizes[StoredKind.CONNECTIONS] == paths.connections_file.stat().st_size > 0


def test_no_file_of_a_person_is_left_out(paths: AppPaths) -> None:
    """What a start makes is all named, but for locks without contents."""
    for path in paths.data_dir.rglob("*"):
        is_named = any(path == thing.path or path.is_relative_to(thing.path) for thing in survey(paths))
        assert is_named or path.suffix == ".lock", path


@posix
def test_files_that_others_can_read_are_told_and_closed(paths: AppPaths) -> None:
    write(paths.settings_file, 11, 0o644)
    paths.data_dir.chmod(0o755)
    if not everybody_may_pass(paths.settings_file):
        pytest.skip("the folder of the tests is closed to others")
    paths.database.chmod(0o640)
    things = found(paths)
    for kind in (StoredKind.SETTINGS, StoredKind.CONVERSATIONS):
        assert things[kind].readers is Readers.OTHERS
        assert things[kind].can_narrow
        narrow(paths, kind)
    assert paths.settings_file.stat().st_mode & 0o777 == 0o600
    assert paths.database.stat().st_mode & 0o777 == 0o600
    things = found(paths)
    assert {things[kind].readers for kind in (StoredKind.SETTINGS, StoredKind.CONVERSATIONS)} == {
        Readers.OWNER
    }


@posix
@pytest.mark.parametrize("mode", [0o755, 0o711, 0o750, 0o704])
def test_an_open_folder_of_copies_is_closed_with_all_in_it(paths: AppPaths, mode: int) -> None:
    write(paths.backups_dir / "teahouse-20260101T000000000Z.db", 23, 0o644)
    paths.data_dir.chmod(0o755)
    paths.backups_dir.chmod(mode)
    if not everybody_may_pass(paths.backups_dir):
        pytest.skip("the folder of the tests is closed to others")
    assert found(paths)[StoredKind.COPIES].readers is Readers.OTHERS
    narrow(paths, StoredKind.COPIES)
    assert found(paths)[StoredKind.COPIES].readers is Readers.OWNER
    assert paths.backups_dir.stat().st_mode & 0o777 == 0o700


@posix
def test_a_closed_folder_above_closes_what_is_in_it(paths: AppPaths) -> None:
    write(paths.settings_file, 11, 0o666)
    assert paths.data_dir.stat().st_mode & 0o077 == 0, "as the start made it"
    assert found(paths)[StoredKind.SETTINGS].readers is Readers.OWNER


@posix
@pytest.mark.skipif(hasattr(os, "getuid") and os.getuid() != 0, reason="only root can give files away")
def test_files_of_another_account_are_not_offered_to_be_closed(paths: AppPaths) -> None:
    write(paths.settings_file, 11, 0o644)
    paths.data_dir.chmod(0o755)
    if not everybody_may_pass(paths.settings_file):
        pytest.skip("the folder of the tests is closed to others")
    os.chown(paths.settings_file, 12345, 12345)
    thing = found(paths)[StoredKind.SETTINGS]
    assert (thing.readers, thing.can_narrow) == (Readers.OTHERS, False)


@posix
@pytest.mark.skipif(hasattr(os, "getuid") and os.getuid() != 0, reason="only root can become another")
@pytest.mark.parametrize("mode", [0o644, 0o600])
def test_another_account_really_reads_what_is_told(paths: AppPaths, mode: int) -> None:
    """The system itself is asked, as somebody else."""
    write(paths.settings_file, 11, mode)
    paths.data_dir.chmod(0o755)
    code = (
        "import os, sys; os.setgroups([]); os.setgid(12345); os.setuid(12345)\n"
        "try: open(sys.argv[1], 'rb').close(); print('read')\n"
        "except OSError: print('refused')"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-c", code, str(paths.settings_file)],
        capture_output=True,
        text=True,
        check=True,
    )
    expected = Readers.OTHERS if ran.stdout.strip() == "read" else Readers.OWNER
    assert found(paths)[StoredKind.SETTINGS].readers is expected


def test_folders_that_are_not_there_are_no_trouble(tmp_path: Path) -> None:
    things = survey(AppPaths(tmp_path / "a", tmp_path / "b"))
    kinds = [thing.kind for thing in things if thing.kind is not StoredKind.TEMPORARY]
    assert kinds == [StoredKind.CONVERSATIONS, StoredKind.SETTINGS, StoredKind.MODELS]
    assert sum(thing.size_bytes for thing in things if thing.kind in kinds) == 0
