"""Changes of a deck as functions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from palaver.decks import editing
from palaver.decks.deck import Deck
from palaver.errors import SlideNotFound
from palaver.models import TitleSlide

EMPTY = Deck("s", "Talk", "paper", 0, datetime(2026, 1, 1, tzinfo=UTC))


def deck_of(names: str) -> Deck:
    """A deck with a slide for each letter."""
    deck = EMPTY
    for name in names:
        deck = editing.insert_slide(deck, TitleSlide(title=name))
    return deck


def read(deck: Deck) -> str:
    """The letters of a deck."""
    return "".join(
        slide.content.title for slide in deck.slides if isinstance(slide.content, TitleSlide)
    )


@pytest.mark.parametrize(
    ("position", "order"),
    [(None, "abcX"), (0, "Xabc"), (1, "aXbc"), (3, "abcX"), (4, "abcX"), (200, "abcX")],
)
def test_a_slide_is_inserted_at_its_position(position: int | None, order: str) -> None:
    deck = deck_of("abc")
    changed = editing.insert_slide(deck, TitleSlide(title="X"), position)
    assert read(changed) == order
    new = next(each for each in changed.slides if each.content == TitleSlide(title="X"))
    assert new.slide_id == editing.new_slide_id(deck) == "slide_3"
    assert read(deck) == "abc"


@pytest.mark.parametrize(
    ("slide_id", "position", "order"),
    [
        ("slide_0", 0, "abc"),
        ("slide_0", 1, "bac"),
        ("slide_0", 2, "bca"),
        ("slide_0", 200, "bca"),
        ("slide_2", 0, "cab"),
        ("slide_2", 1, "acb"),
        ("slide_1", 2, "acb"),
    ],
)
def test_a_slide_is_moved_to_its_position(slide_id: str, position: int, order: str) -> None:
    assert read(editing.move_slide(deck_of("abc"), slide_id, position)) == order


def test_a_replaced_slide_keeps_its_id_and_place() -> None:
    changed = editing.replace_slide(deck_of("abc"), "slide_1", TitleSlide(title="X"))
    assert read(changed) == "aXc"
    assert changed.slides[1].slide_id == "slide_1"


def test_the_id_of_a_deleted_slide_is_not_given_out_again() -> None:
    deck = editing.delete_slide(deck_of("abc"), "slide_2")
    assert read(deck) == "ab"
    assert editing.insert_slide(deck, TitleSlide(title="d")).slides[-1].slide_id == "slide_3"


def test_theme_and_title_change_apart() -> None:
    deck = deck_of("a")
    themed = editing.restyle(deck, theme="ocean")
    assert (themed.theme, themed.title) == ("ocean", "Talk")
    titled = editing.restyle(themed, title="Other")
    assert (titled.theme, titled.title, titled.slides) == ("ocean", "Other", deck.slides)


@pytest.mark.parametrize("slide_id", ["slide_3", "slide_00", "", "a"])
def test_what_is_not_there_cannot_be_changed(slide_id: str) -> None:
    deck = deck_of("abc")
    with pytest.raises(SlideNotFound):
        editing.replace_slide(deck, slide_id, TitleSlide(title="X"))
    with pytest.raises(SlideNotFound):
        editing.delete_slide(deck, slide_id)
    with pytest.raises(SlideNotFound):
        editing.move_slide(deck, slide_id, 0)
