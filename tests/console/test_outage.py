"""When the server is away, or does not know the browser any more: told, and recovered from."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.chat.protocol_server import ProtocolServer
from tests.console.talking import answer, messages, say, talk, user, words
from tests.console.visiting import Console, Visits, go
from tests.server.conftest import SECRET, Serve, serving

AWAY = "The server cannot be reached. Trying again"


@pytest.fixture
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Servers that end with the test."""
    with serving(tmp_path_factory.mktemp("outage")) as start:
        yield start


def away(page: Page) -> None:
    expect(page.get_by_text(AWAY)).to_be_visible()


def back(page: Page) -> None:
    expect(page.get_by_text("The server is back.")).to_be_visible()
    expect(page.get_by_text(AWAY)).to_have_count(0)


def test_an_answer_goes_on_after_the_network_was_away(
    spoken_console: Console, model: ProtocolServer, visits: Visits
) -> None:
    page, _ = talk(visits, spoken_console, user())
    # A connection that is there is kept by what simulates an outage; so this one is cut first.
    cut = True

    def passing(route: Route) -> None:
        if cut:
            route.abort()
        else:
            route.continue_()

    page.route("**/runs/*/events", passing)
    page.route("**/readyz", passing)
    page.evaluate(
        """() => { const real = window.fetch; window.fetch = async (...asked) => {
             const answer = await real(...asked);
             if (!String(asked[0]).endsWith("/messages") || !answer.body) return answer;
             const reader = answer.body.getReader();
             let pieces = 0;
             const broken = new ReadableStream({ async pull(to) {
               if (pieces++ > 4) return to.error(new TypeError("network error"));
               const { done, value } = await reader.read();
               if (done) to.close(); else to.enqueue(value);
             } });
             return new Response(broken, { status: answer.status, headers: answer.headers });
           }; }"""
    )
    say(page, "Count [[slow:120,0.02]]")
    away(page)
    cut = False
    back(page)
    expect(answer(page)).to_have_text(words(120))
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(messages(page)).to_have_count(2)


