"""Images that the gate uploads, no two alike, and whether two files show the same."""

from __future__ import annotations

import io
import random
from typing import Literal

from PIL import Image, UnidentifiedImageError

Kind = Literal["PNG", "JPEG", "GIF", "WEBP", "BMP"]


def picture(number: int, kind: Kind = "PNG", size: tuple[int, int] = (8, 6)) -> bytes:
    """An image file whose pixels say the number."""
    shown = Image.new("RGB", size, (255, 255, 255))
    colour = number * 0x9E3779B1 % (1 << 24)
    red, green, blue = colour >> 16, colour >> 8 & 255, colour & 255
    shown.paste((red, green, blue), (0, 0, size[0] // 2, size[1] // 2))
    buffer = io.BytesIO()
    # What can be lossless is.
    shown.save(buffer, kind, **({"lossless": True} if kind == "WEBP" else {}))
    return buffer.getvalue()


def photograph(number: int, size: tuple[int, int] = (96, 64)) -> bytes:
    """A JPEG file that PNG would make larger, as it does of photographs: noise, by the number."""
    width, height = size
    # Not for secrets: the same number gives the same file.
    noise = random.Random(number).randbytes(3 * width * height)  # noqa: S311
    buffer = io.BytesIO()
    Image.frombytes("RGB", size, noise).save(buffer, "JPEG")
    return buffer.getvalue()


def same_pixels(one: bytes, two: bytes) -> bool:
    """Whether two image files show the same, pixel by pixel; not where one is none."""
    try:
        shown = [Image.open(io.BytesIO(each)).convert("RGBA") for each in (one, two)]
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return False
    return shown[0].size == shown[1].size and shown[0].tobytes() == shown[1].tobytes()
