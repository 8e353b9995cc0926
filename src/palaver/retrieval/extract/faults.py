"""Why a file cannot be read, in sentences for the people who uploaded it."""

from __future__ import annotations

REASONS = {
    "archive": "The file is a ZIP archive, but no EPUB book and no Word document.",
    "binary": "The file is not text: it holds bytes that no text has.",
    "crashed": ("The file is damaged, or reading it takes more memory than one book may take."),
    "damaged": "The file is damaged or incomplete and cannot be read.",
    "drm": "The book is protected against copying, so its text cannot be read.",
    "empty": "The file is empty.",
    "encrypted": (
        "The file is protected by a password. Please remove the protection and upload it again."
    ),
    "broken": "The book could not be read because of a fault of the server. Please try again.",
    "memory": (
        "Reading the file takes more memory than one book may take. It may be damaged or made to"
        " do harm."
    ),
    "misnamed": "The content of the file is not what the end of its name says.",
    "no_text": "The file holds no text.",
    "old_word": (
        "The file is an Office document in the old format. Please save it as .docx or PDF and"
        " upload that."
    ),
    "scanned": (
        "The PDF holds no text: its pages seem to be scanned pictures. Please run text recognition"
        " (OCR) on it and upload the result."
    ),
    "slow": "Reading the file takes longer than one book may take. It may be damaged.",
    "text_too_long": "The book holds more text than one book may hold.",
    "too_many_pages": "The book has more pages than one book may have.",
    "unpacked": (
        "The file is much larger inside than outside, and too large to be unpacked safely."
    ),
    "unsupported": (
        "The file is in none of the formats that can be read: PDF, EPUB, Word (.docx), Markdown and"
        " plain text."
    ),
}


class ExtractionFailed(Exception):
    """The text of a file could not be had.

    ``reason`` is a sentence for the person who uploaded it; it names neither paths nor libraries.
    ``code`` is its key in ``REASONS``. After ``broken`` another try may succeed; after the others
    it would end in the same way.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        self.reason = REASONS[code]
        super().__init__(self.reason)
