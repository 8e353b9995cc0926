"""PDF files: their text, their pages, their bounds."""

from __future__ import annotations

import io
import itertools
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Literal

import pypdfium2
import pytest

from palaver.decks.deck import Image
from palaver.decks.rendering import RenderingFailed, pdf, typesetting, write_pdf, write_pptx
from palaver.decks.rendering.layout import lay_out
from palaver.decks.rendering.pages import CELL_X, TableBlock, TextBlock
from palaver.models import (
    BulletsSlide,
    CodeSlide,
    Column,
    QuoteSlide,
    SectionSlide,
    SlideContent,
    TableSlide,
    Theme,
    TitleSlide,
    TwoColumnsSlide,
)
from tests.decks.rendering.samples import (
    HOSTILE,
    PICTURE_ID,
    SLIDES,
    THEMES,
    bullets,
    deck,
    images,
    page_faces,
    page_texts,
    text_bounds,
    written,
)
from tests.decks.rendering.test_html import hostile
from tests.decks.rendering.test_layout import MONTHS, WORDS

WANTED = {
    "title": "Quarterly review Third quarter Finance",
    "section": "Where it came from Products and regions",
    "bullets": "Revenue • Up by 12 % • Subscriptions • of all kinds • Hardware fell",
    "two_columns": "Then and now Then • By hand • on Fridays Now • By itself",
    "table": "Regions Region Q2 Q3 Europe 4.1 4.8 Asia 2.2 Americas =1+1 @SUM(A1)",
    "code": "A call def export(): if ready: return 1 export() # done python",
    "quote": "It does what it says. A reader",
    "image": "A picture Figure 1",
}
LARGEST: dict[str, SlideContent] = {
    "title": TitleSlide(title="W" * 500, subtitle="m" * 500),
    "bullets": BulletsSlide(title="word " * 100, bullets=bullets(*["Wm" * 500] * 40)),
    "two_columns": TwoColumnsSlide(
        title="t",
        left=Column(heading="W" * 200, bullets=bullets(*[(2, "long word " * 50)] * 40)),
        right=Column(heading="中" * 200, bullets=bullets("x" * 1000)),
    ),
    "table": TableSlide(
        title="t", header=["W" * 40] * 12, rows=[["m" * 500, *["several words"] * 11]] * 30
    ),
    "code": CodeSlide(title="t", code="W" * 500 + "\n" + "中文" * 400 + "\n" + "a b " * 900),
    "quote": QuoteSlide(quote="中" * 2000, attribution="W" * 300),
}


def test_one_page_a_slide_with_its_text() -> None:
    data = written(write_pdf, list(SLIDES.values()))
    wanted = [f"{WANTED[layout]} {number}" for number, layout in enumerate(SLIDES, 1)]
    assert page_texts(data) == wanted


@pytest.mark.parametrize("theme", THEMES)
def test_each_theme_in_its_colours(theme: Theme) -> None:
    document = pypdfium2.PdfDocument(written(write_pdf, [SLIDES["bullets"]], theme))
    page = document[0]
    assert page.get_size() == (960, 540)
    colour = page.render(scale=0.1).to_pil().getpixel((2, 50))
    page.close()
    document.close()
    paper = {
        "paper": (0xFB, 0xF9, 0xF4),
        "midnight": (0x10, 0x18, 0x28),
        "ocean": (0xF5, 0xFA, 0xFC),
    }
    assert colour == paper[theme]


def test_files_continue_at_the_same_place() -> None:
    slides: list[SlideContent] = [
        BulletsSlide(title="Points", bullets=bullets(*(f"Point {n} " * 8 for n in range(40)))),
        TableSlide(title="Rows", header=["a", "b"], rows=[[str(n), "row"] for n in range(60)]),
        CodeSlide(title="Lines", code="\n".join(f"line {n}" for n in range(100))),
    ]
    texts = page_texts(written(write_pdf, slides))
    import pptx

    made = pptx.Presentation(io.BytesIO(written(write_pptx, slides))).slides
    assert len(texts) == len(made) == len(lay_out(slides, lambda image: None))
    assert len(texts) > 8
    for number, (found, slide) in enumerate(zip(texts, made, strict=True), 1):
        words = []
        for shape in slide.placeholders:
            if shape.has_table:
                words += [c.text_frame.text for row in shape.table.rows for c in row.cells]
            elif shape.placeholder_format.idx != 12:
                words.append(shape.text_frame.text)
        assert found.replace("• ", "") == " ".join(f"{' '.join(words)} {number}".split())


@pytest.mark.parametrize("layout", LARGEST)
@pytest.mark.parametrize("theme", ["paper", "midnight"])
def test_nothing_leaves_its_page(layout: str, theme: Theme) -> None:
    for left, bottom, right, top in text_bounds(written(write_pdf, [LARGEST[layout]], theme)):
        assert left >= 40
        assert bottom >= 12
        assert right <= 930
        assert top <= 530


