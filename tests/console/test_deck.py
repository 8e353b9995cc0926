"""Slides in a browser: made by a chat turn, changed by hand, undone, and taken along as files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image
from playwright.sync_api import FrameLocator, Locator, Page, expect
from pptx import Presentation

from tests.chat.protocol_server import ProtocolServer
from tests.chat.tool_calls import calls
from tests.console.visiting import Console, Visits, file, go, shoot, violations
from tests.server.conftest import Client

TITLE = {"layout": "title", "title": "Bees", "subtitle": "An introduction"}
BULLETS = {
    "layout": "bullets",
    "title": "What they do",
    "bullets": [{"text": "Collect nectar"}, {"text": "and pollen", "level": 1}],
}
END = {"layout": "section", "title": "The end"}


def deck_of(client: Client, session: str) -> Any:
    """A session's deck as the API tells it."""
    return client.call("GET", f"/api/sessions/{session}/slides").json


def contents(client: Client, session: str) -> list[Any]:
    """What its slides show."""
    return [slide["content"] for slide in deck_of(client, session)["slide_deck"]["slides"]]


def made(client: Client, *slides: Any, title: str = "Bees") -> str:
    """A session with a deck of these slides."""
    session = client.create(title=title)
    for content in slides:
        path = f"/api/sessions/{session}/slides"
        answer = client.call("POST", path, {"content": content}, {"If-Match": "*"})
        assert answer.status == 201, answer.body
    return session


def titles(page: Page) -> Locator:
    """The titles in the list of slides."""
    return page.locator(".slide-list .slide-title")


def slide(page: Page) -> FrameLocator:
    """The slide that is shown."""
    return page.frame_locator("iframe.slide-frame")


def press(page: Page, name: str) -> None:
    """Press a button beside the slides."""
    page.locator(".deck").get_by_role("button", name=name, exact=True).click()


def test_a_deck_is_made_by_a_turn_edited_undone_and_exported(
    console: Console, visits: Visits, tmp_path: Path
) -> None:
    client = console.client("deborah")
    session = client.create(title="Bees for school")
    page = visits.sign_in(console, "deborah", at=f"sessions/{session}")
    message = page.get_by_role("textbox", name="Message", exact=True)
    message.fill("Create a 3-slide presentation about bees")
    message.press("Enter")
    expect(titles(page)).to_have_count(3)
    expect(page.locator(".deck")).to_be_visible()
    shoot(page, "deck-turn")

    page.locator(".slide-list button").nth(1).click()
    expect(page.locator(".slide-count")).to_have_text("Slide 2 of 3")
    press(page, "Edit")
    form = page.locator(".slide-form")
    form.get_by_label("Title", exact=True).fill("The <i>queen</i>")
    form.get_by_label("Speaker notes").fill("Speak up")
    form.get_by_role("button", name="Save").click()
    expect(form).to_have_count(0)
    expect(slide(page).get_by_role("heading", name="The <i>queen</i>")).to_be_visible()
    assert contents(client, session)[1]["title"] == "The <i>queen</i>"
    assert contents(client, session)[1]["notes"] == "Speak up"

    files = {}
    for name, suffix in (("PowerPoint", "pptx"), ("PDF", "pdf")):
        with page.expect_download() as download:
            press(page, name)
        files[suffix] = tmp_path / download.value.suggested_filename
        download.value.save_as(files[suffix])
        assert files[suffix].suffix == f".{suffix}"
    presentation = Presentation(str(files["pptx"]))
    shown = [each.shapes.title.text_frame.text for each in presentation.slides]
    assert shown[1] == "The <i>queen</i>"
    assert presentation.slides[1].notes_slide.notes_text_frame.text == "Speak up"
    document = pypdfium2.PdfDocument(files["pdf"])
    assert len(document) == 3
    assert "The <i>queen</i>" in document[1].get_textpage().get_text_range()

    # Pressed twice at once: the second is for the version that the first one makes, and what made
    # the deck is undone too.
    page.locator(".deck").get_by_role("button", name="Undo", exact=True).dblclick()
    # Nothing brings the slides back then, so it is asked for.
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("Remove all 3 slides?")
    question.get_by_role("button", name="Cancel").click()
    assert len(contents(client, session)) == 3
    press(page, "Undo")
    question.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("button", name="Write a slide")).to_be_visible()
    assert contents(client, session) == []
    for name in ("Undo", "PowerPoint", "PDF"):
        expect(page.locator(".deck").get_by_role("button", name=name, exact=True)).to_be_disabled()


