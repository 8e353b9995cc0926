"""Books, their passages and the index that finds them, topics."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")

# The tokenizer `ascii` leaves tokens as they are: to it, all that is not ASCII is a letter, and
# tokens hold no other ASCII than letters in lower case and digits.
_SQLITE_INDEX = """
    CREATE VIRTUAL TABLE passage_index USING fts5(
        tokens, content='passages', content_rowid='passage_id', tokenize='ascii'
    )
"""
# Without positions: which passages hold a term is asked of the index, and the rest of their tokens.
_POSTGRES_INDEX = """
    CREATE INDEX passage_index ON passages
    USING gin (array_to_tsvector(string_to_array(tokens, ' ')))
"""


def upgrade() -> None:
    """Add the tables of the library."""
    op.create_table(
        "books",
        sa.Column("number", _SERIAL, nullable=False),
        sa.Column("book_id", _TEXT, nullable=False),
        sa.Column("title", _TEXT, nullable=False),
        sa.Column("author", _TEXT),
        sa.Column("file_name", _TEXT, nullable=False),
        sa.Column("format", _TEXT, nullable=False),
        sa.Column("media_type", _TEXT, nullable=False),
        sa.Column("sha256", _TEXT, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("reason", _TEXT),
        sa.Column("progress", sa.Integer, nullable=False),
        sa.Column("page_count", sa.BigInteger, nullable=False),
        sa.Column("passage_count", sa.BigInteger, nullable=False),
        sa.Column("litter", sa.Boolean, nullable=False),
        sa.Column("created_by", _TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_books"),
        sa.UniqueConstraint("book_id", name="uq_books_book_id"),
        sqlite_autoincrement=True,
    )
    _partial_index("ix_books_sha256", "sha256", "status <> 'DELETED'", unique=True)
    _partial_index("ix_books_ready", "number", "status = 'READY'")
    _partial_index("ix_books_litter", "number", "litter")
    op.create_table(
        "passages",
        sa.Column("passage_id", _SERIAL, nullable=False, autoincrement=False),
        sa.Column("text", _TEXT, nullable=False),
        sa.Column("tokens", _TEXT, nullable=False),
        sa.Column("embedding", sa.LargeBinary),
        sa.PrimaryKeyConstraint("passage_id", name="pk_passages"),
    )
    is_sqlite = op.get_context().dialect.name == "sqlite"
    op.execute(_SQLITE_INDEX if is_sqlite else _POSTGRES_INDEX)
    op.create_table(
        "book_terms",
        sa.Column("book", sa.BigInteger, nullable=False),
        sa.Column("term", _TEXT, nullable=False),
        sa.Column("passages", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("book", "term", name="pk_book_terms"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_book_terms_term_book_passages", "book_terms", ["term", "book", "passages"])
    op.create_table(
        "topics",
        sa.Column("topic_id", _TEXT, nullable=False),
        sa.Column("title", _TEXT, nullable=False),
        sa.Column("search_terms", _TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("topic_id", name="pk_topics"),
    )


def _partial_index(name: str, column: str, condition: str, *, unique: bool = False) -> None:
    op.create_index(
        name,
        "books",
        [column],
        unique=unique,
        sqlite_where=sa.text(condition),
        postgresql_where=sa.text(condition),
    )
