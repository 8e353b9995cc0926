"""Decks with their versions, the contents of their slides, and images."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the tables of decks."""
    op.create_table(
        "decks",
        sa.Column("session_id", _TEXT, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("next_slide", sa.BigInteger, nullable=False),
        sa.Column("next_content", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_decks"),
        _belongs_to("sessions", "decks"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "deck_versions",
        sa.Column("session_id", _TEXT, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("title", _TEXT, nullable=False),
        sa.Column("theme", _TEXT, nullable=False),
        sa.Column("slides", _TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "version", name="pk_deck_versions"),
        _belongs_to("decks", "deck_versions"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "slide_contents",
        sa.Column("session_id", _TEXT, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("first_version", sa.BigInteger, nullable=False),
        sa.Column("end_version", sa.BigInteger),
        sa.Column("image_id", _TEXT),
        sa.Column("content", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "number", name="pk_slide_contents"),
        _belongs_to("decks", "slide_contents"),
    )
    op.create_table(
        "slide_images",
        sa.Column("session_id", _TEXT, nullable=False),
        sa.Column("image_id", _TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("preview_type", _TEXT, nullable=False),
        sa.Column("preview", sa.LargeBinary, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "image_id", name="pk_slide_images"),
        _belongs_to("sessions", "slide_images"),
    )


def _belongs_to(owner: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["session_id"],
        [f"{owner}.session_id"],
        name=f"fk_{table}_session_id",
        ondelete="CASCADE",
    )