def test_what_nobody_saw_is_not_undone_without_a_question(console: Console, visits: Visits) -> None:
    client = console.client("una")
    session = made(client, TITLE, BULLETS)
    page = visits.sign_in(console, "una", at=f"sessions/{session}")
    undo = page.locator(".deck").get_by_role("button", name="Undo", exact=True)
    question = page.get_by_role("alertdialog")
    for left in (1, 0):
        undo.click()
        expect(question).to_contain_text("It was not made in this window.")
        question.get_by_role("button", name="Undo").click()
        expect(titles(page)).to_have_count(left)
    # The server alone knows that there is nothing more.
    undo.click()
    expect(page.get_by_text("There is nothing to undo.")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="undone")).to_have_count(0)
    expect(undo).to_be_disabled()


def test_a_half_written_slide_is_kept(console: Console, visits: Visits) -> None:
    client = console.client("hal")
    session = made(client, TITLE, BULLETS)
    other = client.create(title="Other")
    page = visits.sign_in(console, "hal", at=f"sessions/{session}")
    page.locator(".slide-list button").nth(1).click()
    press(page, "Edit")
    form = page.locator(".slide-form")
    title = form.get_by_label("Title", exact=True)
    title.fill("Half a ti")
    form.get_by_label("Bullets, 1", exact=True).fill("")
    form.get_by_label("Speaker notes").fill("Notes")
    # Another address, a reload, and back.
    go(page, f"sessions/{other}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Other")
    expect(form).to_have_count(0)
    page.reload()
    page.go_back()
    expect(title).to_have_value("Half a ti")
    expect(form.get_by_role("alert")).to_contain_text("is not saved yet")
    expect(form.get_by_label("Bullets, 1", exact=True)).to_have_value("")
    expect(form.get_by_label("Bullets, 2", exact=True)).to_have_value("and pollen")

    # What somebody else made of the slide meanwhile is not overwritten unseen.
    path = f"/api/sessions/{session}/slides"
    second = deck_of(client, session)["slide_deck"]["slides"][1]["slide_id"]
    by_others = {"content": BULLETS | {"title": "By somebody else"}}
    assert client.call("PUT", f"{path}/{second}", by_others, {"If-Match": "*"}).status == 200
    page.reload()
    expect(title).to_have_value("Half a ti")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_contain_text("Your text is still here")
    assert contents(client, session)[1]["title"] == "By somebody else"
    form.get_by_role("button", name="Save").click()
    expect(form).to_have_count(0)
    assert contents(client, session)[1]["title"] == "Half a ti"
    page.reload()
    expect(titles(page)).to_have_count(2)
    expect(form).to_have_count(0)

    # Lines that come and go count, too.
    page.locator(".slide-list button").nth(1).click()
    press(page, "Edit")
    form.get_by_role("button", name="Add a bullet").click()
    page.reload()
    expect(form.get_by_label("Bullets, 2", exact=True)).to_have_value("")
    form.get_by_role("button", name="Cancel").click()

    # A new one too; what was given up, or never begun, is gone.
    press(page, "Add")
    title.fill("New")
    page.reload()
    expect(title).to_have_value("New")
    form.get_by_role("button", name="Cancel").click()
    press(page, "Edit")
    page.reload()
    expect(titles(page)).to_have_count(2)
    expect(form).to_have_count(0)


