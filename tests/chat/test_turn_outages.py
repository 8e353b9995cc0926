"""Databases that fail while turns run: streams wait, and no event is lost or comes twice."""

from __future__ import annotations

import contextlib
import http.client
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.chat.protocol_scripts import ANSWER
from tests.chat.turn_client import Event, Talker, check_numbers, text_of, types_of

if TYPE_CHECKING:
    from tests.chat.conftest import Start
    from tests.chat.protocol_server import ProtocolServer

LOCK_SECONDS = 5
"""How long the store waits for a lock."""


@pytest.mark.only_store("sqlite")
def test_a_database_that_somebody_else_locks(
    start: Start, store_url: str, model_server: ProtocolServer
) -> None:
    talker = Talker(start())
    talker.server.tracebacks_expected = True
    sessions = [talker.session() for _ in range(10)]
    key = uuid.uuid4().hex
    # One begins its message under the lock, one gets its title, the others are in the middle.
    team, untitled = talker.team("team", "agent-x", "agent-y"), talker.session("")
    quiet = talker.session()
    streams = [talker.say(each, "[[slow:40,0.02]]") for each in sessions]
    streams += [talker.say(each, f"[[hold:{key}]]") for each in (team, untitled)]
    heads = [stream.until("message.delta") for stream in streams]
    lock = sqlite3.connect(store_url.removeprefix("sqlite:///"), isolation_level=None, timeout=30)
    with contextlib.closing(lock), ThreadPoolExecutor(len(streams)) as pool:
        lock.execute("BEGIN IMMEDIATE")
        since = time.monotonic()
        rests = [pool.submit(stream.all) for stream in streams]
        model_server.release(key)
        # Nothing new can begin; what there is can be read.
        refused = talker.ask(quiet, "Hello")
        assert (refused.status, refused.json["title"]) == (
            503,
            "The server cannot work at the moment.",
        )
        assert "Retry-After" in refused.headers
        assert talker.run(team, streams[-2].run_id)["status"] == "running"
        time.sleep(max(0.0, since + LOCK_SECONDS + 0.7 - time.monotonic()))
        lock.execute("ROLLBACK")
        whole = [head + rest.result() for head, rest in zip(heads, rests, strict=True)]
    words = " ".join(f"w{number}" for number in range(40))
    for session_id, events in zip(sessions, whole, strict=False):
        check_whole(talker, session_id, events, words)
    check_whole(talker, team, whole[-2], f"{ANSWER}{ANSWER}")
    check_whole(talker, untitled, whole[-1], ANSWER)
    assert talker.messages(quiet) == []
    assert types_of(whole[-1])[-2:] == ["session.titled", "done"]


def check_whole(talker: Talker, session_id: str, events: list[Event], text: str) -> None:
    check_numbers(events)
    assert text_of(events) == text
    logged = talker.follow(session_id, events[0].data["run_id"]).all()
    assert [each.raw for each in logged] == [each.raw for each in events]
    answers = talker.messages(session_id)[1:]
    assert {each["status"] for each in answers} == {"complete"}
    assert "".join(each["content"] for each in answers) == text


def follow_to_the_end(talker: Talker, session_id: str, run_id: str) -> list[Event]:
    """As a client does that resumes whenever its stream breaks."""
    seen: list[Event] = []
    for _ in range(500):
        stream = talker.follow(session_id, run_id, len(seen))
        if stream.status != 200:
            assert stream.status == 503
            continue
        with contextlib.suppress(OSError, http.client.HTTPException):
            for event in stream:
                seen.append(event)
        stream.drop()
        if seen and seen[-1].type == "done":
            return seen
    raise AssertionError("the stream never ended")


@pytest.mark.only_store("postgres")
def test_connections_that_are_cut(
    start: Start, query: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    servers = [start(), start()]
    for server in servers:
        server.tracebacks_expected = True
    talker = Talker(servers[0])
    other = talker.on(servers[1])
    sessions = [talker.team("team", "a", "b") for _ in range(10)]
    sessions += [talker.session("") for _ in range(10)]
    streams = [talker.say(each, "[[slow:40,0.02]]") for each in sessions]
    for stream in streams:
        assert stream.status == 200
    has_ended = threading.Event()

    def cut() -> int:
        rounds = 0
        while not has_ended.wait(0.03):
            query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            rounds += 1
        return rounds

    with ThreadPoolExecutor(len(streams) * 2 + 1) as pool:
        cutting = pool.submit(cut)
        reading = [pool.submit(stream.all) for stream in streams]
        following = [
            pool.submit(follow_to_the_end, other, session_id, stream.run_id)
            for session_id, stream in zip(sessions, streams, strict=True)
        ]
        # Long enough for the words of the first agents; the others speak in peace.
        threading.Event().wait(1.2)
        has_ended.set()
        assert cutting.result() > 10
        whole = [each.result() for each in reading]
        followed = [each.result() for each in following]
    words = " ".join(f"w{number}" for number in range(40))
    for place, (session_id, events) in enumerate(zip(sessions, whole, strict=True)):
        check_whole(talker, session_id, events, words * 2 if place < 10 else words)
        assert [each.raw for each in followed[place]] == [each.raw for each in events]
        assert ("session.titled" in types_of(events)) == (place >= 10)
