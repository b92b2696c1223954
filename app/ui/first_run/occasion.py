"""Whether this is the first start: asked before the window is painted, so it looks at names only.

Knows the folders and the settings; imports nothing that would delay a later start.
"""

from __future__ import annotations

from pathlib import Path

from app.core import settings as declared
from app.core.paths import PREPARED_FOLDER, AppPaths
from app.core.settings import Settings

WAITING, DONE = "open", "done"
"""Values of the hidden setting: the welcome waits for a choice; it does not come back by itself."""


def is_first_start(paths: AppPaths, settings: Settings, unreadable_settings: str = "") -> bool:
    """Whether nobody used Teahouse here before: no settings, no conversation, no model but the starter.

    A welcome that was closed without a choice comes again as long as there is no model. `unreadable_settings`
    is where a settings file that made no sense was put: then somebody did.
    """
    said = settings.text(declared.FIRST_RUN)
    is_new = not (unreadable_settings or paths.settings_file.exists() or paths.database.exists())
    if said == DONE or not (said == WAITING or is_new):
        return False
    return not _has_models(paths.models_dir)


def _has_models(folder: Path) -> bool:
    """Whether anything of a person's own lies in the models folder."""
    from app.model import starter

    try:
        names = {entry.name for entry in folder.iterdir() if not entry.name.startswith(".")}
    except OSError:
        return False
    return not names <= {starter.FILE_NAME, PREPARED_FOLDER}
