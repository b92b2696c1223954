"""`python -m app ask` as people and programs call it: a process, its output, its exit code, its rows."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers.starter import starter_path

pytestmark = pytest.mark.starter


def run(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en"}
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
        env=environment,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        check=False,
    )


def ask(data_dir: Path, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    models = str(starter_path().parent)
    return run("ask", "--data-dir", str(data_dir), "--models-dir", models, *arguments, stdin=stdin)


def test_the_answer_streams_to_stdout_and_is_stored(tmp_path: Path) -> None:
    result = ask(tmp_path, "--temperature", "0", "What is the capital of France?")
    assert result.returncode == 0, result.stderr
    assert "Paris" in result.stdout
    assert result.stderr == ""
    connection = sqlite3.connect(tmp_path / "teahouse.db")
    rows = connection.execute("SELECT role, text, status FROM message ORDER BY id").fetchall()
    connection.close()
    assert rows[0] == ("user", "What is the capital of France?", "COMPLETE")
    assert rows[1] == ("assistant", result.stdout.removesuffix("\n"), "COMPLETE")


def test_json_lines(tmp_path: Path) -> None:
    result = ask(tmp_path, "--json", "--no-save", "--temperature", "0", "What is the capital of France?")
    assert result.returncode == 0, result.stderr
    events = [json.loads(line) for line in result.stdout.splitlines()]
    texts = [event for event in events if event["event"] == "text"]
    assert len(texts) > 1
    assert "Paris" in "".join(event["text"] for event in texts)
    last = events[-1]
    assert last["event"] == "finished"
    assert last["reason"] == "stop"
    assert sum(len(event["ids"]) for event in texts) == last["usage"]["output_tokens"]
    assert set(last["timings"]) == {"load_s", "first_token_s", "prefill_tok_s", "decode_tok_s", "peak_rss_mb"}
    assert last["timings"]["peak_rss_mb"] > 50
    assert not (tmp_path / "teahouse.db").exists()


def test_seed_and_max_tokens(tmp_path: Path) -> None:
    arguments = ("--no-save", "--json", "--seed", "7", "--max-tokens", "12", "Tell me a story.")
    first, second = (ask(tmp_path, *arguments) for _ in range(2))
    ids = [
        [i for line in result.stdout.splitlines() for i in json.loads(line).get("ids", [])]
        for result in (first, second)
    ]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 12
    assert json.loads(first.stdout.splitlines()[-1])["reason"] == "length"


def test_text_from_a_pipe(tmp_path: Path) -> None:
    result = ask(tmp_path, "--no-save", "--temperature", "0", stdin="What is the capital of France?\n")
    assert result.returncode == 0
    assert "Paris" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [("--model", "no-such-model", "Hi"), ("--precision", "int4", "Hi")],
    ids=["missing model", "precision of a gguf"],
)
def test_the_worlds_errors_are_one_sentence_and_exit_1(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    result = ask(tmp_path, *arguments)
    assert result.returncode == 1
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.stderr


def test_a_broken_model_file_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(starter_path().read_bytes()[: 1 << 20])
    result = ask(tmp_path / "data", "--model", str(broken), "Hi")
    assert result.returncode == 1
    assert "broken.gguf" in result.stderr


@pytest.mark.parametrize(
    "arguments", [("ask", "--max-tokens", "x", "Hi"), ("sing",), ("ask", "--temperature", "-1", "Hi")]
)
def test_wrong_usage_exits_2(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).returncode == 2


def test_no_text_is_wrong_usage(tmp_path: Path) -> None:
    assert ask(tmp_path).returncode == 2


def test_who_reads_no_further_ends_it_without_a_word(tmp_path: Path) -> None:
    """As `| head -1` and a page of `| more` that somebody leaves."""
    models = str(starter_path().parent)
    words = [
        "ask",
        "--data-dir",
        str(tmp_path),
        "--models-dir",
        models,
        "--max-tokens",
        "400",
        "Tell a story.",
    ]
    with subprocess.Popen(
        [sys.executable, "-m", "app", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(4)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=100) == 1
    with closing(sqlite3.connect(tmp_path / "teahouse.db")) as database:
        rows = database.execute("SELECT role, status FROM message ORDER BY id").fetchall()
    assert rows == [("user", "COMPLETE"), ("assistant", "INTERRUPTED")]


def test_a_question_in_a_file_of_any_encoding(tmp_path: Path) -> None:
    """With the encoding of pipes that Windows gives: Python would read its code page."""
    models = str(starter_path().parent)
    words = ["ask", "--data-dir", str(tmp_path), "--models-dir", models, "--max-tokens", "4"]
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    for data in ("茶是什么？".encode(), "茶是什么？".encode("utf-16")):
        process = subprocess.run(
            [sys.executable, "-m", "app", *words],
            input=data,
            capture_output=True,
            env=environment,
            timeout=100,
        )
        assert process.returncode == 0, process.stderr
    with closing(sqlite3.connect(tmp_path / "teahouse.db")) as database:
        asked = database.execute("SELECT text FROM message WHERE role = 'user'").fetchall()
    assert asked == [("茶是什么？",)] * 2


@pytest.mark.skipif(os.name != "posix", reason="a terminal of the test's own is POSIX's")
@pytest.mark.parametrize("more", [[], ["--no-save"]])
def test_ctrl_c_between_two_answers_ends_the_chat(tmp_path: Path, more: list[str]) -> None:
    import pty

    ours, theirs = pty.openpty()
    models = str(starter_path().parent)
    words = ["ask", "--data-dir", str(tmp_path), "--models-dir", models, "--max-tokens", "4", *more]
    environment = {**os.environ, "TERM": "dumb"}
    with subprocess.Popen(
        [sys.executable, "-m", "app", *words], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    ) as chat:
        told = b""
        while not told.endswith(b"> "):
            told += os.read(ours, 1000)
        os.write(ours, b"Hi\n")
        told = b""
        while not told.endswith(b"\r\n> "):
            told += os.read(ours, 1000)
        chat.send_signal(signal.SIGINT)
        assert chat.wait(timeout=20) == 130
    os.close(theirs)
    os.close(ours)
