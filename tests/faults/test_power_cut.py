"""The power goes while the app writes: what it said was stored is there, and the database is sound.

The same cuts, with the app's syncs left out, do find what is lost and damaged: the test can fail.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import apsw
import pytest

from app.core.errors import WorldError
from app.core.paths import AppPaths
from app.core.records import MendAction
from app.storage import backups
from app.storage.database import Database
from app.storage.health import find_damage
from app.storage.opening import open_store
from app.storage.schema import MIGRATIONS, Migration
from app.storage.store import Store
from tests.faults.dice import dice, times
from tests.faults.power_cut import Power, unsure_disk
from tests.helpers.storage_fixtures import answer, ask, paths_in

CUTS = 20
STARTS, EXCHANGES = 3, 5
LONG = "很长的回答，一行又一行。" * 1500  # a log of these is written back into the file now and then


def add_stars(database: Database) -> None:
    database.execute("ALTER TABLE message ADD COLUMN stars INTEGER NOT NULL DEFAULT 0")
    database.execute("UPDATE message SET stars = id")


NEXT_VERSION = (*MIGRATIONS, Migration(len(MIGRATIONS) + 1, "stars", add_stars))


@dataclass
class Told:
    """What the app was told is stored: texts by message, and a number that it was to remember."""

    texts: dict[int, str] = field(default_factory=dict)
    number: str = ""


def live(paths: AppPaths, told: Told) -> None:
    """Some days of a person, with every kind of write; the last start brings a new version of the app."""
    for start in range(STARTS):
        store, _ = open_store(paths, NEXT_VERSION if start == STARTS - 1 else MIGRATIONS)
        conversation_id = None
        for number in range(EXCHANGES):
            text = f"question {start} {number} 问题"
            started = ask(store, text, conversation_id)
            assert started.user is not None
            told.texts[started.user.id] = text
            for part in range(1, 4):
                store.save_partial(started.reply.id, LONG[: part * 4000])
            told.texts[started.reply.id] = answer(store, started.reply.id, f"answer {number} {LONG}").text
            conversation_id = started.conversation.id
            store.save_draft(conversation_id, f"draft {start} {number}")
            store.set_app_state("number", f"{start}{number}")
            told.number = f"{start}{number}"
        store.enqueue(conversation_id or 0, "waiting")
        store.rename(conversation_id or 0, f"title {start}")
        while not store.backup_step():
            pass
        store.close()


def cut_often(folder: Path, chance: random.Random, cuts: int) -> Iterator[tuple[AppPaths, Told]]:
    """Lives through the same days twice: to count what SQLite does, and to cut at some of it."""
    with unsure_disk(folder) as power:
        live(paths_in(folder / "count"), Told())
        total = power.deeds
    moments = sorted(chance.sample(range(1, total), cuts))
    left: list[tuple[AppPaths, Told]] = []
    told = Told()
    with unsure_disk(folder / "home") as power:
        power.on_deed = lambda: keep(power, moments, folder, chance, left, told)
        (folder / "home").mkdir()
        live(paths_in(folder / "home"), told)
    assert len(left) == cuts
    yield from left


def keep(
    power: Power,
    moments: list[int],
    folder: Path,
    chance: random.Random,
    left: list[tuple[AppPaths, Told]],
    told: Told,
) -> None:
    """The folder after a cut now, and what was told until now; at the moments that were chosen."""
    if power.deeds in moments:
        target = folder / f"cut {power.deeds}"
        power.survivors(target, chance)
        left.append((paths_in(target), Told(dict(told.texts), told.number)))


def what_is_wrong(paths: AppPaths, told: Told) -> str:
    """After the power is back; empty when all is well."""
    try:
        store, report = open_store(paths, NEXT_VERSION)
    except WorldError as error:
        return f"does not open: {error}"
    try:
        if report.mended is not MendAction.NONE:
            return "damaged"
        return damage_in(store) or what_is_lost(store, told)
    except (WorldError, apsw.Error) as error:
        return f"cannot be read: {error}"
    finally:
        store.close()


def damage_in(store: Store) -> str:
    connection = store._database.connection
    said = connection.execute("PRAGMA integrity_check(1)").get
    return find_damage(connection, thorough=True) or ("" if said == "ok" else said)


def what_is_lost(store: Store, told: Told) -> str:
    stored = dict(store._database.rows("SELECT id, text FROM message"))
    lost = [number for number, text in told.texts.items() if stored.get(number) != text]
    if lost:
        return f"lost: {lost}"
    number = store.app_state("number") or ""
    return f"the number was {number}" if number < told.number else ""  # a later one may be there already


@pytest.fixture(autouse=True)
def always_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy is made whenever the app is closed."""
    monkeypatch.setattr(backups, "DUE_AFTER_MS", -1)


def test_a_power_cut_loses_nothing_that_was_acknowledged(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    chance = dice("power cuts")
    cuts = messages = 0
    while cuts < times(CUTS, 1000):
        folder = tmp_path / f"{cuts}"
        folder.mkdir()
        for paths, told in cut_often(folder, chance, CUTS):
            assert what_is_wrong(paths, told) == "", paths.data_dir
            cuts += 1
            messages += len(told.texts)
        shutil.rmtree(folder)
    record_property("power cuts", cuts)
    record_property("messages acknowledged", messages)


@pytest.mark.parametrize("level", ["OFF", "NORMAL"])
def test_the_same_cuts_find_what_missing_syncs_lose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    """With fewer syncs than the app asks for, the cuts lose messages; without any, they damage the file."""
    monkeypatch.setattr(
        Database,
        "_set_synchronous",
        lambda self, _: self.connection.execute(f"PRAGMA synchronous={level}"),
    )
    found = [what_is_wrong(*cut) for cut in cut_often(tmp_path, dice("power cuts"), CUTS)]
    assert any("lost" in one for one in found)
    if level == "OFF":
        assert any("lost" not in one for one in found if one), found
