"""What people, models and files say is shown as text: no markup in it fetches, opens or runs anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QObject, QPoint, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolTip, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.application import StartOptions
from app.core.errors import ErrorCode, ErrorInfo
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.ui.bug_report import BugDialog
from app.ui.folder_question import FolderQuestion
from app.ui.message_editor import MessageEditor
from app.ui.theme import LIGHT
from app.ui.theme_manager import ThemeManager
from app.ui.transcript.actions import Part, TargetKind
from app.ui.transcript.blocks import CodeBlock, Heading, ListBlock, Paragraph, Quote, Span, Table
from app.ui.transcript.markdown import parse, plain_blocks
from app.ui.transcript.view import TranscriptView
from tests.helpers.running_app import running_application
from tests.helpers.transcripts import answer, draw, place_of, targets, user
from tests.helpers.watched_file import WatchedFile, watched

SAFE = re.compile(r"(https?|mailto):", re.IGNORECASE)
SIDE = 1200
"""Of a picture, in pixels: whoever shows it needs room that no line of text takes."""

FETCHING = (
    "![tea]({url})",
    "![tea]({path})",
    "![tea](<{url}> 'title')",
    "[![tea]({url})]({url})",
    "![tea][ref]\n\n[ref]: {url}",
    "<img src='{url}'>",
    '<img src="{path}" onerror="alert(1)">',
    "<p><img src={url}></p>",
    "<table background='{url}'><tr><td>x</table>",
    "<body background='{url}'>",
    "<div style=\"background-image: url('{url}')\">x</div>",
    "<style>@import url('{url}'); p {{ background: url({url}) }}</style>",
    "<link rel='stylesheet' href='{url}'>",
    "<iframe src='{url}'></iframe><object data='{url}'></object><embed src='{url}'>",
    "<svg><image href='{url}'/></svg>",
    "<script src='{url}'></script><script>fetch('{url}')</script>",
    "```html\n<img src='{url}'>\n```",
    "`<img src='{url}'>`",
    "| a |\n|---|\n| <img src='{url}'> ![x]({url}) |",
    "> - ![x]({url})\n>   <img src='{url}'>",
    "# <img src='{url}'>",
    "&lt;img src='{url}'&gt;",
    "&#60;img src='{url}'&#62;",
)
LEADING = (
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](java&#10;script:alert(1))",
    "[a](java&Tab;script:alert(1))",
    "[a](\x01javascript:alert(1))",
    "[a](\u200bjavascript:alert(1))",
    "[a](\u00a0javascript:alert(1))",
    "[a](%6aavascript:alert(1))",
    "[a](vbscript:x)",
    "[a](data:text/html,<script>alert(1)</script>)",
    "[a](file:///etc/passwd)",
    "[a](FILE:///etc/passwd)",
    "[a](</etc/passwd>)",
    "[a](//evil.example/share)",
    "[a](\\\\\\\\evil.example\\\\share)",
    "[a](C:\\\\Windows\\\\System32\\\\calc.exe)",
    "[a](smb://evil.example/share)",
    "[a](ms-word:ofe|u|http://evil.example/x.docx)",
    "[a](search-ms:query=x&crumb=location:evil.example)",
    "[a](ssh://-oProxyCommand=x/)",
    "[a](tel:123)",
    "[a](x-apple.systempreferences:)",
    "[a](#top)",
    "[a](notes.txt)",
    "<javascript:alert(1)>",
    "<file:///etc/passwd>",
    "<data:text/html,x>",
    "<smb://evil.example/share>",
    "[a][ref]\n\n[ref]: javascript:alert(1)",
    "<a href='javascript:alert(1)'>a</a>",
    "<a href='file:///etc/passwd'>a</a>",
)
SOUND = (
    "[a](https://example.org/x?y=1#z)",
    "[a](http://example.org)",
    "[a](mailto:lin@example.org)",
    "<https://example.org/>",
    "<lin@example.org>",
)


@pytest.fixture
def picture(tmp_path: Path) -> Iterator[WatchedFile]:
    """A picture that is really there, under a name that needs no escaping."""
    path = tmp_path / "picture.png"
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    assert image.save(str(path))
    with watched(path) as file:
        yield file


@pytest.fixture
def view(qtbot: QtBot) -> TranscriptView:
    made = TranscriptView(LIGHT)
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    qtbot.waitExposed(made)
    return made


class Opener(QObject):
    """Whoever is asked to open an address; nobody ever should be."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.asked.append(url.toString())


