"""Lets people type Chinese on Linux: the one thing that Qt has to be told about input methods.

Standard library only; to be called before Qt starts.
"""

from __future__ import annotations

import sys
from collections.abc import MutableMapping


def offer_ibus(environment: MutableMapping[str, str]) -> None:
    """Let Qt reach Fcitx by way of IBus, where the session asks for Fcitx.

    The Qt that comes with this app has no plugin for Fcitx and would type Latin letters only; where one is
    there, it goes first. Fcitx answers IBus's protocol too, but Qt looks for a program `ibus-daemon` unless
    it is to use the portal. Seen with Fcitx 5.0.21 and Qt 6.11.
    """
    if not sys.platform.startswith("linux"):
        return
    wanted = (environment.get("QT_IM_MODULES") or environment.get("QT_IM_MODULE", "")).split(";")
    if not any(name.startswith("fcitx") for name in wanted):
        return
    if "ibus" not in wanted:
        environment["QT_IM_MODULES"] = ";".join([*wanted, "ibus"])
    environment.setdefault("IBUS_USE_PORTAL", "1")
