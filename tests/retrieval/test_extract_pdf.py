"""PDF files: their text, and those that have none to give."""

from __future__ import annotations

import pytest

from palaver.retrieval.extract import Format
from palaver.retrieval.extract.pdf import joined
from tests.retrieval.book_files import (
    HELVETICA,
    PAGES_WITHIN_THEMSELVES,
    pdf,
    pdf_file,
    scanned_pdf,
    stream,
)
from tests.retrieval.conftest import Read, Refused


def test_pages_in_order_with_progress(read: Read) -> None:
    found = read(pdf(["First page\nof the book", "", "Third page, the “last”"]), "book.pdf")
    assert [(each.page.number, each.page.text) for each in found] == [
        (1, "First page\nof the book"),
        (2, ""),
        (3, "Third page, the “last”"),
    ]
    assert [(each.done, each.total) for each in found][-1] == (3, 3)
    assert {each.about.format for each in found} == {Format.PDF}


def test_title_and_author(read: Read) -> None:
    info = b"/Title (On Bridges) /Author (A. Writer)"
    (page,) = read(pdf(["Text of the book"], info=info), "book.pdf")
    assert (page.about.title, page.about.author) == ("On Bridges", "A. Writer")


def test_title_that_is_no_text(read: Read) -> None:
    (page,) = read(pdf(["Text of the book"], info=b"/Title <FEFFD800>"), "book.pdf")
    assert page.about.title is None
    assert page.page.text == "Text of the book"


@pytest.mark.parametrize("name", ["book.pdf", "book.txt", "book.docx", "book", "BOOK.PDF"])
def test_pdf_is_read_under_any_name(read: Read, name: str) -> None:
    (page,) = read(pdf(["Text of the book"], packed=True), name)
    assert page.page.text == "Text of the book"
    assert page.about.format is Format.PDF


def test_divided_words_become_whole(read: Read) -> None:
    (page,) = read(pdf(["This shows the divi-\nsion of words.\nIt is day-to-\nday work."]), "b.pdf")
    assert "the division of words" in " ".join(page.page.text.split())
    assert "day-to-day work" in " ".join(page.page.text.split())


@pytest.mark.parametrize(
    ("marked", "whole"),
    [
        ("exam\ufffeple", "example"),
        ("exam\ufffe\r\nple", "example"),
        ("Anglo\ufffeSaxon", "Anglo-Saxon"),
        ("day-to\ufffeday", "day-to-day"),
        ("2019\ufffe20", "2019-20"),
        ("a \ufffe b", "a - b"),
        ("\ufffe", "-"),
        ("un\ufffebreak\ufffeable", "unbreakable"),
    ],
)
def test_marks_of_division(marked: str, whole: str) -> None:
    assert joined(marked) == whole


def test_encrypted(refused: Refused) -> None:
    assert refused(pdf(["Secret"], password="tulip"), "book.pdf").code == "encrypted"


def test_encrypted_with_an_empty_password_is_open_to_all(read: Read) -> None:
    (page,) = read(pdf(["No secret at all"], password=""), "book.pdf")
    assert page.page.text == "No secret at all"


def test_scanned(refused: Refused) -> None:
    failure = refused(scanned_pdf(), "book.pdf")
    assert failure.code == "scanned"
    assert "text recognition" in failure.reason


def test_truncated_anywhere(refused: Refused) -> None:
    content = pdf([f"Page {number} of the book" for number in range(40)])
    for share in (0.1, 0.5, 0.9):
        assert refused(content[: int(len(content) * share)], "book.pdf").code == "damaged"


def test_nothing_but_a_beginning(refused: Refused) -> None:
    assert refused(b"%PDF-1.4\n", "book.pdf").code == "damaged"
    assert refused(b"%PDF-1.4\nstartxref\n0\n%%EOF", "book.pdf").code == "damaged"


def test_no_pages(refused: Refused) -> None:
    assert refused(pdf([]), "book.pdf").code == "damaged"


def test_pages_that_are_their_own_children(refused: Refused) -> None:
    content = pdf_file(PAGES_WITHIN_THEMSELVES)
    assert refused(content, "book.pdf").code in {"damaged", "too_many_pages"}


@pytest.mark.parametrize(
    "content",
    [
        # Objects that are references to themselves, or to each other.
        pdf_file([b"1 0 R"]),
        pdf_file([b"2 0 R", b"1 0 R"]),
        # A page that is its own contents, parent and resources.
        pdf_file(
            [
                b"<< /Type /Catalog /Pages 2 0 R >>",
                b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
                b"<< /Type /Page /Parent 3 0 R /MediaBox [0 0 9 9] /Contents 3 0 R"
                b" /Resources 3 0 R >>",
            ]
        ),
        # A table of objects that says that it comes before itself.
        b"%PDF-1.4\nxref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 1 /Root 1 0 R /Prev 9 >>\n"
        b"startxref\n9\n%%EOF\n",
    ],
    ids=["object", "objects", "page", "table"],
)
def test_what_refers_to_itself(refused: Refused, content: bytes) -> None:
    assert refused(content, "book.pdf").code in {"damaged", "scanned"}


def test_text_that_holds_nul(read: Read) -> None:
    (page,) = read(pdf(["before\0after"]), "book.pdf")
    assert page.page.text == "beforeafter"


def test_forms_that_draw_themselves(refused: Refused) -> None:
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 5 0 R >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R"
        b" /Resources << /XObject << /X 5 0 R >> >> >>",
        stream(b"/X Do /X Do"),
        stream(b"/X Do " * 50, form),
    ]
    assert refused(pdf_file(objects), "book.pdf").code in {"scanned", "crashed", "slow", "memory"}


@pytest.mark.parametrize("pair", [(b"[", b"]"), (b"<< /A ", b" >>")])
def test_deeply_nested_objects(read: Read, pair: tuple[bytes, bytes]) -> None:
    deep = pair[0] * 200_000 + b"1" + pair[1] * 200_000
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Deep 5 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 6 0 R >> >> >>",
        stream(b"BT /F1 10 Tf 50 700 Td (Text beside the deep) Tj ET"),
        deep,
        HELVETICA,
    ]
    (page,) = read(pdf_file(objects), "book.pdf")
    assert page.page.text == "Text beside the deep"


def test_page_tree_of_great_depth(refused: Refused) -> None:
    depth = 20_000
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    objects += [
        b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % (number + 1)
        for number in range(2, depth + 2)
    ]
    objects.append(b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 9 9] >>" % (depth + 1))
    failure = refused(pdf_file(objects), "book.pdf")
    assert failure.code in {"damaged", "scanned", "crashed"}
