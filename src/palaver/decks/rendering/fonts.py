"""The typefaces that files are set in, all from packages that come with the server.

- Noto Sans, FiraGO and Noto Sans Symbols/Math (SIL Open Font License 1.1) from ``pymupdf-fonts``:
  Latin, Greek, Cyrillic, and with FiraGO Arabic, Hebrew, Thai, Georgian and Devanagari;
- Noto Sans CJK (SIL Open Font License 1.1) from ``noto-cjk-sans-otc``: Chinese, Japanese, Korean;
- Libertinus Serif (SIL Open Font License 1.1) and DejaVu Sans Mono (Bitstream Vera's licence),
  which are inside the ``typst`` package.

Typefaces of the machine itself step in for characters that none of these has, such as emoji.
"""

from __future__ import annotations

import atexit
import functools
import re
import shutil
import tempfile
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


@functools.cache
def folders() -> tuple[str, str]:
    """Two folders that hold the typefaces as files; the first is made for this process."""
    made = Path(tempfile.mkdtemp(prefix="palaver-fonts-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    for name in _FILES:
        (made / f"{name}.ttf").write_bytes(font(name))
    return str(made), str(Path(noto_cjk_sans_otc.__path__[0]))


def cjk(texts: Iterable[str]) -> str:
    """``SC``, ``JP`` or ``KR``: whose forms the Han characters of these texts should have."""
    for text in texts:
        if _KANA.search(text):
            return "JP"
        if _HANGUL.search(text):
            return "KR"
    return "SC"
