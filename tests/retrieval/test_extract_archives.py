"""EPUB and DOCX: their text, and archives that are hostile or something else."""

from __future__ import annotations

import struct
import zlib

import pytest

from palaver.retrieval.extract import Format, Limits
from tests.retrieval.book_files import archive, chapter, docx, epub, paragraph, pdf
from tests.retrieval.conftest import Read, Refused

MIB = 1 << 20
ENCRYPTED = (
    '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"'
    ' xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData>'
    '<enc:EncryptionMethod Algorithm="{}"/><enc:CipherData>'
    '<enc:CipherReference URI="{}"/></enc:CipherData></enc:EncryptedData></encryption>'
)
AES = "http://www.w3.org/2001/04/xmlenc#aes128-cbc"


def test_chapters_in_the_order_of_the_spine(read: Read) -> None:
    chapters = [
        chapter("<h1>One</h1><p>The  first\nchapter.</p><p>Caf&eacute;&nbsp;&amp; bar.</p>"),
        chapter("<img src='x.png'/>"),
        chapter(
            "<ul><li>first</li><li>second</li></ul><pre>a\n  b</pre>"
            "<p>x<br/>y</p><script>x()</script>"
        ),
        chapter("<p><ruby>漢<rt>かん</rt>字<rt>じ</rt></ruby>の本</p>"),
    ]
    found = read(epub(chapters, names=["z.xhtml", "y.xhtml", "x.xhtml", "a.xhtml"]), "b.epub")
    assert [(each.page.number, each.page.text) for each in found] == [
        (1, "One\n\nThe first chapter.\n\nCafé\xa0& bar."),
        (2, ""),
        (3, "first\nsecond\n\na\n  b\n\nx\ny"),
        (4, "漢字の本"),
    ]
    about = found[0].about
    assert (about.format, about.title, about.author) == (Format.EPUB, "A Book", "A. Writer")


def test_chapter_that_is_no_xml(read: Read) -> None:
    bad = "<html><body><p>An unclosed <b>paragraph<p>and &copy; another</body>"
    cp1252 = "<html><head><meta charset='windows-1252'></head><body><p>café<br></body>"
    (first, second) = read(epub([bad, cp1252.encode("cp1252")]), "book.epub")
    assert first.page.text == "An unclosed paragraph\n\nand © another"
    assert second.page.text == "café"


def test_entities_expand_to_nothing(read: Read) -> None:
    declared = '<!DOCTYPE html [<!ENTITY a "ha"><!ENTITY f SYSTEM "file:///etc/passwd">'
    declared += "".join(
        f'<!ENTITY {name} "{f"&{inner};" * 10}">'
        for inner, name in zip("abcdefgh", "bcdeghij", strict=True)
    )
    text = f"{declared}]><html><body><p>Before &f;&j; after</p></body></html>"
    (page,) = read(epub([text]), "book.epub")
    assert "root:" not in page.page.text
    assert len(page.page.text) < 100
    assert "Before" in page.page.text


def test_names_that_lead_outside(read: Read) -> None:
    book = epub(
        [chapter("<p>Inside</p>"), chapter("<p>Above</p>"), None, None],
        names=[
            "in.xhtml",
            "../../../../tmp/above.xhtml",
            "../../../../../etc/passwd",
            "/etc/passwd",
        ],
    )
    assert [each.page.text for each in read(book, "book.epub")] == ["Inside", "Above", "", ""]


def test_archives_within_archives_are_not_unpacked(refused: Refused) -> None:
    inner = archive({"document.xml": b" " * (10 * MIB)})
    assert refused(docx("", more={"word/document.xml": inner}), "book.docx").code == "damaged"


def test_word_document_of_entities(refused: Refused) -> None:
    declared = f'<!DOCTYPE x [<!ENTITY a "{"A" * 100_000}">]><x>{"&a;" * 10_000}</x>'
    limits = Limits(memory_bytes=400 * MIB)
    failure = refused(docx("", more={"word/document.xml": declared}), "book.docx", limits)
    assert failure.code in {"damaged", "no_text"}


