"""An invented computer for the pictures of the first start. Never used by the app itself."""

from __future__ import annotations

from dataclasses import replace

from app.core.catalog import advise, read_catalog
from app.core.memory import GraphicsCard, MachineMemory
from app.model.hardware import Support
from app.model.machine_check import MachineFacts
from app.ui.main_window import MainWindow
from app.ui.resources import resource_path

_GIB = 1 << 30
_LAPTOP = MachineFacts(MachineMemory(16 * _GIB, 108 * _GIB // 10), 212 * 10**9, "Core i5-1240P", Support.YES)
_MACHINES = {
    "first-run": _LAPTOP,
    "first-run-light": replace(_LAPTOP, opens_folders=False),
    "where-to-get": _LAPTOP,
    "where-to-get-light": replace(_LAPTOP, opens_folders=False),
    "first-run-card": MachineFacts(
        MachineMemory(32 * _GIB, 26 * _GIB, card=GraphicsCard("RTX 4070", 12 * _GIB, 11 * _GIB)),
        15 * 10**9,
        "Ryzen 7",
        Support.YES,
    ),
    "first-run-little": MachineFacts(
        MachineMemory(4 * _GIB, 19 * _GIB // 10), 30 * 10**9, "Pentium", Support.YES
    ),
    "first-run-old": MachineFacts(
        MachineMemory(8 * _GIB, 5 * _GIB), 60 * 10**9, "Core 2 Duo E8400", Support.NO
    ),
}


SCENES = tuple(_MACHINES)


def show(window: MainWindow, scene: str) -> None:
    """Bring the window into one of the scenes of the first start."""
    facts = _MACHINES[scene]
    catalog = read_catalog(resource_path("catalog.json").read_text(encoding="utf-8"))
    page = window.first_run_page
    page.set_has_starter(True)
    page.show_found(catalog, facts, advise(catalog.models, facts.memory, facts.free_disk))
    if scene.startswith("where-to-get"):
        page.show_list(alone=False)
    else:
        page.show_welcome()
    window.show_first_run()
    page.take_focus()
