"""Uploaded images: decoded within bounds and kept as nothing but pixels.

Whatever else a file holds (metadata, places, scripts, further formats behind the first) is gone, so
that what is stored can be shown by browsers and put into files without a second thought.
"""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass
from typing import IO, Final, Literal

from PIL import Image as Picture
from PIL import ImageOps, UnidentifiedImageError

from palaver.errors import InvalidImage

MAX_FILE_BYTES: Final = 10 << 20
MAX_PIXELS: Final = 40_000_000
MAX_SIDE: Final = 1920
"""As many pixels as files of decks show."""

PREVIEW_SIDES: Final = (960, 640, 480, 320, 160)
MAX_PREVIEW_BYTES: Final = 96 << 10
"""A deck is read with the previews of up to 200 slides in it."""

FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP")


_DECODING: Final = threading.BoundedSemaphore(2)
"""An image of the most pixels takes some 300 megabytes while it is decoded."""

PreviewType = Literal["image/png", "image/jpeg"]


@dataclass(frozen=True, slots=True)
class Kept:
    """An image as it is stored, as PNG, with a smaller one for HTML."""

    width: int
    height: int
    data: bytes
    preview: bytes
    preview_type: PreviewType


def normalise(file: IO[bytes]) -> Kept:
    """Decode an image file and make of it what is kept. Raises InvalidImage.

    PNG, JPEG, GIF and WebP, by their content and not their name; of an animation the first picture,
    turned upright as its file says.
    """
    try:
        with _DECODING, Picture.open(file, formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise InvalidImage("It has more than 40 megapixels.")
            upright = _upright(opened)
    except UnidentifiedImageError:
        raise InvalidImage("It is no PNG, JPEG, GIF or WebP file.") from None
    except InvalidImage:
        raise
    except (Picture.DecompressionBombError, Picture.DecompressionBombWarning):
        # Its own limits are higher than ours.
        raise InvalidImage("It has more than 40 megapixels.") from None
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError) as error:
        # What the decoders say about damaged files; there is no one base for it.
        raise InvalidImage("It is damaged.") from error
    return Kept(upright.width, upright.height, _encoded(upright, "PNG"), *_preview(upright))


def _upright(opened: Picture.Image) -> Picture.Image:
    """The pixels of the first picture as RGB or RGBA, of at most the size that is kept."""
    # Decodes a JPEG of many pixels at a fraction of its size.
    opened.draft("RGB", (MAX_SIDE, MAX_SIDE))
    opened.load()
    picture = ImageOps.exif_transpose(opened)
    picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    picture.thumbnail((MAX_SIDE, MAX_SIDE))
    # Comments and profiles would be written again.
    picture.info.clear()
    return picture


def _preview(picture: Picture.Image) -> tuple[bytes, PreviewType]:
    """The largest preview that is small enough, and its type."""
    for side in PREVIEW_SIDES:
        small = picture.copy()
        small.thumbnail((side, side))
        made: tuple[bytes, PreviewType] = (_encoded(small, "PNG"), "image/png")
        if len(made[0]) > MAX_PREVIEW_BYTES:
            if small.mode == "RGB":
                made = (_encoded(small, "JPEG"), "image/jpeg")
            else:
                # What can be seen through cannot be JPEG.
                made = (_encoded(small.quantize(256), "PNG"), "image/png")
        if len(made[0]) <= MAX_PREVIEW_BYTES:
            break
    return made


def _encoded(picture: Picture.Image, format: Literal["PNG", "JPEG"]) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, quality=85)
    return buffer.getvalue()
