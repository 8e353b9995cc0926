"""The pages of decks: nothing is lost, nothing leaves its place."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palaver.decks.rendering import DeckTooLong
from palaver.decks.rendering.fitting import SMALLEST
from palaver.decks.rendering.layout import lay_out
from palaver.decks.rendering.measuring import Words
from palaver.decks.rendering.pages import (
    CELL_X,
    HEIGHT,
    INDENT,
    LINE,
    WIDTH,
    Block,
    CodeBlock,
    ImageBlock,
    Page,
    TableBlock,
    TextBlock,
)
from palaver.models import (
    Bullet,
    BulletsSlide,
    CodeSlide,
    Column,
    ImageSlide,
    QuoteSlide,
    SlideContent,
    TableSlide,
    TitleSlide,
    TwoColumnsSlide,
)
from tests.decks.rendering.samples import GONE_ID, PICTURE_ID, SLIDES, bullets

TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n ab"), max_size=1000
)


def pages_of(*slides: SlideContent) -> list[Page]:
    return lay_out(slides, lambda image: (320, 180) if image == PICTURE_ID else None)


def blocks(page: Page) -> Iterator[Block]:
    if page.title:
        yield page.title
    yield from page.blocks


def height(block: Block) -> float:
    """How high the content of a block is, as it was measured."""
    match block:
        case TextBlock(role, box, size, paragraphs):
            style = "bold" if role in {"title", "heading"} else "regular"
            total = 0.0
            for at, one in enumerate(paragraphs):
                indent = INDENT * (one.level + 1) if role == "body" else 0
                lines = Words(one.text, style).lines((box.width - indent) / one.size)
                total += len(lines) * one.size * LINE + (size * 0.3 if at else 0)
            return total
        case CodeBlock(_, size, lines):
            return sum(map(len, lines)) * size * LINE
        case TableBlock():
            return sum(block.heights)
        case ImageBlock(_, box):
            return box.height


def check(made: list[Page]) -> None:
    """Every block is on its page, and its content in the block."""
    for page in made:
        for block in blocks(page):
            box = block.box
            assert box.x >= 0
            assert box.y >= 0
            assert box.x + box.width <= WIDTH + 0.01
            assert box.y + box.height <= HEIGHT + 0.01
            assert height(block) <= box.height + 0.01
            if isinstance(block, TableBlock):
                assert sum(block.widths) <= box.width + 0.01


def texts(made: list[Page], role: str = "body") -> str:
    found = [
        paragraph.text
        for page in made
        for block in page.blocks
        if isinstance(block, TextBlock) and block.role == role
        for paragraph in block.paragraphs
    ]
    return "".join("".join(found).split())


@pytest.mark.parametrize("layout", SLIDES)
def test_ordinary_slides_are_one_page(layout: str) -> None:
    made = pages_of(SLIDES[layout])
    check(made)
    assert [(page.layout, page.part, page.parts) for page in made] == [(layout, 1, 1)]


@given(st.lists(st.tuples(TEXT, st.integers(0, 2)), min_size=1, max_size=40))
@settings(max_examples=30, deadline=None)
def test_no_bullet_is_lost(items: list[tuple[str, int]]) -> None:
    slide = BulletsSlide(title="T", bullets=[Bullet(text=t, level=n) for t, n in items])
    made = pages_of(slide)
    check(made)
    assert texts(made) == "".join("".join(t for t, _ in items).split())


@given(st.lists(st.lists(TEXT.map(lambda t: t[:500]), min_size=1, max_size=12), max_size=20))
@settings(max_examples=30, deadline=None)
def test_no_cell_is_lost(rows: list[list[str]]) -> None:
    made = pages_of(TableSlide(title="T", header=["a", "b"], rows=rows))
    check(made)
    tables = [block for page in made for block in page.blocks if isinstance(block, TableBlock)]
    wide = max([2, *map(len, rows)])
    for column in range(wide):
        wanted = "".join(row[column] for row in rows if column < len(row))
        found = "".join(row[column] for table in tables for row in table.rows)
        assert "".join(found.split()) == "".join(wanted.split())


@given(TEXT.map(lambda text: text * 20))
@settings(max_examples=30, deadline=None)
def test_no_code_is_lost(code: str) -> None:
    made = pages_of(CodeSlide(title="T", code=code or "x"))
    check(made)
    found = "".join(
        piece
        for page in made
        for block in page.blocks
        if isinstance(block, CodeBlock)
        for pieces in block.lines
        for piece in pieces
    )
    assert "".join(found.split()) == "".join((code or "x").split())


@given(TEXT.map(lambda text: text * 2))
@settings(max_examples=30, deadline=None)
def test_no_quotation_is_lost(quote: str) -> None:
    made = pages_of(QuoteSlide(quote=quote or "q", attribution="somebody"))
    check(made)
    assert texts(made, "quote") == "".join((quote or "q").split())


@pytest.mark.parametrize("character", ["W", "w ", "中", "😀", "ﷺ", "\u0301"])
def test_the_longest_title_fits(character: str) -> None:
    title = (character * 500)[:500]
    made = pages_of(
        TitleSlide(title=title, subtitle=title), BulletsSlide(title=title, bullets=bullets("x"))
    )
    check(made)
    assert [page.title.paragraphs[0].text for page in made if page.title] == [title, title]
    assert all(page.title.size >= SMALLEST for page in made if page.title)


def test_line_feeds_give_way_where_there_is_no_room_for_them() -> None:
    made = pages_of(TitleSlide(title="T", subtitle="a" + "\n" * 400 + "b"))
    check(made)
    [block] = made[0].blocks
    assert isinstance(block, TextBlock)
    assert "".join(block.paragraphs[0].text.split()) == "ab"


def test_twelve_bullets_shrink() -> None:
    made = pages_of(BulletsSlide(title="T", bullets=bullets(*(f"Point {n}" for n in range(12)))))
    [page] = made
    [block] = page.blocks
    assert isinstance(block, TextBlock)
    assert 14 <= block.size < 24


def test_a_long_list_goes_on_under_a_title_that_says_so() -> None:
    made = pages_of(
        BulletsSlide(title="T", bullets=bullets(*(f"Point {n}" for n in range(40))), notes="N")
    )
    check(made)
    assert len(made) > 1
    titles = [page.title.paragraphs[0].text for page in made if page.title]
    assert titles == ["T", *(f"T ({n}/{len(made)})" for n in range(2, len(made) + 1))]
    assert [page.notes for page in made] == ["N", *[""] * (len(made) - 1)]


def test_the_rest_of_a_bullet_has_no_mark() -> None:
    long = "word " * 200
    made = pages_of(BulletsSlide(title="T", bullets=bullets(*[long.strip() + "."] * 8)))
    check(made)
    marks = [p.bullet for page in made for b in page.blocks if isinstance(b, TextBlock)
             for p in b.paragraphs]  # fmt: skip
    assert marks.count(True) == 8


def test_thirty_rows_go_on_below_the_header_again() -> None:
    rows = [[str(n), f"Customer {n}"] for n in range(30)]
    made = pages_of(TableSlide(title="T", header=["No.", "Name"], rows=rows))
    check(made)
    tables = [block for page in made for block in page.blocks if isinstance(block, TableBlock)]
    assert len(tables) > 1
    assert {table.header for table in tables} == {("No.", "Name")}
    assert [list(row) for table in tables for row in table.rows] == rows
    assert all(table.size >= 12 for table in tables)


WORDS = [
    "A≠B",
    "Revenue growth year over year",
    "Responsibility",
    "Internationalization",
    "Notes",
    "Percentage",
    "Comments",
    "Implementation",
]
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def tables_of(header: list[str], *rows: list[str]) -> list[TableBlock]:
    made = pages_of(TableSlide(title="T", header=header, rows=list(rows)))
    check(made)
    return [block for page in made for block in page.blocks if isinstance(block, TableBlock)]


def assert_whole(table: TableBlock) -> None:
    """No word of the table is cut."""
    full = [*([table.header] if table.header else []), *table.rows]
    for at, (row, printed) in enumerate(zip(full, table.printed, strict=True)):
        style = "bold" if at == 0 and table.header else "regular"
        for cell, shown, width in zip(row, printed, table.widths, strict=True):
            assert shown == cell
            assert Words(cell, style).longest_word * table.size <= width - 2 * CELL_X + 0.01


@pytest.mark.parametrize(
    ("header", "smallest"),
    [
        (WORDS, 12),
        ([f"Column {n}" for n in range(12)], 10),
        (MONTHS, 10),
        ([*MONTHS[:11], "Internationalization"], 8),
        (["Implementation", "Responsibility"] * 6, SMALLEST),
    ],
)
@pytest.mark.parametrize("rows", [2, 30])
def test_words_of_a_header_are_whole(header: list[str], smallest: float, rows: int) -> None:
    cells = [[f"{row},{column:03}" for column in range(len(header))] for row in range(rows)]
    for table in tables_of(header, *cells):
        assert table.size >= smallest
        assert_whole(table)


@given(
    st.lists(st.text("abcdefghij ", max_size=30), min_size=1, max_size=12),
    st.lists(st.lists(st.text("klmnopqrst\n ", max_size=40), max_size=12), max_size=30),
)
@settings(max_examples=50, deadline=None)
def test_ordinary_words_are_whole(header: list[str], rows: list[list[str]]) -> None:
    def shortened(text: str) -> str:
        return re.sub(r"\S{9,}", lambda word: word[0][:8], text)

    cut = [[shortened(cell) for cell in row] for row in (header, *rows)]
    for table in tables_of(*cut):
        if table.header:
            assert_whole(table)


def test_one_long_word_does_not_make_a_table_small() -> None:
    digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    [table] = tables_of(["Name", "Digest", "Size"], ["image.png", digest, "12 KiB"])
    assert table.size == 18
    assert "\n" not in "".join(table.printed[0])
    assert [cell.count("\n") for cell in table.printed[1]] in ([0, 0, 0], [0, 1, 0])


def test_a_word_in_bold_is_cut_where_its_column_ends() -> None:
    [table] = tables_of(["a" * 200, "b"], ["x", "y"])
    for piece in table.printed[0][0].split("\n"):
        assert Words(piece, "bold").natural * table.size <= table.widths[0] - 2 * CELL_X + 0.01


def test_a_table_is_as_wide_as_its_longest_row() -> None:
    [page] = pages_of(TableSlide(title="T", header=["a"], rows=[["1", "2", "3"], ["4"]]))
    [table] = page.blocks
    assert isinstance(table, TableBlock)
    assert table.header == ("a", "", "")
    assert table.rows == (("1", "2", "3"), ("4", "", ""))


def test_columns_go_on_together() -> None:
    made = pages_of(
        TwoColumnsSlide(
            title="T",
            left=Column(heading="L", bullets=bullets(*(f"l{n}" for n in range(40)))),
            right=Column(heading="R", bullets=bullets("r")),
        )
    )
    check(made)
    assert len(made) > 1
    roles = [[b.role for b in page.blocks if isinstance(b, TextBlock)] for page in made]
    assert roles == [["heading", "body", "heading", "body"]] * len(made)


def test_code_lines_are_whole_where_a_smaller_size_allows() -> None:
    [page] = pages_of(CodeSlide(title="T", code="x = " + "y" * 100))
    block = page.blocks[0]
    assert isinstance(block, CodeBlock)
    assert [len(pieces) for pieces in block.lines] == [1]


def test_an_image_keeps_its_shape() -> None:
    [page] = pages_of(ImageSlide(title="T", image_id=PICTURE_ID, alt="a"))
    [block] = page.blocks
    assert isinstance(block, ImageBlock)
    assert block.box.width / block.box.height == pytest.approx(320 / 180)


@pytest.mark.parametrize(
    ("size", "width", "height"),
    [((10, 10), 30, 30), ((100, 1), 300, 3), ((300, 300), 342, 342), ((4000, 300), 848, 63.6)],
)
def test_small_images_are_not_blown_up(size: tuple[int, int], width: float, height: float) -> None:
    slide = ImageSlide(title="T", image_id=PICTURE_ID, alt="a")
    [page] = lay_out([slide], lambda image: size)
    [block] = page.blocks
    assert isinstance(block, ImageBlock)
    assert (block.box.width, block.box.height) == pytest.approx((width, height))
    middle = block.box.x + block.box.width / 2, block.box.y + block.box.height / 2
    assert middle == pytest.approx((480, 311))


def test_an_image_that_is_gone_is_words() -> None:
    [page] = pages_of(ImageSlide(title="T", image_id=GONE_ID, alt="A map"))
    assert re.search("A map", texts([page], "missing").replace("Amap", "A map"))


def test_a_deck_of_too_many_pages_is_refused() -> None:
    cells = [[("x y" * 160 if n % 12 == k else "") for k in range(12)] for n in range(100)]
    slide = TableSlide(title="T", header=["h"] * 12, rows=cells)
    with pytest.raises(DeckTooLong):
        pages_of(*[slide] * 60)
