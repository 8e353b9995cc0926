"""Event streams: what is on the wire, what is withheld, clients that leave, read slowly, or wait.

The tests with raw sockets against a real server are in ``test_runtime_events_wire.py``.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from palaver.contract import events
from palaver.contract.document import ContractError
from palaver.contract.faults import ContractBreach
from palaver.contract.reply import EventStream, Reply
from palaver.errors import SessionNotFound, StoreUnavailable
from tests.contract.conftest import scope_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message

    from tests.contract.conftest import Client, Mini, Tree

STREAM = "text/event-stream"
PATIENCE = 30.0

Batch = Sequence[tuple[int, bytes]]


def member(name: str, **properties: Tree) -> Tree:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["type", *properties],
        "properties": {"type": {"type": "string", "enum": [name]}, **properties},
    }


EVENT: Tree = {
    "oneOf": [member("word", text={"type": "string", "maxLength": 100_000}), member("done")]
}


def answer(*media: tuple[str, Tree], **headers: Tree) -> Tree:
    """A documented 200."""
    return {
        "description": "Events.",
        "headers": {name.replace("_", "-"): each for name, each in headers.items()},
        "content": {name: {"schema": schema} for name, schema in media or ((STREAM, EVENT),)},
    }


def word(number: int, text: str = "a") -> tuple[int, bytes]:
    return number, json.dumps({"type": "word", "text": text}, separators=(",", ":")).encode()


def spelled(number: int, text: str = "a") -> bytes:
    return b'id: %d\nevent: word\ndata: {"type":"word","text":"%b"}\n\n' % (number, text.encode())


DONE = b'{"type":"done"}'


class Hold:
    """Keeps a source from going on: ``reached`` when it is there, until ``go_on``."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.go_on = asyncio.Event()


class Source:
    """An ``EventSource`` with a script: batches, errors to raise, and holds."""

    def __init__(self, *script: Batch | Exception | Hold) -> None:
        self.script = list(script)
        self.patience: list[float] = []
        self.closed = asyncio.Event()

    async def read(self, patience: float) -> Batch | None:
        self.patience.append(patience)
        while not self.closed.is_set() and self.script:
            step = self.script[0]
            if isinstance(step, Exception):
                self.script.pop(0)
                raise step
            if not isinstance(step, Hold):
                self.script.pop(0)
                return step
            step.reached.set()
            waits = [asyncio.ensure_future(each.wait()) for each in (step.go_on, self.closed)]
            try:
                done, _ = await asyncio.wait(
                    waits, timeout=patience, return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                for each in waits:
                    each.cancel()
            if not done:
                return ()
            if step.go_on.is_set():
                self.script.pop(0)
        return None

    def close(self) -> None:
        self.closed.set()


class Wire:
    """The other side of one request to an application: it can hang up, and it can read slowly."""

    def __init__(self, app: ASGIApp, method: str = "GET", **headers: bytes) -> None:
        raw = [(name.replace("_", "-").encode(), value) for name, value in headers.items()]
        self._scope = scope_of(method, b"/a", headers=raw)
        self._app = app
        self._hung_up = asyncio.Event()
        self._asked = False
        self.sent: list[Message] = []
        self.changed = asyncio.Condition()
        self.takes = asyncio.Event()
        self.takes.set()

    async def __aenter__(self) -> Wire:
        self._task = asyncio.ensure_future(self._app(self._scope, self._receive, self._send))
        return self

    async def __aexit__(self, *exc: object) -> None:
        if not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def end(self) -> None:
        """Wait until the application has nothing more to do; raises what it raised."""
        async with asyncio.timeout(PATIENCE):
            await self._task

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE), self.changed:
            await self.changed.wait_for(holds)

    def hang_up(self) -> None:
        self._hung_up.set()

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"]) if self.sent else 0

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.sent[1:])

    @property
    def is_complete(self) -> bool:
        return len(self.sent) > 1 and not self.sent[-1].get("more_body", False)

    async def _receive(self) -> Message:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._hung_up.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        await self.takes.wait()
        self.sent.append(message)
        async with self.changed:
            self.changed.notify_all()


def stream_of(mini: Mini, source: Any, **options: Any) -> Client:
    """An application with one operation that streams a source, or what a function gives."""

    async def one(*, backend: Any) -> Any:
        return source() if callable(source) else EventStream(source)

    operation = mini.op("one")
    operation["responses"] = {"200": options.get("response") or answer()}
    return mini.client({"/a": {"get": operation}}, {"one": one})


