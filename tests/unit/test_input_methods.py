"""What Qt is told about input methods, from what the session says."""

import pytest

from app import input_methods
from app.input_methods import offer_ibus

PORTAL = {"IBUS_USE_PORTAL": "1"}


@pytest.fixture(autouse=True)
def linux(monkeypatch):
    monkeypatch.setattr(input_methods.sys, "platform", "linux")


@pytest.mark.parametrize(
    ("session", "added"),
    [
        ({"QT_IM_MODULE": "fcitx"}, {"QT_IM_MODULES": "fcitx;ibus", **PORTAL}),
        ({"QT_IM_MODULE": "fcitx5"}, {"QT_IM_MODULES": "fcitx5;ibus", **PORTAL}),
        ({"QT_IM_MODULES": "wayland;fcitx"}, {"QT_IM_MODULES": "wayland;fcitx;ibus", **PORTAL}),
        ({"QT_IM_MODULES": "wayland;fcitx;ibus", "QT_IM_MODULE": "fcitx"}, PORTAL),
        ({"QT_IM_MODULE": "fcitx", "IBUS_USE_PORTAL": "0"}, {"QT_IM_MODULES": "fcitx;ibus"}),
        ({"QT_IM_MODULE": "ibus"}, {}),
        ({"QT_IM_MODULES": "wayland;ibus"}, {}),
        ({}, {}),
    ],
)
def test_fcitx_is_reached_through_ibus(session, added):
    environment = dict(session)
    offer_ibus(environment)
    assert environment == {**session, **added}


def test_other_systems_are_left_alone(monkeypatch):
    monkeypatch.setattr(input_methods.sys, "platform", "win32")
    environment = {"QT_IM_MODULE": "fcitx"}
    offer_ibus(environment)
    assert environment == {"QT_IM_MODULE": "fcitx"}
