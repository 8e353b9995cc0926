"""Whether the server lives and can work."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from palaver.app import compose
from palaver.auth.tokens import TokenRules, issue_token
from palaver.settings import Settings

if TYPE_CHECKING:
    from palaver.contract.document import Document
    from tests.conftest import Query
    from tests.handlers.conftest import HoldToContract, Serve


def test_healthz_says_that_the_server_lives(anonymous: httpx.Client) -> None:
    response = anonymous.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


def test_readyz_says_that_the_server_can_work(anonymous: httpx.Client) -> None:
    response = anonymous.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"status": "ready"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_they_need_no_token_and_do_not_mind_a_bad_one(anonymous: httpx.Client, path: str) -> None:
    response = anonymous.get(path, headers={"Authorization": "Bearer garbage"})
    assert response.status_code == 200


# What may have happened to a database behind a running server.
ACCIDENTS = {
    "its tables are gone": ["DROP TABLE slide_images", "DROP TABLE slide_contents",
                            "DROP TABLE deck_versions", "DROP TABLE decks",
                            "DROP TABLE messages", "DROP TABLE session_agents",
                            "DROP TABLE run_events", "DROP TABLE runs",
                            "DROP TABLE idempotency_keys", "DROP TABLE sessions",
                            "DROP TABLE agents", "DROP TABLE profiles",
                            "DROP TABLE alembic_version"],
    "it is migrated to another version": ["UPDATE alembic_version SET version_num = 'other'"],
}  # fmt: skip


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_readyz_says_when_the_database_cannot_be_used(
    accident: str,
    store_url: str,
    query: Query,
    tmp_path: Path,
    serve: Serve,
    contract: Document,
    hold_to_contract: HoldToContract,
    errors_logged: list[logging.LogRecord],
) -> None:
    operation = next(each for each in contract.operations if each.path == "/readyz")
    app = compose(Settings(database_url=store_url, data_dir=tmp_path / "data"))
    with serve(app) as url, httpx.Client(base_url=url, verify=False, timeout=30) as client:
        assert client.get("/readyz").status_code == 200
        for statement in ACCIDENTS[accident]:
            query(statement)
        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.headers["Content-Type"] == "application/problem+json"
        assert int(response.headers["Retry-After"]) > 0
        problem = response.json()
        assert problem["type"] == "urn:palaver:problem:store-unavailable"
        assert problem["title"] == "The server cannot work at the moment."
        assert problem["instance"].endswith(response.headers["X-Request-Id"])
        for word in ("sql", "table", str(tmp_path), "alembic"):
            assert word not in response.text.lower()
        hold_to_contract(response, operation)
        head = client.head("/readyz")
        assert (head.status_code, head.content) == (503, b"")
        assert client.get("/healthz").status_code == 200
    # The operator learns of each, and of nothing else.
    assert [record.message for record in errors_logged] == [
        "store unavailable: The database is not migrated."
    ] * 2
    errors_logged.clear()


def test_without_its_tables_every_surface_says_so_in_its_own_shape(
    store_url: str,
    query: Query,
    tmp_path: Path,
    serve: Serve,
    hold_to_contract: HoldToContract,
    errors_logged: list[logging.LogRecord],
) -> None:
    secret = "the secret of a server of its own, for HS256"
    token = issue_token(TokenRules(secret=secret), subject="ann", lifetime=timedelta(hours=1))
    app = compose(Settings(database_url=store_url, data_dir=tmp_path / "data", jwt_secret=secret))
    with serve(app) as url, httpx.Client(base_url=url, verify=False, timeout=30) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        for statement in ACCIDENTS["its tables are gone"]:
            query(statement)
        private = "what ann wrote"
        sessions = [
            client.get("/sessions/get_all/ann"),
            client.post("/sessions/create", params={"agent_id": "a", "name": private}),
        ]
        api = [client.get("/api/sessions"), client.post("/api/sessions", json={"title": private})]
        for response in sessions:
            assert response.json() == {
                "message": "The server cannot work at the moment.",
                "error": "store_unavailable",
            }
        for response in api:
            assert response.json()["type"] == "urn:palaver:problem:store-unavailable"
        for response in (*sessions, *api):
            assert response.status_code == 503
            assert int(response.headers["Retry-After"]) > 0
            hold_to_contract(response, None)
    assert {record.message for record in errors_logged} == {
        "store unavailable: The database cannot be used right now."
    }
    # The log says what the database said, and not what people write.
    logged = "".join(logging.Formatter().format(record) for record in errors_logged)
    assert "sessions" in logged
    assert private not in logged
    errors_logged.clear()
