"""Sign-ins: a link counts once, and what it began lasts until it is ended or old."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from palaver.errors import LinkUsed
from palaver.store import SignedIn, Store, open_store
from palaver.store.sign_ins import LIFETIME, SWEPT_AT_ONCE
from tests.conftest import Query

TOMORROW = datetime.now(UTC) + timedelta(days=1)


def redeem(store: Store, link_id: str = "a", *, admin: bool = False) -> bool:
    try:
        store.sign_ins.redeem(link_id, subject="ann", is_admin=admin, link_expires=TOMORROW)
    except LinkUsed:
        return False
    return True


@pytest.mark.parametrize("admin", [True, False])
def test_a_link_is_used_once(store: Store, admin: bool) -> None:
    assert store.sign_ins.find("a") is None
    assert redeem(store, admin=admin)
    assert store.sign_ins.find("a") == SignedIn("ann", admin)
    assert not redeem(store, admin=not admin)
    assert store.sign_ins.find("a") == SignedIn("ann", admin)
    assert redeem(store, "b")


def test_of_many_at_once_one_uses_it(store: Store, store_url: str) -> None:
    other = open_store(store_url)
    try:
        with ThreadPoolExecutor(12) as pool:
            took = list(pool.map(lambda n: redeem((store, other)[n % 2]), range(24)))
    finally:
        other.close()
    assert took.count(True) == 1


def test_what_was_ended_is_over_and_used_all_the_same(store: Store) -> None:
    redeem(store)
    store.sign_ins.end("a")
    store.sign_ins.end("a")
    store.sign_ins.end("unknown")
    assert store.sign_ins.find("a") is None
    assert not redeem(store)


@pytest.mark.parametrize("unknown", ["", "none", "a\0b", "\ud800"])
def test_an_unknown_one_is_nobody(store: Store, unknown: str) -> None:
    assert store.sign_ins.find(unknown) is None


def test_old_ones_are_swept_a_few_at_a_time(store: Store, query: Query) -> None:
    redeem(store, "kept")
    for number in range(SWEPT_AT_ONCE + 5):
        redeem(store, f"old {number}")
    past = -(LIFETIME // timedelta(microseconds=1)) - 1
    query(f"UPDATE sign_ins SET expires_at = expires_at + {past} WHERE link_id <> 'kept'")
    assert store.sign_ins.find("old 1") is None
    redeem(store, "new")
    assert query("SELECT count(*) FROM sign_ins") == [(7,)]
    redeem(store, "newer")
    assert query("SELECT link_id FROM sign_ins ORDER BY link_id") == [
        ("kept",),
        ("new",),
        ("newer",),
    ]


def test_nothing_is_forgotten_while_the_link_is_good(store: Store, query: Query) -> None:
    late = datetime.now(UTC) + 2 * LIFETIME
    store.sign_ins.redeem("a", subject="ann", is_admin=False, link_expires=late)
    ((until,),) = query("SELECT expires_at FROM sign_ins")
    assert until >= int(late.timestamp() * 1_000_000) - 1
