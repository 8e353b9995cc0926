"""The child process that writes the file of a deck, and what it is told.

``python -m palaver.decks.rendering.filing LIFELINE FOLDER``. The folder holds ``job.json`` and the
images, and gets ``made``. A layout takes seconds, and a presentation of many tables hundreds of
megabytes: in the server, its other threads would wait for the one, and the memory of the other
would stay with it.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from palaver.confinement import confine, die_with
from palaver.decks.rendering.faults import DeckTooLong
from palaver.models import ExportFormat, ImageSlide, SlideContent, Theme

if TYPE_CHECKING:
    from palaver.decks.rendering.shown import Images, ShownDeck

MEMORY_BYTES: Final = 3 << 30
CPU_SECONDS: Final = 150
LARGEST_FILE: Final = 1 << 30
WALL_SECONDS: Final = 300.0
"""How long the child is waited for. What typst takes has its own bounds within these."""

TOO_LONG: Final = 3
"""The code with which the child ends where the deck fills too many pages."""

JOB: Final = "job.json"
MADE: Final = "made"


class JobSlide(msgspec.Struct, frozen=True):
    """A slide."""

    content: SlideContent


class JobImage(msgspec.Struct, frozen=True):
    """An image in the folder, where the child runs; its bytes are read when they are asked for."""

    name: str
    width: int
    height: int

    @property
    def data(self) -> bytes:
        """The bytes of its file."""
        return Path(self.name).read_bytes()


class Job(msgspec.Struct, frozen=True):
    """What is to be written, with the images that are there, by their ids."""

    kind: ExportFormat
    title: str
    theme: Theme
    updated_at: datetime
    slides: list[JobSlide]
    images: dict[str, JobImage]


def order(folder: Path, kind: ExportFormat, deck: ShownDeck, images: Images) -> None:
    """Put into a folder what the child has to know. Each image is looked up once.

    Raises ``OSError``.
    """
    shown = (each.content for each in deck.slides)
    there: dict[str, JobImage] = {}
    for image_id in {each.image_id for each in shown if isinstance(each, ImageSlide)}:
        image = images(image_id)
        if image is not None:
            there[image_id] = JobImage(f"image-{len(there)}", image.width, image.height)
            (folder / there[image_id].name).write_bytes(image.data)
    slides = [JobSlide(slide.content) for slide in deck.slides]
    job = Job(kind, deck.title, deck.theme, deck.updated_at, slides, there)
    (folder / JOB).write_bytes(msgspec.json.encode(job))


def main() -> None:
    """Write one file."""
    die_with(int(sys.argv[1]))
    confine(
        memory_bytes=MEMORY_BYTES,
        cpu_seconds=CPU_SECONDS,
        file_bytes=LARGEST_FILE,
        may_start=True,
    )
    os.chdir(sys.argv[2])
    # Libraries are loaded within the bounds, too.
    from palaver.decks.rendering.pdf import write_pdf
    from palaver.decks.rendering.powerpoint import write_pptx

    job = msgspec.json.decode(Path(JOB).read_bytes(), type=Job)
    write = write_pdf if job.kind == "pdf" else write_pptx
    try:
        with open(MADE, "wb") as file:
            write(job, job.images.get, file)
    except DeckTooLong:
        os._exit(TOO_LONG)
    # What was wanted is written; there is nothing to tidy up.
    os._exit(0)


if __name__ == "__main__":
    main()
