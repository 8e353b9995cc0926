"""Presentations, read back with python-pptx."""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from typing import Any

import pptx
import pytest
from lxml import etree
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.util import Pt

from palaver.decks.deck import Image
from palaver.decks.rendering import RenderingFailed, write_pptx
from palaver.models import (
    BulletsSlide,
    CodeSlide,
    ImageSlide,
    SlideContent,
    TableSlide,
    Theme,
    TitleSlide,
)
from tests.decks.rendering.samples import (
    GONE_ID,
    HOSTILE,
    PICTURE_ID,
    SLIDES,
    THEMES,
    bullets,
    deck,
    images,
    picture_file,
    written,
)
from tests.decks.rendering.test_html import hostile


def opened(*slides: SlideContent, theme: Theme = "paper") -> Any:
    return pptx.Presentation(io.BytesIO(written(write_pptx, slides, theme)))


def only(*slides: SlideContent) -> Any:
    [slide] = opened(*slides).slides
    return slide


def places(slide: Any) -> dict[int, Any]:
    return {s.placeholder_format.idx: s for s in slide.placeholders}


def text(slide: Any) -> dict[int, str]:
    """The texts of a slide's placeholders; its number is not one of them."""
    return {
        index: shape.text_frame.text
        for index, shape in places(slide).items()
        if index != 12 and shape.has_text_frame
    }


def test_title() -> None:
    slide = only(SLIDES["title"])
    assert slide.slide_layout.name == "Title"
    assert slide.shapes.title.placeholder_format.type == PP_PLACEHOLDER.CENTER_TITLE
    assert text(slide) == {0: "Quarterly review", 1: "Third quarter\vFinance"}
    assert slide.notes_slide.notes_text_frame.text == "Welcome.\nBe brief."


def test_section() -> None:
    slide = only(SLIDES["section"])
    assert slide.slide_layout.name == "Section"
    assert text(slide) == {0: "Where it came from", 1: "Products and regions"}
    assert not slide.has_notes_slide


def test_bullets_are_paragraphs_with_levels() -> None:
    slide = only(SLIDES["bullets"])
    assert slide.slide_layout.name == "Bullets"
    assert slide.shapes.title.text_frame.text == "Revenue"
    found = [(p.level, p.text) for p in places(slide)[1].text_frame.paragraphs]
    assert found == [(0, "Up by 12 %"), (1, "Subscriptions"), (2, "of all kinds"),
                     (0, "Hardware fell")]  # fmt: skip
    assert slide.notes_slide.notes_text_frame.text == "Thank the sales team."


def test_two_columns() -> None:
    slide = only(SLIDES["two_columns"])
    assert slide.slide_layout.name == "Two columns with headings"
    assert text(slide) == {
        0: "Then and now",
        1: "Then",
        2: "By hand\non Fridays",
        3: "Now",
        4: "By itself",
    }


def test_a_table_is_a_table() -> None:
    slide = only(SLIDES["table"])
    frame = places(slide)[1]
    assert frame.placeholder_format.type == PP_PLACEHOLDER.TABLE
    rows = [[cell.text_frame.text for cell in row.cells] for row in frame.table.rows]
    assert rows == [["Region", "Q2", "Q3"], ["Europe", "4.1", "4.8"], ["Asia", "2.2", ""],
                    ["Americas", "=1+1", "@SUM(A1)"]]  # fmt: skip
    assert frame.table.first_row


def test_code_is_in_a_monospaced_face() -> None:
    slide = only(SLIDES["code"])
    assert text(slide) == {
        0: "A call",
        1: "def export():\n    if ready:\n        return 1\n\nexport()  # done",
        2: "python",
    }
    layout = {p.placeholder_format.idx: p for p in slide.slide_layout.placeholders}
    faces = layout[1]._element.xpath(".//a:lvl1pPr/a:defRPr/a:latin/@typeface")
    assert faces == ["Courier New"]


def test_a_quotation_is_the_title_of_its_slide() -> None:
    slide = only(SLIDES["quote"])
    assert slide.shapes.title.text_frame.text == "It does what it says."
    assert text(slide)[1] == "A reader"


def test_an_image_with_its_words() -> None:
    slide = only(SLIDES["image"])
    picture = places(slide)[1]
    assert picture._element.nvPicPr.cNvPr.get("descr") == "A blue area"
    assert picture.width / picture.height == pytest.approx(320 / 180, abs=0.01)
    assert (picture.crop_left, picture.crop_top) == (0, 0)
    assert picture.image.content_type == "image/png"
    assert text(slide)[2] == "Figure 1"


def test_an_image_that_is_gone_is_words() -> None:
    slide = only(ImageSlide(title="T", image_id=GONE_ID, alt="A map"))
    assert [s.text_frame.text for s in slide.shapes if s.name == "Missing image"] == ["A map"]


def test_an_image_that_goes_meanwhile_fails_the_export() -> None:
    answers = itertools.chain([images(PICTURE_ID)], itertools.repeat(None))

    def forgetful(image_id: str) -> Image | None:
        return next(answers)

    with pytest.raises(RenderingFailed):
        write_pptx(deck([SLIDES["image"]]), forgetful, io.BytesIO())


