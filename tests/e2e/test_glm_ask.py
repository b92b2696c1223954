"""Models of the lineage as a person uses them: `python -m app ask --model FOLDER`, and the window."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.application import StartOptions
from app.core.chat import MessageStatus
from app.core.paths import AppPaths
from app.core.settings import MAX_TOKENS, PRECISION, TEMPERATURE, Settings
from app.model.glm.family import Family
from tests.helpers.glm_folder import make_folder
from tests.helpers.running_app import running_application

ANSWER_MS = 60_000


def ask(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"LC_ALL": "C.UTF-8", "LANGUAGE": "en", "GOMP_SPINCOUNT": "200"}
    environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary(data)))
    folders = ("--data-dir", str(data), "--models-dir", str(data / "models"))
    return subprocess.run(
        [sys.executable, "-m", "app", "ask", *folders, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
        env=environment,
        stdin=subprocess.DEVNULL,
    )


def temporary(data: Path) -> Path:
    """A folder for temporary files that nobody else uses."""
    folder = data.with_name("temporary")
    folder.mkdir(exist_ok=True)
    return folder


@pytest.mark.parametrize("family", [Family.CHATGLM, Family.GLM4, Family.GLM_Z1])
def test_a_folder_is_asked(tmp_path: Path, family: Family) -> None:
    folder = make_folder(tmp_path / "模型 models", family)
    arguments = ("--model", str(folder), "--precision", "int4", "--temperature", "0", "--max-tokens", "12")
    result = ask(tmp_path / "data", "--json", *arguments, "什么是茶？ What is tea?")
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    events = [json.loads(line) for line in result.stdout.splitlines()]
    ids = [token for event in events for token in event.get("ids", [])]
    assert events[-1]["event"] == "finished"
    assert events[-1]["reason"] in {"length", "stop"}
    assert len(ids) == events[-1]["usage"]["output_tokens"] > 0
    assert events[-1]["timings"]["load_s"] > 0
    prepared = list((tmp_path / "data").rglob("weights.safetensors"))
    assert len(prepared) == 1, "kept for the next time"
    assert not [*temporary(tmp_path / "data").iterdir()], "no compiler was at work"


def test_a_bad_folder_is_one_sentence(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "models", Family.CHATGLM3)
    for path in folder.glob("*.bin"):
        path.write_bytes(path.read_bytes()[:-5000])
    result = ask(tmp_path / "data", "--model", str(folder), "--precision", "int4", "Hi")
    assert result.returncode == 1
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.stderr
    assert "chatglm3" in result.stderr


def test_the_window_loads_a_folder_of_the_models_folder_and_answers(qtbot: QtBot, tmp_path: Path) -> None:
    models = tmp_path / "models"
    make_folder(models, Family.CHATGLM3)
    paths = AppPaths(tmp_path / "数据 data", models)
    settings = Settings().changed(TEMPERATURE, 0.0).changed(MAX_TOKENS, 256).changed(PRECISION, "int4")
    with running_application(paths, StartOptions(settings)) as application:
        chat, engine = application.parts.chat, application.parts.engine
        application.window.composer.set_text("什么是茶？")
        with qtbot.waitSignal(chat.begun, timeout=ANSWER_MS):
            application.window.composer.submit()
        qtbot.waitUntil(
            lambda: bool(chat.state.messages) and chat.state.streaming_reply is None, timeout=ANSWER_MS
        )
        question, answer = chat.state.messages
        assert question.text == "什么是茶？"
        assert answer.status is MessageStatus.COMPLETE, answer.error
        assert answer.text
        assert application.window.transcript.message_text(answer.id) == answer.text
        assert engine.status.model is not None
        assert engine.status.model.precision_label == "INT4"
        # A loaded model needs its folder no more.
        kept = tmp_path / "kept"
        shutil.move(models / Family.CHATGLM3.value, kept)
        application.window.composer.set_text("Again?")
        application.window.composer.submit()
        qtbot.waitUntil(
            lambda: len(chat.state.messages) == 4 and chat.state.streaming_reply is None, timeout=ANSWER_MS
        )
        assert chat.state.messages[-1].status is MessageStatus.COMPLETE
