"""What messages wish of a deck, read from their words."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.decks.making.messages import MAX_REQUEST_CHARACTERS
from palaver.decks.making.phrases import END, START, Place, Reference
from palaver.decks.making.reading import wish_of
from palaver.decks.making.reading_creations import NO_TOPIC
from palaver.decks.making.wishes import (
    Add,
    Create,
    Delete,
    ListSlides,
    Move,
    NotUnderstood,
    Replace,
    Reshape,
    Retitle,
    SetNotes,
    SetTheme,
    Swap,
    Undo,
    Wish,
)


def slide(number: int) -> Reference:
    """A slide by its number."""
    return Reference(number)


def after(number: int) -> Place:
    """The place after a slide."""
    return Place("after", slide(number))


@pytest.mark.parametrize(
    ("message", "wish"),
    [
        ("Create a 10-slide presentation about Q3 revenue", Create("Q3 revenue", 10)),
        ("create a ten slide deck on Q3 revenue.", Create("Q3 revenue", 10)),
        ("Please make me a presentation about cats", Create("cats")),
        ("Could you prepare a pitch deck on our plan with 5 slides?", Create("our plan", 5)),
        ("I'd like a slideshow about bees, 6 slides, please", Create("bees", 6)),
        ("I want a presentation about our roadmap", Create("our roadmap")),
        ("A presentation about bees", Create("bees")),
        ("12 slides about bees", Create("bees", 12, is_deck=False)),
        ("Create 5 slides on pricing", Create("pricing", 5, is_deck=False)),
        ("Make a deck about tides in the ocean theme", Create("tides", theme="ocean")),
        ("Make a deck: Our plan", Create("Our plan")),
        ('Create a presentation titled "Our plan"', Create("Our plan")),
        ("Create a presentation about\nQ3 revenue", Create("Q3 revenue")),
        (
            "Can you make a presentation on how to create and delete accounts?",
            Create("how to create and delete accounts"),
        ),
        ("Create a presentation: A, B and C", Create(material="- A\n- B\n- C")),
        ("Create a deck about Q3: A; B", Create("Q3", material="- A\n- B")),
        ("Create a presentation from this outline:\n# A", Create(material="# A")),
        ("Make slides from this:\n- A", Create(material="- A", is_deck=False)),
        ("Make a deck about Q3:\nA\nB", Create("Q3", material="A\nB")),
        ("# A\n- x\n\nTurn this into a deck", Create(material="# A\n- x")),
        ("Turn these notes into slides:\n- A", Create(material="- A")),
        ("add a slide on risks after slide 2", Add("risks", place=after(2))),
        ("Add a slide after slide 2 about risks", Add("risks", place=after(2))),
        ("add two slides about hiring at the end", Add("hiring", 2)),
        ("Insert another slide before slide 3", Add(place=Place("before", slide(3)))),
        ("Add a slide about us at the beginning", Add("us", place=START)),
        ("Add a slide as the last slide", Add()),
        ("Add a table slide about prices", Add("prices", layout="table")),
        ("Add a slide between slides 2 and 3", Add(place=after(2))),
        ("Create a slide about pricing", Add("pricing")),
        (
            "Add a slide with this table after slide 1:\n|a|\n|-|",
            Add(place=after(1), material="|a|\n|-|"),
        ),
        ("add a slide after slide 2: hello", Add("hello", place=after(2))),
        ("Add a quote after slide 2:\n> Hi", Add(place=after(2), layout="quote", material="> Hi")),
        ("make slide 3 a table", Reshape(slide(3), "table")),
        ("Turn the last slide into two columns", Reshape(slide(-1), "two_columns")),
        ("convert slide number 4 to a bullet list", Reshape(slide(4), "bullets")),
        ("Make slide 2 a quote: To be", Reshape(slide(2), "quote", "To be")),
        ("Show slide 2 as code", Reshape(slide(2), "code")),
        ("delete slide 3", Delete((slide(3),))),
        ("Remove slides 3, 4 and 6", Delete((slide(3), slide(4), slide(6)))),
        ("drop slides 2-4", Delete((slide(2), slide(3), slide(4)))),
        ("delete the last two slides", Delete((slide(-2), slide(-1)))),
        ("delete the first 2 slides", Delete((slide(1), slide(2)))),
        ("delete the third slide", Delete((slide(3),))),
        ("Remove the risks slide", Delete((Reference(title="risks"),))),
        ('Delete the slide "Next steps"', Delete((Reference(title="Next steps"),))),
        ("move slide 3 to the end", Move(slide(3), END)),
        ("Move slide 3 to the start", Move(slide(3), START)),
        ("move slide 4 to position 2", Move(slide(4), Place("at", slide(2)))),
        ("Move slide 2 before slide 1", Move(slide(2), Place("before", slide(1)))),
        ("put slide 2 after 5", Move(slide(2), after(5))),
        ("Move slide 2 up", Move(slide(2), Place("up"))),
        ("Move slide 2 to the second place", Move(slide(2), Place("at", slide(2)))),
        ("swap slides 2 and 4", Swap(slide(2), slide(4))),
        ("swap slide 2 with slide 4", Swap(slide(2), slide(4))),
        ("Rename slide 2 to “The plan”", Retitle("The plan", slide(2))),
        ("Change the title of slide 3 to Risks", Retitle("Risks", slide(3))),
        ("Change slide 3's title to Risks", Retitle("Risks", slide(3))),
        ("call slide 2 Hope", Retitle("Hope", slide(2))),
        ("Rename the presentation to Big Plan", Retitle("Big Plan")),
        ("Replace slide 2 with:\n- a", Replace(slide(2), "- a")),
        ("Change slide 2 to this:\ntext", Replace(slide(2), "text")),
        ("Add notes to slide 2: smile", SetNotes(slide(2), "smile", True)),
        ("Set the speaker notes of slide 2 to smile", SetNotes(slide(2), "smile")),
        ("add notes to slide 2:\none\ntwo", SetNotes(slide(2), "one\ntwo", True)),
        ("use the ocean theme", SetTheme("ocean")),
        ("Switch to midnight", SetTheme("midnight")),
        ("Set the theme of the deck to paper", SetTheme("paper")),
        ("Make the slides midnight", SetTheme("midnight")),
        ("undo", Undo()),
        ("Undo the last change, please.", Undo()),
        ("List the slides", ListSlides()),
    ],
)
def test_wishes(message: str, wish: Wish) -> None:
    assert wish_of(message) == (wish,)


def test_several_at_once() -> None:
    assert wish_of("Delete slide 2 and move slide 4 to the end.") == (
        Delete((slide(2),)),
        Move(slide(4), END),
    )
    assert wish_of("Use the ocean theme, then rename slide 1 to A; delete slide 2") == (
        SetTheme("ocean"),
        Retitle("A", slide(1)),
        Delete((slide(2),)),
    )
    # What stands below belongs to the last.
    assert wish_of("Delete slide 2 and replace slide 3 with:\n- a") == (
        Delete((slide(2),)),
        Replace(slide(3), "- a"),
    )


def test_half_of_what_is_asked_is_not_done() -> None:
    assert wish_of("Delete slide 2 and translate slide 3") == (NotUnderstood(),)


@pytest.mark.parametrize(
    "message",
    [
        "What is the capital of France?",
        "How do I make a presentation?",
        "What does the book say about slides?",
        "Why was the slide deck a success",
        "Tell me about slides",
        "The presentation was good",
        "present the plan",
        "Make it pop",
        "The deck chairs stand on the deck",
        "# A heading\n- and a list",
        "",
        "  \n ",
        "x" * (MAX_REQUEST_CHARACTERS + 1),
    ],
)
def test_what_is_about_something_else(message: str) -> None:
    assert wish_of(message) == ()


@pytest.mark.parametrize(
    "message",
    [
        "Translate slide 3 into German",
        "Make the slides prettier",
        "Split slide 3",
        "Improve the deck",
        "Delete slides 9 to 2",
        "Create slides",
    ],
)
def test_what_is_not_understood(message: str) -> None:
    [wish] = wish_of(message)
    assert isinstance(wish, NotUnderstood)


@pytest.mark.parametrize(
    "message",
    [
        "Make a presentation about this",
        "Create a deck from our conversation",
        "Create a presentation",
        "Turn the above into slides",
        "Add a slide about that",
    ],
)
def test_what_has_no_topic(message: str) -> None:
    assert wish_of(message) == (NotUnderstood(NO_TOPIC),)


def test_a_theme_that_does_not_exist() -> None:
    [wish] = wish_of("Change the theme to neon")
    assert wish == NotUnderstood("The themes are paper, midnight and ocean.")


WORDS = st.sampled_from(
    re.split(
        "[ ]",
        "create make add delete move rename slide slides deck presentation about after before 1 2 "
        "to the end and , : ; . table with notes of this title 999999 # - | > ``` \n \u2028",
    )
)


@given(st.lists(WORDS, max_size=60).map(" ".join) | st.text(max_size=300))
def test_any_message_is_read(message: str) -> None:
    assert isinstance(wish_of(message), tuple)


@pytest.mark.parametrize(
    "message",
    [
        "create a presentation about " + "and create " * 90,
        "add notes to " * 75,
        "delete slide " + "2, " * 320,
        "move slide " + "to " * 320,
        "please " * 140,
        "add a slide " + "after " * 160,
        "change the title of " * 48,
        "a" * 500 + " slides" * 70,
        " ".join(["make"] * 190),
        "make a deck " + " , " * 320,
        "i hope you " * 90,
        "thanks ok great " * 60,
        "make a deck about " + "with a " * 140,
        "make a deck about " + "5 slides (" * 90,
        "make a deck about " + "and create a " * 70,
        "add a slide with " + "and with the " * 70,
        "after slide 2 " * 70 + ", add a slide",
        "präsentation " * 70 + "über",
        "presentatiom " * 75,
        "undo " + "changes " * 120,
        "- delete slide 2\n" * 60,
    ],
)
def test_hostile_messages_take_no_time(message: str) -> None:
    # Of the processor: others may have it meanwhile. What goes wrong here takes minutes.
    start = time.process_time()
    wish_of(message)
    assert time.process_time() - start < 5
