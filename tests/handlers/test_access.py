"""Who may do what, for every operation that the contract has, whichever those are.

The requests are the contract's own examples with the ids of one user's things in them. An operation
that is addressed by something else fails here until ``Belongings`` has a value for it.
"""

from __future__ import annotations

import io
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import jwt

from palaver.auth.tokens import TokenRules, issue_token
from palaver.contract.document import Document, Operation
from palaver.decks.editor import DeckEditor
from palaver.models import TitleSlide
from tests.handlers.conftest import PIXEL, import_run

if TYPE_CHECKING:
    from tests.handlers.conftest import (
        Belongings,
        HoldToContract,
        MakeClient,
        MakeRequest,
        MakeToken,
    )

# What only its owner may use, by the names under which requests have it, and what all may read.
PRIVATE = {"session_id", "run_id", "slide_id", "image_id", "user_id"}
PUBLIC = {"agent_id", "profile_id"}


def named_by(operation: Operation, contract: Document) -> set[str]:
    """The things that a request of the operation names to act on: by its path, or a session by its
    body."""
    named = {each.name for each in operation.parameters if each.location == "path"}
    if operation.request_body is not None:
        for content in operation.request_body["content"].values():
            schema, _ = contract.deref(content["schema"], operation.pointer)
            named |= {"session_id"} & set(schema.get("properties", {}))
    return named


def refusals(operation: Operation) -> set[int]:
    """The statuses with which the contract refuses what belongs to somebody else."""
    return {
        int(status)
        for status, response in operation.responses.items()
        if any(code.endswith("_forbidden") for code in response.get("x-errors", {}))
    }


def test_what_is_open_to_all_names_nothing_of_anybody(contract: Document) -> None:
    open_to_all = [each for each in contract.operations if not each.security]
    assert open_to_all != []
    for each in open_to_all:
        assert each.method == "get"
        assert named_by(each, contract) == set()


# -------------------------------------------------------------------------------------- the owner


def test_the_owner_is_served(
    secured_operation: Operation,
    belongings: Belongings,
    client: httpx.Client,
    make_request: MakeRequest,
    hold_to_contract: HoldToContract,
) -> None:
    # What makes the refusals below mean something: the same requests are good ones.
    ids = belongings.ids(belongings.team)
    if "409" in secured_operation.responses:
        ids["agent_id"] = f"new-{uuid.uuid4()}"
    expected = {*secured_operation.success_statuses}
    if secured_operation.operation_id == "cancel_run":
        # The run has ended, and the owner is told so.
        expected = {409}
    for complete in (True, False):
        if complete or secured_operation.method == "get":
            request = make_request(secured_operation, ids, complete=complete)
            response = client.request(**request)
            assert response.status_code in expected, response.text
            hold_to_contract(response, secured_operation)


def test_the_owner_finds_it_in_what_is_listed(
    belongings: Belongings, client: httpx.Client, contract: Document, make_request: MakeRequest
) -> None:
    # And what makes the secret's absence mean something: the owner does read it there.
    ids = belongings.ids(belongings.team)
    found = {
        each.operation_id
        for each in contract.operations
        if each.security
        and each.method == "get"
        and belongings.secret in client.request(**make_request(each, ids, complete=False)).text
    }
    assert found >= {
        "list_user_sessions",
        "list_agent_sessions",
        "list_team_sessions",
        "list_standalone_sessions",
        "list_sessions",
        "list_session_messages",
        "get_session",
        "get_agent_session",
        "get_agent_session_history",
        "get_session_slides",
        "get_slide",
        "get_session_transcript",
    }


# ---------------------------------------------------------------------------------- somebody else


def test_nobody_else_sees_or_changes_anything(
    secured_operation: Operation,
    belongings: Belongings,
    stranger: httpx.Client,
    contract: Document,
    make_request: MakeRequest,
    hold_to_contract: HoldToContract,
) -> None:
    named = named_by(secured_operation, contract)
    expected = refusals(secured_operation)
    if named & PRIVATE:
        assert expected != set(), "the contract does not say who may do this"
        assert expected <= {403, 404}, "the contract refuses it otherwise"
    elif named & PUBLIC and secured_operation.method != "get":
        assert expected == {403}
    else:
        # Lists and creates concern the caller's own; the catalogues are for all to read.
        expected = {*secured_operation.success_statuses}
        if "409" in secured_operation.responses:
            expected.add(409)
    before = belongings.snapshot()
    assert len(before[0]) == 2
    for session_id in (belongings.standalone, belongings.team):
        for complete in (True, False):
            ids = belongings.ids(session_id)
            request = make_request(secured_operation, ids, complete=complete)

            response = stranger.request(**request)

            assert response.status_code in expected, response.text
            hold_to_contract(response, secured_operation)
            for private in (belongings.secret, belongings.standalone, belongings.team):
                assert private not in response.text
            assert belongings.snapshot() == before


