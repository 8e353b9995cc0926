"""Names of files, and how a response says them (RFC 6266, with the encoding of RFC 8187)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import quote

MAX_STEM: Final = 80
"""In characters: three bytes each, and an ending, fit what file systems take."""

# What Windows, macOS or Linux do not take in a name, what turns the direction of text, so that an
# ending looks like another, and what cannot be seen.
_UNSAFE: Final = re.compile(
    r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]'
)
_BLANKS: Final = re.compile(r"\s+")
# Windows takes these for devices, whatever their ending.
_DEVICES: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)
_QUOTABLE: Final = re.compile(r"[^ !#$&'()+,\-.0-9;=@A-Z\[\]^_`a-z{}~]")
# RFC 8187, section 3.2.1: attr-char, of which `quote` leaves letters and digits alone by itself.
_ATTRIBUTE_SAFE: Final = "!#$&+-.^_`|~"


def file_name(title: str, ending: str, *, otherwise: str) -> str:
    """A name for a file that every system takes; ``otherwise`` is for a title that gives none."""
    safe = _UNSAFE.sub(" ", unicodedata.normalize("NFC", title))
    safe = "".join(each for each in safe if unicodedata.category(each) not in ("Cs", "Cn", "Co"))
    stem = _BLANKS.sub(" ", safe).strip(" .")[:MAX_STEM].strip(" .")
    while len(stem.encode()) > 3 * MAX_STEM:
        stem = stem[:-1].strip(" .")
    if not stem or _DEVICES.fullmatch(stem.partition(".")[0].strip()):
        stem = otherwise
    return f"{stem}.{ending}"


def attachment(name: str) -> str:
    """``Content-Disposition`` for a file of this name.

    Old clients read ``filename``, with what is not ASCII put near it; others ``filename*``, which
    stands there where the two differ.
    """
    decomposed = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem, _, ending = _QUOTABLE.sub("_", decomposed).rpartition(".")
    plain = f"{stem.strip(' _.') or 'file'}.{ending}"
    header = f'attachment; filename="{plain}"'
    if plain != name:
        header += f"; filename*=UTF-8''{quote(name, safe=_ATTRIBUTE_SAFE)}"
    return header
