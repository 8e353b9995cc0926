"""Passages: steps that may be repeated, books that become searchable whole and are gone at once."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import pytest

from palaver.errors import BookNotFound, PassageNotFound
from palaver.store import Candidate, FoundPassage, NewPassage, Store
from tests.conftest import Query
from tests.store.test_books import add, publish
from tests.store.together import at_once


def new(page: int, text: str) -> NewPassage:
    return NewPassage(page, text, text.lower().split())


def put(store: Store, book_id: str, first: int, last: int, *passages: NewPassage) -> None:
    store.passages.put(book_id, first_page=first, last_page=last, passages=passages)


def holding(store: Store, *terms: str, within: Sequence[str] = ()) -> list[Candidate]:
    return store.search.candidates(dict.fromkeys(terms, 1.0), limit=99, within=within)


def texts(store: Store, *terms: str) -> list[str]:
    """The texts that hold one of the terms, sorted."""
    ids = [each.passage_id for each in holding(store, *terms)]
    return sorted(each.text for each in store.search.texts(ids))


def index_is_sound(query: Query, store_kind: str) -> bool:
    """Whether the full-text index has what the passages have, neither more nor less."""
    if store_kind == "sqlite":
        query("INSERT INTO passage_index (passage_index, rank) VALUES ('integrity-check', 1)")
    return True


def test_a_passage_is_found_with_its_book_and_page(store: Store) -> None:
    book = add(store, title="The Book")
    put(store, book.book_id, 1, 3, new(1, "One Thing"), new(3, "Two Things"), new(3, "A Third"))
    store.passages.publish(book.book_id, page_count=3, passage_count=3)
    (found,) = holding(store, "two")
    assert found.tokens == "two things"
    (passage,) = store.search.texts([found.passage_id])
    assert passage == FoundPassage(found.passage_id, book.book_id, "The Book", 3, "Two Things")
    made = store.books.get(book.book_id)
    assert (made.page_count, made.passage_count, made.status) == (3, 3, "READY")
    assert texts(store, "one", "third") == ["A Third", "One Thing"]
    assert holding(store, "missing") == []
    assert store.search.candidates({}, limit=9) == []
    assert store.search.texts([]) == []


def test_a_passage_by_its_id(store: Store) -> None:
    publish(store, add(store, sha256="other"), "other x")
    book = add(store, title="The Book").book_id
    put(store, book, 1, 2, new(1, "one x"), new(2, "two x"), new(2, "three x"))
    waiting = [number << 40 | 1 << 16 for number in range(1, 5)]
    for each in waiting[1:]:
        with pytest.raises(PassageNotFound):
            store.passages.get(each)
    store.passages.publish(book, page_count=2, passage_count=3)
    ids = [each.passage_id for each in holding(store, "x")]
    assert len(ids) == 4
    for found in store.search.texts(ids):
        assert store.passages.get(found.passage_id) == found
    store.books.delete(book)
    gone = [each for each in ids if each not in waiting[:1]]
    assert len(gone) == 3
    for each in [*gone, 0, -1, 7, 2**63 - 1, -(2**63), 2**63, -(2**63) - 1, 10**40]:
        with pytest.raises(PassageNotFound):
            store.passages.get(each)


def test_texts_come_in_the_order_that_was_asked_for(store: Store) -> None:
    publish(store, add(store), "a x", "b x", "c x")
    ids = [each.passage_id for each in holding(store, "x")]
    assert len(ids) == 3
    for order in (ids, ids[::-1]):
        assert [each.passage_id for each in store.search.texts([*order, 7])] == order


def test_a_range_that_is_put_again_is_there_once(
    store: Store, query: Query, store_kind: str
) -> None:
    book = add(store).book_id
    put(store, book, 1, 2, new(1, "same one"), new(2, "same two"))
    put(store, book, 3, 4, new(3, "same three"), new(3, "same more"))
    put(store, book, 1, 2, new(1, "same one"), new(2, "same two"))
    put(store, book, 3, 4, new(4, "same four"))
    with pytest.raises(ValueError, match="3 passages are stored of 4"):
        store.passages.publish(book, page_count=4, passage_count=4)
    assert store.books.get(book).status == "PROCESSING"
    store.passages.publish(book, page_count=4, passage_count=3)
    store.passages.publish(book, page_count=4, passage_count=3)
    assert texts(store, "same") == ["same four", "same one", "same two"]
    assert store.search.frequencies(["same", "three", "four"]).passages_with == {
        "same": 3,
        "four": 1,
    }
    assert index_is_sound(query, store_kind)


def test_two_who_ingest_the_same_book_do_no_harm(store: Store) -> None:
    book = add(store).book_id

    def ingest() -> None:
        for page in range(1, 6):
            try:
                put(store, book, page, page, *(new(page, f"word p{page} n{n}") for n in range(3)))
            except BookNotFound:
                return
        store.passages.publish(book, page_count=5, passage_count=15)

    at_once([ingest] * 4)
    assert store.books.get(book).status == "READY"
    assert len(holding(store, "word")) == 15
    assert store.search.frequencies(["word", "p3"]).passages_with == {"word": 15, "p3": 3}


def test_a_put_advances_the_progress(store: Store) -> None:
    book = add(store).book_id
    store.passages.put(book, first_page=1, last_page=1, passages=[], percent=30)
    assert store.books.get(book).progress == 30
    store.passages.put(book, first_page=2, last_page=2, passages=[], percent=20)
    assert store.books.get(book).progress == 30


@pytest.mark.parametrize(
    ("first", "last", "page"), [(0, 1, 1), (2, 1, 1), (1, 2, 3), (2, 3, 1), (1, 2**24, 1)]
)
def test_pages_out_of_range_are_refused(store: Store, first: int, last: int, page: int) -> None:
    with pytest.raises(ValueError, match=r"no book has pages|cannot be stored here"):
        put(store, add(store).book_id, first, last, new(page, "x"))


def test_nothing_of_a_book_is_found_before_it_is_ready(store: Store) -> None:
    book = add(store).book_id
    put(store, book, 1, 1, new(1, "early bird"))
    before = store.search.frequencies(["bird"])
    assert (before.passages, before.passages_with) == (0, {})
    assert holding(store, "bird") == []
    store.passages.publish(book, page_count=1, passage_count=1)
    after = store.search.frequencies(["bird"])
    assert (after.passages, after.passages_with) == (1, {"bird": 1})
    assert texts(store, "bird") == ["early bird"]


def test_a_book_without_text_can_be_ready(store: Store) -> None:
    assert publish(store, add(store)).status == "READY"


def test_nothing_of_a_deleted_book_is_found_and_sweeping_removes_it_bit_by_bit(
    store: Store, query: Query, store_kind: str
) -> None:
    gone, kept = add(store), add(store)
    publish(store, gone, *(f"word number{n}" for n in range(25)))
    publish(store, kept, "word kept")
    ids = [each.passage_id for each in holding(store, "word")]
    store.books.delete(gone.book_id)
    assert texts(store, "word") == ["word kept"]
    assert [each.text for each in store.search.texts(ids)] == ["word kept"]
    assert store.search.frequencies(["word"]).passages_with == {"word": 1}
    removed = []
    while count := store.passages.sweep(10):
        removed.append(count)
    assert removed == [10, 10, 5, 10, 10, 6]
    for table, left in (("passages", 1), ("book_terms", 2), ("books", 1)):
        assert query(f"SELECT count(*) FROM {table}") == [(left,)]
    assert texts(store, "word") == ["word kept"]
    assert index_is_sound(query, store_kind)


def test_what_a_failed_book_left_is_swept_and_it_can_be_tried_again(
    store: Store, query: Query
) -> None:
    book = add(store)
    put(store, book.book_id, 1, 1, new(1, "first try"))
    store.books.fail(book.book_id, "Too slow.")
    assert store.passages.sweep(10) == 1
    assert store.passages.sweep(10) == 0
    assert query("SELECT count(*) FROM passages") == [(0,)]
    store.books.retry(book.book_id)
    put(store, book.book_id, 1, 1, new(1, "second try"))
    # What is being ingested is nobody's litter.
    assert store.passages.sweep(10) == 0
    store.passages.publish(book.book_id, page_count=1, passage_count=1)
    assert texts(store, "try") == ["second try"]


def test_a_book_that_is_deleted_while_it_is_ingested_leaves_nothing(
    store: Store, query: Query
) -> None:
    book = add(store).book_id

    def ingest() -> None:
        for page in range(1, 200):
            try:
                put(store, book, page, page, new(page, f"word {page}"))
            except BookNotFound:
                return

    at_once([ingest, functools.partial(store.books.delete, book), ingest])
    while store.passages.sweep(100):
        pass
    for table in ("passages", "book_terms", "books"):
        assert query(f"SELECT count(*) FROM {table}") == [(0,)]


def test_several_sweep_at_once(store: Store, query: Query) -> None:
    for _ in range(3):
        book = publish(store, add(store), *(f"word number{n}" for n in range(30)))
        store.books.delete(book.book_id)

    def sweep() -> None:
        while store.passages.sweep(7):
            pass

    at_once([sweep] * 4)
    while store.passages.sweep(7):
        pass
    for table in ("passages", "book_terms", "books"):
        assert query(f"SELECT count(*) FROM {table}") == [(0,)]


def test_within_narrows_what_is_found(store: Store) -> None:
    publish(store, add(store), "red apple", "green apple", "red pear")
    found = holding(store, "apple", "pear", within=["red", "blue"])
    assert sorted(each.tokens for each in found) == ["red apple", "red pear"]


@pytest.mark.parametrize("word", ["or", "and", "not", "near", "null", "软件", "हिन्दी", "ünï", "a1"])
def test_a_term_is_only_a_term(store: Store, word: str) -> None:
    publish(store, add(store), f"left {word} right", "left right")
    assert texts(store, word) == [f"left {word} right"]
    assert texts(store, "left", word, "right") == sorted([f"left {word} right", "left right"])


def test_a_passage_of_ten_thousand_terms(store: Store) -> None:
    long = " ".join(f"t{number}" for number in range(10_000))
    publish(store, add(store), long, "same " * 20_000)
    assert texts(store, "t0") == texts(store, "t9999") == [long]
    assert store.search.frequencies(["t5000", "same"]).passages_with == {"t5000": 1, "same": 1}