TABLES = [
    TableSlide(title="", header=header, rows=[row] * rows)
    for rows in (3, 12)
    for header, row in (
        (["a" * 100, "b"], ["x", "W" * 80]),
        (WORDS, ["yes", "12 %", "Finance team", "1,234,567", "see below", "45 %", "none", "now"]),
        ([f"Column {n}" for n in range(12)], [f"1{n},00{n}" for n in range(12)]),
        (["W" * 40] * 12, ["m" * 50] * 12),
        (["地区", "收入（百万）", "负责人", "备注"], ["欧洲", "4.8", "王小明", "主要来自订阅" * 9]),
        (["المنطقة", "الإيرادات", "ملاحظات"], ["أوروبا", "4.8", "زيادة الاشتراكات"]),
    )
]


@pytest.mark.parametrize("theme", THEMES)
def test_no_cell_touches_its_neighbour(theme: Theme) -> None:
    laid = lay_out(TABLES, lambda image: None)
    document = pypdfium2.PdfDocument(written(write_pdf, TABLES, theme))
    for number, page in enumerate(laid):
        [table] = page.blocks
        assert isinstance(table, TableBlock)
        edges = list(itertools.accumulate(table.widths, initial=table.box.x))
        shown = document[number]
        text_page = shown.get_textpage()
        boxes = [text_page.get_charbox(at) for at in range(text_page.count_chars())]
        # The title stands above, the page's number below.
        cells = [
            (left, right)
            for left, bottom, right, top in boxes
            if bottom > 40 and top < 405 and right > left
        ]
        assert cells
        for left, right in cells:
            assert any(
                start + CELL_X - 1.5 <= left and right <= end - CELL_X + 1.5
                for start, end in itertools.pairwise(edges)
            ), (number, left, right, edges)
        text_page.close()
        shown.close()
    document.close()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    "header", [WORDS, MONTHS, ["Implementation", "Responsibility"] * 6], ids=["8", "12", "long"]
)
def test_words_of_tables_are_printed_whole(theme: Theme, header: list[str]) -> None:
    numbers = [f"{n},234,567" for n in range(1, len(header) + 1)]
    slide = TableSlide(title="T", header=header, rows=[numbers])
    [text] = page_texts(written(write_pdf, [slide], theme))
    # A word that is cut stands on two lines.
    words = [word for cell in (*header, *numbers) for word in cell.split()]
    assert sorted(text.split()) == sorted(["T", *words, "1"])


def test_numbers_stand_where_their_column_does() -> None:
    rows = [["أوروبا", "4.8"], ["آسيا", "2.2"]]
    slide = TableSlide(title="", header=["المنطقة", "الإيرادات"], rows=rows)
    [page] = lay_out([slide], lambda image: None)
    [table] = page.blocks
    assert isinstance(table, TableBlock)
    document = pypdfium2.PdfDocument(written(write_pdf, [slide]))
    text_page = document[0].get_textpage()
    text = text_page.get_text_range()
    right = text_page.get_charbox(max(text.index("4"), text.index(".8") + 1))[2]
    text_page.close()
    document.close()
    assert right > table.box.x + sum(table.widths) - CELL_X - 2


def test_hostile_text_is_printed_as_it_is() -> None:
    slides = [hostile(SLIDES[layout], text) for layout in SLIDES for text in HOSTILE[:4]]
    for text, found in zip(
        itertools.cycle(HOSTILE[:4]), page_texts(written(write_pdf, slides)), strict=False
    ):
        assert "".join(text.split()) in "".join(found.split())
        assert "root:" not in found


def test_direction_marks_are_no_harm() -> None:
    slides = [hostile(SLIDES[layout], HOSTILE[4]) for layout in SLIDES]
    for found in page_texts(written(write_pdf, slides)):
        assert "thgir" in found or "right" in found


@pytest.mark.parametrize(
    "text",
    [
        "Ελληνικά: η πρόοδος ώ",
        "Кириллица: выручка ґ є ї",
        "中文：第三季度收入",
        "日本語：売上は増えた",
        "한국어: 매출이 늘었다",
        "Größe, žluťoučký kůň, Iğdır, Việt",
        "→ ∑ ≤ ✔ ☃",
    ],
)
def test_scripts_are_printed_in_a_face_that_has_them(text: str) -> None:
    # A character that no typeface has leaves no text behind.
    slides: list[SlideContent] = [
        TitleSlide(title=text),
        BulletsSlide(title="T", bullets=bullets(text)),
        CodeSlide(title="T", code=text),
    ]
    for theme in THEMES:
        for found in page_texts(written(write_pdf, slides, theme)):
            assert "".join(text.split()) in "".join(found.split())


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_no_character_is_put_together_of_parts(theme: Theme, form: Literal["NFC", "NFD"]) -> None:
    # The parts of these would stand beside each other in the faces that do not have the whole.
    text = unicodedata.normalize(form, "≠≮≯∉≰⊄")
    slides: list[SlideContent] = [
        TitleSlide(title=text, subtitle=text),
        TableSlide(title=text, header=[text], rows=[[text]]),
        TwoColumnsSlide(
            title=text, left=Column(heading=text, bullets=bullets(text)), right=Column(bullets=[])
        ),
        QuoteSlide(quote=text, attribution=text),
    ]
    data = written(write_pdf, slides, theme)
    for number, times in enumerate([2, 3, 3, 2]):
        struck = [pair for pair in page_faces(data, number) if pair[0] in "≠≮≯∉≰⊄"]
        assert len(struck) == 6 * times
        for character, face in struck:
            whole = "Math|Libertinus|Fira" if character == "≠" else "Math|Libertinus"
            assert re.search(whole, face), (number, character, face)


