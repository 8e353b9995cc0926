"""Every view at three widths, light and dark: nothing sticks out, and axe-core finds nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.console.test_deck import BULLETS, TITLE, made
from tests.console.visiting import Console, Visits, go, overflow, shoot, violations
from tests.retrieval.book_files import scanned_pdf
from tests.server.conftest import patiently

SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])
HEIGHTS = {375: 720, 768: 1024, 1280: 800}
LONG = "A title as long as titles become when nobody thinks of those who have to read them " * 2

ANSWER = """# Bees

A colony has **one queen** [1], see [the page](https://bees.example/), and:

1. workers, who `collect()` nectar
2. drones

| Kind | Share |
| --- | ---: |
| workers | 98 % |

```python
def collect(flower: Flower) -> Nectar:
    return flower.nectar
```

> To make a prairie it takes a clover and one bee.
"""


@pytest.fixture(scope="module")
def sessions(console: Console) -> tuple[str, str]:
    """A server with some of everything; a session with slides and a conversation, and a team's."""
    client = console.client("vera", admin=True)
    agents = [
        client.call("POST", "/api/agents", {"name": name, "description": "Knows bees."}).json
        for name in ("Beekeeper", LONG[:150], "Pneumonoultramicroscopicsilicovolcanoconiosis" * 3)
    ]
    client.call("POST", "/api/profiles", {"name": "For children", "instructions": "Be brief."})
    client.call("PUT", "/api/v1/topics/bees", {"title": "Bees", "searchTerms": ["bee", "hive"]})
    url = f"{console.url}/api/v1/books"
    headers = {"Authorization": f"Bearer {console.server.token('vera', admin=True)}"}
    for name, data in (("Scan.pdf", scanned_pdf()), ("Hives.txt", b"Bees live in hives.")):
        httpx.post(url, headers=headers, files={"file": (name, data)})
    for _ in patiently():
        books = httpx.get(url, headers=headers).json()["books"]
        if all(book["status"] != "PROCESSING" for book in books):
            break
    ids = [agent["agent_id"] for agent in agents]
    team = client.call("POST", "/sessions/team/create?name=A%20team&session_type=team", ids).json
    update = f"/sessions/team/history/update/{team['session_id']}"
    client.call("POST", update, {"role": "user", "content": "What is a hive?"})
    client.call("POST", update, {"role": "assistant", "content": ANSWER, "agent_id": ids[0]})
    for agent_id in ids[1:]:
        client.call("POST", update, {"role": "assistant", "content": "Yes.", "agent_id": agent_id})
    session = made(client, TITLE, BULLETS, title=LONG[:150])
    path = f"/sessions/history/update/{session}"
    for turn in range(6):
        client.call("POST", path, {"role": "user", "content": f"What is a hive? ({turn})"})
        client.call("POST", path, {"role": "assistant", "content": ANSWER})
    return session, str(team["session_id"])


def of_dialog(button: str) -> Callable[[Page], None]:
    """Opens what a button opens."""
    return lambda page: page.locator("#main").get_by_role("button", name=button).first.click()


def choose_team(page: Page) -> None:
    """Shows the agents of which a team is made."""
    page.get_by_text("Choose who answers").click()
    page.get_by_role("radio", name="A team of agents").check()
    page.get_by_role("checkbox", name="Pneumono").check()
    expect(page.locator(".members .status").filter(has_text="1")).to_be_in_viewport()


def views(session: str, team: str) -> Iterator[tuple[str, str, str, Callable[[Page], None] | None]]:
    """Name, address, what shows that it is there, and what is done then."""
    yield "start", "", "textbox:First message", None
    yield "start-team", "", "textbox:First message", choose_team
    yield "session", f"sessions/{session}", "textbox:Message", None
    yield "team", f"sessions/{team}", "textbox:Message", None
    yield "books", "books", "heading:Hives", None
    yield "question", "books", "heading:Hives", of_dialog("Delete Hives")
    yield "topics", "topics", "heading:Bees", None
    yield "agents", "agents", "heading:Beekeeper", None
    yield "agent", "agents", "heading:Beekeeper", of_dialog("New agent")
    yield "profiles", "profiles", "heading:For children", None


@SCHEMES
@pytest.mark.parametrize("width", HEIGHTS)
def test_every_view(
    console: Console, visits: Visits, sessions: tuple[str, str], width: int, scheme: str
) -> None:
    size = {"width": width, "height": HEIGHTS[width]}
    page = visits.sign_in(console, "vera", admin=True, viewport=size, color_scheme=scheme)
    found = {}
    for name, at, sign, act in views(*sessions):
        go(page, at)
        role, _, words = sign.partition(":")
        expect(page.locator("#main").get_by_role(role, name=words, exact=True)).to_be_visible()  # type: ignore[arg-type]
        if act:
            act(page)
        shoot(page, f"{name}-{width}-{scheme}")
        # Colours and sizes of type are those of the other widths in between.
        wrong = violations(page) if width != 768 else []
        if overflow(page) > 0:
            wrong.append(f"{overflow(page)} pixels too wide")
        if wrong:
            found[name] = wrong
        if act:
            page.keyboard.press("Escape")
    assert found == {}


@SCHEMES
def test_who_is_not_signed_in(console: Console, visits: Visits, scheme: str) -> None:
    page = visits.page(color_scheme=scheme)
    for at in ("/", "/console", "/console/sign-in"):
        page.goto(console.url + at)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert violations(page) == []
        assert overflow(page) <= 0
