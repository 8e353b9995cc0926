"""Counting terms: the same whether they fit into memory or not, and nothing stays."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.store import NewPassage, Store, TermCounts
from tests.store.test_books import add

TERMS = st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=3)


@given(st.lists(st.lists(TERMS, max_size=9), max_size=20), st.integers(0, 9))
def test_each_term_with_the_number_of_its_passages(passages: list[list[str]], held: int) -> None:
    expected = Counter(term for each in passages for term in set(each))
    with TermCounts(held) as terms:
        for each in passages:
            terms.add(each)
        for _ in range(2):
            assert list(terms.sums()) == sorted(expected.items())


def test_files_do_not_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = os.listdir("/proc/self/fd")
    with TermCounts(1) as terms:
        for number in range(10):
            terms.add([f"a{number}", "b"])
        assert len(os.listdir("/proc/self/fd")) > len(before)
    assert len(os.listdir("/proc/self/fd")) == len(before)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("held", [None, 1, 100])
def test_a_book_is_published_with_what_was_counted(store: Store, held: int | None) -> None:
    book = add(store).book_id
    tokens = [["one", "same", "same"], ["two", "same"]]
    given = [NewPassage(page, "text", each) for page, each in enumerate(tokens, 1)]
    store.passages.put(book, first_page=1, last_page=2, passages=given)
    with TermCounts(held or 0) as terms:
        for each in tokens:
            terms.add(each)
        counted = None if held is None else terms
        store.passages.publish(book, page_count=2, passage_count=2, terms=counted)
    found = store.search.frequencies(["one", "two", "same", "none"])
    assert found.passages_with == {"one": 1, "two": 1, "same": 2}
