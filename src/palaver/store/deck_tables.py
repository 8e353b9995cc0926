"""The tables of decks: versions, the contents of slides, and images."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, Table

from palaver.store.tables import TEXT, metadata

# A session's deck, once it has been changed. `version` is the newest; the row is locked by whoever
# changes the deck.
decks: Final = Table(
    "decks",
    metadata,
    Column(
        "session_id",
        TEXT,
        ForeignKey("sessions.session_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("version", BigInteger, nullable=False),
    # The numbers that the next new slide and the next new content get.
    Column("next_slide", BigInteger, nullable=False),
    Column("next_content", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# The versions that undoing can lead through: each kept one is like the next kept one was before its
# last change. `slides` is JSON, [[slide_id, number of its content], ...].
deck_versions: Final = Table(
    "deck_versions",
    metadata,
    Column(
        "session_id",
        TEXT,
        ForeignKey("decks.session_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("version", BigInteger, primary_key=True),
    Column("title", TEXT, nullable=False),
    Column("theme", TEXT, nullable=False),
    Column("slides", TEXT, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# What slides show, each content once, however many versions show it: those from `first_version` on
# and before `end_version`, which is null where the newest one does.
slide_contents: Final = Table(
    "slide_contents",
    metadata,
    Column(
        "session_id",
        TEXT,
        ForeignKey("decks.session_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("number", BigInteger, primary_key=True),
    Column("first_version", BigInteger, nullable=False),
    Column("end_version", BigInteger),
    # The image that it shows, where it shows one.
    Column("image_id", TEXT),
    Column("content", TEXT, nullable=False),
)

slide_images: Final = Table(
    "slide_images",
    metadata,
    Column(
        "session_id",
        TEXT,
        ForeignKey("sessions.session_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("image_id", TEXT, primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("preview_type", TEXT, nullable=False),
    Column("preview", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
