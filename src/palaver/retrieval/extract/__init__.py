"""Text out of uploaded files, in a child process that cannot harm the server.

``extract`` is the face: a file in, pages out, ``ExtractionFailed`` with a sentence for people if it
cannot be done. ``supervision.py`` is the server's side; all the rest but ``messages.py`` and
``faults.py`` runs in the child only, because a hostile file may take gigabytes, loop for ever or
take over the process that reads it.
"""

from palaver.children import Stopped
from palaver.retrieval.extract.faults import ExtractionFailed
from palaver.retrieval.extract.messages import About, Format, Limits, Page
from palaver.retrieval.extract.supervision import Extracted, extract

__all__ = [
    "About",
    "Extracted",
    "ExtractionFailed",
    "Format",
    "Limits",
    "Page",
    "Stopped",
    "extract",
]
