"""One turn: from the user's message to the last event of its run."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncGenerator, Sequence
from typing import Final, Literal, TypeVar

import msgspec
from uuid_utils import uuid7

from palaver.chat import events
from palaver.chat.citations import NOT_FOUND, sources
from palaver.chat.context import Context, cost_beside_history
from palaver.chat.event_log import EventWriter, LiveRun, RunLost
from palaver.chat.passages import Passage, Passages
from palaver.chat.patience import patiently, uninterrupted
from palaver.chat.prompt import Prompt, PromptMessage
from palaver.chat.providers import Candidate, Finish, Piece, Provider, ProviderFailed, Text, Usage
from palaver.chat.titles import make_title
from palaver.chat.tools import ToolRefused, Tools
from palaver.errors import SessionNotFound
from palaver.models import MessageStatus, RunStatus
from palaver.store import BeginMessage, FinishMessage, MessageRecord, RunEnd, Started, Store
from palaver.workers import Workers

log = logging.getLogger(__name__)

T = TypeVar("T")

MAX_ANSWER_CHARACTERS: Final = 100_000
"""What the contract lets a message hold."""

ANSWER_SHARE: Final = 4
"""One part in so many of a model's context is left for its answer."""

StopReason = Literal["cancelled", "interrupted"]
INTERRUPTED: Final = ("interrupted", "The server stopped before the answer was complete.")
_TOO_LONG: Final = ("answer_too_long", "The answer is longer than a message may be.")
_INTERNAL: Final = ("internal_error", "The server failed.")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


class _Failed(Exception):
    """The turn cannot go on; ``reason`` is the code and the words of its ``error`` event."""

    def __init__(self, reason: tuple[str, str]) -> None:
        self.reason = reason
        super().__init__(reason[1])