@pytest.fixture
def opener() -> Iterator[Opener]:
    made, schemes = Opener(), ("http", "https", "mailto", "file", "javascript", "data", "smb", "")
    for scheme in schemes:
        QDesktopServices.setUrlHandler(scheme, made, "open")
    yield made
    for scheme in schemes:
        QDesktopServices.unsetUrlHandler(scheme)


def spans_of(block: object) -> Iterator[Span]:
    match block:
        case Paragraph(spans) | Heading(_, spans):
            yield from spans
        case Quote(blocks):
            for inner in blocks:
                yield from spans_of(inner)
        case ListBlock():
            for item in block.items:
                for inner in item.blocks:
                    yield from spans_of(inner)
        case Table(_, header, rows):
            for cells in (header, *rows):
                for cell in cells:
                    yield from cell
        case CodeBlock():
            pass


def addresses(text: str) -> list[str]:
    return [span.href for top in parse(text) for span in spans_of(top.block) if span.href]


# The transcript


@pytest.mark.parametrize("as_answer", [True, False])
def test_no_markup_of_a_message_opens_a_file(
    view: TranscriptView, picture: WatchedFile, as_answer: bool
) -> None:
    """Pictures of other computers go the same way as these: there is no code that would ask for one."""
    url = QUrl.fromLocalFile(str(picture.path)).toString()
    for number, form in enumerate(FETCHING):
        text = form.format(url=url, path=picture.path)
        view.set_messages([answer(number + 1, text) if as_answer else user(number + 1, text)])
        draw(view)
        assert view.find_item(number + 1).height < SIDE / 2
        assert view.message_text(number + 1) == text
    assert not picture.was_opened()
    assert picture.path.read_bytes()
    assert picture.was_opened(), "the watch sees what it should"


@pytest.mark.parametrize("text", LEADING)
def test_an_address_that_could_do_something_is_no_link(text: str) -> None:
    assert addresses(text) == []
    assert not [span for top in plain_blocks(text) for span in spans_of(top.block) if span.href]


@pytest.mark.parametrize("text", SOUND)
def test_an_ordinary_address_is_a_link(text: str) -> None:
    """Else the test above would say nothing."""
    found = addresses(text)
    assert len(found) == 1
    assert SAFE.match(found[0])


@pytest.mark.parametrize("form", ["```sh\n{}\n```", "`{}`"], ids=["block", "inline"])
def test_code_is_copied_as_it_is_seen(view: TranscriptView, form: str) -> None:
    """Nothing in it turns the order around, hides, or ends what a terminal takes for pasted text."""
    hidden = "a\u202eb\u2066c\u200bd\u2060e\ufefff\x1b[201~g\x9b31mh\x08i"
    kept = "茶 🍵 👩\u200d👧 \u0645\u0634"
    view.set_messages([answer(1, form.format(f"echo {hidden} {kept}"))])
    draw(view)
    item = view.find_item(1)
    body = item.body(Part.BODY)
    copied = body.element(0).run_text(0)
    assert copied == f"echo a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf\ufffd[201~g\ufffd31mh\ufffdi {kept}"
    assert hidden in view.message_text(1), "the message itself stays as it was written"


def test_a_link_that_looks_like_another_tells_its_real_address() -> None:
    """What is copied and shown can be told apart: no letter is invisible, none of another alphabet."""
    tricks = {
        "[https://bank.example](https://evil.example/)": "https://evil.example/",
        "[a](https://bank.example\u200b.evil.example/)": None,
        "[a](https://evil.example/\u202egnp.elif)": "https://evil.example/%E2%80%AEgnp.elif",
        "[a](https://bаnk.example/)": "https://xn--bnk-6cd.example/",  # a Cyrillic letter
        "[a](https://bank.example%2f@evil.example/)": None,
    }
    for text, wanted in tricks.items():
        (found,) = addresses(text)
        assert found.isascii(), text
        assert wanted is None or found == wanted


