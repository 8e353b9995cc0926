"""The tables and the indexes that every list order needs, but for the full-text index.

Those of decks are in ``deck_tables``.

Times are microseconds since the epoch, UTC, in 64-bit integers: exact, and the same on both stores.
Text is compared by code point: SQLite's default, and ``COLLATE "C"`` on PostgreSQL, whose default
would sort titles (and compare cursor positions) by the machine's locale.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects import postgresql

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

TEXT: Final = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
# SQLite numbers rows by itself only in a column declared INTEGER.
_SERIAL: Final = BigInteger().with_variant(Integer, "sqlite")


def _partial(name: str, condition: str, *columns: str, unique: bool = False) -> Index:
    """An index of the rows for which the condition holds."""
    return Index(
        name,
        *columns,
        unique=unique,
        sqlite_where=text(condition),
        postgresql_where=text(condition),
    )


# On SQLite these two are WITHOUT ROWID: their rows are small, every index of theirs ends in the key
# anyway, and each write touches one tree fewer.
sessions: Final = Table(
    "sessions",
    metadata,
    Column("session_id", TEXT, primary_key=True),
    Column("kind", TEXT, nullable=False),
    Column("is_team", Boolean, nullable=False),
    Column("title", TEXT, nullable=False),
    Column("owner", TEXT),
    Column("visibility", TEXT, nullable=False),
    # The participants as JSON, [[agent_id, name], ...]: they never change after creation, and so a
    # session and its participants are always one row, also in lists.
    Column("agents", TEXT, nullable=False),
    Column("profile_id", BigInteger),
    Column("profile_name", TEXT),
    Column("max_context_results", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("last_activity", BigInteger, nullable=False),
    Column("message_count", BigInteger, nullable=False),
    # Whether the title is still the one that the session got for want of a better one.
    Column("auto_title", Boolean, nullable=False, server_default=false()),
    # One of the catalogue's, or a label.
    Column("topic_id", TEXT),
    Index(None, "owner", "created_at", "session_id"),
    Index(None, "owner", "last_activity", "session_id"),
    Index(None, "owner", "title", "session_id"),
    Index(None, "owner", "is_team", "created_at", "session_id"),
    Index(None, "owner", "is_team", "last_activity", "session_id"),
    Index(None, "owner", "is_team", "title", "session_id"),
    Index(None, "owner", "profile_id", "last_activity", "session_id"),
    sqlite_with_rowid=False,
)

# Who takes part in what. Owner, times and title repeat the session's, because no index can span
# two tables and the lists by agent must not sort.
session_agents: Final = Table(
    "session_agents",
    metadata,
    Column(
        "session_id",
        TEXT,
        ForeignKey("sessions.session_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("agent_id", TEXT, primary_key=True),
    Column("owner", TEXT),
    Column("created_at", BigInteger, nullable=False),
    Column("last_activity", BigInteger, nullable=False),
    Column("title", TEXT, nullable=False),
    Index(None, "agent_id", "created_at", "session_id"),
    Index(None, "agent_id", "last_activity", "session_id"),
    Index(None, "agent_id", "title", "session_id"),
    Index(None, "agent_id", "owner", "created_at", "session_id"),
    Index(None, "agent_id", "owner", "last_activity", "session_id"),
    Index(None, "agent_id", "owner", "title", "session_id"),
    sqlite_with_rowid=False,
)

# With a rowid on SQLite: without one, messages of some length spill into overflow pages, and a
# session takes twice the space and four times as long to delete. The key serves every read: a page
# is one descent to its first seq, wherever in the session that is.
messages: Final = Table(
    "messages",
    metadata,
    Column(
        "session_id",
        TEXT,
        ForeignKey("sessions.session_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("seq", BigInteger, primary_key=True),
    Column("message_id", TEXT, nullable=False),
    Column("role", TEXT, nullable=False),
    Column("content", TEXT, nullable=False),
    Column("agent_id", TEXT),
    Column("agent_name", TEXT),
    Column("summary", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("status", TEXT, nullable=False, server_default="complete"),
    Column("run_id", TEXT),
    Column("input_tokens", BigInteger),
    Column("output_tokens", BigInteger),
    # The passages that an answer rests on as JSON, [[number, book_id, title, page, passage_id],
    # ...]: they stay what they were when the book is gone.
    Column("sources", TEXT),
    # Two small indexes: a session has few summaries, and a message is seldom in progress.
    _partial("ix_messages_summaries", "summary", "session_id", "seq"),
    _partial("ix_messages_in_progress", "status = 'in_progress'", "run_id"),
)

# The turns. What is asked of running ones has indexes that hold no others.
runs: Final = Table(
    "runs",
    metadata,
    Column("run_id", TEXT, primary_key=True),
    Column(
        "session_id",
        TEXT,
        ForeignKey("sessions.session_id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("status", TEXT, nullable=False),
    Column("user_message_id", TEXT, nullable=False),
    Column("user_seq", BigInteger, nullable=False),
    # The process that works on it, until when nobody else may take it over.
    Column("owner", TEXT, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    Column("cancel_requested", Boolean, nullable=False),
    Column("error_code", TEXT),
    Column("error_detail", TEXT),
    Column("created_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    # Of an ended run; a running one has what its log has.
    Column("last_event_id", BigInteger, nullable=False),
    Column("expired", Boolean, nullable=False),
    Index(None, "session_id"),
    _partial("ix_runs_running", "status = 'running'", "session_id", unique=True),
    _partial("ix_runs_owned", "status = 'running'", "owner"),
    _partial("ix_runs_leased", "status = 'running'", "lease_until"),
    _partial("ix_runs_ended", "NOT expired AND ended_at IS NOT NULL", "ended_at"),
    sqlite_with_rowid=False,
)

# The log of a run's events, in chunks: `events` holds JSON objects, one in a line, with the ids
# from first_id to last_id. The ids of a run have no gaps, so the key is also the fence: of two
# processes that both believe to own a run, one writes its next chunk and the other cannot.
run_events: Final = Table(
    "run_events",
    metadata,
    Column(
        "run_id",
        TEXT,
        ForeignKey("runs.run_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("first_id", BigInteger, primary_key=True),
    Column("last_id", BigInteger, nullable=False),
    Column("events", TEXT, nullable=False),
)

# What was answered to a request that bore an idempotency key, as JSON.
idempotency_keys: Final = Table(
    "idempotency_keys",
    metadata,
    Column("user_id", TEXT, primary_key=True),
    Column("key", TEXT, primary_key=True),
    Column("fingerprint", TEXT, nullable=False),
    Column("result", TEXT),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "created_at"),
)

# Agents are listed in the order in which they were made; `number` is that order and the cursor.
agents: Final = Table(
    "agents",
    metadata,
    Column("number", _SERIAL, primary_key=True),
    Column("agent_id", TEXT, nullable=False),
    Column("name", TEXT, nullable=False),
    Column("description", TEXT),
    Column("instructions", TEXT),
    Column("created_by", TEXT, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    UniqueConstraint("agent_id"),
    sqlite_autoincrement=True,
)

# Autoincrement, because sessions keep the id of a deleted profile: it must not be given out again.
profiles: Final = Table(
    "profiles",
    metadata,
    Column("profile_id", _SERIAL, primary_key=True),
    Column("name", TEXT, nullable=False),
    Column("description", TEXT),
    Column("instructions", TEXT),
    Column("created_by", TEXT, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

# `number` is what passages and terms name their book by, in as few bytes as possible. A deleted
# book keeps its row, as DELETED, until nothing of it is left: so deleting it is one small write.
books: Final = Table(
    "books",
    metadata,
    Column("number", _SERIAL, primary_key=True),
    Column("book_id", TEXT, nullable=False),
    Column("title", TEXT, nullable=False),
    Column("author", TEXT),
    Column("file_name", TEXT, nullable=False),
    Column("format", TEXT, nullable=False),
    Column("media_type", TEXT, nullable=False),
    Column("sha256", TEXT, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("status", TEXT, nullable=False),
    Column("reason", TEXT),
    Column("progress", Integer, nullable=False),
    Column("page_count", BigInteger, nullable=False),
    Column("passage_count", BigInteger, nullable=False),
    # Whether there may be passages that are to be removed.
    Column("litter", Boolean, nullable=False),
    Column("created_by", TEXT, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    UniqueConstraint("book_id"),
    _partial("ix_books_sha256", "status <> 'DELETED'", "sha256", unique=True),
    _partial("ix_books_processing", "status = 'PROCESSING'", "number"),
    _partial("ix_books_ready", "status = 'READY'", "number"),
    _partial("ix_books_litter", "litter", "number"),
    sqlite_autoincrement=True,
)

# The ingestions of books, from when somebody takes one up until it ends. `owner` is who works on
# it, with a new name each time, and `lease_until` until when nobody else may. Up to the page
# `pages_done` all is in.
ingestions: Final = Table(
    "ingestions",
    metadata,
    Column(
        "book",
        BigInteger,
        ForeignKey("books.number", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("owner", TEXT, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("pages_done", BigInteger, nullable=False),
)

# The id is made of the book's number, the page and the part of the page: so it tells the book
# without a look at another table, and a page that is stored twice is stored once. `tokens` is the
# text as it is searched: tokens with a blank in between.
#
# The full-text index over `tokens` is of another kind on each store: on SQLite it is the FTS5 table
# `passage_index`, which is no table to SQLAlchemy, on PostgreSQL a GIN index of that name.
passages: Final = Table(
    "passages",
    metadata,
    Column("passage_id", _SERIAL, primary_key=True, autoincrement=False),
    Column("text", TEXT, nullable=False),
    Column("tokens", TEXT, nullable=False),
    # The passage's place in the space of an embedding model: a mark of the model, then 32-bit
    # floats, little-endian.
    Column("embedding", LargeBinary),
    Index(
        "passage_index",
        text("array_to_tsvector(string_to_array(tokens, ' '))"),
        postgresql_using="gin",
    ).ddl_if(dialect="postgresql"),
)

# In how many passages of a book a term stands. Written when the book is complete.
book_terms: Final = Table(
    "book_terms",
    metadata,
    Column("book", BigInteger, primary_key=True),
    Column("term", TEXT, primary_key=True),
    Column("passages", BigInteger, nullable=False),
    # Holds all that is asked for, so that the table itself is not read.
    Index(None, "term", "book", "passages"),
    sqlite_with_rowid=False,
)

# What people may talk about. `search_terms` is a JSON array of texts.
topics: Final = Table(
    "topics",
    metadata,
    Column("topic_id", TEXT, primary_key=True),
    Column("title", TEXT, nullable=False),
    Column("search_terms", TEXT, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

# Who signed in to the console, by the link that did it: a link that stands here is used up, and the
# row stays until no such link can be valid any more, also when the sign-in was ended.
sign_ins: Final = Table(
    "sign_ins",
    metadata,
    Column("link_id", TEXT, primary_key=True),
    Column("subject", TEXT, nullable=False),
    Column("is_admin", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Index(None, "expires_at"),
    sqlite_with_rowid=False,
)
