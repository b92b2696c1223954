"""Random Markdown for the property tests: every construct next to every other, whole and broken."""

from __future__ import annotations

import random

_WORDS = (
    "茶馆",
    "重点",
    "模型",
    "“引用”",
    "，。：",
    "word",
    "some-thing",
    "12",
    "3.5",
    "**粗体**",
    "**“重点”**",
    "*斜*",
    "~~删~~",
    "`code`",
    "``a`b``",
    "[文字](https://例.cn/路)",
    "[x](javascript:1)",
    "![图](http://p/q.png)",
    "<https://a.b>",
    "<b>html</b>",
    "&amp;",
    "&#x4e2d;",
    "\\*",
    "**",
    "*",
    "_",
    "`",
    "~~",
    "[",
    "]",
    "(",
    "|",
    "<",
    ">",
    "[^1]",
    "[ref]",
    "<|im_end|>",
    "\u3000",
)
_MARKERS = ("- ", "* ", "+ ", "1. ", "2. ", "10. ", "1) ", "-   ", "-\t", "-", "1.", "- [ ] ")
_LINES = (
    "",
    "",
    "",
    "   ",
    "---",
    "===",
    "- - -",
    "***",
    "```",
    "```py",
    "````",
    "~~~",
    "``` a`b",
    "| a | b |",
    "|---|:-:|",
    "--|--",
    "a | b",
    "| 一 | 二 | 三 |",
    "|",
    "[ref]: https://example.com 'T'",
    "[^1]: 注",
    "# 标题 #",
    "##",
    "###### six",
    "    code",
    "\tcode",
    ">",
    "> ",
    "\u3000\u3000",
    "$$",
)


def inline(rng: random.Random) -> str:
    joint = rng.choice((" ", "", " "))
    return joint.join(rng.choice(_WORDS) for _ in range(rng.randint(1, 8)))


def line(rng: random.Random) -> str:
    prefix = "".join(
        rng.choice(("", "", "", " ", "  ", "   ", "    ", "> ", ">", "\t", rng.choice(_MARKERS)))
        for _ in range(rng.randint(0, 3))
    )
    body = rng.choice(_LINES) if rng.random() < 0.4 else inline(rng)
    return prefix + body + rng.choice(("", "", "", "  ", "\\"))


def block(rng: random.Random) -> list[str]:
    """A construct as a model writes it."""
    match rng.randint(0, 7):
        case 0:
            mark = rng.choice(_MARKERS)
            loose = rng.random() < 0.3
            indent = rng.choice(("", "", " ", "  "))
            lines = []
            for number in range(rng.randint(1, 6)):
                lines.append(f"{indent}{mark if '1' not in mark else f'{number + 1}. '}{inline(rng)}")
                if rng.random() < 0.4:
                    lines += [f"{indent}   " + text for text in block(rng)]
                if loose:
                    lines.append("")
            return lines
        case 1:
            columns = rng.randint(1, 4)
            rows = [[inline(rng).replace("|", "") for _ in range(columns)] for _ in range(rng.randint(1, 5))]
            head, *body = ["| " + " | ".join(row) + " |" for row in rows]
            return [head, "|" + "---|" * columns, *body]
        case 2:
            fence = rng.choice(("```", "~~~", "````"))
            code = [
                rng.choice(("x = 1", "", "  y", "> z", "- k", "``", "|")) for _ in range(rng.randint(0, 5))
            ]
            return [fence + rng.choice(("", "py")), *code, *([fence] if rng.random() < 0.9 else [])]
        case 3:
            return ["> " + text for text in block(rng)]
        case 4:
            return [inline(rng), rng.choice(("===", "---", "-", "= ="))]
        case 5:
            return ["#" * rng.randint(1, 7) + " " + inline(rng)]
        case _:
            return [inline(rng) for _ in range(rng.randint(1, 4))]


def document(rng: random.Random) -> str:
    """A whole text. Half of it is made of well-formed constructs, the rest of lines thrown together."""
    lines: list[str] = []
    for _ in range(rng.randint(1, 7)):
        if rng.random() < 0.6:
            lines += block(rng)
            lines += [""] * rng.choice((0, 1, 1, 1, 2))
        else:
            lines += [line(rng) for _ in range(rng.randint(1, 5))]
    end = rng.choice(("\n", "\n", "\n", "\r\n", "\r"))
    return end.join(lines) + rng.choice(("", end))


def chunks(rng: random.Random, text: str) -> list[str]:
    """Cut a text into pieces as tokens do, or at single characters, or in large parts."""
    longest = rng.choice((1, 4, 12, 200))
    parts = []
    at = 0
    while at < len(text):
        size = rng.randint(1, longest)
        parts.append(text[at : at + size])
        at += size
    return parts
