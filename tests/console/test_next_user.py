"""Whoever signs in next in the same browser sees nothing of who was there before."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.console.talking import user
from tests.console.visiting import Console, Visits


def sign_in(page: Page, console: Console, name: str) -> None:
    """Sign somebody in in the same tab, over whoever is."""
    answer = page.context.request.post(
        f"{console.url}/console/sign-in",
        headers={"X-Palaver-Console": "1"},
        data={"key": console.key(name)},
    )
    assert answer.ok
    page.goto(f"{console.url}/console")
    page.reload()
    expect(page.locator("#account")).to_contain_text(name)


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
