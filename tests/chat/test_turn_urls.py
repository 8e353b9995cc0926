"""Both URLs of a turn are one operation: the same cases through both, and the answers compared."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest

from tests.chat.turn_client import EVENT_STREAM, Talker

if TYPE_CHECKING:
    from tests.chat.protocol_server import ProtocolServer

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
VARIES = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z|urn:palaver:request:[^\"]+|column \d+")
UNTOLD = {"date", "content-length", "x-request-id", "transfer-encoding", "connection"}
JSON = "application/json"


@dataclass(frozen=True)
class Case:
    """One request, told without its URL."""

    body: Any = field(default_factory=lambda: {"message": "What is the answer?"})
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    content: bytes | None = None
    """What is sent instead of the body as JSON; ``%ID%`` stands for the URL's own properties."""
    on: str = "own"
    """Whose session, or what is with it."""
    times: int = 1
    query: str = ""


TEXT = "What is the answer?"
CASES = {
    "a stream": Case(),
    "a stream by name": Case(headers={"Accept": EVENT_STREAM}),
    "anything": Case(headers={"Accept": "*/*"}),
    "json": Case(headers={"Accept": JSON}),
    "json preferred": Case(headers={"Accept": f"{EVENT_STREAM};q=0.5, {JSON}"}),
    "stream preferred": Case(headers={"Accept": f"{JSON};q=0.5, {EVENT_STREAM}"}),
    "no such type": Case(headers={"Accept": "text/html"}, status=406),
    "types ruled out": Case(headers={"Accept": f"{EVENT_STREAM};q=0, {JSON};q=0"}, status=406),
    "an admin's": Case(on="admin"),
    "of a team": Case(on="team"),
    "without a title": Case(on="untitled"),
    "a failing model": Case({"message": "[[cut]]"}),
    "a failing model as json": Case({"message": "[[cut]]"}, {"Accept": JSON}, 502),
    "a model that refuses": Case({"message": "[[status:401]]"}),
    "no message": Case({}, status=400),
    "null": Case({"message": None}, status=400),
    "empty": Case({"message": ""}, status=400),
    "blank": Case({"message": " \n\t\u2003"}, status=400),
    "a NUL": Case({"message": "a\0b"}, status=400),
    "a lone surrogate": Case(content=rb'{%ID% "message": "\ud800"}', status=400),
    "too long": Case({"message": "x" * 100_001}, status=400),
    "the longest": Case({"message": "ä" * 100_000}),
    "a number": Case({"message": 5}, status=400),
    "a list": Case({"message": ["a"]}, status=400),
    "more properties": Case({"message": TEXT, "role": "user"}, status=400),
    "twice the property": Case(content=b'{%ID% "message": "a", "message": "b"}', status=400),
    "no body": Case(content=b"", status=400),
    "not JSON": Case(content=b'{%ID% "message": ', status=400),
    "NaN": Case(content=b'{%ID% "message": NaN}', status=400),
    "not UTF-8": Case(content=b'{%ID% "message": "\xff"}', status=400),
    "an array": Case(content=b"[]", status=400),
    "too large": Case(content=b'{%ID% "message": "' + b"x" * 3_000_000 + b'"}', status=413),
    "no type": Case(headers={"Content-Type": ""}, status=415),
    "text": Case(headers={"Content-Type": "text/plain"}, status=415),
    "a form": Case(headers={"Content-Type": "application/x-www-form-urlencoded"}, status=415),
    "latin-1": Case(headers={"Content-Type": f"{JSON}; charset=latin-1"}, status=415),
    "upper case": Case(headers={"Content-Type": "APPLICATION/JSON; charset=UTF-8"}),
    "no token": Case(headers={"Authorization": ""}, status=401),
    "a bad token": Case(headers={"Authorization": "Bearer x.y.z"}, status=401),
    "unknown": Case(on="unknown", status=404),
    "a stranger's": Case(on="stranger", status=404),
    "unknown, as json": Case(on="unknown", headers={"Accept": JSON}, status=404),
    "a strange id": Case(on="strange", status=404),
    "busy": Case(on="busy", status=409),
    "busy, as json": Case(on="busy", headers={"Accept": JSON}, status=409),
    "a bad body while busy": Case({"message": ""}, on="busy", status=400),
    "a key": Case(headers={"Idempotency-Key": "%KEY%"}, times=2),
    "a key, as json": Case(headers={"Idempotency-Key": "%KEY%", "Accept": JSON}, times=2),
    "a bad key": Case(headers={"Idempotency-Key": "two words"}, status=400),
    "an unknown parameter": Case(query="?verbose=1", status=400),
}  # fmt: skip


