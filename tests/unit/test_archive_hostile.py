"""Backup files that somebody may hand us: damaged, made up, or meant to do harm."""

from __future__ import annotations

import hashlib
import json
import os
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from app.core.cancel import CancelToken
from app.core.errors import ErrorCode, WorldError
from app.core.imports import TaskProgress
from app.core.paths import AppPaths
from app.storage import archive
from app.storage.opening import open_store
from tests.helpers.archives import back_up, fill, manifest_of, restore
from tests.helpers.archives import other as other
from tests.helpers.archives import paths as paths
from tests.helpers.archives import target as target
from tests.helpers.storage_fixtures import opened, paths_in

# What somebody may hand us


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A good backup file."""
    folder = tmp_path_factory.mktemp("made")
    with opened(paths_in(folder)) as (store, _):
        fill(store)
        back_up(store, folder / "x.teahouse")
    return (folder / "x.teahouse").read_bytes()


@pytest.fixture
def good(made: bytes, target: Path) -> Path:
    target.write_bytes(made)
    return target


def refused(other: AppPaths, target: Path, code: ErrorCode = ErrorCode.BACKUP_DAMAGED) -> None:
    """Nothing is left, and the error is the world's. What can be restored is unpacked first."""
    with pytest.raises(WorldError) as caught:
        archive.unpack(target, other.data_dir, lambda _: None, CancelToken())
    assert caught.value.info.code is code, caught.value
    assert list(other.data_dir.iterdir()) == []


def made_anew(
    target: Path, change: Callable[[dict[str, bytes], dict[str, object]], None], **options: int
) -> None:
    """The backup file with other members or another manifest; hashes fit unless `change` spoils them."""
    with zipfile.ZipFile(target) as file:
        members = {name: file.read(name) for name in file.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    change(members, manifest)
    with zipfile.ZipFile(target, "w", options.get("method", zipfile.ZIP_DEFLATED)) as file:
        for name, data in members.items():
            file.writestr(name, data)
        file.writestr("manifest.json", json.dumps(manifest))


def facts(data: bytes) -> dict[str, object]:
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def with_database(change: Callable[[apsw.Connection], object], folder: Path) -> object:
    """A change of the database in the file, with a manifest that fits."""

    def apply(members: dict[str, bytes], manifest: dict[str, object]) -> None:
        path = folder / "changed.db"
        path.write_bytes(members["conversations.db"])
        connection = apsw.Connection(str(path))
        change(connection)
        connection.close()
        members["conversations.db"] = path.read_bytes()
        listed = manifest["members"]
        assert isinstance(listed, dict)
        listed["conversations.db"] = facts(members["conversations.db"])

    return apply


def spoil(key: str, value: object) -> Callable[[dict[str, bytes], dict[str, object]], None]:
    return lambda _members, manifest: manifest.update({key: value})


@pytest.mark.parametrize(
    "change",
    [
        lambda members, _: members.update({"../evil.txt": b"x"}),
        lambda members, _: members.update({"/etc/evil": b"x"}),
        lambda members, _: members.update({f"{n}": b"" for n in range(100)}),
        lambda members, _: members.pop("conversations.db"),
        lambda members, _: members.update({"conversations.db": members["conversations.db"] + b"\0"}),
        lambda members, _: members.update({"conversations.db": b"\0" * len(members["conversations.db"])}),
        lambda members, _: members.update({"settings.json": b"{}"}),
        lambda _, manifest: manifest.pop("members"),
        lambda _, manifest: manifest["members"].update({"../evil": facts(b"")}),
        lambda _, manifest: manifest["members"]["conversations.db"].update({"bytes": 1 << 50}),
        lambda _, manifest: manifest["members"]["conversations.db"].update({"sha256": "0" * 64}),
        lambda _, manifest: manifest["members"]["conversations.db"].update({"sha256": None}),
        spoil("app", "Other"),
        spoil("format", -1),
        spoil("format", "1"),
        spoil("members", []),
        spoil("made_at", None),
        spoil("schema", 1.5),
    ],
)  # fmt: skip
def test_a_file_that_is_not_as_its_manifest_says(
    other: AppPaths, good: Path, change: Callable[..., None]
) -> None:
    made_anew(good, change)
    refused(other, good)
    assert not (other.data_dir.parent / "evil.txt").exists()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE message SET parent_id = id WHERE id = 3",
        "UPDATE message SET parent_id = 11 WHERE id = 1",
        "UPDATE message SET parent_id = 99 WHERE id = 3",
        "UPDATE message SET conversation_id = 77 WHERE id = 3",
        "UPDATE message SET role = 'system of a kind' WHERE id = 3",
        "UPDATE message SET status = 'BROKEN' WHERE id = 3",
        "UPDATE message SET text = x'ff' WHERE id = 3",
        "UPDATE message SET text = CAST(x'ff41' AS TEXT) WHERE id = 3",
        "UPDATE message SET created_at = 9e18 WHERE id = 3",
        "UPDATE message SET prompt_tokens = 'many' WHERE id = 4",
        "UPDATE message SET error_params = x'00' WHERE id = 4",
        "UPDATE conversation SET title = x'00' WHERE id = 1",
        "UPDATE conversation SET created_at = -1 WHERE id = 1",
        "UPDATE conversation SET deleted_at = 'yes' WHERE id = 1",
        "UPDATE conversation SET tip_message_id = 11 WHERE id = 1",
        "UPDATE queued_message SET conversation_id = 50",
        "DROP TABLE app_state",
        "DROP INDEX message_by_tree",
        "PRAGMA application_id = 7",
        "DELETE FROM sqlite_sequence; PRAGMA writable_schema=ON; DELETE FROM sqlite_schema",
    ],
)
def test_rows_that_the_app_cannot_have_written(other: AppPaths, good: Path, sql: str, tmp_path: Path) -> None:
    made_anew(good, with_database(lambda connection: connection.execute(sql), tmp_path))
    refused(other, good)


