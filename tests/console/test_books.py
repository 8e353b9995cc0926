"""The library in a browser: files go in, are read, fail, are tried again, and leave."""

from __future__ import annotations

import json

from playwright.sync_api import Locator, Page, Route, expect

from tests.console.visiting import Console, Visits, file, go
from tests.retrieval.book_files import scanned_pdf

BEES = "A colony of bees has one queen. She lays up to two thousand eggs a day."


def book(page: Page, title: str) -> Locator:
    """The row of a book."""
    books = page.get_by_role("list", name="Books")
    return books.get_by_role("listitem").filter(has=page.get_by_role("heading", name=title))


def test_files_are_sent_read_and_deleted(console: Console, visits: Visits) -> None:
    page = visits.sign_in(console, "keeper", admin=True, at="books")
    wasps = file("wasps.md", "# Wasps\n\nWasps build their nests of paper.")
    page.get_by_label("Add books").set_input_files([file("bees.txt", BEES), wasps])
    expect(book(page, "bees")).to_contain_text("Ready")
    expect(book(page, "wasps")).to_contain_text("Ready")
    expect(book(page, "bees")).to_contain_text("bees.txt · 71 bytes · 1 page")
    # A name that is written from the right turns nothing else.
    expect(book(page, "bees").locator(".about bdi")).to_have_text("bees.txt")

    page.get_by_label("Add books").set_input_files([file("again.txt", BEES)])
    uploads = page.get_by_role("list", name="Uploads").get_by_role("listitem")
    expect(uploads).to_contain_text("The library has this file already.")
    uploads.get_by_role("button", name="Show it").click()
    expect(book(page, "bees").get_by_role("heading")).to_be_focused()
    expect(uploads).to_have_count(0)

    book(page, "bees").get_by_role("button", name="Delete").click()
    question = page.get_by_role("alertdialog")
    expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(book(page, "bees")).to_have_count(1)
    book(page, "bees").get_by_role("button", name="Delete").click()
    question.get_by_role("button", name="Delete").click()
    expect(book(page, "bees")).to_have_count(0)
    listed = console.client("keeper").call("GET", "/api/v1/books").json["books"]
    assert "bees" not in [each["title"] for each in listed]


def test_a_book_that_failed_says_why_and_is_tried_again(console: Console, visits: Visits) -> None:
    page = visits.sign_in(console, "keeper", admin=True, at="books")
    page.get_by_label("Add books").set_input_files([file("scan.pdf", scanned_pdf())])
    row = book(page, "scan")
    expect(row).to_contain_text("Failed")
    reason = next(
        each["reason"]
        for each in console.client("keeper").call("GET", "/api/v1/books").json["books"]
        if each["title"] == "scan"
    )
    expect(row).to_contain_text(reason)
    with page.expect_response("**/retry") as answer:
        row.get_by_role("button", name="Try again").click()
    assert answer.value.status == 202
    expect(row).to_contain_text("Failed")
    row.get_by_role("button", name="Delete").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)


def test_files_are_dropped_and_progress_is_shown(console: Console, visits: Visits) -> None:
    page = visits.sign_in(console, "keeper", admin=True, at="books")
    # So that the page has a while in which it shows the way.
    session = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 300_000}
    session.send("Network.emulateNetworkConditions", slow)
    page.get_by_label("Add books").wait_for()
    seen = page.evaluate_handle(
        """() => {
          const seen = [];
          new MutationObserver(() => {
            const bar = document.querySelector(".uploads progress");
            if (bar) seen.push(bar.value);
          }).observe(document.body, { subtree: true, childList: true, attributes: true });
          return seen;
        }"""
    )
    page.evaluate(
        """() => {
          const files = new DataTransfer();
          const text = "Hornets are large wasps of the forest. ".repeat(9000);
          files.items.add(new File([text], "hornets.txt", { type: "text/plain" }));
          const zone = document.querySelector(".drop");
          for (const type of ["dragenter", "dragover", "drop"]) {
            zone.dispatchEvent(new DragEvent(type, { dataTransfer: files, bubbles: true }));
          }
        }"""
    )
    # An upload goes on while something else is looked at.
    expect(page.locator(".upload progress")).to_be_visible()
    go(page, "agents")
    expect(page.get_by_role("heading", level=1)).to_have_text("Agents")
    go(page, "books")
    expect(book(page, "hornets")).to_contain_text("Ready")
    values: list[float] = seen.json_value()
    assert values == sorted(values)
    assert any(0 < value < 1 for value in values), values


