"""Presentations as LibreOffice shows them; skipped where it is missing, and that is said."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from palaver.decks.rendering import write_pptx
from palaver.models import BulletsSlide, CodeSlide, SlideContent, TableSlide, Theme, TitleSlide
from tests.decks.rendering.samples import (
    SLIDES,
    THEMES,
    bullets,
    page_texts,
    text_bounds,
    written,
)
from tests.decks.rendering.test_layout import MONTHS, WORDS
from tests.decks.rendering.test_pdf import WANTED

OFFICE = shutil.which("soffice")

pytestmark = pytest.mark.skipif(
    OFFICE is None,
    reason="LibreOffice is MISSING: presentations were not opened with it "
    "(Debian: apt-get install --no-install-recommends libreoffice-impress fonts-liberation)",
)

LONG: list[SlideContent] = [
    TitleSlide(title="A title of many words, as they happen " * 10),
    BulletsSlide(
        title="Twelve points that want to be on one slide " * 3,
        bullets=bullets(*(f"Point {n}: it takes a good part of a line" for n in range(12))),
    ),
    TableSlide(title="Rows", header=["No.", "Name"], rows=[[str(n), f"N {n}"] for n in range(30)]),
    CodeSlide(title="Code", code="\n".join(f"print({n})  # {'x' * n}" for n in range(60))),
    TableSlide(title="Words", header=WORDS, rows=[["1,234,567"] * len(WORDS)] * 3),
    TableSlide(title="Months", header=MONTHS, rows=[["1,234,567"] * len(MONTHS)] * 3),
]


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, bytes]]:
    """Decks as PDF by LibreOffice: the eight layouts in each theme, and a deck of long slides."""
    folder = tmp_path_factory.mktemp("office")
    for theme in THEMES:
        made = written(write_pptx, list(SLIDES.values()), theme)
        (folder / f"{theme}.pptx").write_bytes(made)
    (folder / "long.pptx").write_bytes(written(write_pptx, LONG, "ocean"))
    names = [str(path) for path in sorted(folder.glob("*.pptx"))]
    assert OFFICE is not None
    subprocess.run(
        [OFFICE, f"-env:UserInstallation={(folder / 'home').as_uri()}", "--headless",
         "--convert-to", "pdf", "--outdir", str(folder), *names],
        check=True,
        capture_output=True,
        timeout=100,
    )  # fmt: skip
    yield {Path(name).stem: Path(name).with_suffix(".pdf").read_bytes() for name in names}
    shutil.rmtree(folder)


@pytest.mark.parametrize("theme", THEMES)
def test_pages_show_the_texts_in_their_order(converted: dict[str, bytes], theme: Theme) -> None:
    # It prints a slide's number before its texts.
    wanted = [f"{number} {WANTED[layout]}" for number, layout in enumerate(SLIDES, 1)]
    assert page_texts(converted[theme]) == wanted


@pytest.mark.parametrize("name", [*THEMES, "long"])
def test_nothing_leaves_its_page(converted: dict[str, bytes], name: str) -> None:
    for left, bottom, right, top in text_bounds(converted[name]):
        assert left >= 40
        assert bottom >= 12
        assert right <= 930
        assert top <= 535


def test_long_slides_go_on(converted: dict[str, bytes]) -> None:
    texts = page_texts(converted["long"])
    assert [text for text in texts if "Rows (2/3)" in text]
    assert "".join(LONG[0].title.split()) in "".join(texts[0].split())  # type: ignore[union-attr]


def test_words_of_tables_are_whole(converted: dict[str, bytes]) -> None:
    for text, header in zip(page_texts(converted["long"])[-2:], (WORDS, MONTHS), strict=True):
        assert set(" ".join(header).split()) <= set(text.split())
        assert text.split().count("1,234,567") == 3 * len(header)
