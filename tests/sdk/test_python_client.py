"""What the cases cannot say of the Python client: its shape, options, and servers of tomorrow."""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_type_hints

import httpx2
import pytest

import palaver_client
from palaver.contract.document import Document
from palaver_client import AsyncPalaver, Palaver, models
from palaver_client._contract import Operation
from palaver_client.generated import operations
from palaver_client.generated.async_operations import AsyncLists, AsyncOperations
from palaver_client.generated.sync_operations import SyncLists, SyncOperations
from tests.sdk.conftest import ROOT, Live

URL = "http://palaver.test"
Answer = Callable[[httpx2.Request], httpx2.Response]


@pytest.fixture(scope="module")
def contract() -> Document:
    return Document.load(ROOT / "openapi.yaml")


def client_of(answer: Answer, **given: Any) -> Palaver:
    """A client of a server that is a function."""
    transport = httpx2.Client(transport=httpx2.MockTransport(answer))
    return Palaver(URL, http_client=transport, **given)


def methods(kind: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if name[0] != "_"}


@pytest.mark.parametrize("kind", [SyncOperations, AsyncOperations])
def test_every_operation_has_exactly_one_method(kind: type, contract: Document) -> None:
    assert methods(kind) == {each.operation_id for each in contract.operations}
    described = {each.name for each in vars(operations).values() if isinstance(each, Operation)}
    assert described == methods(kind)


@pytest.mark.parametrize("kind", [SyncLists, AsyncLists])
def test_every_list_with_pages_has_exactly_one_iterator(kind: type, contract: Document) -> None:
    paged = {
        each.operation_id
        for each in contract.operations
        if "x-list" in each.raw
        and {"cursor", "skip"} & {parameter.name for parameter in each.parameters}
    }
    assert methods(kind) == paged != set()


def test_no_method_of_the_clients_hides_an_operation() -> None:
    for kind, base in ((Palaver, SyncOperations), (AsyncPalaver, AsyncOperations)):
        assert set(vars(kind)) & methods(base) == set()


def test_arguments_are_those_of_the_contract(contract: Document) -> None:
    for operation in contract.operations:
        described = getattr(operations, operation.operation_id.upper())
        assert (described.method, described.path) == (operation.method.upper(), operation.path)
        names = {(each.name, each.location) for each in described.parameters}
        assert names == {(each.name, each.location) for each in operation.parameters}
        signature = inspect.signature(getattr(Palaver, operation.operation_id))
        needed = {each.argument for each in described.parameters}
        if described.body is not None:
            needed |= set(described.body.fields) or {described.body.argument}
        own = {"self", "stream", "accept", "on_progress"}
        assert set(signature.parameters) - own == needed


def test_every_documented_refusal_has_a_class_of_its_own(contract: Document) -> None:
    statuses = {
        int(status)
        for operation in contract.operations
        for status in operation.responses
        if int(status) >= 400
    }
    # What every operation may answer with, as the contract's introduction says.
    statuses |= {405, 408, 500}
    assert statuses <= set(palaver_client.STATUS_ERRORS)
    classes = list(palaver_client.STATUS_ERRORS.values())
    assert len(set(classes)) == len(classes)
    for each in classes:
        assert getattr(palaver_client, each.__name__) is each


def test_all_that_is_exported_is_there() -> None:
    assert len(set(palaver_client.__all__)) == len(palaver_client.__all__)
    assert all(hasattr(palaver_client, name) for name in palaver_client.__all__)


def session(**changed: Any) -> dict[str, Any]:
    moment = "2026-01-15T10:30:00Z"
    return {
        "session_id": "s", "title": "T", "created_by": "me", "visibility": "private",
        "session_type": "standalone", "profile_id": None, "profile_name": None,
        "created_at": moment, "updated_at": moment, "last_activity": moment, "message_count": 0,
        **changed,
    }  # fmt: skip


def test_moments_are_moments_with_their_zone() -> None:
    client = client_of(lambda _: httpx2.Response(200, json=session()))
    found = client.get_session("s").created_at
    assert found == datetime(2026, 1, 15, 10, 30, tzinfo=UTC)


