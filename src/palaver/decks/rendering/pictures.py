"""Images on their way into files: small enough, and each looked up once."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import TypeAlias

from PIL import Image as Picture

from palaver.decks.rendering.shown import Images
from palaver.models import ImageSlide, SlideContent

Sizes: TypeAlias = Callable[[str], tuple[int, int] | None]
"""The width and height of an image in pixels, by its id."""

_LARGEST = 1920
"""No slide is shown with more pixels."""
_ENOUGH = 400_000
"""Files of fewer bytes are taken as they are."""


def sizes_of(slides: Iterable[SlideContent], images: Images) -> dict[str, tuple[int, int]]:
    """The sizes of the images that slides show; one that is gone has none."""
    found: dict[str, tuple[int, int]] = {}
    for slide in slides:
        if isinstance(slide, ImageSlide) and slide.image_id not in found:
            image = images(slide.image_id)
            if image is not None:
                found[slide.image_id] = (image.width, image.height)
    return found


def for_file(data: bytes) -> tuple[bytes, str]:
    """An image as a file carries it, and ``png`` or ``jpg``: 200 must not make gigabytes."""
    with Picture.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
        kind = "png" if picture.format == "PNG" else "jpg"
        if len(data) <= _ENOUGH:
            return data, kind
        picture.thumbnail((_LARGEST, _LARGEST))
        buffer = io.BytesIO()
        if picture.has_transparency_data:
            picture.convert("RGBA").quantize(256).save(buffer, "PNG", optimize=False)
            return buffer.getvalue(), "png"
        picture.convert("RGB").save(buffer, "JPEG", quality=85)
        return buffer.getvalue(), "jpg"
