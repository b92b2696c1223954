"""The catalogue: every text of the code is in it, finished, with the same fields, and compiled."""

from __future__ import annotations

import ast
import importlib.util
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PySide6.QtCore import QTranslator

ROOT = Path(__file__).resolve().parents[2]
CATALOG = ROOT / "resources" / "i18n" / "teahouse_zh_CN.ts"
FIELD = re.compile(r"\{[^{}]*\}")


def entries():
    for context in ET.parse(CATALOG).getroot().iter("context"):
        for message in context.iter("message"):
            yield context.findtext("name"), message


def catalog_keys():
    return {(name, m.findtext("source"), m.findtext("comment") or "") for name, m in entries()}


class _Texts(ast.NodeVisitor):
    """Every literal given to tr, translate and QT_TRANSLATE_NOOP, with its context; not found by lupdate."""

    def __init__(self):
        self.found = []
        self.not_literal = []
        self._classes = []

    def visit_ClassDef(self, node):
        self._classes.append(node.name)
        self.generic_visit(node)
        self._classes.pop()

    def visit_Call(self, node):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        arguments = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
        if name == "tr":
            self._add(node, self._classes[-1] if self._classes else "", arguments)
        elif name in {"translate", "QT_TRANSLATE_NOOP"} and len(arguments) > 1:
            self._add(node, arguments[0], arguments[1:])
        self.generic_visit(node)

    def _add(self, node, context, arguments):
        if arguments and isinstance(arguments[0], str):
            comment = arguments[1] if len(arguments) > 1 and isinstance(arguments[1], str) else ""
            self.found.append((context, arguments[0], comment))
        else:
            self.not_literal.append((node.lineno, ast.unparse(node)))


def texts_of_the_code():
    for path in sorted((ROOT / "app").rglob("*.py")):
        visitor = _Texts()
        visitor.visit(ast.parse(path.read_text(encoding="utf-8")))
        yield path, visitor


def test_every_text_of_the_code_is_in_the_catalogue_and_nothing_else():
    in_code = {key for _path, visitor in texts_of_the_code() for key in visitor.found}
    assert len(in_code) > 100
    assert in_code - catalog_keys() == set(), "run packaging/i18n.py"
    assert catalog_keys() - in_code == set(), "run packaging/i18n.py"


def test_no_f_string_is_translated():
    for path, visitor in texts_of_the_code():
        for line, code in visitor.not_literal:
            assert "f'" not in code, f"{path}:{line}: {code}"


def test_every_translation_is_finished():
    for name, message in entries():
        translation = message.find("translation")
        assert translation.get("type") is None, f"{name}: {message.findtext('source')}"
        assert (translation.text or "").strip(), f"{name}: {message.findtext('source')}"


def test_fields_are_the_same_in_both_languages():
    for name, message in entries():
        source, translation = message.findtext("source"), message.findtext("translation")
        wanted = {*FIELD.findall(source)}
        allowed = wanted | {*FIELD.findall(message.findtext("comment") or "")}  # a comment may offer more
        used = {*FIELD.findall(translation)}
        assert used <= allowed, f"{name}: {source}"
        assert allowed == wanted or used
        if allowed == wanted:
            assert used == wanted, f"{name}: {source}"


def test_chinese_is_written_in_chinese():
    kept = {"Esc", "{count}K", "{used} / {total}"}
    for name, message in entries():
        source, translation = message.findtext("source"), message.findtext("translation")
        if source not in kept:
            assert re.search("[一-鿿、：]|%$", translation), f"{name}: {source}"
        assert not re.search("[一-鿿][,;:?!]", translation), f"half-width punctuation: {translation}"
        assert not re.search(r"[一-鿿]\.(?!\.)", translation), f"half-width punctuation: {translation}"


def test_the_compiled_catalogue_is_up_to_date(tmp_path):
    spec = importlib.util.spec_from_file_location("i18n", ROOT / "packaging" / "i18n.py")
    i18n = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(i18n)
    fresh = tmp_path / "fresh.qm"
    i18n.compile_catalog(fresh)
    assert fresh.read_bytes() == CATALOG.with_suffix(".qm").read_bytes(), "run packaging/i18n.py"


@pytest.mark.parametrize(
    ("context", "source", "expected"),
    [
        ("ModelChip", "Small trial model (English only)", "试用小模型（仅英文）"),
        ("StatusLine", "Offline: nothing leaves this computer", "离线：文字不会离开这台电脑"),
        (
            "Composer",
            "Write something… Enter sends, Shift+Enter makes a new line",
            "写点什么…　回车发送，Shift+回车换行",
        ),
    ],
)
def test_agreed_words(context, source, expected):
    catalog = QTranslator()
    assert catalog.load(str(CATALOG.with_suffix(".qm")))
    assert catalog.translate(context, source) == expected
