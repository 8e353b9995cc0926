"""Which of the given passages an answer without citations is made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.retrieval.attribution import attributed
from palaver.retrieval.search import find
from palaver.store import FoundPassage, Store
from tests.retrieval.test_search import PAGES, add_book


def passage(number: int, text: str) -> FoundPassage:
    return FoundPassage(number, "book", "The Book", number, text)


GIVEN = [passage(number, text) for number, text in enumerate(PAGES, 1)]


def sources(answer: str) -> list[int]:
    """The numbers of the passages that support the answer."""
    return [each.passage_id for each in attributed(answer, GIVEN)]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("An aneurysm is clipped or filled with coils.", [2]),
        # In other words, and with some of its own.
        ("Doctors treat a bulging artery by clipping.", [2]),
        # Each sentence for itself.
        ("Valves of the heart let blood through. One byte holds eight bits.", [4, 6]),
        ("Both are here:\n\n- coils fill an aneurysm\n- the Hunt and Hess scale", [2, 3]),
        # Less than half of what it says.
        ("The heart of Paris beats near the river Seine at night.", []),
        # One term of several is not enough, were it half of them.
        ("I hope for memory.", []),
        ("Indeed. The heart of it, of all rivers.", []),
        ("What is it? It is what it is.", []),
        ("I found nothing about this in the books.", []),
        ("", []),
        (" \n\t\0", []),
        # All that is said.
        ("Coils!", [2]),
        ("软件包的名称应在三十字符以下。", [5]),
        ("CLIPPED ANEURYSMS", [2]),
    ],
)
def test_passages_that_support_an_answer(answer: str, expected: list[int]) -> None:
    assert sources(answer) == expected


def test_they_come_in_the_order_in_which_they_were_given() -> None:
    answer = "Valves of the heart let blood through. One byte holds eight bits."
    assert [each.passage_id for each in attributed(answer, GIVEN[::-1])] == [6, 4]
    assert attributed(answer, []) == []


def test_a_passage_that_was_found(store: Store) -> None:
    book = add_book(store, "The Book", *PAGES)
    given = find(store, "How is an aneurysm treated with coils?", limit=5).passages
    (found,) = attributed("It is clipped, or filled with coils.", given)
    assert (found.book_id, found.book_title, found.page) == (book, "The Book", 2)
    assert found.text == PAGES[1]
    assert store.passages.get(found.passage_id) == found
    for name in ("passage_id", "book_id", "book_title", "page", "text"):
        with pytest.raises(AttributeError, match="immutable"):
            setattr(found, name, getattr(found, name))


@given(st.text(max_size=300))
def test_any_text_can_be_an_answer(answer: str) -> None:
    assert set(sources(answer)) <= {each.passage_id for each in GIVEN}


@given(st.sampled_from(PAGES))
def test_a_passage_supports_itself(text: str) -> None:
    assert passage(1, text) in attributed(text, [passage(1, text)])


def test_a_long_answer_takes_time_by_its_length() -> None:
    assert sources(
        "A sentence about seven rivers that differ. " * 20_000 + "Eight bits, one byte."
    ) == [6]
