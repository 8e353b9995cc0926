"""Whoever signs in next in the same browser sees nothing of who was there before."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.console.talking import user
from tests.console.visiting import Console, Visits, shoot, violations


def sign_in(page: Page, console: Console, name: str) -> None:
    """Sign somebody in in the same tab, over whoever is."""
    sign_in_beside(page, console, name)
    page.goto(f"{console.url}/console")
    page.reload()
    expect(page.locator("#account")).to_contain_text(name)


def sign_in_beside(page: Page, console: Console, name: str) -> None:
    """Sign somebody in with the same browser, unseen by its tabs."""
    answer = page.context.request.post(
        f"{console.url}/console/sign-in",
        headers={"X-Palaver-Console": "1"},
        data={"key": console.key(name)},
    )
    assert answer.ok


@pytest.mark.parametrize("leaves", [True, False], ids=["signed-out", "signed-in-over"])
def test_drafts_are_their_writers_own(console: Console, visits: Visits, leaves: bool) -> None:
    ann, bob = user(), user()
    page = visits.sign_in(console, ann)
    box = page.get_by_role("textbox", name="First message")
    box.fill("between us")
    if leaves:
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url(f"{console.url}/")
        assert "between us" not in page.evaluate("JSON.stringify(sessionStorage)")
    sign_in(page, console, bob)
    expect(box).to_have_value("")
    sign_in(page, console, ann)
    expect(box).to_have_value("" if leaves else "between us")


def test_a_tab_does_not_become_somebody_elses(console: Console, visits: Visits) -> None:
    carl, dora = user(), user()
    page = visits.page()

    def short(route: Route) -> None:
        answer = route.fetch()
        # As good as over when it comes.
        token = answer.json() | ({"expires_in": 61} if answer.ok else {})
        route.fulfill(response=answer, json=token)

    page.route("**/console/token", short)
    page.goto(console.link(carl))
    box = page.get_by_role("textbox", name="First message")
    box.fill("For carl alone")
    sign_in_beside(page, console, dora)
    page.wait_for_function("then => Date.now() > then + 1000", arg=page.evaluate("Date.now()"))
    box.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Somebody else signed in")
    expect(page.get_by_role("main")).to_contain_text(f"signed in as {dora} now")
    expect(page.locator("#account")).to_be_hidden()
    shoot(page, "replaced")
    assert violations(page) == []
    # Nor does the way back lead to what stood here.
    page.evaluate("location.hash = '#/books'")
    expect(page.get_by_role("heading", level=1)).to_have_text("Somebody else signed in")
    for name in (carl, dora):
        assert console.client(name).call("GET", "/api/sessions").json["sessions"] == []
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#account")).to_contain_text(dora)


def test_tabs_tell_each_other_who_is_signed_in(console: Console, visits: Visits) -> None:
    carl, dora = user(), user()
    page = visits.sign_in(console, carl)
    page.get_by_role("textbox", name="First message").fill("between us")
    other = page.context.new_page()
    other.goto(console.link(dora))
    other.get_by_role("button", name="Sign in by this link").click()
    expect(other.locator("#account")).to_contain_text(dora)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Somebody else signed in")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#account")).to_contain_text(dora)
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url(f"{console.url}/")
    expect(heading).to_have_text("Sign in")
    page.wait_for_function("!JSON.stringify(sessionStorage).includes('between us')")
    # Whoever comes back in one tab is there in all of them.
    other.goto(console.link(carl))
    expect(page.locator("#account")).to_contain_text(carl)
