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
MAX_SIDE: Final = 2560
"""More pixels than any screen on which slides are shown has from side to side."""

PREVIEW_SIDE: Final = 960
FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP")

_JPEG_FROM: Final = 2 << 20
"""A PNG of more bytes is a photograph, and much smaller as JPEG."""

MediaType = Literal["image/png", "image/jpeg"]


@dataclass(frozen=True, slots=True)
class Kept:
    """An image as it is stored, with a smaller one for HTML."""

    media_type: MediaType
    width: int
    height: int
    data: bytes
    preview: bytes
    preview_type: MediaType


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
                lossy = opened.format == "JPEG"
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
    # What was JPEG has no more to lose, and would be several times larger as PNG.
    data, media_type = _encoded(upright, 0 if lossy else _JPEG_FROM)
    small = upright.copy()
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    preview, preview_type = _encoded(small, 0 if media_type == "image/jpeg" else _JPEG_FROM >> 4)
    return Kept(media_type, upright.width, upright.height, data, preview, preview_type)


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


def _encoded(picture: Picture.Image, jpeg_from: int) -> tuple[bytes, MediaType]:
    """A picture as PNG, which loses nothing, or as JPEG where that would be large.

    What can be seen through stays PNG.
    """
    if jpeg_from > 0 or picture.mode == "RGBA":
        lossless = io.BytesIO()
        picture.save(lossless, "PNG")
        if lossless.tell() < jpeg_from or picture.mode == "RGBA":
            return lossless.getvalue(), "image/png"
    lossy = io.BytesIO()
    picture.save(lossy, "JPEG", quality=88)
    return lossy.getvalue(), "image/jpeg"
