"""Agents, profiles and topics: made, changed and deleted in a browser."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.console.visiting import Console, Visits


def test_an_agent_is_made_changed_and_deleted(console: Console, visits: Visits) -> None:
    page = visits.sign_in(console, "agnes", at="agents")
    expect(page.get_by_role("heading", level=1)).to_have_text("Agents")
    page.get_by_role("button", name="New agent").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("Beekeeper")
    form.get_by_label("Instructions").fill("Speak of bees.")
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
    row = page.get_by_role("listitem").filter(has_text="Beekeeper")
    expect(row).to_contain_text("Yours")
    made = console.client("agnes").call("GET", "/api/agents").json["agents"]
    assert [(a["name"], a["instructions"]) for a in made if a["created_by"] == "agnes"] == [
        ("Beekeeper", "Speak of bees.")
    ]

    row.get_by_role("button", name="Edit Beekeeper").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Apiarist <b>")
    page.keyboard.press("Enter")
    row = page.get_by_role("listitem").filter(has_text="Apiarist <b>")
    expect(row.get_by_role("heading")).to_be_focused()

    row.get_by_role("button", name="Delete").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    left = console.client("agnes").call("GET", "/api/agents").json["agents"]
    assert [a for a in left if a["created_by"] == "agnes"] == []