def test_a_newer_server_may_say_more() -> None:
    newer = session(visibility="shared", session_type="team-of-teams", colour="red")
    client = client_of(lambda _: httpx2.Response(200, json=newer))
    found = client.get_session("s")
    assert (found.visibility, found.session_type) == ("shared", "team-of-teams")
    assert "colour" not in found.model_dump()


def test_an_answer_that_lacks_something_is_no_answer() -> None:
    answer = session()
    del answer["title"]
    response = httpx2.Response(200, json=answer, headers={"X-Request-Id": "r"})
    with pytest.raises(palaver_client.InvalidResponseError, match=r"title.*request r"):
        client_of(lambda _: response).get_session("s")


def event_bytes(number: int, **members: Any) -> str:
    return f"id: {number}\ndata: {json.dumps(members)}\n\n"


def test_events_of_tomorrow_are_passed_over() -> None:
    stream = (
        ": hello\n\n"
        + event_bytes(1, type="session.titled", title="T")
        + event_bytes(2, type="weather.changed", to="rain")
        + event_bytes(3, type="session.titled", title="U", colour="red")
        + event_bytes(4, type="done")
        + event_bytes(5, type="session.titled", title="after the end")
    )
    headers = {"Content-Type": "text/event-stream; charset=utf-8"}
    client = client_of(lambda _: httpx2.Response(200, text=stream, headers=headers))
    with client.stream_run_events("s", "r") as events:
        found = list(events)
        assert events.last_event_id == 4
        assert events.run_id == "r"
    assert [each.type for each in found] == ["session.titled", "session.titled", "done"]
    assert isinstance(found[0], models.SessionTitled)


@pytest.mark.parametrize(
    "body", ["id: 1\ndata: {nonsense\n\n", 'id: 1\ndata: {"type": "message.delta"}\n\n']
)
def test_an_event_that_is_none(body: str) -> None:
    headers = {"Content-Type": "text/event-stream"}
    client = client_of(lambda _: httpx2.Response(200, text=body, headers=headers))
    with pytest.raises(palaver_client.InvalidResponseError):
        next(client.stream_run_events("s", "r"))


def test_a_stream_that_never_gets_further_ends() -> None:
    asked: list[str | None] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.headers.get("last-event-id"))
        headers = {"Content-Type": "text/event-stream"}
        text = event_bytes(1, type="session.titled", title="T")
        return httpx2.Response(200, text=text, headers=headers)

    stream = client_of(answer, max_reconnects=1).stream_run_events("s", "r")
    assert next(stream).type == "session.titled"
    with pytest.raises(palaver_client.StreamInterruptedError, match="again and again"):
        next(stream)
    # The first reconnection got nothing new, and so did the one more that was allowed.
    assert asked == [None, "1", "1"]


def test_a_stream_that_is_not_one() -> None:
    client = client_of(lambda _: httpx2.Response(200, json={}))
    with pytest.raises(palaver_client.InvalidResponseError, match="stream"):
        next(client.stream_run_events("s", "r"))


def test_what_is_left_out_is_not_sent() -> None:
    sent: list[Any] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        sent.append(json.loads(request.content) if request.content else None)
        return httpx2.Response(201, json=session())

    client = client_of(answer)
    client.create_session()
    client.create_session(title=None)
    client.create_session(title="T", profile_id=palaver_client.OMIT)
    assert sent == [None, {"title": None}, {"title": "T"}]


def test_a_long_retry_after_is_for_the_caller_to_decide() -> None:
    requests: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        return httpx2.Response(503, headers={"Retry-After": "3600"})

    with pytest.raises(palaver_client.ServiceUnavailableError):
        client_of(answer).check_health()
    assert len(requests) == 1


@pytest.mark.parametrize("value", ["-1", "soon", "", "9" * 30, "Wed, 99 Foo 2026"])
def test_a_retry_after_that_says_nothing(value: str) -> None:
    answers = [
        httpx2.Response(503, headers={"Retry-After": value}),
        httpx2.Response(200, json={"status": "ok"}),
    ]
    assert client_of(lambda _: answers.pop(0)).check_health().status == "ok"


