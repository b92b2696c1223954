"""Drawing where no display is: Qt's platform for it, with the fonts that it does not find by itself.

Knows nothing of the program. On Windows that platform knows no font of the system: every letter would be an
empty box. Told the folder, it takes all of it but the collections, and the Chinese font is one.
"""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from pathlib import Path

_FOLDER = "QT_QPA_FONTDIR"
_COLLECTIONS = ("msyh.ttc", "msyhbd.ttc")
"""Microsoft YaHei, regular and bold: on every Windows, whatever its language."""


def draw_offscreen(environment: MutableMapping[str, str]) -> None:
    """Choose Qt's platform `offscreen`, unless another one was chosen; to be called before Qt starts."""
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    if sys.platform == "win32":
        environment.setdefault(_FOLDER, environment.get("SYSTEMROOT", r"C:\Windows") + r"\Fonts")


def add_fonts(environment: MutableMapping[str, str]) -> int:
    """Give Qt the fonts that it left out, once there is an application; how many files that were."""
    folder = environment.get(_FOLDER)
    if not folder or environment.get("QT_QPA_PLATFORM") != "offscreen":
        return 0
    from PySide6.QtGui import QFontDatabase

    files = [Path(folder, name) for name in _COLLECTIONS]
    return sum(QFontDatabase.addApplicationFont(str(file)) >= 0 for file in files if file.is_file())
