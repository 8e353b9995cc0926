"""In the child: what a file is, by its content and by its name."""

from __future__ import annotations

import os
from typing import IO

from palaver.retrieval.extract.archive import Archive
from palaver.retrieval.extract.faults import ExtractionFailed
from palaver.retrieval.extract.messages import Format, Limits

_HEAD = 1024
_PACKED = {".pdf": Format.PDF, ".epub": Format.EPUB, ".docx": Format.DOCX}
_MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")
# Text to look at, and yet in need of a reader that is not here.
_OTHER_TEXT = (".html", ".htm", ".xhtml", ".xml", ".rtf", ".ps", ".json", ".svg", ".fb2", ".csv")
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS = (
    b"{\\rtf", b"%!PS", b"AT&TFORM", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!",
    b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"RIFF", b"\x7fELF", b"ITSF",
)  # fmt: skip


def recognise(file: IO[bytes], suffix: str, limits: Limits) -> Format:
    """The format of a file; ``suffix`` is the end of its name, in small letters, with the dot.

    A PDF, EPUB or DOCX is what its content says, under any name. Raises ``ExtractionFailed`` for
    what is none of our formats, or not the one that the name promises.
    """
    file.seek(0)
    head = file.read(_HEAD)
    # A PDF may have something before its beginning, but a text may speak of PDF.
    if head.lstrip().startswith(b"%PDF-") or (suffix == ".pdf" and b"%PDF-" in head):
        return Format.PDF
    if head.startswith(_ARCHIVES):
        return _packed(file, suffix, limits)
    if head.startswith(_OLE):
        raise ExtractionFailed("encrypted" if _holds_encrypted(file) else "old_word")
    if head.startswith(_OTHERS) or head[60:68] == b"BOOKMOBI":
        raise ExtractionFailed("unsupported")
    if suffix in _PACKED:
        raise ExtractionFailed("misnamed")
    if suffix in _OTHER_TEXT:
        raise ExtractionFailed("unsupported")
    return Format.MARKDOWN if suffix in _MARKDOWN else Format.TEXT


def _packed(file: IO[bytes], suffix: str, limits: Limits) -> Format:
    archive = Archive(file, limits)
    if "META-INF/container.xml" in archive:
        return Format.EPUB
    if "mimetype" in archive:
        with archive.open("mimetype") as stream:
            if stream.read(64).strip() == b"application/epub+zip":
                return Format.EPUB
    if "[Content_Types].xml" in archive and any(n.startswith("word/") for n in archive.names()):
        return Format.DOCX
    raise ExtractionFailed("damaged" if suffix in _PACKED else "archive")


def _holds_encrypted(file: IO[bytes]) -> bool:
    """Whether an OLE file is a newer document under a password, by the names in its directory."""
    file.seek(0)
    head = file.read(512)
    sector_size = 1 << min(16, int.from_bytes(head[30:32], "little"))
    directory = (int.from_bytes(head[48:52], "little") + 1) * sector_size
    if directory > file.seek(0, os.SEEK_END):
        return False
    file.seek(directory)
    return "EncryptedPackage".encode("utf-16-le") in file.read(4096)