@pytest.mark.parametrize("theme", THEMES)
def test_marks_stand_where_they_belong(theme: Theme) -> None:
    # FiraGO has letters and marks, but does not say where these go.
    data = written(write_pdf, [BulletsSlide(title="ṂḆ", bullets=bullets("ṂḆ"))], theme)
    letters = [face for character, face in page_faces(data) if character in "ṂḆ"]
    assert len(letters) == 4
    assert not any("Fira" in face for face in letters)


def test_titles_are_bold_in_scripts_without_a_bold_face() -> None:
    def ink(slide: SlideContent, left: int) -> int:
        document = pypdfium2.PdfDocument(written(write_pdf, [slide]))
        picture = document[0].render(scale=1).to_pil().convert("L").crop((left, 130, 950, 298))
        document.close()
        return sum(picture.histogram()[:128])

    title = SectionSlide(title="第三季度收入报告")
    quote = QuoteSlide(quote="第三季度收入报告")
    (size,) = (pages.title.size for pages in lay_out([title], lambda image: None) if pages.title)
    (other,) = lay_out([quote], lambda image: None)
    assert isinstance(other.blocks[0], TextBlock)
    assert ink(title, 75) / size**2 > 1.15 * ink(quote, 100) / other.blocks[0].size ** 2


def test_lone_symbols_are_no_harm() -> None:
    slides = [
        TitleSlide(title=title) for title in ("😀", "\u0301", "\u200b", "ﷺ", "\U000e0041", "•")
    ]
    assert len(page_texts(written(write_pdf, slides))) == 6


def test_titles_are_bookmarks() -> None:
    document = pypdfium2.PdfDocument(written(write_pdf, list(SLIDES.values()), title="Größe"))
    marks = [(mark.level, mark.get_title(), mark.get_dest().get_index())
             for mark in document.get_toc()]  # fmt: skip
    title = document.get_metadata_dict()["Title"]
    document.close()
    assert title == "Größe"
    assert [(text, page) for _, text, page in marks][:3] == [
        ("Quarterly review", 0), ("Where it came from", 1), ("Revenue", 2),
    ]  # fmt: skip


def test_the_same_deck_is_the_same_bytes() -> None:
    assert written(write_pdf, [SLIDES["title"]]) == written(write_pdf, [SLIDES["title"]])


def test_two_hundred_slides() -> None:
    texts = page_texts(written(write_pdf, [SLIDES["table"]] * 200))
    assert len(texts) == 200
    assert texts[-1] == f"{WANTED['table']} 200"


def test_an_image_that_goes_meanwhile_fails_the_export() -> None:
    answers = itertools.chain([images(PICTURE_ID)], itertools.repeat(None))

    def forgetful(image_id: str) -> Image | None:
        return next(answers)

    with pytest.raises(RenderingFailed):
        write_pdf(deck([SLIDES["image"]]), forgetful, io.BytesIO())


def test_an_export_that_takes_too_long_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "WALL_SECONDS", 0.001)
    with pytest.raises(RenderingFailed, match="longer"):
        written(write_pdf, [SLIDES["title"]])


def test_an_export_that_fails_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("import sys; sys.exit('no memory left')")
    monkeypatch.setattr(typesetting, "__file__", str(broken))
    with pytest.raises(RenderingFailed, match="no memory left"):
        written(write_pdf, [SLIDES["title"]])


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ('#read("/etc/passwd")', "not found"),
        ('#read("../secret")', "escape|outside"),
        ('#import "@preview/cetz:0.3.1"', "download package.*(refused|assign|invalid|Connect)"),
        ('#image("http://127.0.0.1:9/x.png")', "not found"),
    ],
)
def test_typst_reads_nothing_but_its_folder(tmp_path: Path, markup: str, reason: str) -> None:
    # Not that a deck's text ever became markup: this is what would happen if it did.
    folder = tmp_path / "deck"
    folder.mkdir()
    (tmp_path / "secret").write_text("secret")
    (folder / "deck.typ").write_text(markup)
    ended = subprocess.run(
        [sys.executable, "-I", typesetting.__file__, str(folder), "0"],
        capture_output=True,
        text=True,
        check=False,
        env={},
    )
    assert ended.returncode != 0
    assert re.search(reason, ended.stderr)
    assert not (folder / "deck.pdf").exists()
