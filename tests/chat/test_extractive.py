"""The embedded provider: what it says is a quotation, or true of this server."""

from __future__ import annotations

import asyncio

import pytest

from palaver.chat.prompt import Prompt, PromptMessage
from palaver.chat.providers import Candidate, ExtractiveProvider, Finish, Provider
from tests.chat.collecting import answered, passage

HEAP = passage("Introduction to Algorithms", 151, "A heap is a nearly complete binary tree.")
NAMES_THE_SETTINGS = "PALAVER_LLM_BASE_URL and PALAVER_LLM_MODEL"


def say(prompt: Prompt) -> str:
    """The answer's text."""
    return answered(ExtractiveProvider(), prompt).text


def test_an_answer_quotes_passages_with_title_and_page() -> None:
    other = passage("Heaps", 7, "Leaves of a heap\n have no   children.")
    text = say(Prompt(question="What is a heap?", passages=(HEAP, other), shelf="ready"))
    assert (
        "Introduction to Algorithms, page 151: “A heap is a nearly complete binary tree.” [1]"
        in text
    )
    assert "Heaps, page 7: “Leaves of a heap have no children.” [2]" in text
    assert "These are quotations" in text
    assert NAMES_THE_SETTINGS in text


def test_an_answer_without_a_passage_says_so_and_that_no_model_is_configured() -> None:
    text = say(Prompt(question="Who are you?", shelf="ready"))
    assert text.startswith("I found no passage about this in the books on this server.")
    assert "No language model is configured on this server" in text
    assert NAMES_THE_SETTINGS in text


def test_an_answer_without_books_does_not_speak_of_a_search_in_them() -> None:
    text = say(Prompt(question="Who are you?"))
    assert "there is no book on this server" in text
    on_its_way = say(Prompt(question="Who are you?", shelf="processing"))
    assert "the books on this server are still being read in" in on_its_way
    assert NAMES_THE_SETTINGS in text


def test_an_answer_comes_in_several_pieces_and_is_the_same_every_time() -> None:
    prompt = Prompt(question="What is a heap?", passages=(HEAP,), shelf="ready")
    first, second = (answered(ExtractiveProvider(), prompt) for _ in range(2))
    assert first.pieces == second.pieces
    assert len(first.texts) > 5
    assert all(first.texts)
    assert first.finish == Finish(usage=None, reason="stop", cited=(1,))


def test_an_answer_in_a_script_without_spaces_comes_in_several_pieces() -> None:
    found = passage("堆", 3, "堆是一种树。" * 40)
    answer = answered(ExtractiveProvider(), Prompt(question="堆是什么?", passages=(found,)))
    assert "堆是一种树。" * 40 in answer.text
    assert max(map(len, answer.texts)) <= 64


def test_a_long_passage_is_cut_around_the_sentence_with_the_words_asked_for() -> None:
    filler = "Nothing of interest stands here at all. " * 40
    found = passage("Book", 1, f"{filler}A treap is a tree and a heap. {filler}")
    text = say(Prompt(question="What is a treap?", passages=(found,)))
    quotation = text[text.index("“") + 1 : text.index("”")]
    assert "A treap is a tree and a heap." in quotation
    assert quotation.startswith("… ")
    assert quotation.endswith(" …")
    assert len(quotation) <= 600 + len("…  …")
    assert quotation.strip("… ") in found.text


def test_a_passage_without_sentences_is_cut_too() -> None:
    text = say(Prompt(question="x", passages=(passage("Book", 1, "x" * 5000),)))
    assert "x" * 500 in text
    assert "x" * 600 not in text
    assert "…”" in text


def test_only_the_best_passages_are_quoted() -> None:
    passages = tuple(passage(f"Book {number}", number, "Text.") for number in range(1, 9))
    text = say(Prompt(question="x", passages=passages))
    assert "Book 3, page 3" in text
    assert "Book 4" not in text


def test_a_summary_quotes_the_first_sentence_of_each_answer() -> None:
    answers = (
        PromptMessage("assistant", "A heap is a tree. It has layers.", "Ada"),
        PromptMessage("assistant", "Heaps, page 7: “Leaves have none. They end.” More.", "Bob"),
        PromptMessage("assistant", "  ", "Cy"),
        PromptMessage("assistant", "word " * 200, None),
    )
    text = say(Prompt(question="x", answers=answers, purpose="summary"))
    assert "- Ada: A heap is a tree.\n" in text
    assert "- Bob: Heaps, page 7: “Leaves have none.”\n" in text
    assert "- Cy: (no answer)\n" in text
    assert "- An agent: word word" in text
    assert "quotes the first sentence of each answer" in text
    assert NAMES_THE_SETTINGS in text
    assert len(text) < 1000


def test_a_summary_of_nothing_says_that_there_is_nothing() -> None:
    text = say(Prompt(question="x", purpose="summary"))
    assert "no answers to sum up" in text


def test_nothing_is_written_for_which_a_model_is_needed() -> None:
    provider: Provider = ExtractiveProvider()
    assert asyncio.run(provider.complete(Prompt(question="A title?"), limit_tokens=20)) is None
    assert provider.name == "extractive"


TEAM = (
    Candidate("a-1", "Ada", "Knows algorithms and data structures."),
    Candidate("b-2", "Bob", "Plans holidays, hotels and flights."),
    Candidate("c++", "C++", "Writes programs. Answers every question with care."),
)


@pytest.mark.parametrize(
    ("question", "chosen"),
    [
        ("bob, what do you think?", ["b-2"]),
        ("Bob and Ada, which is it?", ["a-1", "b-2"]),
        ("Ask A-1.", ["a-1"]),
        ("Is C++ hard?", ["c++"]),
        ("Which hotels have structures?", ["a-1", "b-2"]),
        ("Bobby wants a holiday", ["a-1", "b-2", "c++"]),
        ("Every question with care?", ["c++"]),
        ("Hello!", ["a-1", "b-2", "c++"]),
        ("", ["a-1", "b-2", "c++"]),
    ],
)
def test_those_are_chosen_who_are_named_or_described(question: str, chosen: list[str]) -> None:
    provider = ExtractiveProvider()
    assert asyncio.run(provider.choose(Prompt(question=question), TEAM)) == chosen
