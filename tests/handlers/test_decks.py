"""Decks over HTTP: reading, changing under If-Match, undoing."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from palaver.contract.document import Document

if TYPE_CHECKING:
    from tests.handlers.conftest import HoldToContract

LAYOUTS: dict[str, dict[str, Any]] = {
    "title": {"title": "Revenue", "subtitle": "Third\nquarter"},
    "section": {"title": "Part one", "notes": "Slowly."},
    "bullets": {"title": "B", "bullets": [{"text": "one"}, {"text": "two", "level": 2}]},
    "two_columns": {
        "title": "C",
        "left": {"heading": "L", "bullets": [{"text": "a"}]},
        "right": {"bullets": []},
    },
    "table": {"title": "T", "header": ["a", "b"], "rows": [["1"], ["2", "=1+1", "more"]]},
    "code": {"title": "K", "language": "python", "code": "if x:\n\treturn '<b>'\n"},
    "quote": {"quote": "To be", "attribution": "W. S."},
}


def content_of(layout: str, **more: Any) -> dict[str, Any]:
    return {"layout": layout, **LAYOUTS[layout], **more}


def title(text: str) -> dict[str, Any]:
    return {"layout": "title", "title": text}


@pytest.fixture
def url(client: httpx.Client) -> str:
    """The slides of a new session."""
    made = client.post("/api/sessions", json={"title": "Talk"}).json()
    return f"/api/sessions/{made['session_id']}/slides"


def add(
    client: httpx.Client, url: str, content: dict[str, Any], position: int | None = None
) -> httpx.Response:
    body = {"content": content} | ({} if position is None else {"position": position})
    response = client.post(url, json=body, headers={"If-Match": "*"})
    assert response.status_code == 201, response.text
    return response


def titles(client: httpx.Client, url: str) -> list[str]:
    slides = client.get(url).json()["slide_deck"]["slides"]
    return [slide["content"]["title"] for slide in slides]


def operation(contract: Document, operation_id: str) -> Any:
    return next(each for each in contract.operations if each.operation_id == operation_id)


def test_a_session_has_an_empty_deck_at_first(
    client: httpx.Client, url: str, contract: Document, hold_to_contract: HoldToContract
) -> None:
    response = client.get(url)
    hold_to_contract(response, operation(contract, "get_session_slides"))
    deck = response.json()
    assert (deck["title"], deck["theme"], deck["version"]) == ("Talk", "paper", 0)
    assert deck["slide_deck"]["slides"] == []
    assert deck["slide_deck"]["scripts"] == ""
    assert ".slide" in deck["slide_deck"]["css"]
    assert response.headers["ETag"] == '"deck-0"'


@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_each_layout_is_kept_as_it_was_written(
    client: httpx.Client,
    url: str,
    layout: str,
    contract: Document,
    hold_to_contract: HoldToContract,
) -> None:
    written = content_of(layout, notes="n\n\tm")
    made = add(client, url, written)
    hold_to_contract(made, operation(contract, "insert_slide"))
    slide = made.json()
    if layout == "bullets":
        written["bullets"][0]["level"] = 0
    assert {**slide["content"]} == _with_levels(written)
    assert slide["slide_id"] == "slide_0"
    assert slide["html"].startswith("<section")
    assert made.headers["Location"] == f"{url}/slide_0"
    read = client.get(made.headers["Location"])
    hold_to_contract(read, operation(contract, "get_slide"))
    assert read.json() == slide
    assert client.get(url).json()["slide_deck"]["slides"] == [slide]
    assert read.headers["ETag"] == made.headers["ETag"] == client.get(url).headers["ETag"]


def _with_levels(content: Any) -> Any:
    """The same with the default that a bullet's level has."""
    if isinstance(content, dict):
        made = {key: _with_levels(value) for key, value in content.items()}
        return {**made, "level": made.get("level", 0)} if "text" in made else made
    return [_with_levels(each) for each in content] if isinstance(content, list) else content


