"""From a book to an answer that rests on it, and the same without a mouse."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.console.visiting import Console, Visits, file, shoot

LIGHTHOUSES = (
    "The lighthouse of Eddystone stands on rocks south of Plymouth. "
    "Its fourth tower is forty-nine metres tall and was lit in 1882."
)
QUESTION = "How tall is the fourth tower of the Eddystone lighthouse?"


def tab_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Go to an element as somebody without a mouse does, and see that it shows that it has the
    focus."""
    wanted.wait_for()
    for _ in range(80):
        page.keyboard.press(key)
        if wanted.evaluate("each => each === document.activeElement"):
            break
    expect(wanted).to_be_focused()
    assert wanted.evaluate("each => getComputedStyle(each).outlineStyle") != "none"


def test_an_answer_leads_to_the_passage_that_it_rests_on(console: Console, visits: Visits) -> None:
    page = visits.sign_in(console, "librarian", admin=True, at="books")
    page.get_by_label("Add books").set_input_files(file("Lighthouses.txt", LIGHTHOUSES))
    row = page.get_by_role("listitem").filter(has_text="Lighthouses.txt")
    expect(row).to_contain_text("Ready")

    reader = visits.sign_in(console, "reader")
    message = reader.get_by_role("textbox", name="First message")
    message.fill(QUESTION)
    message.press("Enter")
    source = reader.get_by_role("list", name="Sources").get_by_role("button")
    expect(source.first).to_contain_text("Lighthouses, p. 1")
    shoot(reader, "grounded-answer")
    source.first.click()
    expect(reader.get_by_role("dialog")).to_contain_text("forty-nine metres tall")
    reader.keyboard.press("Escape")
    expect(source.first).to_be_focused()


def test_everything_is_reached_without_a_mouse(console: Console, visits: Visits) -> None:
    page = visits.sign_in(console, "tabitha", admin=True)
    message = page.get_by_role("textbox", name="First message")
    expect(message).to_be_visible()
    page.locator("body").press("Tab")
    tab_to(page, page.locator("#side").get_by_role("link", name="Books"))
    page.keyboard.press("Enter")
    chooser = page.get_by_label("Add books")
    tab_to(page, chooser)
    # The system's own window for choosing files is not the page's.
    chooser.set_input_files(file("Buoys.txt", "Buoys mark the fairway for ships."))
    row = page.get_by_role("listitem").filter(has_text="Buoys.txt")
    expect(row).to_contain_text("Ready")
    tab_to(page, row.get_by_role("button", name="Delete Buoys"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("alertdialog")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(row).to_have_count(0)

    tab_to(page, page.locator("#side").get_by_role("link", name="New session"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(message).to_be_focused()
    page.keyboard.type("Create a 2-slide presentation about buoys")
    page.keyboard.press("Enter")
    titles = page.locator(".slide-list .slide-title")
    expect(titles).to_have_count(2)
    tab_to(page, page.locator(".slide-list button").first)
    page.keyboard.press("F2")
    form = page.locator(".slide-form")
    tab_to(page, form.get_by_label("Title", exact=True))
    page.keyboard.press("Control+a")
    page.keyboard.type("All about buoys")
    page.keyboard.press("Enter")
    expect(form).to_have_count(0)
    expect(titles.first).to_have_text("All about buoys")
    expect(page.locator(".slide-list button").first).to_be_focused()