def test_whoever_may_not_change_the_library_sees_why(console: Console, visits: Visits) -> None:
    console.client("keeper", admin=True).call(
        "PUT", "/api/v1/topics/insects", {"title": "Insects", "searchTerms": ["bee", "wasp"]}
    )
    page = visits.sign_in(console, "reader", at="books")
    expect(page.get_by_text("only administrators change it")).to_be_visible()
    # The command signs in whoever reads it, and nobody else.
    expect(page.locator(".remark code")).to_contain_text("link --user reader --admin")
    expect(page.get_by_label("Add books")).to_have_count(0)
    expect(page.locator("#main").get_by_role("button", name="Delete")).to_have_count(0)
    page.locator("#main").get_by_role("link", name="Topics").click()
    expect(page.get_by_role("listitem").filter(has_text="bee, wasp")).to_be_visible()
    expect(page.get_by_role("button", name="New topic")).to_have_count(0)


def test_a_refused_upload_is_told_with_the_request_id(console: Console, visits: Visits) -> None:
    page = visits.sign_in(console, "keeper", admin=True, at="books")

    def full(route: Route) -> None:
        if route.request.method != "POST":
            return route.fallback()
        headers = {"Content-Type": "application/json", "X-Request-Id": "r-413"}
        body = json.dumps({"error": "The file is larger than the server takes."})
        return route.fulfill(status=413, headers=headers, body=body)

    page.route("**/api/v1/books", full)
    page.get_by_label("Add books").set_input_files([file("big.txt", "big")])
    upload = page.get_by_role("list", name="Uploads").get_by_role("listitem")
    expect(upload).to_contain_text("The file is larger than the server takes.")
    expect(upload).to_contain_text("r-413")
    page.unroute("**/api/v1/books")
    upload.get_by_role("button", name="Try again").click()
    expect(book(page, "big")).to_contain_text("Ready")


def test_the_status_is_asked_for_again_after_trouble(console: Console, visits: Visits) -> None:
    page = visits.sign_in(console, "keeper", admin=True, at="books")
    troubles = iter(range(2))

    def trouble(route: Route) -> None:
        if route.request.method != "GET" or next(troubles, None) is None:
            return route.fallback()
        headers = {"Content-Type": "application/json", "X-Request-Id": "r-503", "Retry-After": "0"}
        return route.fulfill(status=500, headers=headers, body=json.dumps({"error": "Trouble."}))

    page.route("**/api/v1/books/*", trouble)
    page.get_by_label("Add books").set_input_files(file("moths.txt", "Moths fly at night."))
    expect(page.locator("#trouble")).to_contain_text("r-503")
    expect(book(page, "moths")).to_contain_text("Ready")


def test_topics_are_put_and_deleted(console: Console, visits: Visits) -> None:
    page = visits.sign_in(console, "keeper", admin=True, at="topics")
    page.get_by_role("button", name="New topic").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Title").fill("The sea")
    form.get_by_label("Id").fill("sea")
    form.get_by_label("Words and phrases").fill("ship\nlighthouse \n\n")
    form.get_by_role("button", name="Save").click()
    row = page.get_by_role("listitem").filter(has_text="The sea")
    expect(row).to_contain_text("ship, lighthouse")
    page.get_by_role("button", name="New topic").click()
    form.get_by_label("Title").fill("Another sea")
    form.get_by_label("Id").fill("sea")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_contain_text("There is a topic with the id sea already.")
    # Escape does not throw away what was written, unless that is wished.
    page.keyboard.press("Escape")
    page.get_by_role("alertdialog").get_by_role("button", name="Cancel").click()
    expect(form.get_by_label("Title")).to_have_value("Another sea")
    page.keyboard.press("Escape")
    page.get_by_role("alertdialog").get_by_role("button", name="Leave it").click()
    expect(form).to_have_count(0)
    stored = console.client("reader").call("GET", "/api/v1/topics/sea").json
    assert stored["title"] == "The sea"
    assert stored["searchTerms"] == ["ship", "lighthouse"]
    row.get_by_role("button", name="Delete").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    assert console.client("reader").call("GET", "/api/v1/topics/sea").status == 404
