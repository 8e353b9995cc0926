"""Runs against a plain model: any sequence of calls, by two processes that trust no lease."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from palaver.errors import PalaverError, RunEnded, RunNotFound, SessionBusy, SessionNotFound
from palaver.store import FinishMessage, Lost, Once, RunEnd, RunWrite, Store
from tests.store.turns import begin, in_seconds, new_session, start

OWNERS = st.sampled_from(["p", "q"])
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9)
EVENTS = st.lists(TEXT.map(lambda text: repr(text).encode()), min_size=1, max_size=3).map(tuple)
KEYS = st.sampled_from([None, "k1", "k2"])
PLACE = st.integers(0, 5)
LOST = Lost.LOST


@dataclass
class Message:
    message_id: str
    role: str
    content: str
    status: str
    run_id: str | None


@dataclass
class Run:
    run_id: str
    session_id: str
    owner: str
    status: str = "running"
    cancel: bool = False
    last: int = 0
    chunks: dict[int, tuple[bytes, ...]] = field(default_factory=dict)


class Runs(RuleBasedStateMachine):
    """Processes start, write and end runs; the model says what each call must answer."""

    store: Store

    @initialize()
    def start_empty(self) -> None:
        with self.store._database.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM sessions")
            connection.exec_driver_sql("DELETE FROM idempotency_keys")
        self.sessions: dict[str, list[Message]] = {}
        self.runs: dict[str, Run] = {}
        self.gone: list[Run] = []
        self.keys: dict[str, tuple[str, str]] = {}
        self.batch: tuple[list[RunWrite], str, bool] = ([], "p", False)
        for _ in range(2):
            self.create()

    @rule()
    def create(self) -> None:
        self.sessions[new_session(self.store).session_id] = []

    @precondition(lambda self: self.sessions)
    @rule(place=PLACE, owner=OWNERS, key=KEYS, content=TEXT)
    def start(self, place: int, owner: str, key: str | None, content: str) -> None:
        session_id = self.pick(list(self.sessions), place)
        once = None if key is None else Once("ann", key, session_id)
        expected: type[PalaverError] | None = None
        busy = self.running_in(session_id)
        known = self.keys.get(key) if key is not None else None
        if known is not None and known[1] != session_id:
            # A session of its own for each key keeps this machine about runs.
            return
        if known is None and busy is not None:
            expected = SessionBusy
        elif known is not None and known[0] not in self.runs:
            expected = SessionNotFound
        try:
            started = start(self.store, session_id, owner=owner, content=content, once=once)
        except PalaverError as error:
            assert type(error) is expected  # noqa: PT017
            if isinstance(error, SessionBusy):
                assert busy is not None
                assert error.run_id == busy.run_id  # noqa: PT017
            return
        assert expected is None
        assert started.is_new == (known is None)
        if known is not None:
            assert started.run.run_id == known[0]
            self.check(self.runs[known[0]], started.run)
            return
        run = Run(started.run.run_id, session_id, owner)
        self.runs[run.run_id] = run
        messages = self.sessions[session_id]
        assert started.message.seq == len(messages)
        messages.append(
            Message(started.message.message_id, "user", content, "complete", run.run_id)
        )
        if key is not None:
            self.keys[key] = (run.run_id, session_id)

    @precondition(lambda self: self.runs or self.gone)
    @rule(
        owner=OWNERS,
        takeover=st.booleans(),
        items=st.lists(
            st.tuples(
                PLACE,
                st.sampled_from([0, 0, 0, 0, -1, 1, 2]),
                EVENTS,
                st.booleans(),
                st.one_of(st.none(), TEXT),
                st.sampled_from([None, None, None, "completed", "failed"]),
            ),
            min_size=1,
            max_size=4,
        ),
    )
    def write(self, owner: str, takeover: bool, items: list[Any]) -> None:
        batch = []
        ahead: dict[str, int] = {}
        for place, off, events, begins, content, status in items:
            run = self.pick([*self.runs.values(), *self.gone[-1:]], place)
            first_id = max(1, ahead.get(run.run_id, run.last) + 1 + off)
            open_messages = self.in_progress(run)
            batch.append(
                RunWrite(
                    run.run_id,
                    run.session_id,
                    first_id,
                    events,
                    begin() if begins else None,
                    FinishMessage(*open_messages[0], content, "complete", (1, 2))
                    if open_messages and content is not None
                    else None,
                    None if status is None else RunEnd(status, None, content),
                )
            )
            ahead[run.run_id] = first_id + len(events) - 1
        self.batch = (batch, owner, takeover)
        self.write_batch()

    @rule()
    def write_again(self) -> None:
        """As after an answer that did not arrive."""
        self.write_batch()

    def write_batch(self) -> None:
        batch, owner, takeover = self.batch
        outcomes = self.store.runs.write(batch, owner=owner, takeover=takeover)
        assert outcomes == [self.expect(each, owner, takeover) for each in batch]

    def expect(self, write: RunWrite, owner: str, takeover: bool) -> int | Lost | None:
        run = self.runs.get(write.run_id)
        if run is None:
            return LOST
        if (
            run.status != "running"
            or (run.owner != owner and not takeover)
            or write.first_id != run.last + 1
        ):
            if run.owner != owner or run.chunks.get(write.first_id) != write.events:
                return LOST
            if write.begin is None:
                return None
            return dict(self.in_progress(run)).get(write.begin.message_id, LOST)
        run.chunks[write.first_id] = write.events
        run.last += len(write.events)
        messages = self.sessions[run.session_id]
        seq = None
        if write.begin is not None:
            seq = len(messages)
            messages.append(
                Message(write.begin.message_id, "assistant", "", "in_progress", run.run_id)
            )
        if write.finish is not None:
            finished = messages[write.finish.seq]
            finished.content, finished.status = write.finish.content, write.finish.status
        if write.end is not None:
            run.status, run.owner = write.end.status, owner
        return seq

    @precondition(lambda self: self.runs or self.gone)
    @rule(place=PLACE)
    def cancel(self, place: int) -> None:
        run = self.pick([*self.runs.values(), *self.gone[-1:]], place)
        expected: type[PalaverError] | None = None
        if run.session_id not in self.sessions:
            expected = SessionNotFound
        elif run.run_id not in self.runs:
            expected = RunNotFound
        elif run.status != "running":
            expected = RunEnded
        try:
            record = self.store.runs.request_cancel(run.session_id, run.run_id, viewer="ann")
        except PalaverError as error:
            assert type(error) is expected  # noqa: PT017
            return
        assert expected is None
        run.cancel = True
        self.check(run, record)

    @rule(owner=OWNERS)
    def renew(self, owner: str) -> None:
        asked = self.store.runs.renew(owner, in_seconds(30))
        assert sorted(asked) == sorted(
            run.run_id
            for run in self.runs.values()
            if run.owner == owner and run.status == "running" and run.cancel
        )

    @rule(limit=st.integers(1, 4))
    def expire(self, limit: int) -> None:
        while self.store.runs.expire(in_seconds(60), limit):
            pass
        for run in self.runs.values():
            if run.status != "running":
                run.chunks.clear()

    @precondition(lambda self: self.sessions)
    @rule(place=PLACE, content=TEXT)
    def append(self, place: int, content: str) -> None:
        session_id = self.pick(list(self.sessions), place)
        made = self.store.messages.append(session_id, viewer="ann", role="user", content=content)
        messages = self.sessions[session_id]
        assert made.seq == len(messages)
        messages.append(Message(made.message_id, "user", content, "complete", None))

    @precondition(lambda self: len(self.sessions) > 1)
    @rule(place=PLACE)
    def delete(self, place: int) -> None:
        session_id = self.pick(list(self.sessions), place)
        self.store.sessions.delete(session_id, viewer="ann")
        del self.sessions[session_id]
        for run in [each for each in self.runs.values() if each.session_id == session_id]:
            self.gone.append(self.runs.pop(run.run_id))

    @precondition(lambda self: self.runs)
    @rule(place=PLACE, after=st.integers(0, 12), limit=st.integers(1, 5))
    def read(self, place: int, after: int, limit: int) -> None:
        run = self.pick(list(self.runs.values()), place)
        log = self.log(run)
        page = self.store.runs.events(run.run_id, after=after, limit=limit)
        assert page == log[after : after + len(page)]
        assert len(page) >= min(limit, len(log) - after)

    @invariant()
    def everything_is_as_in_the_model(self) -> None:
        for session_id, messages in self.sessions.items():
            page = self.store.messages.history(session_id, viewer="ann", limit=1000, skip=0)
            assert [
                Message(each.message_id, each.role, each.content, each.status, each.run_id)
                for each in page.items
            ] == messages
        for run in self.runs.values():
            self.check(run, self.store.runs.get(run.session_id, run.run_id, viewer="ann"))
            assert self.store.runs.events(run.run_id, after=0, limit=1000) == self.log(run)
            assert self.store.runs.messages_in_progress(run.run_id) == self.in_progress(run)
        for run in self.gone:
            assert self.store.runs.events(run.run_id, after=0, limit=1000) == []
        for owner, other in ("pq", "qp"):
            found = self.store.runs.abandoned(owner=owner, everything=True, limit=1000)
            assert {each.run_id for each in found} == {
                run.run_id
                for run in self.runs.values()
                if run.owner == other and run.status == "running"
            }

    def check(self, run: Run, record: Any) -> None:
        assert (record.run_id, record.session_id, record.status) == (
            run.run_id,
            run.session_id,
            run.status,
        )
        assert (record.last_event_id, record.cancel_requested) == (run.last, run.cancel)
        assert (record.ended_at is None) == (run.status == "running")

    def log(self, run: Run) -> list[tuple[int, bytes]]:
        events = [event for first_id in sorted(run.chunks) for event in run.chunks[first_id]]
        return list(enumerate(events, 1))

    def in_progress(self, run: Run) -> list[tuple[str, int]]:
        return [
            (each.message_id, seq)
            for seq, each in enumerate(self.sessions.get(run.session_id, []))
            if each.run_id == run.run_id and each.status == "in_progress"
        ]

    def running_in(self, session_id: str) -> Run | None:
        for run in self.runs.values():
            if run.session_id == session_id and run.status == "running":
                return run
        return None

    @staticmethod
    def pick(choices: list[Any], place: int) -> Any:
        return choices[place % len(choices)]


def test_runs_behave_like_the_model(store: Store) -> None:
    """The assertions are the machine's."""

    class OnThisStore(Runs):
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
