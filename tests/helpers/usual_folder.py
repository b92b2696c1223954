"""The system's usual folder, for one test in a place of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

not_mac = pytest.mark.skipif(sys.platform == "darwin", reason="never tried: another usual folder on macOS")
_VARIABLE = "WIN_PD_OVERRIDE_LOCAL_APPDATA" if sys.platform == "win32" else "XDG_DATA_HOME"


def put_usual_folder(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have `place/Teahouse` be the usual folder, here and in the processes that are started; gives it."""
    monkeypatch.setenv(_VARIABLE, str(place))
    for name in ("TEAHOUSE_DATA_DIR", "TEAHOUSE_MODELS_DIR"):
        monkeypatch.delenv(name, raising=False)
    return place / "Teahouse"
