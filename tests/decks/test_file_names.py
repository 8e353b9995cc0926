"""Names of files: safe on every system, and said so that old and new clients understand."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest

from palaver.decks.file_names import attachment, file_name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Q3 Revenue", "Q3 Revenue.pdf"),
        ("Año — Ünïcode: 漢字", "Año — Ünïcode 漢字.pdf"),
        ("../../etc/passwd", "etc passwd.pdf"),
        ("..", "deck.pdf"),
        (" . ", "deck.pdf"),
        ("", "deck.pdf"),
        ("C:\\temp\\x", "C temp x.pdf"),
        ('a<b>c:"d"|e?f*', "a b c d e f.pdf"),
        ("a\r\nSet-Cookie: x", "a Set-Cookie x.pdf"),
        ("nul", "deck.pdf"),
        ("COM1.x", "deck.pdf"),
        ("con ", "deck.pdf"),
        ("Concert", "Concert.pdf"),
        ("fdp\u202exptp", "fdp xptp.pdf"),
        ("zero\u200bwidth\ufeff", "zero width.pdf"),
        ("e\u0301", "\u00e9.pdf"),
        ("\ud800lone", "lone.pdf"),
        ("\ue000private", "private.pdf"),
        ("end...", "end.pdf"),
        ("-rf", "-rf.pdf"),
        ("100 %", "100 %.pdf"),
        ("😀", "😀.pdf"),
        ("a\u3000b", "a b.pdf"),
    ],
)
def test_a_title_gives_a_safe_name(title: str, name: str) -> None:
    assert file_name(title, "pdf", otherwise="deck") == name


@pytest.mark.parametrize("title", ["x" * 500, "漢" * 500, "😀" * 500, "a " * 300])
def test_a_long_title_gives_a_name_that_file_systems_take(title: str) -> None:
    name = file_name(title, "pptx", otherwise="deck")
    assert len(name.encode()) <= 255
    assert name.endswith(".pptx")
    assert not name.removesuffix(".pptx").endswith((" ", "."))


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Q3 Revenue.pdf", "Q3 Revenue.pdf"),
        ("Año — 漢字.pdf", "Ano.pdf"),
        ("漢字.pdf", "file.pdf"),
        ("100 %.pdf", "100.pdf"),
        ("a%41b.pdf", "a_41b.pdf"),
        ("é.pdf", "e.pdf"),
    ],
)
def test_the_header_holds_a_plain_and_a_full_name(name: str, plain: str) -> None:
    header = attachment(name)
    assert header.isascii()
    found = re.fullmatch(
        r"""attachment; filename="([^"\\%]+)"(?:; filename\*=UTF-8''([\w!#$&+\-.^`|~%]+))?""",
        header,
    )
    assert found is not None, header
    assert found[1] == plain
    assert unquote(found[2] or plain) == name
