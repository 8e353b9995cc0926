"""The two applications: Palaver with a model that speaks at a fixed pace, and a bare stream."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from starlette.types import ASGIApp

from palaver.app import compose
from palaver.chat.prompt import Prompt
from palaver.chat.providers import Candidate, Finish, Piece, Text, Usage
from palaver.settings import Settings

TOKENS_A_SECOND = 20


def word(number: int) -> str:
    """What the model says as its token of this number, from 0."""
    return f"token{number} "


async def paced(tokens: int) -> AsyncGenerator[str]:
    """So many tokens, one every 50 ms by the clock, so that a late one does not delay the next."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    for number in range(tokens):
        await asyncio.sleep(max(0.0, start + number / TOKENS_A_SECOND - loop.time()))
        yield word(number)


class PacedProvider:
    """A model that speaks at a fixed pace and costs nothing else."""

    name = "paced"
    context_tokens = 8192
    calls_tools = True

    def __init__(self, tokens: int) -> None:
        self._tokens = tokens

    async def answer(self, prompt: Prompt) -> AsyncGenerator[Piece]:
        """The tokens."""
        async for text in paced(self._tokens):
            yield Text(text)
        yield Finish(Usage(1, self._tokens), "stop")

    async def complete(self, prompt: Prompt, *, limit_tokens: int) -> str | None:
        """Nothing: titles come from the first words."""
        return None

    async def choose(self, prompt: Prompt, candidates: Sequence[Candidate]) -> list[str]:
        """Everybody."""
        return [each.agent_id for each in candidates]

    async def close(self) -> None:
        """Nothing to close."""


def palaver(data_dir: str, tokens: str) -> ASGIApp:
    """Palaver as it is served: every event stored before it is sent, and checked as it leaves."""
    return compose(Settings(data_dir=Path(data_dir)), provider=PacedProvider(int(tokens)))


def bare(tokens: str) -> ASGIApp:
    """FastAPI's ``StreamingResponse``: nothing stored, nothing checked, nothing to resume."""
    app = FastAPI()

    @app.post("/stream")
    async def stream(body: dict[str, Any]) -> StreamingResponse:
        return StreamingResponse(events(), media_type="text/event-stream")

    async def events() -> AsyncIterator[str]:
        number = 0
        async for text in paced(int(tokens)):
            number += 1
            data = json.dumps({"type": "message.delta", "text": text})
            yield f"id: {number}\nevent: message.delta\ndata: {data}\n\n"
        yield f'id: {number + 1}\nevent: done\ndata: {{"type": "done"}}\n\n'

    return app
