"""Uploaded images: what is kept of them, and what is refused."""

from __future__ import annotations

import contextlib
import io
import random
import re
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image as Picture

from palaver.decks import pictures
from palaver.decks.decoding import MAX_PREVIEW_BYTES, MAX_SIDE, Kept, Unusable, decoded
from palaver.decks.pictures import normalise
from palaver.errors import InvalidImage, StoreUnavailable

SAYS = (
    'print(\'{"type": "image", "width": %d, "height": 1, "media_type": "image/png", '
    '"preview_type": "image/png", "size": %d, "preview_size": %d}\\n'
    "12345abcd')"
)
"""A program that says how large an image is, and leaves five bytes of it and four of a preview."""


def file_of(picture: Picture.Image, format: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def plain(width: int = 60, height: int = 40, mode: str = "RGB", colour: Any = "red") -> Any:
    return Picture.new(mode, (width, height), colour)


def noise(width: int, height: int) -> Picture.Image:
    return Picture.frombytes("RGB", (width, height), random.Random(1).randbytes(3 * width * height))


def keep(data: bytes) -> Kept:
    """What the child makes of a file, made here."""
    kept = decoded(io.BytesIO(data))
    assert isinstance(kept, Kept), kept
    return kept


def stored(data: bytes) -> Kept:
    """What the server gets from the child."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        return normalise(file)


def opened(data: bytes) -> Picture.Image:
    picture = Picture.open(io.BytesIO(data))
    picture.load()
    return picture


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP"])
def test_images_of_each_format_are_kept(format: str) -> None:
    kept = stored(file_of(plain(), format))
    assert (kept.width, kept.height) == (60, 40)
    assert kept.media_type == kept.preview_type == "image/png"
    shown = opened(kept.data)
    assert (shown.format, shown.size) == ("PNG", (60, 40))
    assert shown.convert("RGB").getpixel((30, 20))[0] > 200  # type: ignore[index]


@pytest.mark.parametrize(
    ("width", "height", "size", "preview"),
    [
        (2000, 4000, (960, 1920), (480, 960)),
        (30000, 2, (1920, 1), (960, 1)),
        (10, 10, (10, 10), (10, 10)),
    ],
)
def test_large_images_become_smaller(
    width: int, height: int, size: tuple[int, int], preview: tuple[int, int]
) -> None:
    kept = keep(file_of(plain(width, height)))
    assert (kept.width, kept.height) == size == opened(kept.data).size
    assert opened(kept.preview).size == preview
    assert max(size) <= MAX_SIDE


def test_previews_are_small_whatever_they_show() -> None:
    photograph = noise(900, 800)
    kept = keep(file_of(photograph, "JPEG"))
    assert opened(kept.data).size == (900, 800)
    assert (opened(kept.preview).format, kept.preview_type) == ("JPEG", "image/jpeg")
    assert len(kept.preview) <= MAX_PREVIEW_BYTES
    photograph.putalpha(noise(900, 800).convert("L"))
    kept = keep(file_of(photograph))
    assert (opened(kept.preview).format, kept.preview_type) == ("PNG", "image/png")
    assert opened(kept.preview).has_transparency_data
    assert opened(kept.data).mode == "RGBA"
    assert len(kept.preview) <= MAX_PREVIEW_BYTES


def test_a_photograph_does_not_grow() -> None:
    photograph = file_of(noise(900, 800), "JPEG", quality=85)
    kept = stored(photograph)
    assert (opened(kept.data).format, kept.media_type) == ("JPEG", "image/jpeg")
    assert len(kept.data) < 1.5 * len(photograph)
    # What is no JPEG loses nothing, and what PNG does better becomes PNG.
    assert keep(file_of(noise(90, 80))).media_type == "image/png"
    drawing = keep(file_of(plain(900, 800), "JPEG"))
    assert (opened(drawing.data).format, drawing.media_type) == ("PNG", "image/png")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
def test_every_kind_of_pixel_is_understood(mode: str) -> None:
    picture = plain(mode="RGB").convert("L").convert("I;16") if mode == "I;16" else None
    picture = picture or plain().convert(mode)
    kept = keep(file_of(picture, "JPEG" if mode == "CMYK" else "PNG"))
    assert opened(kept.data).mode in ("RGB", "RGBA")


def test_nothing_is_kept_but_pixels() -> None:
    exif = Picture.Exif()
    exif[0x010E] = "where I live"
    data = file_of(plain(), "JPEG", exif=exif, comment=b"a secret") + b"<script>alert(1)</script>"
    assert b"where I live" in data
    kept = keep(data)
    for part in (kept.data, kept.preview):
        assert b"where I live" not in part
        assert b"secret" not in part
        assert b"script" not in part
    assert opened(kept.data).info.get("exif") is None


def test_images_stand_upright() -> None:
    exif = Picture.Exif()
    exif[0x0112] = 6
    kept = keep(file_of(plain(60, 40), "JPEG", exif=exif))
    assert (kept.width, kept.height) == (40, 60)


def test_of_an_animation_the_first_picture_is_kept() -> None:
    frames = [plain(colour="red"), plain(colour="blue")]
    for format in ("GIF", "WEBP", "PNG"):
        data = file_of(frames[0], format, save_all=True, append_images=frames[1:])
        shown = opened(keep(data).data).convert("RGB")
        red, _, blue = shown.getpixel((5, 5))  # type: ignore[misc]
        assert red > blue
        assert getattr(opened(keep(data).data), "n_frames", 1) == 1


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_that_says(width: int, height: int, pixels: bytes = b"") -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no PNG"),
        (b"(the bytes of an image)", "no PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no PNG"),
        (b"%PDF-1.7\n", "no PNG"),
        (file_of(plain(), "BMP"), "no PNG"),
        (file_of(plain(), "TIFF"), "no PNG"),
        (b"\x89PNG\r\n\x1a\n", "no PNG|damaged"),
        (file_of(plain())[:-30], "damaged"),
        (file_of(noise(300, 300), "JPEG")[:2000], "damaged"),
        (file_of(noise(300, 300), "WEBP")[:2000], "damaged|no PNG"),
        (png_that_says(0, 10), "damaged|no PNG"),
        (png_that_says(10, 10, b"no zlib"), "damaged"),
        (png_that_says(8000, 8000), "40 megapixels"),
        (png_that_says(60000, 60000), "40 megapixels"),
        (png_that_says(2**31 - 1, 2**31 - 1), "40 megapixels"),
    ],
)
def test_what_is_no_usable_image_is_refused(data: bytes, words: str) -> None:
    unusable = decoded(io.BytesIO(data))
    assert isinstance(unusable, Unusable)
    assert re.search(words, unusable.why)


def test_the_server_says_what_is_wrong_with_a_file() -> None:
    with pytest.raises(InvalidImage, match="40 megapixels"):
        stored(png_that_says(8000, 8000))


@pytest.mark.parametrize(
    ("program", "error"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", StoreUnavailable),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", InvalidImage),
        ("raise RuntimeError", InvalidImage),
        ("", InvalidImage),
        ("print('{}')", InvalidImage),
        ("print('x' * 100_000)", InvalidImage),
        (SAYS % (10, 9, 4), InvalidImage),
        (SAYS % (10, 5, -1), InvalidImage),
        (SAYS % (9999, 5, 4), InvalidImage),
        ("import time; time.sleep(60)", InvalidImage),
    ],
)
def test_a_child_that_breaks_its_word_is_believed_nothing(
    monkeypatch: pytest.MonkeyPatch, program: str, error: type[Exception]
) -> None:
    @contextlib.contextmanager
    def hijacked(_module: str, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
        process = subprocess.Popen([sys.executable, "-c", program], **options)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    monkeypatch.setattr(pictures, "child", hijacked)
    monkeypatch.setattr(pictures, "_WALL_SECONDS", 3.0)
    with pytest.raises(error):
        stored(file_of(plain()))


def test_an_image_of_the_most_pixels_fits_the_childs_memory() -> None:
    # Each needs a further copy for its way to what is kept.
    exif = Picture.Exif()
    exif[0x0112] = 6
    for mode, format in (("RGBA", "PNG"), ("P", "GIF"), ("RGBA", "WEBP")):
        kept = stored(file_of(plain(8000, 5000, mode, 0), format, exif=exif))
        assert max(kept.width, kept.height) == MAX_SIDE


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP"])
def test_damage_anywhere_ends_in_an_image_or_a_refusal(format: str) -> None:
    whole = file_of(noise(40, 40), format)
    for place in range(0, len(whole), max(1, len(whole) // 150)):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        kept = decoded(io.BytesIO(damaged))
        assert isinstance(kept, Unusable) or max(opened(kept.data).size) <= MAX_SIDE
