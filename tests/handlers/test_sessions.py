"""Sessions under ``/api/sessions``: what requirement 3 says, said by the server."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import Engine, update

from palaver.store import Store
from palaver.store.tables import sessions

if TYPE_CHECKING:
    from tests.handlers.conftest import ImportMessages, MakeClient

EXAMPLE = {"title": "Q3 Revenue Analysis", "profile_id": 1, "profile_name": "Production"}


@pytest.fixture
def session_id(client: httpx.Client) -> str:
    """A session of ``user`` with nothing but defaults."""
    return str(client.post("/api/sessions", json={}).json()["session_id"])


@pytest.fixture
def imported(store: Store, user: str) -> str:
    """A session of ``user`` that brought its id along."""
    made = store.sessions.create(
        owner=user,
        kind="standalone",
        title="Q3 Revenue Analysis",
        agents=[],
        max_context_results=1,
        session_id=f"abc123/{user}",
    )
    return made.session_id


def problem_of(response: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["type"] == f"urn:palaver:problem:{kind}"
    assert problem["status"] == status
    assert problem["instance"] == f"urn:palaver:request:{response.headers['X-Request-Id']}"
    return problem


def pointers(response: httpx.Response) -> list[str]:
    problem = problem_of(response, 400, "invalid-request")
    return [each["pointer"] for each in problem["errors"]]


# -------------------------------------------------------------------------------------- creating


def test_create_session_answers_its_example(client_of: MakeClient) -> None:
    user = f"user-{uuid.uuid4().hex}@example.com"
    client = client_of(user)
    before = datetime.now(UTC)
    response = client.post("/api/sessions", json=EXAMPLE)
    assert response.status_code == 201
    body = response.json()
    moment = body["created_at"]
    assert before <= datetime.fromisoformat(moment) <= datetime.now(UTC)
    assert body == {
        "session_id": body["session_id"],
        "title": "Q3 Revenue Analysis",
        "created_by": user,
        "visibility": "private",
        "session_type": "standalone",
        "profile_id": 1,
        "profile_name": "Production",
        "created_at": moment,
        "updated_at": moment,
        "last_activity": moment,
        "message_count": 0,
    }
    assert client.get(response.headers["Location"]).json() == body


def test_create_session_takes_a_profile_that_no_catalogue_has(client: httpx.Client) -> None:
    body = {"title": "A", "profile_id": 2147483647, "profile_name": "Production"}
    assert client.get("/api/profiles/2147483647").status_code == 404
    made = client.post("/api/sessions", json=body)
    assert made.status_code == 201
    assert (made.json()["profile_id"], made.json()["profile_name"]) == (2147483647, "Production")
    nameless = client.post("/api/sessions", json={"profile_id": 2147483647})
    assert (nameless.json()["profile_id"], nameless.json()["profile_name"]) == (2147483647, None)


def test_create_session_takes_the_name_of_the_profile_where_none_is_given(
    client: httpx.Client,
) -> None:
    profile = client.post("/api/profiles", json={"name": "Staging"}).json()["profile_id"]
    for given, kept in (
        ({}, "Staging"),
        ({"profile_name": None}, "Staging"),
        ({"profile_name": "Mine"}, "Mine"),
    ):
        made = client.post("/api/sessions", json={"profile_id": profile, **given})
        assert made.status_code == 201
        assert made.json()["profile_name"] == kept
    first = client.get("/api/sessions").json()["sessions"][-1]
    client.patch(f"/api/profiles/{profile}", json={"name": "Renamed"})
    client.delete(f"/api/profiles/{profile}")
    assert client.get(f"/api/sessions/{first['session_id']}").json() == first


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"title": null}', b'{"title": ""}', b'{"title": " "}',
     b'{"title": null, "profile_id": null, "profile_name": null}'],
)  # fmt: skip
def test_create_session_needs_nothing(client: httpx.Client, body: bytes) -> None:
    headers = {"Content-Type": "application/json"} if body else {}
    made = client.post("/api/sessions", content=body, headers=headers)
    assert made.status_code == 201
    assert made.json()["title"] == "Untitled Session"
    assert (made.json()["profile_id"], made.json()["profile_name"]) == (None, None)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"title": "x" * 201}, "/body/title"),
        ({"title": "two\nlines"}, "/body/title"),
        ({"title": 1}, "/body/title"),
        ({"profile_id": 0}, "/body/profile_id"),
        ({"profile_id": 2147483648}, "/body/profile_id"),
        ({"profile_id": "1"}, "/body/profile_id"),
        ({"profile_id": True}, "/body/profile_id"),
        ({"profile_name": []}, "/body/profile_name"),
        ({"visibility": "public"}, "/body/visibility"),
        ({"created_by": "somebody"}, "/body/created_by"),
        ([], "/body"),
    ],
)
def test_create_session_says_what_is_wrong(client: httpx.Client, body: Any, pointer: str) -> None:
    assert pointers(client.post("/api/sessions", json=body)) == [pointer]
    assert client.get("/api/sessions").json()["count"] == 0


# ----------------------------------------------------------------------------- reading, changing


def test_get_session_answers_as_documented(
    client: httpx.Client, imported: str, import_messages: ImportMessages
) -> None:
    import_messages(imported, 5)
    response = client.get(f"/api/sessions/{imported.replace('/', '%2F')}")
    assert response.status_code == 200
    body = response.json()
    assert body["session_id"] == imported
    assert body["title"] == "Q3 Revenue Analysis"
    assert body["message_count"] == 5
    assert body.keys() >= {"created_at", "updated_at"}


def test_rename_session_takes_the_title_from_the_query(
    client: httpx.Client, session_id: str
) -> None:
    before = client.get(f"/api/sessions/{session_id}").json()
    response = client.patch(f"/api/sessions/{session_id}?title=Updated%20Title")
    assert response.status_code == 200
    after = response.json()
    assert after["title"] == "Updated Title"
    assert after["updated_at"] > before["updated_at"]
    assert {**after, "title": before["title"], "updated_at": before["updated_at"]} == before
    assert client.get(f"/api/sessions/{session_id}").json() == after


@pytest.mark.parametrize(
    "query", ["", "?title=", "?title=%20", f"?title={'x' * 201}", "?title=a%0Ab"]
)
def test_rename_session_wants_a_title(client: httpx.Client, session_id: str, query: str) -> None:
    assert pointers(client.patch(f"/api/sessions/{session_id}{query}")) == ["/query/title"]
    assert client.get(f"/api/sessions/{session_id}").json()["title"] == "Untitled Session"


def test_delete_session_answers_204(client: httpx.Client, session_id: str) -> None:
    response = client.delete(f"/api/sessions/{session_id}")
    assert response.status_code == 204
    assert response.content == b""
    for again in (
        client.get(f"/api/sessions/{session_id}"),
        client.get(f"/api/sessions/{session_id}/messages"),
        client.patch(f"/api/sessions/{session_id}?title=New"),
        client.delete(f"/api/sessions/{session_id}"),
    ):
        assert problem_of(again, 404, "session-not-found")["title"] == "Session not found."
    assert client.get("/api/sessions").json()["count"] == 0


def test_a_session_of_somebody_else_is_like_one_that_is_not_there(
    stranger: httpx.Client, session_id: str
) -> None:
    def answers(which: str) -> list[dict[str, Any]]:
        found = []
        for response in (
            stranger.get(f"/api/sessions/{which}"),
            stranger.get(f"/api/sessions/{which}/messages"),
            stranger.patch(f"/api/sessions/{which}?title=Mine"),
            stranger.delete(f"/api/sessions/{which}"),
        ):
            problem = problem_of(response, 404, "session-not-found")
            del problem["instance"]
            shown = {"x-request-id": "", "date": ""}
            found.append({**problem, "headers": {**response.headers, **shown}})
        return found

    assert answers(session_id) == answers(str(uuid.uuid4()))


# ------------------------------------------------------------------------------------------ lists


def test_list_sessions_answers_as_documented(client: httpx.Client) -> None:
    made = client.post("/api/sessions", json=EXAMPLE).json()
    response = client.get("/api/sessions")
    assert response.status_code == 200
    assert response.json() == {"sessions": [made], "count": 1, "next_cursor": None}


@pytest.fixture
def crowd(user: str, store: Store, database: Engine) -> list[str]:
    """112 sessions of ``user``, every second one of profile 7, most recently active first."""
    made = [
        store.sessions.create(
            owner=user,
            kind=("standalone", "team")[number % 3 == 0],
            title=f"session {number}",
            agents=[],
            max_context_results=1,
            profile_id=(None, 7)[number % 2],
        ).session_id
        for number in range(112)
    ]
    base = int(datetime.now(UTC).timestamp() * 1_000_000)
    with database.begin() as connection:
        for number, session_id in enumerate(made):
            # Four have each moment, which is where pages are easily cut wrong.
            connection.execute(
                update(sessions)
                .where(sessions.c.session_id == session_id)
                .values(last_activity=base + number // 4)
            )
    return made[::-1]


def walk(client: httpx.Client, url: str, key: str, name: str) -> list[list[Any]]:
    """The pages of a list, by its cursors."""
    pages: list[list[Any]] = []
    cursor = ""
    for _ in range(100):
        response = client.get(url + cursor)
        assert response.status_code == 200
        body = response.json()
        assert body.get("count", len(body[key])) == len(body[key])
        pages.append([each[name] for each in body[key]])
        if body["next_cursor"] is None:
            return pages
        cursor = f"{'&' if '?' in url else '?'}cursor={body['next_cursor']}"
    raise AssertionError("the list has no end")


def test_list_sessions_shows_fifty_and_a_cursor(client: httpx.Client, crowd: list[str]) -> None:
    pages = walk(client, "/api/sessions", "sessions", "session_id")
    assert [len(page) for page in pages] == [50, 50, 12]
    assert list(chain.from_iterable(pages)) == crowd


@pytest.mark.parametrize("limit", [1, 7, 99, 100])
@pytest.mark.parametrize("profile", ["", "&profile_id=7"])
def test_list_sessions_is_cut_exactly_by_its_cursors(
    client: httpx.Client, crowd: list[str], limit: int, profile: str
) -> None:
    if limit == 1:
        client.post("/api/sessions/cleanup", json={"session_ids": crowd[10:]})
        crowd = crowd[:10]
    wanted = crowd[::2] if profile else crowd
    pages = walk(client, f"/api/sessions?limit={limit}{profile}", "sessions", "session_id")
    assert list(chain.from_iterable(pages)) == wanted
    assert {len(page) for page in pages[:-1]} <= {limit}
    assert pages[-1] != []


def test_list_sessions_filters_by_profile(client: httpx.Client) -> None:
    for profile in (1, 2, 1, None):
        client.post("/api/sessions", json={"profile_id": profile})
    for profile, count in ((1, 2), (2, 1), (3, 0)):
        body = client.get(f"/api/sessions?profile_id={profile}").json()
        assert [each["profile_id"] for each in body["sessions"]] == [profile] * count
        assert body["count"] == count


def test_list_sessions_puts_the_most_recently_active_first(client: httpx.Client) -> None:
    made = [client.post("/api/sessions", json={}).json()["session_id"] for _ in range(3)]
    message = {"role": "user", "content": "hello"}
    client.post(f"/sessions/history/update/{made[0]}", json=message)
    found = client.get("/api/sessions").json()["sessions"]
    assert [each["session_id"] for each in found] == [made[0], made[2], made[1]]


@pytest.mark.parametrize("limit", [1, 100])
def test_list_sessions_takes_the_limits_at_the_bounds(client: httpx.Client, limit: int) -> None:
    assert client.get(f"/api/sessions?limit={limit}").status_code == 200


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "", "1.0", "00"])
def test_list_sessions_takes_no_limit_beyond_them(client: httpx.Client, limit: str) -> None:
    response = client.get(f"/api/sessions?limit={limit}")
    assert pointers(response) == ["/query/limit"]
    assert response.json()["errors"][0]["message"]
    assert response.json()["title"] == "The request is not valid."


@pytest.mark.parametrize("profile", ["0", "2147483648", "one"])
def test_list_sessions_takes_no_profile_beyond_the_bounds(
    client: httpx.Client, profile: str
) -> None:
    assert pointers(client.get(f"/api/sessions?profile_id={profile}")) == ["/query/profile_id"]


def test_a_cursor_leads_on_in_its_own_list_alone(
    client: httpx.Client, stranger: httpx.Client, import_messages: ImportMessages
) -> None:
    made = [
        client.post("/api/sessions", json={"profile_id": 1}).json()["session_id"] for _ in range(3)
    ]
    for each in made[:2]:
        import_messages(each, 3)
    own = client.get("/api/sessions?limit=1").json()["next_cursor"]
    of_profile = client.get("/api/sessions?limit=1&profile_id=1").json()["next_cursor"]
    of_messages = client.get(f"/api/sessions/{made[0]}/messages?limit=1").json()["next_cursor"]
    assert None not in (own, of_profile, of_messages)
    for one, url, cursor in (
        (client, "/api/sessions", of_messages),
        (client, "/api/sessions", of_profile),
        (client, "/api/sessions?profile_id=1", own),
        (client, "/api/sessions?profile_id=2", of_profile),
        (stranger, "/api/sessions", own),
        (client, f"/api/sessions/{made[1]}/messages", of_messages),
        (client, f"/api/sessions/{made[0]}/messages", own),
        (client, "/api/agents", own),
        (client, "/api/profiles", of_messages),
        (client, "/api/sessions", "garbage"),
        (client, "/api/sessions", own[:-1]),
    ):
        response = one.get(url, params={**httpx.URL(url).params, "cursor": cursor})
        problem = problem_of(response, 400, "invalid-cursor")
        assert problem["title"] == "The cursor is not one of this list."


@pytest.mark.parametrize("cursor", ["", "x" * 513, "%2B%2F%3D", "a.b"])
def test_a_cursor_has_the_form_of_one(client: httpx.Client, cursor: str) -> None:
    assert pointers(client.get(f"/api/sessions?cursor={cursor}")) == ["/query/cursor"]


# --------------------------------------------------------------------------------------- messages


def test_list_session_messages_answers_as_documented(client: httpx.Client, session_id: str) -> None:
    said = [
        ("user", "Create a 10-slide presentation about Q3 revenue"),
        ("assistant", "I'll create a presentation about Q3 revenue..."),
    ]
    for role, content in said:
        client.post(
            f"/sessions/history/update/{session_id}", json={"role": role, "content": content}
        )
    response = client.get(f"/api/sessions/{session_id}/messages")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert body.keys() == {"messages", "next_cursor"}
    assert body["next_cursor"] is None
    assert [(each["role"], each["content"]) for each in body["messages"]] == said
    assert [each["seq"] for each in body["messages"]] == [0, 1]
    times = [datetime.fromisoformat(each["timestamp"]) for each in body["messages"]]
    assert times == sorted(times)
    assert times[0].tzinfo is not None


def test_list_session_messages_of_an_empty_session(client: httpx.Client, session_id: str) -> None:
    response = client.get(f"/api/sessions/{session_id}/messages")
    assert response.json() == {"messages": [], "next_cursor": None}


def test_list_session_messages_gives_ten_thousand_and_then_the_rest(
    client: httpx.Client, session_id: str, import_messages: ImportMessages
) -> None:
    import_messages(session_id, 10_050)
    first = client.get(f"/api/sessions/{session_id}/messages").json()
    assert [each["content"] for each in first["messages"]] == [
        f"message {seq}" for seq in range(10_000)
    ]
    rest = client.get(
        f"/api/sessions/{session_id}/messages", params={"cursor": first["next_cursor"]}
    ).json()
    assert [each["seq"] for each in rest["messages"]] == list(range(10_000, 10_050))
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("limit", [1, 100, 101, 249, 250, 10_000])
def test_list_session_messages_is_cut_exactly_by_its_cursors(
    client: httpx.Client, session_id: str, import_messages: ImportMessages, limit: int
) -> None:
    total = 250 if limit > 1 else 5
    import_messages(session_id, total)
    url = f"/api/sessions/{session_id}/messages?limit={limit}"
    pages = walk(client, url, "messages", "seq")
    assert list(chain.from_iterable(pages)) == list(range(total))
    assert {len(page) for page in pages[:-1]} <= {limit}
    assert pages[-1] != []


@pytest.mark.parametrize("limit", ["0", "10001", "-1", "all"])
def test_list_session_messages_bounds_the_limit(
    client: httpx.Client, session_id: str, limit: str
) -> None:
    response = client.get(f"/api/sessions/{session_id}/messages?limit={limit}")
    assert pointers(response) == ["/query/limit"]


def test_head_of_messages_is_that_of_get(client: httpx.Client, session_id: str) -> None:
    head = client.head(f"/api/sessions/{session_id}/messages")
    assert head.status_code == 200
    assert head.headers["Content-Type"] == "application/json"
    assert head.content == b""


# ---------------------------------------------------------------------------------------- cleanup


def test_delete_sessions_answers_as_documented(client: httpx.Client, store: Store) -> None:
    made = [client.post("/api/sessions", json={}).json()["session_id"] for _ in range(3)]
    for each in made:
        message = {"role": "user", "content": "hello"}
        client.post(f"/sessions/history/update/{each}", json=message)
    response = client.post("/api/sessions/cleanup", json={"session_ids": [made[2], made[0]]})
    assert response.status_code == 200
    assert response.json() == {"deleted": 2, "session_ids": [made[2], made[0]]}
    left = client.get("/api/sessions").json()["sessions"]
    assert [each["session_id"] for each in left] == [made[1]]
    assert client.get(f"/api/sessions/{made[0]}/messages").status_code == 404


def test_delete_sessions_leaves_out_what_the_caller_may_not_touch(
    client: httpx.Client, stranger: httpx.Client, admin: httpx.Client
) -> None:
    mine, other = (client.post("/api/sessions", json={}).json()["session_id"] for _ in range(2))
    theirs = stranger.post("/api/sessions", json={}).json()["session_id"]
    asked = [other, "unknown", theirs, mine, other, mine, str(uuid.uuid4())]
    response = client.post("/api/sessions/cleanup", json={"session_ids": asked})
    assert response.json() == {"deleted": 2, "session_ids": [other, mine]}
    assert stranger.get(f"/api/sessions/{theirs}").status_code == 200
    again = client.post("/api/sessions/cleanup", json={"session_ids": asked})
    assert again.json() == {"deleted": 0, "session_ids": []}
    by_admin = admin.post("/api/sessions/cleanup", json={"session_ids": [theirs]})
    assert by_admin.json() == {"deleted": 1, "session_ids": [theirs]}


def test_delete_sessions_takes_an_empty_list(client: httpx.Client) -> None:
    response = client.post("/api/sessions/cleanup", json={"session_ids": []})
    assert response.status_code == 200
    assert response.json() == {"deleted": 0, "session_ids": []}


def test_delete_sessions_takes_a_thousand_and_no_more(
    client: httpx.Client, crowd: list[str]
) -> None:
    unknown = [str(uuid.uuid4()) for _ in range(1001 - len(crowd))]
    too_many = client.post("/api/sessions/cleanup", json={"session_ids": [*unknown, *crowd]})
    assert pointers(too_many) == ["/body/session_ids"]
    assert client.get("/api/sessions?limit=100").json()["count"] == 100
    asked = [*unknown[1:], *crowd]
    assert len(asked) == 1000
    response = client.post("/api/sessions/cleanup", json={"session_ids": asked})
    assert response.json() == {"deleted": len(crowd), "session_ids": crowd}
    assert client.get("/api/sessions").json()["count"] == 0


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/body/session_ids"),
        ({"session_ids": None}, "/body/session_ids"),
        ({"session_ids": "abc123"}, "/body/session_ids"),
        ({"session_ids": [""]}, "/body/session_ids/0"),
        ({"session_ids": ["a", 1]}, "/body/session_ids/1"),
        (["abc123"], "/body"),
    ],
)
def test_delete_sessions_says_what_is_wrong(client: httpx.Client, body: Any, pointer: str) -> None:
    assert pointer in pointers(client.post("/api/sessions/cleanup", json=body))