def run(work: Awaitable[None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(2 * PATIENCE):
            await work
            # What was cancelled is over after a turn of the loop; anything else was forgotten.
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(bounded())


@pytest.mark.parametrize(
    ("script", "body"),
    [
        ([], b""),
        ([[word(1)]], spelled(1)),
        ([[word(1), word(2, "b")], [word(3)]], spelled(1) + spelled(2, "b") + spelled(3)),
        ([[word(7)], [(8, DONE)]], spelled(7) + b"id: 8\nevent: done\ndata: %b\n\n" % DONE),
        ([[word(2_147_483_647)]], spelled(2_147_483_647)),
        ([[word(1, "a\nb\r\u2028")]], spelled(1, "a\\nb\\r\\u2028")),
        ([[(1, '{"type":"word","text":"é\u2028🦜"}'.encode())]], spelled(1, "é\u2028🦜")),
    ],
)
def test_events_are_spelled_one_by_one(mini: Mini, script: list[Batch], body: bytes) -> None:
    response = stream_of(mini, Source(*script)).raw(path=b"/a")
    assert (response.status, response.body, response.complete) == (200, body, True)
    assert response.header(b"content-type") == b"text/event-stream"
    assert response.header(b"content-length") is None
    assert response.header(b"x-request-id")


@pytest.mark.parametrize("space", [b"\n", b"\r\n", b"\r", b"\n\n  "])
def test_no_line_break_of_the_data_ends_an_event(mini: Mini, space: bytes) -> None:
    data = b'{%b"type":"word",%b"text":"a"%b}' % (space, space, space)
    body = stream_of(mini, Source([(1, data)])).raw(path=b"/a").body
    lines = body.decode().splitlines()
    assert lines[:2] == ["id: 1", "event: word"]
    assert lines[3:] == [""]
    assert json.loads(lines[2].removeprefix("data: ")) == {"type": "word", "text": "a"}


BAD: dict[str, bytes] = {
    "no JSON": b"{",
    "not UTF-8": b'{"type":"word","text":"\xff"}',
    "another type": b'{"type":"wave"}',
    "no type": b'{"text":"a"}',
    "no object": b"[]",
    "a property too many": b'{"type":"done","at":1}',
    "a property too few": b'{"type":"word"}',
    "a secret value": b'{"type":"word","text":12345}',
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("is_later", [False, True])
def test_a_bad_event_cuts_the_stream_after_the_good_ones(
    mini: Mini, case: str, is_later: bool, caplog: pytest.LogCaptureFixture
) -> None:
    batch = [(3, BAD[case]), word(4)]
    script: list[Any] = [[word(1), word(2)], batch] if is_later else [[word(1), word(2), *batch]]
    source = Source(*script)

    async def work() -> None:
        async with Wire(stream_of(mini, source).app) as wire:
            with pytest.raises(ContractBreach):
                await wire.end()
        assert wire.body == spelled(1) + spelled(2)
        assert not wire.is_complete
        assert source.closed.is_set()

    run(work())
    (record,) = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert record.getMessage().startswith("response withheld: ")
    assert "12345" not in record.getMessage()
    assert getattr(record, "operation", None) == "one"


@pytest.mark.parametrize("case", BAD)
def test_a_bad_event_at_the_start_is_a_500(
    mini: Mini, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    source = Source([(1, BAD[case]), word(2)])
    response = stream_of(mini, source).get("/a")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert [record.exc_info for record in caplog.records] == [None]
    assert source.closed.is_set()


@pytest.mark.parametrize("name", ["a\nid: 9", "a\r", "\x85", 5, None])
def test_only_a_type_that_fits_a_line_names_an_event(mini: Mini, name: Any) -> None:
    # A contract whose rules were not checked may allow any type.
    source = Source([(1, json.dumps({"type": name}).encode())])
    response = stream_of(mini, source, response=answer((STREAM, {"type": "object"}))).get("/a")
    assert response.status_code == 500


def test_silence_is_broken_by_a_comment(mini: Mini, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.001)

    async def work() -> None:
        hold = Hold()
        source = Source([word(1)], hold, [word(2)])
        async with Wire(stream_of(mini, source).app) as wire:
            await wire.until(lambda: wire.body.count(b":\n\n") == 3)
            hold.go_on.set()
            await wire.end()
        assert wire.body.startswith(spelled(1) + b":\n\n:\n\n:\n\n")
        assert wire.body.endswith(b":\n\n" + spelled(2))
        assert wire.body.replace(b":\n\n", b"") == spelled(1) + spelled(2)
        assert set(source.patience) == {0.0, 0.001}

    run(work())


def test_patience_is_that_of_the_contract(mini: Mini) -> None:
    source = Source([word(1)], [word(2)])
    stream_of(mini, source).raw(path=b"/a")
    assert source.patience == [0.0, 15.0, 15.0]


def test_the_head_is_out_before_the_first_event(mini: Mini) -> None:
    async def work() -> None:
        hold = Hold()
        async with Wire(stream_of(mini, Source(hold, [word(1)])).app) as wire:
            await wire.until(lambda: wire.status == 200)
            assert wire.body == b""
            hold.go_on.set()
            await wire.end()
        assert (wire.body, wire.is_complete) == (spelled(1), True)

    run(work())


def test_a_client_that_leaves_closes_its_source_and_nothing_else(
    mini: Mini, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        holds = [Hold(), Hold()]
        sources = [Source([word(1)], hold, [word(2)]) for hold in holds]
        waiting = list(sources)
        app = stream_of(mini, lambda: EventStream(waiting.pop(0))).app
        async with Wire(app) as leaves, Wire(app) as stays:
            await leaves.until(lambda: leaves.body == spelled(1))
            await stays.until(lambda: stays.body == spelled(1))
            await holds[0].reached.wait()
            leaves.hang_up()
            await leaves.end()
            assert sources[0].closed.is_set()
            assert not sources[1].closed.is_set()
            holds[1].go_on.set()
            await stays.end()
        assert (leaves.body, leaves.is_complete) == (spelled(1), False)
        assert (stays.body, stays.is_complete) == (spelled(1) + spelled(2), True)

    run(work())
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_a_client_that_has_left_already_gets_nothing(mini: Mini) -> None:
    async def work() -> None:
        source = Source([word(1)], Hold())
        wire = Wire(stream_of(mini, source).app)
        wire.hang_up()
        async with wire:
            await wire.end()
        assert not wire.is_complete
        assert source.closed.is_set()

    run(work())


def test_a_request_that_is_cancelled_closes_its_source(mini: Mini) -> None:
    async def work() -> None:
        hold = Hold()
        source = Source(hold)
        async with Wire(stream_of(mini, source).app):
            await hold.reached.wait()
        assert source.closed.is_set()

    run(work())


def test_head_has_the_headers_and_reads_nothing(mini: Mini) -> None:
    def client(source: Source) -> Client:
        reply = Reply(EventStream(source), headers={"X-A": "b"})
        return stream_of(mini, lambda: reply)

    source = Source([word(1)])
    head, get = client(source).raw("HEAD", b"/a"), client(Source()).raw("GET", b"/a")
    assert (head.status, head.body, head.complete) == (200, b"", True)
    names = [(name, value) for name, value in get.headers if name != b"x-request-id"]
    assert [(name, value) for name, value in head.headers if name != b"x-request-id"] == names
    assert (source.patience, source.closed.is_set()) == ([], True)


WRONG: dict[str, Callable[[Source], Any]] = {
    "a header is missing": lambda source: Reply(EventStream(source)),
    "a header's value": lambda source: Reply(EventStream(source), headers={"X-N": "many"}),
    "a header of the runtime": lambda source: Reply(
        EventStream(source), headers={"X-N": "1", "Content-Type": "text/plain"}
    ),
    "a line break": lambda source: Reply(
        EventStream(source), headers={"X-N": "1", "X-M": "a\r\nb: c"}
    ),
    "an undocumented status": lambda source: Reply(EventStream(source), status=202),
}


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_headers_are_checked_before_anything_is_read(mini: Mini, case: str, method: str) -> None:
    source = Source([word(1)])
    response = answer(X_N={"required": True, "schema": {"type": "integer"}})
    found = stream_of(mini, lambda: WRONG[case](source), response=response).request(method, "/a")
    assert found.status_code == 500
    assert (source.patience, source.closed.is_set()) == ([], True)


@pytest.mark.parametrize(
    "response",
    [
        answer(("application/json", {"type": "object"})),
        answer(("text/plain", {"type": "string"})),
        {"description": "Nothing."},
    ],
)
def test_a_stream_that_the_contract_does_not_have_is_a_500(mini: Mini, response: Tree) -> None:
    source = Source([word(1)])
    assert stream_of(mini, source, response=response).get("/a").status_code == 500
    assert (source.patience, source.closed.is_set()) == ([], True)


@pytest.mark.parametrize(
    ("error", "status"),
    [(SessionNotFound(), 404), (StoreUnavailable(), 503), (RuntimeError("gone"), 500)],
)
def test_an_error_before_the_first_event_is_an_ordinary_answer(
    mini: Mini, error: Exception, status: int
) -> None:
    def refuse() -> Any:
        raise error

    source = Source(error)
    for client in (stream_of(mini, refuse), stream_of(mini, source)):
        response = client.get("/a", headers={"Accept": STREAM})
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["status"] == status
    assert source.closed.is_set()


@pytest.mark.parametrize("error", [SessionNotFound(), StoreUnavailable(), RuntimeError("gone")])
def test_a_later_error_cuts_the_stream(mini: Mini, error: Exception) -> None:
    source = Source([word(1)], error)

    async def work() -> None:
        async with Wire(stream_of(mini, source).app) as wire:
            with pytest.raises(type(error)):
                await wire.end()
        assert (wire.body, wire.is_complete) == (spelled(1), False)
        assert source.closed.is_set()

    run(work())


CHOICE = answer((STREAM, EVENT), ("application/json", {"type": "object"}))


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, STREAM),
        ("*/*", STREAM),
        ("", STREAM),
        ("text/event-stream", STREAM),
        ("application/json", "application/json"),
        ("application/*", "application/json"),
        ("text/*;q=0.5, application/json;q=0.4", STREAM),
        ("text/*;q=0.4, application/json;q=0.5", "application/json"),
        ("text/event-stream;q=0, */*", "application/json"),
        ("application/json, text/event-stream", STREAM),
        ("application/json, text/event-stream;q=0.9", "application/json"),
        ("text/html, */*;q=0.1", STREAM),
        ("APPLICATION/JSON", "application/json"),
    ],
)
def test_accept_decides_between_two_media_types(
    mini: Mini, accept: str | None, media_type: str
) -> None:
    asked: list[str] = []

    async def one(*, backend: Any, media_type: str) -> Any:
        asked.append(media_type)
        if media_type == STREAM:
            return EventStream(Source([word(1)]))
        return Reply({"words": 1}, media_type=media_type)

    operation = mini.op("one", responses={"200": CHOICE})
    client = mini.client({"/a": {"get": operation}}, {"one": one})
    headers = [] if accept is None else [(b"accept", accept.encode())]
    response = client.raw(path=b"/a", headers=headers)
    assert asked == [media_type]
    assert (response.status, response.header(b"content-type")) == (200, media_type.encode())
    assert response.body == (spelled(1) if media_type == STREAM else b'{"words":1}')
    refused = client.get("/a", headers={"Accept": "text/html"})
    assert refused.status_code == 406
    assert "text/event-stream, application/json" in refused.json()["detail"]


def test_of_two_media_types_a_body_names_its_own(mini: Mini) -> None:
    async def one(*, backend: Any, media_type: str) -> Any:
        return {"words": 1}

    operation = mini.op("one", responses={"200": CHOICE})
    client = mini.client({"/a": {"get": operation}}, {"one": one})
    assert client.get("/a", headers={"Accept": "application/json"}).status_code == 500


@pytest.mark.parametrize("response", [CHOICE, answer()])
def test_a_handler_is_asked_for_a_media_type_where_there_is_a_choice(
    mini: Mini, response: Tree
) -> None:
    async def asks(*, backend: Any, media_type: str) -> Any: ...

    async def does_not(*, backend: Any) -> Any: ...

    right, wrong = (asks, does_not) if response is CHOICE else (does_not, asks)
    paths = {"/a": {"get": mini.op("one", responses={"200": response})}}
    mini.app(paths, {"one": right})
    with pytest.raises(ContractError, match="media_type"):
        mini.app(paths, {"one": wrong})


def test_a_slow_reader_is_waited_for(mini: Mini) -> None:
    """Nothing is read ahead of a client that does not take what is there."""

    async def work() -> None:
        source = Source(*([word(number)] for number in range(1, 100)))
        async with Wire(stream_of(mini, source).app) as wire:
            await wire.until(lambda: wire.body != b"")
            wire.takes.clear()
            before = len(source.script)
            for _ in range(1000):
                await asyncio.sleep(0)
            assert before - len(source.script) <= 1
            wire.takes.set()
            await wire.end()
        assert wire.body == b"".join(spelled(number) for number in range(1, 100))

    run(work())


def test_a_client_that_catches_up_gets_it_in_pieces(mini: Mini) -> None:
    text = "x" * 1000
    batch = [word(number, text) for number in range(1, 2001)]

    async def work() -> None:
        source = Source(batch)
        async with Wire(stream_of(mini, source).app) as wire:
            await wire.end()
        sizes = [len(message["body"]) for message in wire.sent[1:]]
        assert max(sizes) < events.BODY_BYTES + len(spelled(2000, text))
        assert min(sizes[:-2]) >= events.BODY_BYTES
        assert wire.body == b"".join(spelled(number, text) for number, _ in batch)

    run(work())


def test_a_client_that_leaves_while_it_catches_up_is_let_go(mini: Mini) -> None:
    async def work() -> None:
        batch = [word(number, "x" * 1000) for number in range(1, 2001)]
        source = Source(batch, Hold())
        async with Wire(stream_of(mini, source).app) as wire:
            await wire.until(lambda: wire.body != b"")
            wire.hang_up()
            await wire.end()
        assert len(wire.sent) < 10
        assert source.closed.is_set()

    run(work())


@pytest.fixture(autouse=True)
def no_task_is_left(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert [each for each in caplog.records if "never retrieved" in each.getMessage()] == []
