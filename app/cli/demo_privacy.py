"""An invented profile for the picture of the page "Privacy". Never used by the app itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from app.core.connections import ConnectionLog
from app.core.privacy import Readers, StoredKind, StoredThing
from app.ui.settings.privacy_page import PrivacyPage

_FIRST_START = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
_HOME = "/home/lin/.local/share/Teahouse"
_KEPT = (
    (StoredKind.CONVERSATIONS, "teahouse.db", 4_300_000),
    (StoredKind.COPIES, "backups", 12_100_000),
    (StoredKind.SETTINGS, "settings.json", 2_480),
    (StoredKind.LOG, "log", 182_000),
    (StoredKind.CONNECTIONS, "connections.jsonl", 39),
    (StoredKind.MODELS, "models", 13_900_000_000),
    (StoredKind.PREPARED, "models/prepared", 4_100_000_000),
)


def show(page: PrivacyPage) -> None:
    """A profile of some months, in which everything is as it should be."""
    page.blockSignals(True)  # what really lies in the folder of the picture is nobody's
    page.show_connections(ConnectionLog(since_ms=int(_FIRST_START.timestamp() * 1000)))
    page.show_things([_thing(kind, name, size) for kind, name, size in _KEPT])


def _thing(kind: StoredKind, name: str, size: int) -> StoredThing:
    path = Path(_HOME, name)
    return StoredThing(kind, path, path.parent, size, Readers.OWNER)
