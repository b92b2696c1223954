"""Invented conversations for pictures: what the scenes of `screenshot` show. Never used by the app itself."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.chat import FinishReason, MessageStatus
from app.core.engine import GenerationParams
from app.core.errors import ErrorCode, ErrorInfo
from app.core.records import AnswerFigures, ReplyOutcome
from app.storage.store import Store

_FIGURES = AnswerFigures(prompt_tokens=812, output_tokens=196, first_token_ms=640, duration_ms=13_800)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and its answer."""

    question: str
    answer: str


_TITLES = {
    "zh_CN": ("给房东的英文邮件", "读《围城》的笔记", "Excel 里怎么去掉重复行", "年会主持词", "番茄炖牛腩"),
    "en": (
        "Email to my landlord",
        "Notes on a novel",
        "Remove duplicate rows",
        "Toast for a dinner",
        "Beef stew",
    ),
}
_PINNED = {"zh_CN": "孩子的数学作业", "en": "Homework with the children"}
_CHAT = {
    "zh_CN": (
        Exchange(
            "带两位老人去杭州玩三天，走路不能太多，预算三千以内，帮我排一下。",
            "可以。老人同行，每天只安排**一个主要地点**，午后留出休息时间：\n\n"
            "| 日期 | 上午 | 下午 | 交通 | 花费 |\n| --- | --- | --- | --- | --- |\n"
            "| 第一天 | 西湖游船，花港观鱼 | 茶馆休息，看夕阳 | 打车 | 620 元 |\n"
            "| 第二天 | 灵隐寺（乘电瓶车） | 龙井村喝茶 | 包车半天 | 840 元 |\n"
            "| 第三天 | 中国茶叶博物馆 | 返程 | 地铁 | 310 元 |\n\n"
            "合计约 **1,770 元**，加上两晚住宿 1,100 元，总共不到三千。若遇下雨，把第一天与第三天对调即可。",
        ),
        Exchange(
            "第二天中午在哪里吃比较清淡？",
            "灵隐寺门口的素斋很合适，少油少盐，老人容易消化。想坐得舒服一些，可以到龙井村：\n\n"
            "- 先问清楚有没有**软座**和安静的位置\n- 点菜时说明少盐、少油\n  - 推荐清蒸、白灼的做法\n"
            "- 餐后喝一杯龙井再走",
        ),
    ),
    "en": (
        Exchange(
            "How do I brew green tea so that it does not turn bitter?",
            "Green tea likes water that is **not quite boiling**. A simple way:\n\n"
            "1. Warm the pot, then pour the water away.\n2. Add about 3 g of leaves for every 150 ml.\n"
            "3. Pour water at 80 °C and wait two minutes.\n\n"
            "| Tea | Water | Time |\n| --- | --- | --- |\n| Green | 80 °C | 2 min |\n"
            "| Oolong | 90 °C | 3 min |\n| Black | 100 °C | 4 min |\n\n"
            "> Leaves that taste bitter were steeped too hot, not too long.",
        ),
        Exchange(
            "Can I use the same leaves twice?",
            "Yes, good leaves give two or three infusions. Make each a little longer:\n\n"
            "- first: two minutes\n- second: two and a half\n- third: four, and a bit hotter",
        ),
    ),
}
_CODE = {
    "zh_CN": Exchange(
        "怎么判断一个数是不是质数？为什么只要除到平方根就够了？",
        "如果从 2 到 √*n* 都不能整除 *n*，它就是质数。因数总是成对出现，较小的那个不会超过平方根：\n\n"
        "```python\nimport math\n\n\ndef is_prime(n: int) -> bool:\n    if n < 2:\n        return False\n"
        "    for d in range(2, math.isqrt(n) + 1):\n        if n % d == 0:\n"
        "            return False      # 找到一对因数 (d, n // d)\n    return True\n```\n\n"
        "对 97 来说，循环到 9 就停：2 到 9 都不能整除 97，所以 97 是质数。",
    ),
    "en": Exchange(
        "How do I check whether a number is prime, and why is the square root enough?",
        "A number *n* is prime if nothing from 2 up to √*n* divides it. The square root is enough because "
        "divisors come in pairs, and the smaller one never exceeds it:\n\n"
        "```python\nimport math\n\n\ndef is_prime(n: int) -> bool:\n    if n < 2:\n        return False\n"
        "    for d in range(2, math.isqrt(n) + 1):\n        if n % d == 0:\n"
        "            return False      # found a pair (d, n // d)\n    return True\n```\n\n"
        "For 97 the loop stops at 9: none of 2…9 divides it, so 97 is prime.",
    ),
}
_ERROR_PART = {
    "zh_CN": "灵隐寺门口的素斋很合适，少油少盐，老人容易消化；如果想坐得舒服一些，可以到",
    "en": "Yes, good leaves give two or three infusions. Make each a little",
}
_CHAT_TITLE = {"zh_CN": "杭州三日游的安排", "en": "Brewing green tea"}
_CODE_TITLE = {"zh_CN": "怎么判断质数", "en": "Prime numbers, explained"}
_VERSIONS = {
    "zh_CN": ("可以去龙井村，那里有不少清淡的家常菜。", "灵隐寺门口有素斋，清淡，也不用走远。"),
    "en": ("Yes, at least once more.", "Yes. Use hotter water the second time."),
}
SEARCH_WORD = {"zh_CN": "老人", "en": "tea"}
LIVE_QUESTION = {
    "zh_CN": "怎么泡绿茶才不苦？",
    "en": "How do I brew green tea so that it does not turn bitter?",
}
QUEUED_QUESTION = {"zh_CN": "同样的茶叶能泡第二次吗？", "en": "Can I use the same leaves twice?"}