def test_a_token_may_be_asked_for_each_time() -> None:
    tokens, seen = iter(["one", "two", "three"]), list[str]()

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.headers["authorization"])
        if len(seen) == 1:
            return httpx2.Response(503, headers={"Retry-After": "0"})
        return httpx2.Response(200, json=session())

    client_of(answer, token=lambda: next(tokens)).get_session("s")
    assert seen == ["Bearer one", "Bearer two"]

    async def later() -> str:
        return next(tokens)

    async def work() -> None:
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
        await AsyncPalaver(URL, http_client=http, token=later).get_session("s")

    asyncio.run(work())
    assert seen[2:] == ["Bearer three"]


def test_options_are_for_the_client_that_has_them() -> None:
    seen: list[dict[str, str]] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(dict(request.headers))
        return httpx2.Response(200, json={"status": "ok"})

    client, responses = client_of(answer), list[httpx2.Response]()
    other = client.with_options(headers={"X-Request-Id": "mine"}, on_response=responses.append)
    other.check_health()
    client.check_health()
    assert seen[0]["x-request-id"] == "mine"
    assert "x-request-id" not in seen[1]
    assert seen[0]["user-agent"] == f"palaver-client-python/{palaver_client.__version__}"
    assert [each.json() for each in responses] == [{"status": "ok"}]
    with pytest.raises(ValueError, match="timeout"):
        client.with_options(timeout=0)
    with pytest.raises(ValueError, match="0 or more"):
        client.with_options(max_retries=-1)


def test_a_client_of_ones_own_stays_open(live: Live) -> None:
    http = httpx2.Client()
    with Palaver(live.url, http_client=http) as client:
        assert client.check_health().status == "ok"
    assert not http.is_closed
    http.close()


@pytest.mark.parametrize(
    "url", ["", "palaver.test", "ftp://x", "http://", "http://a b", "http://a?b"]
)
def test_what_is_no_server(url: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        Palaver(url)
    with pytest.raises(ValueError, match="base_url"):
        AsyncPalaver(url)


def test_a_server_below_a_path_and_its_password() -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={"status": "ok"})

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    Palaver(f"{URL}/below/", http_client=http, password="p").check_health()
    assert str(seen[0].url) == f"{URL}/below/healthz"
    # The operation takes no credential, so it gets none.
    assert "authorization" not in seen[0].headers
    assert base64.b64encode(b"palaver:p").decode() not in str(seen[0].headers)
    with pytest.raises(ValueError, match="colon"):
        Palaver(URL, username="a:b", password="p")


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (
            {"type": "urn:palaver:problem:session-busy", "title": "Busy.", "run_id": "r"},
            "session_busy",
            "Busy.",
        ),
        (
            {"message": "Session not found", "error": "session_not_found"},
            "session_not_found",
            "Session not found",
        ),
        ({"error": "Session not found."}, None, "Session not found."),
        ([1], None, "Conflict"),
        ({"title": 3, "errors": "x"}, None, "Conflict"),
    ],
)
def test_the_shapes_of_errors(body: Any, code: str | None, message: str) -> None:
    client = client_of(lambda _: httpx2.Response(409, json=body))
    with pytest.raises(palaver_client.ConflictError) as caught:
        client.get_session("s")
    assert (caught.value.code, caught.value.message) == (code, message)
    assert caught.value.body == body
    assert caught.value.run_id == (body.get("run_id") if isinstance(body, dict) else None)


def test_statuses_that_nobody_knows() -> None:
    for status, kind in ((418, palaver_client.APIStatusError), (599, palaver_client.ServerError)):
        client = client_of(lambda _, status=status: httpx2.Response(status, text="?"))  # type: ignore[misc]
        with pytest.raises(kind) as caught:
            client.check_health()
        assert caught.value.status == status


def test_a_document_that_has_not_changed_is_nothing(live: Live) -> None:
    seen: list[httpx2.Response] = []
    with Palaver(live.url, on_response=seen.append) as client:
        text = client.get_contract_yaml()
        assert text is not None
        assert text.encode() == (ROOT / "openapi.yaml").read_bytes()
        assert client.get_contract_yaml(if_none_match=seen[0].headers["etag"]) is None