def test_slides_are_shown_large(console: Console, visits: Visits) -> None:
    client = console.client("lara")
    session = made(client, TITLE, BULLETS, END, *([END] * 30))
    size = {"width": 1440, "height": 900}
    page = visits.sign_in(console, "lara", at=f"sessions/{session}", viewport=size)
    expect(titles(page)).to_have_count(33)
    # The list fills the panel, and scrolls in itself.
    box = page.locator(".slide-list").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] > 860
    shoot(page, "deck-1440-light")

    press(page, "Show large")
    large = page.get_by_role("dialog")
    frame = large.locator(".large-frame")
    inner = page.frame_locator("dialog .large-frame")
    expect(inner.get_by_role("heading", name="Bees")).to_be_visible()
    wide = frame.bounding_box()
    assert wide is not None
    assert wide["width"] > 1400
    assert frame.get_attribute("sandbox") == ""
    shoot(page, "deck-large-1440-light")
    assert violations(page) == []
    for key, number in (
        ("ArrowRight", 2), ("PageDown", 3), ("ArrowLeft", 2), ("End", 33), ("ArrowRight", 33),
        ("Home", 1), ("ArrowLeft", 1), ("ArrowDown", 2),
    ):  # fmt: skip
        page.keyboard.press(key)
        expect(large.get_by_text(f"Slide {number} of 33")).to_be_visible()
    expect(inner.get_by_text("and pollen")).to_be_visible()
    # Whoever presses the slide keeps the keys.
    page.mouse.click(700, 400)
    page.keyboard.press("ArrowRight")
    expect(large.get_by_text("Slide 3 of 33")).to_be_visible()
    large.get_by_role("button", name="Previous").click()
    page.keyboard.press("Escape")
    expect(large).to_have_count(0)
    expect(page.locator(".deck .slide-count")).to_have_text("Slide 2 of 33")
    expect(page.locator(".deck").get_by_role("button", name="Show large")).to_be_focused()


def test_slides_follow_a_turn_that_makes_them(
    spoken_console: Console, model: ProtocolServer, visits: Visits
) -> None:
    client = spoken_console.client("follower")
    session = made(client, TITLE)
    page = visits.sign_in(spoken_console, "follower", at=f"sessions/{session}")
    expect(titles(page)).to_have_text(["Bees"])
    rounds = [
        [["insert_slides", {"slides": [BULLETS], "after": "slide_0"}]],
        {"hold": "deck-follow", "calls": [["insert_slides", {"slides": [END]}]]},
        "Two slides more.",
    ]
    message = page.get_by_role("textbox", name="Message", exact=True)
    message.fill(calls(*rounds, said="Two slides more, please. "))
    message.press("Enter")
    # The turn still runs: the model has not said what comes next.
    expect(titles(page)).to_have_text(["Bees", "What they do"])
    expect(slide(page).get_by_text("and pollen")).to_be_visible()
    model.release("deck-follow")
    expect(titles(page)).to_have_text(["Bees", "What they do", "The end"])
    expect(page.locator(".message-body p", has_text="Two slides more.")).to_be_visible()


FORMS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "Title": ({"Title": "A", "Subtitle": "B"}, {"layout": "title", "title": "A", "subtitle": "B"}),
    "Section": ({"Title": "A"}, {"layout": "section", "title": "A"}),
    "Bullets": (
        {"Title": "A", "Bullets, 1": "one"},
        {"layout": "bullets", "title": "A", "bullets": [{"text": "one", "level": 0}]},
    ),
    "Two columns": (
        {
            "Title": "A",
            "Left column, heading": "L",
            "Left column, bullets, 1": "l",
            "Right column, bullets, 1": "r",
        },
        {
            "layout": "two_columns",
            "title": "A",
            "left": {"heading": "L", "bullets": [{"text": "l", "level": 0}]},
            "right": {"bullets": [{"text": "r", "level": 0}]},
        },
    ),
    "Table": (
        {"Title": "A", "Name of column 1": "x", "Row 1, column 2": "<td>"},
        {"layout": "table", "title": "A", "header": ["x", ""], "rows": [["", "<td>"]]},
    ),
    "Code": (
        {"Title": "A", "Language": "python", "Code": "  if x:\n\ty\n"},
        {"layout": "code", "title": "A", "language": "python", "code": "  if x:\n\ty\n"},
    ),
    "Quotation": (
        {"Quotation": "Q", "Who said it": "W"},
        {"layout": "quote", "quote": "Q", "attribution": "W"},
    ),
}


def test_every_layout_has_its_form(console: Console, visits: Visits) -> None:
    client = console.client("layla")
    session = made(client, TITLE)
    page = visits.sign_in(console, "layla", at=f"sessions/{session}")
    form = page.locator(".slide-form")
    for number, (layout, (given, stored)) in enumerate(FORMS.items(), 1):
        press(page, "Add")
        form.get_by_label("Layout").select_option(label=layout)
        for label, text in given.items():
            names = (label, f"{label} (optional)")
            fields = [form.get_by_label(name, exact=True) for name in names]
            fields[0].or_(fields[1]).fill(text)
        form.get_by_role("button", name="Save").click()
        expect(form).to_have_count(0)
        # The new one stands after the one that was shown, and is shown.
        expect(page.locator(".slide-count")).to_have_text(f"Slide {number + 1} of {number + 1}")
        assert contents(client, session)[number] == stored


