"""Conversations, as people have them in the console."""

from __future__ import annotations

import uuid

from playwright.sync_api import Locator, Page, expect

from tests.console.visiting import Console, Visits


def user() -> str:
    """Somebody who has no sessions yet."""
    return f"user {uuid.uuid4().hex[:8]}"


def talk(visits: Visits, console: Console, name: str) -> tuple[Page, str]:
    """A page that shows a new session of a user, and the session's id."""
    session_id = console.client(name).create()
    page = visits.sign_in(console, name, at=f"sessions/{session_id}")
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()
    return page, session_id


def say(page: Page, text: str) -> None:
    """Write something and press Enter."""
    page.get_by_role("textbox", name="Message").fill(text)
    page.keyboard.press("Enter")


def messages(page: Page) -> Locator:
    """The messages that are shown."""
    return page.get_by_role("region", name="Messages").get_by_role("article")


def answer(page: Page) -> Locator:
    """The text of the newest answer."""
    return page.locator(".message.assistant").last.locator(".message-body")


def words(count: int) -> str:
    """What the model's script ``slow`` says."""
    return " ".join(f"w{number}" for number in range(count))