def test_slides_are_inserted_moved_replaced_and_deleted(client: httpx.Client, url: str) -> None:
    any_version = {"If-Match": "*"}
    for name in "abc":
        add(client, url, title(name))
    add(client, url, title("d"), 0)
    add(client, url, title("e"), 200)
    assert titles(client, url) == ["d", "a", "b", "c", "e"]
    moved = client.post(f"{url}/slide_3/move", json={"position": 2}, headers=any_version)
    assert [each["slide_id"] for each in moved.json()["slide_deck"]["slides"]] == [
        "slide_0", "slide_1", "slide_3", "slide_2", "slide_4",
    ]  # fmt: skip
    put = client.put(f"{url}/slide_3", json={"content": content_of("code")}, headers=any_version)
    assert put.json()["content"] == content_of("code")
    assert put.json()["slide_id"] == "slide_3"
    gone = client.request("DELETE", f"{url}/slide_1", headers=any_version)
    assert (gone.status_code, gone.headers["ETag"]) == (204, '"deck-8"')
    assert client.get(f"{url}/slide_1").status_code == 404
    # Its id is not given out again.
    assert add(client, url, title("f")).json()["slide_id"] == "slide_5"
    deck = client.get(url).json()
    assert deck["version"] == 9
    assert [each["slide_id"] for each in deck["slide_deck"]["slides"]] == [
        "slide_0", "slide_3", "slide_2", "slide_4", "slide_5",
    ]  # fmt: skip


def test_theme_and_title_are_changed(client: httpx.Client, url: str) -> None:
    paper = client.get(url).json()["slide_deck"]["css"]
    changed = client.patch(url, json={"theme": "midnight"}, headers={"If-Match": '"deck-0"'})
    deck = changed.json()
    assert (deck["theme"], deck["title"], deck["version"]) == ("midnight", "Talk", 1)
    assert deck["slide_deck"]["css"] != paper
    changed = client.patch(url, json={"title": "Other"}, headers={"If-Match": '"deck-1"'})
    assert (changed.json()["theme"], changed.json()["title"]) == ("midnight", "Other")
    assert client.get(url.removesuffix("/slides")).json()["title"] == "Talk"
    for bad in ({}, {"theme": "pink"}, {"title": " "}, {"title": None}, {"theme": None}, {"a": 1}):
        refused = client.patch(url, json=bad, headers={"If-Match": "*"})
        assert refused.status_code == 400, bad


def test_undo_leads_back_to_the_beginning(
    client: httpx.Client, url: str, contract: Document, hold_to_contract: HoldToContract
) -> None:
    for name in "ab":
        add(client, url, title(name))
    client.patch(url, json={"theme": "ocean"}, headers={"If-Match": "*"})
    client.request("DELETE", f"{url}/slide_0", headers={"If-Match": "*"})
    assert titles(client, url) == ["b"]
    seen = []
    for _ in range(4):
        undone = client.post(f"{url}/undo", headers={"If-Match": client.get(url).headers["ETag"]})
        hold_to_contract(undone, operation(contract, "undo_deck_change"))
        deck = undone.json()
        seen.append((deck["theme"], [each["slide_id"] for each in deck["slide_deck"]["slides"]]))
    assert seen == [
        ("ocean", ["slide_0", "slide_1"]),
        ("paper", ["slide_0", "slide_1"]),
        ("paper", ["slide_0"]),
        ("paper", []),
    ]
    nothing = client.post(f"{url}/undo", headers={"If-Match": "*"})
    assert nothing.status_code == 409
    assert nothing.json()["type"] == "urn:palaver:problem:nothing-to-undo"
    hold_to_contract(nothing, operation(contract, "undo_deck_change"))


CHANGES: list[tuple[str, str, str, Any]] = [
    ("insert_slide", "POST", "", {"content": title("x")}),
    ("update_deck", "PATCH", "", {"theme": "ocean"}),
    ("undo_deck_change", "POST", "/undo", None),
    ("replace_slide", "PUT", "/slide_0", {"content": title("x")}),
    ("delete_slide", "DELETE", "/slide_0", None),
    ("move_slide", "POST", "/slide_0/move", {"position": 1}),
]


