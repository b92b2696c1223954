"""A cancel token that does something at a chosen look: how tests reach the middle of a piece of work."""

from __future__ import annotations

from collections.abc import Callable

from app.core.cancel import CancelToken


class ActingToken(CancelToken):
    """Calls `act` when it is looked at for the `at`-th time (the first is 1); without one it is set then."""

    def __init__(self, at: int, act: Callable[[], object] | None = None) -> None:
        super().__init__()
        self.looks = 0
        self._at = at
        self._act = act or self.cancel

    def raise_if_cancelled(self) -> None:
        self.looks += 1
        if self.looks == self._at:
            self._act()
        super().raise_if_cancelled()
