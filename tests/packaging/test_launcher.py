"""What the frozen programs do before the app begins."""

import launcher
import pytest


@pytest.mark.parametrize(
    ("found", "left"),
    [
        ({"LD_LIBRARY_PATH": "/opt/teahouse/_internal", "LANG": "zh_CN"}, {"LANG": "zh_CN"}),
        (
            {"LD_LIBRARY_PATH": "/opt/teahouse/_internal:/usr/own", "LD_LIBRARY_PATH_ORIG": "/usr/own"},
            {"LD_LIBRARY_PATH": "/usr/own"},
        ),
        ({}, {}),
    ],
)
def test_programs_that_are_opened_from_here_load_their_own_libraries(found, left):
    launcher.give_back(found)
    assert found == {**left, "PYINSTALLER_RESET_ENVIRONMENT": "1"}  # the engine child finds ours again
