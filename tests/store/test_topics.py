"""The catalogue of topics."""

from __future__ import annotations

import pytest

from palaver.errors import InvalidCursor, TopicNotFound
from palaver.store import Store, TopicRecord


def test_a_topic_is_returned_as_it_was_put(store: Store) -> None:
    terms = ["aneurysm", '"clip" 动脉瘤']
    made = store.topics.put("aneurysm", title="Aneurysm", search_terms=terms)
    assert made == TopicRecord(
        "aneurysm", "Aneurysm", tuple(terms), made.created_at, made.created_at
    )
    assert store.topics.get("aneurysm") == made


def test_putting_it_again_changes_it(store: Store) -> None:
    made = store.topics.put("t", title="One", search_terms=["a"])
    changed = store.topics.put("t", title="Two", search_terms=[])
    assert (changed.title, changed.search_terms) == ("Two", ())
    assert changed.created_at == made.created_at
    assert changed.updated_at >= made.updated_at
    assert store.topics.page(limit=9, cursor=None).items == [changed]


@pytest.mark.parametrize("unknown", ["", "none", "a\0b", "\ud800"])
def test_an_unknown_topic_is_not_found(store: Store, unknown: str) -> None:
    with pytest.raises(TopicNotFound):
        store.topics.get(unknown)
    with pytest.raises(TopicNotFound):
        store.topics.delete(unknown)


def test_a_deleted_topic_is_gone(store: Store) -> None:
    store.topics.put("t", title="T", search_terms=[])
    store.topics.delete("t")
    with pytest.raises(TopicNotFound):
        store.topics.get("t")


@pytest.mark.parametrize("limit", [1, 2, 4, 5])
def test_pages_are_all_topics_by_id(store: Store, limit: int) -> None:
    for each in ("b", "ä", "a", "Z"):
        store.topics.put(each, title=each, search_terms=[])
    found: list[str] = []
    cursor = None
    while True:
        page = store.topics.page(limit=limit, cursor=cursor)
        found += [each.topic_id for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == ["Z", "a", "b", "ä"]
    with pytest.raises(InvalidCursor):
        store.topics.page(limit=1, cursor="nonsense")
    with pytest.raises(ValueError, match="at least one"):
        store.topics.page(limit=0, cursor=None)
