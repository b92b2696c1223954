"""Speed of the storage on this machine: one JSON object a line, with the target where there is one.

Builds a database of 100,000 messages of Chinese and English text (frequencies as in real text: the most
frequent character stands in nearly every message), then measures what a person waits for.
"""

from __future__ import annotations

import itertools
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from app.core.chat import MessageStatus
from app.core.engine import GenerationParams
from app.core.paths import AppPaths
from app.core.records import ReplyOutcome, SearchFilter
from app.storage import search_index
from app.storage.health import find_damage
from app.storage.opening import open_store
from app.storage.store import Store

MESSAGES = 100_000
LONG = 5_000
FREQUENT = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实"
)
RARE_FROM, RARE_TO = 0x4E00, 0x5E00
COMMON_WORD, RARE_WORD = "中国", "龙井"
MODEL_OF_FEW = "seldom used"


def report(name: str, value: float, unit: str, target: float | None = None) -> None:
    """One line of the record."""
    print(json.dumps({"name": name, "value": round(value, 2), "unit": unit, "target": target}), flush=True)


def median_ms(job: Callable[[], object], times: int = 9) -> float:
    """The median duration of `job` in milliseconds; the first run counts too."""
    durations = []
    for _ in range(times):
        start = time.perf_counter()
        job()
        durations.append((time.perf_counter() - start) * 1000)
    return statistics.median(durations)


def worst_ms(job: Callable[[], object], times: int = 9) -> float:
    """The longest duration of `job`, the first (cold) run included."""
    durations = []
    for _ in range(times):
        start = time.perf_counter()
        job()
        durations.append((time.perf_counter() - start) * 1000)
    return max(durations)