class Conversation:
    """One side of the comparison: fresh sessions and one of the URLs."""

    def __init__(self, talker: Talker, model_server: ProtocolServer, url: str) -> None:
        self.talker = talker
        self.url = url
        self._model_server = model_server
        self._held: list[str] = []
        self._streams: list[Any] = []

    def send(self, case: Case) -> httpx.Response:
        """The answer to the case, the last one where it is sent more than once."""
        talker, server = self.talker, self.talker.server
        session_id = self._session(case.on)
        token = server.token(talker.user, admin=case.on == "admin")
        key = uuid.uuid4().hex
        headers = {"Authorization": f"Bearer {token}", "Content-Type": JSON, **case.headers}
        headers = {name: each.replace("%KEY%", key) for name, each in headers.items() if each}
        in_body = self.url == "/api/chat"
        own = {"session_id": session_id} if in_body else {}
        content = case.content
        if content is None:
            content = json.dumps({**own, **case.body}).encode()
        else:
            spelled = f'"session_id": {json.dumps(session_id)},' if in_body else ""
            content = content.replace(b"%ID%", spelled.encode())
        path = self.url.replace("{session_id}", quote(session_id, safe="")) + case.query
        url = f"http://127.0.0.1:{server.port}{path}"
        for _ in range(case.times):
            answer = httpx.post(url, content=content, headers=headers, timeout=30)
        for held in self._held:
            self._model_server.release(held)
        for stream in self._streams:
            stream.all()
        return answer

    def _session(self, on: str) -> str:
        talker = self.talker
        if on == "unknown":
            return str(uuid.uuid4())
        if on == "strange":
            return "söme/one? #1%2F"
        if on == "untitled":
            return talker.session("")
        if on == "team":
            return talker.team("team", "agent1", "agent2")
        if on == "stranger":
            return Talker(talker.server).session()
        session_id = talker.session()
        if on == "busy":
            self._held.append(uuid.uuid4().hex)
            self._streams.append(talker.say(session_id, f"[[hold:{self._held[0]}]]"))
            self._streams[0].until("message.delta")
        return session_id


def told(answer: httpx.Response) -> list[Any]:
    """The answer with every id replaced by its place among all ids, and without the time."""
    places: dict[str, str] = {}

    def place(match: re.Match[str]) -> str:
        return places.setdefault(match[0], f"<id {len(places)}>")

    headers = {name: each for name, each in answer.headers.items() if name not in UNTOLD}
    lines = [str(answer.status_code), *(f"{name}: {headers[name]}" for name in sorted(headers))]
    text = re.sub(r'"text":"[^"]*"', '"text"', answer.text)
    return VARIES.sub("<varies>", UUID.sub(place, "\n".join([*lines, text]))).split("\n")


def of_both(talker: Talker, model_server: ProtocolServer, case: Case) -> list[httpx.Response]:
    return [
        Conversation(talker, model_server, url).send(case)
        for url in ("/api/chat", "/api/sessions/{session_id}/messages")
    ]


@pytest.mark.parametrize("name", CASES)
def test_both_answer_alike(talker: Talker, model_server: ProtocolServer, name: str) -> None:
    case = CASES[name]
    first, second = of_both(talker, model_server, case)
    assert first.status_code == case.status, first.text
    assert told(first) == told(second)


@pytest.mark.parametrize("accept", [EVENT_STREAM, JSON])
@pytest.mark.parametrize("chat_first", [True, False])
def test_a_key_counts_at_both(talker: Talker, accept: str, chat_first: bool) -> None:
    session_id, key = talker.session(), uuid.uuid4().hex
    headers = {"Idempotency-Key": key, "Accept": accept}
    at_chat = ("/api/chat", {"session_id": session_id, "message": TEXT})
    at_path = (f"/api/sessions/{session_id}/messages", {"message": TEXT})
    urls = [at_chat, at_path] if chat_first else [at_path, at_chat]
    first, again = (talker.call("POST", url, body, headers) for url, body in urls)
    assert (first.status, first.body) == (again.status, again.body)
    for name in ("Location", "X-Run-Id", "X-Message-Id", "Content-Type"):
        assert first.headers[name] == again.headers[name]
    assert len(talker.messages(session_id)) == 2
    url, body = urls[1]
    other = talker.call("POST", url, {**body, "message": "Something else"}, headers)
    assert other.status == 422


def test_both_tell_the_model_the_same(talker: Talker) -> None:
    said = []
    for url in ("/api/chat", "/api/sessions/{session_id}/messages"):
        profile = talker.call("POST", "/api/profiles", {"name": "P", "instructions": "Be brief."})
        body = {"title": "T", "profile_id": profile.json["profile_id"]}
        session_id = talker.call("POST", "/api/sessions", body).json["session_id"]
        for message in ("One [[say:First.]]", "Two [[request]]"):
            own = {"session_id": session_id} if url == "/api/chat" else {}
            answer = talker.call(
                "POST",
                url.replace("{session_id}", session_id),
                {**own, "message": message},
                {"Accept": JSON},
            )
        said.append(answer.json["messages"][0]["content"])
    assert said[0] == said[1]
    assert [each["content"] for each in json.loads(said[0])["messages"]] == [
        "Be brief.",
        "One [[say:First.]]",
        "First.",
        "Two [[request]]",
    ]
