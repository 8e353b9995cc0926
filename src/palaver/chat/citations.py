"""Citations: which of the passages that an answer was made from it refers to.

Passages are given to a model with numbers from 1, and it is told to put the numbers of those that
it uses in brackets: ``[2]``, ``[1, 3]``, ``[1-3]``. A number that no passage had is no citation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from palaver.chat.passages import Passage, Passages
from palaver.store import SourceRecord

NOT_FOUND: Final = "I could not find relevant information about this topic in the uploaded books."
"""What an answer says, in these words, where the books hold nothing about the question."""

MOST_PASSAGES: Final = 100
"""What the contract lets a session give to a model."""

# In code, which Markdown puts between backticks, brackets mean something else.
_MARKER: Final = re.compile(
    r"(?s:```.*?(?:```|\Z))|`[^`\n]*`"
    r"| ?[\[【]\s*(?P<numbers>\d{1,3}(?:\s*[-–,;]\s*\d{1,3})*)\s*[\]】]"
)
# What follows an item of a list in code, and no citation in a sentence.
_OF_ITEM: Final = re.compile(r"\s*(?:[=+*/<>]|-[>=])|\(|\.[^\W\d]")
_RANGE: Final = re.compile(r"(\d+)(?:\s*[-–]\s*(\d+))?")


def cited(answer: str, most: int) -> list[int]:
    """The numbers from 1 to ``most`` that the answer has in brackets, rising, each once."""
    found = (_numbers(marker, most) for marker in _MARKER.finditer(answer))
    return sorted({number for numbers in found for number in numbers if number <= most})


def _numbers(marker: re.Match[str], most: int) -> set[int]:
    """The numbers of a marker; of a range, which may end anywhere, up to the first beyond ``most``.

    None in code: an item of a list, as in ``a[1] = 2`` or ``a[1].b``.
    """
    if not marker["numbers"] or _is_item(marker):
        return set()
    numbers: set[int] = set()
    for first, last in _RANGE.findall(marker["numbers"]):
        numbers.update(range(int(first), max(int(first), min(int(last or first), most + 1)) + 1))
        if last and int(last) < int(first):
            numbers.discard(int(first))
    return numbers - {0}


def _is_item(marker: re.Match[str]) -> bool:
    # Behind a space it stands in a sentence.
    before = "" if marker[0].startswith(" ") else marker.string[: marker.start()][-1:]
    return (before.isalnum() or before == "_") and _OF_ITEM.match(
        marker.string, marker.end()
    ) is not None


def sources(
    answer: str,
    passages: Sequence[Passage],
    *,
    named: Sequence[int] | None = None,
    library: Passages | None = None,
) -> tuple[SourceRecord, ...]:
    """The passages that an answer rests on, with their numbers.

    Those that were ``named`` outright, or else that its text cites; where it cites none, those that
    say the same, as the ``library`` sees it. An answer that found nothing has none.
    """
    if not passages:
        return ()
    numbers = cited(answer, len(passages)) if named is None else list(named)
    if not numbers and named is None and library is not None and NOT_FOUND not in answer:
        supporting = {each.passage_id for each in library.supporting(answer, passages)}
        numbers = [n for n, each in enumerate(passages, 1) if each.passage_id in supporting]
    return tuple(
        SourceRecord(number, each.book_id, each.book_title, each.page, each.passage_id)
        for number, each in enumerate(passages, 1)
        if number in numbers
    )


def without_citations(answer: str) -> str:
    """The answer as later turns see it: its numbers meant other passages than theirs will."""

    def shown(marker: re.Match[str]) -> str:
        numbers = _numbers(marker, MOST_PASSAGES)
        return "" if numbers and max(numbers) <= MOST_PASSAGES else marker[0]

    return _MARKER.sub(shown, answer)
