"""Reading a provider's answer to its end."""

from __future__ import annotations

import asyncio
import uuid
import zlib
from contextlib import aclosing

from palaver.chat.prompt import Prompt
from palaver.chat.providers import Finish, Piece, Provider, ProviderFailed, Text, ToolCall
from palaver.store import FoundPassage


def passage(title: str, page: int, text: str) -> FoundPassage:
    """A passage as the library gives it; its title, page and text tell it apart from others."""
    number = zlib.crc32(f"{title}\n{page}\n{text}".encode()) + 1
    return FoundPassage(number, str(uuid.uuid5(uuid.NAMESPACE_OID, title)), title, page, text)


class Collected:
    """What came, and how it failed if it did."""

    def __init__(self, pieces: list[Piece], failure: ProviderFailed | None) -> None:
        self.pieces = pieces
        self.failure = failure
        self.texts = [piece.text for piece in pieces if isinstance(piece, Text)]
        self.text = "".join(self.texts)
        self.calls = [piece for piece in pieces if isinstance(piece, ToolCall)]

    @property
    def finish(self) -> Finish:
        """The last piece, which must be a ``Finish``, and the only one."""
        assert self.failure is None, self.failure
        assert [isinstance(piece, Finish) for piece in self.pieces].count(True) == 1
        last = self.pieces[-1]
        assert isinstance(last, Finish)
        return last

    @property
    def code(self) -> str:
        """The code of the failure, after which there was no ``Finish``."""
        assert self.failure is not None, "it did not fail"
        assert not any(isinstance(piece, Finish) for piece in self.pieces)
        return self.failure.code


async def collect(provider: Provider, prompt: Prompt) -> Collected:
    """The whole answer."""
    pieces: list[Piece] = []
    try:
        async with aclosing(provider.answer(prompt)) as answer:
            async for piece in answer:
                pieces.append(piece)
    except ProviderFailed as failure:
        return Collected(pieces, failure)
    return Collected(pieces, None)


def answered(provider: Provider, prompt: Prompt | str) -> Collected:
    """The whole answer, in an event loop of its own, after which the provider is closed."""

    async def run() -> Collected:
        try:
            return await collect(
                provider, Prompt(question=prompt) if isinstance(prompt, str) else prompt
            )
        finally:
            await provider.close()

    return asyncio.run(run())