@pytest.mark.parametrize(("operation_id", "method", "path", "body"), CHANGES)
def test_every_change_is_made_for_a_version(
    client: httpx.Client,
    url: str,
    contract: Document,
    hold_to_contract: HoldToContract,
    operation_id: str,
    method: str,
    path: str,
    body: Any,
) -> None:
    for name in "ab":
        add(client, url, title(name))
    before = client.get(url).json()

    def send(**headers: str) -> httpx.Response:
        return client.request(method, url + path, json=body, headers=headers)

    missing = send()
    assert missing.status_code == 400
    assert missing.json()["errors"][0]["pointer"] == "/header/If-Match"
    for stale in ('"deck-1"', 'W/"deck-2"', "deck-2", '"x", "y"'):
        refused = send(**{"If-Match": stale})
        assert refused.status_code == 412, stale
        assert refused.json()["type"] == "urn:palaver:problem:deck-changed"
        assert refused.json()["detail"] == "The deck is at version 2."
        hold_to_contract(refused, operation(contract, operation_id))
    hold_to_contract(missing, operation(contract, operation_id))
    assert client.get(url).json() == before
    done = send(**{"If-Match": '"deck-1", "deck-2"'})
    assert done.is_success, done.text
    hold_to_contract(done, operation(contract, operation_id))
    assert done.headers["ETag"] == '"deck-3"' == client.get(url).headers["ETag"]


def test_of_many_who_change_one_version_one_does(client: httpx.Client, url: str) -> None:
    add(client, url, title("a"))
    send = {"If-Match": '"deck-1"'}

    def replace(number: int) -> int:
        body = {"content": title(str(number))}
        return client.put(f"{url}/slide_0", json=body, headers=send).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(replace, range(16)))
    assert sorted(statuses) == [200] + [412] * 15
    assert titles(client, url) == [str(statuses.index(200))]


def test_many_who_insert_at_once_all_do(client: httpx.Client, url: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: add(client, url, title(str(n))), range(16)))
    assert len({each.json()["slide_id"] for each in made}) == 16
    assert sorted(titles(client, url)) == sorted(map(str, range(16)))


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"layout": "poster", "title": "x"},
        {"title": "x"},
        {"layout": "title"},
        {"layout": "title", "title": ""},
        {"layout": "title", "title": " \t"},
        {"layout": "title", "title": "a\nb"},
        {"layout": "title", "title": "a\u0007"},
        {"layout": "title", "title": "a\u0000"},
        {"layout": "title", "title": "a\uffff"},
        {"layout": "title", "title": "x" * 501},
        {"layout": "title", "title": "x" * 100_000},
        {"layout": "title", "title": 7},
        {"layout": "title", "title": "x", "html": "<b>"},
        {"layout": "title", "title": "x", "bullets": []},
        {"layout": "title", "title": "x", "notes": "a\u001b"},
        {"layout": "title", "title": "x", "notes": None},
        {"layout": "bullets", "title": "x", "bullets": []},
        {"layout": "bullets", "title": "x", "bullets": [{"text": "x", "level": 3}]},
        {"layout": "bullets", "title": "x", "bullets": [{"text": "x"}] * 41},
        {"layout": "bullets", "title": "x", "bullets": ["x"]},
        {"layout": "table", "title": "x", "header": [], "rows": []},
        {"layout": "table", "title": "x", "header": ["a"] * 13, "rows": []},
        {"layout": "table", "title": "x", "header": ["a"], "rows": [[]]},
        {"layout": "table", "title": "x", "header": ["a"], "rows": [["a"]] * 101},
        {"layout": "table", "title": "x", "header": ["a"], "rows": [["a\r"]]},
        {"layout": "code", "title": "x", "code": "x" * 20_001},
        {"layout": "image", "title": "x", "image_id": "../etc", "alt": "a"},
    ],
)
def test_what_is_no_slide_is_refused(
    client: httpx.Client, url: str, content: dict[str, Any]
) -> None:
    for method, path in (("POST", ""), ("PUT", "/slide_0")):
        response = client.request(
            method, url + path, json={"content": content}, headers={"If-Match": "*"}
        )
        assert response.status_code == 400, response.text
        assert response.json()["type"] == "urn:palaver:problem:invalid-request"
    assert client.get(url).json()["version"] == 0


