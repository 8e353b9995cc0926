"""What a turn can do beside talking: the interface through which other rooms take part.

The rooms are handed in and know nothing of this one, so all that goes between is said by shape.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import msgspec

from palaver.chat.passages import Passage
from palaver.chat.providers import ToolCall
from palaver.store import DeckEdit, SessionRecord

Search = Callable[[str, int], Awaitable[tuple[bool, tuple[Passage, ...]]]]
"""Whether there are books, and up to so many of their passages about something."""


class OfferedTool(Protocol):
    """A function that the model may ask for; ``parameters`` is the JSON Schema of its arguments."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def description(self) -> str:
        """What it does, for the model."""
        ...

    @property
    def parameters(self) -> dict[str, Any]:
        """Its arguments."""
        ...


class Offer(Protocol):
    """What a model is told: tools, the rules of their use, and the data that they work on."""

    @property
    def tools(self) -> Sequence[OfferedTool]:
        """The tools; none where the turn is about something else."""
        ...

    @property
    def rules(self) -> str:
        """Instructions."""
        ...

    @property
    def material(self) -> str:
        """Data, never instructions."""
        ...


class Outcome(Protocol):
    """What came of the calls of one answer, which are done all or none.

    With an ``edit``, the deck is to be changed before anybody is told of it.
    """

    @property
    def results(self) -> Sequence[str]:
        """For the model, one for each call."""
        ...

    @property
    def is_refused(self) -> bool:
        """Whether a call did not fit, so that none was carried out."""
        ...

    @property
    def edit(self) -> DeckEdit | None:
        """The change of the deck, if there is one."""
        ...

    @property
    def said(self) -> str:
        """For the user."""
        ...


class Tools(Protocol):
    """What a turn can do beside talking."""

    async def offered(
        self, session: SessionRecord, message: str, *, fits: Callable[[str], bool]
    ) -> Offer:
        """What to tell the model of a turn; ``fits`` says whether it can be told as much."""
        ...

    async def call(
        self, session: SessionRecord, calls: Sequence[ToolCall], *, is_cut: bool
    ) -> Outcome:
        """What the model asks for; ``is_cut`` says that its answer was cut at its longest."""
        ...

    async def without_model(
        self, session: SessionRecord, message: str, search: Search
    ) -> Outcome | None:
        """What the message itself asks for; ``None`` where it is about something else."""
        ...


class Nothing(msgspec.Struct, frozen=True):
    """No tools."""

    tools: tuple[OfferedTool, ...] = ()
    rules: str = ""
    material: str = ""


class Refusal(msgspec.Struct, frozen=True):
    """Calls of tools that were not offered."""

    results: tuple[str, ...]
    said: str = "The model asked for a tool that it was not offered."
    is_refused: bool = True
    edit: DeckEdit | None = None


class NoTools:
    """A turn that can only talk."""

    async def offered(
        self,
        session: SessionRecord,  # noqa: ARG002
        message: str,  # noqa: ARG002
        *,
        fits: Callable[[str], bool],  # noqa: ARG002
    ) -> Offer:
        """Nothing."""
        return Nothing()

    async def call(
        self,
        session: SessionRecord,  # noqa: ARG002
        calls: Sequence[ToolCall],
        *,
        is_cut: bool,  # noqa: ARG002
    ) -> Outcome:
        """Nothing was offered, so nothing can be called."""
        return Refusal(tuple("There is no such tool." for _ in calls))

    async def without_model(
        self,
        session: SessionRecord,  # noqa: ARG002
        message: str,  # noqa: ARG002
        search: Search,  # noqa: ARG002
    ) -> Outcome | None:
        """Nothing."""
        return None
