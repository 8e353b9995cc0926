"""What stands behind the handlers, put together by ``app``."""

from __future__ import annotations

from dataclasses import dataclass

from palaver.chat.turns import TurnEngine
from palaver.contract.document import Document
from palaver.decks.editor import DeckEditor
from palaver.decks.exporting import Exports
from palaver.retrieval.ingest import Ingestion
from palaver.store import Store
from palaver.workers import Workers


@dataclass(frozen=True, slots=True)
class Backend:
    """The parts that handlers call."""

    store: Store
    turns: TurnEngine
    ingestion: Ingestion
    decks: DeckEditor
    exports: Exports
    decoders: Workers
    """Threads that wait for the images that are decoded."""

    document: Document
    largest_upload: int
    """The most bytes that a file may have."""
