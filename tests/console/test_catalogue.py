"""Agents and profiles: made, changed and deleted in a browser by those who may."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.console.visiting import Console, Visits, go


@pytest.mark.parametrize("kind", ["agent", "profile"])
def test_one_is_made_changed_and_deleted(console: Console, visits: Visits, kind: str) -> None:
    user = f"maker of {kind}s"
    page = visits.sign_in(console, user, at=f"{kind}s")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{kind.capitalize()}s")
    page.get_by_role("button", name=f"New {kind}").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("Beekeeper")
    form.get_by_label("Instructions").fill("Speak of bees.")
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
    row = page.get_by_role("listitem").filter(has_text="Beekeeper")
    expect(row).to_contain_text("Yours")

    def stored() -> list[tuple[str, str]]:
        made = console.client(user).call("GET", f"/api/{kind}s").json[f"{kind}s"]
        return [(m["name"], m["instructions"]) for m in made if m["created_by"] == user]

    assert stored() == [("Beekeeper", "Speak of bees.")]
    row.get_by_role("button", name="Edit Beekeeper").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Apiarist <b>")
    page.keyboard.press("Enter")
    row = page.get_by_role("listitem").filter(has_text="Apiarist <b>")
    expect(row.get_by_role("heading")).to_be_focused()
    assert stored() == [("Apiarist <b>", "Speak of bees.")]

    row.get_by_role("button", name="Delete").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    assert stored() == []


def test_what_others_made_can_be_read(console: Console, visits: Visits) -> None:
    client = console.client("ada")
    made = {"agent_id": "geographer", "name": "Geographer", "description": "Knows rivers."}
    client.call("POST", "/api/agents", made)
    page = visits.sign_in(console, "grace", at="agents")
    row = page.get_by_role("listitem").filter(has_text="Geographer")
    expect(row).to_contain_text("Of ada · geographer")
    expect(row.get_by_role("button")).to_have_count(0)

    # An id that is taken is told where the form is, and what was written stays.
    page.get_by_role("button", name="New agent").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("Another")
    form.get_by_label("Id (optional)").fill("geographer")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_contain_text("The agent id is taken.")
    expect(form.get_by_label("Name")).to_have_value("Another")


def test_a_list_that_could_not_be_read_is_tried_again(console: Console, visits: Visits) -> None:
    page = visits.sign_in(console, "grace")
    page.route("**/api/profiles*", lambda route: route.fulfill(status=500, body="{}"))
    go(page, "profiles")
    expect(page.locator("#trouble")).to_contain_text("The profiles could not be loaded.")
    page.unroute("**/api/profiles*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()


def test_a_list_comes_by_itself_once_the_server_is_back(console: Console, visits: Visits) -> None:
    console.client("lina").call("POST", "/api/profiles", {"name": "For sailors"})
    page = visits.sign_in(console, "lina")
    for path in ("**/api/profiles*", "**/healthz"):
        page.route(path, lambda route: route.abort())
    go(page, "profiles")
    expect(page.locator(".away")).to_be_visible()
    for path in ("**/api/profiles*", "**/healthz"):
        page.unroute(path)
    expect(page.get_by_role("listitem").filter(has_text="For sailors")).to_be_visible()
    expect(page.locator(".away")).to_have_count(0)