class Turn:
    """Answers one message. ``stop`` ends it early and keeps what was said."""

    def __init__(
        self,
        live: LiveRun,
        started: Started,
        *,
        store: Store,
        workers: Workers,
        writer: EventWriter,
        provider: Provider,
        context: Context,
        tools: Tools,
        passages: Passages,
        grounded: bool,
    ) -> None:
        self.live: Final = live
        live.on_lost = self._on_lost
        self._session: Final = started.session
        self._question: Final = started.message
        self._store = store
        self._workers = workers
        self._writer = writer
        self._provider = provider
        self._context = context
        self._tools = tools
        self._library = passages
        self._is_grounded = grounded
        self._passages: tuple[Passage, ...] = ()
        self._open: MessageRecord | None = None
        self._parts: list[str] = []
        self._length = 0
        self._stop_reason: StopReason | None = None
        self._title: asyncio.Task[str | None] | None = None
        self.task: asyncio.Task[None] | None = None
        self._has_begun = False

    def start(self) -> asyncio.Task[None]:
        """Run as a task of its own, which no client's going away can end."""
        loop = asyncio.get_running_loop()
        self.task = loop.create_task(self._run(), name=f"turn {self.live.run_id}")
        return self.task

    def stop(self, reason: StopReason) -> None:
        """End the turn where it stands; the first reason counts."""
        if self._stop_reason is None and self.task is not None:
            self._stop_reason = reason
            # A task that is cancelled before its first step never takes one.
            if self._has_begun:
                self.task.cancel()

    def _on_lost(self) -> None:
        if self.task is not None:
            self.task.cancel()

    async def _run(self) -> None:
        self._has_begun = True
        if self._session.auto_title:
            question = self._question.content
            self._title = asyncio.create_task(make_title(self._provider, question))
        end = RunEnd("completed", None, None)
        try:
            if self._stop_reason is not None:
                raise asyncio.CancelledError
            await self._answer()
            await self._give_title()
        except asyncio.CancelledError:
            end = self._end_early()
        except (RunLost, SessionNotFound):
            self.live.lose()
        except (_Failed, ProviderFailed) as error:
            code, detail = _reason(error)
            end = RunEnd("failed", code, detail)
        except Exception:
            log.exception("a turn failed", extra={"run_id": self.live.run_id})
            end = RunEnd("failed", *_INTERNAL)
        finally:
            if self._title is not None:
                self._title.cancel()
        if self.live.is_lost:
            # Another server ended the run, or the session was deleted: there is nothing to close.
            return
        with contextlib.suppress(RunLost, asyncio.CancelledError):
            await uninterrupted(self._end(end))

    def _end_early(self) -> RunEnd:
        if self._stop_reason == "cancelled":
            return RunEnd("cancelled", None, None)
        return RunEnd("failed", *INTERRUPTED)

    def _end(self, end: RunEnd) -> asyncio.Future[int | None]:
        """Close the open message and the run, in one transaction."""
        last = []
        finish = None
        if self._open is not None:
            status = _status_of(end.status)
            finish = self._finish(status, None)
            last += self._sources_of(finish)
            if status == "cancelled":
                last.append(events.completed(self._finished(finish)))
        if end.error_code is not None and end.error_detail is not None:
            message_id = None if self._open is None else self._open.message_id
            last.append(events.failed(end.error_code, end.error_detail, message_id))
        last.append(events.DONE)
        return self._writer.put_with(self.live, *last, finish=finish, end=end)

    async def _give_title(self) -> None:
        if self._title is None:
            return
        try:
            title = await self._title
            if title is not None:
                # Also when the turn is stopped meanwhile: who has a title is told so.
                await uninterrupted(asyncio.ensure_future(self._set_title(title)))
        except SessionNotFound:
            raise
        except Exception:
            # The answer is complete; it does not fail for this.
            log.exception("a session got no title", extra={"run_id": self.live.run_id})

    async def _set_title(self, title: str) -> None:
        session_id = self._session.session_id
        if await patiently(
            lambda: self._workers.run(self._store.sessions.give_title, session_id, title)
        ):
            self._writer.put(self.live, events.titled(title))

    async def _answer(self) -> None:
        """Say what there is to say: one agent's answer, or a team's."""
        session, question = self._session, self._question
        instructions = await patiently(lambda: self._context.instructions(session))
        shelf, self._passages = await patiently(lambda: self._context.passages(session, question))
        prompt = Prompt(
            question=question.content,
            instructions=instructions,
            passages=self._passages,
            shelf=shelf,
            grounded=self._is_grounded,
            tools=tuple(self._tools.offered(session)),
        )
        agents = session.agents
        if session.kind == "standalone" or not agents:
            await self._speak(prompt, agents[0] if agents else None)
        elif session.kind == "team-managed":
            await self._managed(prompt, agents)
        else:
            await self._in_turn(prompt, agents, chained=session.kind == "team-flow")

    async def _in_turn(
        self, prompt: Prompt, agents: Sequence[tuple[str, str]], *, chained: bool
    ) -> tuple[PromptMessage, ...]:
        """Every agent answers, knowing all answers before or, ``chained``, building on the last."""
        answers: tuple[PromptMessage, ...] = ()
        for agent in agents:
            seen = answers[-1:] if chained else answers
            answers += (await self._speak(msgspec.structs.replace(prompt, answers=seen), agent),)
        return answers

    async def _managed(self, prompt: Prompt, agents: Sequence[tuple[str, str]]) -> None:
        """The first agent decides who answers, and sums it up."""
        manager, others = agents[0], agents[1:]
        if not others:
            await self._speak(prompt, manager)
            return
        candidates = [
            Candidate(agent_id, name, (await self._agent(agent_id))[1]) for agent_id, name in others
        ]
        asked = await self._put_to(prompt, manager)
        chosen = set(await self._provider.choose(asked, candidates))
        answers = await self._in_turn(
            prompt, [each for each in others if each[0] in chosen], chained=False
        )
        summary = msgspec.structs.replace(prompt, answers=answers, purpose="summary")
        await self._speak(summary, manager)

    async def _speak(self, prompt: Prompt, agent: tuple[str, str] | None) -> PromptMessage:
        """Stream one message; return it as later prompts show it."""
        prompt = await self._put_to(prompt, agent)
        record = await self._begin(agent, is_summary=prompt.purpose == "summary")
        usage: Usage | None = None
        named: tuple[int, ...] | None = None
        # What books do not say is not left to a model to say.
        is_lost = prompt.grounded and not prompt.passages
        answer = _stated(NOT_FOUND) if is_lost else self._provider.answer(prompt)
        if prompt.grounded:
            answer = self._grounded(answer)
        async with contextlib.aclosing(answer) as pieces:
            async for piece in pieces:
                if isinstance(piece, Text):
                    self._say(record, piece.text)
                elif isinstance(piece, Finish):
                    usage, named = piece.usage, piece.cited
                else:
                    try:
                        said = await self._tools.call(self._session, piece)
                        self._say(record, _UNSTORABLE.sub("", said))
                    except ToolRefused as error:
                        raise _Failed(("provider_invalid", str(error))) from None
        finish = self._finish("complete", usage, named)
        done = self._finished(finish)
        self._open = None
        await uninterrupted(
            self._writer.put_with(
                self.live, *self._sources_of(finish), events.completed(done), finish=finish
            )
        )
        return PromptMessage("assistant", done.content, done.agent_name)

    async def _grounded(self, answer: AsyncGenerator[Piece]) -> AsyncGenerator[Piece]:
        """The answer as a whole, if it rests on a passage; else that nothing was found.

        Nobody sees a part of it before that is known.
        """
        texts: list[str] = []
        length = 0
        async with contextlib.aclosing(answer) as pieces:
            async for piece in pieces:
                if isinstance(piece, Text):
                    texts.append(piece.text)
                    length += len(piece.text)
                    if length > MAX_ANSWER_CHARACTERS:
                        raise _Failed(_TOO_LONG)
                elif isinstance(piece, Finish):
                    text = "".join(texts)
                    rests = sources(text, self._passages, named=piece.cited, library=self._library)
                    yield Text(text if rests else NOT_FOUND)
                    yield piece
                else:
                    yield piece

    async def _put_to(self, prompt: Prompt, agent: tuple[str, str] | None) -> Prompt:
        """The prompt with the agent's name, its instructions after those of the profile, and as
        much of the conversation as fits beside all that."""
        if agent is not None:
            own, _ = await self._agent(agent[0])
            instructions = "\n\n".join(part for part in (prompt.instructions, own) if part)
            prompt = msgspec.structs.replace(prompt, agent_name=agent[1], instructions=instructions)
        budget = self._provider.context_tokens
        budget -= budget // ANSWER_SHARE + cost_beside_history(prompt)
        session_id, before = self._session.session_id, self._question.seq
        messages = await patiently(
            lambda: self._context.history(session_id, before=before, budget=budget)
        )
        return msgspec.structs.replace(prompt, messages=messages)

    async def _begin(self, agent: tuple[str, str] | None, *, is_summary: bool) -> MessageRecord:
        agent_id, name = agent or (None, None)
        begin = BeginMessage(str(uuid7()), agent_id, name, is_summary)
        self._parts, self._length = [], 0
        written = self._writer.put_with(
            self.live, events.started(self.live.run_id, begin), begin=begin
        )
        # Also when the turn is stopped meanwhile: the message is there then, and has to be closed.
        return await uninterrupted(asyncio.ensure_future(self._note_open(written)))

    async def _note_open(self, written: asyncio.Future[int | None]) -> MessageRecord:
        seq = await written
        assert seq is not None
        session_id = self._session.session_id
        page = await patiently(
            lambda: self._workers.run(
                self._store.messages.history, session_id, viewer=None, limit=1, skip=seq
            )
        )
        if not page.items:
            raise RunLost
        self._open = page.items[0]
        return self._open

    async def _agent(self, agent_id: str) -> tuple[str, str]:
        return await patiently(lambda: self._context.agent(agent_id))

    def _say(self, record: MessageRecord, text: str) -> None:
        room = MAX_ANSWER_CHARACTERS - self._length
        said = text[:room]
        if said:
            self._parts.append(said)
            self._length += len(said)
            self._writer.put(self.live, events.delta(record.message_id, said))
        if len(text) > room:
            raise _Failed(_TOO_LONG)

    def _finish(
        self, status: MessageStatus, usage: Usage | None, named: tuple[int, ...] | None = None
    ) -> FinishMessage:
        assert self._open is not None
        counted = None if usage is None else (usage.input_tokens, usage.output_tokens)
        text = "".join(self._parts)
        # What an unfinished answer would still have cited is not guessed.
        library = self._library if status == "complete" else None
        found = sources(text, self._passages, named=named, library=library)
        return FinishMessage(self._open.message_id, self._open.seq, text, status, counted, found)

    def _sources_of(self, finish: FinishMessage) -> list[bytes]:
        return [events.rests_on(finish.message_id, each) for each in finish.sources]

    def _finished(self, finish: FinishMessage) -> MessageRecord:
        assert self._open is not None
        return msgspec.structs.replace(
            self._open,
            content=finish.content,
            status=finish.status,
            usage=finish.usage,
            sources=finish.sources,
        )


async def _stated(text: str) -> AsyncGenerator[Piece]:
    """An answer that needs no provider."""
    yield Text(text)
    yield Finish(usage=None, reason="stop")


def _status_of(run: RunStatus) -> MessageStatus:
    return "cancelled" if run == "cancelled" else "failed"


def _reason(error: _Failed | ProviderFailed) -> tuple[str, str]:
    if isinstance(error, _Failed):
        return error.reason
    return error.code, error.detail
