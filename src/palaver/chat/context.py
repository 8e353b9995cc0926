"""What a turn tells the model: instructions, history within the budget, passages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from palaver.chat.citations import without_citations
from palaver.chat.follow_up import looks_back
from palaver.chat.passages import Passage, Passages, Shelf
from palaver.chat.prompt import Prompt, PromptMessage, estimate_tokens
from palaver.errors import AgentNotFound, ProfileNotFound, TopicNotFound
from palaver.store import MessageRecord, SessionRecord, Store
from palaver.workers import Workers

MESSAGES_AT_ONCE: Final = 50
MOST_SUMMARIES: Final = 20
SUMMARY_SHARE: Final = 2
"""Summaries of what was dropped may take one part in so many of the budget."""

TOKENS_PER_MESSAGE: Final = 8
"""What a message costs beside its text: role, name and separators."""


class Context:
    """Everything about a session that the prompts of one turn are made of."""

    def __init__(self, store: Store, workers: Workers, passages: Passages) -> None:
        self._store = store
        self._workers = workers
        self._passages = passages

    async def instructions(self, session: SessionRecord) -> str:
        """The instructions of the session's profile; empty where it has none."""
        if session.profile_id is None:
            return ""
        try:
            profile = await self._workers.run(self._store.profiles.get, session.profile_id)
        except ProfileNotFound:
            return ""
        return profile.instructions or ""

    async def agent(self, agent_id: str) -> tuple[str, str]:
        """An agent's instructions and description; empty where the catalogue does not know it."""
        try:
            agent = await self._workers.run(self._store.agents.get, agent_id)
        except AgentNotFound:
            return "", ""
        return agent.instructions or "", agent.description or ""

    async def passages(
        self, session: SessionRecord, question: MessageRecord
    ) -> tuple[Shelf, tuple[Passage, ...]]:
        """What books there are, and up to ``max_context_results`` of their passages.

        A question that only makes sense after the one before ("And in children?") prefers what is
        about that one, and is searched together with it where it finds nothing by itself.
        """
        shelf = await self._passages.shelf()
        if shelf != "ready":
            return shelf, ()
        limit = session.max_context_results
        steering = await self._steering(session)
        before = ""
        if looks_back(question.content):
            before = await self._question_before(session.session_id, question.seq)
            # A word of its own that stands on many pages must not lead away from what it is about.
            steering += (before,) if before else ()
        found = await self._passages.search(question.content, limit=limit, steering=steering)
        if not found and before:
            both = f"{before}\n{question.content}"
            found = await self._passages.search(both, limit=limit, steering=steering)
        return shelf, tuple(found[:limit])

    async def search(
        self, session: SessionRecord, about: str, limit: int
    ) -> tuple[Shelf, tuple[Passage, ...]]:
        """What books there are, and up to ``limit`` of their passages about something."""
        shelf = await self._passages.shelf()
        if shelf != "ready":
            return shelf, ()
        steering = await self._steering(session)
        found = await self._passages.search(about, limit=limit, steering=steering)
        return shelf, tuple(found[:limit])

    async def _steering(self, session: SessionRecord) -> tuple[str, ...]:
        """The words of the session's topic; those of its id, where the catalogue has none."""
        if session.topic_id is None:
            return ()
        try:
            topic = await self._workers.run(self._store.topics.get, session.topic_id)
        except TopicNotFound:
            return (session.topic_id.replace("-", " ").replace("_", " "),)
        return (topic.title, *topic.search_terms)

    async def _question_before(self, session_id: str, seq: int) -> str:
        """The last thing that the user said before; empty where it is too long ago."""
        start = max(0, seq - MESSAGES_AT_ONCE)
        page = await self._workers.run(
            self._store.messages.history, session_id, viewer=None, limit=seq - start, skip=start
        )
        said = [record.content for record in page.items if record.role == "user"]
        return said[-1] if said else ""

    async def history(
        self, session_id: str, *, before: int, budget: int
    ) -> tuple[PromptMessage, ...]:
        """The newest messages with ``seq < before`` that fit ``budget`` tokens, oldest first.

        Where not all fit, summaries of a team's work that are older come first, the newest of them,
        in up to half of the budget: they stand for what was dropped.
        """
        kept, are_all = await self._newest(session_id, before, budget)
        if not are_all:
            kept = await self._with_summaries(session_id, kept, before, budget)
        return tuple(_shown(record) for record in reversed(kept) if record.content)

    async def _newest(
        self, session_id: str, before: int, budget: int
    ) -> tuple[list[MessageRecord], bool]:
        """The messages that fit, the newest first, and whether they are all that there are."""
        kept: list[MessageRecord] = []
        start = before
        while start > 0:
            stop, start = start, max(0, start - MESSAGES_AT_ONCE)
            page = await self._workers.run(
                self._store.messages.history,
                session_id,
                viewer=None,
                limit=stop - start,
                skip=start,
            )
            fitting = _fitting(list(reversed(page.items)), budget)
            kept += fitting
            if len(fitting) < len(page.items):
                return kept, False
            budget -= sum(map(_cost, fitting))
        return kept, True

    async def _with_summaries(
        self, session_id: str, newest: Sequence[MessageRecord], before: int, budget: int
    ) -> list[MessageRecord]:
        """The newest messages and summaries of what was before them, the newest first."""
        oldest = newest[-1].seq if newest else before
        found: Sequence[MessageRecord] = await self._workers.run(
            self._store.messages.summaries, session_id, before_seq=oldest, limit=MOST_SUMMARIES
        )
        summaries = _fitting(list(reversed(found)), budget // SUMMARY_SHARE)
        kept = _fitting(newest, budget - sum(map(_cost, summaries)))
        # What makes room for summaries can be one itself.
        dropped = [record for record in newest[len(kept) :] if record.summary]
        return kept + _fitting(dropped + summaries, budget - sum(map(_cost, kept)))


def cost_beside_history(prompt: Prompt) -> int:
    """The tokens of all that a prompt has beside the messages of the conversation before."""
    texts = [prompt.question, prompt.instructions, prompt.rules, prompt.material]
    texts += [json.dumps(tool.parameters) + tool.description for tool in prompt.tools]
    texts += [passage.text for passage in prompt.passages]
    answers = sum(TOKENS_PER_MESSAGE + estimate_tokens(answer.content) for answer in prompt.answers)
    return answers + sum(map(estimate_tokens, texts))


def _fitting(records: Sequence[MessageRecord], budget: int) -> list[MessageRecord]:
    """The first of the records that fit together."""
    for place, record in enumerate(records):
        budget -= _cost(record)
        if budget < 0:
            return list(records[:place])
    return list(records)


def _cost(record: MessageRecord) -> int:
    return TOKENS_PER_MESSAGE + estimate_tokens(record.content)


def _shown(record: MessageRecord) -> PromptMessage:
    is_answer = record.run_id is not None and record.role == "assistant"
    content = without_citations(record.content) if is_answer else record.content
    return PromptMessage(record.role, content, record.agent_name)
