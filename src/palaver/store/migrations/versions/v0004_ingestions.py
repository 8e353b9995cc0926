"""Who ingests which book, and how far that is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the table of ingestions, and the index by which books that wait for one are found."""
    op.create_table(
        "ingestions",
        sa.Column("book", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("owner", _TEXT, nullable=False),
        sa.Column("lease_until", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("pages_done", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("book", name="pk_ingestions"),
        sa.ForeignKeyConstraint(
            ["book"], ["books.number"], name="fk_ingestions_book", ondelete="CASCADE"
        ),
    )
    op.create_index(
        "ix_books_processing",
        "books",
        ["number"],
        sqlite_where=sa.text("status = 'PROCESSING'"),
        postgresql_where=sa.text("status = 'PROCESSING'"),
    )
