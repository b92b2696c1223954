"""The verbs and their options, as one argparse parser."""

from __future__ import annotations

import argparse
import os
from collections.abc import Collection, Sequence
from pathlib import Path

from app import __version__
from app.core.engine import Precision
from app.model.glm.family import Family

SCENES = (
    "empty",
    "chat",
    "code",
    "error",
    "search",
    "settings",
    "privacy",
    "bin",
    "shortcuts",
    "streaming",
    "queue",
    "versions",
    "drop",
    "import-start",
    "import",
    "import-problem",
    "import-copying",
    "models",
    "models-empty",
    "first-run",
    "first-run-card",
    "first-run-little",
    "first-run-old",
    "first-run-light",
    "where-to-get",
    "where-to-get-light",
    "doctor",
    "storage",
    "storage-question",
    "storage-moving",
    "storage-trouble",
    "about",
)
_OPENED_SUFFIXES = (".gguf", ".teahousemodel")
_PRECISIONS = [p.value for p in Precision if p is not Precision.NATIVE]


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """What `python -m app` was called with; exits as argparse does where that makes no sense.

    Without a verb the window opens; `opened` are the files and folders that it was started with, for
    instance by a double click: absolute, and none together with a verb.
    """
    parser, verbs = _make()
    opener = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    _add_folders(opener)
    opener.add_argument("opened", nargs="*")
    try:
        options, rest = opener.parse_known_intermixed_args(arguments)
    except argparse.ArgumentError:  # the parser of the verbs says it better
        return parser.parse_args(arguments)
    opened = options.opened
    if rest or not opened or opened[0] in verbs or not all(map(_is_place, opened)):
        return parser.parse_args(arguments)
    options.verb = None
    options.opened = [str(Path(place).absolute()) for place in opened]
    return options


def _is_place(word: str) -> bool:
    """Whether a word means a file or folder, and not a verb that somebody mistyped; it may be gone."""
    path = Path(word)
    return path.name != word or path.suffix.lower() in _OPENED_SUFFIXES or os.path.lexists(path)


def make_parser() -> argparse.ArgumentParser:
    """The parser of the verbs; without one the window opens."""
    return _make()[0]


def _make() -> tuple[argparse.ArgumentParser, Collection[str]]:
    """The parser, and the verbs that it knows."""
    parser = argparse.ArgumentParser(
        prog="teahouse", description="Chat privately and offline with models on this computer."
    )
    parser.add_argument("--version", action="version", version=f"Teahouse {__version__}")
    parser.set_defaults(opened=[])
    _add_folders(parser)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    _add_ask(verbs.add_parser("ask", help="ask one question, or chat in the terminal"))
    _add_bench(verbs.add_parser("bench", help="measure a model on this computer"))
    for name, text in (
        ("models", "list the models"),
        ("doctor", "what this computer can do"),
        ("privacy", "what is kept where, and every connection that was opened"),
    ):
        verb = verbs.add_parser(name, help=text)
        _add_folders(verb)
        verb.add_argument("--json", action="store_true", help="one JSON object a line")
        if name == "doctor":
            verb.add_argument("--mend", action="store_true", help="put right what can be without a loss")
            verb.add_argument("--thorough", action="store_true", help="also read every byte of the models")
    _add_import(verbs.add_parser("import", help="look at a folder or file with models, and add them"))
    _add_pack(verbs.add_parser("pack", help="put a model into one file, for another computer"))
    _add_screenshot(verbs.add_parser("screenshot", help="a picture of the real window"))
    show = verbs.add_parser("show-once", help="one question through the real window, without a display")
    _add_folders(show)
    show.add_argument("--out", type=Path, default=None, help="where to write the picture of the window")
    return parser, verbs.choices


def _add_folders(parser: argparse.ArgumentParser) -> None:
    # SUPPRESS: a verb's own default must not wipe out what stood before the verb.
    for name, text in (("--data-dir", "conversations, settings and log"), ("--models-dir", "model files")):
        parser.add_argument(name, type=Path, default=argparse.SUPPRESS, metavar="DIR", help=text)


def _add_model(parser: argparse.ArgumentParser) -> None:
    _add_folders(parser)
    parser.add_argument("--model", default="", metavar="REF", help="a folder, a .gguf file or an id")
    parser.add_argument("--precision", choices=_PRECISIONS, default=None)
    parser.add_argument("--context", type=_count, default=None, metavar="N", help="context length, tokens")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def _add_ask(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    parser.add_argument("--max-tokens", type=_count, default=None, metavar="N")
    parser.add_argument("--temperature", type=_temperature, default=None, metavar="T")
    parser.add_argument("--seed", type=int, default=None, metavar="N")
    parser.add_argument("--system", default=None, metavar="TEXT")
    parser.add_argument("--no-save", action="store_true", help="do not keep the exchange")
    parser.add_argument("text", nargs="?", default=None, metavar="TEXT")


def _add_bench(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    parser.add_argument("--prompt-tokens", type=_count, default=512, metavar="N")
    parser.add_argument("--new-tokens", type=_count, default=64, metavar="N")


def _add_import(parser: argparse.ArgumentParser) -> None:
    _add_folders(parser)
    parser.add_argument(
        "path", type=Path, metavar="PATH", help="a folder with one or several models, or a file"
    )
    parser.add_argument("--copy", action="store_true", help="copy into the models folder; else used in place")
    parser.add_argument(
        "--family",
        choices=[family.value for family in Family],
        default="",
        help="the generation, where the files leave it open",
    )
    parser.add_argument("--check-hashes", action="store_true", help="read every byte and compare")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def _add_pack(parser: argparse.ArgumentParser) -> None:
    _add_folders(parser)
    parser.add_argument("model", metavar="MODEL", help="a folder, a .gguf file or an id")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the pack, or its folder")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def _add_screenshot(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--scene", choices=SCENES, required=True)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    parser.add_argument("--theme", choices=["light", "dark"], default="light")
    parser.add_argument("--lang", choices=["zh_CN", "en"], default="en")
    parser.add_argument("--size", type=_size, default=(1280, 800), metavar="WxH")
    parser.add_argument("--scale", type=_scale, default=1.0, metavar="F")


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def _temperature(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 2:
        raise argparse.ArgumentTypeError(f"{text} is not in 0..2")
    return number


def _scale(text: str) -> float:
    number = float(text)
    if not 0.5 <= number <= 4:
        raise argparse.ArgumentTypeError(f"{text} is not in 0.5..4")
    return number


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text} is not WIDTHxHEIGHT")
    size = int(width), int(height)
    if not all(200 <= side <= 8000 for side in size):
        raise argparse.ArgumentTypeError(f"{text} is not between 200x200 and 8000x8000")
    return size
