"""Lists: order, filters, partition into pages, and an index for each."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, get_args

import pytest
from sqlalchemy import Engine, Select

from palaver.store import SessionRecord, Store, idempotency, run_events, run_writes, runs
from palaver.store.message_lists import FROM_END, FROM_START, SUMMARIES
from palaver.store.session_lists import KindFilter, SortKey, activity_page, agent_list, owner_list
from palaver.store.tables import metadata

# Case, accents, prefixes, a space, and characters beyond the first plane: locales disagree on them.
TITLES = ["b", "B", "a", "ä", "Z", "a b", "ab", "", "\uffff", "🎈", "b"]
SORT_KEYS: tuple[SortKey, ...] = get_args(SortKey)
KEYS: dict[SortKey, Callable[[SessionRecord], datetime | str]] = {
    "created_at": lambda record: record.created_at,
    "last_active": lambda record: record.last_activity,
    "name": lambda record: record.title,
}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The store's clock; it stands still until a test moves it."""
    micros = [1_700_000_000_000_000]
    for module in ("sessions", "messages"):
        monkeypatch.setattr(f"palaver.store.{module}.now_micros", lambda: micros[0])
    return micros


@pytest.fixture
def many(store: Store, clock: list[int]) -> list[SessionRecord]:
    """Sessions of two owners and of none, with equal times and titles among them."""
    ids: list[str] = []
    kinds = itertools.cycle(["standalone", "team", "standalone", "team-flow", "team-managed"])
    for number, (owner, title) in enumerate(itertools.product(["ann", "bob", None], TITLES)):
        clock[0] += number % 3
        made = store.sessions.create(
            owner=owner,
            kind=next(kinds),
            title=title,
            agents=["a", "b"] if number % 2 else ["b"],
            max_context_results=1,
            profile_id=number % 3 or None,
        )
        ids.append(made.session_id)
    for number, session_id in enumerate(ids):
        clock[0] += number % 2
        if number % 3:
            store.messages.append(session_id, viewer=None, role="user", content="x")
    store.sessions.rename(ids[0], title="renamed", viewer=None)
    return [store.sessions.get(session_id, viewer=None) for session_id in ids]


def ordered(
    records: list[SessionRecord], sort_by: SortKey, descending: bool
) -> list[SessionRecord]:
    return sorted(
        records, key=lambda each: (KEYS[sort_by](each), each.session_id), reverse=descending
    )


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort_by", SORT_KEYS)
@pytest.mark.parametrize("kinds", [None, "team", "standalone"])
def test_pages_by_skip_are_an_owners_list(
    store: Store,
    many: list[SessionRecord],
    kinds: KindFilter | None,
    sort_by: SortKey,
    descending: bool,
) -> None:
    expected = [
        each
        for each in many
        if each.owner == "ann"
        and (kinds is None or (each.kind == "standalone") == (kinds == "standalone"))
    ]
    for limit in (1, 4, 10**30):
        found: list[SessionRecord] = []
        while page := store.sessions.list_by_owner(
            "ann", kinds=kinds, limit=limit, skip=len(found), sort_by=sort_by, descending=descending
        ):
            assert len(page) <= limit
            found += page
        assert found == ordered(expected, sort_by, descending)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort_by", SORT_KEYS)
@pytest.mark.parametrize("viewer", ["bob", None])
def test_pages_by_skip_are_an_agents_list(
    store: Store,
    many: list[SessionRecord],
    viewer: str | None,
    sort_by: SortKey,
    descending: bool,
) -> None:
    expected = [
        each
        for each in many
        if ("a", "a") in each.agents and (viewer is None or each.owner == viewer)
    ]
    found: list[SessionRecord] = []
    while page := store.sessions.list_by_agent(
        "a", viewer=viewer, limit=2, skip=len(found), sort_by=sort_by, descending=descending
    ):
        found += page
    assert found == ordered(expected, sort_by, descending)


@pytest.mark.parametrize("profile_id", [None, 1, 2, 3, 2**70])
@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_pages_by_cursor_are_an_owners_list(
    store: Store, many: list[SessionRecord], profile_id: int | None, limit: int
) -> None:
    expected = [
        each
        for each in many
        if each.owner == "ann" and (profile_id is None or each.profile_id == profile_id)
    ]
    found: list[SessionRecord] = []
    cursor = None
    while True:
        page = store.sessions.page_by_activity(
            "ann", profile_id=profile_id, limit=limit, cursor=cursor
        )
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
        assert len(page.items) == limit
    assert found == ordered(expected, "last_active", True)


