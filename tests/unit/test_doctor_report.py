"""The doctor's report tells what helps, and no word that anybody wrote."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest

from app import logs
from app.core import settings as declared
from app.core.cancel import CancelToken
from app.core.chat import MessageStatus
from app.core.connections import Attempt, Connection, ConnectionKind, ProcessKind
from app.core.engine import GenerationParams
from app.core.findings import Finding
from app.core.paths import AppPaths
from app.core.records import ReplyOutcome
from app.core.settings import SettingKind, Settings
from app.model.doctor_models import Request
from app.storage import connection_log
from app.storage.opening import open_store
from app.storage.settings_file import write_settings
from app.ui.texts import doctor_page
from app.ui.translator import Translator
from app.workers import doctor_report, doctor_round
from tests.helpers.gguf_files import GgufFile

SECRETS = {
    name: f"secret-{name}-7f3a"
    for name in ("question", "answer", "reasoning", "title", "draft", "queue", "system", "search", "error")
}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """The log as the app writes it, in its own folder; nothing of it is left behind."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.start_log(tmp_path / "data" / "log")
    yield tmp_path / "data" / "log" / doctor_report.LOG_FILE
    for handler in [one for one in root.handlers if one not in handlers]:
        root.removeHandler(handler)
        if isinstance(handler, RotatingFileHandler):
            handler.close()
    root.setLevel(level)


@pytest.fixture
def paths(tmp_path: Path, log: Path) -> AppPaths:
    """A person has written something into everything that can be written into."""
    paths = AppPaths(tmp_path / "data", tmp_path / "models", home=tmp_path / "home", data_is_named=True)
    GgufFile().write(paths.models_dir / "small.gguf")
    store, _ = open_store(paths)
    started = store.begin_exchange(None, SECRETS["question"], model_ref="x", params=GenerationParams())
    outcome = ReplyOutcome(SECRETS["answer"], MessageStatus.COMPLETE, reasoning=SECRETS["reasoning"])
    store.finish_reply(started.reply.id, outcome)
    conversation = store.conversations()[0].id
    store.rename(conversation, SECRETS["title"])
    store.save_draft(conversation, SECRETS["draft"])
    store.save_draft(None, SECRETS["draft"])
    store.enqueue(conversation, SECRETS["queue"])
    store.search(SECRETS["search"])
    store.close()
    write_settings(paths.settings_file, settings())
    connection_log.append(
        paths.connections_file,
        Connection(1, ProcessKind.WINDOW, Attempt(ConnectionKind.CONNECT, "example.org", 443)),
    )
    return paths


def settings() -> Settings:
    return Settings().changed(declared.SYSTEM_PROMPT, SECRETS["system"])


def findings(paths: AppPaths) -> tuple[Finding, ...]:
    return tuple(doctor_round.examine(paths, Request(settings()), lambda _: None, CancelToken()))


def report(paths: AppPaths) -> str:
    found = findings(paths)
    return doctor_page.report(found, doctor_report.technical_part(paths, settings(), found))


def test_nothing_that_somebody_wrote_stands_in_the_report(paths: AppPaths) -> None:
    """Neither from the database and the settings, nor from messages of exceptions that quote it."""
    ours, other = logging.getLogger("app.storage.store"), logging.getLogger("asyncio")
    try:
        raise ValueError(f"cannot store\n{SECRETS['question']}")
    except ValueError:
        ours.exception("a storage job broke")
        other.exception("never retrieved: %s", SECRETS["error"])
    engine_log = paths.log_dir / "engine.log"
    engine_log.write_text(
        f"2026-11-26 02:00:00,000 {SECRETS['answer']}\n2026-11-26 02:00:01,000 the child ended: crash 11\n",
        encoding="utf-8",
    )
    told = report(paths)
    assert "a storage job broke" in told
    assert "test_doctor_report.py" in told  # where it happened
    assert "crash 11" in told
    for name, secret in SECRETS.items():
        assert secret not in told, name
    assert "secret" not in told


def test_the_secrets_are_really_there(paths: AppPaths) -> None:
    """Else the test above would say nothing."""
    kept = paths.settings_file.read_bytes() + paths.database.read_bytes()
    for name in ("question", "answer", "reasoning", "title", "draft", "queue", "system"):
        assert SECRETS[name].encode() in kept, name


def test_what_helps_stands_in_the_report(paths: AppPaths) -> None:
    told = report(paths)
    assert "small: llama_cpp" in told
    assert "to other computers: 1" in told
    assert "example.org" not in told
    assert "temperature: 0.7" in told
    assert "== Findings ==" in told
    assert "good: versions app=" in told


def test_no_text_of_a_person_is_among_the_settings_that_are_told() -> None:
    assert not [one for one in doctor_report.SETTINGS if one.kind is SettingKind.TEXT]
    assert declared.MODEL_RECORDS not in doctor_report.SETTINGS


def test_the_home_folder_is_written_as_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/home/lin"))
    assert doctor_report.without_home("/home/lin/models and /home/linda") == "~/models and /home/linda"
    monkeypatch.setattr(Path, "home", lambda: Path(r"C:\Users\Lin"))
    assert doctor_report.without_home(r"C:\Users\Lin\models, C:/Users/Lin/x") == r"~\models, ~/x"
    monkeypatch.setattr(Path, "home", lambda: Path("/"))
    assert doctor_report.without_home("/models") == "/models"


@pytest.mark.parametrize(
    ("line", "is_kept"),
    [
        ("2026-11-26 02:50:33,123 17 WARNING app.parts: trouble: disk_full", True),
        ('  File "/opt/app/parts.py", line 12, in _on_saved', True),
        ("2026-11-26 02:50:33,123 17 ERROR asyncio: Task exception: what I wrote", False),
        ("ValueError: what I wrote", False),
        ("    raise ValueError('what I wrote')", False),
        ("what I wrote", False),
        ("2026-11-26 02:50:33,123 17 WARNING apparent: what I wrote", False),
    ],
)
def test_lines_of_the_log(line: str, is_kept: bool) -> None:
    assert bool(doctor_report.program_lines([line], 9)) == is_kept


def test_only_the_last_lines_are_taken() -> None:
    lines = [f"2026-11-26 02:50:33,123 17 INFO app.x: {number}" for number in range(9)]
    assert doctor_report.program_lines(lines, 2) == lines[-2:]


def test_the_findings_are_told_in_the_language_in_use(qapp, paths: AppPaths) -> None:
    translator = Translator(qapp)
    translator.set_language("zh_CN")
    try:
        told = report(paths)
    finally:
        translator.set_language("en")
    assert "茶馆" in told.split("== Technical details ==")[0]
    assert "== Technical details ==" in told
