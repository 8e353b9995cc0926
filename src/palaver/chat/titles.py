"""Titles for sessions that nobody has named."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Final

from palaver.chat.prompt import Prompt
from palaver.chat.providers import Provider, ProviderFailed

log = logging.getLogger(__name__)

MAX_CHARACTERS: Final = 60
TITLE_TOKENS: Final = 24
TITLE_SECONDS: Final = 10.0
_INSTRUCTIONS: Final = (
    "Give the conversation that begins with this message a title of at most six words, in the "
    "language of the message. Answer with the title alone, without quotation marks."
)
_UNPRINTABLE: Final = re.compile(r"[\s\x00-\x1f\x7f]+")
_QUOTES: Final = "\"'`*#“”„«»‘’"


async def make_title(provider: Provider, question: str) -> str | None:
    """A title for a conversation that begins with a question: the model's, or the first words.

    ``None`` where neither gives one. A model that fails or dawdles costs nothing but its title.
    """
    prompt = Prompt(question=question, instructions=_INSTRUCTIONS)
    written: str | None = None
    try:
        async with asyncio.timeout(TITLE_SECONDS):
            written = await provider.complete(prompt, limit_tokens=TITLE_TOKENS)
    except (ProviderFailed, TimeoutError) as error:
        log.warning("no title from the model: %s", error)
    return one_line(written or "") or one_line(question)


def one_line(text: str) -> str | None:
    """The first words of a text, as a title can hold them; ``None`` where there are none."""
    words = _UNPRINTABLE.sub(" ", text).strip().strip(_QUOTES).strip()
    if len(words) > MAX_CHARACTERS:
        cut = words[: MAX_CHARACTERS - 1]
        words = (cut.rpartition(" ")[0] or cut).rstrip(" ,;:.") + "…"
    return words or None
