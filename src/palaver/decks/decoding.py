"""The child process that decodes an image: ``python -m palaver.decks.decoding LIFELINE``.

The file is its standard input. On its standard output, a file, it leaves one line of JSON and after
that the bytes that the line counts.
"""

from __future__ import annotations

import io
import os
import sys
from typing import IO, TYPE_CHECKING, Final, Literal

import msgspec

from palaver.confinement import confine, die_with

if TYPE_CHECKING:
    from PIL import Image as Picture

MAX_PIXELS: Final = 40_000_000
MAX_SIDE: Final = 1920
"""As many pixels as files of decks show."""

PREVIEW_SIDES: Final = (960, 640, 480, 320, 160)
MAX_PREVIEW_BYTES: Final = 96 << 10
"""A deck is read with the previews of up to 200 slides in it."""

FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP")

MEMORY_BYTES: Final = 1 << 30
"""An image of the most pixels takes some 500 megabytes while it is decoded."""

CPU_SECONDS: Final = 60
LARGEST_RESULT: Final = 64 << 20
"""1920 by 1920 pixels of noise that can be seen through are 15 MB of PNG."""

ImageType = Literal["image/png", "image/jpeg"]


class Kept(msgspec.Struct, frozen=True):
    """An image as it is stored, with a smaller one for HTML."""

    width: int
    height: int
    data: bytes
    media_type: ImageType
    preview: bytes
    preview_type: ImageType


class Head(msgspec.Struct, frozen=True, tag="image"):
    """The line before the bytes of an image and of its preview, of which it says how many."""

    width: int
    height: int
    size: int
    media_type: ImageType
    preview_size: int
    preview_type: ImageType


class Unusable(msgspec.Struct, frozen=True, tag="unusable"):
    """The line in place of an image: what is wrong with the file."""

    why: str


Line = Head | Unusable


def decoded(file: IO[bytes]) -> Kept | Unusable:
    """What is kept of a file with a PNG, JPEG, GIF or WebP, told by its content and not its name.

    Of an animation it is the first picture, turned upright as its file says.
    """
    from PIL import Image as Picture
    from PIL import UnidentifiedImageError

    try:
        with Picture.open(file, formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                return Unusable("It has more than 40 megapixels.")
            upright = _upright(opened)
            as_jpeg = opened.format in {"JPEG", "MPO"}
    except UnidentifiedImageError:
        return Unusable("It is no PNG, JPEG, GIF or WebP file.")
    except (Picture.DecompressionBombError, Picture.DecompressionBombWarning):
        # Its own limits are higher than ours.
        return Unusable("It has more than 40 megapixels.")
    except MemoryError:
        return Unusable("It takes too much memory.")
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError):
        # What the decoders say about damaged files; there is no one base for it.
        return Unusable("It is damaged.")
    return Kept(upright.width, upright.height, *_whole(upright, as_jpeg), *_preview(upright))


def _upright(opened: Picture.Image) -> Picture.Image:
    """The pixels of the first picture as RGB or RGBA, of at most the size that is kept."""
    from PIL import ImageOps

    # Decodes a JPEG of many pixels at a fraction of its size.
    opened.draft("RGB", (MAX_SIDE, MAX_SIDE))
    opened.load()
    picture = ImageOps.exif_transpose(opened)
    picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    picture.thumbnail((MAX_SIDE, MAX_SIDE))
    # Comments and profiles would be written again.
    picture.info.clear()
    return picture


def _whole(picture: Picture.Image, as_jpeg: bool) -> tuple[bytes, ImageType]:
    """The picture as PNG, or as the JPEG that it came as where that is smaller, as it is for
    photographs: as PNG they would grow several times."""
    made = _encoded(picture, "PNG")
    if as_jpeg and len(jpeg := _encoded(picture, "JPEG", quality=90)) < len(made):
        return jpeg, "image/jpeg"
    return made, "image/png"


def _preview(picture: Picture.Image) -> tuple[bytes, ImageType]:
    """The largest preview that is small enough, and its type."""
    for side in PREVIEW_SIDES:
        small = picture.copy()
        small.thumbnail((side, side))
        made: tuple[bytes, ImageType] = (_encoded(small, "PNG"), "image/png")
        if len(made[0]) > MAX_PREVIEW_BYTES:
            if small.mode == "RGB":
                made = (_encoded(small, "JPEG"), "image/jpeg")
            else:
                # What can be seen through cannot be JPEG.
                made = (_encoded(small.quantize(256), "PNG"), "image/png")
        if len(made[0]) <= MAX_PREVIEW_BYTES:
            break
    return made


def _encoded(picture: Picture.Image, format: Literal["PNG", "JPEG"], quality: int = 85) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, quality=quality)
    return buffer.getvalue()


def main() -> None:
    """Decode one image."""
    die_with(int(sys.argv[1]))
    # Libraries that print must not print into the result.
    result = os.dup(1)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    confine(memory_bytes=MEMORY_BYTES, cpu_seconds=CPU_SECONDS, file_bytes=LARGEST_RESULT)
    with os.fdopen(result, "wb") as out, os.fdopen(0, "rb") as file:
        match decoded(file):
            case Kept() as kept:
                head = Head(
                    kept.width,
                    kept.height,
                    len(kept.data),
                    kept.media_type,
                    len(kept.preview),
                    kept.preview_type,
                )
                out.write(msgspec.json.encode(head) + b"\n")
                out.write(kept.data)
                out.write(kept.preview)
            case unusable:
                out.write(msgspec.json.encode(unusable) + b"\n")
        out.flush()
        # Whatever was made is written. Tidying up after a hostile file could still go wrong.
        os._exit(0)


if __name__ == "__main__":
    main()
