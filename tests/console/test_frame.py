"""The frame around all panels: what is told, and where; addresses that are none; who signs in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from playwright.sync_api import FloatRect, Locator, Page, Route, expect

from tests.console.signing_in import enter, visitor
from tests.console.talking import talk, user
from tests.console.visiting import LAPTOP, Console, Visits, go, overflow, shoot, violations

PHONE = {"width": 375, "height": 720}
LONG = "The server failed, and says so at some length, so that no line can hold it. " * 3


def problem(status: int, title: str) -> Mapping[str, Any]:
    """An answer of the API that refuses."""
    body = {"type": "urn:palaver:problem:some-trouble", "title": title, "status": status}
    return {"status": status, "json": body, "headers": {"X-Request-Id": "r-trouble"}}


def fail_to_rename(page: Page, session_id: str, answer: Mapping[str, Any] | None) -> None:
    """Have a renaming refused with an answer, or unheard without one; its form stays open."""

    def refuse(route: Route) -> None:
        if route.request.method != "PATCH":
            route.continue_()
        elif answer is None:
            route.abort()
        else:
            route.fulfill(**answer)

    page.route(f"**/api/sessions/{session_id}*", refuse)
    page.get_by_role("button", name="Rename this session").click()
    page.get_by_role("main").get_by_role("textbox", name="Title").fill("Named")
    page.keyboard.press("Enter")


def reachable(what: Locator) -> bool:
    """Whether a press on its middle comes to it, and to nothing that lies over it."""
    found: bool = what.evaluate(
        """each => {
          const { x, y, width, height } = each.getBoundingClientRect();
          const hit = document.elementFromPoint(x + width / 2, y + height / 2);
          return hit !== null && each.contains(hit);
        }"""
    )
    return found


def box(what: Locator) -> FloatRect:
    found = what.bounding_box()
    assert found is not None
    return found


@pytest.mark.parametrize("viewport", [PHONE, LAPTOP])
def test_what_is_told_lies_over_nothing(
    console: Console, visits: Visits, viewport: Mapping[str, int]
) -> None:
    page, session_id = talk(visits, console, user())
    page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
    page.get_by_role("textbox", name="Message").fill("A draft")
    beside = "#menu" if viewport is PHONE else ".side-foot"
    places = {what: box(page.locator(what)) for what in ("#main", ".composer", beside)}
    fail_to_rename(page, session_id, problem(409, LONG))
    notice = page.locator("#trouble > *")
    expect(notice).to_contain_text("r-trouble")
    shoot(page, f"notice-{viewport['width']}")
    # Nothing gave way to it, and it lies over nothing.
    assert {what: box(page.locator(what)) for what in places} == places
    told = box(notice)
    if viewport is PHONE:
        assert told["y"] + told["height"] <= places["#main"]["y"]
        assert all(reachable(each) for each in page.locator(".bar :is(button, .button)").all())
    else:
        assert told["x"] + told["width"] <= places["#main"]["x"]
        assert told["y"] + told["height"] <= places[beside]["y"]
    assert reachable(page.get_by_role("button", name="Send"))
    assert violations(page) == []
    if viewport is PHONE:
        # There is room for its beginning; the rest is there for whoever wants it.
        notice.get_by_role("button", name="More").click()
        shoot(page, "notice-whole-375")
        assert box(notice)["height"] > told["height"]
        assert reachable(notice.get_by_text("Request r-trouble"))
    # Its button stands beside the words, however many they are.
    words, close = box(notice.locator("p")), box(notice.get_by_role("button", name="Close"))
    assert close["x"] >= words["x"] + words["width"]
    assert words["y"] <= close["y"] + close["height"] / 2 <= words["y"] + words["height"]
    assert overflow(page) <= 0
    notice.get_by_role("button", name="Close").click()
    expect(notice).to_have_count(0)
    expect(page.get_by_role("link", name="Palaver").first).to_be_visible()


def test_what_is_told_is_seen_beside_the_drawer(console: Console, visits: Visits) -> None:
    page, session_id = talk(visits, console, user())
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    fail_to_rename(page, session_id, problem(409, LONG))
    notice = page.locator("#trouble > *")
    expect(notice).to_be_visible()
    page.get_by_role("button", name="Menu").click()
    leave = page.get_by_role("button", name="Sign out")
    expect(leave).to_be_visible()
    page.wait_for_function("document.querySelector('#side').getBoundingClientRect().x === 0")
    assert reachable(leave)
    assert reachable(notice)
    shoot(page, "notice-drawer-375")


@pytest.mark.parametrize("viewport", [PHONE, LAPTOP])
def test_what_was_told_while_the_server_was_away_goes_when_it_is_back(
    console: Console, visits: Visits, viewport: Mapping[str, int]
) -> None:
    page, session_id = talk(visits, console, user())
    page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
    page.route("**/readyz", lambda route: route.abort())
    fail_to_rename(page, session_id, None)
    away = page.get_by_text("The server cannot be reached. Trying again")
    expect(away).to_be_visible()
    expect(page.locator("#trouble > *")).to_have_count(1)
    shoot(page, f"away-{viewport['width']}")
    banner, frame = box(away), box(page.locator("#frame"))
    assert frame["y"] >= banner["y"] + banner["height"]
    assert frame["y"] + frame["height"] <= viewport["height"]
    assert reachable(page.get_by_role("link", name="New session").first)
    page.unroute("**/readyz")
    expect(page.get_by_text("The server is back.")).to_be_visible()
    expect(away).to_have_count(0)
    expect(page.locator("#trouble > *")).to_have_count(0)
    assert reachable(page.get_by_role("textbox", name="Message"))


@pytest.mark.parametrize(
    "at",
    [
        "nonsense",
        "sessions/",
        "sessions/%2e.",
        "constructor",
        "books/x",
        "agents/foo/bar",
        "sessions/a/b",
    ],
)
def test_an_address_that_is_none_is_called_so(console: Console, visits: Visits, at: str) -> None:
    page = visits.sign_in(console, user(), at=at)
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    assert violations(page) == []
    page.get_by_role("link", name="Start a new session").click()
    expect(page.get_by_role("textbox", name="First message")).to_be_visible()
    go(page, "books")
    expect(page.get_by_role("heading", level=1)).to_have_text("Books")


_TOLD = """async ([status, body]) => {
  const base = document.querySelector("script[src$='/app.js']").src.replace("app.js", "");
  const { told } = await import(`${base}errors.js`);
  const { ApiError } = await import(`${base}vendor/palaver-client.min.js`);
  return told(new ApiError(new Response("", { status }), body)).words;
}"""


def test_errors_are_told_in_peoples_words(console: Console, visits: Visits) -> None:
    page = visits.sign_in(console, user())

    def told(status: int, body: Any) -> str:
        words: str = page.evaluate(_TOLD, [status, body])
        return words

    assert told(429, {}).startswith("That was too much at once.")
    assert told(429, "<h1>slow down</h1>").startswith("That was too much at once.")
    for status in (502, 503, 504):
        assert told(status, "<html>Bad Gateway</html>") == "The server cannot be reached."
    assert told(500, {"detail": "x"}).startswith("The server failed.")
    failed = {"type": "urn:palaver:problem:turn-failed", "title": "The turn failed.", "status": 502}
    assert told(502, failed).startswith("The language model did not answer")
    invalid = {"type": "urn:x", "title": "The request is not valid.", "status": 400}
    for pointer, name in (
        ("/body/message", "Message: "),
        ("/body/slides/0/sub_title", "Slides 1 sub title: "),
        ("/query/limit", "Limit: "),
        ("/body", ""),
        ("", ""),
    ):
        errors = [{"pointer": pointer, "message": "must not be empty."}]
        words = told(400, {**invalid, "errors": errors})
        assert words == f"The request is not valid. {name}must not be empty."


def test_a_link_signs_nobody_out_unasked(console: Console, visits: Visits) -> None:
    ann, bob = user(), user() + " Ö" + "x" * 200
    page = visits.sign_in(console, ann)
    link = console.link(bob)
    page.goto(link)
    expect(page.get_by_text(f"You are signed in as {ann}.")).to_be_visible()
    assert page.url == f"{console.url}/console/sign-in"
    shoot(page, "sign-in-another")
    assert violations(page) == []
    assert overflow(page) <= 0
    page.get_by_role("link", name="Stay signed in").click()
    expect(page.locator("#account")).to_contain_text(ann)
    # The link is as good as it was.
    page.goto(link)
    page.get_by_role("button", name="Sign in by this link").click()
    expect(page.locator("#account")).to_contain_text(bob)
    # Whoever is named already is not asked.
    page.goto(console.link(bob))
    expect(page.locator("#account")).to_contain_text(bob)
    # Nor is a link that is none told as anybody's.
    page.goto(f"{console.url}/console/sign-in#key=x.y.z")
    page.get_by_role("button", name="Sign in by this link").click()
    expect(page.get_by_text("This is not a link of this server")).to_be_visible()


def test_commands_are_those_that_work_here(console: Console, visits: Visits) -> None:
    page = visits.page()
    page.goto(f"{console.url}/console")
    command = page.locator("pre code")
    expect(command).to_contain_text(f"-m palaver link --url {console.url}")
    page.goto(f"{console.url}/console/sign-in")
    expect(command).to_contain_text(f"-m palaver link --url {console.url}")
    # Nobody knows yet who is to be signed in.
    expect(page.get_by_text("It signs in owner")).to_be_visible()
    # A link that is used up is one of somebody's.
    link = console.link("Ann's")
    with visitor(console.url) as ann:
        enter(ann, link)
    page.goto("about:blank")
    page.goto(link)
    expect(command).to_contain_text("link --user 'Ann'\\''s' --url")
    expect(page.get_by_text("It signs in owner")).to_have_count(0)
    page.goto(console.url)
    expect(page.locator("#link")).to_contain_text(f"-m palaver link --url {console.url}")
    # Where its folders are is told to this machine alone.
    elsewhere = {"Accept": "text/html", "X-Forwarded-For": "203.0.113.5"}
    for path in ("/", "/console", "/console/sign-in", "/docs"):
        assert "-m palaver" in httpx.get(console.url + path, headers={"Accept": "text/html"}).text
        assert "-m palaver" not in httpx.get(console.url + path, headers=elsewhere).text


@pytest.mark.parametrize("admin", [True, False])
def test_the_start_says_that_there_are_no_books(
    console: Console, visits: Visits, admin: bool
) -> None:
    page = visits.page()
    books: list[Any] = []
    page.route(
        "**/api/v1/books?limit=1",
        lambda route: route.fulfill(json={"books": books, "nextCursor": None}),
    )
    page.goto(console.link(user(), admin=admin))
    expect(page.get_by_text("The library has no books yet.")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="add some").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Books")
    books.append({"bookId": "b"})
    go(page, "")
    with page.expect_response("**/api/v1/books?limit=1"):
        page.reload()
    expect(page.get_by_role("textbox", name="First message")).to_be_visible()
    expect(page.get_by_text("The library has no books yet.")).to_be_hidden()


def test_sessions_are_skipped_by_the_keyboard(console: Console, visits: Visits) -> None:
    name = user()
    for _ in range(3):
        console.client(name).create()
    page = visits.sign_in(console, name)
    expect(page.locator(".session")).to_have_count(3)
    expect(page.get_by_role("textbox", name="First message")).to_be_focused()
    page.locator("#side").get_by_role("link", name="Palaver").focus()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip the sessions")
    expect(skip).to_be_focused()
    shoot(page, "skip-sessions")
    assert box(skip)["y"] >= 0
    page.keyboard.press("Enter")
    expect(page.locator("#side").get_by_role("link", name="Books")).to_be_focused()
    assert page.url.endswith("/console")
