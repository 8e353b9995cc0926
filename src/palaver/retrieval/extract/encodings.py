"""In the child: how a plain text is encoded."""

from __future__ import annotations

import codecs
import re
from typing import IO

import charset_normalizer

from palaver.retrieval.extract.faults import ExtractionFailed

PIECE = 1 << 16
_SAMPLE = 1 << 17
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # Before UTF-16, whose mark it begins with.
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CANDIDATES = [
    "cp932", "shift_jis", "euc_jp", "gb18030", "big5", "cp949", "euc_kr", "koi8_r", "koi8_u",
    "cp1251", "cp866", "iso8859_5", "cp1250", "iso8859_2", "cp1252", "latin_1", "cp1253",
    "iso8859_7", "cp1254", "cp1255", "cp1256", "tis_620", "mac_roman",
]  # fmt: skip
# The wider encoding of the same family, so that a rare character later on is read as well.
_WIDER = {"shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs", "tis_620": "cp874"}
_LATIN = {"cp1250", "iso8859_2", "cp1252", "latin_1", "cp1254", "mac_roman", "cp1257", None}
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_HIGH = re.compile(rb"[\x80-\xff]")
_JAPANESE_ESCAPE = re.compile(rb"\x1b(?:\$[@B]|\([BJI])")
_KANA = re.compile("[\u3041-\u30fe]")
# What stands for a letter of Central Europe where its bytes are read as Western ones.
_SIGN_IN_WORD = re.compile("(?<=[^\\W\\d_])[¡-©«-´¶-¹»-¿]+(?=[^\\W\\d_])")
_CARON = re.compile(rb"[\x8a\x8d\x8e\x9a\x9d\x9e]")


def encoding_of(file: IO[bytes]) -> str:
    """The name of the codec for the whole file.

    A byte order mark decides, then UTF-8 if all of the file is, then the look of the text. Raises
    ``ExtractionFailed`` (binary) for what is no text in any encoding.
    """
    file.seek(0)
    head = file.read(4)
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    wide = _without_mark(file)
    if wide:
        return wide
    is_utf8, sample, size, controls = _looked_through(file)
    # A stray control character from an old printer is no reason to refuse a book; NULs are.
    if controls * 1000 > size:
        raise ExtractionFailed("binary")
    if is_utf8:
        return (
            "iso2022_jp_2"
            if _JAPANESE_ESCAPE.search(sample) and _is(sample, "iso2022_jp_2")
            else "utf-8"
        )
    return _guess(sample)


def _without_mark(file: IO[bytes]) -> str | None:
    """UTF-16 without a mark: most of the high bytes of a text in any European script are zero."""
    file.seek(0)
    sample = file.read(4096)
    sample = sample[: len(sample) // 2 * 2]
    if len(sample) < 4:
        return None
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        high, low = sample[offset::2], sample[1 - offset :: 2]
        if high.count(0) * 2 > len(high) and 0 not in low and _is(sample, encoding):
            return encoding
    return None


def _is(sample: bytes, encoding: str) -> bool:
    """Whether a sample, which may end within a character, is in an encoding."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeError:
        return False
    return True


def _looked_through(file: IO[bytes]) -> tuple[bool, bytes, int, int]:
    """Whether all is UTF-8; the parts with more than ASCII; the size; the control characters."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8 = True
    sample = bytearray()
    size = controls = 0
    file.seek(0)
    while piece := file.read(PIECE):
        size += len(piece)
        if b"\x00" in piece:
            raise ExtractionFailed("binary")
        controls += len(_CONTROL.findall(piece))
        if is_utf8:
            try:
                decoder.decode(piece)
            except UnicodeDecodeError:
                is_utf8 = False
        if len(sample) < _SAMPLE:
            high = _HIGH.search(piece) or _JAPANESE_ESCAPE.search(piece)
            if high:
                # From a line's beginning: in the middle of one, a character may be cut.
                start = piece.rfind(b"\n", 0, high.start()) + 1
                sample += piece[start : start + _SAMPLE - len(sample)]
    if is_utf8:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            is_utf8 = False
    return is_utf8, bytes(sample), size, controls


def _guess(sample: bytes) -> str:
    # A multi-byte character may have been cut at the end of the sample.
    whole = sample[: sample.rfind(b"\n") + 1] or sample
    if _is(whole, "euc_jp"):
        # Its kana are rare signs in the encodings of China and Korea.
        text = whole.decode("euc_jp", "ignore")
        kana = len(_KANA.findall(text))
        if kana and kana * 5 > sum(each > "\x7f" for each in text):
            return "euc_jp"
    best = charset_normalizer.from_bytes(whole, cp_isolation=_CANDIDATES).best()
    found = best.encoding if best else None
    if found in _LATIN:
        return _latin(whole, found)
    return _WIDER.get(found or "", found or "cp1252")


def _latin(sample: bytes, found: str | None) -> str:
    """Western, unless the letters say Central Europe: the two share most of their bytes."""
    high = len(_HIGH.findall(sample))
    western = sample.decode("cp1252", "replace")
    signs = len("".join(_SIGN_IN_WORD.findall(western)))
    if found in ("mac_roman", "cp1254") and signs * 20 > high:
        return found
    if signs * 20 > high or len(_CARON.findall(sample)) * 10 > high:
        windows = sum(0x80 <= byte < 0xA0 for byte in sample)
        return "cp1250" if windows else "iso8859_2"
    return "cp1252"
