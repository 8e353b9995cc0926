"""Talking in a browser when something comes between: refusals, outages, other windows and keys."""

from __future__ import annotations

import re

import httpx
from playwright.sync_api import Route, expect

from tests.chat.protocol_scripts import ANSWER
from tests.chat.protocol_server import ProtocolServer
from tests.console.talking import answer, messages, say, talk, user, words
from tests.console.visiting import Console, Visits, go
from tests.server.conftest import patiently

BEGINNING = ANSWER.partition(" ")[0]
"""What the model says before it is let go on."""


def test_a_message_that_is_refused_comes_back(spoken_console: Console, visits: Visits) -> None:
    page, session_id = talk(visits, spoken_console, user())

    def refuse(route: Route) -> None:
        problem = {
            "type": "urn:palaver:problem:invalid-request", "title": "The request is not valid.",
            "status": 400, "instance": "urn:palaver:request:abc",
        }  # fmt: skip
        route.fulfill(
            status=400,
            json=problem,
            headers={"Content-Type": "application/problem+json", "X-Request-Id": "abc123"},
        )

    path = f"**/api/sessions/{session_id}/messages"
    page.route(
        path, lambda route: refuse(route) if route.request.method == "POST" else route.continue_()
    )
    say(page, "What I wrote")
    expect(page.get_by_role("alert")).to_contain_text("The message was not sent.")
    expect(page.get_by_role("alert")).to_contain_text("Request abc123")
    expect(page.get_by_role("textbox", name="Message")).to_have_value("What I wrote")
    expect(messages(page)).to_have_count(0)


def test_a_busy_session_is_followed(
    spoken_console: Console, model: ProtocolServer, visits: Visits
) -> None:
    """Another client began a turn after the page was opened."""
    name = user()
    page, session_id = talk(visits, spoken_console, name)
    url = f"{spoken_console.url}/api/sessions/{session_id}/messages"
    headers = {"Authorization": f"Bearer {spoken_console.server.token(name)}"}
    with httpx.stream("POST", url, json={"message": "[[hold:busy]]"}, headers=headers) as other:
        next(other.iter_lines())
        say(page, "Me too")
        expect(page.get_by_role("alert")).to_contain_text("An answer is being written")
        expect(page.get_by_role("textbox", name="Message")).to_have_value("Me too")
        expect(messages(page)).to_have_count(2)
        expect(page.get_by_role("button", name="Stop the answer")).to_be_visible()
        page.keyboard.press("Enter")
        expect(page.get_by_text("An answer is being written. Escape stops it.")).to_be_visible()
        model.release("busy")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(messages(page)).to_have_count(2)
    page.get_by_role("textbox", name="Message").fill("Me too [[say:You too.]]")
    page.keyboard.press("Enter")
    expect(answer(page)).to_have_text("You too.")


def test_an_answer_goes_on_while_people_look_elsewhere(
    spoken_console: Console, visits: Visits
) -> None:
    name = user()
    page, session_id = talk(visits, spoken_console, name)
    say(page, "Count [[slow:250,0.02]]")
    expect(answer(page)).to_contain_text("w5 ")
    go(page, "agents")
    expect(page.get_by_role("heading", name="Agents")).to_be_visible()
    go(page, f"sessions/{session_id}")
    expect(answer(page)).to_contain_text("w5 ")
    expect(answer(page)).to_have_text(words(250))
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(messages(page)).to_have_count(2)


def test_two_windows_show_the_same(
    spoken_console: Console, model: ProtocolServer, visits: Visits
) -> None:
    page, session_id = talk(visits, spoken_console, user())
    other = page.context.new_page()
    other.goto(f"{spoken_console.url}/console#/sessions/{session_id}")
    expect(other.get_by_role("textbox", name="Message")).to_be_visible()
    say(page, "Wait [[hold:two]]")
    expect(answer(page)).to_have_text(BEGINNING)
    # In the same browser the other window follows at once.
    expect(answer(other)).to_have_text(BEGINNING)
    model.release("two")
    for each in (page, other):
        expect(answer(each)).to_have_text(ANSWER)
        expect(messages(each)).to_have_count(2)


