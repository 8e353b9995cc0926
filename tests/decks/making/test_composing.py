"""Slides out of outlines and passages: nothing lost, nothing made up, always valid."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palaver.decks.making import contents
from palaver.decks.making.composing import (
    HEADINGS,
    as_title,
    from_outline,
    from_passages,
    numbered,
    passage_slide,
    slides_from,
)
from palaver.decks.making.contents import FILL_IN, is_unfilled, title_of
from palaver.decks.making.draft import Refused
from palaver.models import (
    Bullet,
    BulletsSlide,
    CodeSlide,
    QuoteSlide,
    SectionSlide,
    SlideContent,
    TableSlide,
    TitleSlide,
)
from tests.decks.making.validity import check

OUTLINE = """# The third quarter
How it went

## Growth
- Up by 12 %
  - in **Europe**
    - and in [Rome](https://example.com)
- More users

Notes: smile

## Numbers
| Region | Revenue |
|--------|---------|
| Europe | =1+1    |

<!-- Do not read this aloud -->

## Code
```python
print("<b>")
```

## Said
> Well done
> — The boss

## Empty

## Plans

### Near
A line.

### Far
1. One
2. Two
"""


class Passage(msgspec.Struct, frozen=True):
    """A piece of a book."""

    book_title: str
    page: int
    text: str


def passages(count: int) -> list[Passage]:
    """Passages of two books, the last page first."""
    return [
        Passage(f"Book {page % 2}", page, f"Fact {page} is known. It matters. It is so.")
        for page in range(count, 0, -1)
    ]


def titles(slides: list[SlideContent]) -> list[str]:
    """What slides are called."""
    return [title_of(slide) for slide in slides]


def test_an_outline_becomes_slides_of_every_kind() -> None:
    made = from_outline(OUTLINE, "", None)
    check(made.slides)
    assert made.title == "The third quarter"
    assert made.slides == [
        TitleSlide(title="The third quarter", subtitle="How it went"),
        BulletsSlide(
            title="Growth",
            bullets=[
                Bullet(text="Up by 12 %"),
                Bullet(text="in Europe", level=1),
                Bullet(text="and in Rome (https://example.com)", level=2),
                Bullet(text="More users"),
            ],
            notes="smile",
        ),
        TableSlide(
            title="Numbers",
            header=["Region", "Revenue"],
            rows=[["Europe", "=1+1"]],
            notes="Do not read this aloud",
        ),
        CodeSlide(title="Code", language="python", code='print("<b>")'),
        QuoteSlide(quote="Well done", attribution="The boss", notes="Said"),
        BulletsSlide(title="Empty", bullets=[Bullet(text=FILL_IN)]),
        SectionSlide(title="Plans"),
        BulletsSlide(title="Near", bullets=[Bullet(text="A line.")]),
        BulletsSlide(title="Far", bullets=[Bullet(text="One"), Bullet(text="Two")]),
    ]


@pytest.mark.parametrize(
    ("material", "topic", "wanted"),
    [
        ("- A\n  - a\n- B", "it", ["It", "A", "B"]),
        ("A\nB\nC", "Q3", ["Q3", "A", "B", "C"]),
        ("Slide 1: A\n- a\n**Slide 2 – B**\n- b", "", ["A", "B"]),
        ("## A\n## B", "", ["A", "B"]),
        ("## A\na\n\n---\n\nb", "", ["A", "A"]),
        (
            "First thing. More of it.\n\nSecond thing. And more.",
            "",
            ["First thing", "Second thing"],
        ),
        ("| a |\n|---|\n| 1 |", "Table", ["Table"]),
        ("# A\n## B\n# C", "", ["A", "B", "C"]),
        ("Intro\n\n# A\n- x", "Talk", ["Intro", "A"]),
    ],
)
def test_outlines_of_other_shapes(material: str, topic: str, wanted: list[str]) -> None:
    made = from_outline(material, topic, None)
    check(made.slides)
    assert [title for title in titles(made.slides) if title != "Talk"] == wanted


def test_an_outline_gets_the_number_of_slides_that_was_asked_for() -> None:
    made = from_outline("## A\n- a\n## B\n- b", "Plan", 5)
    assert titles(made.slides) == ["Plan", "A", "B", HEADINGS[0], HEADINGS[1]]
    assert [is_unfilled(slide) for slide in made.slides] == [False, False, False, True, True]
    # With as many sections as slides, none is added.
    assert titles(from_outline("## A\n- a\n## B\n- b", "Plan", 2).slides) == ["A", "B"]
    # What is more is kept.
    assert len(from_outline(OUTLINE, "", 3).slides) == 9


def test_long_lists_tables_and_code_go_on() -> None:
    bullets = slides_from("\n".join(f"- item {n}" for n in range(95)), "Many")
    check(bullets)
    assert [len(slide.bullets) for slide in bullets if isinstance(slide, BulletsSlide)] == [
        40,
        40,
        15,
    ]
    rows = "".join(f"| {n} | x |\n" for n in range(250))
    tables = slides_from(f"| a | b |\n|---|---|\n{rows}", "Many")
    check(tables)
    assert [len(slide.rows) for slide in tables if isinstance(slide, TableSlide)] == [100, 100, 50]
    source = "\n".join(f"this is line {n}" for n in range(3000))
    code = slides_from(f"```\n{source}\n```", "Long")
    check(code)
    assert "\n".join(slide.code for slide in code if isinstance(slide, CodeSlide)) == source


def test_what_is_too_long_for_its_place_is_in_the_notes() -> None:
    word = "long " * 400
    [bullets] = slides_from(f"## {word}\n- x", "")
    assert isinstance(bullets, BulletsSlide)
    assert (len(bullets.title) <= contents.MAX_TITLE, bullets.notes) == (True, word.strip())
    [table] = slides_from(f"| a |\n|---|\n| {word} |", "T")
    assert table.notes == word.strip()
    cells = "|".join(f"c{n}" for n in range(20))
    [wide] = slides_from(f"|{cells}|\n|{'-|' * 20}\n|{cells}|", "T")
    assert isinstance(wide, TableSlide)
    assert (len(wide.header), wide.header[-1]) == (12, " | ".join(f"c{n}" for n in range(11, 20)))
    check([bullets, table, wide])
    [quote] = slides_from(f"> {word * 2}\n> - Me", "Q")
    assert isinstance(quote, QuoteSlide)
    assert (quote.attribution, str(quote.notes).startswith("long")) == ("Me", True)


def test_a_deck_of_passages_names_its_sources() -> None:
    made = from_passages("bees", 6, passages(10))
    check(made.slides)
    assert (made.title, made.quoting) == ("Bees", 4)
    first, *quoting, last = made.slides
    assert (title_of(first), len(quoting)) == ("Bees", 4)
    # The best passages come first, and stand in the order of the books.
    assert [slide.notes for slide in quoting] == [
        f"Source: Book {page % 2}, page {page}\n\n“Fact {page} is known. It matters. It is so.”"
        for page in (8, 10, 7, 9)
    ]
    assert quoting[0] == BulletsSlide(
        title="Fact 8 is known",
        bullets=[Bullet(text="It matters."), Bullet(text="It is so.")],
        notes=quoting[0].notes,
    )
    assert isinstance(last, BulletsSlide)
    assert [bullet.text for bullet in last.bullets] == [
        "Book 0, pages 8, 10",
        "Book 1, pages 7, 9",
    ]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 10, 200])
@pytest.mark.parametrize("found", [0, 1, 2, 300])
def test_a_deck_has_the_number_of_slides_that_was_asked_for(count: int, found: int) -> None:
    made = from_passages("bees", count, passages(found))
    check(made.slides)
    assert len(made.slides) == count
    unfilled = sum(map(is_unfilled, made.slides))
    quoting = sum("Source: Book" in str(slide.notes) for slide in made.slides)
    assert quoting == made.quoting
    assert quoting + unfilled >= count - 2
    assert quoting <= found


def test_a_deck_without_a_number_is_as_long_as_what_there_is() -> None:
    assert len(from_passages("bees", None, passages(20)).slides) == 8
    assert len(from_passages("bees", None, passages(1)).slides) == 3
    made = from_passages("bees", None, [])
    assert [is_unfilled(slide) for slide in made.slides] == [False, *[True] * 5]


def test_passages_that_say_the_same_are_quoted_once() -> None:
    made = from_passages("bees", None, [*passages(2), *passages(2), Passage("Blank", 1, " \n")])
    assert made.quoting == 2


def test_a_passage_of_one_sentence_keeps_it() -> None:
    slide = passage_slide(Passage("A\nbook", 3, "Only this."))
    assert slide == BulletsSlide(
        title="Only this",
        bullets=[Bullet(text="Only this.")],
        notes="Source: A book, page 3\n\n“Only this.”",
    )


def test_a_slide_with_a_title_of_its_own_shows_all_of_a_passage() -> None:
    slide = passage_slide(Passage("Book", 1, "Bees make wax. It is used."), "Wax")
    assert slide == BulletsSlide(
        title="Wax",
        bullets=[Bullet(text="Bees make wax."), Bullet(text="It is used.")],
        notes="Source: Book, page 1\n\n“Bees make wax. It is used.”",
    )


def test_a_passage_of_markdown_is_called_as_it_is_headed() -> None:
    text = "# Bees ## Honey Honey is made by *bees*. It **keeps**."
    slide = passage_slide(Passage("Book", 1, text))
    assert slide == BulletsSlide(
        title="Honey",
        bullets=[Bullet(text="Honey is made by bees."), Bullet(text="It keeps.")],
        notes="Source: Book, page 1, “Bees › Honey”\n\n“Honey is made by bees. It keeps.”",
    )
    [alone] = [passage_slide(Passage("Book", 2, "# Bees ## Wax"))]
    assert alone == BulletsSlide(
        title="Wax",
        bullets=[Bullet(text="Bees › Wax")],
        notes="Source: Book, page 2\n\n“Bees › Wax”",
    )
    made = from_passages("bees", 3, [Passage("Book", n, f"# Wax Wax {n} is so.") for n in (1, 2)])
    assert titles(made.slides) == ["Bees", "Wax (1)", "Wax (2)"]


def test_slides_called_the_same_are_numbered() -> None:
    slides = slides_from("## A\n- x\n## B\n- y\n## A\n- z", "")
    assert titles(numbered(slides, ["A (1)"])) == ["A (2)", "B", "A (3)"]


def test_titles_of_topics() -> None:
    assert [as_title(each) for each in ("bees", "iPhone sales", "Q3", "")] == [
        "Bees",
        "iPhone sales",
        "Q3",
        "",
    ]


MARKS = [
    "# ",
    "## ",
    "- ",
    "  - ",
    "      - ",
    "1. ",
    "> ",
    "```\n",
    "|a|b|\n|-|-|\n",
    "| x | y |\n",
]
WORDS = [
    "---\n",
    "\n",
    "\n\n",
    "text ",
    "— me",
    "Notes: ",
    "<!-- x -->\n",
    "<b>",
    "slide 1: ",
    "\t",
]
ODD = [
    "\x00",
    "\x0b",
    "\ufffe",
    "\ufeff",
    "\u202e",
    "\u2028",
    "=1+1",
    "![i](j)",
    "[l](m)",
    "\\",
    "`c`",
]
PIECES = st.sampled_from([*MARKS, *WORDS, *ODD])
MATERIAL = st.lists(PIECES | st.text(max_size=8), max_size=40).map("".join)


@settings(max_examples=200, deadline=None)
@given(MATERIAL, st.text(max_size=12), st.none() | st.integers(1, 20))
def test_any_material_gives_valid_slides(material: str, topic: str, count: Any) -> None:
    made = from_outline(material, topic, count)
    check(made.slides)
    assert count is None or len(made.slides) >= count
    check(slides_from(material, topic))


@settings(max_examples=100, deadline=None)
@given(st.text(), st.text(max_size=600), st.integers(1, 5))
def test_any_passage_gives_valid_slides(topic: str, text: str, count: int) -> None:
    made = from_passages(topic, count, [Passage(topic, 1, text), Passage(text, 2, topic)])
    check(made.slides)
    assert len(made.slides) == count


@pytest.mark.parametrize(
    "material",
    [
        "#\n" * 4999,
        "> " * 30_000,
        "- " * 50_000,
        "[" * 30_000,
        "*a " * 30_000,
        "|a" * 15_000 + "\n" + "|-" * 15_000,
        "`" * 14_000 + " " + "`" * 13_999,
        "<!--" * 25_000,
        "<!--" * 20_000 + "-->",
        "slide 1: " * 11_000,
        "a\n" * 4999,
        "x. " * 33_000,
    ],
)
def test_hostile_material_takes_little_time(material: str) -> None:
    start = time.process_time()
    from_outline(material, "", None)
    assert time.process_time() - start < 6


@pytest.mark.parametrize("material", ["a\n" * 6000, "[" * 40_000])
def test_more_than_can_be_read_is_refused(material: str) -> None:
    with pytest.raises(Refused, match="changed nothing"):
        from_outline(material, "", None)