def test_bullets_are_written_with_the_keyboard(console: Console, visits: Visits) -> None:
    client = console.client("bo")
    session = made(client, BULLETS)
    page = visits.sign_in(console, "bo", at=f"sessions/{session}")
    press(page, "Edit")
    form = page.locator(".slide-form")
    form.get_by_label("Bullets, 2", exact=True).press("End")
    # Enter makes another of the same level, Backspace in an empty one takes it away again.
    page.keyboard.press("Enter")
    page.keyboard.type("and water")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("too")
    page.keyboard.press("Enter")
    page.keyboard.press("Backspace")
    page.keyboard.press("Control+Enter")
    expect(form).to_have_count(0)
    assert contents(client, session)[0]["bullets"] == [
        {"text": "Collect nectar", "level": 0},
        {"text": "and pollen", "level": 1},
        {"text": "and water\ntoo", "level": 1},
    ]


def test_a_picture_is_sent_and_shown(console: Console, visits: Visits, tmp_path: Path) -> None:
    client = console.client("paul")
    session = made(client, TITLE)
    page = visits.sign_in(console, "paul", at=f"sessions/{session}")
    press(page, "Add")
    form = page.locator(".slide-form")
    form.get_by_label("Layout").select_option(label="Picture")
    form.get_by_label("Title", exact=True).fill("A bee")
    form.get_by_label("What the picture shows").fill("A yellow square")
    form.get_by_label("Picture", exact=True).set_input_files(file("bee.png", "no picture"))
    expect(form.get_by_text("The file cannot be used as an image.")).to_be_visible()
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_text("Choose a picture.")).to_be_visible()

    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), "yellow").save(drawn, "PNG")
    form.get_by_label("Picture", exact=True).set_input_files(file("bee.png", drawn.getvalue()))
    expect(form.get_by_alt_text("The picture as it is now")).to_be_visible()
    form.get_by_role("button", name="Save").click()
    shown = slide(page).get_by_alt_text("A yellow square")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.naturalWidth") == 40
    # The form has the picture that the slide has.
    press(page, "Edit")
    expect(form.get_by_alt_text("The picture as it is now")).to_be_visible()
    form.get_by_role("button", name="Cancel").click()


def test_slides_are_chosen_moved_and_deleted_by_keyboard(console: Console, visits: Visits) -> None:
    client = console.client("kay")
    session = made(client, TITLE, BULLETS, END)
    page = visits.sign_in(console, "kay", at=f"sessions/{session}")
    items = page.locator(".slide-list button")
    items.first.focus()
    page.keyboard.press("ArrowDown")
    expect(items.nth(1)).to_be_focused()
    expect(slide(page).get_by_role("heading", name="What they do")).to_be_visible()
    page.keyboard.press("Home")
    expect(items.first).to_be_focused()
    page.keyboard.press("Alt+ArrowDown")
    expect(titles(page)).to_have_text(["What they do", "Bees", "The end"])
    expect(items.nth(1)).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("Delete")
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("Delete slide 3?")
    question.get_by_role("button", name="Delete").click()
    expect(titles(page)).to_have_text(["What they do", "Bees"])
    stored = [each["title"] for each in contents(client, session)]
    assert stored == ["What they do", "Bees"]

    press(page, "Rename the slides")
    page.get_by_role("dialog").get_by_label("Title").fill("All about bees")
    page.keyboard.press("Enter")
    expect(page.locator(".deck").get_by_role("heading", level=2)).to_have_text("All about bees")
    assert deck_of(client, session)["title"] == "All about bees"

    page.get_by_label("Theme").select_option(label="Midnight")
    expect(page.get_by_text("The theme is Midnight now.")).to_be_visible()
    assert deck_of(client, session)["theme"] == "midnight"
    ground = slide(page).locator(".slide").evaluate("s => getComputedStyle(s).backgroundColor")
    assert ground not in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)")


