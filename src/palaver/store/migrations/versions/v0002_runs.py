"""Runs and their events, idempotency keys; what sessions and messages keep of turns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

# The titles that sessions were given for want of a better one.
_GIVEN_TITLES = ("Untitled Session", "Untitled Team Session")

_RUNNING = "status = 'running'"


def upgrade() -> None:
    """Add the tables of turns, and the columns that they need elsewhere."""
    op.add_column(
        "sessions",
        sa.Column("auto_title", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    sessions = sa.table("sessions", sa.column("title"), sa.column("auto_title", sa.Boolean))
    op.execute(
        sessions.update().where(sessions.c.title.in_(_GIVEN_TITLES)).values(auto_title=sa.true())
    )
    # With a default that is a constant, no row is touched, however many there are.
    op.add_column("messages", sa.Column("status", _TEXT, nullable=False, server_default="complete"))
    op.add_column("messages", sa.Column("run_id", _TEXT))
    op.add_column("messages", sa.Column("input_tokens", sa.BigInteger))
    op.add_column("messages", sa.Column("output_tokens", sa.BigInteger))
    _partial_index("ix_messages_summaries", "messages", ["session_id", "seq"], "summary")
    _partial_index("ix_messages_in_progress", "messages", ["run_id"], "status = 'in_progress'")
    op.create_table(
        "runs",
        sa.Column("run_id", _TEXT, nullable=False),
        sa.Column("session_id", _TEXT, nullable=False),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("user_message_id", _TEXT, nullable=False),
        sa.Column("user_seq", sa.BigInteger, nullable=False),
        sa.Column("owner", _TEXT, nullable=False),
        sa.Column("lease_until", sa.BigInteger, nullable=False),
        sa.Column("cancel_requested", sa.Boolean, nullable=False),
        sa.Column("error_code", _TEXT),
        sa.Column("error_detail", _TEXT),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("last_event_id", sa.BigInteger, nullable=False),
        sa.Column("expired", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_runs"),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.session_id"],
            name="fk_runs_session_id",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_runs_session_id", "runs", ["session_id"])
    _partial_index("ix_runs_running", "runs", ["session_id"], _RUNNING, unique=True)
    _partial_index("ix_runs_owned", "runs", ["owner"], _RUNNING)
    _partial_index("ix_runs_leased", "runs", ["lease_until"], _RUNNING)
    _partial_index("ix_runs_ended", "runs", ["ended_at"], "NOT expired AND ended_at IS NOT NULL")
    op.create_table(
        "run_events",
        sa.Column("run_id", _TEXT, nullable=False),
        sa.Column("first_id", sa.BigInteger, nullable=False),
        sa.Column("last_id", sa.BigInteger, nullable=False),
        sa.Column("events", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "first_id", name="pk_run_events"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.run_id"], name="fk_run_events_run_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", _TEXT, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("fingerprint", _TEXT, nullable=False),
        sa.Column("result", _TEXT),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])


def _partial_index(
    name: str, table: str, columns: list[str], condition: str, *, unique: bool = False
) -> None:
    op.create_index(
        name,
        table,
        columns,
        unique=unique,
        sqlite_where=sa.text(condition),
        postgresql_where=sa.text(condition),
    )
