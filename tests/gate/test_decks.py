"""The scenarios of decks are clean on an honest server, and each notices its kind of lie."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gate.addressing import Addressing
from gate.capacity import Capacity
from gate.findings import Findings
from gate.mutants.families import operators
from gate.mutants.operators import Place
from gate.mutants.selection import Mutant, all_mutants
from gate.mutants.state import write_twice
from gate.mutants.system import System, running_system
from gate.slide_html import Seen, faults
from gate.suite import Examination, examine
from gate.values import Values
from gate.wire import Wire
from palaver.app import load_contract

PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    with running_system(load_contract()) as running:
        yield running


@pytest.fixture(scope="module")
def mutants(system: System) -> dict[str, Mutant]:
    return {mutant.name: mutant for mutant in all_mutants(system.document)}


def lied(system: System, mutant: Mutant) -> Examination:
    """What is found of an operation that an operator has changed."""
    system.reset()
    with system.front.mutated(mutant.operator, mutant.place):
        return examine(system.target(), [mutant.place.operation.operation_id])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("slides-swapped@get_session_slides", "the slides are"),
        ("contents-swapped@get_session_slides", "other content"),
        ("version-stays@update_deck", "another deck than is read"),
        ("html-unsanitised@get_session_slides", "the HTML has"),
        ("html-unsanitised@replace_slide", "the HTML has"),
        ("notes-shown@get_session_slides", "tells the notes"),
        ("style-of-first@get_session_slides", "two themes look alike"),
        ("style-of-first@move_slide", "another deck than is read"),
        ("stale-tag-taken@move_slide", "200 for"),
        ("refused-and-done@replace_slide", "a 412 changed the deck"),
        ("position-too-high@insert_slide:position", "the slides are"),
        ("stored-cut@move_slide", "the deck is"),
        ("stored-small-numbers@move_slide", "503 for"),
        ("key-end-ignored@insert_slide", "422 with a key"),
        ("undo-too-far@undo_deck_change", "the deck is"),
        ("any-file-taken@upload_slide_image", "201 for"),
        ("write-twice@upload_slide_image", "101 fit where 200 should"),
        ("image-grey@upload_slide_image", "other pixels"),
        (f"file-of-other-type@export_session:{PPTX}", "where application"),
        (f"file-remembered@export_session:{PPTX}", "slides of"),
        ("export-changes@export_session", "an export changed the deck"),
        ("file-remembered@get_session_transcript:text/markdown", "says something else"),
        ("file-unnamed@get_session_transcript:application/json", "a file is named"),
        ("event-lost@send_session_message:deck.updated", "are told as []"),
        ("event-doubled@send_chat_message:deck.updated", "are told as"),
        ("event-says-all-changed@send_session_message", "and the event says"),
        ("event-of-former-version@stream_run_events", "others when they are read again"),
    ],
)
def test_a_lie_is_found(
    system: System, mutants: dict[str, Mutant], name: str, message: str
) -> None:
    found = [str(failure) for failure in lied(system, mutants[name]).failures]
    assert any(message in each for each in found), found


def test_what_never_says_that_it_is_full_is_found(system: System) -> None:
    operator = next(each for each in operators() if each.name == "status-hidden")
    operation = next(o for o in system.document.operations if o.operation_id == "insert_slide")
    system.reset()
    findings = Findings()
    with Wire(system.target()) as wire:
        capacity = Capacity(Addressing(wire, Values(system.document)), findings)
        capacity.run(operation)
        assert list(findings) == []
        with system.front.mutated(operator, Place(system.document, operation, "409")):
            capacity.run(operation)
    assert [each.rule for each in findings] == ["capacity"]


def test_what_can_be_undone_again_is_not_proven_to_be_the_same_twice() -> None:
    document = load_contract()
    operator = next(each for each in operators() if each.behave is write_twice)
    proofs = {
        each.operation_id: operator.equivalent(Place(document, each))
        for each in document.operations
    }
    assert proofs["undo_deck_change"] is None
    assert proofs["cancel_run"] is not None


@pytest.mark.parametrize(
    ("operator", "applies", "passed_over"),
    [
        # Of an image nothing is kept but its pixels; an export stores nothing at all.
        (
            "stored-cut",
            {"insert_slide", "move_slide", "update_deck", "upload_book", "create_session"},
            {"upload_slide_image", "export_session"},
        ),
        # No answer says when an image was uploaded.
        (
            "stored-clock-late",
            {"insert_slide", "move_slide", "update_deck", "upload_book", "create_session"},
            {"upload_slide_image", "export_session"},
        ),
        # But keys are forgotten by their age.
        ("stored-clock-stands", {"upload_slide_image", "move_slide"}, {"export_session"}),
    ],
)
def test_a_lie_of_the_store_is_told_where_something_is_stored_that_can_be_read(
    mutants: dict[str, Mutant], operator: str, applies: set[str], passed_over: set[str]
) -> None:
    found = {
        each.place.operation.operation_id
        for each in mutants.values()
        if each.operator.name == operator
    }
    assert applies <= found
    assert not passed_over & found


@pytest.mark.parametrize(
    ("html", "notes", "wrong"),
    [
        ("<p>A &lt;b&gt;</p>", "N", []),
        ("<p>A <b></b></p>", "N", ["the HTML has ['b']", "the HTML of a slide lacks 'A <b>'"]),
        ("<p>A &lt;b&gt; N</p>", "N", ["the HTML tells the notes"]),
        ("<p>A &lt;b&gt;</p>", None, []),
    ],
)
def test_html_is_held_against_what_the_slide_says(
    html: str, notes: str | None, wrong: list[str]
) -> None:
    content = {"layout": "section", "title": "A <b>", **({"notes": notes} if notes else {})}
    assert list(faults(html, content)) == wrong


@pytest.mark.parametrize(
    ("html", "wrong"),
    [
        ("<p>&lt;script&gt;x()&lt;/script&gt;</p>", []),
        ("<p><script>x()</script></p>", ["script"]),
        ('<p onclick="x()">A</p>', ["onclick"]),
        ('<img src="https://images.example/1.png" alt="A">', ["https://images.example/1.png"]),
        ('<img src="data:image/png;base64,AA" alt="A">', []),
        ('<p style="color: red">A</p>', ["style"]),
    ],
)
def test_what_a_browser_would_act_on(html: str, wrong: list[str]) -> None:
    seen = Seen(html)
    assert seen.wrong == wrong
    assert seen.text in ("<script>x()</script>", "x()", "A", "")
