"""Colours of code: right where the language is known, absent otherwise, and never a reason to fail."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pygments.lexer import Lexer
from pygments.token import Keyword

from app.ui.transcript import highlight as module
from app.ui.transcript.highlight import IncrementalHighlighter, Run, TokenKind, highlight

PYTHON = '''# 注释
@cache
def greet(name: str) -> str:
    """Say
    hello."""
    return f"你好 {name}" + str(42)
'''


def parts(code: str, language: str) -> list[tuple[str, TokenKind]]:
    return [(code[run.start : run.start + run.length], run.kind) for run in highlight(code, language)]


def grown(code: str, language: str, size: int) -> tuple[Run, ...]:
    """The colours of code that is written in pieces of `size` characters."""
    highlighter = IncrementalHighlighter(language)
    runs: list[Run] = []
    for at in range(0, len(code), size):
        change = highlighter.append(code[at : at + size])
        runs = [run for run in runs if run.start < change.start]
        assert all(run.start >= change.start for run in change.runs)
        runs += change.runs
    return tuple(runs)


def test_python():
    found = parts(PYTHON, "python")
    for expected in (
        ("# 注释", TokenKind.COMMENT),
        ("@cache", TokenKind.NAME),
        ("def", TokenKind.KEYWORD),
        ("greet", TokenKind.NAME),
        ('"""Say\n    hello."""', TokenKind.STRING),
        ("return", TokenKind.KEYWORD),
        ("42", TokenKind.NUMBER),
    ):
        assert expected in found


@pytest.mark.parametrize(
    ("language", "code", "expected"),
    [
        ("py", "x = 1", ("1", TokenKind.NUMBER)),
        ("c++", "return 1;", ("return", TokenKind.KEYWORD)),
        ("C#", "return 1;", ("return", TokenKind.KEYWORD)),
        ("sh", "if true; then", ("if", TokenKind.KEYWORD)),
        ("bash", "# x", ("# x", TokenKind.COMMENT)),
        ("js", "const a = 'b'", ("'b'", TokenKind.STRING)),
        ("ts", "let a: string", ("let", TokenKind.KEYWORD)),
        ("json", '{"a": 1}', ("1", TokenKind.NUMBER)),
        ("html", "<p>a</p>", ("p", TokenKind.NAME)),
        ("sql", "SELECT 1", ("SELECT", TokenKind.KEYWORD)),
        ("Dockerfile", "FROM a", ("FROM", TokenKind.KEYWORD)),
        ("yaml", "# a", ("# a", TokenKind.COMMENT)),
        ("go", "func main() {}", ("func", TokenKind.KEYWORD)),
        ("c", "#include <stdio.h>", ("<stdio.h>", TokenKind.STRING)),
        ("{.python}", "x = 1", ("1", TokenKind.NUMBER)),
        ("kt", "val a = 1", ("1", TokenKind.NUMBER)),
    ],
)
def test_names_that_people_use(language: str, code: str, expected: tuple[str, TokenKind]):
    assert expected in parts(code, language)


def test_every_alias_leads_to_a_lexer():
    assert all(module._lexer(name) is not None for name in module._ALIASES)


@pytest.mark.parametrize("language", ["", "no-such-language", "text", "../../etc", "重点", "py thon"])
def test_an_unknown_language_is_not_guessed(language: str):
    assert highlight(PYTHON, language) == ()
    assert grown(PYTHON, language, 5) == ()


@pytest.mark.parametrize("language", ["python", "c", "html", "json", "yaml", "php", "console", "diff", "md"])
@pytest.mark.parametrize(
    "code", [PYTHON, "", "\n\n", '"open', "/* open", "<?php echo 1", "\x00\ud800 'x", "a\r\nb"]
)
def test_runs_are_in_order_and_inside_the_code(language: str, code: str):
    for runs in (highlight(code, language), grown(code, language, 3)):
        behind = 0
        for run in runs:
            assert run.start >= behind
            assert run.length > 0
            behind = run.start + run.length
        assert behind <= len(code)


def test_code_that_is_too_long_stays_plain():
    code = "x = 1\n" * (module.MAX_LENGTH // 6 + 1)
    assert highlight(code, "python") == ()
    highlighter = IncrementalHighlighter("python")
    assert highlighter.append(code).runs == ()
    assert highlighter.append("y = 2").runs == ()


@pytest.mark.parametrize("size", [1, 4, 40, 5_000])
def test_growing_code_has_the_colours_of_finished_code(size: int):
    code = PYTHON * 2
    assert grown(code, "python", size) == highlight(code, "python")


@pytest.mark.parametrize("size", [70, 900, 20_000])
def test_long_growing_code_keeps_its_state(size: int):
    code = PYTHON * 40 + 'text = """' + "a line of a long string with def and 12\n" * 100 + '"""\n' + PYTHON
    assert _by_character(grown(code, "python", size)) == _by_character(highlight(code, "python"))


def _by_character(runs: tuple[Run, ...]) -> dict[int, TokenKind]:
    return {at: run.kind for run in runs for at in range(run.start, run.start + run.length)}


@pytest.mark.parametrize("language", ["python", "json", "yaml", "php", "js"])
def test_an_addition_looks_at_a_bounded_part(language: str, monkeypatch: pytest.MonkeyPatch):
    lengths: list[int] = []
    real = module._runs

    def counting(tokens, shift, length):
        lengths.append(length)
        return real(tokens, shift, length)

    monkeypatch.setattr(module, "_runs", counting)
    grown("x = [1, 2, 3]  # note\n" * 300, language, 16)
    assert max(lengths) <= 2 * module.STEP + 16
    assert len(lengths) < 3 * (22 * 300 // 16)


class _BrokenLexer(Lexer):
    """Finds one keyword, then fails."""

    def get_tokens_unprocessed(self, text):
        yield 0, Keyword, text[:2]
        raise RuntimeError("broken")


class _EndlessLexer(Lexer):
    """Never comes to an end."""

    def get_tokens_unprocessed(self, text):
        while True:
            yield 0, Keyword, text[:2]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("broken", [_BrokenLexer, _EndlessLexer])
def test_a_lexer_that_fails_or_never_ends_costs_only_colours(broken, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_lexer", lambda _: broken())
    monkeypatch.setattr(module, "MAX_SECONDS", 0.01)
    monkeypatch.setattr(module, "MAX_SCAN_SECONDS", 0.01)
    assert highlight("if x", "any")[0] == Run(0, 2, TokenKind.KEYWORD)
    assert IncrementalHighlighter("any").append("if x").runs[0] == Run(0, 2, TokenKind.KEYWORD)


def test_nothing_heavy_is_imported_before_it_is_needed():
    code = (
        "import sys, app.ui.transcript.highlight as h, app.ui.transcript.stream as s\n"
        "h.highlight('x', ''), s.MarkdownStream()\n"
        "print([name for name in ('pygments', 'markdown_it', 'PySide6') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
