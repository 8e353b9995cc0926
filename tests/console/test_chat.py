"""Talking in a browser: streamed, stopped, followed again after a reload, and read to its end."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.chat.protocol_scripts import ANSWER
from tests.chat.protocol_server import ProtocolServer
from tests.console.talking import answer, messages, say, talk, user, words
from tests.console.visiting import Console, Visits

BEGINNING = ANSWER.partition(" ")[0]
"""What the model says before it is let go on."""


def test_the_first_five_minutes(spoken_console: Console, visits: Visits) -> None:
    """From the link of the terminal to an answer, by keyboard alone."""
    name = user()
    page = visits.page()
    page.goto(spoken_console.link(name))
    first = page.get_by_role("textbox", name="First message")
    expect(first).to_be_focused()
    # The key is neither on the screen nor in the history any more.
    assert "key=" not in page.url
    page.keyboard.type("Good morning [[say:Good *morning* to you.]]")
    page.keyboard.press("Enter")
    expect(answer(page)).to_have_text("Good morning to you.")
    expect(answer(page).locator("em")).to_have_text("morning")
    expect(messages(page)).to_have_count(2)
    # The title that the model found is everywhere at once.
    expect(page.get_by_role("heading", level=1)).to_have_text("A short title")
    expect(page.get_by_role("link", name=re.compile("A short title"))).to_be_visible()
    expect(page).to_have_title("A short title – Palaver")
    (session,) = spoken_console.client(name).call("GET", "/api/sessions").json["sessions"]
    stored = spoken_console.client(name).messages(session["session_id"])
    assert [each["role"] for each in stored] == ["user", "assistant"]


def test_an_answer_is_seen_as_it_comes(
    spoken_console: Console, model: ProtocolServer, visits: Visits
) -> None:
    page, _ = talk(visits, spoken_console, user())
    say(page, "Go on [[hold:seen]]")
    expect(answer(page)).to_have_text(BEGINNING)
    article = page.locator(".message.assistant").last
    expect(article).to_have_attribute("aria-busy", "true")
    expect(page.get_by_role("button", name="Stop the answer")).to_be_visible()
    model.release("seen")
    expect(answer(page)).to_have_text(ANSWER)
    expect(article).not_to_have_attribute("aria-busy", "true")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    # Somebody who does not see it is told it once it is whole.
    status = page.get_by_role("region", name="Conversation").get_by_role("status")
    expect(status).to_have_text(answer(page).inner_text())


@pytest.mark.parametrize("forget", [False, True], ids=["this-browser", "another-browser"])
def test_a_reload_in_the_middle_loses_nothing(
    spoken_console: Console, model: ProtocolServer, visits: Visits, forget: bool
) -> None:
    name = user()
    page, session_id = talk(visits, spoken_console, name)
    say(page, f"Count [[hold:reload-{forget}]]")
    expect(answer(page)).to_have_text(BEGINNING)
    if forget:
        page = visits.sign_in(spoken_console, name, at=f"sessions/{session_id}")
    else:
        page.reload()
    expect(answer(page)).to_have_text(BEGINNING)
    expect(page.get_by_role("button", name="Stop the answer")).to_be_visible()
    model.release(f"reload-{forget}")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    stored = spoken_console.client(name).messages(session_id)[1]["content"]
    expect(answer(page)).to_have_text(stored)
    expect(messages(page)).to_have_count(2)
    assert stored == ANSWER


def test_a_reload_while_it_flows_shows_each_word_once(
    spoken_console: Console, visits: Visits
) -> None:
    page, _ = talk(visits, spoken_console, user())
    say(page, "Count [[slow:150,0.02]]")
    expect(answer(page)).to_contain_text("w10 ")
    page.reload()
    expect(answer(page)).to_contain_text("w20 ")
    page.reload()
    expect(answer(page)).to_have_text(words(150))
    expect(messages(page)).to_have_count(2)


@pytest.mark.parametrize("way", ["button", "key"])
def test_stopping_keeps_what_there_was(spoken_console: Console, visits: Visits, way: str) -> None:
    name = user()
    page, session_id = talk(visits, spoken_console, name)
    say(page, "Count [[slow:4000,0.02]]")
    expect(answer(page)).to_contain_text("w5 ")
    if way == "button":
        page.get_by_role("button", name="Stop the answer").click()
    else:
        page.keyboard.press("Escape")
    expect(page.get_by_text("Stopped. This is what there was.")).to_be_visible()
    said = spoken_console.client(name).messages(session_id)[1]
    assert said["status"] == "cancelled"
    expect(answer(page)).to_have_text(said["content"].strip())
    page.reload()
    expect(page.get_by_text("Stopped. This is what there was.")).to_be_visible()
    # And the conversation goes on.
    say(page, "Then [[say:Of course.]]")
    expect(answer(page)).to_have_text("Of course.")


def test_an_answer_that_fails_says_why_and_keeps_what_there_was(
    spoken_console: Console, visits: Visits
) -> None:
    page, _ = talk(visits, spoken_console, user())
    say(page, "Break [[cut]]")
    expect(page.locator(".message-note.failed")).to_contain_text("This answer failed: ")
    expect(answer(page)).not_to_be_empty()
    page.reload()
    expect(page.locator(".message-note.failed")).to_be_visible()
    expect(answer(page)).not_to_be_empty()


def test_enter_sends_and_shift_enter_does_not(spoken_console: Console, visits: Visits) -> None:
    page, _ = talk(visits, spoken_console, user())
    box = page.get_by_role("textbox", name="Message")
    box.press("Enter")
    box.press("Space")
    box.press("Enter")
    expect(messages(page)).to_have_count(0)
    box.fill("one")
    box.press("Shift+Enter")
    page.keyboard.type("two [[say:Fine.]]")
    before = box.bounding_box()
    box.press("Enter")
    expect(box).to_have_value("")
    expect(page.locator(".message.user .message-body")).to_have_text("one\ntwo [[say:Fine.]]")
    after = box.bounding_box()
    assert before is not None
    assert after is not None
    assert after["height"] < before["height"]


def test_what_is_written_survives_a_reload(spoken_console: Console, visits: Visits) -> None:
    page, _ = talk(visits, spoken_console, user())
    page.get_by_role("textbox", name="Message").fill("half a thought")
    page.reload()
    expect(page.get_by_role("textbox", name="Message")).to_have_value("half a thought")


HOSTILE = """
<script>window.hurt = 1</script><img src=x onerror="window.hurt = 2"><svg onload="window.hurt = 3">
<iframe srcdoc="<script>parent.hurt = 4</script>"></iframe><style>body { display: none }</style>