def test_nobody_else_finds_it_among_their_own(
    get_operation: Operation,
    belongings: Belongings,
    client_of: MakeClient,
    make_request: MakeRequest,
) -> None:
    name = f"stranger-{uuid.uuid4().hex}"
    stranger = client_of(name)
    own = stranger.post("/sessions/team/create", json=[belongings.agent]).json()["session_id"]
    run_id = import_run(belongings.store, own)
    editor = DeckEditor(belongings.store)
    editor.insert(own, TitleSlide(title="Own"), None, viewer=name, if_match="*")
    image_id = editor.add_image(own, io.BytesIO(PIXEL), viewer=name).image_id
    ids = {**belongings.ids(own), "run_id": run_id, "image_id": image_id, "user_id": name}
    response = stranger.request(**make_request(get_operation, ids, complete=False))
    assert response.status_code == 200
    for private in (belongings.secret, belongings.standalone, belongings.team):
        assert private not in response.text


def test_what_is_hidden_looks_like_what_is_not_there(
    secured_operation: Operation,
    belongings: Belongings,
    stranger: httpx.Client,
    make_request: MakeRequest,
) -> None:
    def answer(session_id: str) -> tuple[int, dict[str, str], Any]:
        request = make_request(secured_operation, belongings.ids(session_id))
        response = stranger.request(**request)
        shown = dict(response.headers)
        for changing in ("x-request-id", "date", "location"):
            shown.pop(changing, None)
        body = response.json() if response.content else None
        if isinstance(body, dict):
            body.pop("instance", None)
        return response.status_code, shown, body

    if refusals(secured_operation) == {404}:
        there, nowhere = answer(belongings.standalone), answer(str(uuid.uuid4()))
        assert there[0] == 404
        assert there == nowhere
    else:
        # The surface that says 403 says so of sessions that exist, and 404 of others.
        assert 404 not in refusals(secured_operation)


# -------------------------------------------------------------------------------------- no token


def test_without_a_valid_token_nothing_is_served(
    secured_operation: Operation,
    belongings: Belongings,
    user: str,
    anonymous: httpx.Client,
    token: MakeToken,
    contract: Document,
    make_request: MakeRequest,
    hold_to_contract: HoldToContract,
) -> None:
    good = token(user)
    hour = timedelta(hours=1)
    other = TokenRules(secret="another secret, as long as the server's own one is")
    claims = jwt.decode(good, options={"verify_signature": False})
    credentials = {
        "none": [],
        "empty": ["Bearer"],
        "garbage": ["Bearer garbage"],
        "three parts of garbage": ["Bearer a.b.c"],
        "another scheme": ["Basic dXNlcjpwYXNzd29yZA=="],
        "expired": [f"Bearer {token(user, lifetime=-hour)}"],
        "not valid yet": [f"Bearer {token(user, nbf=datetime.now(UTC) + hour)}"],
        "another secret": [f"Bearer {issue_token(other, subject=user, lifetime=hour)}"],
        "no signature": [f"Bearer {jwt.encode(claims, '', algorithm='none')}"],
        "without a subject": [f"Bearer {token(user, sub=None)}"],
        "without an end": [f"Bearer {token(user, exp=None)}"],
        "twice": [f"Bearer {good}", f"Bearer {good}"],
    }
    schemes = contract.tree["components"]["securitySchemes"]
    names = [name for requirement in secured_operation.security for name in requirement]
    request = make_request(secured_operation, belongings.ids(belongings.team))
    headers = list(request.pop("headers").items())
    before = belongings.snapshot()
    for credential, values in credentials.items():
        given = [*headers, *(("Authorization", value) for value in values)]

        response = anonymous.request(**request, headers=given)

        assert response.status_code == 401, credential
        hold_to_contract(response, secured_operation)
        challenge = response.headers["WWW-Authenticate"].lower()
        assert all(schemes[name]["scheme"].lower() in challenge for name in names), credential
        assert 'realm="palaver"' in challenge, credential
        assert belongings.secret not in response.text
    assert belongings.snapshot() == before


def test_head_needs_a_token_as_get_does(
    secured_operation: Operation,
    belongings: Belongings,
    anonymous: httpx.Client,
    make_request: MakeRequest,
) -> None:
    request = make_request(secured_operation, belongings.ids(belongings.team))
    if secured_operation.method == "get":
        request["method"] = "HEAD"
    response = anonymous.request(**request)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="palaver"'
