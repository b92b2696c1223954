"""Figures of Markdown and of colours, as JSON lines: what one more token costs in answers of growing length.

A token is four characters. For each kind of answer the cost is taken over the 400 tokens around each length,
so that ends of lines, items and rows are among them. The aim is that a token costs the same at any length: at
50,000 characters at most twice what it costs at 1,000.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable

from app.ui.transcript.blocks import CodeBlock
from app.ui.transcript.highlight import IncrementalHighlighter, highlight
from app.ui.transcript.markdown import parse
from app.ui.transcript.stream import MarkdownStream

TOKEN = 4
LENGTHS = (1_000, 10_000, 50_000)
WINDOW = 400  # tokens measured around each length
FRAME_MS = 33.0  # the transcript is painted this often while an answer streams

PROSE = (
    "## 泡一壶好茶\n\n泡茶的**水温**很重要：绿茶要 `80 °C`，红茶要沸水。"
    "A good kettle helps, but patience helps more.\n\n"
    "1. 温壶\n2. 投茶，**每 100 毫升水约 3 克**\n3. 冲泡\n   - 第一泡：30 秒\n   - 第二泡：45 秒\n\n"
    "| 茶 | 水温 |\n|---|---|\n| 绿茶 | 80 |\n| 红茶 | 95 |\n\n```python\ndef brew(grams: int) -> str:\n"
    '    return f"{grams} g"\n```\n\n> 茶之为饮，发乎神农氏。\n\n'
)
KINDS = {
    "prose": PROSE,
    "one paragraph": "一行**重点**字和 some plain words, 再来 `code` 一点。\n",
    "one line": "没有换行的一段话，**重点** with words and `code`，一直说下去。",
    "one list": "- 项目 **重点** some words of an item\n  - 内层 `code`\n",
    "one table": "| 名称 | some **value** | 12345 |\n",
    "one code block": "    total = total + price * 2  # 合计\n",
    "one quote": "> 引用的一行，with **重点**。\n",
}
HEADS = {"one table": "| a | b | c |\n|---|:-:|--:|\n", "one code block": "```python\n"}


def tell(name: str, value: float, unit: str, target: float | None = None) -> None:
    print(
        json.dumps(
            {"name": name, "value": round(value, 4), "unit": unit, "target": target}, ensure_ascii=False
        )
    )


def milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def answer(kind: str) -> str:
    part = KINDS[kind]
    length = LENGTHS[-1] + WINDOW * TOKEN
    return (HEADS.get(kind, "") + part * (length // len(part) + 1))[:length]


def measure_tokens(name: str, text: str, append: Callable[[str], object]) -> None:
    costs = [milliseconds(lambda at=at: append(text[at : at + TOKEN])) for at in range(0, len(text), TOKEN)]
    means = {}
    for length in LENGTHS:
        middle = length // TOKEN
        window = sorted(costs[max(0, middle - WINDOW // 2) : middle + WINDOW // 2])
        means[length] = statistics.fmean(window)
        tell(f"token, {name}, at {length}: mean", means[length], "ms", 5.0)
        tell(f"token, {name}, at {length}: p99", window[len(window) * 99 // 100], "ms", FRAME_MS)
    tell(
        f"token, {name}: mean at {LENGTHS[-1]} / {LENGTHS[0]}",
        means[LENGTHS[-1]] / means[LENGTHS[0]],
        "",
        2.0,
    )
    tell(f"token, {name}: worst", max(costs), "ms")


def main() -> None:
    tell("first parse, with its imports", milliseconds(lambda: parse("**a**")), "ms", 150.0)
    for kind in KINDS:
        text = answer(kind)
        stream = MarkdownStream()
        measure_tokens(kind, text, stream.append)
        tell(f"finish, {kind}, {len(text)} characters", milliseconds(stream.finish), "ms")
        if tuple(stream.blocks) != parse(text):
            raise SystemExit(f"{kind}: the stream does not end as the text is parsed")
    for kind in KINDS:
        text = answer(kind)[: LENGTHS[-1]]
        tell(
            f"parse, {kind}, {len(text)} characters",
            min(milliseconds(lambda text=text: parse(text)) for _ in range(3)),
            "ms",
        )
    tell("first colours, with their imports", milliseconds(lambda: highlight("x = 1", "python")), "ms", 150.0)
    (top,) = parse(answer("one code block"))
    if not isinstance(top.block, CodeBlock):
        raise SystemExit("the code is no code block")
    measure_tokens("colours of python", top.block.text, IncrementalHighlighter("python").append)
    code = top.block.text[: LENGTHS[-1]]
    tell(f"colours, python, {len(code)} characters", milliseconds(lambda: highlight(code, "python")), "ms")


if __name__ == "__main__":
    main()
