"""Any server that speaks OpenAI's ``/chat/completions``.

An answer counts as complete only when the server gave a ``finish_reason``: connections are cut more
often than one thinks, and half an answer must not pass for a whole one. What fails before the first
byte of an answer is tried again; after it, never.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from typing import Any

import httpx2

from palaver.chat.prompt import Prompt, Tool
from palaver.chat.providers import delegation, openai_failures
from palaver.chat.providers.event_stream import EventStream, InvalidEventStream
from palaver.chat.providers.openai_chunks import (
    Calls,
    Cleaner,
    Delta,
    clean,
    parse,
    text_of,
    usage_of,
)
from palaver.chat.providers.openai_http import OpenAIServer, drain, media_type, read_body
from palaver.chat.providers.openai_messages import messages_of, tools_of
from palaver.chat.providers.provider import (
    Candidate,
    Finish,
    Piece,
    ProviderFailed,
    Text,
    ToolCall,
    Usage,
)

TRAILER_SECONDS = 5.0
"""How long usage and the end of the stream may take once the answer is complete."""

QUIET_TIMEOUTS = 10
"""For how many timeouts a server may send signs of life and nothing else."""

UNFINISHED = frozenset({"content_filter", "error"})
"""Reasons that say that the answer is not what the model would have said to its end."""

MAX_ANSWER_BYTES = 400_000
MAX_PIECE_CHARACTERS = 2000
MAX_REASON_CHARACTERS = 64

_PIECE = re.compile(rf".{{1,{MAX_PIECE_CHARACTERS}}}", re.DOTALL)

DELEGATE = Tool(
    name="delegate",
    description="Name the agents who should answer the user's message.",
    parameters={
        "type": "object",
        "properties": {"agent_ids": {"type": "array", "items": {"type": "string"}}},
        "required": ["agent_ids"],
    },
)
CHOOSE_REQUEST = (
    "Decide which of these agents should answer the user's message above; choose no more than it "
    "needs. {how}\n\n{agents}"
)
CHOOSE_BY_TOOL = "Call the tool delegate with their ids."
CHOOSE_BY_TEXT = "Write their ids, separated by commas, and nothing else."


class OpenAIProvider:
    """A model behind an OpenAI-compatible server."""

    name = "openai"
    calls_tools = True

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        api_key: str = "",
        timeout: float = 60.0,
        context_tokens: int = 8192,
        backoff: float = 0.5,
    ) -> None:
        """``base_url`` is what stands before ``/chat/completions``.

        ``timeout`` is the most seconds before the first byte and between two pieces; ``backoff``
        the seconds before the first retry. Raises ``ValueError``, without the value, where the URL
        or the key cannot be used.
        """
        self.context_tokens = context_tokens
        self._timeout = timeout
        self._has_tools = True
        self._server = OpenAIServer(
            base_url=base_url, model=model, api_key=api_key, timeout=timeout, backoff=backoff
        )

    def answer(self, prompt: Prompt) -> AsyncGenerator[Piece]:
        """The answer as it comes. Raises ``ProviderFailed`` while it is read."""
        request: dict[str, Any] = {"messages": messages_of(prompt), "stream": True}
        if prompt.tools:
            request["tools"] = tools_of(prompt.tools)
        return self._pieces(request)

    async def _pieces(
        self, request: dict[str, Any], *, limit_tokens: int | None = None
    ) -> AsyncGenerator[Piece]:
        """The answer, streamed or whole as the server likes, whatever it was asked for."""
        async with self._server.ask(request, limit_tokens=limit_tokens) as response:
            answer = Answer(self._server.secrets)
            kind = media_type(response)
            if kind == "application/json":
                for text in answer.take(await read_body(response)):
                    yield Text(text)
                for piece in answer.end():
                    yield piece
            elif kind in ("text/event-stream", "text/plain", "application/octet-stream", ""):
                async with aclosing(response.aiter_raw()) as reads:
                    async with aclosing(self._texts(reads, answer)) as texts:
                        async for text in texts:
                            yield Text(text)
                    for piece in answer.end():
                        yield piece
                    await drain(reads)
            else:
                raise openai_failures.invalid("is neither a stream of events nor JSON")

    async def _texts(self, reads: AsyncIterator[bytes], answer: Answer) -> AsyncGenerator[str]:
        """The texts, until the answer is complete."""
        clock = asyncio.get_running_loop().time
        events = EventStream()
        heard = clock()
        while True:
            try:
                # After the last word only usage is missing, and that is not worth a long wait.
                async with asyncio.timeout(TRAILER_SECONDS if answer.reason else None):
                    raw = await anext(reads, None)
            except (httpx2.HTTPError, TimeoutError):
                if answer.reason:
                    return
                raise
            if raw is None:
                return
            try:
                came = events.feed(raw)
            except InvalidEventStream:
                raise openai_failures.invalid("is not a valid stream of events") from None
            if came:
                heard = clock()
            elif clock() - heard > QUIET_TIMEOUTS * self._timeout:
                raise openai_failures.of_transport(TimeoutError(), answering=True)
            for name, data in came:
                if data == "[DONE]":
                    return
                if name == "error":
                    raise openai_failures.of_error(
                        openai_failures.said(data.encode()), self._server.secrets
                    )
                for text in answer.take(data):
                    yield text

    async def complete(self, prompt: Prompt, *, limit_tokens: int) -> str:
        """A short text, in one piece. Raises ``ProviderFailed``."""
        text, _ = await self._whole({"messages": messages_of(prompt)}, limit_tokens=limit_tokens)
        return text

    async def choose(self, prompt: Prompt, candidates: Sequence[Candidate]) -> list[str]:
        """Those whom the model delegates to; those whom its plain text names; everybody."""
        text, calls = await self._choice(prompt, candidates)
        chosen = [agent_id for call in calls for agent_id in _delegated(call)]
        return (
            delegation.among(chosen, candidates)
            or delegation.mentioned(text, candidates)
            or delegation.everybody(candidates)
        )

    async def close(self) -> None:
        """Close all connections. Answers that still run fail."""
        await self._server.close()

    async def _choice(
        self, prompt: Prompt, candidates: Sequence[Candidate]
    ) -> tuple[str, list[ToolCall]]:
        by_text = {"messages": messages_of(_asking_who(prompt, candidates, CHOOSE_BY_TEXT))}
        if not self._has_tools:
            return await self._whole(by_text)
        by_tool = {
            "messages": messages_of(_asking_who(prompt, candidates, CHOOSE_BY_TOOL)),
            "tools": tools_of([DELEGATE]),
        }
        try:
            return await self._whole(by_tool)
        except ProviderFailed as failure:
            if failure.code != "provider_refused":
                raise
        # Not every model has tools, and servers refuse them in many ways. If it was something else,
        # this fails as well.
        answer = await self._whole(by_text)
        self._has_tools = False
        return answer

    async def _whole(
        self, request: dict[str, Any], *, limit_tokens: int | None = None
    ) -> tuple[str, list[ToolCall]]:
        texts, calls = [], []
        async for piece in self._pieces(request, limit_tokens=limit_tokens):
            if isinstance(piece, Text):
                texts.append(piece.text)
            elif isinstance(piece, ToolCall):
                calls.append(piece)
        return "".join(texts), calls


class Answer:
    """What is known of an answer while it comes."""

    def __init__(self, secrets: openai_failures.Secrets) -> None:
        self.reason = ""
        self._usage: Usage | None = None
        self._secrets = secrets
        self._calls = Calls()
        self._cleaner = Cleaner()
        self._size = 0

    def take(self, data: str | bytes) -> Iterator[str]:
        """The texts of one chunk, or of a whole answer. Raises ``ProviderFailed``."""
        chunk = parse(data)
        if chunk.error:
            raise openai_failures.of_error(chunk.error, self._secrets)
        if chunk.usage is not None:
            self._usage = usage_of(chunk.usage) or self._usage
        for choice in chunk.choices or ():
            if choice.index:
                # One answer was asked for; a second one has no place to go.
                continue
            delta = choice.delta or choice.message
            if delta is not None:
                yield from self._take(delta)
            if choice.finish_reason:
                self.reason = clean(choice.finish_reason[:MAX_REASON_CHARACTERS])

    def _take(self, delta: Delta) -> Iterator[str]:
        if delta.tool_calls:
            self._calls.add(delta.tool_calls)
        text = text_of(delta)
        if not text:
            return
        text = self._cleaner.clean(text)
        self._size += len(text) if text.isascii() else len(text.encode())
        if self._size > MAX_ANSWER_BYTES:
            raise openai_failures.invalid("is longer than a message may be")
        if len(text) <= MAX_PIECE_CHARACTERS:
            if text:
                yield text
        else:
            yield from _PIECE.findall(text)

    def end(self) -> list[Piece]:
        """What comes after the texts. Raises ``ProviderFailed`` if the answer is not complete."""
        if not self.reason:
            raise openai_failures.cut()
        if self.reason in UNFINISHED:
            raise openai_failures.gave_up(self.reason)
        rest = self._cleaner.rest()
        texts = [Text(rest)] if rest else []
        return [*texts, *self._calls.finished(), Finish(usage=self._usage, reason=self.reason)]


def _asking_who(prompt: Prompt, candidates: Sequence[Candidate], how: str) -> Prompt:
    agents = "\n".join(
        f"- {candidate.agent_id}: {candidate.name}. {candidate.description}".rstrip()
        for candidate in candidates
    )
    request = CHOOSE_REQUEST.format(how=how, agents=agents)
    return Prompt(
        question=f"{prompt.question}\n\n{request}",
        instructions=prompt.instructions,
        messages=prompt.messages,
        agent_name=prompt.agent_name,
    )


def _delegated(call: ToolCall) -> list[object]:
    """The ids that a call of ``delegate`` names, if it can be read."""
    try:
        arguments = json.loads(call.arguments)
    except (ValueError, RecursionError):
        return []
    ids = arguments.get("agent_ids") if isinstance(arguments, dict) else None
    if isinstance(ids, str):
        return [ids]
    return ids if isinstance(ids, list) else []
