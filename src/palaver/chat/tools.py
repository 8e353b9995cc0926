"""Tools that a model may call in a turn: the interface through which other rooms take part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from palaver.chat.prompt import Tool
from palaver.chat.providers import ToolCall
from palaver.store import SessionRecord


class ToolRefused(Exception):
    """The call cannot be carried out; ``str`` says why, in words that end users may see."""


class Tools(Protocol):
    """What a turn can do beside talking."""

    def offered(self, session: SessionRecord) -> Sequence[Tool]:
        """The tools of a turn of this session."""
        ...

    async def call(self, session: SessionRecord, call: ToolCall) -> str:
        """Do what the model asks for; return what the answer says about it.

        Raises ``ToolRefused`` for arguments that do not fit and tools that were not offered.
        """
        ...


class NoTools:
    """A turn that can only talk."""

    def offered(self, session: SessionRecord) -> Sequence[Tool]:  # noqa: ARG002
        """Nothing."""
        return ()

    async def call(self, session: SessionRecord, call: ToolCall) -> str:  # noqa: ARG002
        """Nothing was offered, so nothing can be called."""
        raise ToolRefused("The model asked for a tool that it was not offered.")
