"""The proxy passes on what it has no fault for, and makes the faults that it is told."""

from __future__ import annotations

import httpx
import pytest

from tests.sdk.conftest import Live


@pytest.fixture
def client(live: Live) -> httpx.Client:
    headers = {"Authorization": f"Bearer {live.token('user')}"}
    return httpx.Client(base_url=live.url, headers=headers, trust_env=False, timeout=10)


def prepare(client: httpx.Client, *faults: object) -> None:
    assert client.put("/_proxy/faults", json=faults).status_code == 200


def test_it_passes_on_and_tells_what_it_saw(client: httpx.Client, live: Live) -> None:
    prepare(client)
    created = client.post("/api/sessions?", json={"title": "Ü"}, headers={"Idempotency-Key": "k"})
    assert created.status_code == 201
    assert created.json()["title"] == "Ü"
    assert client.delete(f"/api/sessions/{created.json()['session_id']}").status_code == 204
    first, second = client.get("/_proxy/requests").json()
    assert (first["method"], first["path"], first["status"]) == ("POST", "/api/sessions", 201)
    assert first["headers"]["idempotency-key"] == "k"
    assert first["body_bytes"] > 0
    assert (second["method"], second["status"]) == ("DELETE", 204)
    assert 0 <= first["at"] <= second["at"]


def test_it_answers_itself(client: httpx.Client) -> None:
    prepare(client, {"status": 429, "retry_after": 3}, "pass", {"status": 503, "body": {"a": 1}})
    refused = client.get("/healthz")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "3")
    assert refused.headers["content-type"] == "text/html"
    assert client.get("/healthz").json() == {"status": "ok"}
    refused = client.get("/healthz")
    assert (refused.status_code, refused.json()) == (503, {"a": 1})


@pytest.mark.parametrize("fault", [{"refuse": True}, {"lose": True}, {"cut_bytes": 3}])
def test_it_breaks_off(client: httpx.Client, fault: dict[str, object]) -> None:
    prepare(client, fault)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/healthz")
    assert client.get("/healthz").status_code == 200


def test_it_goes_away_and_comes_back(client: httpx.Client, live: Live) -> None:
    prepare(client, {"refuse": True, "away": 0.5})
    with httpx.Client(base_url=live.url, trust_env=False) as other:
        other.get("/_proxy/requests")
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("/healthz")
        # Neither a new connection nor one that there was.
        for each in (client, other):
            with pytest.raises(httpx.NetworkError):
                each.get("/healthz")
        patient = httpx.HTTPTransport(retries=5)
        with httpx.Client(base_url=live.url, transport=patient) as later:
            assert later.get("/healthz").status_code == 200
    (refused, answered) = client.get("/_proxy/requests").json()
    assert answered["at"] - refused["at"] >= 0.5


def test_it_lets_a_lost_request_take_effect(client: httpx.Client) -> None:
    prepare(client, {"lose": True})
    body = {"agent_id": "lost", "name": "Lost"}
    with pytest.raises(httpx.RemoteProtocolError):
        client.post("/api/agents", json=body)
    assert client.get("/api/agents/lost").status_code == 200


def test_it_garbles_and_delays(client: httpx.Client) -> None:
    prepare(client, {"garble": "huh"}, {"delay": 5})
    assert client.get("/healthz").text == "huh"
    with pytest.raises(httpx.ReadTimeout):
        client.get("/healthz", timeout=0.1)


def stream(client: httpx.Client) -> tuple[str, str]:
    session = client.post("/api/sessions", json={}).json()["session_id"]
    path = f"/api/sessions/{session}"
    sent = client.post(f"{path}/messages", json={"message": "Hi"})
    return f"{path}/runs/{sent.headers['x-run-id']}/events", sent.text


def received(client: httpx.Client, path: str, timeout: float = 10) -> tuple[str, str]:
    """What came of a stream, and how it ended."""
    got = bytearray()
    with client.stream("GET", path, timeout=timeout) as response:
        try:
            for piece in response.iter_bytes():
                got += piece
        except httpx.HTTPError as error:
            return got.decode(), type(error).__name__
    return got.decode(), ""


def test_it_breaks_streams_where_it_is_told(client: httpx.Client) -> None:
    path, whole = stream(client)
    count = whole.count("data:")
    assert received(client, path) == (whole, "")

    prepare(client, {"cut_events": 2}, {"end_events": 1}, {"repeat": 3}, {"cut_events": 0})
    part, how = received(client, path)
    assert whole.startswith(part)
    assert (part.count("\n\n"), how) == (2, "RemoteProtocolError")
    part, how = received(client, path)
    assert (part.count("\n\n"), how) == (1, "")
    part, how = received(client, path)
    assert (part.count("data:"), how) == (3 * count, "")
    part, how = received(client, path)
    assert (part.count("\n\n"), how) == (0, "RemoteProtocolError")

    prepare(client, {"stall": {"events": 1, "seconds": 5}})
    part, how = received(client, path, timeout=0.2)
    assert (part.count("\n\n"), how) == (1, "ReadTimeout")
