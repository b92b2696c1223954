"""Search: Chinese words inside sentences, any text as a query, filters, order, snippets."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.chat import Role
from app.core.records import SearchFilter
from app.storage.search_text import SNIPPET_LENGTH, index_form, make_snippet, match_expression
from app.storage.store import Store
from tests.helpers.storage_fixtures import PARAMS, answer, ask, opened, paths_in, talk

MODEST = settings(
    derandomize=True,
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
ANY = SearchFilter()
SCRIPTS = st.text(
    alphabet=st.one_of(
        st.sampled_from("的一是不了在人有我他这中国茶馆龙井𠀀𰻞アがㄅ한글ภาษา"),
        st.sampled_from("abcXYZ019 éßﬁＡ１Ωя"),
        st.sampled_from(" \n，。！?\"'*():^-+AND OR NEAR\0\u0301\u200d🍵"),
        st.characters(exclude_categories=("Cs",)),
    ),
    min_size=1,
    max_size=40,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened(paths_in(tmp_path_factory.mktemp("search"))) as (store, _):
        yield store


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Store]:
    with opened(paths_in(tmp_path)) as (store, _):
        yield store


def found(store: Store, query: str, narrowed: SearchFilter = ANY) -> list[str]:
    return [hit.snippet for hit in store.search(query, filter=narrowed)]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("今天天气很好，我们去茶馆喝茶。", "茶馆"),
        ("今天天气很好，我们去茶馆喝茶。", "茶"),
        ("今天天气很好，我们去茶馆喝茶。", "天气 喝茶"),
        ("用GLM模型回答", "GLM"),
        ("用GLM模型回答", "glm模型"),
        ("用GLM模型回答", "模型 gl"),
        ("𠀀𰻞面很好吃", "𰻞面"),
        ("お茶をのみます", "のみ"),
        ("한국어를 배웁니다", "국어"),
        ("ดื่มชาเขียว", "ชาเขียว"),
        ("Ein Café in Zürich", "cafe zur"),
        ("ＦＵＬＬ，ＷＩＤＴＨ", "full wid"),
        ("Straße", "strasse"),
        ("Drink 🍵 now", "🍵"),
        ("don't panic", "don't"),
        ('print("hello world")', "hello world"),
    ],
)
def test_words_are_found(fresh: Store, text: str, query: str) -> None:
    talk(fresh, text, "-")
    talk(fresh, "nothing of that", "別の")
    assert found(fresh, query) == [text]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("馆茶", "茶馆"),
        ("茶的馆", "茶馆"),
        ("hello", "ell"),
        ("helloworld", "hello world"),
        ("worldwide hello", "world hello"),
        ("only one word", "one missing"),
    ],
)
def test_what_is_not_there_is_not_found(fresh: Store, text: str, query: str) -> None:
    talk(fresh, text, "-")
    assert found(fresh, query) == []


def test_a_space_ends_the_last_word(fresh: Store) -> None:
    talk(fresh, "worldwide", "-")
    assert found(fresh, "world") == ["worldwide"]
    assert found(fresh, "world ") == []


@given(query=SCRIPTS)
@MODEST
def test_any_text_may_be_asked(store: Store, query: str) -> None:
    store.search(query)
    store.search(query, filter=SearchFilter(role=Role.USER, model_ref=query))


@given(text=SCRIPTS, data=st.data())
@MODEST
def test_every_piece_cut_at_words_is_found(store: Store, text: str, data: st.DataObject) -> None:
    """Any run of tokens of a stored message finds that message."""
    tokens = index_form(text).split()
    if not tokens:
        return
    started = ask(store, "x" + text)  # a letter before, so that even a text of spaces is a message
    answer(store, started.reply.id, text)
    first = data.draw(st.integers(0, len(tokens) - 1))
    last = data.draw(st.integers(first, len(tokens) - 1))
    query = " ".join(tokens[first : last + 1])
    narrowed = SearchFilter(conversation_id=started.conversation.id, role=Role.ASSISTANT)
    hits = store.search(query, filter=narrowed)
    assert [hit.message_id for hit in hits] == [started.reply.id]
    whole = store.search(text, filter=narrowed)
    assert [hit.message_id for hit in whole] == [started.reply.id]
    for hit in (*hits, *whole):
        assert all(at >= 0 and size > 0 and at + size <= len(hit.snippet) for at, size in hit.marks)


def test_every_character_folds_to_letters_digits_and_spaces_that_the_index_keeps(fresh: Store) -> None:
    """What is folded cannot be syntax, and the index drops no token of it."""
    characters = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) != "Cs"]
    folded = {index_form(character) for character in characters}
    tokens = {token for form in folded for token in form.split()}
    assert all(unicodedata.category(c)[0] in "LN" for token in tokens for c in token)
    database = fresh._database
    with database.transaction():
        database.execute(
            "CREATE VIRTUAL TABLE probe USING fts5(body, tokenize='unicode61 remove_diacritics 0')"
        )
        database.execute("INSERT INTO probe VALUES(?)", (" ".join(sorted(tokens)),))
        database.execute("CREATE VIRTUAL TABLE probe_terms USING fts5vocab(probe, row)")
    kept = {str(row[0]) for row in database.rows("SELECT term FROM probe_terms")}
    lost = {token for token in tokens if token not in kept and token.casefold() not in kept}
    assert {ascii(token) for token in lost} == set()


def test_newest_first_and_no_more_than_the_limit(fresh: Store) -> None:
    for number in range(8):
        talk(fresh, f"茶 number {number}", "ok")
    hits = fresh.search("茶", limit=5)
    assert [hit.snippet for hit in hits] == [f"茶 number {number}" for number in (7, 6, 5, 4, 3)]
    assert fresh.search("茶", limit=0) == []


def test_filters(fresh: Store) -> None:
    first = talk(fresh, "茶 asked", "茶 answered")
    started = ask(fresh, "茶 elsewhere")
    regenerated = fresh.begin_regeneration(started.reply.id, model_ref='big model/7 "x"', params=PARAMS)
    answer(fresh, regenerated.reply.id, "茶 by the big one")
    assert found(fresh, "茶", SearchFilter(conversation_id=first)) == ["茶 answered", "茶 asked"]
    assert found(fresh, "茶", SearchFilter(role=Role.USER)) == ["茶 elsewhere", "茶 asked"]
    assert found(fresh, "茶", SearchFilter(model_ref='big model/7 "x"')) == ["茶 by the big one"]
    assert found(fresh, "茶", SearchFilter(model_ref="none")) == []
    assert found(fresh, "茶", SearchFilter(conversation_id=first, role=Role.ASSISTANT)) == ["茶 answered"]


def test_dates_are_exact_even_where_the_clock_went_back(fresh: Store) -> None:
    conversations = [talk(fresh, f"茶 {number}", "-") for number in range(4)]
    database = fresh._database
    with database.transaction():
        for conversation_id, moment in zip(conversations, (1000, 3000, 2000, 4000), strict=True):
            database.execute(
                "UPDATE message SET created_at = ? WHERE conversation_id = ?", (moment, conversation_id)
            )
    assert found(fresh, "茶", SearchFilter(after=2000, before=4000)) == ["茶 2", "茶 1"]
    assert found(fresh, "茶", SearchFilter(after=3000)) == ["茶 3", "茶 1"]
    assert found(fresh, "茶", SearchFilter(before=1000)) == []


def test_an_automatic_title_is_not_a_second_hit(fresh: Store) -> None:
    talk(fresh, "龙井茶", "好")
    assert [hit.is_title for hit in fresh.search("龙井")] == [False]


@pytest.mark.parametrize("query", ["", "   ", "。，！", '""', "\0", "\u0301"])
def test_nothing_to_look_for_finds_nothing(fresh: Store, query: str) -> None:
    talk(fresh, "some text。", "-")
    assert fresh.search(query) == []


def test_query_syntax_is_only_text() -> None:
    assert match_expression('AND "x" OR NEAR(a b) col:y* ^z') == (
        '"and" AND "x" AND "or" AND "near a" AND "b" AND "col y" AND "z" *'
    )


def test_a_snippet_shows_the_first_match_and_marks_all_in_it() -> None:
    text = "前" * 300 + "，我们去茶馆喝茶，\n茶馆很好。" + "后" * 300
    snippet = make_snippet(text, "茶馆")
    assert [snippet.text[at : at + size] for at, size in snippet.marks] == ["茶馆", "茶馆"]
    assert snippet.text.startswith("…")
    assert snippet.text.endswith("…")
    assert "\n" not in snippet.text
    assert len(snippet.text) <= SNIPPET_LENGTH + 2


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("模型GLM模型", "glm", ["GLM"]),
        ("world worldwide", "world ", ["world", "world"]),
        ("say hello, world", "hello,world", ["hello, world"]),
        ("Cafe\u0301 au lait", "café", ["Cafe\u0301"]),
        ("unworldly world", "world x", ["world"]),
        ("Ａ１ test", "a1", ["Ａ１"]),
    ],
)
def test_marks(text: str, query: str, marked: list[str]) -> None:
    snippet = make_snippet(text, query)
    assert [snippet.text[at : at + size] for at, size in snippet.marks] == marked
