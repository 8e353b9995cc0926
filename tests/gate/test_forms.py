"""Forms as they are sent: readable by a parser that is not ours, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartParser

from gate.forms import FORM_TYPE, File, encoded, file_of, malformed
from gate.mutants.messages import Call
from gate.mutants.parts import parts_of, with_parts

Field = tuple[str, str | tuple[str | None, bytes]]


def parsed(body: bytes, kind: str = FORM_TYPE) -> list[Field]:
    async def chunks() -> AsyncGenerator[bytes]:
        yield body

    async def fields() -> list[Field]:
        form = await MultiPartParser(Headers({"content-type": kind}), chunks()).parse()
        return [
            (name, (value.filename, await value.read()) if isinstance(value, UploadFile) else value)
            for name, value in form.multi_items()
        ]

    return asyncio.run(fields())


def test_a_form_is_what_it_was_made_of() -> None:
    file = File("a book.txt", b"\x00\xff--\r\n")
    body = encoded({"file": file, "title": "É漢🙂", "twice": ("one", "two")}, {"file"})
    assert parsed(body) == [
        ("file", ("a book.txt", b"\x00\xff--\r\n")),
        ("title", "É漢🙂"),
        ("twice", "one"),
        ("twice", "two"),
    ]


def test_a_text_stands_for_a_file_with_this_text() -> None:
    assert file_of("bees").content == b"bees"
    assert file_of("bees").name != file_of("wasps").name
    name, value = parsed(encoded({"file": "bees"}, {"file"}))[0]
    assert (name, value) == ("file", (file_of("bees").name, b"bees"))


@pytest.mark.parametrize(("kind", "body"), list(malformed("file")))
def test_a_malformed_form_has_no_file(kind: str, body: bytes) -> None:
    try:
        fields = parsed(body, kind)
    except Exception:  # noqa: BLE001 - whatever a parser has to say of it
        fields = []
    assert not any(name == "file" for name, _ in fields)


def test_the_parts_of_a_form_can_be_taken_out() -> None:
    body = encoded({"file": "bees", "title": "Bees"}, {"file"})
    call = Call("POST", "/", b"", (("content-type", FORM_TYPE),), body)
    parts = parts_of(call)
    assert [each.name for each in parts] == ["file", "title"]
    assert with_parts(call, parts).body == body
    assert parsed(with_parts(call, parts[1:]).body) == [("title", "Bees")]
