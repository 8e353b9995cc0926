"""One answer: what the provider says, and the tools that it calls meanwhile.

The calls of one round are carried out all or none. Calls that do not fit are put back to the model
once; a change of the deck is stored, and told of, before the model goes on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from palaver.chat.citations import cited
from palaver.chat.prompt import Called, Prompt, ToolRound
from palaver.chat.providers import Finish, Provider, ProviderFailed, Text, ToolCall, Usage
from palaver.chat.tools import Outcome, Refusal, Search, Tools
from palaver.errors import DeckChanged, DeckFull, ImageNotFound, NothingToUndo
from palaver.store import DeckEdit, SessionRecord

MAX_ROUNDS: Final = 8
"""How often one answer may call tools."""

MAX_REPAIRS: Final = 1
EDIT_TRIES: Final = 3
"""How often a change is made anew because others were changing the deck."""

CUT: Final = "length"
"""The reason of an answer that ended because it may not be longer."""

NO_TOOLS_RULES: Final = (
    "You have no tools in this conversation: you cannot make or change slides. Say so if asked to."
)
REPEATED: Final = "The same was called before in this answer, and is done. Nothing was changed."
_MADE: Final = Finish(usage=None, reason="stop", cited=())
"""The end of an answer that no provider gave."""

_REFUSED_EDIT: Final = (DeckFull, ImageNotFound, NothingToUndo)


class ToolsMisused(Exception):
    """The model does not get its calls right; ``str`` is for end users."""


class Answering:
    """Gives the answers of one turn.

    ``say`` takes texts, ``change`` stores a change of the deck and tells of it.
    """

    def __init__(
        self,
        provider: Provider,
        tools: Tools,
        session: SessionRecord,
        *,
        say: Callable[[str], None],
        change: Callable[[DeckEdit], Awaitable[None]],
        search: Search,
    ) -> None:
        self._provider = provider
        self._tools = tools
        self._session = session
        self._say = say
        self._change = change
        self._search = search
        self._has_made = False

    async def answer(self, prompt: Prompt, message: str) -> Finish:
        """Say the answer to a prompt, which is about the user's message.

        What tells of a change of the deck rests on no passage but those that it cites: the deck has
        its own sources. Raises ``ProviderFailed``, ``ToolsMisused`` and ``DeckChanged``.
        """
        if prompt.purpose != "answer":
            prompt = msgspec.structs.replace(prompt, tools=(), rules="", material="")
        elif not self._provider.calls_tools and await self._made(message):
            return _MADE
        try:
            return await self._with_tools(prompt)
        except _ToolsRefused:
            # Not every model has tools, and it may not say so but by refusing.
            if await self._made(message):
                return _MADE
        without = msgspec.structs.replace(prompt, tools=(), rules=NO_TOOLS_RULES, material="")
        return await self._with_tools(without)

    async def _made(self, message: str) -> bool:
        """Do what the message itself asks for, once in a turn; whether that was the answer."""
        if self._has_made:
            return False
        for _ in range(EDIT_TRIES):
            outcome = await self._tools.without_model(self._session, message, self._search)
            if outcome is None:
                return False
            try:
                if outcome.edit is not None:
                    await self._change(outcome.edit)
            except DeckChanged:
                continue
            except _REFUSED_EDIT as error:
                self._say(str(error))
            else:
                self._say(outcome.said)
            self._has_made = True
            return True
        raise DeckChanged

    async def _with_tools(self, prompt: Prompt) -> Finish:
        end = Finish(usage=None, reason="")
        texts: list[str] = []
        refused, done = 0, ""
        made: list[list[tuple[str, str]]] = []
        for place in range(MAX_ROUNDS):
            listener = _Listener(self._say, follows=any(each.said for each in prompt.rounds))
            try:
                await listener.listen(self._provider, prompt)
            except ProviderFailed as failure:
                if failure.code != "provider_refused" or listener.said:
                    raise
                if place == 0 and prompt.tools:
                    raise _ToolsRefused from failure
                if not done:
                    raise
                # It cannot be told what its tools gave; what they did is done all the same.
                break
            usage = _sum(end.usage, listener.end.usage) if place else listener.end.usage
            end = msgspec.structs.replace(listener.end, usage=usage)
            texts.append(listener.said)
            if not listener.calls:
                if listener.said:
                    done = ""
                break
            called = [(call.name, call.arguments) for call in listener.calls]
            if called in made:
                # A model that goes in circles would do it anew at every round.
                outcome: Outcome = Refusal(tuple(REPEATED for _ in listener.calls), REPEATED)
            else:
                outcome = await self._carry_out(listener.calls, is_cut=end.reason == CUT)
            refused = refused + 1 if outcome.is_refused else 0
            if refused > MAX_REPAIRS:
                raise ToolsMisused(outcome.said)
            if outcome.edit is not None:
                done = outcome.said
                made.append(called)
            prompt = msgspec.structs.replace(
                prompt, rounds=(*prompt.rounds, listener.round(outcome.results))
            )
        else:
            raise ToolsMisused("The model called tools more often than one answer may.")
        if done:
            # The model has nothing to say of what it did.
            self._say(f"\n\n{done}" if any(each.said for each in prompt.rounds) else done)
        if made and end.cited is None:
            named = cited("\n\n".join(texts), len(prompt.passages))
            end = msgspec.structs.replace(end, cited=tuple(named))
        return end

    async def _carry_out(self, calls: Sequence[ToolCall], *, is_cut: bool) -> Outcome:
        for _ in range(EDIT_TRIES):
            outcome = await self._tools.call(self._session, calls, is_cut=is_cut)
            if outcome.edit is None:
                return outcome
            try:
                await self._change(outcome.edit)
            except DeckChanged:
                continue
            except _REFUSED_EDIT as error:
                return Refusal(tuple(f"Nothing was changed: {error}" for _ in calls), str(error))
            return outcome
        raise DeckChanged


class _ToolsRefused(Exception):
    """The provider refused a prompt that offers tools."""


class _Listener:
    """What a provider says to a prompt. ``follows`` where texts have been said before."""

    def __init__(self, say: Callable[[str], None], *, follows: bool) -> None:
        self._say = say
        self._follows = follows
        self._texts: list[str] = []
        self.calls: list[ToolCall] = []
        self.end = Finish(usage=None, reason="")

    @property
    def said(self) -> str:
        """All texts."""
        return "".join(self._texts)

    async def listen(self, provider: Provider, prompt: Prompt) -> None:
        """Say what the provider says. Raises ``ProviderFailed``."""
        async with contextlib.aclosing(provider.answer(prompt)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Text):
                    self._say(f"\n\n{piece.text}" if self._follows else piece.text)
                    self._follows = False
                    self._texts.append(piece.text)
                elif isinstance(piece, Finish):
                    self.end = piece
                else:
                    self.calls.append(piece)

    def round(self, results: Sequence[str]) -> ToolRound:
        """What was said and called, with the results of the calls."""
        calls = zip(self.calls, results, strict=True)
        return ToolRound(
            self.said,
            tuple(Called(call.id, call.name, call.arguments, result) for call, result in calls),
        )


def _sum(first: Usage | None, second: Usage | None) -> Usage | None:
    """Both together; unknown where one is."""
    if first is None or second is None:
        return None
    return Usage(
        first.input_tokens + second.input_tokens, first.output_tokens + second.output_tokens
    )
