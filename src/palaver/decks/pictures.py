"""Uploaded images: decoded within bounds and kept as nothing but pixels.

Whatever else a file holds (metadata, places, scripts, further formats behind the first) is gone, so
that what is stored can be shown by browsers and put into files without a second thought.

Decoding is for a child process. A hostile file harms nothing there but itself, and the memory that
pixels take is given back: a server that decodes on its threads keeps what each has ever needed.
"""

from __future__ import annotations

import shutil
import signal
import tempfile
from typing import IO, Final

import msgspec

from palaver.children import TookTooLong, child, wait_for
from palaver.decks.decoding import MAX_SIDE, Kept, Line, Unusable
from palaver.errors import InvalidImage, StoreUnavailable

MAX_FILE_BYTES: Final = 10 << 20
AT_ONCE: Final = 2
"""So many images are decoded at once: each child may take a gibibyte."""

_WALL_SECONDS: Final = 120.0
_LONGEST_LINE: Final = 1000
_DECODER: Final = msgspec.json.Decoder[Line](Line)


def normalise(file: IO[bytes]) -> Kept:
    """Decode an image file and return what is kept of it.

    PNG, JPEG, GIF and WebP, by their content and not their name; of an animation the first picture,
    turned upright as its file says. A JPEG stays one where it is the smaller; all others are PNG.

    Raises InvalidImage, and StoreUnavailable where this machine has no room for another process.
    """
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as result:
        file.seek(0)
        shutil.copyfileobj(file, given)
        given.seek(0)
        try:
            with child("palaver.decks.decoding", stdin=given, stdout=result) as process:
                code = wait_for(process, _WALL_SECONDS)
        except OSError as error:
            raise StoreUnavailable("No process could be started for an image.") from error
        except TookTooLong:
            raise InvalidImage("It takes too much time.") from None
        if code == -signal.SIGKILL:
            # Nobody here has killed it: the system ran out of memory.
            raise StoreUnavailable("There was no memory for an image.")
        if code == -signal.SIGXCPU:
            raise InvalidImage("It takes too much time.")
        if code:
            raise InvalidImage("It is damaged.")
        result.seek(0)
        return _read(result)


def _read(result: IO[bytes]) -> Kept:
    """What the child has left, held to what it promises."""
    try:
        head = _DECODER.decode(result.readline(_LONGEST_LINE))
    except (msgspec.DecodeError, UnicodeError):
        raise InvalidImage("It is damaged.") from None
    if isinstance(head, Unusable):
        raise InvalidImage(head.why)
    data, preview = result.read(head.size), result.read(head.preview_size)
    whole = data and (len(data), len(preview)) == (head.size, head.preview_size)
    if not (whole and 0 < head.width <= MAX_SIDE and 0 < head.height <= MAX_SIDE):
        raise InvalidImage("It is damaged.")
    return Kept(head.width, head.height, data, head.media_type, preview, head.preview_type)
