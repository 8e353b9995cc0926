"""What a browser gets until the console is there: little, compressed, and all of it from here."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.console.visiting import Console, Visits

MOST = 300_000
"""Bytes over the wire, heads of responses included."""


def test_the_first_load_is_small_and_comes_from_here(console: Console, visits: Visits) -> None:
    first = visits.sign_in(console, "nell")
    signed_in = first.context.storage_state()
    page = visits.page(storage_state=signed_in)
    protocol = page.context.new_cdp_session(page)
    protocol.send("Network.enable")
    asked: list[str] = []
    received: list[float] = []
    protocol.on("Network.requestWillBeSent", lambda each: asked.append(each["request"]["url"]))
    protocol.on("Network.loadingFinished", lambda each: received.append(each["encodedDataLength"]))
    page.goto(f"{console.url}/console")
    expect(page.get_by_role("textbox", name="First message")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith(console.url)] == []
    assert len(asked) == len(received)
    # What other pages are made of came when there was time: later the server may be away.
    assert any(url.endswith("/books/books.js") for url in asked)
    assert 10_000 < sum(received) < MOST

    # What does not change is kept.
    page.reload()
    expect(page.get_by_role("textbox", name="First message")).to_be_visible()
    page.wait_for_load_state("networkidle")
    again = page.evaluate(
        "performance.getEntriesByType('resource')"
        ".filter(each => each.transferSize > 0 && each.name.includes('/console/static/'))"
        ".map(each => each.name)"
    )
    assert again == []