def sample_texts(rng: random.Random) -> Iterator[str]:
    """Messages as people and models write them: short questions, longer answers, seven of ten in Chinese."""
    characters = FREQUENT + "".join(chr(code) for code in range(RARE_FROM, RARE_TO))
    weights = [1 / (rank + 2) for rank in range(len(characters))]
    chinese = "".join(rng.choices(characters, weights, k=3_000_000))
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = [
        "the",
        "of",
        "and",
        "to",
        "in",
        *("".join(rng.choices(letters, k=rng.randint(2, 10))) for _ in range(9000)),
    ]
    english = rng.choices(words, [1 / (rank + 1) for rank in range(len(words))], k=600_000)
    for number in range(1, MESSAGES + 1):
        length = rng.randint(8, 60) if number % 2 else rng.randint(60, 600)
        if number % 10 < 7:
            start = rng.randrange(len(chinese) - length)
            text = chinese[start : start + length]
        else:
            start = rng.randrange(len(english) - length)
            text = " ".join(english[start : start + max(2, length // 5)])
        if number % 37 == 0:
            text += COMMON_WORD
        if number % 9973 == 0:
            text += RARE_WORD
        yield text


def build(store: Store) -> int:
    """Fill the database; returns the id of the conversation of `LONG` messages."""
    rng = random.Random(20250101)
    database = store._database
    now = 1_700_000_000_000
    with database.transaction(durable=False):
        conversations = [
            database.insert(
                "INSERT INTO conversation(uuid, title, created_at, updated_at) VALUES(?, ?, ?, ?)",
                (f"bench-{number}", f"Conversation {number}", now, now + number),
            )
            for number in range(1 + (MESSAGES - LONG) // 100)
        ]
        database.execute_many(
            "INSERT INTO message(id, conversation_id, parent_id, role, text, status, model_ref, created_at) "
            "VALUES(?, ?, ?, ?, ?, 'COMPLETE', ?, ?)",
            _rows(rng, conversations, now),
        )
        database.execute(
            "UPDATE conversation SET tip_message_id = "
            "(SELECT max(id) FROM message WHERE conversation_id = conversation.id)"
        )
    with database.transaction():
        search_index.rebuild(database)
    return conversations[0]


def _rows(
    rng: random.Random, conversations: list[int], now: int
) -> Iterator[tuple[int, int, int | None, str, str, str, int]]:
    for number, text in enumerate(sample_texts(rng), start=1):
        at = 0 if number <= LONG else 1 + (number - LONG - 1) // 100
        first = number == 1 or (number > LONG and (number - LONG) % 100 == 1)
        role = "user" if number % 2 else "assistant"
        model = "" if number % 2 else MODEL_OF_FEW if number % 10_000 == 0 else "starter"
        yield number, conversations[at], None if first else number - 1, role, text, model, now + number * 1000


def measure_search(store: Store) -> None:
    """First 50 hits, newest first; the worst of nine runs counts."""
    few = SearchFilter(model_ref=MODEL_OF_FEW)
    day = SearchFilter(after=1_700_000_000_000, before=1_700_000_000_000 + 50 * 1000)
    cases: tuple[tuple[str, str, SearchFilter], ...] = (
        ("two_character_word_common", COMMON_WORD, SearchFilter()),
        ("two_character_word_rare", RARE_WORD, SearchFilter()),
        ("two_character_word_absent", "井龙", SearchFilter()),
        ("two_frequent_characters", "的是", SearchFilter()),
        ("single_character", "龙", SearchFilter()),
        ("most_frequent_character", "的", SearchFilter()),
        ("filter_one_in_10000", "的", few),
        ("filter_oldest_50_messages", "的", day),
        ("four_frequent_characters", "的一是不", SearchFilter()),
        ("two_words", "的 中国", SearchFilter()),
        ("english_word", "the", SearchFilter()),
        ("english_beginning_of_one_letter", "t", SearchFilter()),
    )
    for name, query, narrowed in cases:
        found = len(store.search(query, filter=narrowed))
        worst = worst_ms(lambda query=query, narrowed=narrowed: store.search(query, filter=narrowed))
        report(f"search_{name}_worst", worst, f"ms ({found} hits)", 50)


def measure_writing(store: Store) -> None:
    """What is between a key and a stored row."""
    params = GenerationParams()
    replies: list[int] = []

    def exchange() -> None:
        replies.append(store.begin_exchange(None, "一个问题 " * 8, model_ref="m", params=params).reply.id)

    report("begin_exchange_median", median_ms(exchange, 51), "ms")
    texts = itertools.count()  # another text each time: SQLite does not write what is the same

    def long_text() -> str:
        return "x" * (next(texts) % 97) + "很长的回答。" * 8333  # 50,000 characters, none where it was before

    def save_partial() -> None:
        store.save_partial(replies[0], long_text())

    def finish() -> None:
        store.finish_reply(replies[0], ReplyOutcome(long_text(), MessageStatus.COMPLETE))

    report("save_partial_50000_characters_median", median_ms(save_partial, 21), "ms")
    report("finish_reply_50000_characters_median", median_ms(finish, 5), "ms")
    report("save_draft_median", median_ms(lambda: store.save_draft(None, f"typing {next(texts)}"), 51), "ms")


def measure_copy(store: Store) -> None:
    """The longest time that a copy in the background keeps other jobs waiting."""
    steps = []
    finished = False
    while not finished:
        start = time.perf_counter()
        finished = store.backup_step()
        steps.append((time.perf_counter() - start) * 1000)
    report("copy_whole", sum(steps), "ms")
    report("copy_longest_step", max(steps[:-1]), "ms")
    report("copy_last_step_with_check", steps[-1], "ms")


def main() -> None:
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as folder:
        paths = AppPaths(Path(folder) / "data", Path(folder) / "models")
        store, _ = open_store(paths)
        start = time.perf_counter()
        long_conversation = build(store)
        report("build_100000_messages", time.perf_counter() - start, "s", 30)
        measure_copy(store)
        store.close()
        report("database_size", paths.database.stat().st_size / 1e6, "MB")
        start = time.perf_counter()
        store, _ = open_store(paths)
        report("open_store_with_check", (time.perf_counter() - start) * 1000, "ms")
        report("list_of_conversations", median_ms(store.conversations), "ms")
        opening = worst_ms(lambda: store.open_conversation(long_conversation))
        report(f"open_conversation_{LONG}_messages_worst", opening, "ms", 150)
        measure_search(store)
        measure_writing(store)
        thorough = median_ms(lambda: find_damage(store._database.connection, thorough=True), 1)
        report("thorough_check", thorough, "ms")
        store.close()


if __name__ == "__main__":
    main()