def test_a_large_image_is_made_smaller() -> None:
    noise = Image(PICTURE_ID, "image/png", 2560, 2560, _noise(), b"", "image/png")
    file = io.BytesIO()
    write_pptx(deck([SLIDES["image"]] * 5), lambda image_id: noise, file)
    assert len(noise.data) > 10_000_000
    assert len(file.getvalue()) < 4_000_000
    slides = list(pptx.Presentation(file).slides)
    assert max(places(slides[0])[1].image.size) == 1920


def _noise() -> bytes:
    import random

    from PIL import Image as Picture

    buffer = io.BytesIO()
    pixels = random.Random(1).randbytes(2560 * 2560 * 3)
    Picture.frombytes("RGB", (2560, 2560), pixels).save(buffer, "PNG", compress_level=0)
    return buffer.getvalue()


def test_jpeg_images_too() -> None:
    data = picture_file(kind="JPEG")
    image = Image(PICTURE_ID, "image/jpeg", 320, 180, data, data, "image/jpeg")
    file = io.BytesIO()
    write_pptx(deck([SLIDES["image"]]), lambda image_id: image, file)
    [slide] = pptx.Presentation(file).slides
    assert places(slide)[1].image.content_type == "image/jpeg"


@pytest.mark.parametrize("theme", THEMES)
def test_the_layouts_of_a_presentation(theme: Theme) -> None:
    made = opened(*SLIDES.values(), theme=theme)
    assert (made.slide_width, made.slide_height) == (Pt(960), Pt(540))
    assert [layout.name for layout in made.slide_layouts] == [
        "Title", "Section", "Bullets", "Two columns with headings", "Two columns", "Table", "Code",
        "Quote", "Image",
    ]  # fmt: skip
    for slide in made.slides:
        # Everything that a slide holds is in a place of its layout.
        offered = {p.placeholder_format.idx for p in slide.slide_layout.placeholders}
        assert all(shape.is_placeholder for shape in slide.shapes)
        assert {shape.placeholder_format.idx for shape in slide.shapes} <= offered
        identities = [shape.shape_id for shape in slide.shapes]
        assert len(identities) == len(set(identities))


def test_a_long_list_goes_on() -> None:
    items = [f"Point {number}" for number in range(40)]
    slides = list(opened(BulletsSlide(title="T", bullets=bullets(*items), notes="N")).slides)
    assert [s.shapes.title.text_frame.text for s in slides] == [
        "T",
        "T (2/4)",
        "T (3/4)",
        "T (4/4)",
    ]
    found = [p.text for s in slides for p in places(s)[1].text_frame.paragraphs]
    assert found == items
    assert [s.has_notes_slide for s in slides] == [True, False, False, False]


def test_a_long_table_goes_on_below_its_header() -> None:
    rows = [[str(number), f"Customer {number}"] for number in range(30)]
    slides = opened(TableSlide(title="T", header=["No.", "Name"], rows=rows)).slides
    tables = [[[c.text_frame.text for c in row.cells] for row in places(s)[1].table.rows]
              for s in slides]  # fmt: skip
    assert len(tables) > 1
    assert all(table[0] == ["No.", "Name"] for table in tables)
    assert [row for table in tables for row in table[1:]] == rows
    for slide in slides:
        frame = places(slide)[1]
        assert frame.top + frame.height <= Pt(490)


@pytest.mark.parametrize("layout", SLIDES)
@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_text_stays_text(layout: str, words: str) -> None:
    made = opened(hostile(SLIDES[layout], words))
    found = [
        shape.text_frame.text
        for slide in made.slides
        for shape in slide.placeholders
        if shape.has_text_frame and shape.placeholder_format.idx != 12
    ]
    found += [
        cell.text_frame.text
        for slide in made.slides
        for shape in slide.shapes
        if shape.has_table
        for row in shape.table.rows
        for cell in row.cells
        if cell.text_frame.text
    ]
    assert found
    assert {part for each in found for part in each.split("\n")} == {words}


def test_what_xml_cannot_hold_is_replaced() -> None:
    slide = only(TitleSlide(title="a\x01b\ufffec"))
    assert slide.shapes.title.text_frame.text == "a\ufffdb\ufffdc"


def test_nothing_points_outside_the_file() -> None:
    data = written(write_pptx, list(SLIDES.values()))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                etree.fromstring(archive.read(name))
            if name.endswith(".rels"):
                assert b'TargetMode="External"' not in archive.read(name)
            assert not re.search("thumbnail|printerSettings|vba", name)


def test_the_same_deck_is_the_same_bytes() -> None:
    once = written(write_pptx, list(SLIDES.values()), title="Größe 中文")
    assert once == written(write_pptx, list(SLIDES.values()), title="Größe 中文")


def test_what_the_file_says_of_itself() -> None:
    data = written(write_pptx, [SLIDES["title"]], title="Größe " + "x" * 300)
    about = pptx.Presentation(io.BytesIO(data)).core_properties
    assert about.title.startswith("Größe xxx")
    assert about.author == ""
    assert about.modified.isoformat() == "2026-01-15T10:30:00"


def test_two_hundred_slides() -> None:
    made = opened(*[SLIDES["bullets"]] * 199, SLIDES["code"])
    assert len(made.slides) == 200


def test_code_with_blank_ends_keeps_its_lines() -> None:
    slide = only(CodeSlide(title="T", code="\n\n  a\n\nb\n"))
    assert text(slide)[1] == "\n\n  a\n\nb"
