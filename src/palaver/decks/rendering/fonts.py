"""The typefaces that files are set in, all from packages that come with the server.

- Noto Sans, FiraGO and Noto Sans Symbols/Math (SIL Open Font License 1.1) from ``pymupdf-fonts``:
  Latin, Greek, Cyrillic, and with FiraGO Arabic, Hebrew, Thai, Georgian and Devanagari;
- Noto Sans CJK (SIL Open Font License 1.1) from ``noto-cjk-sans-otc``: Chinese, Japanese, Korean;
- Libertinus Serif (SIL Open Font License 1.1) and DejaVu Sans Mono (Bitstream Vera's licence),
  which are inside the ``typst`` package.

Typefaces of the machine itself step in for characters that none of these has, such as emoji.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from pathlib import Path

import noto_cjk_sans_otc
import pymupdf_fonts

_FILES = ("notos", "notosbo", "figo", "figbo", "symbol1", "symbol2", "math")
FALLBACKS = ("FiraGO", "Noto Sans Symbols2", "Noto Sans Symbols", "Noto Sans Math")

_KANA = re.compile(r"[\u3040-\u30ff\uff66-\uff9f]")
_HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")


@functools.cache
def font(name: str) -> bytes:
    """A typeface of ``pymupdf-fonts`` by its short name there."""
    data: bytes = pymupdf_fonts.myfont(name)
    return data


def provide(folder: Path) -> list[Path]:
    """Put the typefaces that are inside Python modules into a folder as files; all folders to look
    in.
    """
    for name in _FILES:
        (folder / f"{name}.ttf").write_bytes(font(name))
    return [folder, Path(noto_cjk_sans_otc.__path__[0])]


def cjk(texts: Iterable[str]) -> str:
    """``SC``, ``JP`` or ``KR``: whose forms the Han characters of these texts should have."""
    for text in texts:
        if _KANA.search(text):
            return "JP"
        if _HANGUL.search(text):
            return "KR"
    return "SC"