def test_a_slide_that_is_chosen_while_another_loads_is_shown(
    console: Console, visits: Visits
) -> None:
    session = made(console.client("quin"), TITLE, BULLETS, END)
    page = visits.sign_in(console, "quin", at=f"sessions/{session}")
    expect(titles(page)).to_have_count(3)
    for _ in range(10):
        page.locator(".slide-list button").evaluate_all(
            "all => { for (let n = 0; n < 20; n += 1) all[n % 3].click(); }"
        )
        expect(slide(page).get_by_role("heading", name="What they do")).to_be_visible()
        page.locator(".slide-list button").first.click()
        expect(slide(page).get_by_role("heading", name="Bees")).to_be_visible()


def test_what_others_changed_meanwhile_is_not_overwritten(console: Console, visits: Visits) -> None:
    client = console.client("stella")
    session = made(client, TITLE, BULLETS)
    page = visits.sign_in(console, "stella", at=f"sessions/{session}")
    expect(titles(page)).to_have_count(2)
    path = f"/api/sessions/{session}/slides"
    assert client.call("POST", path, {"content": END}, {"If-Match": "*"}).status == 201
    page.get_by_label("Theme").select_option(label="Ocean")
    expect(page.get_by_text("The slides were changed meanwhile").first).to_be_visible()
    expect(titles(page)).to_have_text(["Bees", "What they do", "The end"])
    assert deck_of(client, session)["theme"] == "paper"

    press(page, "Edit")
    form = page.locator(".slide-form")
    form.get_by_label("Title", exact=True).fill("Bees, by hand")
    first = deck_of(client, session)["slide_deck"]["slides"][0]["slide_id"]
    other = {"content": TITLE | {"title": "Bees, by somebody else"}}
    assert client.call("PUT", f"{path}/{first}", other, {"If-Match": "*"}).status == 200
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_contain_text("Your text is still here")
    assert contents(client, session)[0]["title"] == "Bees, by somebody else"
    form.get_by_role("button", name="Save").click()
    expect(form).to_have_count(0)
    assert contents(client, session)[0]["title"] == "Bees, by hand"


def test_a_slide_can_do_nothing_but_be_shown(console: Console, visits: Visits) -> None:
    client = console.client("mallory")
    hostile = "</style></section><script>parent.stolen = 1</script><img src=x onerror=alert(1)>"
    session = made(client, TITLE | {"title": hostile, "subtitle": hostile})
    page = visits.sign_in(console, "mallory", at=f"sessions/{session}")
    expect(slide(page).get_by_role("heading")).to_have_text(hostile)
    frame = page.locator("iframe.slide-frame")
    assert frame.get_attribute("sandbox") == ""
    assert page.evaluate("window.stolen") is None
    assert slide(page).locator("script").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_slides_are_a_sheet_on_a_phone(console: Console, visits: Visits, scheme: str) -> None:
    client = console.client("phil")
    session = made(client, TITLE, BULLETS)
    page = visits.sign_in(
        console,
        "phil",
        at=f"sessions/{session}",
        viewport={"width": 375, "height": 720},
        color_scheme=scheme,
    )
    expect(page.locator(".deck")).to_be_hidden()
    page.get_by_role("button", name="Slides (2)").click()
    expect(slide(page).get_by_role("heading", name="Bees")).to_be_visible()
    assert violations(page) == []
    # What is for the whole deck stands in one line, and so do its title and the way out.
    tools = page.locator(".deck-head .deck-tools > :is(button, select)")
    tops = tools.evaluate_all("all => all.map(each => each.getBoundingClientRect().top)")
    assert len(set(tops)) == 1
    middles = page.locator(".deck-title h2, .deck-close").evaluate_all(
        "all => all.map(each => each.getBoundingClientRect()).map(box => box.top + box.height / 2)"
    )
    assert abs(middles[0] - middles[1]) < 2
    shoot(page, f"deck-375-{scheme}")
    press(page, "Show large")
    expect(page.frame_locator(".large-frame").get_by_role("heading", name="Bees")).to_be_visible()
    shoot(page, f"deck-large-375-{scheme}")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    press(page, "Edit")
    assert violations(page) == []
    shoot(page, f"deck-form-375-{scheme}")
    page.locator(".slide-form").get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Close the slides").click()
    expect(page.locator(".deck")).to_be_hidden()
    go(page, "books")
