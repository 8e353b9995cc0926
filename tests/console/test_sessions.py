"""The list of sessions: found by title, renamed, deleted one by one and many at once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.console.talking import messages, user
from tests.console.visiting import Console, Visits


def entries(page: Page) -> Locator:
    """The entries of the list."""
    return page.get_by_role("region", name="Sessions").get_by_role("listitem")


def entry(page: Page, title: str) -> Locator:
    """One of them."""
    return entries(page).filter(has_text=title)


def titles(console: Console, name: str) -> set[str]:
    """What the server has."""
    listed = console.client(name).call("GET", "/api/sessions?limit=100").json["sessions"]
    return {each["title"] for each in listed}


def test_a_session_is_renamed_where_it_stands(console: Console, visits: Visits) -> None:
    name = user()
    session_id = console.client(name).create(title="Old title")
    page = visits.sign_in(console, name, at=f"sessions/{session_id}")
    entry(page, "Old title").hover()
    page.get_by_role("button", name="Rename Old title").click()
    title = entries(page).get_by_role("textbox", name="Title")
    expect(title).to_be_focused()
    title.fill("Never mind")
    title.press("Escape")
    expect(entry(page, "Old title")).to_be_visible()
    page.get_by_role("button", name="Rename Old title").click()
    title.fill("New title")
    title.press("Enter")
    expect(entry(page, "New title")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("New title")
    assert titles(console, name) == {"New title"}

    page.get_by_role("button", name="Rename this session").click()
    page.get_by_role("main").get_by_role("textbox", name="Title").fill("Newer")
    page.keyboard.press("Enter")
    expect(entry(page, "Newer")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Newer")


def test_a_session_is_deleted_when_that_is_meant(console: Console, visits: Visits) -> None:
    name = user()
    session_id = console.client(name).create(title="Doomed")
    page = visits.sign_in(console, name, at=f"sessions/{session_id}")
    delete = page.get_by_role("button", name="Delete Doomed")
    entry(page, "Doomed").hover()
    delete.click()
    dialog = page.get_by_role("alertdialog")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert titles(console, name) == {"Doomed"}
    delete.click()
    dialog.get_by_role("button", name="Delete session").click()
    expect(page.get_by_text("No sessions yet.")).to_be_visible()
    # Where it was shown, a new one can begin.
    expect(page.get_by_role("textbox", name="First message")).to_be_visible()
    assert titles(console, name) == set()


@pytest.fixture
def many(console: Console) -> str:
    """Somebody with more sessions than a page has."""
    name = user()
    client = console.client(name)
    for number in range(120):
        client.create(title=f"{'Even' if number % 2 == 0 else 'Odd'} number {number}")
    return name


def test_the_list_is_loaded_in_pages_and_searched_whole(
    console: Console, visits: Visits, many: str
) -> None:
    page = visits.sign_in(console, many)
    expect(entries(page)).to_have_count(50)
    entries(page).last.scroll_into_view_if_needed()
    expect(entries(page)).not_to_have_count(50)

    search = page.get_by_role("searchbox", name="Search sessions by title")
    search.fill("even NUMBER 1")
    # 10, 12, 14, 16, 18 and 100 to 118; the oldest of them are on the last page.
    expect(entries(page)).to_have_count(15)
    expect(page.get_by_text("15 found")).to_be_visible()
    search.fill("nothing like it")
    expect(page.get_by_text("No title has this.")).to_be_visible()
    search.fill("")
    expect(entries(page)).to_have_count(120)


def test_many_are_deleted_at_once(console: Console, visits: Visits, many: str) -> None:
    page = visits.sign_in(console, many)
    page.get_by_role("searchbox", name="Search sessions by title").fill("Even number 11")
    expect(entries(page)).to_have_count(5)
    page.get_by_role("button", name="Select", exact=True).click()
    for box in entries(page).get_by_role("checkbox").all():
        box.check()
    delete = page.get_by_role("button", name="Delete selected (5)")
    entries(page).get_by_role("checkbox").first.uncheck()
    expect(delete).to_have_count(0)
    page.get_by_role("button", name="Delete selected (4)").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete 4 sessions").click()
    expect(page.get_by_text("4 sessions deleted.")).to_be_visible()
    expect(entries(page)).to_have_count(1)
    left = titles(console, many) | {
        each["title"] for each in console.client(many).call("GET", "/api/sessions").json["sessions"]
    }
    assert len([each for each in left if each.startswith("Even number 11")]) == 1


def test_all_are_chosen_at_once(console: Console, visits: Visits, many: str) -> None:
    """Also those that were not loaded, or those alone that were found."""
    page = visits.sign_in(console, many)
    expect(entries(page)).to_have_count(50)
    page.get_by_role("button", name="Select", exact=True).click()
    page.get_by_role("button", name="Select all", exact=True).click()
    expect(entries(page)).to_have_count(120)
    expect(page.get_by_role("button", name="Delete selected (120)")).to_be_visible()
    expect(entries(page).get_by_role("checkbox").last).to_be_checked()
    page.get_by_role("button", name="Select none").click()
    expect(page.get_by_role("button", name="Delete selected")).to_have_count(0)
    expect(entries(page).get_by_role("checkbox").first).not_to_be_checked()

    page.get_by_role("searchbox", name="Search sessions by title").fill("Odd")
    expect(entries(page)).to_have_count(60)
    page.get_by_role("button", name="Select all found").click()
    # What another search hides is deleted too, so it is said.
    page.get_by_role("searchbox", name="Search sessions by title").fill("Odd number 11")
    expect(entries(page)).to_have_count(6)
    page.get_by_role("button", name="Delete selected (60, 54 not shown)").click()
    expect(page.get_by_role("alertdialog")).to_contain_text("54 of them are not shown now")
    page.get_by_role("alertdialog").get_by_role("button", name="Delete 60 sessions").click()
    expect(page.get_by_text("60 sessions deleted.")).to_be_visible()
    page.get_by_role("searchbox", name="Search sessions by title").fill("")
    expect(entries(page)).to_have_count(60)
    assert {each.split()[0] for each in titles(console, many)} == {"Even"}


def test_titles_are_found_without_their_accents_and_end_where_they_end(
    console: Console, visits: Visits
) -> None:
    name = user()
    long = "A title that is much too long for the side " * 3
    for title in ("İstanbul", "A naïve crème brûlée", "Ｗｉｄｅ", "turned \u202eround", long):
        console.client(name).create(title=title)
    page = visits.sign_in(console, name)
    search = page.get_by_role("searchbox", name="Search sessions by title")
    for written, found in (
        ("istanbul", "İstanbul"), ("naive CREME", "naïve"), ("NAÏVE", "naïve"), ("wide", "Ｗｉｄｅ")
    ):  # fmt: skip
        search.fill(written)
        expect(page.get_by_text("1 found")).to_be_visible()
        expect(entries(page)).to_contain_text(found)
        search.fill("")
        expect(entries(page)).to_have_count(5)
    # A sign for the direction of text turns nothing but the title that it stands in.
    turned = entry(page, "turned")
    expect(turned.locator("bdi")).to_have_text("turned \u202eround")
    turned.hover()
    turned.get_by_role("button", name=re.compile("Delete")).click()
    expect(page.get_by_role("alertdialog")).to_contain_text("\u2068turned \u202eround\u2069”?")
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Select", exact=True).click()
    cut = entry(page, "much too long").locator("bdi")
    assert cut.evaluate("each => each.scrollWidth > each.clientWidth")
    expect(cut).to_have_css("text-overflow", "ellipsis")


LOOK = "document.dispatchEvent(new Event('visibilitychange'))"
"""What a browser tells a page to which somebody comes back."""


def test_what_is_done_elsewhere_is_seen(spoken_console: Console, visits: Visits) -> None:
    name = user()
    client = spoken_console.client(name)
    for title in ("Kept", "Renamed", "Deleted", "Used"):
        client.create(title=title)
    page = visits.sign_in(spoken_console, name)
    expect(entries(page)).to_have_count(4)
    ids = {
        each["title"]: each["session_id"]
        for each in client.call("GET", "/api/sessions").json["sessions"]
    }
    was = entry(page, "Used").get_attribute("data-moment")
    assert was
    client.create(title="Made elsewhere")
    assert client.call("PATCH", f"/api/sessions/{ids['Renamed']}?title=Other+title").status == 200
    assert client.call("DELETE", f"/api/sessions/{ids['Deleted']}").status == 204
    said = {"role": "assistant", "content": "Something."}
    client.call("POST", f"/sessions/history/update/{ids['Used']}", said)
    page.evaluate(LOOK)
    expect(entry(page, "Made elsewhere")).to_be_visible()
    expect(entry(page, "Deleted")).to_have_count(0)
    expect(entry(page, "Other title")).to_be_visible()
    expect(entry(page, "Used")).not_to_have_attribute("data-moment", was)
    expect(entries(page)).to_have_count(4)


def test_the_time_of_a_session_is_that_of_its_newest_message(
    spoken_console: Console, visits: Visits
) -> None:
    name = user()
    session_id = spoken_console.client(name).create(title="Used")
    page = visits.sign_in(spoken_console, name, at=f"sessions/{session_id}")
    was = entry(page, "Used").get_attribute("data-moment")
    assert was
    page.get_by_role("textbox", name="Message").fill("Hello [[say:Hello.]]")
    page.keyboard.press("Enter")
    expect(messages(page)).to_have_count(2)
    expect(entries(page).first).not_to_have_attribute("data-moment", was)


def test_what_is_not_there_is_told(console: Console, visits: Visits) -> None:
    name = user()
    theirs = console.client(user()).create(title="Secret")
    page = visits.sign_in(console, name)
    for address in (
        theirs,
        "01900000-0000-7000-8000-000000000000",
        "%00",
        "a%2Fb",
        "x" * 300,
    ):
        page.evaluate("at => { location.hash = `#/sessions/${at}`; }", address)
        expect(page.get_by_role("heading", level=1)).to_have_text(
            re.compile("This session is not there|This did not work")
        )
        expect(page.get_by_text("Secret")).to_have_count(0)


def test_a_new_session_can_begin_without_a_message(console: Console, visits: Visits) -> None:
    name = user()
    page = visits.sign_in(console, name)
    page.get_by_text("Choose who answers").click()
    page.get_by_role("textbox", name="Title").fill("Empty")
    page.get_by_role("button", name="Start without a message").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Empty")
    expect(messages(page)).to_have_count(0)
    expect(page.get_by_role("textbox", name="Message")).to_be_focused()
    expect(entry(page, "Empty")).to_be_visible()
    assert titles(console, name) == {"Empty"}


def test_a_choice_that_is_missing_is_asked_for(console: Console, visits: Visits) -> None:
    name = user()
    page = visits.sign_in(console, name)
    page.get_by_text("Choose who answers").click()
    page.get_by_role("radio", name="A team of agents").check()
    first = page.get_by_role("textbox", name="First message")
    first.fill("Hello")
    first.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="Choose the agents")).to_be_visible()
    expect(first).to_have_value("Hello")
    assert titles(console, name) == set()


def test_on_a_small_screen_the_list_is_a_drawer(console: Console, visits: Visits) -> None:
    name = user()
    console.client(name).create(title="In the drawer")
    page = visits.sign_in(console, name, viewport={"width": 375, "height": 720})
    link = page.get_by_role("link", name=re.compile("In the drawer"))
    expect(link).to_be_hidden()
    menu = page.get_by_role("button", name="Menu")
    menu.click()
    expect(menu).to_have_attribute("aria-expanded", "true")
    expect(link).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()
    expect(menu).to_be_focused()
    menu.click()
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("In the drawer")
    expect(link).to_be_hidden()


def test_a_title_that_is_being_written_stays(console: Console, visits: Visits) -> None:
    """Whatever happens to the list meanwhile."""
    name = user()
    client = console.client(name)
    client.create(title="Below")
    session_id = client.create(title="Mine")
    page = visits.sign_in(console, name, at=f"sessions/{session_id}")
    entry(page, "Mine").hover()
    page.get_by_role("button", name="Rename Mine").click()
    title = entries(page).get_by_role("textbox", name="Title")
    title.fill("Half a ti")
    # A turn ends elsewhere, and the list is put in another order.
    page.get_by_role("textbox", name="Message").evaluate(
        """each => { each.value = "Hello"; each.dispatchEvent(new Event("input"));
             each.form.requestSubmit(); }"""
    )
    expect(messages(page)).to_have_count(2)
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(title).to_be_focused()
    expect(title).to_have_value("Half a ti")
    # A click elsewhere keeps what was written, and is a click elsewhere.
    page.get_by_role("searchbox", name="Search sessions by title").click()
    expect(entry(page, "Half a ti")).to_be_visible()
    expect(page.get_by_role("searchbox", name="Search sessions by title")).to_be_focused()
