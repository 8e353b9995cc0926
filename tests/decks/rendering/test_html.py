"""Slides as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import lxml.html
import msgspec
import pytest

from palaver.decks.deck import Image
from palaver.decks.rendering import render_html, style_sheet
from palaver.models import (
    BulletsSlide,
    Column,
    ImageSlide,
    QuoteSlide,
    SectionSlide,
    SlideContent,
    TableSlide,
    Theme,
    TitleSlide,
    TwoColumnsSlide,
)
from tests.decks.rendering.samples import (
    GONE_ID,
    HOSTILE,
    PICTURE_ID,
    SLIDES,
    THEMES,
    bullets,
    images,
    picture_file,
)

_UNSEEN = {"layout", "notes", "image_id"}


def read(content: SlideContent) -> Any:
    return lxml.html.fragment_fromstring(render_html(content, images))


def strings(content: Any, key: str = "") -> Iterator[str]:
    """Every text of a slide that is seen."""
    if isinstance(content, dict):
        # A heading stands above its list.
        for name, value in sorted(content.items(), key=lambda item: item[0] != "heading"):
            if name not in _UNSEEN:
                yield from strings(value, name)
    elif isinstance(content, list):
        for value in content:
            yield from strings(value, key)
    elif isinstance(content, str) and key != "alt":
        yield content


def hostile(content: SlideContent, text: str) -> SlideContent:
    """The slide with another text wherever it has one."""

    def changed(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: changed(each, name) for name, each in value.items()}
        if isinstance(value, list):
            return [changed(each, key) for each in value]
        return text if isinstance(value, str) and key not in _UNSEEN else value

    made: SlideContent = msgspec.convert(changed(msgspec.to_builtins(content)), SlideContent)
    return made


@pytest.mark.parametrize("layout", SLIDES)
def test_all_texts_in_their_order(layout: str) -> None:
    made = read(SLIDES[layout])
    assert made.tag == "section"
    wanted = "".join(strings(msgspec.to_builtins(SLIDES[layout])))
    order = made.text_content()
    if layout == "code":
        order = order.removesuffix("python")
        wanted = wanted.replace("python", "")
    assert "".join(order.split()) == "".join(wanted.split())


@pytest.mark.parametrize("layout", SLIDES)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(layout: str, text: str) -> None:
    plain = {element.tag for element in read(SLIDES[layout]).iter()}
    made = read(hostile(SLIDES[layout], text))
    assert {element.tag for element in made.iter()} == plain
    assert text in made.text_content()
    names = {name for element in made.iter() for name in element.attrib}
    assert names <= {"class", "dir", "src", "alt", "scope", "tabindex"}
    assert [e.get("alt") for e in made.iter("img")] in ([], [text])


def test_levels_are_lists_within_lists() -> None:
    made = read(
        BulletsSlide(title="T", bullets=bullets((2, "a"), (0, "b"), (1, "c"), (1, "d"), (0, "e")))
    )
    body = made.find_class("body")[0]
    [outer] = body.findall("ul")
    assert [item.text for item in outer.findall("li")] == ["a", "b", "e"]
    assert [item.text for item in outer.findall("li/ul/li")] == ["c", "d"]
    assert outer.find("li").get("class") == "level-2"


def test_a_table_has_a_header_and_full_rows() -> None:
    made = read(TableSlide(title="T", header=["a"], rows=[["1", "2"], ["3"]]))
    assert [cell.text or "" for cell in made.findall(".//th")] == ["a", ""]
    rows = [[cell.text or "" for cell in row.findall("td")] for row in made.findall(".//tbody/tr")]
    assert rows == [["1", "2"], ["3", ""]]


def test_code_keeps_its_blanks() -> None:
    code = "\n  a\tb\n\n    c"
    slide = msgspec.structs.replace(SLIDES["code"], code=code)
    assert read(slide).find(".//pre/code").text == code


def test_columns_without_headings_or_bullets() -> None:
    made = read(TwoColumnsSlide(title="T", left=Column(bullets=[]), right=Column(bullets=[])))
    assert made.findall(".//h3") == []


def test_an_image_is_in_the_html() -> None:
    [image] = read(SLIDES["image"]).iter("img")
    assert image.get("src").startswith("data:image/png;base64,")
    assert image.get("alt") == "A blue area"


def test_an_image_that_is_gone_is_words() -> None:
    made = read(ImageSlide(title="T", image_id=GONE_ID, alt="A map"))
    assert made.find(".//figure/p").text == "A map"


def test_no_address_but_that_of_an_image_survives() -> None:
    def bad(image_id: str) -> Image:
        return Image(image_id, "x", 1, 1, b"", b"", 'image/svg+xml" onload="alert(1)')

    slide = ImageSlide(title="T", image_id=PICTURE_ID, alt="a")
    made = render_html(slide, bad)
    assert "svg" not in made
    assert "onload" not in made


def test_long_texts_are_set_smaller() -> None:
    made = read(TitleSlide(title="word " * 99, subtitle=""))
    assert re.search(r"\btitle-\d\d\b", made.get("class"))
    assert "subtitle" not in render_html(TitleSlide(title="a", subtitle=" "), images)


@pytest.mark.parametrize(
    ("slide", "name"),
    [
        (SectionSlide(title="T", subtitle="w " * 250), "subtitle"),
        (QuoteSlide(quote="Q", attribution="w " * 150), "attribution"),
        (ImageSlide(title="T", image_id=PICTURE_ID, alt="a", caption="word " * 100), "caption"),
        (ImageSlide(title="T", image_id=GONE_ID, alt="word " * 200), "missing"),
        (TwoColumnsSlide(title="T", left=Column(heading="W" * 200, bullets=[]),
                         right=Column(heading="Now", bullets=[])), "heading"),
        (TwoColumnsSlide(title="T", left=Column(heading="Then", bullets=[]),
                         right=Column(heading="W" * 200, bullets=[])), "second-heading"),
    ],
)  # fmt: skip
def test_every_text_is_as_small_as_in_files(slide: SlideContent, name: str) -> None:
    sizes = re.findall(r"\b([a-z-]+)-(\d+)\b", read(slide).get("class"))
    assert {found: int(step) for found, step in sizes}[name] < 100
    assert {found for found, _ in sizes} <= {name, "title", "body", "image"}
    for found, step in sizes:
        assert f".{found}-{step}" in style_sheet("ocean")


def test_a_small_image_is_as_large_as_in_files() -> None:
    def small(image_id: str) -> Image:
        data = picture_file(10, 10)
        return Image(image_id, "image/png", 10, 10, data, data, "image/png")

    slide = ImageSlide(title="T", image_id=PICTURE_ID, alt="a")
    made = lxml.html.fragment_fromstring(render_html(slide, small))
    # 30 points of 960.
    assert "image-3" in made.get("class").split()
    assert ".image-3 img { width: 3cqw; }" in style_sheet("paper")
    assert "image-63" in read(slide).get("class").split()


def test_only_words_that_are_none_are_cut() -> None:
    digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    made = read(TableSlide(title="T", header=["Internationalization", "b"], rows=[["x", digest]]))
    assert [cell.text for cell in made.find_class("long")] == [digest]
    assert "cut" not in made.get("class").split()
    # No size has room for this.
    many = read(TableSlide(title="T", header=["W" * 14] * 12, rows=[]))
    assert "cut" in many.get("class").split()


def test_a_table_that_is_scrolled_is_small_enough_for_its_words() -> None:
    def share(*header: str) -> int:
        slide = TableSlide(title="T", header=list(header), rows=[["1,234,567"] * len(header)] * 30)
        found = re.search(r"\bbody-(\d+)\b", read(slide).get("class"))
        assert found
        return int(found[1])

    assert share("a", "b") == 75
    assert share(*["September"] * 12) < 60


def test_numbers_stand_where_their_column_does() -> None:
    made = read(TableSlide(title="T", header=["النمو", "b"], rows=[["12 %", "12 %"], ["x", "y"]]))
    assert [cell.get("dir") for cell in made.iter("td")] == ["rtl", "auto", "auto", "auto"]


@pytest.mark.parametrize("theme", THEMES)
def test_style_sheets_load_nothing(theme: Theme) -> None:
    sheet = style_sheet(theme)
    assert not re.search(r"url\(|@import|@font-face|expression|javascript|<|\$", sheet)
    assert sheet.count("{") == sheet.count("}")


def test_themes_differ() -> None:
    assert len({style_sheet(theme) for theme in THEMES}) == 3


def test_every_class_of_a_size_has_its_rule() -> None:
    for length in range(1, 500, 7):
        classes = read(TitleSlide(title="w " * (length // 2) + "w")).get("class").split()
        assert all(f".{name}" in style_sheet("paper") for name in classes)
