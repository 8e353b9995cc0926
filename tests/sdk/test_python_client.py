"""What the cases cannot say of the Python client: its shape, options, and servers of tomorrow."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import math
from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, get_type_hints

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

import palaver_client
from palaver.contract.document import Document
from palaver_client import AsyncPalaver, Palaver, models
from palaver_client._contract import Operation
from palaver_client.generated import models as generated
from palaver_client.generated import operations
from palaver_client.generated.async_operations import AsyncLists, AsyncOperations
from palaver_client.generated.sync_operations import SyncLists, SyncOperations
from tests.sdk.conftest import ROOT, Live
from tests.sdk.python.answers import URL, client_of, session
from tests.sdk.typescript.books import serving_application

PATIENCE = 30.0


@pytest.fixture(scope="module")
def contract() -> Document:
    return Document.load(ROOT / "openapi.yaml")


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


def test_the_models_are_a_module() -> None:
    module = importlib.import_module("palaver_client.models")
    assert module is models is palaver_client.models
    made = {name for name, each in vars(generated).items() if _is_made_there(each)}
    assert set(module.__all__) == made
    assert all(getattr(module, name) is getattr(generated, name) for name in made)
    # Nothing else comes with them.
    assert {"Model", "Field", "Annotated"} & set(vars(module)) == set()


def _is_made_there(value: Any) -> bool:
    return getattr(value, "__module__", None) == generated.__name__


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


HOLOGRAM = {"layout": "hologram", "title": "T", "beams": [{"colour": "red"}]}


def _deck(content: dict[str, Any]) -> dict[str, Any]:
    slides = [{"slide_id": "a", "content": {"layout": "title", "title": "T"}, "html": ""}]
    return {
        "session_id": "s", "title": "T", "theme": "paper", "version": 1,
        "updated_at": "2026-01-15T10:30:00Z",
        "slide_deck": {
            "title": "T", "theme": "paper", "slide_count": 2, "css": "", "scripts": "",
            "external_scripts": [], "head_meta": {},
            "slides": [*slides, {**slides[0], "slide_id": "b", "content": content}],
        },
    }  # fmt: skip


def test_a_newer_server_may_have_other_layouts() -> None:
    sent: list[Any] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.content:
            sent.append(json.loads(request.content)["content"])
            return httpx2.Response(200, json=_deck(HOLOGRAM)["slide_deck"]["slides"][1])
        return httpx2.Response(200, json=_deck(HOLOGRAM))

    client = client_of(answer)
    known, unknown = client.get_session_slides("s").slide_deck.slides
    assert isinstance(known.content, models.TitleSlide)
    assert isinstance(unknown.content, models.UnknownSlideContent)
    assert (unknown.content.layout, unknown.content.beams) == ("hologram", HOLOGRAM["beams"])
    assert unknown.model_dump()["content"] == HOLOGRAM
    # It can be sent back as it came.
    client.replace_slide("s", "b", if_match="*", content=unknown.content)  # type: ignore[arg-type]
    assert sent == [HOLOGRAM]


@pytest.mark.parametrize("content", [{"layout": "title"}, {"title": "T"}, {"layout": 3}, "title"])
def test_a_layout_that_is_known_is_what_the_contract_says(content: Any) -> None:
    client = client_of(lambda _: httpx2.Response(200, json=_deck(content)))
    with pytest.raises(palaver_client.InvalidResponseError, match="slides/1/content") as caught:
        client.get_session_slides("s")
    assert "[" not in str(caught.value)


def test_an_answer_that_lacks_something_is_no_answer() -> None:
    answer = session()
    del answer["title"]
    response = httpx2.Response(200, json=answer, headers={"X-Request-Id": "r"})
    with pytest.raises(palaver_client.InvalidResponseError, match=r"title.*request r"):
        client_of(lambda _: response).get_session("s")


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
    with pytest.raises(ValueError, match="timeout"):
        client.with_options(connect_timeout=math.nan)
    with pytest.raises(ValueError, match="0 or more"):
        client.with_options(max_retries=-1)


@pytest.mark.parametrize("seconds", [math.inf, 1e300, 1e10, 2**31])
def test_a_timeout_may_be_as_long_as_one_likes(live: Live, seconds: float) -> None:
    with Palaver(live.url, timeout=seconds, connect_timeout=seconds) as client:
        assert client.check_health().status == "ok"

    async def work() -> str:
        async with AsyncPalaver(live.url, timeout=seconds, connect_timeout=seconds) as client:
            return (await client.check_health()).status

    assert asyncio.run(work()) == "ok"


def test_open_streams_do_not_keep_calls_from_being_made() -> None:
    async def events(request: Request) -> Response:
        return StreamingResponse(quiet(), media_type="text/event-stream")

    async def quiet() -> AsyncIterator[str]:
        while True:
            yield ": hello\n\n"
            await asyncio.sleep(1)

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    routes = [Route("/api/sessions/s/runs/r/events", events), Route("/healthz", health)]

    async def work(url: str) -> str:
        async with AsyncPalaver(url, timeout=PATIENCE) as client:
            streams = [await client.stream_run_events("s", "r") for _ in range(120)]
            found = (await client.check_health()).status
            for stream in streams:
                await stream.close()
        return found

    with serving_application(Starlette(routes=routes)) as url:
        with ExitStack() as stack, Palaver(url, timeout=PATIENCE) as client:
            for _ in range(120):
                stack.enter_context(client.stream_run_events("s", "r"))
            assert client.check_health().status == "ok"
            # A client of one's own may have fewer; what waits for one in vain was never sent.
            http = stack.enter_context(httpx2.Client(limits=httpx2.Limits(max_connections=1)))
            other = Palaver(url, http_client=http, timeout=0.1, max_retries=1)
            held = stack.enter_context(
                other.with_options(timeout=PATIENCE).stream_run_events("s", "r")
            )
            asked: list[Any] = []
            with pytest.raises(palaver_client.APITimeoutError, match="nothing was sent"):
                other.with_options(on_response=asked.append).cancel_run("s", "r")
            assert asked == []
            assert held.response.is_success
        assert asyncio.run(work(url)) == "ok"


def test_no_request_is_turned_into_another_one_by_a_redirect() -> None:
    asked = list[str]()

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(f"{request.method} {request.url.path}")
        return httpx2.Response(302, headers={"Location": f"{URL}/elsewhere"})

    client = client_of(answer, token="t")
    for call in (client.create_session, client.list_agents):
        with pytest.raises(palaver_client.APIStatusError) as caught:
            call()
        assert caught.value.status == 302
    assert asked == ["POST /api/sessions", "GET /api/agents"]


def test_a_client_of_ones_own_stays_open(live: Live) -> None:
    http = httpx2.Client()
    with Palaver(live.url, http_client=http) as client:
        assert client.check_health().status == "ok"
    assert not http.is_closed
    http.close()


@pytest.mark.parametrize(
    "url",
    [
        "", "palaver.test", "ftp://x", "http://", "http://a b", "http://a?b", "http://[::1",
        "http://a:b", "http://127.0.0.1:99999", "http://999.1.1.1", f"http://{'a' * 70_000}",
    ],
)  # fmt: skip
def test_what_is_no_server(url: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        Palaver(url)
    with pytest.raises(ValueError, match="base_url"):
        AsyncPalaver(url)


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
