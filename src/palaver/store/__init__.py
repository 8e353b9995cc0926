"""The store: sessions, messages, runs, agents, books and the rest on SQLite or PostgreSQL.

SQLAlchemy stays in here: what comes out are the frozen records of ``records`` and the errors of
``palaver.errors``. All calls block, and are made from a bounded pool of worker threads.
"""

from __future__ import annotations

from typing import Final

from palaver.errors import StoreUnavailable
from palaver.store import migrations
from palaver.store.agents import Agents
from palaver.store.books import Books
from palaver.store.database import Database
from palaver.store.deck_records import Deck, DeckEdit, Image, Slide
from palaver.store.deck_turns import DeckTurns
from palaver.store.decks import Decks
from palaver.store.engines import Limits
from palaver.store.idempotency import Keys
from palaver.store.ingestions import Ingestions
from palaver.store.messages import Messages
from palaver.store.notices import Listener, Notices
from palaver.store.passages import Passages
from palaver.store.profiles import Profiles
from palaver.store.records import (
    AgentRecord,
    BeginMessage,
    BookRecord,
    BookStatus,
    Candidate,
    Claim,
    FinishMessage,
    FoundPassage,
    Frequencies,
    HistoryPage,
    Lost,
    MessageRecord,
    NewPassage,
    Once,
    Page,
    ProfileRecord,
    RunEnd,
    RunRecord,
    RunWrite,
    SessionRecord,
    SourceRecord,
    Started,
    TopicRecord,
)
from palaver.store.runs import Runs
from palaver.store.search import Search
from palaver.store.sessions import Sessions
from palaver.store.sign_ins import SignedIn, SignIns
from palaver.store.slide_images import AddedImage, SlideImages
from palaver.store.terms import TermCounts
from palaver.store.topics import Topics

__all__ = [
    "AddedImage",
    "AgentRecord",
    "BeginMessage",
    "BookRecord",
    "BookStatus",
    "Candidate",
    "Claim",
    "Deck",
    "DeckEdit",
    "FinishMessage",
    "FoundPassage",
    "Frequencies",
    "HistoryPage",
    "Image",
    "Limits",
    "Listener",
    "Lost",
    "MessageRecord",
    "NewPassage",
    "Once",
    "Page",
    "ProfileRecord",
    "RunEnd",
    "RunRecord",
    "RunWrite",
    "SessionRecord",
    "SignedIn",
    "Slide",
    "SourceRecord",
    "Started",
    "Store",
    "TermCounts",
    "TopicRecord",
    "open_store",
]


class Store:
    """An open store. Safe to use from many threads."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self.sessions: Final = Sessions(database)
        self.messages: Final = Messages(database)
        self.agents: Final = Agents(database)
        self.profiles: Final = Profiles(database)
        self.runs: Final = Runs(database)
        self.books: Final = Books(database)
        self.ingestions: Final = Ingestions(database)
        self.passages: Final = Passages(database)
        self.search: Final = Search(database)
        self.topics: Final = Topics(database)
        self.decks: Final = Decks(database)
        self.deck_turns: Final = DeckTurns(database)
        self.slide_images: Final = SlideImages(database)
        self.sign_ins: Final = SignIns(database)
        self.notices: Final = Notices(database)
        self.idempotency: Final = Keys(database)

    def migrate(self) -> None:
        """Bring the schema up to date; several processes may do so at once.

        Raises StoreUnavailable if the database cannot be reached or is newer than this program.
        """
        with self._database.migrating() as connection:
            migrations.upgrade(connection)

    def is_current(self) -> bool:
        """Whether the schema is the one that this program needs. Raises StoreUnavailable."""
        with self._database.reading() as connection:
            return migrations.revision(connection) == migrations.head()

    def check(self) -> None:
        """Raise StoreUnavailable unless the database answers and its schema is up to date."""
        if not self.is_current():
            raise StoreUnavailable("The database is not migrated.")

    def close(self) -> None:
        """Close every connection. No call may be running."""
        self._database.close()


def open_store(url: str, *, pool_size: int = 20, limits: Limits | None = None) -> Store:
    """The store at ``url``: ``sqlite:////path/to/file`` or ``postgresql://…``.

    Connects on first use. ``pool_size`` bounds the connections: with as many as there are threads
    that call, none waits for another's. ``limits`` are how long a call may wait. Raises ValueError
    for a URL that is neither; the message does not repeat it, since it may hold a password.
    """
    return Store(Database(url, pool_size=pool_size, limits=limits))
