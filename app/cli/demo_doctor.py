"""Invented findings for a picture of the page "Check-up". Never used by the app."""

from __future__ import annotations

import time

from app.core.findings import DoctorRemedy, FindingCode, Severity, finding
from app.core.settings import SettingGroup
from app.ui.main_window import MainWindow

_HOME = "/home/lin/.local/share/Teahouse"
_GIB = 1 << 30


def show(window: MainWindow) -> None:
    """Bring the window to the page, with a check behind it."""
    page = window.settings_pane.doctor_page
    page.blockSignals(True)  # this computer is not looked at
    window.show_settings()
    window.settings_pane.show_group(SettingGroup.DOCTOR)
    page.begin()
    page.add(_FINDINGS)
    page.finish()


_FINDINGS = (
    finding(
        FindingCode.OTHERS_CAN_READ,
        Severity.PROBLEM,
        DoctorRemedy.NARROW,
        kind="conversations",
        path=f"{_HOME}/teahouse.db",
    ),
    finding(
        FindingCode.MODEL_GONE,
        Severity.PROBLEM,
        DoctorRemedy.SHOW_MODELS,
        id="glm-4-9b-chat",
        path="/media/lin/STICK/glm-4-9b-chat",
    ),
    finding(
        FindingCode.ABANDONED_COPIES,
        Severity.NOTE,
        DoctorRemedy.REMOVE_ABANDONED,
        count=1,
        size=4_245_000_000,
        path=f"{_HOME}/models",
    ),
    finding(
        FindingCode.ENGINE_OUT_OF_MEMORY,
        Severity.NOTE,
        DoctorRemedy.SHOW_MEMORY,
        at=int(time.time() * 1000) - 90_000_000,
    ),
    finding(FindingCode.GRAPHICS_FAILING, Severity.NOTE),
    finding(
        FindingCode.VERSIONS,
        Severity.GOOD,
        app="0.1.0",
        system="Linux 6.8.0 x86_64",
        python="3.11.7",
        parts="PySide6-Essentials 6.11.3, xllamacpp 2026.10, torch 2.13.0",
    ),
    finding(FindingCode.PROCESSOR_GOOD, Severity.GOOD, name="AMD Ryzen 5 5600U", cores=6),
    finding(FindingCode.MEMORY_GOOD, Severity.GOOD, total=16 * _GIB, available=9 * _GIB),
    finding(FindingCode.DISK_GOOD, Severity.GOOD, free=212_000_000_000, path=f"{_HOME}/models"),
    finding(FindingCode.DATA_FOLDER_GOOD, Severity.GOOD, path=_HOME),
    finding(FindingCode.MODELS_FOUND, Severity.GOOD, count=3, path=f"{_HOME}/models"),
    finding(FindingCode.STARTER_GOOD, Severity.GOOD, path=f"{_HOME}/models/starter.gguf"),
    finding(FindingCode.CONVERSATIONS_GOOD, Severity.GOOD, path=f"{_HOME}/teahouse.db"),
)