[a](javascript:window.hurt=5) [b](data:text/html,x) [c](#/agents) [d](//elsewhere.example/x)
[e](https://elsewhere.example/y "title") ![pixel](https://elsewhere.example/pixel.png)

<a href="javascript:window.hurt=6" style="position:fixed">over everything</a>
<form action="/console/sign-out"><button>press</button></form> a<br>b
"""


def test_an_answer_cannot_do_anything(spoken_console: Console, visits: Visits) -> None:
    page, _ = talk(visits, spoken_console, user())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    say(page, f"Try [[say:{HOSTILE}]]")
    body = answer(page)
    expect(body).to_contain_text("over everything")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    tags = set(body.locator("*").evaluate_all("all => all.map(each => each.localName)"))
    assert tags <= {"p", "a", "br"}
    hrefs = body.locator("a").evaluate_all("all => all.map(each => each.getAttribute('href'))")
    away = "https://elsewhere.example"
    assert hrefs == [f"{away}/y", f"{away}/pixel.png"]
    for link in body.locator("a").all():
        expect(link).to_have_attribute("rel", "noopener noreferrer")
    attributes = body.locator("*").evaluate_all("all => all.flatMap(e => e.getAttributeNames())")
    assert set(attributes) <= {"href", "target", "rel", "title"}
    assert page.evaluate("window.hurt") is None
    assert [url for url in asked if not url.startswith(spoken_console.url)] == []
    expect(body).to_contain_text("<script>window.hurt = 1</script>")


MARKDOWN = """# Title

One *two* **three** `four` ~~five~~ and a line
that goes on.

1. first
   - inner
2. second

| a | b |
| - | -: |
| 1 | 2 |

```python
def f(): pass
```

> said

* * *

- [x] done
- [ ] not done

See [this][ref].

[ref]: https://elsewhere.example/ref
"""


def structure(page: Page) -> str:
    """The newest answer's elements, without what reading adds to them."""
    html: str = answer(page).evaluate("each => each.innerHTML")
    return re.sub(r'(id|for)="[^"]*"', "", html)


def test_markdown_looks_the_same_however_it_came(spoken_console: Console, visits: Visits) -> None:
    """Piece by piece while it streams, or whole from the history."""
    page, _ = talk(visits, spoken_console, user())
    say(page, f"Write [[say:{MARKDOWN}]]")
    expect(answer(page).locator("h3")).to_have_text("Title")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(answer(page).get_by_role("link", name="this")).to_have_attribute(
        "href", "https://elsewhere.example/ref"
    )
    expect(answer(page).locator("ol > li")).to_have_count(2)
    expect(answer(page).locator("td").last).to_have_css("text-align", "end")
    expect(answer(page).get_by_role("checkbox")).to_have_count(2)
    streamed = structure(page)
    page.reload()
    expect(answer(page).locator("h3")).to_have_text("Title")
    assert structure(page) == streamed


def test_code_is_copied(spoken_console: Console, visits: Visits) -> None:
    page, _ = talk(visits, spoken_console, user())
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    say(page, "Code [[say:```sh\necho '<a>  b'\n```]]")
    copy = answer(page).get_by_role("button", name="Copy")
    copy.click()
    expect(answer(page).get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "echo '<a>  b'\n"


def test_nothing_moves_while_an_answer_comes(spoken_console: Console, visits: Visits) -> None:
    page, _ = talk(visits, spoken_console, user())
    say(page, "First [[say:One.]]")
    expect(answer(page)).to_have_text("One.")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    page.evaluate(
        """() => { window.shift = 0; new PerformanceObserver((list) => {
             for (const each of list.getEntries()) window.shift += each.value;
           }).observe({ type: "layout-shift", buffered: false }); }"""
    )
    say(page, "Count [[slow:400,0.005]]")
    expect(answer(page)).to_have_text(words(400))
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    assert page.evaluate("window.shift") < 0.1
    end = page.get_by_role("region", name="Messages")
    assert end.evaluate("each => each.scrollHeight - each.scrollTop - each.clientHeight") < 2


def test_whoever_reads_above_is_left_there(spoken_console: Console, visits: Visits) -> None:
    page, _ = talk(visits, spoken_console, user())
    say(page, "Much [[long:3000]]")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    region = page.get_by_role("region", name="Messages")
    say(page, "Count [[slow:300,0.01]]")
    expect(answer(page)).to_contain_text("w5 ")
    region.evaluate("each => { each.scrollTop = 100; }")
    expect(page.get_by_role("button", name="To the newest message")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    assert region.evaluate("each => each.scrollTop") == 100
    page.get_by_role("button", name="To the newest message").click()
    expect(page.get_by_role("button", name="To the newest message")).to_be_hidden()
    assert region.evaluate("each => each.scrollHeight - each.scrollTop - each.clientHeight") < 2


def test_a_team_answers_by_name_and_sums_up(spoken_console: Console, visits: Visits) -> None:
    name = user()
    client = spoken_console.client(name)
    for agent, text in (("Ada", "I lead."), ("Bert", "I follow.")):
        agent_id = f"{agent}-{name.replace(' ', '-')}"
        told = f"[[say:{text}]][[delegate:Bert-{name.replace(' ', '-')}]]"
        body = {"agent_id": agent_id, "name": agent, "instructions": told}
        assert client.call("POST", "/api/agents", body).status == 201
    page = visits.sign_in(spoken_console, name)
    page.get_by_text("Choose who answers").click()
    page.get_by_role("radio", name="A team of agents").check()
    page.get_by_role("checkbox", name="Ada").check()
    page.get_by_role("checkbox", name="Bert").check()
    page.get_by_label("How they work together").select_option("team-managed")
    page.get_by_role("textbox", name="Title").fill("The two")
    first = page.get_by_role("textbox", name="First message")
    first.fill("Who are you?")
    first.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("The two")
    expect(messages(page)).to_have_count(3)
    expect(messages(page).nth(1)).to_contain_text("Bert")
    expect(messages(page).nth(2)).to_contain_text("Ada")
    expect(messages(page).nth(2)).to_contain_text("Summary")
    expect(page.get_by_text("Ada, Bert – the first decides who answers")).to_be_visible()
