"""Citations: which numbers count, and which passages an answer is said to rest on."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from palaver.chat.citations import NOT_FOUND, cited, sources, without_citations
from palaver.chat.follow_up import looks_back
from palaver.chat.passages import NoPassages, Passage
from tests.chat.collecting import passage

PASSAGES = tuple(passage("Bees", page, f"Sentence {page}.") for page in range(1, 6))


class Attributing(NoPassages):
    """A library that finds the second passage in every answer."""

    def supporting(self, answer: str, passages: Sequence[Passage]) -> Sequence[Passage]:
        return passages[1:2]


@pytest.mark.parametrize(
    ("answer", "numbers"),
    [
        ("Honey is made by bees [1].", [1]),
        ("By bees [1][3].", [1, 3]),
        ("By bees [1, 3].", [1, 3]),
        ("By bees [3; 1].", [1, 3]),
        ("By bees [1-3].", [1, 2, 3]),
        ("By bees [2–4].", [2, 3, 4]),
        ("蜜蜂【2】", [2]),
        ("[ 4 ] says so, and [4] again.", [4]),
        ("Nothing.", []),
        ("There is no [0], [6] or [999].", []),
        ("Up to [4-999].", [4, 5]),
        ("Backwards [3-1].", []),
        ("By bees[1].", [1]),
        ("Honey [1] / wax [2] = both from bees [3] (see there).", [1, 2, 3]),
        ("In code, `a[1]` is an item, and [x] and [1.2] are none.", []),
        ("Without backticks arr[1] = arr[0], a[2] + 1, x[3].y and f[4](z) are code.", []),
        ("Made by bees[2] (and wasps[3]), says the book.", [2, 3]),
        ("```\na[1]\n```\nIt says so [2].", [2]),
        ("```\na[1] without an end", []),
        ("[1", []),
        ("[" * 10_000 + "1" + "]" * 10_000, [1]),
        ("[1" + ",1" * 50_000, []),
    ],
)
def test_the_numbers_of_passages_in_brackets_are_citations(answer: str, numbers: list[int]) -> None:
    assert cited(answer, 5) == numbers


def test_an_answer_rests_on_what_it_cites() -> None:
    found = sources("As it says [4], and [2].", PASSAGES, library=Attributing())
    assert [(each.number, each.page) for each in found] == [(2, 2), (4, 4)]
    assert found[0].book_id == PASSAGES[1].book_id
    assert found[0].passage_id == PASSAGES[1].passage_id


def test_one_that_cites_nothing_rests_on_what_says_the_same() -> None:
    assert [each.number for each in sources("Bees.", PASSAGES, library=Attributing())] == [2]
    assert sources("Bees.", PASSAGES) == ()
    assert sources("Bees [9].", PASSAGES) == ()


def test_what_a_provider_names_outright_counts_alone() -> None:
    answer = "“In the book it says [5].” [1]"
    found = sources(answer, PASSAGES, named=(1,), library=Attributing())
    assert [each.number for each in found] == [1]
    assert sources("Bees.", PASSAGES, named=(), library=Attributing()) == ()


def test_an_answer_that_found_nothing_rests_on_nothing() -> None:
    assert sources(f"{NOT_FOUND} What a pity.", PASSAGES, library=Attributing()) == ()
    # One that goes on and cites is an answer.
    found = sources(f"{NOT_FOUND} But bees [1].", PASSAGES, library=Attributing())
    assert [each.number for each in found] == [1]
    assert sources("Bees [1].", (), library=Attributing()) == ()


def test_later_turns_do_not_see_the_numbers() -> None:
    text = "Honey [1] is made by bees[2, 3], as `a[1]` is not, nor in [2019]; b[1] = 2."
    shown = "Honey is made by bees, as `a[1]` is not, nor in [2019]; b[1] = 2."
    assert without_citations(text) == shown


@pytest.mark.parametrize(
    "question",
    ["Why?", "And in children?", "How is it treated?", "What about its risks in old age?",
     "More details please", "それは?", "Does that hold for adults with a weak heart as well?"],
)  # fmt: skip
def test_a_question_that_points_back_is_a_follow_up(question: str) -> None:
    assert looks_back(question)


@pytest.mark.parametrize(
    "question",
    ["Which crops does Bolivia export to Peru?", "What are the Hunt and Hess grading criteria?",
     "動脈瘤はどこにできますか、教えてください"],
)  # fmt: skip
def test_a_question_that_stands_alone_is_none(question: str) -> None:
    assert not looks_back(question)
