"""The store against a plain model: any sequence of calls, by any of its users."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from palaver.errors import AgentNotInTeam, NotATeamSession, PalaverError, SessionForbidden
from palaver.errors import SessionNotFound as NotFound
from palaver.models import Role
from palaver.store import SessionRecord, Store

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
USERS = ("ann", "bob")
VIEWERS = st.sampled_from([*USERS, None])
KINDS = st.sampled_from(["standalone", "team", "team-managed", "team-flow"])
ROLES: st.SearchStrategy[Role] = st.sampled_from(["user", "assistant"])
AGENTS = ("a", "b", "c")
SMALL = st.integers(0, 6)


@dataclass
class Modelled:
    owner: str | None
    kind: str
    title: str
    agents: list[str]
    messages: list[tuple[str, str, str | None, bool]] = field(default_factory=list)


class Sessions(RuleBasedStateMachine):
    """Users make, use and delete sessions; the model says what each call must answer."""

    store: Store
    ids = Bundle("ids")

    @initialize()
    def start_empty(self) -> None:
        with self.store._database.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM sessions")
        self.model: dict[str, Modelled] = {}

    @rule(
        target=ids,
        owner=VIEWERS,
        kind=KINDS,
        title=TEXT,
        agents=st.lists(st.sampled_from(AGENTS), unique=True),
    )
    def create(self, owner: str | None, kind: str, title: str, agents: list[str]) -> str:
        made = self.store.sessions.create(
            owner=owner, kind=kind, title=title, agents=agents, max_context_results=1
        )
        assert made.session_id not in self.model
        self.model[made.session_id] = Modelled(owner, kind, title, agents)
        return made.session_id

    @rule(
        session_id=ids,
        viewer=VIEWERS,
        role=ROLES,
        content=TEXT,
        agent_id=st.sampled_from([None, *AGENTS]),
        summary=st.booleans(),
        team_only=st.booleans(),
    )
    def append(
        self,
        session_id: str,
        viewer: str | None,
        role: Role,
        content: str,
        agent_id: str | None,
        summary: bool,
        team_only: bool,
    ) -> None:
        expected = self.refusal(session_id, viewer)
        modelled = self.model.get(session_id)
        if expected is None and modelled is not None:
            if team_only and modelled.kind == "standalone":
                expected = NotATeamSession
            elif agent_id is not None and agent_id not in modelled.agents:
                expected = AgentNotInTeam
        try:
            made = self.store.messages.append(
                session_id,
                viewer=viewer,
                role=role,
                content=content,
                agent_id=agent_id,
                summary=summary,
                team_only=team_only,
            )
        except PalaverError as error:
            assert type(error) is expected  # noqa: PT017
            return
        assert expected is None
        assert modelled is not None
        assert made.seq == len(modelled.messages)
        modelled.messages.append((role, content, agent_id, summary))

    @rule(session_id=ids, viewer=VIEWERS, title=TEXT)
    def rename(self, session_id: str, viewer: str | None, title: str) -> None:
        try:
            renamed = self.store.sessions.rename(session_id, title=title, viewer=viewer)
        except PalaverError as error:
            assert type(error) is self.refusal(session_id, viewer)  # noqa: PT017
            return
        assert self.refusal(session_id, viewer) is None
        self.model[session_id].title = title
        self.check(session_id, renamed)

    @rule(target=ids, session_id=consumes(ids), viewer=VIEWERS)
    def delete(self, session_id: str, viewer: str | None) -> Any:
        try:
            self.store.sessions.delete(session_id, viewer=viewer)
        except PalaverError as error:
            assert type(error) is self.refusal(session_id, viewer)  # noqa: PT017
            return session_id
        assert self.refusal(session_id, viewer) is None
        del self.model[session_id]
        return multiple()

    @rule(asked=st.lists(ids, max_size=6), viewer=VIEWERS)
    def delete_many(self, asked: list[str], viewer: str | None) -> None:
        allowed = [each for each in dict.fromkeys(asked) if self.refusal(each, viewer) is None]
        assert self.store.sessions.delete_many(asked, viewer=viewer) == allowed
        for each in allowed:
            del self.model[each]

    @rule(session_id=ids, viewer=VIEWERS, limit=SMALL, skip=SMALL)
    def read(self, session_id: str, viewer: str | None, limit: int, skip: int) -> None:
        try:
            history = self.store.messages.history(session_id, viewer=viewer, limit=limit, skip=skip)
            recent = self.store.messages.recent(session_id, viewer=viewer, limit=limit, skip=skip)
        except PalaverError as error:
            assert type(error) is self.refusal(session_id, viewer)  # noqa: PT017
            return
        assert self.refusal(session_id, viewer) is None
        said = list(enumerate(self.model[session_id].messages))
        end = max(0, len(said) - skip)
        for page, expected in (
            (history, said[skip : skip + limit]),
            (recent, said[max(0, end - limit) : end]),
        ):
            assert page.total == len(said)
            assert [
                (each.seq, (each.role, each.content, each.agent_id, each.summary))
                for each in page.items
            ] == expected

    @rule(viewer=VIEWERS, agent_id=st.sampled_from(AGENTS), limit=SMALL, skip=SMALL)
    def list_by_agent(self, viewer: str | None, agent_id: str, limit: int, skip: int) -> None:
        found = self.store.sessions.list_by_agent(
            agent_id, viewer=viewer, limit=limit, skip=skip, sort_by="name", descending=True
        )
        expected = sorted(
            (modelled.title, session_id)
            for session_id, modelled in self.model.items()
            if agent_id in modelled.agents and (viewer is None or modelled.owner == viewer)
        )[::-1]
        assert [(each.title, each.session_id) for each in found] == expected[skip : skip + limit]

    @invariant()
    def lists_are_the_model(self) -> None:
        for owner in USERS:
            page = self.store.sessions.page_by_activity(
                owner, profile_id=None, limit=1000, cursor=None
            )
            own = {key for key, each in self.model.items() if each.owner == owner}
            assert {each.session_id for each in page.items} == own
            activity: list[tuple[datetime, str]] = [
                (each.last_activity, each.session_id) for each in page.items
            ]
            assert activity == sorted(activity, reverse=True)
            for each in page.items:
                self.check(each.session_id, each)

    def check(self, session_id: str, record: SessionRecord) -> None:
        modelled = self.model[session_id]
        assert record.title == modelled.title
        assert record.kind == modelled.kind
        assert record.owner == modelled.owner
        assert [each for each, _ in record.agents] == modelled.agents
        assert record.message_count == len(modelled.messages)
        assert record.created_at <= record.last_activity <= record.updated_at

    def refusal(self, session_id: str, viewer: str | None) -> type[PalaverError] | None:
        if session_id not in self.model:
            return NotFound
        owner = self.model[session_id].owner
        return SessionForbidden if viewer and owner and viewer != owner else None


def test_the_store_behaves_like_the_model(store: Store) -> None:
    """The assertions are the machine's."""

    class OnThisStore(Sessions):
        pass

    OnThisStore.store = store
    run_state_machine_as_test(
        OnThisStore,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
