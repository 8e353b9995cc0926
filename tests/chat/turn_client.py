"""A client of turns for tests: streams read event by event, with the bytes that they came as."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import socket
import struct
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from tests.server.conftest import Answer, Server

PATIENCE = 30.0
EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True)
class Event:
    """One event of a stream."""

    number: int
    type: str
    data: dict[str, Any]
    raw: bytes


class Stream:
    """A response that may be a stream of events; read it, or drop it in the middle."""

    def __init__(
        self,
        port: int,
        token: str,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        sent = {"Authorization": f"Bearer {token}", "Accept": EVENT_STREAM, **(headers or {})}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        self._connection.request(method, path, data, sent)
        assert self._connection.sock is not None
        self._socket = self._connection.sock
        self._response = self._connection.getresponse()
        self.status = self._response.status
        self.headers = self._response.headers
        self.comments = 0

    @property
    def run_id(self) -> str:
        """The run that the stream is of."""
        return self.headers["X-Run-Id"]

    @property
    def problem(self) -> dict[str, Any]:
        """The body of an answer that is no stream."""
        found: dict[str, Any] = json.loads(self._response.read())
        return found

    def __iter__(self) -> Iterator[Event]:
        """The events as they come, until the server ends the response."""
        assert self.status == 200, (self.status, self._response.read())
        assert self.headers["Content-Type"] == EVENT_STREAM
        lines: list[bytes] = []
        while line := self._response.readline():
            lines.append(line)
            if line == b"\n":
                if lines[0].startswith(b":"):
                    self.comments += 1
                else:
                    yield parse(b"".join(lines))
                lines = []
        assert lines == []

    def until(self, wanted: str, times: int = 1) -> list[Event]:
        """The events up to one of a type, that one included."""
        seen = []
        for event in self:
            seen.append(event)
            times -= event.type == wanted
            if not times:
                return seen
        raise AssertionError(f"no {wanted} in {seen}")

    def take(self, count: int) -> list[Event]:
        """The next so many events, or what there is."""
        return list(itertools.islice(self, count))

    def all(self) -> list[Event]:
        """All events that are still to come; the stream must end well."""
        events = list(self)
        self.drop()
        return events

    def drop(self) -> None:
        """Go away without a word."""
        with contextlib.suppress(OSError):
            linger = struct.pack("ii", 1, 0)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._response.close()
        self._connection.close()
        self._socket.close()


def parse(raw: bytes) -> Event:
    """An event as the server spells them: id, event, data, and nothing else."""
    number, name, data, *rest = raw.decode().split("\n")
    assert rest == ["", ""]
    assert number.startswith("id: ")
    assert name.startswith("event: ")
    assert data.startswith("data: ")
    event = Event(int(number[4:]), name[7:], json.loads(data[6:]), raw)
    assert event.data["type"] == event.type
    return event


class Talker:
    """One user on one server."""

    def __init__(self, server: Server, user: str = "") -> None:
        self.user = user or f"user-{uuid.uuid4().hex}"
        self.server = server
        self.token = server.token(self.user)
        self._logged = len(server.log)

    def on(self, server: Server) -> Talker:
        """The same user on another server."""
        return Talker(server, self.user)

    @property
    def log(self) -> list[dict[str, Any]]:
        """What the server has logged since this user is here."""
        return self.server.log[self._logged :]

    def call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request on a connection of its own."""
        client = self.server.client(self.user)
        with contextlib.closing(client):
            answer = client.call(method, path, body, headers)
        return replace(answer, headers=httpx.Headers(dict(answer.headers)))

    def session(self, title: str = "A session") -> str:
        """A new session that has a title."""
        answer = self.call("POST", "/api/sessions", {"title": title} if title else {})
        assert answer.status == 201, answer.body
        return str(answer.json["session_id"])

    def team(self, kind: str, *agents: str) -> str:
        """A new session of several agents."""
        answer = self.call("POST", f"/sessions/team/create?session_type={kind}&name=A", [*agents])
        assert answer.status == 201, answer.body
        return str(answer.json["session_id"])

    def agent(self, name: str, instructions: str, **more: str) -> str:
        """A new agent of the catalogue."""
        body = {"name": name, "instructions": instructions, **more}
        answer = self.call("POST", "/api/agents", body)
        assert answer.status == 201, answer.body
        return str(answer.json["agent_id"])

    def say(self, session_id: str, message: str, **headers: str) -> Stream:
        """Start a turn; its stream."""
        body = {"session_id": session_id, "message": message}
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return Stream(self.server.port, self.token, "POST", "/api/chat", body, sent)

    def ask(self, session_id: str, message: str, **headers: str) -> Answer:
        """Start a turn and wait for it; its messages as JSON."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call(
            "POST",
            "/api/chat",
            {"session_id": session_id, "message": message},
            {"Accept": "application/json", **sent},
        )

    def follow(self, session_id: str, run_id: str, after: object = None) -> Stream:
        """Resume a stream."""
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        path = f"/api/sessions/{session_id}/runs/{run_id}/events"
        return Stream(self.server.port, self.token, "GET", path, None, headers)

    def run(self, session_id: str, run_id: str) -> dict[str, Any]:
        """The state of a run."""
        answer = self.call("GET", f"/api/sessions/{session_id}/runs/{run_id}")
        assert answer.status == 200, answer.body
        found: dict[str, Any] = answer.json
        return found

    def cancel(self, session_id: str, run_id: str) -> Answer:
        """Ask for the end of a run."""
        return self.call("POST", f"/api/sessions/{session_id}/runs/{run_id}/cancel")

    def messages(self, session_id: str) -> list[dict[str, Any]]:
        """All messages of a session."""
        answer = self.call("GET", f"/api/sessions/{session_id}/messages")
        assert answer.status == 200, answer.body
        return list(answer.json["messages"])


def text_of(events: list[Event], message_id: str = "") -> str:
    """What the deltas of a message, or of all, say together."""
    return "".join(
        event.data["text"]
        for event in events
        if event.type == "message.delta" and message_id in ("", event.data["message_id"])
    )


def types_of(events: list[Event]) -> list[str]:
    """The types in order, the deltas of one message as one."""
    types = [event.type for event in events]
    return [
        name
        for place, name in enumerate(types)
        if name != "message.delta" or types[place - 1 : place] != ["message.delta"]
    ]


def check_numbers(events: list[Event], first: int = 1) -> None:
    """Ids count up without gaps, and ``done`` comes last and once."""
    assert [event.number for event in events] == list(range(first, first + len(events)))
    assert [event.type for event in events].index("done") == len(events) - 1
