"""Who may do what under ``/api/v1/``, for every operation that the shared credential opens."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from palaver.contract.document import Document, Operation
from tests.handlers.conftest import SHARED

if TYPE_CHECKING:
    from tests.handlers.conftest import (
        Belongings,
        HoldToContract,
        MakeClient,
        MakeRequest,
        MakeToken,
    )


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def takes_tokens(operation: Operation) -> bool:
    return any("bearerAuth" in requirement for requirement in operation.security)


def changes(operation: Operation) -> bool:
    return operation.method != "get"


def test_these_are_all_operations_of_the_surface(contract: Document) -> None:
    shared = {
        each.operation_id
        for each in contract.operations
        if any("basicAuth" in requirement for requirement in each.security)
    }
    assert shared == {
        each.operation_id for each in contract.operations if each.path.startswith("/api/v1/")
    }


def test_whoever_has_the_shared_credential_is_served(
    shared_operation: Operation,
    belongings: Belongings,
    anonymous: httpx.Client,
    make_request: MakeRequest,
    hold_to_contract: HoldToContract,
) -> None:
    request = make_request(shared_operation, belongings.ids(belongings.standalone))
    assert request["headers"]["Authorization"] == SHARED
    response = anonymous.request(**request)
    # The book that there is has not failed.
    expected = {409} if shared_operation.operation_id == "retry_book" else None
    assert response.status_code in (expected or {*shared_operation.success_statuses})
    hold_to_contract(response, shared_operation)


def test_without_a_valid_credential_nothing_is_served(
    shared_operation: Operation,
    belongings: Belongings,
    user: str,
    anonymous: httpx.Client,
    token: MakeToken,
    make_request: MakeRequest,
    hold_to_contract: HoldToContract,
) -> None:
    password = base64.b64decode(SHARED.partition(" ")[2]).decode().partition(":")[2]
    credentials = {
        "none": [],
        "empty": ["Basic"],
        "no Base64": ["Basic !!!"],
        "garbage": [basic("garbage")],
        "another name": [basic(f"somebody:{password}")],
        "another password": [basic(f"palaver:{password}x")],
        "no password": [basic("palaver:")],
        "twice": [SHARED, SHARED],
        "expired": [f"Bearer {token(user, lifetime=-timedelta(hours=1))}"],
    }
    if not takes_tokens(shared_operation):
        credentials["a token"] = [f"Bearer {token(user, admin=True)}"]
    before = belongings.snapshot()
    request = make_request(shared_operation, belongings.ids(belongings.standalone))
    headers = [each for each in request.pop("headers").items() if each[0] != "Authorization"]
    for credential, values in credentials.items():
        given = [*headers, *(("Authorization", value) for value in values)]

        response = anonymous.request(**request, headers=given)

        assert response.status_code == 401, credential
        hold_to_contract(response, shared_operation)
        challenge = response.headers["WWW-Authenticate"]
        # Of the scheme that was tried, if that would do, else of all.
        tried = {value.partition(" ")[0] for value in values}
        assert ('Basic realm="palaver", charset="UTF-8"' in challenge) == (
            tried != {"Bearer"} or not takes_tokens(shared_operation)
        )
        assert ("Bearer" in challenge) == (takes_tokens(shared_operation) and tried != {"Basic"})
    assert belongings.snapshot() == before


def test_a_token_reads_the_library_and_changes_it_where_it_is_an_administrators(
    shared_operation: Operation,
    belongings: Belongings,
    client: httpx.Client,
    admin: httpx.Client,
    make_request: MakeRequest,
    hold_to_contract: HoldToContract,
) -> None:
    if not takes_tokens(shared_operation):
        assert shared_operation.tag == "grounded_chat"
        return
    before = belongings.snapshot()
    request = make_request(shared_operation, belongings.ids(belongings.standalone))
    del request["headers"]["Authorization"]
    response = client.request(**request)
    hold_to_contract(response, shared_operation)
    if not changes(shared_operation):
        assert response.status_code == 200
        return
    assert response.status_code == 403
    assert response.json() == {"error": "Only an administrator may change the library."}
    assert belongings.snapshot() == before
    expected = {409} if shared_operation.operation_id == "retry_book" else None
    response = admin.request(**request)
    assert response.status_code in (expected or {*shared_operation.success_statuses})


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_session_of_a_user_is_not_found(
    method: str, belongings: Belongings, keeper: httpx.Client
) -> None:
    url = f"/api/v1/chat/sessions/{belongings.standalone}"
    before = belongings.snapshot()
    body = {"content": "What do bees make?"} if method == "POST" else None
    response = keeper.request(method, url if method == "DELETE" else f"{url}/messages", json=body)
    assert response.status_code == 404
    assert response.json() == {"error": "Session not found."}
    assert belongings.snapshot() == before


def test_no_token_speaks_for_the_shared_credential(
    belongings: Belongings, client: httpx.Client, admin: httpx.Client, client_of: MakeClient
) -> None:
    url = f"/api/sessions/{belongings.grounded}"
    assert client.get(url).status_code == 404
    # The same session, through another surface, for whoever may see all.
    assert admin.get(url).json()["created_by"] == "basic:palaver"
    with pytest.raises(ValueError, match="basic:"):
        client_of("basic:palaver")


def test_a_token_that_names_the_shared_credential_is_refused(
    token: MakeToken, anonymous: httpx.Client
) -> None:
    forged = token("ann", sub="basic:palaver")
    response = anonymous.get("/api/sessions", headers={"Authorization": f"Bearer {forged}"})
    assert response.status_code == 401
