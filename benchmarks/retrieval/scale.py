"""A library as large as is asked for: the manuals' passages over and over, in other words.

Each copy is a book of its own. Its rare words are replaced by others that only this copy has, as
another book has names and terms of its own; its common words stay, so that they are as common in
the large library as in the small one, and cost as much to search for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from palaver.store import NewPassage, Store

RARE = 0.002
"""A word that stands in a smaller share of the passages is rare."""
PASSAGES_AT_ONCE = 500


def multiply(store: Store, passages: Sequence[NewPassage], size: int) -> None:
    """Add copies until the library has ``size`` passages more; those given are not added."""
    held = Counter(token for each in passages for token in set(each.tokens))
    rare = {token for token, count in held.items() if count < RARE * len(passages)}
    copy = 0
    while size > 0:
        copy += 1
        _add_copy(store, passages[:size], rare, copy)
        size -= len(passages)


def _add_copy(store: Store, passages: Sequence[NewPassage], rare: set[str], copy: int) -> None:
    book = store.books.create(
        title=f"Copy {copy}", file_name="copy.txt", format="text", media_type="text/plain",
        sha256=f"copy {copy}", size=0, created_by="benchmark",
    )  # fmt: skip
    for first in range(0, len(passages), PASSAGES_AT_ONCE):
        some = [
            NewPassage(
                first + at + 1,
                each.text,
                [f"{token}x{copy}" if token in rare else token for token in each.tokens],
            )
            for at, each in enumerate(passages[first : first + PASSAGES_AT_ONCE])
        ]
        store.passages.put(
            book.book_id, first_page=first + 1, last_page=first + len(some), passages=some
        )
    store.passages.publish(book.book_id, page_count=len(passages), passage_count=len(passages))