def test_a_window_that_is_entered_or_seen_for_long_shows_what_is_new(
    spoken_console: Console, visits: Visits
) -> None:
    """What was said elsewhere, and the slides that were made there."""
    name = user()
    page, session_id = talk(visits, spoken_console, name)
    client = spoken_console.client(name)

    def change(number: int) -> None:
        said = {"role": "assistant", "content": f"News {number}"}
        client.call("POST", f"/sessions/history/update/{session_id}", said)
        slide = {"content": {"layout": "section", "title": f"Slide {number}"}}
        path = f"/api/sessions/{session_id}/slides"
        assert client.call("POST", path, slide, {"If-Match": "*"}).status == 201

    def soon(route: Route) -> None:
        module = route.fetch()
        assert "ANEW = 60_000" in module.text()
        route.fulfill(response=module, body=module.text().replace("ANEW = 60_000", "ANEW = 500"))

    change(1)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(answer(page)).to_have_text("News 1")
    expect(page.locator(".slide-list .slide-title")).to_have_text(["Slide 1"])
    # Windows beside each other are looked at without being entered.
    page.route("**/sessions/list.js*", soon)
    page.reload()
    expect(answer(page)).to_have_text("News 1")
    expect(page.locator(".slide-list .slide-title")).to_have_text(["Slide 1"])
    change(2)
    expect(answer(page)).to_have_text("News 2")
    expect(page.locator(".slide-list .slide-title")).to_have_text(["Slide 1", "Slide 2"])


def test_a_session_that_goes_away_while_it_answers(spoken_console: Console, visits: Visits) -> None:
    name = user()
    page, session_id = talk(visits, spoken_console, name)
    say(page, "Count [[slow:4000,0.02]]")
    expect(answer(page)).to_contain_text("w5 ")
    gone = spoken_console.client(name).call("DELETE", f"/api/sessions/{session_id}")
    assert gone.status == 204
    expect(page.get_by_role("heading", name="This session is not there")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="This session is not there")).to_be_visible()


def test_a_session_that_was_deleted_elsewhere_is_left(
    spoken_console: Console, visits: Visits
) -> None:
    name = user()
    page, session_id = talk(visits, spoken_console, name)
    link = page.locator(f".session-link[href$='{session_id}']")
    expect(link).to_be_visible()
    gone = spoken_console.client(name).call("DELETE", f"/api/sessions/{session_id}")
    assert gone.status == 204
    say(page, "Hello?")
    expect(page.get_by_role("heading", name="This session is not there")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text=re.compile("."))).to_have_count(0)
    expect(link).to_have_count(0)
    # What was written is not lost with it.
    page.get_by_role("main").get_by_role("link", name="New session").click()
    expect(page.get_by_role("textbox", name="First message")).to_have_value("Hello?")


def test_what_is_said_before_the_history_is_there_comes_after_it(
    spoken_console: Console, visits: Visits
) -> None:
    page, _ = talk(visits, spoken_console, user())
    say(page, "First [[say:One.]]")
    expect(answer(page)).to_have_text("One.")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    held: list[Route] = []
    page.route("**/sessions/history/recent/**", lambda route: held.append(route))
    page.reload()
    box = page.get_by_role("textbox", name="Message")
    expect(box).to_be_visible()
    box.fill("Second [[say:Two.]]")
    box.press("Enter")
    expect(messages(page)).to_have_count(0)
    held[0].continue_()
    expect(answer(page)).to_have_text("Two.")
    expect(page.locator(".message-body")).to_have_text(
        ["First [[say:One.]]", "One.", "Second [[say:Two.]]", "Two."]
    )


