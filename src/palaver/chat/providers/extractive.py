"""The embedded default: no model and no network. It quotes, and says what it cannot do.

Everything it says is true by construction: quotations of passages with their sources, the first
sentences of other agents' answers, and plain words about what is missing on this server.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator, Sequence

from palaver.chat.passages import Passage
from palaver.chat.prompt import Prompt, PromptMessage
from palaver.chat.providers import delegation
from palaver.chat.providers.provider import Candidate, Finish, Piece, Text

MAX_QUOTED_PASSAGES = 3
MAX_QUOTED_CHARACTERS = 600
MAX_SENTENCE_CHARACTERS = 300
WORDS_PER_PIECE = 4
MAX_PIECE_CHARACTERS = 64
"""For scripts that put no spaces between words."""

NO_MODEL = (
    "No language model is configured on this server, so I cannot write answers of my own; "
    "PALAVER_LLM_BASE_URL and PALAVER_LLM_MODEL set one."
)
QUOTED_ONLY = (
    "These are quotations, chosen by their words. No language model is configured on this server, "
    "so I cannot answer in words of my own; PALAVER_LLM_BASE_URL and PALAVER_LLM_MODEL set one."
)
SUMMARY_ONLY = (
    "This quotes the first sentence of each answer, since no language model is configured on this "
    "server to write a summary; PALAVER_LLM_BASE_URL and PALAVER_LLM_MODEL set one."
)
NO_BOOKS = "I found no passage to quote: there is no book on this server that I could search."
NOT_YET = "I found no passage to quote: the books on this server are still being read in."
NO_PASSAGE = "I found no passage about this in the books on this server."
NO_ANSWERS = "There are no answers to sum up."

_NOTHING = {"ready": NO_PASSAGE, "processing": NOT_YET, "empty": NO_BOOKS}
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？])|\n{2,}")
_WORD_GROUP = re.compile(rf"\s*(?:\S+\s*){{1,{WORDS_PER_PIECE}}}")


class ExtractiveProvider:
    """Answers by quotation alone."""

    name = "extractive"
    calls_tools = False
    context_tokens = 8192
    """It reads the question, the passages and the answers; the conversation before adds nothing."""

    async def answer(self, prompt: Prompt) -> AsyncGenerator[Piece]:
        """The quotations, in pieces of a few words."""
        is_summary = prompt.purpose == "summary"
        text = _summary(prompt) if is_summary else _answer(prompt)
        for piece in _pieces(text):
            yield Text(piece)
            # Between two pieces others get their turn, and a cancellation takes effect.
            await asyncio.sleep(0)
        # Said outright: numbers in brackets may stand in the books' own words too.
        quoted = 0 if is_summary else min(len(prompt.passages), MAX_QUOTED_PASSAGES)
        yield Finish(usage=None, reason="stop", cited=tuple(range(1, quoted + 1)))

    async def complete(self, prompt: Prompt, *, limit_tokens: int) -> str | None:  # noqa: ARG002
        """Nothing: no model could write it."""
        return None

    async def choose(self, prompt: Prompt, candidates: Sequence[Candidate]) -> list[str]:
        """Those whom the question names; those who are described by its words; everybody."""
        return (
            delegation.mentioned(prompt.question, candidates)
            or delegation.related(prompt.question, candidates)
            or delegation.everybody(candidates)
        )

    async def close(self) -> None:
        """Nothing is open."""


def _answer(prompt: Prompt) -> str:
    if not prompt.passages:
        return f"{_NOTHING[prompt.shelf]} {NO_MODEL}"
    asked = _words(prompt.question)
    quotations = [
        _quotation(number, passage, asked)
        for number, passage in enumerate(prompt.passages[:MAX_QUOTED_PASSAGES], 1)
    ]
    return "\n\n".join([*quotations, QUOTED_ONLY])


def _quotation(number: int, passage: Passage, asked: set[str]) -> str:
    source = f"{passage.book_title}, page {passage.page}"
    return f"{source}: “{_excerpt(passage.text, asked)}” [{number}]"


def _excerpt(text: str, asked: set[str]) -> str:
    """The run of sentences around the one that has most of the asked words; … where it is cut."""
    text = " ".join(text.split())
    if len(text) <= MAX_QUOTED_CHARACTERS:
        return text
    spans = _sentences(text)
    # The first of equals: max keeps the earliest.
    first = max(range(len(spans)), key=lambda i: len(asked & _words(text[slice(*spans[i])])))
    last = first
    while last + 1 < len(spans) and spans[last + 1][1] - spans[first][0] <= MAX_QUOTED_CHARACTERS:
        last += 1
    while first > 0 and spans[last][1] - spans[first - 1][0] <= MAX_QUOTED_CHARACTERS:
        first -= 1
    excerpt = _clipped(text[spans[first][0] : spans[last][1]], MAX_QUOTED_CHARACTERS)
    before = "… " if first > 0 else ""
    after = " …" if last + 1 < len(spans) and not excerpt.endswith("…") else ""
    return f"{before}{excerpt}{after}"


def _summary(prompt: Prompt) -> str:
    if not prompt.answers:
        return f"{NO_ANSWERS} {NO_MODEL}"
    lines = [f"- {_name(answer)}: {_first_sentence(answer.content)}" for answer in prompt.answers]
    return "\n".join(lines) + f"\n\n{SUMMARY_ONLY}"


def _name(answer: PromptMessage) -> str:
    return answer.name or "An agent"


def _first_sentence(text: str) -> str:
    text = text.strip()
    spans = _sentences(text)
    if not spans:
        return "(no answer)"
    sentence = " ".join(text[slice(*spans[0])].split())
    if sentence.count("“") > sentence.count("”"):
        # The sentence is the first of a longer quotation.
        sentence += "”"
    return _clipped(sentence, MAX_SENTENCE_CHARACTERS)


def _sentences(text: str) -> list[tuple[int, int]]:
    """Where sentences begin and end, the spaces between them left out."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    spans = []
    for start, end in zip([0, *ends], [*ends, len(text)], strict=True):
        sentence = text[start:end]
        if sentence.strip():
            spans.append((start, start + len(sentence.rstrip())))
    return spans


def _clipped(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip() + "…"


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _pieces(text: str) -> Iterator[str]:
    for match in _WORD_GROUP.finditer(text):
        group = match.group()
        for start in range(0, len(group), MAX_PIECE_CHARACTERS):
            yield group[start : start + MAX_PIECE_CHARACTERS]
