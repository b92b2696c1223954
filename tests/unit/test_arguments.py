"""The command line: verbs, and files that somebody opened with the app."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.arguments import parse_arguments


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    (tmp_path / "chatglm").mkdir()
    return tmp_path


def test_without_anything_the_window_opens_and_looks_at_nothing() -> None:
    options = parse_arguments([])
    assert (options.verb, options.opened) == (None, [])
    options = parse_arguments(["--data-dir", "/d"])
    assert (options.verb, options.opened, options.data_dir) == (None, [], Path("/d"))


@pytest.mark.parametrize(
    "words",
    [
        ["/盘/模型 一.teahousemodel"],
        ["/gone/a.gguf"],
        ["--data-dir", "/d", "/盘/b.gguf"],
        ["/盘/b.gguf", "--data-dir=/d"],
        ["/盘/b.gguf", "/盘/c.gguf", "/盘"],
    ],
)
def test_places_are_opened_in_the_window(words: list[str]) -> None:
    options = parse_arguments(words)
    assert options.verb is None
    places = [word for word in words if word.startswith("/") and word != "/d"]
    assert options.opened == [str(Path(place).absolute()) for place in places]  # Windows adds the drive
    assert getattr(options, "data_dir", Path("/d")) == Path("/d")


def test_a_name_in_the_folder_where_it_was_typed_becomes_its_path(here: Path) -> None:
    assert parse_arguments(["chatglm"]).opened == [str(here / "chatglm")]
    assert parse_arguments(["gone.GGUF"]).opened == [str(here / "gone.GGUF")]
    assert parse_arguments(["./chat"]).opened == [str(here / "chat")]


@pytest.mark.parametrize("words", [["models"], ["--models-dir", "/m", "models", "--json"]])
def test_a_verb_is_a_verb_also_where_a_folder_has_its_name(words: list[str]) -> None:
    options = parse_arguments(words)
    assert (options.verb, options.opened) == ("models", [])


def test_what_belongs_to_a_verb_is_not_opened() -> None:
    options = parse_arguments(["--data-dir", "/d", "ask", "--temperature", "0", "/盘/b.gguf"])
    assert (options.verb, options.text, options.opened) == ("ask", "/盘/b.gguf", [])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["modles"], "invalid choice: 'modles'"),
        (["/盘/b.gguf", "modles"], "invalid choice"),
        (["/盘/b.gguf", "--wings"], "invalid choice"),
        (["--data-dir"], "expected one argument"),
        (["ask", "--max-tokens", "0"], "less than 1|invalid _count"),
    ],
)
def test_what_makes_no_sense_is_told(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse_arguments(words)
    assert caught.value.code == 2
    assert any(part in capsys.readouterr().err for part in said.split("|"))
