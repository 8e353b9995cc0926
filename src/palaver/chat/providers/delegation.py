"""Who should answer: what is read from words, where no model, or a model's plain text, decides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from palaver.chat.providers.provider import Candidate

MIN_TELLING_LENGTH = 4
"""Shorter words, such as "the" or "you", say nothing about what an agent knows."""

# Words that pass by length alone and stand in questions and descriptions of every kind.
_COMMON = """
about also answer answers agent agents assistant because been before being between both
could does doing each every everything from gives have having help helps here into just know
like make makes many more most much need only other over please question questions same
should some such tell than that their them then there these they thing things this those
user users very want well were what when where which while will with would your
"""
COMMON_WORDS = frozenset(_COMMON.split())


def mentioned(text: str, candidates: Iterable[Candidate]) -> list[str]:
    """The ids of those whose id or name stands in the text as words of their own."""
    folded = text.casefold()
    return [
        candidate.agent_id
        for candidate in candidates
        if _stands_in(candidate.agent_id, folded) or _stands_in(candidate.name, folded)
    ]


def related(text: str, candidates: Iterable[Candidate]) -> list[str]:
    """The ids of those whose name or description shares a telling word with the text."""
    words = _telling_words(text)
    return [
        candidate.agent_id
        for candidate in candidates
        if words & _telling_words(f"{candidate.name} {candidate.description}")
    ]


def everybody(candidates: Sequence[Candidate]) -> list[str]:
    """All ids."""
    return [candidate.agent_id for candidate in candidates]


def among(chosen: Iterable[object], candidates: Sequence[Candidate]) -> list[str]:
    """The ids that are chosen, by id or by name, in the order of the candidates."""
    wanted = {item.strip().casefold() for item in chosen if isinstance(item, str)}
    return [
        candidate.agent_id
        for candidate in candidates
        if wanted & {candidate.agent_id.casefold(), candidate.name.strip().casefold()}
    ]


def _stands_in(name: str, folded_text: str) -> bool:
    name = name.strip().casefold()
    # The plain search first: a hundred expressions over a long text would hold up everybody.
    if not name or name not in folded_text:
        return False
    # \b would not do: a name may begin or end with what is no word character.
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", folded_text) is not None


def _telling_words(text: str) -> set[str]:
    words = set(re.findall(r"\w+", text.casefold()))
    return {word for word in words if len(word) >= MIN_TELLING_LENGTH} - COMMON_WORDS
