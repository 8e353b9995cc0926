"""Uploaded images: decoded within bounds and kept as nothing but pixels.

Whatever else a file holds (metadata, places, scripts, further formats behind the first) is gone, so
that what is stored can be shown by browsers and put into files without a second thought.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import IO, Final, Literal

from PIL import Image as Picture
from PIL import ImageOps, UnidentifiedImageError

from palaver.errors import InvalidImage

MAX_FILE_BYTES: Final = 10 << 20
MAX_PIXELS: Final = 40_000_000
MAX_SIDE: Final = 1920
"""As many pixels as files of decks show."""

PREVIEW_SIDE: Final = 960
FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP")

_LARGE_PREVIEW: Final = 128 << 10
"""A preview of more bytes shows a photograph, which is much smaller as JPEG."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An image as it is stored, as PNG, with a smaller one for HTML."""

    width: int
    height: int
    data: bytes
    preview: bytes
    preview_type: Literal["image/png", "image/jpeg"]


def normalise(file: IO[bytes]) -> Kept:
    """Decode an image file and make of it what is kept. Raises InvalidImage.

    PNG, JPEG, GIF and WebP, by their content and not their name; of an animation the first picture,
    turned upright as its file says.
    """
    try:
        with warnings.catch_warnings():
            # Its own limit is higher than ours.
            warnings.simplefilter("ignore", Picture.DecompressionBombWarning)
            with Picture.open(file, formats=FORMATS) as opened:
                if opened.width * opened.height > MAX_PIXELS:
                    raise InvalidImage("It has more than 40 megapixels.")
                upright = _upright(opened)
    except UnidentifiedImageError:
        raise InvalidImage("It is no PNG, JPEG, GIF or WebP file.") from None
    except InvalidImage:
        raise
    except Picture.DecompressionBombError:
        raise InvalidImage("It has more than 40 megapixels.") from None
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError) as error:
        # What the decoders say about damaged files; there is no one base for it.
        raise InvalidImage("It is damaged.") from error
    small = upright.copy()
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    preview = _encoded(small, "PNG")
    is_png = len(preview) < _LARGE_PREVIEW or small.mode == "RGBA"
    return Kept(
        upright.width,
        upright.height,
        _encoded(upright, "PNG"),
        preview if is_png else _encoded(small, "JPEG"),
        "image/png" if is_png else "image/jpeg",
    )


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


def _encoded(picture: Picture.Image, format: Literal["PNG", "JPEG"]) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, quality=85)
    return buffer.getvalue()
