"""One turn: from the user's message to the last event of its run."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Final, Literal

import msgspec
from uuid_utils import uuid7

from palaver.chat import events
from palaver.chat.answering import Answering, ToolsMisused
from palaver.chat.citations import NOT_FOUND, sources
from palaver.chat.context import Context, cost_beside_history
from palaver.chat.event_log import EventWriter, LiveRun, RunLost
from palaver.chat.failures import (
    DECK_CHANGED,
    INTERNAL,
    INTERRUPTED,
    TOO_LONG,
    TurnFailed,
    storable,
)
from palaver.chat.passages import Passage, Passages
from palaver.chat.patience import patiently, uninterrupted
from palaver.chat.prompt import Prompt, PromptMessage, Tool, estimate_tokens
from palaver.chat.providers import Candidate, Finish, Provider, ProviderFailed, Usage
from palaver.chat.titles import make_title
from palaver.chat.tools import NoTools, Tools
from palaver.errors import DeckChanged, SessionNotFound
from palaver.models import MessageStatus, RunStatus
from palaver.store import (
    BeginMessage,
    DeckEdit,
    FinishMessage,
    MessageRecord,
    RunEnd,
    Started,
    Store,
)
from palaver.workers import Workers

log = logging.getLogger(__name__)

MAX_ANSWER_CHARACTERS: Final = 100_000
"""What the contract lets a message hold."""

ANSWER_SHARE: Final = 4
"""One part in so many of a model's context is left for its answer."""

TOOLS_SHARE: Final = 2
"""One part in so many of a model's context may be taken by tools and what they work on."""

StopReason = Literal["cancelled", "interrupted"]


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
        # What may rest on books alone makes no deck.
        self._tools: Final = NoTools() if grounded else tools
        self._answering: Final = Answering(
            provider,
            self._tools,
            self._session,
            say=self._hold if grounded else self._say,
            change=self._change,
            search=self._search,
        )
        self._library = passages
        self._is_grounded = grounded
        self._passages: tuple[Passage, ...] = ()
        self._open: MessageRecord | None = None
        self._parts: list[str] = []
        self._length = 0
        self._held: list[str] = []
        self._held_length = 0
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
        except (TurnFailed, ProviderFailed) as error:
            end = RunEnd("failed", error.code, error.detail)
        except Exception:
            log.exception("a turn failed", extra={"run_id": self.live.run_id})
            end = RunEnd("failed", *INTERNAL)
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
        prompt = await self._put_to(await self._equipped(prompt), agent)
        await self._begin(agent, is_summary=prompt.purpose == "summary")
        answer = await (self._grounded(prompt) if prompt.grounded else self._made(prompt))
        finish = self._finish("complete", answer.usage, answer.cited)
        done = self._finished(finish)
        self._open = None
        await uninterrupted(
            self._writer.put_with(
                self.live, *self._sources_of(finish), events.completed(done), finish=finish
            )
        )
        return PromptMessage("assistant", done.content, done.agent_name)

    async def _equipped(self, prompt: Prompt) -> Prompt:
        """The prompt with tools, and what they work on as it is now: others of a team may have
        changed it."""
        if prompt.purpose != "answer":
            return prompt
        room = self._provider.context_tokens // TOOLS_SHARE
        offer = await patiently(
            lambda: self._tools.offered(
                self._session,
                self._question.content,
                fits=lambda text: estimate_tokens(text) <= room,
            )
        )
        tools = tuple(Tool(each.name, each.description, each.parameters) for each in offer.tools)
        return msgspec.structs.replace(
            prompt, tools=tools, rules=offer.rules, material=offer.material
        )

    async def _made(self, prompt: Prompt) -> Finish:
        """Say what the provider and the tools make of the prompt."""
        try:
            return await self._answering.answer(prompt, self._question.content)
        except ToolsMisused as error:
            raise TurnFailed("provider_invalid", str(error)) from None
        except DeckChanged:
            raise TurnFailed(*DECK_CHANGED) from None

    async def _grounded(self, prompt: Prompt) -> Finish:
        """Say the answer as a whole, if it rests on a passage; else that nothing was found.

        Nobody sees a part of it before that is known.
        """
        if not prompt.passages:
            # What books do not say is not left to a model to say.
            self._say(NOT_FOUND)
            return Finish(usage=None, reason="stop")
        self._held, self._held_length = [], 0
        answer = await self._made(prompt)
        text = "".join(self._held)
        rests = sources(text, self._passages, named=answer.cited, library=self._library)
        self._say(text if rests else NOT_FOUND)
        return answer

    def _hold(self, text: str) -> None:
        self._held.append(text)
        self._held_length += len(text)
        if self._held_length > MAX_ANSWER_CHARACTERS:
            raise TurnFailed(*TOO_LONG)

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

    async def _search(self, about: str, limit: int) -> tuple[bool, tuple[Passage, ...]]:
        shelf, found = await patiently(lambda: self._context.search(self._session, about, limit))
        return shelf == "ready", found

    async def _change(self, edit: DeckEdit) -> None:
        """Store a change of the deck and tell of it, also when the turn is stopped meanwhile."""
        await uninterrupted(asyncio.ensure_future(self._writer.write_edit(self.live, edit)))

    def _say(self, text: str) -> None:
        assert self._open is not None
        text = storable(text)
        room = MAX_ANSWER_CHARACTERS - self._length
        said = text[:room]
        if said:
            self._parts.append(said)
            self._length += len(said)
            self._writer.put(self.live, events.delta(self._open.message_id, said))
        if len(text) > room:
            raise TurnFailed(*TOO_LONG)

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


def _status_of(run: RunStatus) -> MessageStatus:
    return "cancelled" if run == "cancelled" else "failed"
