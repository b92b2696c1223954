"""`ask`: one question, or a chat in the terminal, by the same worker, child and database as the window."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject

from app.cli.choice import chosen_model, paths_of, planned_load
from app.cli.printer import AnswerPrinter, JsonPrinter, PlainPrinter
from app.cli.session import EXIT_OK, EXIT_STOPPED, EXIT_USAGE, EngineSession, LoadedModel, say_error
from app.cli.streams import is_terminal, read_all
from app.cli.terminal import TerminalReader
from app.core import settings as declared
from app.core.chat import FinishReason, Role, Turn
from app.core.engine import Failed, Finished, GenerationParams, RequestEvent, TextDelta
from app.core.errors import ErrorInfo
from app.core.paths import AppPaths
from app.core.records import ExchangeStarted, MessageRecord, StartReport
from app.core.settings import Settings
from app.storage.settings_file import read_settings
from app.storage.store import TIP
from app.ui.texts.terminal import nothing_to_ask
from app.workers.exchange_runner import ExchangeRunner
from app.workers.storage_client import StorageClient


@dataclass(frozen=True, slots=True)
class AskWish:
    """What was asked for on the command line, with the settings filled in."""

    paths: AppPaths
    model_ref: str
    params: GenerationParams
    system_prompt: str
    save: bool


def run_ask(options: argparse.Namespace) -> int:
    """The verb. Raises `WorldError` for what is found wrong before anything starts."""
    text = options.text
    interactive = text is None and is_terminal(sys.stdin)
    if text is None and not interactive:
        text = read_all(sys.stdin) if sys.stdin is not None else ""
    if not interactive and not (text or "").strip():
        print(nothing_to_ask(), file=sys.stderr)
        return EXIT_USAGE
    paths = paths_of(options)
    settings = read_settings(paths.settings_file).settings
    planned = planned_load(options, chosen_model(options, paths, settings), settings, paths)
    wish = AskWish(
        paths=paths,
        model_ref=planned.model.ref.id,
        params=_params(options, settings),
        system_prompt=options.system if options.system is not None else settings.text(declared.SYSTEM_PROMPT),
        save=not options.no_save,
    )
    printer: AnswerPrinter = JsonPrinter() if options.json else PlainPrinter()
    session = EngineSession(planned)
    conversation = TerminalConversation(session, wish, printer, None if interactive else text)
    conversation.start()
    code = QCoreApplication.exec()
    conversation.close()
    session.close()
    return code


def _params(options: argparse.Namespace, settings: Settings) -> GenerationParams:
    temperature = options.temperature
    return GenerationParams(
        max_tokens=options.max_tokens or settings.number(declared.MAX_TOKENS),
        temperature=settings.decimal(declared.TEMPERATURE) if temperature is None else temperature,
        top_p=settings.decimal(declared.TOP_P),
        seed=options.seed,
    )


class TerminalConversation(QObject):
    """Asks `text` and ends; with None it reads line after line from the terminal."""

    def __init__(
        self, session: EngineSession, wish: AskWish, printer: AnswerPrinter, text: str | None
    ) -> None:
        super().__init__()
        self._session = session
        self._wish = wish
        self._printer = printer
        self._text = text
        self._model: LoadedModel | None = None
        self._store_is_open = not wish.save
        self._request_id = 0
        self._turns: list[Turn] = []
        self._answer: list[str] = []
        self._conversation_id: int | None = None
        self._exit_code = EXIT_OK
        self._reader: TerminalReader | None = None
        self._storage = StorageClient(self) if wish.save else None
        self._runner = ExchangeRunner(session.engine, self._storage, self) if self._storage else None
        session.ready.connect(self._on_ready)
        session.failed.connect(self._on_failed)
        session.interrupted.connect(self._on_interrupted)
        session.engine.event_received.connect(self._on_event)
        if self._storage is not None and self._runner is not None:
            self._storage.opened.connect(self._on_opened)
            self._storage.failed.connect(self._on_failed)
            self._storage.error.connect(self._on_failed)
            self._runner.stored.connect(self._on_stored)
            self._runner.save_failed.connect(self._on_failed)
        if wish.system_prompt.strip():
            self._turns.append(Turn(Role.SYSTEM, wish.system_prompt.strip()))

    def start(self) -> None:
        """Load the model and open the database, both at once."""
        if self._storage is not None:
            self._storage.open(self._wish.paths)
        self._session.start()

    def close(self) -> None:
        """What still runs is stored as interrupted."""
        if self._reader is not None:
            self._reader.close()
        if self._runner is not None and self._storage is not None:
            self._runner.interrupt_all()
            self._storage.close()

    # Slots

    def _on_ready(self, model: LoadedModel) -> None:
        self._model = model
        self._go_on()

    def _on_opened(self, report: StartReport) -> None:
        if report.read_only and report.error is not None:
            self._on_failed(report.error)
            return
        self._store_is_open = True
        self._go_on()

    def _go_on(self) -> None:
        """Model and database are there: ask."""
        if self._model is None or not self._store_is_open:
            return
        if self._text is not None:
            self._ask(self._text)
        else:
            self._reader = TerminalReader(self._model.info.name, self)
            self._reader.line_read.connect(self._ask)
            self._reader.ended.connect(self._on_input_ended)
            self._reader.want_line()

    def _ask(self, text: str) -> None:
        self._answer = []
        if self._storage is None:
            self._turns.append(Turn(Role.USER, text))
            self._request_id = self._session.engine.generate(tuple(self._turns), self._wish.params)
            return
        wish, conversation_id = self._wish, self._conversation_id
        self._storage.run(
            lambda store: store.begin_exchange(
                conversation_id, text, parent_id=TIP, model_ref=wish.model_ref, params=wish.params
            ),
            self._on_begun,
            self._on_failed,
        )

    def _on_begun(self, exchange: ExchangeStarted) -> None:
        assert exchange.user is not None
        assert self._runner is not None
        self._conversation_id = exchange.conversation.id
        self._turns.append(Turn(Role.USER, exchange.user.text, exchange.user.id))
        self._request_id = self._runner.run(exchange.reply, tuple(self._turns), self._wish.params)

    def _on_event(self, request_id: int, event: RequestEvent) -> None:
        if request_id != self._request_id or self._model is None:
            return
        self._printer.event(event, self._model)
        match event:
            case TextDelta():
                self._answer.append(event.text)
            case Finished():
                self._turns.append(Turn(Role.ASSISTANT, "".join(self._answer)))
                if event.reason is FinishReason.CANCELLED:
                    self._exit_code = EXIT_STOPPED
                self._answered()
            case Failed():
                self._exit_code = self._report(event.error)
                self._answered()
            case _:
                pass

    def _answered(self) -> None:
        if self._storage is None:
            self._next()

    def _on_stored(self, _record: MessageRecord) -> None:
        self._next()

    def _next(self) -> None:
        self._request_id = 0  # Ctrl-C means the chat again, no answer
        if self._reader is not None:
            self._exit_code = EXIT_OK  # a stopped or failed answer does not end the chat
            self._reader.want_line()
        else:
            self._session.end(self._exit_code)

    def _on_input_ended(self) -> None:
        self._session.end(EXIT_OK)

    def _on_interrupted(self) -> None:
        if self._runner is not None and self._runner.running_replies:
            self._runner.stop(self._runner.running_replies[0])
        elif self._runner is None and self._request_id:
            self._session.engine.stop(self._request_id)
        else:
            self._session.end(EXIT_STOPPED)

    def _on_failed(self, error: ErrorInfo) -> None:
        self._session.end(self._report(error))

    def _report(self, error: ErrorInfo) -> int:
        self._printer.failed(error)
        return say_error(error)
