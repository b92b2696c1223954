"""What a person deletes for good is not in the file any more, in no form."""

from __future__ import annotations

from pathlib import Path

import apsw

from app.storage.store import Store
from tests.helpers.storage_fixtures import opened, paths_in, talk

SECRET = b"zinnober"


def residue(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file() and SECRET in path.read_bytes()]


def tell_and_purge(store: Store) -> None:
    for number in range(5):
        talk(store, f"keep {number}", "kept " * 50)
    gone = talk(store, "the zinnober of the kettle", "zinnober everywhere " * 300)
    store.rename(gone, "zinnober")
    store.save_draft(gone, "more zinnober")
    store.enqueue(gone, "and zinnober")
    talk(store, "afterwards", "something else")
    store.delete_conversation(gone)
    store.purge_conversation(gone)


def test_sqlite_writes_over_what_is_deleted() -> None:
    assert "SECURE_DELETE" in apsw.compile_options


def test_not_a_word_is_left_after_the_close(tmp_path: Path) -> None:
    paths = paths_in(tmp_path)
    with opened(paths) as (store, _):
        talk(store, "first", "answer")
    with opened(paths) as (store, _):
        tell_and_purge(store)
        assert residue(paths.data_dir), "the log of what is not yet in the file has it until the close"
    assert residue(paths.data_dir) == []
    with opened(paths) as (store, _):
        assert [hit.snippet for hit in store.search("afterwards")]
        assert store.search("zinnober") == []
        assert len(store.search("kept")) == 5


def test_after_a_kill_the_next_close_sees_to_it(tmp_path: Path) -> None:
    paths = paths_in(tmp_path)
    with opened(paths) as (store, _):
        tell_and_purge(store)
        store.let_go()  # as a kill does: without tidying up
    assert residue(paths.data_dir), "the words of the index"
    with opened(paths):
        pass
    assert residue(paths.data_dir) == []


def test_a_backup_file_made_before_the_close_holds_no_word_either(tmp_path: Path) -> None:
    made = tmp_path / "backup"
    made.mkdir()
    with opened(paths_in(tmp_path)) as (store, _):
        tell_and_purge(store)
        store.snapshot(made / "teahouse.db")
    assert residue(made) == []