def test_a_cursor_holds_its_place_while_the_list_changes(
    store: Store, many: list[SessionRecord], clock: list[int]
) -> None:
    expected = ordered([each for each in many if each.owner == "ann"], "last_active", True)
    first = store.sessions.page_by_activity("ann", profile_id=None, limit=4, cursor=None)
    store.sessions.delete(expected[3].session_id, viewer="ann")
    clock[0] += 1
    store.messages.append(expected[1].session_id, viewer="ann", role="user", content="x")
    rest = store.sessions.page_by_activity(
        "ann", profile_id=None, limit=100, cursor=first.next_cursor
    )
    assert rest.items == expected[4:]


@pytest.mark.parametrize("text", ["", "nobody", "a\0b", "\ud800", "x" * 100_000])
def test_unknown_owners_and_agents_have_empty_lists(store: Store, text: str) -> None:
    asked: dict[str, Any] = {"limit": 5, "skip": 0, "sort_by": "name", "descending": False}
    assert store.sessions.list_by_owner(text, kinds=None, **asked) == []
    assert store.sessions.list_by_agent(text, viewer=None, **asked) == []
    assert store.sessions.list_by_agent("a", viewer=text, **asked) == []
    page = store.sessions.page_by_activity(text, profile_id=None, limit=5, cursor=None)
    assert (page.items, page.next_cursor) == ([], None)


LISTS = {
    **{
        f"owner-{by_kind}-{sort_by}-{descending}": owner_list(by_kind, sort_by, descending)
        for by_kind, sort_by, descending in itertools.product(
            (False, True), SORT_KEYS, (False, True)
        )
    },
    **{
        f"agent-{by_owner}-{sort_by}-{descending}": agent_list(by_owner, sort_by, descending)
        for by_owner, sort_by, descending in itertools.product(
            (False, True), SORT_KEYS, (False, True)
        )
    },
    **{
        f"activity-{by_profile}-{continued}": activity_page(by_profile, continued)
        for by_profile, continued in itertools.product((False, True), (False, True))
    },
    "messages-from-start": FROM_START,
    "messages-from-end": FROM_END,
    "summaries": SUMMARIES,
    "run": runs._GET,
    "run-by-key": runs._STARTED,
    "running-run": runs._RUNNING_OF,
    "owned-runs": runs._OWNED,
    "lapsed-runs": runs._LAPSED,
    "messages-in-progress": run_writes.IN_PROGRESS,
    "events": run_events._READ,
    "old-runs": run_events._OLD,
    "old-keys": idempotency._OLD,
}
VALUES: dict[str, Any] = {
    "owner": "ann", "team": True, "agent": "a", "limit": 20, "skip": 40, "profile": 1,
    "activity": 5, "after": "x", "id": "x", "first": 40, "last": 20,
    "before": 5, "of_run": "x", "of_owner": "p", "now": 5, "next": 5,
}  # fmt: skip

SCANS = [f"SCAN {table.upper()}" for table in metadata.tables]
# A process works on some runs, and locks them in order; a run has a message or two in progress.
MAY_SORT = {"owned-runs", "messages-in-progress"}


@pytest.mark.parametrize("name", LISTS)
def test_no_list_sorts_or_scans(store: Store, engine: Engine, store_kind: str, name: str) -> None:
    plan = plan_of(LISTS[name], engine, store_kind)
    assert "INDEX" in plan.upper() or "PRIMARY KEY" in plan.upper()
    for dear in [*SCANS, "SEQ SCAN", *([] if name in MAY_SORT else ["TEMP B-TREE", "SORT"])]:
        assert dear not in plan.upper(), plan


def plan_of(statement: Select[Any], engine: Engine, store_kind: str) -> str:
    compiled = statement.compile(engine)
    values = compiled.construct_params(
        {key: VALUES.get(key, value) for key, value in compiled.params.items()}
    )
    explain: Literal["EXPLAIN QUERY PLAN", "EXPLAIN"]
    explain = "EXPLAIN QUERY PLAN" if store_kind == "sqlite" else "EXPLAIN"
    with engine.begin() as connection:
        if store_kind == "postgres":
            # On tables as small as these it takes whatever is left, if there is another way.
            for way in ("seqscan", "bitmapscan", "sort"):
                connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        order = compiled.positiontup
        driver_values: Any = tuple(values[key] for key in order) if order else values
        rows = connection.exec_driver_sql(f"{explain} {compiled}", driver_values).all()
    return "\n".join(str(row[-1]) for row in rows)
