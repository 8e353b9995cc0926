"""The catalogues of agents and profiles."""

from __future__ import annotations

import uuid

import pytest

from palaver.errors import (
    AgentExists,
    AgentForbidden,
    AgentNotFound,
    ProfileForbidden,
    ProfileNotFound,
)
from palaver.store import AgentRecord, ProfileRecord, Store


def test_an_agent_is_returned_as_it_was_created(store: Store) -> None:
    made = store.agents.create(
        agent_id="helper", name="Helper", description="Helps", instructions="Help", created_by="ann"
    )
    assert made == AgentRecord(
        "helper", "Helper", "Helps", "Help", "ann", made.created_at, made.created_at
    )
    assert store.agents.get("helper") == made
    generated = store.agents.create(name="Other", created_by="maker")
    assert uuid.UUID(generated.agent_id).version == 7
    assert generated.description is None
    assert generated.created_by == "maker"


def test_an_agent_id_is_given_out_once(store: Store) -> None:
    first = store.agents.create(agent_id="helper", name="First", created_by="ann")
    with pytest.raises(AgentExists):
        store.agents.create(agent_id="helper", name="Second", created_by="bob")
    assert store.agents.get("helper") == first


def test_only_what_is_named_changes(store: Store) -> None:
    made = store.agents.create(agent_id="x", name="X", description="d", created_by="ann")
    changed = store.agents.update("x", changes={"instructions": "Be kind"}, viewer="ann")
    assert (changed.name, changed.description, changed.instructions) == ("X", "d", "Be kind")
    assert changed.updated_at >= made.updated_at
    assert changed.created_at == made.created_at
    emptied = store.agents.update("x", changes={"description": None, "name": "Y"}, viewer=None)
    assert (emptied.name, emptied.description, emptied.instructions) == ("Y", None, "Be kind")
    assert store.agents.get("x") == emptied


@pytest.mark.parametrize("changes", [{"agent_id": "y"}, {"created_by": "bob"}, {"name": None}])
def test_what_cannot_change_is_refused(store: Store, changes: dict[str, str | None]) -> None:
    made = store.agents.create(agent_id="x", name="X", created_by="ann")
    with pytest.raises(ValueError, match="can change"):
        store.agents.update("x", changes=changes, viewer=None)
    assert store.agents.get("x") == made


def test_only_its_creator_and_administrators_touch_an_agent(store: Store) -> None:
    store.agents.create(agent_id="x", name="X", created_by="ann")
    store.agents.create(agent_id="theirs", name="N", created_by="cyd")
    for agent_id in ("x", "theirs"):
        with pytest.raises(AgentForbidden):
            store.agents.update(agent_id, changes={"name": "Y"}, viewer="bob")
        with pytest.raises(AgentForbidden):
            store.agents.delete(agent_id, viewer="bob")
    assert store.agents.get("x").name == "X"
    store.agents.delete("x", viewer="ann")
    store.agents.delete("theirs", viewer=None)
    assert store.agents.page(limit=5, cursor=None).items == []


@pytest.mark.parametrize("unknown", ["", "none", "a\0b", "\ud800", "x" * 100_000])
def test_an_unknown_agent_is_not_found(store: Store, unknown: str) -> None:
    with pytest.raises(AgentNotFound):
        store.agents.get(unknown)
    with pytest.raises(AgentNotFound):
        store.agents.update(unknown, changes={"name": "x"}, viewer=None)
    with pytest.raises(AgentNotFound):
        store.agents.delete(unknown, viewer=None)


def test_a_profile_is_returned_as_it_was_created(store: Store) -> None:
    made = store.profiles.create(
        name="Production", description="d", instructions="i", created_by="ann"
    )
    assert made == ProfileRecord(1, "Production", "d", "i", "ann", made.created_at, made.created_at)
    assert store.profiles.get(1) == made
    changed = store.profiles.update(1, changes={"name": "Test"}, viewer="ann")
    assert (changed.name, changed.description) == ("Test", "d")
    with pytest.raises(ProfileForbidden):
        store.profiles.update(1, changes={"name": "x"}, viewer="bob")
    with pytest.raises(ProfileForbidden):
        store.profiles.delete(1, viewer="bob")
    store.profiles.delete(1, viewer=None)
    assert store.profiles.page(limit=5, cursor=None).items == []


def test_the_id_of_a_deleted_profile_is_not_given_out_again(store: Store) -> None:
    last = [store.profiles.create(name="p", created_by="ann").profile_id for _ in range(3)][-1]
    store.profiles.delete(last, viewer="ann")
    assert store.profiles.create(name="p", created_by="ann").profile_id > last


@pytest.mark.parametrize("unknown", [0, -1, 2, 2**31, 2**63 - 1, 2**63, -(10**30)])
def test_an_unknown_profile_is_not_found(store: Store, unknown: int) -> None:
    store.profiles.create(name="p", created_by="ann")
    with pytest.raises(ProfileNotFound):
        store.profiles.get(unknown)
    with pytest.raises(ProfileNotFound):
        store.profiles.update(unknown, changes={"name": "x"}, viewer=None)
    with pytest.raises(ProfileNotFound):
        store.profiles.delete(unknown, viewer=None)


@pytest.mark.parametrize("limit", [1, 2, 7, 8])
def test_pages_are_the_whole_catalogue_in_order(store: Store, limit: int) -> None:
    agents = [
        store.agents.create(agent_id=each, name=each, created_by="maker") for each in "zyxwabc"
    ]
    profiles = [store.profiles.create(name=each, created_by="maker") for each in "zyxwabc"]
    found_agents: list[AgentRecord] = []
    found_profiles: list[ProfileRecord] = []
    cursor = None
    while True:
        page = store.agents.page(limit=limit, cursor=cursor)
        found_agents += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    while True:
        profile_page = store.profiles.page(limit=limit, cursor=cursor)
        found_profiles += profile_page.items
        cursor = profile_page.next_cursor
        if cursor is None:
            break
    assert found_agents == agents
    assert found_profiles == profiles
    with pytest.raises(ValueError, match="at least one"):
        store.agents.page(limit=0, cursor=None)
