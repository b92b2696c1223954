"""How the page of third-party licences looks: once for a browser, once in plain text, of the same parts.

Knows parts and texts as values. Each text stands once, however many parts it is for. The page
(`licence_page.html`) needs nothing from elsewhere: no script, no picture, no font.
"""

from __future__ import annotations

import html as markup
import re
from collections.abc import Iterable
from string import Template

from layout import APP_NAME, APP_NAME_ZH, ROOT, version
from licence_sources import Part, Text, read_introduction

TEMPLATE = ROOT / "packaging" / "licence_page.html"
_QT = re.compile(r"^(pyside6|shiboken6)", re.IGNORECASE)


def html(parts: list[Part]) -> str:
    """The page for a browser."""
    texts = unique_texts(parts)
    places = {_key(text): f"text-{number}" for number, text in enumerate(texts, 1)}
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=f"{APP_NAME} {version()}",
        heading=f"Software by others in {APP_NAME} {version()}<br>{APP_NAME_ZH} {version()} 所含的第三方软件",
        introduction="\n".join(f"<p>{_linked(paragraph)}</p>" for paragraph in introduction(parts)),
        parts_heading=f"Software · 软件（{len(parts)}）",
        parts="\n".join(_article(part, places) for part in parts),
        texts_heading=f"Licences · 许可证全文（{len(texts)}）",
        texts="\n".join(_section(text, places[_key(text)]) for text in texts),
    )


def plain(parts: list[Part]) -> str:
    """The same as text, for whoever has no browser."""
    rule = "=" * 80
    blocks = [f"{APP_NAME} {version()}: software by others, and its licences", *introduction(parts)]
    blocks += ["\n".join(_lines(part)) for part in parts]
    blocks += [f"{rule}\n{text.title}\n{rule}\n\n{text.body}" for text in unique_texts(parts)]
    return "\n\n".join(blocks) + "\n"


def introduction(parts: Iterable[Part]) -> list[str]:
    """What is said before the list: ours, and what Qt's licence asks for where Qt is inside."""
    said = read_introduction()
    return said["own"] + (said["qt"] if any(_QT.match(part.name) for part in parts) else [])


def unique_texts(parts: Iterable[Part]) -> list[Text]:
    """Every text once, in the order of the parts; line breaks do not make another text."""
    found: dict[str, Text] = {}
    for part in parts:
        for text in part.texts:
            found.setdefault(_key(text), text)
    return list(found.values())


def _key(text: Text) -> str:
    return " ".join(text.body.split())


def _lines(part: Part) -> list[str]:
    lines = [f"* {part.name} {part.version}".rstrip(), f"  {part.licence}"]
    lines += [f"  {line}" for line in (*part.copyright, part.source, part.reason) if line]
    if part.texts:
        lines.append(f"  Text below: {', '.join(dict.fromkeys(text.title for text in part.texts))}")
    return lines + [f"  - {line}" for line in part.made_of]


def _article(part: Part, places: dict[str, str]) -> str:
    head = f"<h3>{markup.escape(f'{part.name} {part.version}'.strip())}</h3>"
    lines = [line for line in (*part.copyright, part.source, part.reason) if line]
    paragraphs = [f"<p>{_licence(part, places)}</p>", *(f"<p>{_linked(line)}</p>" for line in lines)]
    if part.made_of:
        items = "".join(f"<li>{markup.escape(line)}</li>" for line in part.made_of)
        summary = f"<summary>{len(part.made_of)} parts · 组成部分</summary>"
        paragraphs.append(f"<details>{summary}<ul>{items}</ul></details>")
    return f"<article>{head}{''.join(paragraphs)}</article>"


def _licence(part: Part, places: dict[str, str]) -> str:
    """The name of a licence, itself a link where its text bears that name, and links to the other texts."""
    links = {
        text.title: f'<a href="#{places[_key(text)]}">{markup.escape(text.title)}</a>' for text in part.texts
    }
    name = links.pop(part.licence, markup.escape(part.licence))
    return " · ".join([name, *links.values()])


def _section(text: Text, place: str) -> str:
    """A text, always open: not every browser opens a closed one when a link leads into it."""
    body = markup.escape(text.body)
    return f'<section id="{place}"><h3>{markup.escape(text.title)}</h3><pre>{body}</pre></section>'


def _linked(line: str) -> str:
    """Escaped, with addresses as links."""
    escaped = markup.escape(line, quote=False)
    return re.sub(r"https?://[\w./%#~-]*[\w/]", lambda found: f'<a href="{found[0]}">{found[0]}</a>', escaped)
