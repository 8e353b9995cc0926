"""What answers rest on, and what sessions are about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the sources of messages and the topic of sessions; none of the old ones has any."""
    op.add_column("messages", sa.Column("sources", _TEXT))
    op.add_column("sessions", sa.Column("topic_id", _TEXT))
