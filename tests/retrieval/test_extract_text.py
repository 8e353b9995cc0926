"""Markdown and plain text: encodings, sections, and what is no text."""

from __future__ import annotations

import codecs

import pytest

from palaver.retrieval.extract import Format
from tests.retrieval.conftest import Read, Refused

ENGLISH = "The naïve café owner’s résumé said “we are open” — and all façades were clean.\n"
GERMAN = "Über die Flüsse gehen schöne Brücken, und die Straße führt durch größere Wälder.\n"
FRENCH = "Les élèves français étudient à l'école où ils ont déjà été très occupés cet été.\n"
DANISH = "På øen går køerne på græs, når året er gået, og børnene spiser rødgrød med fløde.\n"
SPANISH = "El niño soñó que mañana habría más años; ¿qué pasará? ¡Nadie lo sabrá jamás!\n"
POLISH = "Zażółć gęślą jaźń, a potem wróć do domu przez ciemną łąkę pełną świerszczy.\n"
CZECH = "Příliš žluťoučký kůň úpěl ďábelské ódy, když šel přes řeku k městečku.\n"
RUSSIAN = "Всякая книга начинается с первой страницы, и читатель узнаёт об этом не сразу.\n"
GREEK = "Κάθε βιβλίο αρχίζει με μια σελίδα, και ο αναγνώστης το μαθαίνει αργά.\n"
JAPANESE = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。\n"
CHINESE = "学而时习之，不亦说乎？有朋自远方来，不亦乐乎？人不知而不愠，不亦君子乎？\n"
TRADITIONAL = "道可道，非常道。名可名，非常名。無名天地之始；有名萬物之母。故常無欲，以觀其妙。\n"
KOREAN = "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (ENGLISH + JAPANESE + "😀", "utf-8"),
        (ENGLISH + JAPANESE, "utf-8-sig"),
        (ENGLISH + JAPANESE + "😀", "utf-16"),
        (ENGLISH + RUSSIAN + "😀", "utf-32"),
        (ENGLISH * 3, "utf-16-le"),
        (ENGLISH * 3, "utf-16-be"),
        (ENGLISH, "cp1252"),
        (GERMAN, "cp1252"),
        (GERMAN, "latin-1"),
        (FRENCH, "latin-1"),
        (DANISH, "latin-1"),
        (SPANISH, "latin-1"),
        (POLISH, "cp1250"),
        (POLISH, "iso8859-2"),
        (CZECH, "cp1250"),
        (RUSSIAN, "koi8-r"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "cp866"),
        (RUSSIAN, "iso8859-5"),
        (GREEK, "cp1253"),
        (JAPANESE, "shift-jis"),
        (JAPANESE, "euc-jp"),
        (JAPANESE, "iso2022-jp"),
        (CHINESE, "gb18030"),
        (CHINESE, "gb2312"),
        (TRADITIONAL, "big5"),
        (TRADITIONAL, "gb18030"),
        (KOREAN, "euc-kr"),
        (KOREAN, "cp949"),
    ],
)
@pytest.mark.parametrize("times", [1, 20])
def test_encodings(read: Read, text: str, encoding: str, times: int) -> None:
    found = read((text * times).encode(encoding), "book.txt")
    assert "\n".join(each.page.text for each in found).split() == (text * times).split()
    assert found[0].about.format is Format.TEXT


def test_encoding_that_shows_late(read: Read) -> None:
    plain = "All of this is plain ASCII, for many pages.\n" * 10_000
    found = read((plain + RUSSIAN * 20).encode("koi8-r"), "book.txt")
    assert found[-1].page.text.endswith(RUSSIAN.strip())


def test_a_wrong_byte_in_good_text_is_borne(read: Read) -> None:
    (page,) = read((ENGLISH * 20).encode() + b"\xff" + ENGLISH.encode(), "book.txt")
    assert "were clean." in page.page.text