def test_a_message_is_kept_until_it_is_taken(spoken_console: Console, visits: Visits) -> None:
    """Whether or not a try before the page was loaded again came through."""
    name = user()
    page, session_id = talk(visits, spoken_console, name)
    path = f"**/api/sessions/{session_id}/messages"
    keys: list[str | None] = []
    is_away = True

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            keys.append(route.request.headers.get("idempotency-key"))
        if route.request.method == "POST" and is_away:
            route.abort()
        else:
            route.continue_()

    page.route("**/readyz", lambda route: route.abort())
    page.route(path, lose)
    box = page.get_by_role("textbox", name="Message")
    say(page, "Precious [[say:Indeed.]]")
    expect(page.get_by_text("Not sent yet")).to_be_visible()
    box.fill("another thought")
    is_away = False
    page.reload()
    # Nothing of it is lost, and what is sent as it was counts once.
    expect(box).to_have_value("Precious [[say:Indeed.]]\n\nanother thought")
    say(page, "Precious [[say:Indeed.]]")
    expect(answer(page)).to_have_text("Indeed.")
    assert len(keys) > 1
    assert len(set(keys)) == 1
    expect(page.get_by_role("button", name="Send")).to_be_visible()

    # Taken, but nobody heard of it.
    def mute(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()
        else:
            route.continue_()

    page.unroute(path)
    page.route(path, mute)
    say(page, "Heard [[say:Yes.]]")
    for _ in patiently():
        if len(spoken_console.client(name).messages(session_id)) == 4:
            break
    page.unroute(path)
    page.reload()
    expect(messages(page)).to_have_count(4)
    expect(box).to_have_value("")


def test_a_text_that_is_too_long_is_not_cut(spoken_console: Console, visits: Visits) -> None:
    page, _ = talk(visits, spoken_console, user())
    box = page.get_by_role("textbox", name="Message")
    box.fill("x" * 99_998 + "🐝🐝🐝")
    expect(page.get_by_role("alert").filter(has_text="too long by 1 character")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    box.press("Enter")
    expect(messages(page)).to_have_count(0)
    assert len(box.input_value()) == 99_998 + 3
    box.press("End")
    box.press("Backspace")
    expect(page.get_by_text("too long")).to_be_hidden()
    expect(page.get_by_role("button", name="Send")).to_be_enabled()


def test_escape_in_another_field_stops_nothing(
    spoken_console: Console, model: ProtocolServer, visits: Visits
) -> None:
    name = user()
    page, session_id = talk(visits, spoken_console, name)
    say(page, "Go on [[hold:escape]]")
    expect(answer(page)).to_have_text(BEGINNING)
    page.get_by_role("searchbox", name="Search sessions by title").press("Escape")
    page.get_by_role("button", name="Slides", exact=True).click()
    page.get_by_role("button", name="Write a slide").click()
    form = page.locator(".slide-form")
    for label in ("Title", "Speaker notes (optional)"):
        form.get_by_label(label, exact=True).press("Escape")
    expect(form).to_be_visible()
    # While a word is put together, Escape is for that.
    page.get_by_role("textbox", name="Message").evaluate(
        """each => each.dispatchEvent(new KeyboardEvent("keydown",
             { key: "Escape", bubbles: true, isComposing: true }))"""
    )
    model.release("escape")
    expect(answer(page)).to_have_text(ANSWER)
    assert spoken_console.client(name).messages(session_id)[1]["status"] == "complete"


def test_why_an_answer_failed_is_known_after_a_reload(
    spoken_console: Console, visits: Visits
) -> None:
    name = user()
    page, session_id = talk(visits, spoken_console, name)
    say(page, "Break [[cut]]")
    note = page.locator(".message-note.failed")
    expect(note).to_contain_text("This answer failed: ")
    why = note.inner_text()
    page.reload()
    expect(note).to_have_text(why)
    # Where much would have to be read for it, people ask.
    client = spoken_console.client(name)
    for number in range(200):
        said = {"role": "user", "content": f"Number {number}"}
        assert client.call("POST", f"/sessions/history/update/{session_id}", said).status == 200
    page.reload()
    say(page, "Break again [[cut]]")
    expect(note).to_have_text(why)
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    page.reload()
    expect(note).to_contain_text("This answer failed before its end.")
    note.get_by_role("button", name="Why?").click()
    expect(note).to_have_text(why)
