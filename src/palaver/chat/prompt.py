"""What a provider is asked, in words of this house; each provider puts it in its own format."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from palaver.chat.passages import Passage, Shelf

Role = Literal["user", "assistant"]
Purpose = Literal["answer", "summary"]

ASCII_CHARACTERS_PER_TOKEN = 4


class PromptMessage(msgspec.Struct, frozen=True):
    """A message of the conversation. ``name`` is the agent's, where an agent wrote it."""

    role: Role
    content: str
    name: str | None = None


class Tool(msgspec.Struct, frozen=True):
    """A function that the model may ask for; ``parameters`` is the JSON Schema of its arguments."""

    name: str
    description: str
    parameters: dict[str, Any]


class Called(msgspec.Struct, frozen=True):
    """A tool that the model has asked for, and what came of it. ``arguments`` is JSON."""

    id: str
    name: str
    arguments: str
    result: str


class ToolRound(msgspec.Struct, frozen=True):
    """An answer to this prompt that asked for tools, with what it said before."""

    said: str
    calls: tuple[Called, ...]


class Prompt(msgspec.Struct, frozen=True):
    """One thing that a provider is asked.

    The order in time is ``messages`` (what was said before), ``question`` (what the user says now),
    ``answers`` (what other agents of a team have answered to it already). ``agent_name`` is the
    agent that is to answer: messages and answers with another name are shown as that agent's.

    ``shelf`` says whether there are books that were searched for ``passages``. A ``grounded``
    answer may rest on these and on nothing else. ``rules`` are instructions for ``tools``, and
    ``material`` is the data that they work on; ``rounds`` are the calls of tools that the answer
    has made so far.

    The purpose ``summary`` asks for a summary of ``answers`` instead of one more answer.
    """

    question: str
    instructions: str = ""
    messages: tuple[PromptMessage, ...] = ()
    answers: tuple[PromptMessage, ...] = ()
    passages: tuple[Passage, ...] = ()
    shelf: Shelf = "empty"
    grounded: bool = False
    tools: tuple[Tool, ...] = ()
    rules: str = ""
    material: str = ""
    rounds: tuple[ToolRound, ...] = ()
    agent_name: str | None = None
    purpose: Purpose = "answer"


def estimate_tokens(text: str) -> int:
    """About how many tokens a text has, for budgets, erring on the high side.

    Four ASCII characters count as one token, rounded up, and each other character as one. That is
    near what tokenizers make of English, and more than they make of most other languages, so that
    what fits by this estimate fits the model. It takes no tokenizer and one pass in C.
    """
    if text.isascii():
        plain, others = len(text), 0
    else:
        plain = len(text.encode("ascii", "ignore"))
        others = len(text) - plain
    return -(-plain // ASCII_CHARACTERS_PER_TOKEN) + others
