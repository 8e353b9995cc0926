"""The interface of a model provider: what it is asked, what comes out, and how it fails."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Literal, Protocol

import msgspec

from palaver.chat.prompt import Prompt

FailureCode = Literal[
    "provider_unreachable",
    "provider_refused",
    "rate_limited",
    "provider_error",
    "provider_timeout",
    "provider_cut",
    "provider_invalid",
]


class Text(msgspec.Struct, frozen=True):
    """The next piece of the answer; never empty, without NUL and lone surrogates."""

    text: str


class ToolCall(msgspec.Struct, frozen=True):
    """A tool that the model asks for.

    ``arguments`` is the JSON text as the model wrote it: it may be invalid, or not fit the tool.
    """

    id: str
    name: str
    arguments: str


class Usage(msgspec.Struct, frozen=True):
    """What the provider counted."""

    input_tokens: int
    output_tokens: int


class Finish(msgspec.Struct, frozen=True):
    """The answer is complete. ``reason`` is the provider's, such as ``stop`` or ``length``.

    ``cited`` are the numbers of the passages that it rests on, where the provider knows them; else
    they are read from its text.
    """

    usage: Usage | None
    reason: str
    cited: tuple[int, ...] | None = None


Piece = Text | ToolCall | Finish


class Candidate(msgspec.Struct, frozen=True):
    """An agent that may be chosen to answer."""

    agent_id: str
    name: str
    description: str = ""


class ProviderFailed(Exception):
    """The provider gave no answer, or not all of it.

    ``detail`` is a sentence that end users may see: it holds no URL, key, path or payload.
    ``retry_after`` is in seconds, and only ``rate_limited`` has it, if the provider said so.
    """

    def __init__(self, code: FailureCode, detail: str, *, retry_after: float | None = None) -> None:
        self.code: FailureCode = code
        self.detail = detail
        self.retry_after = retry_after
        super().__init__(f"{code}: {detail}")


class Provider(Protocol):
    """A source of answers. One is shared by all turns of a process, which use it at once."""

    @property
    def name(self) -> str:
        """What operators call this kind of provider."""
        ...

    @property
    def calls_tools(self) -> bool:
        """Whether there is a model that can ask for tools."""
        ...

    @property
    def context_tokens(self) -> int:
        """The most tokens of a prompt, as ``estimate_tokens`` counts them."""
        ...

    def answer(self, prompt: Prompt) -> AsyncGenerator[Piece]:
        """The answer as it comes: texts, then tool calls, then one ``Finish``, always last.

        Close it (``contextlib.aclosing``) to stop the provider early. Raises ``ProviderFailed``,
        also after some texts.
        """
        ...

    async def complete(self, prompt: Prompt, *, limit_tokens: int) -> str | None:
        """A short aside, such as a title; ``None`` where there is no model to write one.

        Raises ``ProviderFailed``.
        """
        ...

    async def choose(self, prompt: Prompt, candidates: Sequence[Candidate]) -> list[str]:
        """The ids of those who should answer the question: at least one, in the given order.

        Everybody, where the provider comes to no choice. Raises ``ProviderFailed``.
        """
        ...

    async def close(self) -> None:
        """Let go of connections. Answers that still run fail."""
        ...
