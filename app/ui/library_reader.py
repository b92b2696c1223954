"""The library as the window knows it: read in a thread; of several looks the one that began last counts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

from app.core import settings as declared
from app.core.models import FoundModel
from app.core.paths import AppPaths
from app.core.settings import Settings
from app.model import library, library_look
from app.model.library_look import LibraryLook


class LibraryReader:
    """One for the engine controller. `look` is what was there when it was last looked at."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, read: Callable[[AppPaths], LibraryLook] = library_look.look
    ) -> None:
        self._loop = loop
        self._read = read
        self._begun = 0
        self._known = 0  # the number of the read that gave `look`
        self._running = 0
        self.look = LibraryLook()

    @property
    def models(self) -> tuple[FoundModel, ...]:
        """What was found."""
        return self.look.models

    def named(self, model_id: str) -> FoundModel | None:
        """The model with this id."""
        return next((model for model in self.models if model.ref.id == model_id), None)

    def newest(self, model: FoundModel) -> FoundModel:
        """What is known of `model` by now."""
        return next((one for one in self.models if one.ref == model.ref), model)

    def default(self, settings: Settings, without: Collection[str]) -> FoundModel | None:
        """The model chosen for every start, the one used last, or the best; none with an id of `without`."""
        last_used, chosen = settings.text(declared.LAST_MODEL), settings.text(declared.DEFAULT_MODEL)
        models = [model for model in self.models if model.ref.id not in without]
        return library.default_model(models, last_used, chosen)

    @property
    def is_reading(self) -> bool:
        """Whether somebody waits for a look."""
        return self._running > 0

    async def read(self, paths: AppPaths) -> None:
        """Look at the disk; one that ends after another that began later changes nothing."""
        self._begun += 1
        number = self._begun
        self._running += 1
        try:
            look = await self._loop.run_in_executor(None, self._read, paths)
        finally:
            self._running -= 1
        if number > self._known:
            self._known, self.look = number, look
