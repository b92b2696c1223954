"""Speed of the transcript: opening a long conversation, the cost of a token, the smoothness of a stream.

Run as a script; prints one JSON object a line: name, value, unit, target (null where it only informs).
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.fonts=false")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from app.core.chat import MessageStatus, Role
from app.core.records import AnswerFigures, MessageRecord
from app.ui.theme import LIGHT
from app.ui.transcript.view import TranscriptView

_ENGLISH = "The square root is enough because divisors come in pairs and one of them is small. "
_CHINESE = "可以。老人同行，每天只安排**一个主要地点**，午后留出休息时间，晚上早点回去。"
_CODE = "    for divisor in range(2, math.isqrt(number) + 1):  # a pair\n"
_TABLE = "| day | morning | price |\n|---|---|--:|\n| 1 | 西湖游船 | 620 |\n| 2 | tea | 840 |\n"
_LIST = "- one **thing**\n- another\n  - nested\n- `last`\n"


def report(name: str, value: float, unit: str, target: float | None = None) -> None:
    print(json.dumps({"name": name, "value": round(value, 2), "unit": unit, "target": target}), flush=True)


def record(
    number: int, role: Role, text: str, status: MessageStatus = MessageStatus.COMPLETE
) -> MessageRecord:
    return MessageRecord(number, 1, None, role, text, status, 0, figures=AnswerFigures(10, 100, 200, 5000))


def conversation(count: int) -> list[MessageRecord]:
    """Questions and answers of all kinds, the same for every run."""
    rng = random.Random(1)
    kinds = (_ENGLISH * 4, _CHINESE * 5, "```python\n" + _CODE * 8 + "```", _TABLE, _LIST)
    messages = []
    for number in range(1, count + 1):
        if number % 2:
            messages.append(record(number, Role.USER, rng.choice((_ENGLISH, _CHINESE))))
        else:
            parts = rng.choices(kinds, k=rng.randint(1, 5))
            messages.append(record(number, Role.ASSISTANT, "\n\n".join(parts)))
    return messages


def shown_view(app: QApplication) -> TranscriptView:
    view = TranscriptView(LIGHT)
    view.resize(1016, 700)
    view.show()
    app.processEvents()
    return view


def bench_open(app: QApplication) -> None:
    messages = conversation(5_000)
    view = shown_view(app)
    view.set_messages(messages[:6])  # fonts, parser and colours are there when a person opens the second chat
    view.viewport().repaint()
    times = []
    for _ in range(5):
        view.set_messages([])
        view.viewport().repaint()
        started = time.perf_counter()
        view.set_messages(messages)
        view.viewport().repaint()
        times.append((time.perf_counter() - started) * 1000)
    report("transcript_open_5000", sorted(times)[2], "ms", 110)
    rng, jumps = random.Random(2), []
    for _ in range(40):
        started = time.perf_counter()
        view.verticalScrollBar().setValue(rng.randint(0, view.verticalScrollBar().maximum()))
        view.viewport().repaint()
        jumps.append((time.perf_counter() - started) * 1000)
    report("transcript_jump_median", sorted(jumps)[20], "ms")
    report("transcript_jump_worst", max(jumps), "ms")
    view.deleteLater()


def paragraphs(size: int) -> str:
    unit = _ENGLISH * 5 + "\n\n" + _CHINESE * 6 + "\n\n"
    return (unit * (size // len(unit) + 1))[:size]


def bench_token(app: QApplication, name: str, start: str, token: str) -> None:
    """The cost of one drawn token behind `start`: collected, parsed, laid out, painted."""
    view = shown_view(app)
    view.set_messages([record(1, Role.USER, "?"), record(2, Role.ASSISTANT, "", MessageStatus.STREAMING)])
    view.append_text(2, start)
    view._growth.draw_now()
    view.viewport().repaint()
    times = []
    for _ in range(60):
        started = time.perf_counter()
        view.append_text(2, token)
        view._growth.draw_now()
        view.viewport().repaint()
        times.append((time.perf_counter() - started) * 1000)
    report(name, sorted(times)[30], "ms")
    report(name + "_p95", sorted(times)[57], "ms")
    view.deleteLater()


def bench_stream(app: QApplication, name: str, text: str) -> None:
    """The gaps of a 60 Hz timer while `text` comes as fast as the event loop takes it."""
    view = shown_view(app)
    view.set_messages([record(1, Role.USER, "?"), record(2, Role.ASSISTANT, "", MessageStatus.STREAMING)])
    loop, gaps, last = QEventLoop(), [], [time.perf_counter()]
    tokens = iter([text[at : at + 4] for at in range(0, len(text), 4)])

    def feed() -> None:
        for _ in range(4):  # four tokens for one turn of the loop, as a queue of signals would
            token = next(tokens, None)
            if token is None:
                loop.quit()
                return
            view.append_text(2, token)

    def tick() -> None:
        now = time.perf_counter()
        gaps.append((now - last[0]) * 1000)
        last[0] = now

    feeder, clock = QTimer(), QTimer()
    feeder.timeout.connect(feed)
    clock.timeout.connect(tick)
    feeder.start(1)
    clock.start(16)
    last[0] = time.perf_counter()
    loop.exec()
    clock.stop()
    started = time.perf_counter()
    view.replace(2, record(2, Role.ASSISTANT, text))
    view.viewport().repaint()
    report(name + "_finish", (time.perf_counter() - started) * 1000, "ms")
    gaps.sort()
    report(name + "_p99_gap", gaps[int(len(gaps) * 0.99)], "ms", 33)
    report(name + "_worst_gap", gaps[-1], "ms")
    view.deleteLater()


def main() -> None:
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    bench_open(app)
    for size in (1_000, 10_000, 50_000):
        bench_token(app, f"transcript_token_prose_{size}", paragraphs(size), "tea ")
        code = "```python\n" + (_CODE * (size // len(_CODE) + 1))[:size]
        bench_token(app, f"transcript_token_code_{size}", code, "x += 1\n")
        giant = (_ENGLISH * (size // len(_ENGLISH) + 1))[:size]
        bench_token(app, f"transcript_token_one_paragraph_{size}", giant, "tea ")
        items = "- an item of a list that grows\n" * (size // 31)
        bench_token(app, f"transcript_token_one_list_{size}", items, "- tea\n")
    bench_stream(app, "transcript_stream_50000", paragraphs(50_000))
    bench_stream(app, "transcript_stream_code_50000", "```python\n" + (_CODE * 800)[:50_000])
    bench_stream(
        app,
        "transcript_stream_table_20000",
        "| a | b | c |\n|---|---|---|\n" + "| one | two | 三 |\n" * 1_100,
    )


if __name__ == "__main__":
    main()
