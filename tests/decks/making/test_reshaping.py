"""Slides in other layouts: all that they said is still there."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palaver.decks.making.composing import slides_from
from palaver.decks.making.contents import FILL_IN
from palaver.decks.making.draft import Refused
from palaver.decks.making.phrases import Layout
from palaver.decks.making.reshaping import reshaped, retitled
from palaver.models import (
    Bullet,
    BulletsSlide,
    CodeSlide,
    Column,
    ImageSlide,
    QuoteSlide,
    SectionSlide,
    SlideContent,
    TableSlide,
    TitleSlide,
    TwoColumnsSlide,
)
from tests.decks.making.validity import check

LAYOUTS: dict[Layout, type] = {
    "table": TableSlide,
    "two_columns": TwoColumnsSlide,
    "quote": QuoteSlide,
    "code": CodeSlide,
    "section": SectionSlide,
    "title": TitleSlide,
    "bullets": BulletsSlide,
}
WORDS = ("Growth", "Europe", "up", "Asia", "down", "smile")
IMAGE = ImageSlide(title="I", image_id="019a9f40-4e5f-7a6b-8c7d-9e0f1a2b3c4d", alt="a")


@pytest.mark.parametrize("path", [*itertools.product(LAYOUTS, repeat=2)])
def test_every_layout_from_every_other(path: tuple[Layout, ...]) -> None:
    slides = slides_from("## Growth\n- Europe: up\n  - Asia\n- down\n\nNotes: smile", "")
    for layout in path:
        slides = reshaped(slides[0], layout)
        check(slides)
        assert [type(slide) for slide in slides] == [LAYOUTS[layout]]
        everything = repr(slides)
        assert all(word in everything for word in WORDS)


def test_two_columns_and_tables() -> None:
    table = TableSlide(title="T", header=["Where", "What"], rows=[["Europe", "up"], ["Asia"]])
    [columns] = reshaped(table, "two_columns")
    assert columns == TwoColumnsSlide(
        title="T",
        left=Column(heading="Where", bullets=[Bullet(text="Europe"), Bullet(text="Asia")]),
        right=Column(heading="What", bullets=[Bullet(text="up")]),
    )
    assert reshaped(columns, "table") == [
        TableSlide(title="T", header=["Where", "What"], rows=[["Europe", "up"], ["Asia", ""]])
    ]
    [bullets] = reshaped(table, "bullets")
    assert bullets == BulletsSlide(
        title="T",
        bullets=[Bullet(text="Europe"), Bullet(text="What: up", level=1), Bullet(text="Asia")],
    )


def test_what_stands_below_stands_beside() -> None:
    [slide] = slides_from("## T\n- A\n  - a\n  - b\n- B", "")
    assert reshaped(slide, "table") == [
        TableSlide(title="T", header=[FILL_IN, FILL_IN], rows=[["A", "a\nb"], ["B", ""]])
    ]


def test_images_stay_images() -> None:
    with pytest.raises(Refused, match="shows an image"):
        reshaped(IMAGE, "table")
    with pytest.raises(Refused, match="uploaded first"):
        reshaped(TitleSlide(title="T"), "image")
    renamed = retitled(IMAGE, "J")
    assert isinstance(renamed, ImageSlide)
    assert renamed.title == "J"


def test_titles() -> None:
    long = "word " * 200
    slide: Any = retitled(TitleSlide(title="T", notes="n"), long)
    assert (slide.title[-1], slide.notes) == ("…", f"n\n\n{long.strip()}")
    with pytest.raises(Refused, match="no title"):
        retitled(QuoteSlide(quote="Q"), "T")


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=30
).filter(lambda text: text.strip(" \ufeff") and text.isprintable())
BULLETS = st.lists(st.builds(Bullet, text=TEXT, level=st.integers(0, 2)), min_size=1, max_size=40)
COLUMNS = st.builds(Column, bullets=BULLETS, heading=TEXT)
CONTENTS: st.SearchStrategy[SlideContent] = st.one_of(
    st.builds(BulletsSlide, title=TEXT, bullets=BULLETS, notes=TEXT),
    st.builds(TwoColumnsSlide, title=TEXT, left=COLUMNS, right=COLUMNS),
    st.builds(
        TableSlide,
        title=TEXT,
        header=st.lists(TEXT, min_size=1, max_size=12),
        rows=st.lists(st.lists(TEXT, min_size=1, max_size=12), max_size=20),
    ),
    st.builds(CodeSlide, title=TEXT, code=TEXT),
    st.builds(QuoteSlide, quote=TEXT, attribution=TEXT),
)


@settings(max_examples=100, deadline=None)
@given(CONTENTS, st.sampled_from([*LAYOUTS]), st.sampled_from([*LAYOUTS]))
def test_any_slide_can_be_reshaped(content: SlideContent, first: Layout, second: Layout) -> None:
    slides = [again for slide in reshaped(content, first) for again in reshaped(slide, second)]
    check(slides)
    assert {type(slide) for slide in slides} == {LAYOUTS[second]}
