"""`bench`: how fast a model reads and writes on this computer, measured through the real child."""

from __future__ import annotations

import argparse

from PySide6.QtCore import QCoreApplication, QObject

from app.cli.choice import chosen_model, paths_of, planned_load
from app.cli.printer import finished_object, print_json
from app.cli.session import EXIT_OK, EXIT_STOPPED, EngineSession, LoadedModel, say_error
from app.core.chat import FinishReason, Role, Turn
from app.core.engine import Failed, Finished, GenerationParams, RequestEvent
from app.core.errors import ErrorInfo
from app.core.measuring import bench_text, corrected
from app.model.hardware import peak_memory
from app.storage.settings_file import read_settings


def run_bench(options: argparse.Namespace) -> int:
    """The verb. Raises `WorldError` when there is no such model."""
    paths = paths_of(options)
    settings = read_settings(paths.settings_file).settings
    model = chosen_model(options, paths, settings)
    session = EngineSession(planned_load(options, model, settings, paths))
    measurement = Measurement(session, options)
    session.start()
    code = QCoreApplication.exec()
    session.close()
    measurement.deleteLater()
    return code


class Measurement(QObject):
    """One prompt of the wanted length, one answer of the wanted length, once."""

    def __init__(self, session: EngineSession, options: argparse.Namespace) -> None:
        super().__init__()
        self._session = session
        self._options = options
        self._model: LoadedModel | None = None
        self._words = max(1, options.prompt_tokens)
        self._tries = 0
        session.ready.connect(self._on_ready)
        session.failed.connect(self._on_failed)
        session.interrupted.connect(self._on_interrupted)
        session.engine.tokens_counted.connect(self._on_counted)
        session.engine.event_received.connect(self._on_event)

    def _turns(self) -> tuple[Turn, ...]:
        return (Turn(Role.USER, bench_text(self._words)),)

    def _on_ready(self, model: LoadedModel) -> None:
        self._model = model
        self._session.engine.count_tokens(self._turns())

    def _on_counted(self, _request_id: int, tokens: int) -> None:
        """Correct the number of words until the prompt has the wanted length, three times at most."""
        wanted = self._options.prompt_tokens
        self._tries += 1
        if tokens != wanted and self._tries <= 3:
            self._words = corrected(self._words, tokens, wanted)
            self._session.engine.count_tokens(self._turns())
            return
        params = GenerationParams(max_tokens=self._options.new_tokens, temperature=0.0)
        self._session.engine.generate(self._turns(), params)

    def _on_event(self, _request_id: int, event: RequestEvent) -> None:
        if self._model is None:
            return
        if isinstance(event, Finished):
            self._print(event, self._model)
            self._session.end(EXIT_STOPPED if event.reason is FinishReason.CANCELLED else EXIT_OK)
        elif isinstance(event, Failed):
            self._on_failed(event.error)

    def _print(self, event: Finished, model: LoadedModel) -> None:
        result = finished_object(event, model)
        if self._options.json:
            print_json({**result, "event": "bench", "model": model.info.name, "device": model.info.device})
            return
        usage, timings = event.usage, event.timings
        read, written = timings.prefill_tokens_per_s(usage), timings.decode_tokens_per_s(usage)
        info = model.info
        print(" · ".join(part for part in (info.name, info.precision_label, info.device) if part))
        print(f"load            {model.load_s:8.2f} s")
        print(f"first token     {timings.first_token_ms / 1000:8.2f} s")
        print(f"prompt          {read:8.1f} tokens/s ({usage.prompt_tokens} tokens)")
        print(f"answer          {written:8.1f} tokens/s ({usage.output_tokens} tokens)")
        print(f"peak memory     {peak_memory(model.child_pid) / 1e9:8.2f} GB")

    def _on_failed(self, error: ErrorInfo) -> None:
        self._session.end(say_error(error))

    def _on_interrupted(self) -> None:
        self._session.end(EXIT_STOPPED)