def fill(store: Store, scene: str, language: str) -> int | None:
    """Put a scene's conversations into an empty store; gives the one to open, None for the new chat."""
    for title in reversed(_TITLES[language]):
        _converse(store, Exchange(title, "…"), title)
    pinned = _converse(store, Exchange(_PINNED[language], "…"), _PINNED[language])
    store.set_pinned(pinned, True)
    if scene == "bin":
        for conversation in store.conversations()[1:4]:
            store.delete_conversation(conversation.id)
    if scene == "code":
        return _converse(store, _CODE[language], _CODE_TITLE[language])
    if scene not in ("chat", "error", "search", "versions"):
        return None
    first, second = _CHAT[language]
    conversation_id = _converse(store, first, _CHAT_TITLE[language])
    if scene == "error":
        error = ErrorInfo(ErrorCode.ENGINE_CRASHED, {"exit_code": "-9"})
        failed = ReplyOutcome(_ERROR_PART[language], MessageStatus.FAILED, error=error)
        _add(store, second.question, failed, conversation_id)
    elif scene == "versions":
        _add_versions(store, second, _VERSIONS[language], conversation_id)
    else:
        _add(store, second.question, _complete(second.answer), conversation_id)
    return conversation_id


def _converse(store: Store, exchange: Exchange, title: str = "") -> int:
    conversation_id = _add(store, exchange.question, _complete(exchange.answer), None)
    if title:
        store.rename(conversation_id, title)
    return conversation_id


def _add_versions(store: Store, exchange: Exchange, others: tuple[str, str], conversation_id: int) -> None:
    """Three answers to one question; the second one, the longest, is shown."""
    earlier, later = others
    first = store.begin_exchange(
        conversation_id, exchange.question, model_ref="demo", params=GenerationParams()
    ).reply
    store.finish_reply(first.id, _complete(earlier))
    shown = first
    for answer in (exchange.answer, later):
        again = store.begin_regeneration(first.id, model_ref="demo", params=GenerationParams()).reply
        store.finish_reply(again.id, _complete(answer))
        shown = again if answer == exchange.answer else shown
    store.select_version(conversation_id, shown.id)


def _complete(answer: str) -> ReplyOutcome:
    return ReplyOutcome(answer, MessageStatus.COMPLETE, finish_reason=FinishReason.STOP, figures=_FIGURES)


def _add(store: Store, question: str, outcome: ReplyOutcome, conversation_id: int | None) -> int:
    exchange = store.begin_exchange(conversation_id, question, model_ref="demo", params=GenerationParams())
    store.finish_reply(exchange.reply.id, outcome)
    return exchange.conversation.id
