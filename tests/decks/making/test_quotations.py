"""Passages as they are quoted: without the marks of Markdown, and without losing a word."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palaver.decks.making.quotations import quotation, sentences
from palaver.retrieval.passages import pieces


@pytest.mark.parametrize(
    ("page", "headings", "said"),
    [
        (
            "# Bees\n\n## Honey\n\nHoney is made. It keeps.",
            ["Bees", "Honey"],
            ["Honey is made.", "It keeps."],
        ),
        (
            "## Where wax comes from\nBees make wax.",
            ["Where wax comes from"],
            ["Bees make wax."],
        ),
        ("## Where Wax Comes From\nBees make it.", ["Where Wax Comes From"], ["Bees make it."]),
        ("# The Life of Bees\n\nBees live.", ["The Life of Bees"], ["Bees live."]),
        (
            "# Introduction\nThe history of the Roman Empire.",
            ["Introduction"],
            ["The history of the Roman Empire."],
        ),
        ("# Bees in Rome\n\nThey lived there.", ["Bees in Rome"], ["They lived there."]),
        ("## 1. Honey\n\nHoney is made.", ["1. Honey"], ["Honey is made."]),
        ("## Wax\n- soft\n- yellow", ["Wax"], ["soft", "yellow"]),
        ("# Alone", ["Alone"], []),
        # Where the text begins cannot be told, and the marks alone go.
        (
            "# How bees came to Rome\nHoney was dear.",
            [],
            ["How bees came to Rome Honey was dear."],
        ),
        (
            "Some *words* and **more**, `code` and [a link](http://x.y/a_(b)). _So_ it is.",
            [],
            ["Some words and more, code and a link.", "So it is."],
        ),
        (
            "| Year | Sum |\n|------|-----|\n| 2024 | 12 |\n| 2025 | `a || b` |",
            [],
            ["Year | Sum", "2024 | 12", "2025 | a || b"],
        ),
        ('```python\nprint("x")\n```', [], ['print("x")']),
        ("> Well said.", [], ["Well said."]),
        # What only looks like marks.
        (
            "2 * 3 * 4 = 24 in C# and #5. A price* of snake_case_name and __init__, *args.",
            [],
            ["2 * 3 * 4 = 24 in C# and #5.", "A price* of snake_case_name and __init__, *args."],
        ),
    ],
)
def test_pages_of_markdown(page: str, headings: list[str], said: list[str]) -> None:
    [text] = pieces(page)
    quoted = quotation(text)
    assert (list(quoted.headings), list(quoted.sentences)) == (headings, said)


def test_a_text_without_marks_is_quoted_as_it_stands() -> None:
    for text in ("One. Two! “Three?”", "蜂は巣に住む。蜜を作る。", ""):
        assert quotation(text).text == text


def test_sentences() -> None:
    assert sentences("One. Two! “Three?” Four。Five") == [
        "One.",
        "Two!",
        "“Three?”",
        "Four。",
        "Five",
    ]


TEXT = st.lists(
    st.sampled_from(
        ["# ", "## ", "Honey ", "the ", "bees ", "make. ", "- ", "* ", "> ", "**wax** ", "a*b "]
    ),
    max_size=30,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(TEXT)
def test_no_word_is_lost(text: str) -> None:
    quoted = quotation(text)
    words = re.findall(r"\w+", text)
    assert re.findall(r"\w+", " ".join([*quoted.headings, *quoted.sentences])) == words


@pytest.mark.parametrize(
    "text",
    ["# " * 20_000, "*a" * 20_000, "[a](" * 10_000, "| " * 20_000, "`" * 40_000, "- a " * 9000],
)
def test_hostile_passages_take_no_time(text: str) -> None:
    start = time.process_time()
    quotation(text)
    assert time.process_time() - start < 2