def test_one_made_by_a_newer_app(other: AppPaths, good: Path, tmp_path: Path) -> None:
    whole = good.read_bytes()
    made_anew(good, spoil("format", 2))
    refused(other, good, ErrorCode.BACKUP_NEWER)
    good.write_bytes(whole)
    made_anew(good, spoil("schema", 900))
    refused(other, good, ErrorCode.BACKUP_NEWER)
    good.write_bytes(whole)
    newer = "PRAGMA user_version = 900; CREATE TABLE hats(size); DROP TABLE app_state"
    made_anew(good, with_database(lambda connection: connection.execute(newer), tmp_path))
    refused(other, good, ErrorCode.BACKUP_NEWER)


def test_more_than_the_disk_holds_is_not_unpacked(
    other: AppPaths, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.storage.archive_file.SPARE_BYTES", 1 << 60)
    refused(other, good, ErrorCode.DISK_FULL)


def test_a_bomb_is_not_unpacked(other: AppPaths, target: Path) -> None:
    """A lot of nothing in very little, whatever its manifest and its header say."""
    block = b"\0" * (1 << 20)
    for promised in (1000, 96 << 20):
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
            with file.open("conversations.db", "w") as member:
                for _ in range(96):
                    member.write(block)
            members = {"conversations.db": {"bytes": promised, "sha256": "0" * 64}}
            numbers = {"format": 1, "made_at": 0, "schema": 1, "conversations": 0, "messages": 0}
            file.writestr("manifest.json", json.dumps({"app": "Teahouse", "members": members, **numbers}))
        if promised == 1000:
            data = bytearray(target.read_bytes())
            at = data.index(b"PK\x01\x02")
            data[at + 24 : at + 28] = (1000).to_bytes(4, "little")  # the header lies too
            target.write_bytes(data)
        largest = 0

        def see(_: TaskProgress) -> None:
            nonlocal largest
            sizes = [path.stat().st_size for path in other.data_dir.glob(".teahouse-*/*")]
            largest = max(largest, *sizes, 0)

        with pytest.raises(WorldError) as caught:
            archive.unpack(target, other.data_dir, see, CancelToken())
        assert caught.value.info.code is ErrorCode.BACKUP_DAMAGED
        assert largest <= max(promised, 1 << 20)


def test_a_table_of_contents_without_end(other: AppPaths, target: Path) -> None:
    with zipfile.ZipFile(target, "w") as file:
        for number in range(42_000):
            file.writestr(f"{number:060}", b"")
    refused(other, target)


@pytest.mark.parametrize("seed", range(6))
def test_flipped_cut_and_foreign_bytes(other: AppPaths, good: Path, seed: int) -> None:
    whole = good.read_bytes()
    dice = random.Random(seed)
    with opened(other) as (store, _):
        for kind in ("flip", "cut", "head", "zeros", "foreign"):
            data = bytearray(whole)
            at = dice.randrange(len(data))
            if kind == "flip":
                data[at] ^= 1 << dice.randrange(8)
            elif kind == "cut":
                del data[at:]
            elif kind == "head":
                del data[: at + 1]
            elif kind == "zeros":
                data[at : at + 300] = bytes(len(data[at : at + 300]))
            else:
                data = bytearray(dice.randbytes(at))
            good.write_bytes(data)
            try:
                report = restore(store, good)
            except WorldError as error:
                assert error.info.code in (ErrorCode.BACKUP_DAMAGED, ErrorCode.BACKUP_NEWER), error  # noqa: PT017
                assert store.conversations() == []
            else:  # a byte that means nothing: of a time, or of an attribute
                assert kind in ("flip", "zeros")
                assert (report.added, report.messages) == (2, 11)
                break


def test_a_folder_and_nothing_in_place_of_a_file(other: AppPaths, target: Path) -> None:
    refused(other, target, ErrorCode.STORAGE_FAILED)
    target.mkdir()
    # Windows says of a folder what it says of a file that may not be read.
    refused(other, target, ErrorCode.READ_ONLY if os.name == "nt" else ErrorCode.STORAGE_FAILED)


def test_what_a_killed_app_left_behind_is_removed_by_the_next_backup(paths: AppPaths, target: Path) -> None:
    left = target.parent / ".teahouse-4194304999-abc.partial"
    left.mkdir()
    (left / "archive").write_bytes(b"half")
    running = target.parent / f".teahouse-{os.getppid()}-abc.partial"
    running.mkdir()
    with opened(paths) as (store, _):
        back_up(store, target)
    assert sorted(path.name for path in target.parent.iterdir()) == sorted([running.name, target.name])


def test_a_backup_of_a_store_that_may_only_be_read(paths: AppPaths, other: AppPaths, target: Path) -> None:
    """Of a newer app: what can be read can be carried away."""
    with opened(paths) as (store, _):
        fill(store)
    connection = apsw.Connection(str(paths.database))
    connection.execute("PRAGMA user_version = 900")
    connection.close()
    store, report = open_store(paths)
    assert report.read_only
    back_up(store, target)
    store.close()
    assert manifest_of(target).schema == 900
    refused(other, target, ErrorCode.BACKUP_NEWER)
