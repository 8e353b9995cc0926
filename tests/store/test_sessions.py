"""Sessions: what is stored, who may touch it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from palaver.errors import SessionForbidden, SessionNotFound
from palaver.store import SessionRecord, Store


def make(store: Store, **changes: Any) -> SessionRecord:
    values: dict[str, Any] = {
        "owner": "ann",
        "kind": "standalone",
        "title": "Plans",
        "agents": ["helper"],
        "max_context_results": 1,
    }
    return store.sessions.create(**{**values, **changes})


def test_a_session_is_returned_as_it_was_created(store: Store) -> None:
    before = datetime.now(UTC)
    made = make(store, kind="team-flow", agents=["b", "a"], max_context_results=7, profile_id=3)
    assert uuid.UUID(made.session_id).version == 7
    assert made == SessionRecord(
        session_id=made.session_id,
        kind="team-flow",
        title="Plans",
        owner="ann",
        visibility="private",
        agents=(("b", "b"), ("a", "a")),
        profile_id=3,
        profile_name=None,
        max_context_results=7,
        created_at=made.created_at,
        updated_at=made.created_at,
        last_activity=made.created_at,
        message_count=0,
    )
    assert made.created_at.tzinfo is UTC
    assert before <= made.created_at <= datetime.now(UTC)
    assert store.sessions.get(made.session_id, viewer="ann") == made


def test_ids_are_in_the_order_of_creation(store: Store) -> None:
    ids = [make(store).session_id for _ in range(20)]
    assert ids == sorted(ids)


def test_agents_keep_the_names_that_they_had(store: Store) -> None:
    for number in range(20):
        store.agents.create(agent_id=f"a{number}", name=f"Agent {number}", created_by="ann")
    asked = [f"a{number}" for number in reversed(range(25))]
    made = make(store, kind="team", agents=[*asked, "a3"])
    expected = tuple((each, f"Agent {each[1:]}" if int(each[1:]) < 20 else each) for each in asked)
    assert made.agents == expected
    store.agents.update("a1", changes={"name": "Changed"}, viewer="ann")
    store.agents.delete("a2", viewer="ann")
    assert store.sessions.get(made.session_id, viewer="ann").agents == expected


def test_a_session_without_agents(store: Store) -> None:
    made = make(store, agents=[])
    assert made.agents == ()
    store.messages.append(made.session_id, viewer="ann", role="user", content="Hello")
    assert store.sessions.get(made.session_id, viewer="ann").message_count == 1


def test_the_profile_gives_its_name_unless_one_is_given(store: Store) -> None:
    profile = store.profiles.create(name="Production", created_by="ann").profile_id
    assert make(store, profile_id=profile).profile_name == "Production"
    assert make(store, profile_id=profile, profile_name="Mine").profile_name == "Mine"
    assert make(store, profile_id=profile + 1).profile_name is None
    assert make(store, profile_id=profile + 1, profile_name="Kept").profile_name == "Kept"


def test_an_imported_session_keeps_its_id(store: Store) -> None:
    assert make(store, session_id="abc 123 ü").session_id == "abc 123 ü"
    assert store.sessions.get("abc 123 ü", viewer="ann").title == "Plans"
    with pytest.raises(ValueError, match="taken"):
        make(store, session_id="abc 123 ü")
    assert store.sessions.get("abc 123 ü", viewer="ann").message_count == 0


@pytest.mark.parametrize("bad", ["", "a\0b", "\ud800", "x" * 300])
def test_an_id_that_cannot_be_stored_is_refused(store: Store, bad: str) -> None:
    with pytest.raises(ValueError, match="session id"):
        make(store, session_id=bad)


def test_a_kind_that_does_not_exist_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="not a kind"):
        make(store, kind="crowd")


def test_the_longest_texts_of_the_contract_fit_the_indexes(store: Store) -> None:
    wide = [chr(0x1F300 + number) for number in range(256)]
    owner, agent, title = "".join(wide), "".join(wide[100:228]), "".join(wide[56:])
    made = make(store, owner=owner, agents=[agent], title=title, session_id="".join(wide[:60]))
    asked = {"limit": 5, "skip": 0, "sort_by": "name", "descending": False}
    assert store.sessions.list_by_owner(owner, kinds=None, **asked) == [made]  # type: ignore[arg-type]
    assert store.sessions.list_by_agent(agent, viewer=owner, **asked) == [made]  # type: ignore[arg-type]


def test_rename(store: Store) -> None:
    made = make(store)
    renamed = store.sessions.rename(made.session_id, title="Überblick 🎈", viewer="ann")
    assert renamed.title == "Überblick 🎈"
    assert renamed.updated_at >= made.updated_at
    assert renamed.last_activity == made.last_activity
    assert store.sessions.get(made.session_id, viewer="ann") == renamed


def test_delete_takes_everything_along(store: Store, query: Any) -> None:
    made, other = make(store), make(store)
    for session in (made, other):
        store.messages.append(session.session_id, viewer="ann", role="user", content="Hello")
    store.sessions.delete(made.session_id, viewer="ann")
    with pytest.raises(SessionNotFound):
        store.sessions.get(made.session_id, viewer="ann")
    for table in ("sessions", "messages", "session_agents"):
        assert query(f"SELECT session_id FROM {table}") == [(other.session_id,)]


@pytest.mark.parametrize("unknown", ["", "none", "a\0b", "\ud800", "x" * 100_000, "'; --", "%s ?"])
def test_an_unknown_id_is_not_found(store: Store, unknown: str) -> None:
    calls: list[Callable[[], object]] = [
        lambda: store.sessions.get(unknown, viewer=None),
        lambda: store.sessions.rename(unknown, title="x", viewer=None),
        lambda: store.sessions.delete(unknown, viewer=None),
        lambda: store.messages.append(unknown, viewer=None, role="user", content="x"),
        lambda: store.messages.history(unknown, viewer=None, limit=1, skip=0),
        lambda: store.messages.recent(unknown, viewer=None, limit=1, skip=0),
        lambda: store.messages.with_session(unknown, viewer=None, limit=1, skip=0),
        lambda: store.messages.read(unknown, viewer=None, start_seq=0, stop_seq=9, batch=5),
    ]
    for call in calls:
        with pytest.raises(SessionNotFound):
            call()
    assert store.sessions.delete_many([unknown], viewer=None) == []


def test_another_user_is_refused_and_changes_nothing(store: Store) -> None:
    session_id = make(store).session_id
    store.messages.append(session_id, viewer="ann", role="user", content="Mine")
    before = store.sessions.get(session_id, viewer="ann")
    calls: list[Callable[[], object]] = [
        lambda: store.sessions.get(session_id, viewer="bob"),
        lambda: store.sessions.rename(session_id, title="x", viewer="bob"),
        lambda: store.sessions.delete(session_id, viewer="bob"),
        lambda: store.messages.append(session_id, viewer="bob", role="user", content="x"),
        lambda: store.messages.history(session_id, viewer="bob", limit=1, skip=0),
        lambda: store.messages.recent(session_id, viewer="bob", limit=1, skip=0),
        lambda: store.messages.with_session(session_id, viewer="bob", limit=1, skip=0),
        lambda: store.messages.read(session_id, viewer="bob", start_seq=0, stop_seq=9, batch=5),
    ]
    for call in calls:
        with pytest.raises(SessionForbidden):
            call()
    assert store.sessions.delete_many([session_id], viewer="bob") == []
    assert store.sessions.get(session_id, viewer="ann") == before


@pytest.mark.parametrize(("owner", "viewer"), [("ann", None), (None, "bob"), (None, None)])
def test_administrators_touch_everything_and_everybody_the_ownerless(
    store: Store, owner: str | None, viewer: str | None
) -> None:
    session_id = make(store, owner=owner).session_id
    assert store.sessions.get(session_id, viewer=viewer).owner == owner
    assert store.sessions.rename(session_id, title="New", viewer=viewer).title == "New"
    store.messages.append(session_id, viewer=viewer, role="user", content="Hello")
    assert store.messages.history(session_id, viewer=viewer, limit=1, skip=0).total == 1
    assert store.sessions.delete_many([session_id], viewer=viewer) == [session_id]


def test_delete_many_skips_and_keeps_the_order_asked(store: Store) -> None:
    mine = [make(store).session_id for _ in range(4)]
    theirs = make(store, owner="bob").session_id
    legacy = make(store, owner=None).session_id
    asked = [mine[2], "none", theirs, mine[0], mine[2], legacy, "\ud800", mine[1]]
    assert store.sessions.delete_many(asked, viewer="ann") == [mine[2], mine[0], legacy, mine[1]]
    assert store.sessions.delete_many(asked, viewer="ann") == []
    assert store.sessions.get(mine[3], viewer="ann").owner == "ann"
    assert store.sessions.get(theirs, viewer="bob").owner == "bob"
    assert store.sessions.delete_many([], viewer="ann") == []


def test_delete_many_takes_a_thousand_and_no_more(store: Store) -> None:
    made = [make(store).session_id for _ in range(5)]
    asked = [*made, *(f"none-{number}" for number in range(995))]
    with pytest.raises(ValueError, match="1000"):
        store.sessions.delete_many([*asked, "one more"], viewer="ann")
    assert store.sessions.delete_many(asked, viewer="ann") == made


def test_a_title_that_nobody_chose_is_replaced_once(store: Store) -> None:
    given = make(store, kind="team", title="Untitled", auto_title=True)
    chosen = make(store)
    assert given.auto_title
    assert not chosen.auto_title
    assert store.sessions.give_title(given.session_id, "What is 2 + 2?")
    after = store.sessions.get(given.session_id, viewer="ann")
    assert (after.title, after.auto_title) == ("What is 2 + 2?", False)
    assert after.updated_at >= given.updated_at
    assert after.last_activity == given.last_activity
    assert not store.sessions.give_title(given.session_id, "Again")
    assert not store.sessions.give_title(chosen.session_id, "Not this one")
    assert not store.sessions.give_title("none", "Nobody's")
    assert store.sessions.get(given.session_id, viewer="ann") == after
    assert store.sessions.get(chosen.session_id, viewer="ann") == chosen
    by_agent = store.sessions.list_by_agent(
        "helper", viewer="ann", limit=5, skip=0, sort_by="name", descending=False
    )
    assert [each.title for each in by_agent] == ["Plans", "What is 2 + 2?"]


def test_a_renamed_session_keeps_its_name(store: Store) -> None:
    made = make(store, title="Untitled", auto_title=True)
    assert not store.sessions.rename(made.session_id, title="Untitled", viewer="ann").auto_title
    assert not store.sessions.give_title(made.session_id, "Something else")
