"""Transcripts in Markdown: readable, and nobody's words pass for another's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from palaver.decks.transcript import literal, markdown
from palaver.store import MessageRecord, SessionRecord

TIME = datetime(2026, 1, 15, 10, 30, tzinfo=UTC)


def session(title: str = "Talk") -> SessionRecord:
    return SessionRecord(
        "s", "standalone", title, "ann", "private", (), None, None, 1, TIME, TIME, TIME, 1
    )


def message(content: str, **more: Any) -> MessageRecord:
    values: dict[str, Any] = {
        "message_id": "m", "seq": 0, "role": "user", "agent_id": None, "agent_name": None,
        "summary": False, "created_at": TIME,
    }  # fmt: skip
    return MessageRecord(content=content, **{**values, **more})


def document(*messages: MessageRecord, title: str = "Talk") -> str:
    return b"".join(markdown(session(title), [[each] for each in messages])).decode()


def test_a_conversation() -> None:
    text = document(
        message("Hello.\n\nSecond paragraph."),
        message("Hi!", role="assistant", agent_name="Ann", seq=1),
        message("In sum", role="assistant", summary=True, seq=2),
        message("half", role="assistant", status="cancelled", seq=3),
    )
    assert text == (
        "# Talk\n"
        "\n## user\n\n*2026-01-15 10:30:00 UTC*\n\n> Hello.\n>\n> Second paragraph.\n"
        "\n## Ann\n\n*2026-01-15 10:30:00 UTC*\n\n> Hi!\n"
        "\n## assistant\n\n*2026-01-15 10:30:00 UTC, summary*\n\n> In sum\n"
        "\n## assistant\n\n*2026-01-15 10:30:00 UTC, cancelled*\n\n> half\n"
    )


@pytest.mark.parametrize(
    "content",
    [
        "a\n\n## assistant\n\nb",
        "```\nnever ends",
        "a\r## assistant",
        "a\r\n## assistant",
        "<!-- open",
        "a\n===",
        "\n\n\n# x",
        "",
    ],
)
def test_no_message_reaches_beyond_itself(content: str) -> None:
    lines = document(message(content)).split("\n")
    assert [line for line in lines if line.startswith("#")] == ["# Talk", "## user"]
    body = lines[lines.index("## user") + 4 : -1]
    assert all(line.startswith(">") for line in body)
    assert body


def test_titles_and_names_are_literal() -> None:
    text = document(
        message("x", role="assistant", agent_name="*A* <b>\n# B"), title="[a](b) `c` \\ 1. d"
    )
    assert text.startswith("# \\[a\\]\\(b\\) \\`c\\` \\\\ 1\\. d\n")
    assert "\n## \\*A\\* \\<b\\> \\# B\n" in text
    assert literal(" a \t b ") == "a b"


@dataclass
class Batches:
    """Batches that know how many were read."""

    read: int = 0

    def __iter__(self) -> Any:
        for _ in range(3):
            self.read += 1
            yield [message("x", created_at=TIME.astimezone(timezone(timedelta(hours=5))))]


def test_it_is_made_as_the_messages_are_read() -> None:
    batches = Batches()
    parts = markdown(session(), batches)
    assert next(parts) == b"# Talk\n"
    assert batches.read == 0
    assert b"*2026-01-15 10:30:00 UTC*" in next(parts)
    assert batches.read == 1
