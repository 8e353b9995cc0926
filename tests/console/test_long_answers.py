"""Answers that are long, or nested beyond reason: shown bit by bit, and never in the way."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.console.talking import answer, say, talk, user
from tests.console.visiting import Console, Visits

NESTED = {
    "quotes": ">" * 2500,
    "lists in quotes": "> - " * 2000,
    "lists": "- " * 4000 + "x",
    "lists by indentation": "\n".join(" " * 2 * depth + "- x" for depth in range(150)),
    "brackets": "[" * 20_000,
    "stars": "*a **b " * 5000,
}
LIST = "\n".join(f"- point {number} of *many*" for number in range(400))
ROW = "|x" * 150 + "|\n"


def stored(visits: Visits, console: Console, content: str) -> Page:
    """A page that shows a session with this answer, as an import leaves it."""
    name = user()
    client = console.client(name)
    session_id = client.create()
    path = f"/sessions/history/update/{session_id}"
    assert client.call("POST", path, {"role": "assistant", "content": content}).status == 200
    return visits.sign_in(console, name, at=f"sessions/{session_id}")


@pytest.mark.parametrize("content", NESTED.values(), ids=NESTED)
def test_what_is_nested_too_deeply_is_shown_as_it_was_written(
    spoken_console: Console, visits: Visits, content: str
) -> None:
    page = stored(visits, spoken_console, content)
    expect(answer(page)).to_contain_text(content[-40:].strip())
    assert page.get_by_text("This did not work").count() == 0


def test_nesting_that_streams_is_followed_to_its_end(
    spoken_console: Console, visits: Visits
) -> None:
    page, _ = talk(visits, spoken_console, user())
    say(page, f"Nest [[say:{NESTED['quotes']} the end]]")
    expect(answer(page)).to_contain_text("> the end")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(page.locator("#trouble")).to_be_empty()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<b>" * 33_000 + "the end", "the end"),
        (ROW + "|---" * 150 + "|\n" + ROW * 300 + "\nthe end", "the end"),
        ("word " * 19_000 + "the end", "the end"),
    ],
    ids=["tags", "table", "words"],
)
def test_what_is_very_long_is_whole_and_not_in_the_way(
    spoken_console: Console, visits: Visits, content: str, text: str
) -> None:
    page = stored(visits, spoken_console, content)
    expect(answer(page)).to_contain_text(text)
    count = answer(page).evaluate("each => each.querySelectorAll('*').length")
    assert count < 10_000
    # Nothing of it is lost.
    letters = answer(page).evaluate("each => each.textContent.length")
    assert letters > 0.9 * len(content.replace("|", "").replace(" ", "").replace("---", ""))


WATCH = """() => {
  window.made = 0;
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const each of addedNodes)
        if (each.nodeType === 1) window.made += 1 + each.querySelectorAll("*").length;
  }).observe(document.querySelector(".scroller"), { childList: true, subtree: true });
}"""


@pytest.mark.parametrize(
    ("content", "sign", "count"),
    [(LIST, "li", 400), ("| a | b |\n|-|-|\n" + "| 1 | 2 |\n" * 500, "tbody tr", 500)],
    ids=["list", "table"],
)
def test_a_long_list_is_not_made_anew_for_each_piece(
    spoken_console: Console, visits: Visits, content: str, sign: str, count: int
) -> None:
    page, _ = talk(visits, spoken_console, user())
    page.evaluate(WATCH)
    say(page, f"Count [[say:{content}]]")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(answer(page).locator(sign)).to_have_count(count)
    streamed = answer(page).inner_html()
    elements = answer(page).evaluate("each => each.querySelectorAll('*').length")
    # Once, and what was last a few times.
    assert page.evaluate("window.made") < 6 * elements
    page.reload()
    expect(answer(page).locator(sign)).to_have_count(count)
    assert answer(page).inner_html() == streamed


def test_a_numbered_list_goes_on_with_its_numbers(spoken_console: Console, visits: Visits) -> None:
    items = "\n".join(f"{number}. item {number}" for number in range(5, 205))
    text = f"{items}\n\n* other\n* list\n\nAnd [1] more.\n\n{LIST}\n\n\n- loose\n\n- list"
    page, _ = talk(visits, spoken_console, user())
    say(page, f"Count [[say:{text}]]")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(answer(page).locator("ol")).to_have_attribute("start", "5")
    expect(answer(page).locator("ol > li")).to_have_count(200)
    # The end of the third list says that there is room between its items: all is made once more.
    expect(answer(page).locator("ul > li:not(:has(> p))")).to_have_count(2)
    streamed = answer(page).inner_html()
    page.reload()
    expect(answer(page).get_by_text("loose")).to_be_visible()
    expect(answer(page).locator("ul > li").last).to_have_text("list")
    assert answer(page).inner_html() == streamed
