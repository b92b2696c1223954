"""Checking every byte of a model and packing it: begun, shown in its row with Cancel, and how it ended.

Goes on while the person is elsewhere. Disks are read and written in threads (`models.jobs`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from app.core.cancel import Cancelled, CancelToken
from app.core.engine import EngineKind
from app.core.errors import ErrorCode, ErrorInfo, WorldError
from app.core.models import FoundModel
from app.model.names import portable_name, published_name
from app.ui.folders import show_folder
from app.ui.importing.copies import SHOW_EVERY_MS
from app.ui.importing.jobs import Background, Meter
from app.ui.models.jobs import ModelJobs
from app.ui.models.pack_picker import PackPicker
from app.ui.models.page import ModelsPage
from app.ui.tasks import Gate
from app.ui.texts import importing as importing_texts
from app.ui.texts import models as texts
from app.ui.toast import Toast


@dataclass(slots=True)
class _Work:
    """What is done with one model. `sentence` is shown in its row."""

    sentence: Callable[[], str]
    cancel: CancelToken = field(default_factory=CancelToken)
    meter: Meter = field(default_factory=Meter)


@dataclass(frozen=True, slots=True)
class _ShowPack:
    """What the toast can show."""

    path: str


class ModelWork(QObject):
    """One for the page."""

    def __init__(
        self,
        page: ModelsPage,
        toast: Toast,
        jobs: ModelJobs,
        background: Background,
        gate: Gate,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._page = page
        self._toast = toast
        self._jobs = jobs
        self._background = background
        self._gate = gate
        self._works: dict[str, _Work] = {}
        self._packed: FoundModel | None = None  # for which a place is being chosen
        self._picker = PackPicker(page, self)
        self._timer = QTimer(self, interval=SHOW_EVERY_MS)
        self._timer.timeout.connect(self._show_progress)
        self._picker.picked.connect(self._on_picked)
        toast.action_triggered.connect(self._on_toast)

    def check(self, model: FoundModel) -> None:
        """Read every byte, and hold it against what is known."""
        work = self._begin(model, texts.checking)
        if work is not None:
            self._background.spawn(self._check(model, work))

    def pack(self, model: FoundModel) -> None:
        """Let a place be chosen, and put the model into a pack there."""
        path = Path(model.ref.path)
        is_file = model.ref.engine is EngineKind.LLAMA_CPP
        self._packed = model
        self._picker.pick(portable_name(path.stem if is_file else published_name(path)))

    def cancel(self, model_id: str) -> bool:
        """Stop what is done with a model; False where that is nothing."""
        work = self._works.pop(model_id, None)
        if work is None:
            return False
        work.cancel.cancel()
        return True

    def show(self) -> None:
        """Rows that are new, or were told something else meanwhile, show the work again."""
        for model_id, work in self._works.items():
            row = self._page.row(model_id)
            if row is not None and not row.panel.is_working:
                row.panel.work(work.sentence)
        self._show_progress()

    def close(self) -> None:
        """The app closes: everything that runs is told to stop."""
        self._timer.stop()
        for work in self._works.values():
            work.cancel.cancel()

    async def _check(self, model: FoundModel, work: _Work) -> None:
        try:
            async with self._gate.passage():
                report = await self._background.call(self._jobs.check, model, work.meter.report, work.cancel)
        except Cancelled:
            return
        except WorldError as error:
            sentence = partial(importing_texts.looking_trouble, error.info, model.ref.path)
            self._end(model, work, sentence, is_trouble=True)
            return
        sentence = partial(importing_texts.hash_result, report)
        self._end(model, work, sentence, is_trouble=bool(report.changed))

    def _on_picked(self, path: str) -> None:
        model, self._packed = self._packed, None
        work = self._begin(model, texts.packing) if model is not None else None
        if model is not None and work is not None:
            self._background.spawn(self._pack(model, path, work))

    async def _pack(self, model: FoundModel, path: str, work: _Work) -> None:
        error = ErrorInfo(ErrorCode.STORAGE_FAILED)  # another Teahouse makes the same file just now
        try:
            async with self._gate.passage():
                size = await self._background.call(
                    self._jobs.pack, model, Path(path), work.meter.report, work.cancel
                )
        except Cancelled:
            return
        except (WorldError, FileExistsError) as caught:
            error = caught.info if isinstance(caught, WorldError) else error
            sentence = partial(texts.packing_trouble, error, texts.name_of(model), model.file_bytes)
            self._end(model, work, sentence, is_trouble=True)
            return
        self._end(model, work, partial(texts.packed, path, size), is_trouble=False)
        self._toast.show_toast(texts.packed_shortly(path), self.tr("Show in folder"), _ShowPack(path))

    def _on_toast(self, token: object) -> None:
        if isinstance(token, _ShowPack):
            self._background.spawn(show_folder(self._background.call, Path(token.path).parent))

    def _begin(self, model: FoundModel, sentence: Callable[[], str]) -> _Work | None:
        """The work that begins with a model; None where something is done with it already."""
        if model.ref.id in self._works:
            return None
        work = self._works[model.ref.id] = _Work(sentence)
        self._timer.start()
        self.show()
        return work

    def _end(self, model: FoundModel, work: _Work, sentence: Callable[[], str], *, is_trouble: bool) -> None:
        """Say how it ended, unless the person cancelled it in that moment."""
        if self._works.get(model.ref.id) is not work:
            return
        del self._works[model.ref.id]
        row = self._page.row(model.ref.id)
        if row is not None:
            row.panel.tell(sentence, is_trouble=is_trouble)

    def _show_progress(self) -> None:
        for model_id, work in self._works.items():
            row = self._page.row(model_id)
            if row is not None and row.panel.is_working:
                row.panel.show_progress(work.meter.latest, work.meter.seconds_left)
        if not self._works:
            self._timer.stop()