def test_missing_chapters(read: Read, refused: Refused) -> None:
    found = read(epub([None, chapter("<p>There</p>"), chapter("<p>Too</p>")]), "book.epub")
    assert [(each.page.number, each.page.text) for each in found] == [
        (1, ""),
        (2, "There"),
        (3, "Too"),
    ]
    assert refused(epub([None, None, chapter("<p>x</p>")]), "b.epub").code == "damaged"


def test_protected_book(read: Read, refused: Refused) -> None:
    name = "META-INF/encryption.xml"
    locked = epub([b"\x8f\x01" * 99], more={name: ENCRYPTED.format(AES, "OEBPS/chapter1.xhtml")})
    assert refused(locked, "book.epub").code == "drm"
    fonts = ENCRYPTED.format("http://www.idpf.org/2008/embedding", "OEBPS/font.otf")
    (page,) = read(epub([chapter("<p>Open</p>")], more={name: fonts}), "book.epub")
    assert page.page.text == "Open"


def test_epub_without_text(refused: Refused) -> None:
    assert refused(epub([chapter("<img src='x.png'/>")]), "book.epub").code == "no_text"


def test_deeply_nested_chapter(read: Read) -> None:
    deep = chapter("<p>Above</p>" + "<div>" * 50_000 + "deep" + "</div>" * 50_000)
    assert "Above" in read(epub([deep]), "book.epub")[0].page.text


def test_word_sections_begin_with_headings(read: Read) -> None:
    table = (
        "<w:tbl><w:tr><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr><w:tr><w:tc>{}</w:tc></w:tr></w:tbl>"
    ).format(paragraph("Name"), paragraph("Year"), paragraph("Ada"))
    choice = "<mc:AlternateContent><mc:Choice>{}</mc:Choice><mc:Fallback>{}</mc:Fallback>"
    body = (
        paragraph("A preface.")
        + paragraph("Part one", "H1")
        + paragraph("Its chapter", "Mine")
        + paragraph("It begins.")
        + table
        + (choice + "</mc:AlternateContent>").format(paragraph("Once"), paragraph("Twice"))
        + "<w:p><w:del><w:r><w:t>gone</w:t></w:r></w:del><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t>"
        "</w:r></w:p>" + paragraph("Part two", "H1") + paragraph("The end.")
    )
    core = (
        '<cp:coreProperties xmlns:cp="x" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<dc:title>A  Report</dc:title></cp:coreProperties>"
    )
    found = read(docx(body, more={"docProps/core.xml": core}), "book.docx")
    assert [(each.page.number, each.page.text) for each in found] == [
        (1, "A preface."),
        (2, "Part one\n\nIts chapter\n\nIt begins.\n\nName | Year\nAda\n\nOnce\n\na\tb"),
        (3, "Part two\n\nThe end."),
    ]
    assert (found[0].about.format, found[0].about.title) == (Format.DOCX, "A Report")


def test_word_document_without_headings(read: Read) -> None:
    sentence = "A sentence of about sixty characters is what this one is. "
    found = read(docx("".join(paragraph(sentence * 10) for _ in range(50))), "book.docx")
    assert [each.page.number for each in found] == list(range(1, len(found) + 1))
    assert all(1_500 <= len(each.page.text) <= 3_000 for each in found[:-1])
    assert "".join("".join(each.page.text.split()) for each in found) == "".join(
        (sentence * 500).split()
    )


def test_word_document_without_its_text(refused: Refused) -> None:
    files = {"[Content_Types].xml": "<Types/>", "word/styles.xml": "<styles/>"}
    assert refused(archive(dict(files)), "book.docx").code == "damaged"
    assert refused(docx("<w:p>"), "book.docx").code == "damaged"
    assert refused(docx(""), "book.docx").code == "no_text"