def test_a_value_with_the_response_that_it_came_in() -> None:
    responses = list[httpx2.Response]()

    def answer(request: httpx2.Request) -> httpx2.Response:
        headers = {"ETag": '"deck-3"', "X-Request-Id": "r"}
        return httpx2.Response(200, json=session(), headers=headers)

    client = client_of(answer, on_response=responses.append)
    found = client.with_response(client.get_session, "s")
    assert found.data == client.get_session("s")
    assert (found.status, found.etag, found.request_id) == (200, '"deck-3"', "r")
    # Whoever listens for responses still hears of them.
    assert responses[0] is found.response

    async def work() -> palaver_client.Answer[models.Session]:
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
        other = AsyncPalaver(URL, http_client=http)
        return await other.with_response(other.get_session, session_id="s")

    assert asyncio.run(work()).data == found.data
    with pytest.raises(TypeError, match="method of a client"):
        client.with_response(lambda: None)


def test_an_answer_without_a_tag() -> None:
    client = client_of(lambda _: httpx2.Response(200, json=session()))
    with pytest.raises(palaver_client.InvalidResponseError, match="ETag"):
        _ = client.with_response(client.get_session, "s").etag


@pytest.mark.parametrize(
    ("status", "body", "count"),
    [
        (503, {"error": "Busy."}, 2),
        (503, {"type": "urn:palaver:problem:store-unavailable", "title": "Busy."}, 2),
        # A gateway's: the request may be at work.
        (503, {"message": "Unavailable"}, 1),
        (502, "<h1>", 1),
        (408, "<h1>", 1),
        (429, "<h1>", 2),
    ],
)
def test_a_write_without_a_key_is_made_again_where_it_was_refused(
    status: int, body: Any, count: int
) -> None:
    requests: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        text = body if isinstance(body, str) else json.dumps(body)
        headers = {"Retry-After": "0", "Content-Type": "application/json"}
        return httpx2.Response(status, text=text, headers=headers)

    with pytest.raises(palaver_client.APIStatusError):
        client_of(answer, max_retries=1).cancel_run("s", "r")
    assert len(requests) == count


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (r'attachment; filename="a \"b\".pdf"', 'a "b".pdf'),
        ("attachment; filename=plain.pdf; filename*=UTF-8''B%C3%BCcher.pdf", "Bücher.pdf"),
        ("attachment; filename*=utf-8'de'..%2F..%2Fetc%2Fpasswd", "passwd"),
        (r'attachment; filename="C:\\x\\y.pdf"', "y.pdf"),
        ('attachment; filename=".."', None),
        ("inline", None),
    ],
)
def test_the_name_of_a_file(disposition: str, name: str | None) -> None:
    headers = {"Content-Type": "application/pdf", "Content-Disposition": disposition}
    client = client_of(lambda _: httpx2.Response(200, content=b"%PDF", headers=headers))
    with client.export_session("s", accept="application/pdf") as download:
        assert (download.name, download.size) == (name, 4)
        assert download.read() == b"%PDF"


def test_a_file_may_be_saved_under_the_longest_of_names(tmp_path: Path) -> None:
    client = client_of(lambda _: httpx2.Response(200, content=b"PK"))
    path = tmp_path / f"{'ü' * 125}.pptx"
    assert client.export_session("s").save(path) == 2
    assert list(tmp_path.iterdir()) == [path]


def test_many_tasks_share_a_client(live: Live) -> None:
    async def work() -> list[str]:
        async with AsyncPalaver(live.url, token=live.token("user")) as client:
            created = await asyncio.gather(
                *(client.create_session(title=str(n)) for n in range(20))
            )
        return [each.title for each in created]

    assert asyncio.run(work()) == [str(number) for number in range(20)]


def test_the_event_types_narrow() -> None:
    hints = get_type_hints(models.MessageDelta)
    assert str(hints["type"]) == "typing.Literal['message.delta']"
