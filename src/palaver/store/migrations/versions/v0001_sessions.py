"""Sessions, their participants and messages; the catalogues of agents and profiles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")

_INDEXES = {
    "sessions": [
        ("owner", "created_at", "session_id"),
        ("owner", "last_activity", "session_id"),
        ("owner", "title", "session_id"),
        ("owner", "is_team", "created_at", "session_id"),
        ("owner", "is_team", "last_activity", "session_id"),
        ("owner", "is_team", "title", "session_id"),
        ("owner", "profile_id", "last_activity", "session_id"),
    ],
    "session_agents": [
        ("agent_id", "created_at", "session_id"),
        ("agent_id", "last_activity", "session_id"),
        ("agent_id", "title", "session_id"),
        ("agent_id", "owner", "created_at", "session_id"),
        ("agent_id", "owner", "last_activity", "session_id"),
        ("agent_id", "owner", "title", "session_id"),
    ],
}


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "sessions",
        sa.Column("session_id", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("is_team", sa.Boolean, nullable=False),
        sa.Column("title", _TEXT, nullable=False),
        sa.Column("owner", _TEXT),
        sa.Column("visibility", _TEXT, nullable=False),
        sa.Column("agents", _TEXT, nullable=False),
        sa.Column("profile_id", sa.BigInteger),
        sa.Column("profile_name", _TEXT),
        sa.Column("max_context_results", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("last_activity", sa.BigInteger, nullable=False),
        sa.Column("message_count", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_sessions"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "session_agents",
        sa.Column("session_id", _TEXT, nullable=False),
        sa.Column("agent_id", _TEXT, nullable=False),
        sa.Column("owner", _TEXT),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("last_activity", sa.BigInteger, nullable=False),
        sa.Column("title", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "agent_id", name="pk_session_agents"),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.session_id"],
            name="fk_session_agents_session_id",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "messages",
        sa.Column("session_id", _TEXT, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("message_id", _TEXT, nullable=False),
        sa.Column("role", _TEXT, nullable=False),
        sa.Column("content", _TEXT, nullable=False),
        sa.Column("agent_id", _TEXT),
        sa.Column("agent_name", _TEXT),
        sa.Column("summary", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "seq", name="pk_messages"),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.session_id"],
            name="fk_messages_session_id",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "agents",
        sa.Column("number", _SERIAL, nullable=False),
        sa.Column("agent_id", _TEXT, nullable=False),
        *_catalogue_columns(),
        sa.PrimaryKeyConstraint("number", name="pk_agents"),
        sa.UniqueConstraint("agent_id", name="uq_agents_agent_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "profiles",
        sa.Column("profile_id", _SERIAL, nullable=False),
        *_catalogue_columns(),
        sa.PrimaryKeyConstraint("profile_id", name="pk_profiles"),
        sqlite_autoincrement=True,
    )
    for table, indexes in _INDEXES.items():
        for columns in indexes:
            op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns)


def _catalogue_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("description", _TEXT),
        sa.Column("instructions", _TEXT),
        sa.Column("created_by", _TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
    ]
