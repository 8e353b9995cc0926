"""Asking the library: what is found, what is best, and when nothing is."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils import uuid7

from palaver.retrieval.fusion import fused, packed
from palaver.retrieval.passages import pieces
from palaver.retrieval.search import MOST_TERMS, Library, find
from palaver.retrieval.tokens import tokens_of
from palaver.store import NewPassage, Store
from palaver.workers import Workers

PAGES = (
    "The hippocampus turns what was lived into memory. Without it nothing new is remembered.",
    "An aneurysm is a bulge of an artery. It is clipped, or filled with coils.",
    "The Hunt and Hess scale grades haemorrhage from one to five, by how awake the patient is.",
    "A valve lets blood through in one direction. Valves of the heart open and close.",
    "软件包的名称最好保持在三十字符以下。命令 debmake 会生成模板文件。",
    "Memory of a machine is measured in bytes. A byte has eight bits.",
    "The word OR stands between alternatives; NEAR and NOT are words too.",
)


def add_book(store: Store, title: str, *pages: str) -> str:
    """Put a READY book of these pages into the store; return its id."""
    book = store.books.create(
        title=title, file_name="x.txt", format="text", media_type="text/plain", sha256=title,
        size=0, created_by="ann",
    ).book_id  # fmt: skip
    passages = [
        NewPassage(page, piece, tokens_of(piece))
        for page, text in enumerate(pages, 1)
        for piece in pieces(text)
    ]
    store.passages.put(book, first_page=1, last_page=len(pages), passages=passages)
    store.passages.publish(book, page_count=len(pages), passage_count=len(passages))
    return book


@pytest.fixture
def library(store: Store) -> Store:
    """A store with one book of seven pages."""
    add_book(store, "The Book", *PAGES)
    return store


def pages(store: Store, question: str, limit: int = 9) -> list[int]:
    return [each.page for each in find(store, question, limit=limit).passages]


@pytest.mark.parametrize(
    ("question", "page"),
    [
        ("What does the hippocampus do?", 1),
        ("How is an aneurysm treated with coils?", 2),
        ("What are the Hunt and Hess grades?", 3),
        ("what's the Hess's scale?", 3),
        ("HEART VALVES", 4),
        ("软件包的名称最好多少字符？", 5),
        ("debmake 生成什么文件？", 5),
        ("How many bits has a byte?", 6),
        ("alternatives OR", 7),
    ],
)
def test_the_page_that_answers_comes_first(library: Store, question: str, page: int) -> None:
    found = find(library, question, limit=3)
    assert found.found
    assert found.coverage >= 0.6
    assert (found.passages[0].book_title, found.passages[0].page) == ("The Book", page)
    assert found.passages[0].text in PAGES[page - 1]


@pytest.mark.parametrize(
    "question",
    [
        "How do I roast a duck?",
        "Who won the football world cup?",
        "How are bytes of a duck roasted in Kyoto?",
        "北京烤鸭怎么做？",
        "What is it?",
        "the and or not",
        "?",
        "",
        "\0 \ud800",
    ],
)
def test_what_the_books_do_not_have_is_not_found(library: Store, question: str) -> None:
    found = find(library, question, limit=3)
    assert not found.found
    assert found.coverage < 0.6
    assert found.passages == ()


def test_an_empty_library_has_nothing(store: Store) -> None:
    assert not find(store, "What does the hippocampus do?", limit=3).found


@pytest.mark.parametrize(
    "question",
    [
        'hippocampus" OR "valve',
        "hippocampus' | 'valve",
        "NEAR(hippocampus valve, 3)",
        "hippocampus* AND NOT memory",
        "tokens : hippocampus",
        "^hippocampus + memory",
        "hippocampus & !memory <-> x:*",
        "-hippocampus (memory",
        "hippocampus\\ % _ ' \" ; DROP TABLE books --",
        "{hippocampus} [memory] $1 :x %(x)s %s",
    ],
)
def test_no_question_is_a_command(library: Store, question: str) -> None:
    words = question + " hippocampus hippocampus memory"
    find(library, question, limit=3)
    assert isinstance(find(library, words, limit=3).found, bool)
    assert library.books.any_ready()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=80), st.text(max_size=30))
def test_any_text_can_be_asked(library: Store, question: str, steering: str) -> None:
    for each in (question, f"{question} hippocampus {question} memory"):
        found = find(library, each, limit=2, steering=[steering])
        assert found.found == (found.coverage >= 0.6) == (found.passages != ())


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30
)
@given(text=st.text(max_size=60))
def test_each_token_of_any_text_finds_it(store: Store, text: str) -> None:
    tokens = tokens_of(text)
    stored = text.encode("utf-8", "ignore").decode().replace("\0", "")
    made = store.books.create(
        title="T", file_name="x", format="text", media_type="text/plain",
        sha256=str(uuid7()), size=0, created_by="ann",
    ).book_id  # fmt: skip
    store.passages.put(made, first_page=1, last_page=1, passages=[NewPassage(1, stored, tokens)])
    store.passages.publish(made, page_count=1, passage_count=1)
    for token in tokens:
        found = store.search.candidates({token: 1.0}, limit=1000)
        assert {" ".join(tokens)} <= {each.tokens for each in found}
        assert store.search.frequencies([token]).passages_with[token] == len(found)


def test_a_very_long_question_is_bounded(library: Store) -> None:
    long = "hippocampus memory " + " ".join(f"filler{n} word{n}" for n in range(20_000))
    assert not find(library, long, limit=3).found
    many = " ".join(f"t{n}" for n in range(MOST_TERMS * 3))
    add_book(library, "Long", many)
    found = find(library, many, limit=1)
    assert (found.found, found.passages[0].book_title) == (True, "Long")


def test_more_cannot_be_had_than_was_asked_for(library: Store) -> None:
    assert len(find(library, "memory", limit=1).passages) == 1
    assert len(find(library, "memory", limit=5).passages) == 2
    assert not find(library, "memory", limit=0).found


def test_words_that_stand_together_as_asked_come_first(store: Store) -> None:
    add_book(
        store,
        "Order",
        "The tree has a red black bark and stands by a blue lake near a hill.",
        "A red car, a black dog and a big tree stand by a blue lake near a hill.",
        "Everywhere a red black tree stands by a blue lake near a small hill.",
        *(f"Another page, number {n}, about a blue lake." for n in range(5)),
    )
    assert pages(store, "red black tree")[0] == 3


def test_what_is_found_does_not_depend_on_how_large_the_library_is(library: Store) -> None:
    for number in range(30):
        add_book(library, f"Other {number}", *(f"Page {n} of sundry things." for n in range(9)))
    assert pages(library, "What does the hippocampus do?") == [1]
    assert not find(library, "How do I roast a duck?", limit=3).found


def test_a_topic_prefers_and_finds_nothing_by_itself(store: Store) -> None:
    add_book(
        store,
        "Grades",
        "The grades of wood are told by its colour and by its knots, one to five.",
        "The grades of a haemorrhage are told by how awake a patient is, one to five.",
    )
    steering = ["haemorrhage patient", "aneurysm"]
    plain = find(store, "Which grades are told?", limit=1)
    steered = find(store, "Which grades are told?", limit=1, steering=steering)
    assert plain.coverage == steered.coverage
    assert [each.page for each in steered.passages] == [2]
    wood = find(store, "Which grades are told?", limit=1, steering=["wood"])
    assert [each.page for each in wood.passages] == [1]
    assert not find(store, "How do I roast a duck?", limit=1, steering=steering).found
    assert not find(store, "What is it?", limit=1, steering=steering).found


def test_a_deleted_book_answers_nothing(library: Store) -> None:
    book = add_book(library, "Second", "The cerebellum keeps the balance.")
    assert pages(library, "What does the cerebellum keep?") == [1]
    library.books.delete(book)
    assert not find(library, "What does the cerebellum keep?", limit=1).found


async def ask(store: Store) -> None:
    workers = Workers(2)
    try:
        library = Library(store, workers)
        assert await library.shelf() == "empty"
        assert await library.search("hippocampus", limit=2) == ()
        await workers.run(add_book, store, "The Book", *PAGES)
        assert await library.shelf() == "ready"
        (found,) = await library.search("What does the hippocampus do?", limit=2)
        assert (found.book_title, found.page) == ("The Book", 1)
        steered = await library.find("memory", limit=1, steering=["machine bytes"])
        assert [each.page for each in steered.passages] == [6]
    finally:
        workers.close()


def test_the_library_asks_from_its_workers(store: Store) -> None:
    asyncio.run(ask(store))


def test_meanings_order_what_words_have_found(store: Store) -> None:
    book = store.books.create(
        title="T", file_name="x", format="text", media_type="text/plain", sha256="x", size=0,
        created_by="ann",
    ).book_id  # fmt: skip
    vectors = {"memory one": [1, 0], "memory two": [0, 3], "other": [0, 1], "memory red": [1, 1]}
    passages = [
        NewPassage(page, text, tokens_of(text), packed(vector, "small"))
        for page, (text, vector) in enumerate(vectors.items(), 1)
    ]
    store.passages.put(book, first_page=1, last_page=4, passages=passages)
    store.passages.publish(book, page_count=4, passage_count=4)

    def first(vector: list[float], question: str = "memory", model: str = "small") -> list[int]:
        found = find(store, question, limit=1, vector=packed(vector, model) if vector else None)
        return [each.page for each in found.passages]

    assert first([2, 0.1]) == [1]
    assert first([0.1, 2]) == [2]
    assert first([]) == first([1.0, 2.0, 3.0])
    # Numbers of another model mean something else.
    assert [first(each, model="large") for each in ([2, 0.1], [0.1, 2])] == [first([])] * 2
    # Whatever is near: nothing was found if no word was.
    assert first([0, 1], "duck") == []


async def ask_by_meaning(store: Store) -> None:
    workers = Workers(1)
    asked: list[str] = []

    async def embed(text: str) -> bytes | None:
        asked.append(text)
        return None

    try:
        assert len(await Library(store, workers, embed).search("memory", limit=2)) == 2
        assert asked == ["memory"]
    finally:
        workers.close()


def test_a_model_that_cannot_be_asked_is_done_without(library: Store) -> None:
    asyncio.run(ask_by_meaning(library))


@pytest.mark.parametrize("vector", [[], [0.0, 0.0], [float("nan")], [float("inf")], [1e308] * 9])
def test_a_vector_without_a_direction_is_refused(vector: list[float]) -> None:
    with pytest.raises(ValueError, match="direction"):
        packed(vector, "m")


@pytest.mark.parametrize("size", [1e-320, 1e-160, 1.0, 1e160, 1e308])
def test_a_vector_of_any_length_has_its_direction(size: float) -> None:
    assert packed([size, 0.0], "m") == packed([1.0, 0.0], "m")


def test_fusing_keeps_the_order_where_nothing_is_known() -> None:
    assert fused([3, 1, 2], {}, packed([1.0], "m")) == [3, 1, 2]
    assert fused([3, 1, 2], {2: packed([1.0], "m")}, packed([1.0], "m")) == [3, 1, 2]


def test_fusing_changes_the_places_of_those_alone_that_have_a_vector() -> None:
    near, far = packed([1.0, 0.1], "m"), packed([0.1, 1.0], "m")
    others = {5: packed([1.0, 0.1], "n"), 6: packed([1.0], "m"), 7: b"", 8: b"\0"}
    asked = packed([1.0, 0.0], "m")
    assert fused([1, 5, 2, 6, 7, 8], {1: far, 2: near, **others}, asked) == [1, 5, 2, 6, 7, 8]
    vectors = {1: far, 2: far, 3: far, 4: near, **others}
    assert fused([1, 5, 2, 6, 3, 7, 4, 8], vectors, asked) == [1, 5, 4, 6, 2, 7, 3, 8]
