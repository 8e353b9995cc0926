"""The catalogue of topics."""

from __future__ import annotations

import uuid

import httpx
import pytest


@pytest.fixture
def topic() -> str:
    """The id of a topic that is not there."""
    return f"topic-{uuid.uuid4().hex}"


def test_a_topic_is_created_changed_read_listed_and_deleted(
    keeper: httpx.Client, topic: str
) -> None:
    url = f"/api/v1/topics/{topic}"
    made = keeper.put(url, json={"title": "Bees", "searchTerms": ["honey", "wax comb"]})
    assert made.status_code == 200
    body = made.json()
    assert body == {
        "topicId": topic,
        "title": "Bees",
        "searchTerms": ["honey", "wax comb"],
        "createdAt": body["createdAt"],
        "updatedAt": body["createdAt"],
    }
    assert keeper.get(url).json() == body
    changed = keeper.put(url, json={"title": "Wasps", "searchTerms": []}).json()
    assert (changed["title"], changed["searchTerms"]) == ("Wasps", [])
    assert changed["createdAt"] == body["createdAt"]
    assert changed["updatedAt"] > body["updatedAt"]
    assert keeper.delete(url).status_code == 204
    for method in ("GET", "DELETE"):
        gone = keeper.request(method, url)
        assert gone.status_code == 404
        assert gone.json() == {"error": "Topic not found."}


def test_topics_are_listed_page_by_page_in_the_order_of_their_ids(keeper: httpx.Client) -> None:
    stem = uuid.uuid4().hex
    ids = [f"t{stem}-{number}" for number in range(5)]
    for each in reversed(ids):
        keeper.put(f"/api/v1/topics/{each}", json={"title": each, "searchTerms": []})
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = keeper.get("/api/v1/topics", params=params).json()
        assert len(page["topics"]) <= 2
        seen += [each["topicId"] for each in page["topics"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert seen == sorted(seen)
    assert [each for each in seen if stem in each] == ids


@pytest.mark.parametrize(
    "body",
    [
        {"title": "Bees"},
        {"searchTerms": []},
        {"title": " ", "searchTerms": []},
        {"title": "x" * 201, "searchTerms": []},
        {"title": "Bees", "searchTerms": ["x"] * 51},
        {"title": "Bees", "searchTerms": [""]},
        {"title": "Bees", "searchTerms": "honey"},
    ],
)
def test_a_topic_that_the_contract_rules_out_is_refused(
    keeper: httpx.Client, topic: str, body: dict[str, object]
) -> None:
    response = keeper.put(f"/api/v1/topics/{topic}", json=body)
    assert response.status_code == 400
    assert list(response.json()) == ["error"]
    assert keeper.get(f"/api/v1/topics/{topic}").status_code == 404


@pytest.mark.parametrize("topic", [".", "..", "-x", "a b", "a%2Fb", "x" * 101, "ä"])
def test_an_id_that_no_topic_can_have_is_refused(keeper: httpx.Client, topic: str) -> None:
    url = str(keeper.base_url).rstrip("/") + f"/api/v1/topics/{topic.replace('.', '%2E')}"
    response = keeper.put(url, json={"title": "Bees", "searchTerms": []})
    assert response.status_code == 400