def test_line_ends_and_invisible_characters(read: Read) -> None:
    (page,) = read(b"one\r\ntwo\rthree\n\x07four \xc2\xadfive\x7f" + b" text" * 500, "book.txt")
    assert page.page.text.startswith("one\ntwo\nthree\nfour five text")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \n\t\n", "no_text"),
        (b"\x00" * 5_000, "binary"),
        (b"A text with one NUL\x00 in it. " * 9, "binary"),
        (b"Good text. " * 9_000 + b"\x00", "binary"),
        (bytes(range(1, 32)) * 99, "binary"),
        (codecs.BOM_UTF16_LE + "A text\x00 with NUL".encode("utf-16-le"), "binary"),
        (b"\x7fELF" + bytes(999), "unsupported"),
        (b"\x89PNG\r\n\x1a\n" + bytes(999), "unsupported"),
        (b"{\\rtf1 Hello}", "unsupported"),
        (bytes(60) + b"BOOKMOBI" + bytes(99), "unsupported"),
    ],
)
def test_no_text(refused: Refused, content: bytes, code: str) -> None:
    assert refused(content, "book.txt").code == code


@pytest.mark.parametrize("name", ["book.pdf", "book.epub", "BOOK.DOCX"])
def test_text_under_another_formats_name(refused: Refused, name: str) -> None:
    assert refused(b"Nothing but text.", name).code == "misnamed"
    assert refused(bytes(5_000), name).code == "misnamed"
    assert refused(b"", name).code == "empty"


def test_web_pages_are_refused(refused: Refused) -> None:
    assert refused(b"<html>Hello</html>", "page.html").code == "unsupported"


@pytest.mark.parametrize("name", ["book.txt", "README", "../../etc/passwd", "a\nb.text", "." * 300])
def test_text_under_any_name(read: Read, name: str) -> None:
    (page,) = read(b"Text that speaks of %PDF-1.4 files.", name)
    assert page.page.text == "Text that speaks of %PDF-1.4 files."


def test_form_feeds_make_pages(read: Read) -> None:
    found = read(b"First page\n\fSecond\n\npage\n\f\fFourth page\n", "book.txt")
    assert [(each.page.number, each.page.text) for each in found] == [
        (1, "First page"),
        (2, "Second\n\npage"),
        (3, ""),
        (4, "Fourth page"),
    ]


def test_text_without_pages_is_cut_between_paragraphs(read: Read) -> None:
    paragraphs = ["A sentence of about sixty characters is what this one is. " * 12] * 60
    found = read("\n\n".join(paragraphs).encode(), "book.txt")
    assert [each.page.number for each in found] == list(range(1, len(found) + 1))
    assert all(each.page.text.endswith("one is.") for each in found)
    assert all(1_500 <= len(each.page.text) <= 3_000 for each in found[:-1])
    assert [each.done for each in found] == sorted(each.done for each in found)
    assert found[-1].done == found[-1].total


def test_markdown_sections(read: Read) -> None:
    text = b"""---
title: no heading
---
A preface.

# One
## One point one
Text of it.

```sh
# no heading
```

Two
===
Text of two.

- list
---
| table |
---
"""
    found = read(text, "book.md")
    assert [each.page.number for each in found] == [1, 2, 3]
    texts = [each.page.text for each in found]
    assert texts[0].endswith("A preface.")
    assert texts[1].startswith("# One\n## One point one\nText of it.")
    assert texts[1].endswith("```")
    assert texts[2].startswith("Two\n\nText of two.")
    assert texts[2].endswith("---")
    assert found[0].about.format is Format.MARKDOWN


def test_long_sections_come_in_parts(read: Read) -> None:
    text = "# One\n\n" + "word " * 50_000 + "\n\n# Two\n\nText.\n"
    found = read(text.encode(), "book.md")
    assert [each.page.number for each in found] == [1, 1, 1, 2]
    assert all(len(each.page.text) <= 100_000 for each in found)
    assert " ".join(each.page.text for each in found).split() == text.split()
