"""What the tables of the world's errors are made of: a sentence, and what its button does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ErrorAction(StrEnum):
    """What the one button beside a sentence does; the window carries it out."""

    NONE = "none"
    TRY_AGAIN = "try_again"
    CHOOSE_MODEL = "choose_model"
    ADD_MODEL = "add_model"
    OPEN_MODELS_FOLDER = "open_models_folder"
    OPEN_DATA_FOLDER = "open_data_folder"
    OPEN_SETTINGS = "open_settings"
    EDIT_MESSAGE = "edit_message"
    LOAD_ANYWAY = "load_anyway"


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """The source strings of one error; `plain` is said where a parameter of `sentence` is not there."""

    action: ErrorAction
    sentence: str
    plain: str = ""
