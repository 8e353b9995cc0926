"""Calls of tools on a draft, whatever a model writes."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from palaver.decks.deck import Deck, Slide
from palaver.decks.making.draft import Draft
from palaver.decks.making.tools import Misfits, Toolbox, outline_of
from palaver.models import TitleSlide
from tests.decks.making.validity import VALUES, check

TOOLBOX = Toolbox(VALUES)
NAMES = [tool.name for tool in TOOLBOX.offered(has_slides=True)]


class Call(msgspec.Struct, frozen=True):
    """A call of a model's."""

    name: str
    arguments: str


def deck(count: int) -> Deck:
    """A deck with some slides."""
    slides = tuple(Slide(f"slide_{n}", TitleSlide(title=f"Title {n}" * 40)) for n in range(count))
    return Deck("session", "Deck", "paper", 1, datetime.now(UTC), slides, count)


IDS = st.sampled_from(["slide_0", "slide_1", "slide_2", "slide_9", "start", "slide_x", ""])
SLIDE = st.sampled_from(
    [
        {"layout": "title", "title": "T"},
        {"layout": "bullets", "title": "B", "bullets": [{"text": "a"}]},
        {"layout": "quote", "quote": "Q"},
        {"layout": "quote"},
        {"layout": 1},
        {},
        None,
    ]
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "title": st.sampled_from(["T", "", 1, "x" * 300]),
    "theme": st.sampled_from(["paper", "ocean", "neon", None]),
    "slides": st.lists(SLIDE, max_size=3),
    "slide": SLIDE,
    "slide_id": IDS,
    "slide_ids": st.lists(IDS, max_size=3),
    "after": IDS,
}
ARGUMENTS = st.fixed_dictionaries({}, optional=FIELDS).map(json.dumps) | st.text(max_size=20)
CALLS = st.lists(st.builds(Call, st.sampled_from([*NAMES, "other"]), ARGUMENTS), max_size=4)


@settings(max_examples=300, deadline=None)
@given(CALLS, st.booleans())
def test_any_calls_fit_or_are_refused(calls: list[Call], is_cut: bool) -> None:
    draft = Draft(deck(3))
    with contextlib.suppress(Misfits):
        assert len(TOOLBOX.apply(draft, calls, is_cut=is_cut)) == len(calls)
        check(slide.content for slide in draft.slides)
        ids = [slide.slide_id for slide in draft.slides]
        assert len(set(ids)) == len(ids)


def test_an_outline_is_never_too_long() -> None:
    assert outline_of(Draft(deck(3))).splitlines()[0].startswith("slide_0 title: Title 0")
    long = outline_of(Draft(deck(200)))
    assert len(long) < 20_000
    assert "slide_199" in long
