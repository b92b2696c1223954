"""What a person can see and do in the running window, for the tests of its faults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.application import Application, StartOptions
from app.core import settings as declared
from app.core.chat import MessageStatus
from app.core.engine import EngineKind, ModelRef
from app.core.errors import ErrorCode
from app.core.paths import AppPaths
from app.core.records import MessageRecord
from app.core.settings import Settings
from app.model.engines.script import Script
from app.model.engines.scripted_demo import DEMO_ID
from app.ui.transcript.actions import ErrorCard, MessageAction
from app.ui.troubles import Origin
from tests.helpers.engine_host import script_ref

WAIT_MS = 20_000
ENGLISH = Settings().changed(declared.LANGUAGE, "en").changed(declared.TEMPERATURE, 0.0)
DEMO = ModelRef(DEMO_ID, EngineKind.SCRIPTED, "")
SCRIPTED = StartOptions(ENGLISH, model=DEMO)
NOT_FOR_PEOPLE = ("Traceback", "Error", "Exception", "errno", "sqlite", "apsw", "SIG", "{", "}", "None")


def quick(paths: AppPaths) -> StartOptions:
    """A model that answers at once, for tests of everything but the model."""
    return StartOptions(
        ENGLISH, model=script_ref(paths.data_dir.parent, Script(answers=("Tea, of course.",)))
    )


def check_sentence(text: str, language: str, *paths: object) -> None:
    """A whole sentence in `language`, without anything that only programmers read."""
    for path in paths:
        text = text.replace(str(path), "")
    assert len(text) > 8
    assert text.rstrip().endswith((".", "。", ":", "：")), text
    assert bool(re.search("[一-鿿]", text)) == (language == "zh_CN"), text
    for word in (*NOT_FOR_PEOPLE, *(code.value for code in ErrorCode)):
        assert word not in text, text


class Person:
    """Somebody at the window."""

    def __init__(self, qtbot: QtBot, application: Application) -> None:
        self.qtbot = qtbot
        self.application = application
        self.window = application.window
        self.parts = application.parts
        self.chat = application.parts.chat

    # What they see

    def banner(self, origin: Origin) -> str:
        """The sentence of a banner; empty when there is none."""
        strip = self.window.banners
        return strip.text_of(origin.value) if origin.value in strip.keys else ""

    def wait_banner(self, origin: Origin) -> str:
        self.wait(lambda: bool(self.banner(origin)))
        return self.banner(origin)

    def button(self, origin: Origin) -> QPushButton | None:
        """The visible action of a banner."""
        button = self.window.banners._banners[origin.value]._action
        return button if button.isVisible() else None

    def card(self) -> ErrorCard | None:
        """The error under the last answer."""
        item = self.window.transcript.find_item(self.chat.state.messages[-1].id)
        return None if item is None else item.error

    def note(self) -> str:
        """Why nothing can be sent."""
        label = self.window.composer._banner_text
        return label.text() if label.isVisible() else ""

    def check_both_languages(self, origin: Origin, *paths: object) -> None:
        """The banner and the card make sense to an English and a Chinese reader, live."""
        for language in ("zh_CN", "en"):
            self.parts.settings.set(declared.LANGUAGE, language)
            if origin.value in self.window.banners.keys:
                check_sentence(self.banner(origin), language, *paths)
                button = self.button(origin)
                if button is not None:
                    assert bool(re.search("[一-鿿]", button.text())) == (language == "zh_CN")
            card = self.card() if self.chat.state.messages else None
            if card is not None:
                check_sentence(card.sentence, language, *paths)
                assert bool(re.search("[一-鿿]", card.action_label)) == (language == "zh_CN")
            if self.note():
                check_sentence(self.note(), language, *paths)

    @property
    def last(self) -> MessageRecord:
        return self.chat.state.messages[-1]

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.chat.state.messages]

    # What they do

    def write(self, text: str) -> None:
        self.window.composer.editor.setPlainText(text)

    def send(self, text: str) -> None:
        """Enter, and the reply has begun."""
        self.write(text)
        with self.qtbot.waitSignal(self.chat.begun, timeout=WAIT_MS):
            self.window.composer.submit()

    def try_to_send(self, text: str) -> None:
        """Enter, whatever comes of it."""
        self.write(text)
        self.window.composer.submit()

    def press(self, origin: Origin) -> None:
        button = self.button(origin)
        assert button is not None
        button.click()

    def press_card(self) -> None:
        card = self.card()
        assert card is not None
        assert card.action_label
        action, asked = card.action, self.window.transcript.action_requested
        if action is MessageAction.TRY_AGAIN:
            with self.qtbot.waitSignal(self.chat.begun, timeout=WAIT_MS):
                asked.emit(action, self.last.id)
        else:
            asked.emit(action, self.last.id)

    def wait(self, condition: object, timeout: int = WAIT_MS) -> None:
        self.qtbot.waitUntil(condition, timeout=timeout)

    def wait_answered(self, status: MessageStatus = MessageStatus.COMPLETE) -> None:
        self.wait(lambda: bool(self.chat.state.messages) and self.chat.state.streaming_reply is None)
        assert self.last.status is status, self.last

    def ask(self, text: str) -> None:
        self.send(text)
        self.wait_answered()

    def wait_open(self) -> None:
        """The database is open and its list read."""
        done: list[object] = []
        self.parts.storage.run(lambda store: store.conversations(), done.append, done.append)
        self.wait(lambda: bool(done))


class Folders(QObject):
    """Takes the place of the file manager."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[Path] = []

    @Slot(QUrl)
    def show(self, url: QUrl) -> None:
        self.opened.append(Path(url.toLocalFile()))


@contextmanager
def file_manager() -> Iterator[Folders]:
    """Folders that the app opens are noted, not shown."""
    folders = Folders()
    QDesktopServices.setUrlHandler("file", folders, "show")
    try:
        yield folders
    finally:
        QDesktopServices.unsetUrlHandler("file")
