"""What was said in a session as a Markdown document, made as the messages are read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from palaver.models import MessageStatus
from palaver.store import MessageRecord, SessionRecord

# CommonMark, section 2.4: any ASCII punctuation may be escaped.
_MARKUP: Final = re.compile(r"[!-/:-@\[-`{-~]")
_BLANKS: Final = re.compile(r"\s+")
# CommonMark, section 2.1.
_LINE_ENDING: Final = re.compile(r"\r\n|\n|\r")
_REMARKS: Final[dict[MessageStatus, str]] = {
    "in_progress": "being written",
    "cancelled": "cancelled",
    "failed": "failed",
}


def markdown(session: SessionRecord, batches: Iterable[list[MessageRecord]]) -> Iterator[bytes]:
    """The document in parts, one for each batch.

    Every message stands in a block quotation: so nothing in it, such as a heading or code that does
    not end, reaches beyond it or passes for another's words.
    """
    yield f"# {literal(session.title)}\n".encode()
    for batch in batches:
        yield "".join(_section(message) for message in batch).encode()


def _section(message: MessageRecord) -> str:
    who = message.role if message.agent_name is None else literal(message.agent_name)
    remarks = [_moment(message.created_at)]
    if message.summary:
        remarks.append("summary")
    if message.status in _REMARKS:
        remarks.append(_REMARKS[message.status])
    lines = _LINE_ENDING.split(message.content)
    quoted = "\n".join(f"> {line}" if line else ">" for line in lines)
    return f"\n## {who}\n\n*{', '.join(remarks)}*\n\n{quoted}\n"


def literal(text: str) -> str:
    """A text in one line of Markdown, without any effect of what is in it."""
    return _MARKUP.sub(r"\\\g<0>", _BLANKS.sub(" ", text).strip())


def _moment(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