def test_a_message_is_sent_once_when_the_server_is_back(
    spoken_console: Console, visits: Visits
) -> None:
    """The first try reaches the server, and its answer is lost."""
    name = user()
    page, session_id = talk(visits, spoken_console, name)
    tries: list[Request] = []

    def lose(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        tries.append(route.request)
        if len(tries) == 1:
            route.fetch(timeout=30_000)
        if len(tries) <= 3:
            route.abort()
        else:
            route.continue_()

    page.route(f"**/api/sessions/{session_id}/messages", lose)
    say(page, "Hello [[say:Hello to you.]]")
    expect(answer(page)).to_have_text("Hello to you.", timeout=40_000)
    keys = {request.headers["idempotency-key"] for request in tries}
    assert len(keys) == 1
    assert len(tries) > 1
    contents = [each["content"] for each in spoken_console.client(name).messages(session_id)]
    assert contents == ["Hello [[say:Hello to you.]]", "Hello to you."]
    expect(messages(page)).to_have_count(2)


def test_a_server_that_dies_and_comes_back(
    serve: Serve, model: ProtocolServer, visits: Visits, store_url: str
) -> None:
    settings = {"database_url": store_url, "jwt_secret": SECRET}
    settings |= {"llm_base_url": model.base_url, "llm_model": "answer"}
    server = serve(**settings)
    console = Console(server)
    page, session_id = talk(visits, console, "ann")
    say(page, "Count [[slow:4000,0.02]]")
    expect(answer(page)).to_contain_text("w5 ")
    server.stop(signal.SIGKILL)
    away(page)
    again = serve("--port", str(server.port), **settings)
    assert again.port == server.port
    back(page)
    # What was stored of the answer is shown, and that it is not whole.
    expect(page.locator(".message-note.failed")).to_be_visible(timeout=60_000)
    said = console.client("ann").messages(session_id)[1]
    assert said["status"] == "failed"
    expect(answer(page)).to_have_text(said["content"].strip())
    say(page, "Still there? [[say:Yes.]]")
    expect(answer(page)).to_have_text("Yes.")


def test_whoever_is_signed_out_is_told_how_to_come_back(
    spoken_console: Console, visits: Visits
) -> None:
    name = user()
    page, _ = talk(visits, spoken_console, name)
    other = page.context.new_page()
    other.goto(f"{spoken_console.url}/console")
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url(f"{spoken_console.url}/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    # The command signs in whoever was here; where that is not known, it says whom.
    expect(page.get_by_label("Command")).to_contain_text(f"link --user '{name}'")
    page.reload()
    expect(page.get_by_label("Command")).not_to_contain_text("--user")
    expect(page.get_by_text("It signs in owner, who is an administrator.")).to_be_visible()
    assert page.context.cookies() == []


def test_tokens_are_renewed_without_a_word(spoken_console: Console, visits: Visits) -> None:
    page = visits.page()
    given: list[str] = []

    def short(route: Route) -> None:
        answer = route.fetch()
        if not answer.ok:
            # The page behind the link asks whether somebody is signed in.
            route.fulfill(response=answer)
            return
        token = answer.json()
        given.append(token["token"])
        # As good as over when it comes.
        route.fulfill(response=answer, json=token | {"expires_in": 61})

    page.route("**/console/token", short)
    page.goto(spoken_console.link(user()))
    first = page.get_by_role("textbox", name="First message")
    first.fill("One [[say:Uno.]]")
    first.press("Enter")
    expect(answer(page)).to_have_text("Uno.")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    before = len(given)
    page.wait_for_function("then => Date.now() > then + 1000", arg=page.evaluate("Date.now()"))
    say(page, "Two [[say:Due.]]")
    expect(answer(page)).to_have_text("Due.")
    assert len(given) > before
    expect(page.get_by_role("alert")).to_be_empty()


def test_a_token_that_is_refused_is_replaced(spoken_console: Console, visits: Visits) -> None:
    page, session_id = talk(visits, spoken_console, user())
    refusals = 1

    def refuse(route: Route) -> None:
        nonlocal refusals
        if refusals and route.request.method == "PATCH":
            refusals -= 1
            route.fulfill(
                status=401,
                json={"type": "urn:palaver:problem:unauthenticated", "title": "No.", "status": 401},
                headers={"Content-Type": "application/problem+json", "X-Request-Id": "r1"},
            )
        else:
            route.continue_()

    page.route(f"**/api/sessions/{session_id}*", refuse)
    page.get_by_role("button", name="Rename this session").click()
    page.get_by_role("main").get_by_role("textbox", name="Title").fill("Named")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Named")


def test_a_page_that_could_not_be_opened_opens_when_the_server_is_back(
    spoken_console: Console, visits: Visits
) -> None:
    page, session_id = talk(visits, spoken_console, user())
    problem = {
        "type": "urn:palaver:problem:store-unavailable",
        "title": "The server cannot work at the moment.",
        "status": 503,
        "instance": "urn:palaver:request:r503",
    }
    is_away = True

    def fail(route: Route) -> None:
        if not is_away:
            route.continue_()
            return
        headers = {"Content-Type": "application/problem+json", "X-Request-Id": "r503"}
        route.fulfill(status=503, json=problem, headers=headers)

    page.route("**/readyz", fail)
    page.route(f"**/sessions/**/{session_id}*", fail)
    page.reload()
    expect(page.get_by_role("heading", name="This did not work")).to_be_visible()
    expect(page.get_by_text("The server cannot reach its database.")).to_be_visible()
    expect(page.get_by_text("Request r503").first).to_be_visible()
    away(page)
    is_away = False
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()


def test_a_message_that_waits_for_the_server_can_be_taken_back(
    spoken_console: Console, visits: Visits
) -> None:
    name = user()
    page, session_id = talk(visits, spoken_console, name)
    page.route("**/readyz", lambda route: route.abort())
    page.route(f"**/api/sessions/{session_id}/messages", lambda route: route.abort())
    say(page, "Never mind")
    expect(page.get_by_text("Not sent yet")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("textbox", name="Message")).to_have_value("Never mind")
    expect(messages(page)).to_have_count(0)
    assert spoken_console.client(name).messages(session_id) == []


def test_what_was_not_loaded_is_loaded_when_the_server_is_back(
    spoken_console: Console, visits: Visits
) -> None:
    name = f"Agent of {user()}"
    client = spoken_console.client(user())
    client.call("POST", "/api/agents", {"name": name})
    page = visits.page()
    is_away = True

    def pass_or_fail(route: Route) -> None:
        if is_away:
            route.abort()
        else:
            route.continue_()

    for what in ("**/api/agents*", "**/api/profiles*", "**/readyz", "**/books/books.js"):
        page.route(what, pass_or_fail)
    page.goto(spoken_console.link(user()))
    away(page)
    page.get_by_text("Choose who answers").click()
    page.get_by_role("radio", name="An agent").check()
    expect(page.get_by_text("The agents are not loaded.")).to_be_visible()
    expect(page.get_by_text("There are no agents yet.")).to_be_hidden()
    # Of a page that was not visited yet not even its parts are there.
    go(page, "books")
    expect(page.get_by_text("It is shown as soon as the server is back.")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    page.go_back()
    page.get_by_text("Choose who answers").click()
    page.get_by_role("radio", name="An agent").check()
    is_away = False
    back(page)
    expect(page.get_by_role("option", name=name)).to_be_attached()
    expect(page.get_by_text("The agents are not loaded.")).to_be_hidden()
    is_away = True
    # What came is kept, and what did not come is asked for anew.
    go(page, "topics")
    expect(page.get_by_role("heading", level=1)).to_have_text("Topics")
    go(page, "books")
    away(page)
    is_away = False
    expect(page.get_by_role("heading", level=1)).to_have_text("Books")