def test_a_pressed_link_is_copied_and_nothing_is_opened(qtbot: QtBot, tmp_path: Path, opener: Opener) -> None:
    paths = AppPaths(tmp_path / "data", tmp_path / "models")
    with running_application(paths, StartOptions(Settings(), load_model=False)) as application:
        transcript = application.window.transcript
        with qtbot.waitSignal(application.parts.storage.opened):
            pass
        application.window.show_empty(False)
        application.window.show_chat()
        qtbot.waitUntil(transcript.isVisible)
        transcript.set_messages([answer(1, "[https://bank.example](https://evil.example/x)")])
        draw(transcript)
        (link,) = targets(transcript, 1, TargetKind.LINK)
        place = place_of(transcript, link)
        QTest.mouseMove(transcript.viewport(), place)
        QTest.mouseClick(transcript.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert QApplication.clipboard().text() == "https://evil.example/x"
        assert "https://evil.example/x" in application.window.toast.text
    assert opener.asked == []


# Labels, tooltips, fields


@pytest.mark.qt_log_ignore("This plugin does not support raise")  # the offscreen platform, of tooltips
def test_labels_and_tooltips_show_markup_as_text(
    qtbot: QtBot, themes: ThemeManager, picture: WatchedFile
) -> None:
    """Conversation titles, names of models and files, sentences of errors: all go through these."""
    hostile = f'<img src="{picture.path}"><h1>tea</h1>'
    window = QWidget()
    qtbot.addWidget(window)
    label, layout = QLabel(hostile), QVBoxLayout(window)
    layout.addWidget(label)
    window.setToolTip(hostile)
    window.show()
    qtbot.waitExposed(window)
    assert label.sizeHint().height() < 100
    QToolTip.showText(QPoint(1, 1), window.toolTip(), window)
    tip = next(one for one in QApplication.topLevelWidgets() if one.metaObject().className() == "QTipLabel")
    assert isinstance(tip, QLabel)
    assert tip.text() == hostile
    assert tip.textFormat() is Qt.TextFormat.PlainText
    assert tip.height() < 100
    QToolTip.hideText()
    tip.hide()
    assert not picture.was_opened()


def test_without_the_style_sheet_qt_would_open_the_file(qtbot: QtBot, picture: WatchedFile) -> None:
    """The reason for the rule, and that the test above can fail."""
    label = QLabel(f'<img src="{picture.path}">')
    qtbot.addWidget(label)
    assert label.sizeHint().height() > SIDE / 2
    assert picture.was_opened()


def test_every_label_of_the_app_shows_plain_text(qtbot: QtBot, tmp_path: Path) -> None:
    paths = AppPaths(tmp_path / "data", tmp_path / "models")
    with running_application(paths, StartOptions(Settings(), load_model=False, is_first=True)) as application:
        window = application.window
        bugs, folders = BugDialog("report", window), FolderQuestion()
        folders.show_error(ErrorInfo(ErrorCode.DATA_FOLDER_MISSING, {"path": "<b>x</b>"}))
        labels = [*window.findChildren(QLabel), *bugs.findChildren(QLabel), *folders.findChildren(QLabel)]
        for label in labels:
            label.ensurePolished()
        rich = [label.text() for label in labels if label.textFormat() is not Qt.TextFormat.PlainText]
        bugs.deleteLater()
        folders.deleteLater()
    assert len(labels) > 100
    assert rich == []


def test_pasted_markup_is_text(qtbot: QtBot, picture: WatchedFile) -> None:
    editor = MessageEditor()
    qtbot.addWidget(editor)
    mime = QMimeData()
    mime.setHtml(f'<img src="{picture.path}"><b>tea</b>')
    mime.setText("tea")
    editor.insertFromMimeData(mime)
    assert editor.toPlainText() == "tea"
    assert not picture.was_opened()