def test_old_and_encrypted_office_documents(refused: Refused) -> None:
    head = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1528))
    head[30:32] = struct.pack("<H", 9)
    assert refused(bytes(head), "book.doc").code == "old_word"
    name = "EncryptedPackage".encode("utf-16-le")
    head[512 : 512 + len(name)] = name
    assert refused(bytes(head), "book.docx").code == "encrypted"


@pytest.mark.parametrize("name", ["book.epub", "book.docx"])
def test_truncated_archives(refused: Refused, name: str) -> None:
    whole = epub([chapter("<p>Text</p>" * 5_000)]) if name == "book.epub" else docx("<w:p/>" * 99)
    assert refused(whole[: len(whole) * 2 // 3], name).code == "damaged"


def test_spoilt_chapter(refused: Refused) -> None:
    whole = bytearray(epub([chapter("".join(f"<p>Text {n}</p>" for n in range(5_000)))]))
    middle = whole.index(b"chapter1.xhtml") + 2_000
    whole[middle : middle + 50] = bytes(50)
    assert refused(bytes(whole), "book.epub").code == "damaged"


def test_other_archives(refused: Refused) -> None:
    assert refused(archive({"readme.txt": "Hello"}), "files.zip").code == "archive"
    assert refused(archive({"xl/workbook.xml": "<x/>"}), "sheet.xlsx").code == "archive"
    nested = archive({"book.epub": epub([chapter("<p>Text</p>")])})
    assert refused(nested, "books.zip").code == "archive"
    assert refused(nested, "book.epub").code == "damaged"


def test_bomb_of_one_file(refused: Refused) -> None:
    bomb = epub([chapter(f"<p>{'a' * (40 * MIB)}</p>")])
    assert len(bomb) < MIB
    assert refused(bomb, "book.epub").code == "unpacked"


def test_bomb_of_many_files(refused: Refused) -> None:
    more: dict[str, str | bytes] = {f"OEBPS/{number}.png": bytes(MIB) for number in range(32)}
    limits = Limits(unpacked_bytes=16 * MIB)
    bomb = epub([chapter("<p>Text</p>")], more=more)
    assert refused(bomb, "book.epub", limits).code == "unpacked"


def test_one_chapter_many_times(refused: Refused) -> None:
    name = "chapter1.xhtml"
    book = epub([chapter(f"<p>{'word ' * 20_000}</p>")] * 100, names=[name] * 100)
    limits = Limits(unpacked_bytes=100 * MIB, characters=1_000_000)
    assert refused(book, "book.epub", limits).code == "text_too_long"
    assert refused(book, "book.epub", Limits(unpacked_bytes=5 * MIB)).code == "unpacked"


def test_archive_that_lies_about_its_sizes(refused: Refused) -> None:
    """A file that unpacks to 64 MiB and says that it has 1,000 bytes."""
    name = b"OEBPS/chapter1.xhtml"
    text = b"<html><body><p>" + b"a" * (64 * MIB)
    book = epub([text])
    for signature, offset, name_at in ((b"PK\x03\x04", 22, 30), (b"PK\x01\x02", 24, 46)):
        start = -1
        while (start := book.find(signature, start + 1)) >= 0:
            if book[start + name_at : start + name_at + len(name)] == name:
                lie = struct.pack("<I", 1_000)
                book = book[: start + offset] + lie + book[start + offset + 4 :]
    assert zlib.crc32(text)  # The check sum is still that of the whole.
    assert refused(book, "book.epub").code == "damaged"


def test_word_bomb_is_read_as_a_stream(refused: Refused) -> None:
    body = "".join(paragraph("a" * 1_000) for _ in range(40)) * 1_000
    limits = Limits(characters=10_000_000, memory_bytes=400 * MIB)
    assert refused(docx(body), "book.docx", limits).code == "text_too_long"


def test_pdf_in_an_archives_name(read: Read) -> None:
    assert read(pdf(["A PDF"]), "book.epub")[0].about.format is Format.PDF
    assert read(epub([chapter("<p>Text</p>")]), "book.pdf")[0].about.format is Format.EPUB
