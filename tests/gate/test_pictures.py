"""Images of the gate's own: no two alike, and told apart by their pixels alone."""

from __future__ import annotations

from typing import get_args

import pytest

from gate.forms import File
from gate.pictures import Kind, picture, same_pixels
from gate.values import Values
from palaver.app import load_contract


@pytest.mark.parametrize("kind", get_args(Kind))
def test_an_image_is_the_same_in_every_format_that_keeps_all(kind: Kind) -> None:
    assert same_pixels(picture(7), picture(7, kind)) == (kind != "JPEG")
    assert not same_pixels(picture(7), picture(8, kind))
    assert not same_pixels(picture(7), picture(7, kind, (9, 6)))


@pytest.mark.parametrize("content", [b"", b"A text.", picture(1)[:60]])
def test_what_is_no_image_shows_nothing(content: bytes) -> None:
    assert not same_pixels(content, content)


def test_the_fields_of_images_get_images_and_no_two_alike() -> None:
    document = load_contract()
    values = Values(document)
    schema, _ = document.deref({"$ref": "#/components/schemas/SlideImageUpload"}, ())
    one, two = (values.fresh(schema)["file"] for _ in range(2))
    assert isinstance(one, File)
    assert one.name != two.name
    assert not same_pixels(one.content, two.content)
    book, _ = document.deref({"$ref": "#/components/schemas/BookUpload"}, ())
    assert isinstance(values.fresh(book)["file"], str)


def test_every_layout_has_its_turn_but_for_what_names_something() -> None:
    document = load_contract()
    values = Values(document)
    schema = {"$ref": "#/components/schemas/SlideContent"}
    found, _ = document.deref(schema, ())
    layouts = {values.fresh(schema)["layout"] for _ in range(40)}
    assert len(layouts) == len(found["oneOf"]) - 1
    assert "image" not in layouts
    # What fills a deck is as large as can be.
    assert values.fresh(schema, longest=True)["layout"] == "code"