@pytest.mark.parametrize(
    ("content", "pointer", "message"),
    [
        ({"title": "x"}, "/body/content/layout", "the field is required"),
        ({"layout": 7}, "/body/content/layout", "the value is none of title, section, bullets"),
        ({"layout": "title"}, "/body/content/title", "the field is required"),
        ({"layout": "title", "title": "a\nb"}, "/body/content/title", "control character"),
        (
            {"layout": "bullets", "title": "x", "bullets": [{"text": "x"}, {"text": ""}]},
            "/body/content/bullets/1/text",
            "shorter than 1",
        ),
        ({"layout": "title", "title": "x", "css": ""}, "/body/content/css", "not known here"),
        ("text", "/body/content", "none of the allowed forms"),
    ],
)
def test_a_refusal_says_what_is_wrong_with_the_slide(
    client: httpx.Client, url: str, content: Any, pointer: str, message: str
) -> None:
    refused = client.post(url, json={"content": content}, headers={"If-Match": "*"})
    assert refused.status_code == 400
    found = refused.json()["errors"][0]
    assert found["pointer"] == pointer
    assert message in found["message"]


def test_texts_are_literal(client: httpx.Client, url: str) -> None:
    hostile = "<script>alert(1)</script>{{7*7}}#eval \u202e\u200f"
    made = add(
        client,
        url,
        {"layout": "table", "title": hostile, "header": [hostile], "rows": [["=cmd()", hostile]]},
    ).json()
    assert made["content"]["title"] == hostile
    assert "<script" not in made["html"]
    assert "&lt;script" in made["html"]


def test_a_deck_is_full_at_some_point(
    client: httpx.Client, url: str, contract: Document, hold_to_contract: HoldToContract
) -> None:
    lines = {"layout": "code", "title": "x", "code": "\n" * 9_990}
    add(client, url, lines)
    big = {"layout": "code", "title": "x", "code": "\n" * 20}
    for method, path in (("POST", ""), ("PUT", "/slide_0")):
        body = {"content": {**big, "code": "\n" * 10_001}}
        full = client.request(method, url + path, json=body, headers={"If-Match": "*"})
        assert full.status_code == 409, full.text
        assert full.json()["type"] == "urn:palaver:problem:deck-full"
    hold_to_contract(full, operation(contract, "replace_slide"))
    refused = client.post(url, json={"content": big}, headers={"If-Match": "*"})
    assert refused.status_code == 409
    hold_to_contract(refused, operation(contract, "insert_slide"))
    assert len(client.get(url).json()["slide_deck"]["slides"]) == 1


def test_two_hundred_slides_and_no_more(client: httpx.Client, url: str) -> None:
    for number in range(200):
        made = add(client, url, title(f"slide {number}"))
    assert made.json()["slide_id"] == "slide_199"
    full = client.post(url, json={"content": title("x")}, headers={"If-Match": "*"})
    assert (full.status_code, full.json()["detail"]) == (409, "A deck may have 200 slides.")
    assert len(client.get(url).json()["slide_deck"]["slides"]) == 200


@pytest.mark.parametrize("slide_id", ["slide_7", "slide_999999999"])
def test_a_slide_that_is_not_there(client: httpx.Client, url: str, slide_id: str) -> None:
    add(client, url, title("a"))
    sent = {"If-Match": "*"}
    for response in (
        client.get(f"{url}/{slide_id}"),
        client.put(f"{url}/{slide_id}", json={"content": title("x")}, headers=sent),
        client.request("DELETE", f"{url}/{slide_id}", headers=sent),
        client.post(f"{url}/{slide_id}/move", json={"position": 0}, headers=sent),
    ):
        assert response.status_code == 404
        assert response.json()["type"] == "urn:palaver:problem:slide-not-found"
    assert client.get(f"{url}/slide_007").status_code == 400
    assert client.get(f"{url}/other").status_code == 400


def test_a_repeated_insert_has_one_effect(client: httpx.Client, url: str) -> None:
    sent = {"Idempotency-Key": uuid.uuid4().hex, "If-Match": '"deck-0"'}
    first = client.post(url, json={"content": title("a")}, headers=sent)
    add(client, url, title("b"))
    # The deck is at another version by now; the request is still the same one.
    again = client.post(url, json={"content": title("a")}, headers=sent)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["ETag"] == first.headers["ETag"]
    assert titles(client, url) == ["a", "b"]
    other = client.post(url, json={"content": title("c")}, headers=sent)
    assert other.status_code == 422


def test_a_deleted_session_has_no_deck(client: httpx.Client, url: str) -> None:
    add(client, url, title("a"))
    assert client.delete(url.removesuffix("/slides")).status_code == 204
    assert client.get(url).status_code == 404
    gone = client.post(url, json={"content": title("x")}, headers={"If-Match": "*"})
    assert gone.status_code == 404
