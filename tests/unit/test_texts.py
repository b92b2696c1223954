"""Sentences of errors, start reports and settings: complete in both languages, robust."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QLocale

from app.core.engine import LoadNote, ModelInfo
from app.core.errors import ErrorCode, ErrorInfo
from app.core.findings import DoctorRemedy, Finding, FindingCode, Severity
from app.core.records import MendAction, StartReport
from app.core.settings import SettingKind
from app.ui.settings.pane import shown_settings
from app.ui.texts import settings as settings_texts
from app.ui.texts.doctor import describe_finding, remedy_label
from app.ui.texts.error_entry import ErrorAction
from app.ui.texts.errors import action_label, describe
from app.ui.texts.load_notes import device_sentence, note_sentence
from app.ui.texts.start import start_sentences
from app.ui.translator import Translator

ALL_PARAMS = {
    "exit_code": "-11", "detail": "Traceback (most recent call last)", "path": "/data/模型/glm.gguf",
    "expected": "98362432", "actual": "1000", "precision": "int8", "available": "native",
    "tokens": "9000", "limit": "8192", "requested": "131072", "found": "7", "known": "3",
}  # fmt: skip


@pytest.fixture(params=["en", "zh_CN"])
def language(qapp, request):
    translator = Translator(qapp)
    translator.set_language(request.param)
    yield request.param
    translator.set_language("en")


@pytest.mark.parametrize("code", list(ErrorCode))
@pytest.mark.parametrize("params", [{}, ALL_PARAMS])
def test_every_code_has_a_whole_sentence_in_both_languages(language, code, params):
    text = describe(ErrorInfo(code, params))
    assert len(text.sentence) > 8
    assert "{" not in text.sentence
    assert bool(text.action_label) == (text.action is not ErrorAction.NONE)
    is_chinese = bool(re.search("[一-鿿]", text.sentence.replace("模型", "")))
    assert is_chinese == (language == "zh_CN")
    assert "Traceback" not in text.sentence
    assert code.value not in text.sentence


@pytest.mark.parametrize("action", list(ErrorAction))
def test_every_action_has_a_label(language, action):
    assert bool(action_label(action)) == (action is not ErrorAction.NONE)
    if action_label(action):
        assert bool(re.search("[一-鿿]", action_label(action))) == (language == "zh_CN")


@settings(derandomize=True, max_examples=100, deadline=None)
@given(
    code=st.sampled_from(list(ErrorCode)),
    params=st.dictionaries(st.sampled_from(sorted(ALL_PARAMS)), st.text(max_size=20)),
)
def test_odd_parameters_never_raise(code, params):
    sentence = describe(ErrorInfo(code, params)).sentence
    assert sentence


def test_sizes_and_names_are_for_people(qapp):
    QLocale.setDefault(QLocale("en_US"))
    sentence = describe(ErrorInfo(ErrorCode.MODEL_TRUNCATED, ALL_PARAMS)).sentence
    assert '"glm.gguf"' in sentence
    assert "98.4 MB" in sentence
    assert "/data" not in sentence
    windows = {"path": "C:\\Modelle\\glm.gguf"}
    assert '"glm.gguf"' in describe(ErrorInfo(ErrorCode.MODEL_MISSING, windows)).sentence


def test_memory_that_would_not_be_enough_is_told_in_gigabytes(qapp):
    QLocale.setDefault(QLocale("en_US"))
    params = {"needed": "13100000000", "available": "6500000000"}
    sentence = describe(ErrorInfo(ErrorCode.OUT_OF_MEMORY_PREDICTED, params)).sentence
    assert "12.2 GB" in sentence
    assert "6.1 GB" in sentence  # binary, as everywhere for memory
    unavailable = ErrorInfo(ErrorCode.PRECISION_UNAVAILABLE, {"precision": "int8", "available": "int4"})
    assert "int4" in describe(unavailable).sentence


def test_a_memory_that_is_too_long_is_told_in_tokens(qapp):
    QLocale.setDefault(QLocale("en_US"))
    error = ErrorInfo(ErrorCode.CONTEXT_TOO_LONG, {"requested": "131072", "limit": "8192"})
    assert "131,072" in describe(error).sentence
    assert "8,192" in describe(error).sentence
    assert describe(error).action is ErrorAction.OPEN_SETTINGS


@pytest.mark.parametrize("code", [ErrorCode.ENGINE_OUT_OF_MEMORY, ErrorCode.ENGINE_PROTOCOL])
def test_what_may_befall_a_single_answer_does_not_say_that_the_model_is_gone(language, code):
    """The child says these of an answer too, and then stays with its model: see `engine_child`."""
    sentence = describe(ErrorInfo(code)).sentence
    assert not re.search(r"\b(end|ended|stop|stopped)\b|停下|停止|结束", sentence)


FINDING_PARAMS = {
    "app": "1.0", "python": "3.11", "system": "Linux", "parts": "xllamacpp 1", "total": "17179869184",
    "available": "8589934592", "needed": "3221225472", "name": "Example CPU", "cores": "8",
    "free": "9000000000", "path": "/data/models", "count": "2", "id": "x", "size": "4000000",
    "version": "470.1", "at": "1790000000000", "kind": "log", "files": "a.bin", "int4": "6.5", "int8": "4.2",
}  # fmt: skip


@pytest.mark.parametrize("code", list(FindingCode))
@pytest.mark.parametrize("params", [{}, FINDING_PARAMS, dict.fromkeys(FINDING_PARAMS, "")])
def test_every_finding_has_a_whole_sentence_in_both_languages(language, code, params):
    text = describe_finding(Finding(code, Severity.NOTE, params))
    assert len(text.sentence) > 5
    assert "{" not in text.sentence
    assert bool(re.search("[一-鿿]", text.sentence)) == (language == "zh_CN")
    assert not text.button


@pytest.mark.parametrize("remedy", list(DoctorRemedy))
def test_every_remedy_has_a_button_in_both_languages(language, remedy):
    label = remedy_label(remedy)
    assert bool(label) == (remedy is not DoctorRemedy.NONE)
    if label:
        assert bool(re.search("[一-鿿]", label)) == (language == "zh_CN")


def test_sizes_of_findings_are_for_people(qapp):
    QLocale.setDefault(QLocale("en_US"))
    memory = describe_finding(Finding(FindingCode.MEMORY_GOOD, Severity.GOOD, FINDING_PARAMS)).sentence
    assert "16 GB, with" in memory
    less = Finding(FindingCode.MEMORY_GOOD, Severity.GOOD, {**FINDING_PARAMS, "total": str(15 * 2**30 + 1)})
    assert "16 GB, with" in describe_finding(less).sentence  # as everywhere else in the window
    disk = describe_finding(Finding(FindingCode.DISK_LOW, Severity.NOTE, FINDING_PARAMS)).sentence
    assert "9.0 GB" in disk


def test_a_broken_model_says_what_is_wrong_with_it():
    error = ErrorInfo(ErrorCode.MODEL_TRUNCATED, ALL_PARAMS)
    finding = Finding(FindingCode.MODEL_BROKEN, Severity.PROBLEM, {"path": "x"}, error)
    assert describe_finding(finding).sentence == describe(error).sentence


def test_an_ordinary_start_says_nothing():
    assert start_sentences(StartReport()) == ()


def test_a_restored_database_is_told_with_its_date_and_place(language):
    report = StartReport(
        mended=MendAction.RESTORED,
        damaged_copy="/data/teahouse-damaged.db",
        restored_at=1_760_000_000_000,
        salvaged_messages=3,
        interrupted_replies=2,
    )
    sentences = start_sentences(report)
    assert len(sentences) == 4
    assert "25" in sentences[0]  # the year of the copy
    assert any("/data/teahouse-damaged.db" in sentence for sentence in sentences)
    assert not any("{" in sentence for sentence in sentences)


def test_other_starts(language):
    assert len(start_sentences(StartReport(mended=MendAction.RESTORED))) == 1
    assert len(start_sentences(StartReport(mended=MendAction.FRESH, damaged_copy="x"))) == 2
    assert len(start_sentences(StartReport(read_only=True))) == 1
    assert len(start_sentences(StartReport(interrupted_replies=1))) == 1
    newer = StartReport(read_only=True, error=ErrorInfo(ErrorCode.DATABASE_NEWER))
    assert start_sentences(newer) == (describe(ErrorInfo(ErrorCode.DATABASE_NEWER)).sentence,)


@pytest.mark.parametrize("note", list(LoadNote))
def test_every_note_about_a_load_has_a_whole_sentence_in_both_languages(language, note):
    sentence = note_sentence(note)
    assert len(sentence) > 8
    assert bool(re.search("[一-鿿]", sentence)) == (language == "zh_CN")
    assert note.value not in sentence


def test_what_computes_is_told(language):
    model = ModelInfo("x", "glm", "INT4", 1, 1, 1, 1)
    card = replace(model, device="A card")
    partly = replace(card, notes=(LoadNote.PARTLY_ON_PROCESSOR,))
    sentences = [device_sentence(info) for info in (model, card, partly)]
    assert ["A card" in sentence for sentence in sentences] == [False, True, True]
    assert len({*sentences}) == 3
    assert not any("{" in sentence for sentence in sentences)


@pytest.mark.parametrize("setting", shown_settings(), ids=lambda s: s.key)
def test_every_shown_setting_has_all_its_words(language, setting):
    found = settings_texts.SETTING_TEXTS[setting.key]
    for source in (found.label, found.help, found.technical):
        assert settings_texts.text(source)
    assert settings_texts.GROUP_TEXTS[setting.group].title
    if setting.kind is SettingKind.CHOICE:
        names = [settings_texts.option_text(setting, choice) for choice in setting.choices]
        assert all(names)
        assert len({*names}) == len(names)
    if setting.kind is SettingKind.NUMBER or setting.kind is SettingKind.DECIMAL:
        assert found.low
        assert found.high


def test_no_text_without_a_setting():
    assert {*settings_texts.SETTING_TEXTS} == {setting.key for setting in shown_settings()}


def test_the_command_line_can_say_errors_without_widgets():
    code = (
        "import sys, app.ui.texts.doctor, app.ui.texts.errors, app.ui.texts.start, app.ui.translator;"
        "sys.exit(any(m in sys.modules for m in ('PySide6.QtWidgets', 'PySide6.QtGui')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
