"""Decks that are made and changed by what messages say, without a model."""

from __future__ import annotations

from typing import Any

import pytest

from palaver.chat import events
from palaver.decks.making import words
from palaver.decks.making.contents import FILL_IN, is_unfilled, title_of
from palaver.decks.making.reading_languages import ENGLISH_ONLY
from palaver.errors import StoreUnavailable
from palaver.models import Bullet, BulletsSlide, TableSlide
from palaver.store import Store
from tests.decks.making.scene import Library, Scene, play

OUTLINE = """Create a presentation:
# Plan
## Growth
- Europe: up
- Asia: down
## Numbers
| a | b |
|---|---|
| 1 | 2 |
## Risks
"""


def titles(scene: Scene) -> list[str]:
    """What the slides are called."""
    return [title_of(slide.content) for slide in scene.deck.slides]


def test_a_deck_that_nothing_is_known_about(store: Store) -> None:
    async def act(scene: Scene) -> None:
        said = await scene.say("Create a 10-slide presentation about Q3 revenue")
        [told] = said.decks
        assert (told.version, told.title, len(told.slide_ids)) == (1, "Q3 revenue", 10)
        assert [is_unfilled(slide.content) for slide in scene.deck.slides] == [False, *[True] * 9]
        assert "I made a deck of 10 slides about “Q3 revenue”." in said.text
        assert "There is no book on this server" in said.text
        assert f"Left to fill in, marked “{FILL_IN}”: slides 2 to 10." in said.text
        assert words.WITHOUT_MODEL in said.text

    play(store, act)


def test_a_deck_from_books(store: Store) -> None:
    async def act(scene: Scene) -> None:
        said = await scene.say("Create a 6-slide deck about bees in the ocean theme")
        assert "They quote 4 passages of the books on this server" in said.text
        assert "fill in" not in said.text.replace(words.WITHOUT_MODEL, "")
        assert scene.deck.theme == "ocean"
        notes = [str(slide.content.notes) for slide in scene.deck.slides]
        assert sum(note.startswith("Source: The Bee Book, page ") for note in notes) == 4
        # The slides name them; the message rests on none.
        assert said.sources == []
        said = await scene.say("Add a slide about bees after slide 1")
        assert "It quotes a passage" in said.text
        # The slide shows all of the passage, since its title is none of it.
        assert scene.deck.slides[1].content == BulletsSlide(
            title="Bees",
            bullets=[
                Bullet(text=text)
                for text in ("Bees number 0 live in hives.", "They make honey.", "So it is.")
            ],
            notes=scene.deck.slides[1].content.notes,
        )
        said = await scene.say("Add two slides about wasps")
        assert "I found no passage about “wasps”" in said.text
        assert titles(scene)[-2:] == ["Wasps (1)", "Wasps (2)"]

    play(store, act, books=Library())


STEPS: list[tuple[str, list[str], str]] = [
    (
        "add a slide on risks after slide 2",
        ["Plan", "Growth", "Risks", "Numbers", "Risks"],
        "slide 3",
    ),
    ("Delete slides 2 and 4", ["Plan", "Numbers"], "Deleted: slide 2 (“Growth”)"),
    ("delete the numbers slide", ["Plan", "Growth", "Risks"], "slide 3 (“Numbers”)"),
    ("Move slide 4 to the start", ["Risks", "Plan", "Growth", "Numbers"], "slide 1 now"),
    ("Move slide 1 after slide 3", ["Growth", "Numbers", "Plan", "Risks"], "slide 3 now"),
    ("Move slide 2 down", ["Plan", "Numbers", "Growth", "Risks"], "slide 3 now"),
    ("Move slide 2 to position 4", ["Plan", "Numbers", "Risks", "Growth"], "slide 4 now"),
    ("Swap slides 1 and 4", ["Risks", "Growth", "Numbers", "Plan"], "changed places"),
    ("Rename slide 2 to Hope", ["Plan", "Hope", "Numbers", "Risks"], "called “Hope”"),
    (
        "Delete slide 2 and move slide 4 before slide 1",
        ["Risks", "Plan", "Numbers"],
        "Slide 4 (“Risks”) is slide 1 now.",
    ),
    (
        "Replace slide 4 with:\n## One\n- x\n## Two\n- y",
        ["Plan", "Growth", "Numbers", "One", "Two"],
        "too much for one slide",
    ),
]


@pytest.mark.parametrize(("message", "wanted", "words_"), STEPS)
def test_changes(store: Store, message: str, wanted: list[str], words_: str) -> None:
    async def act(scene: Scene) -> None:
        await scene.say(OUTLINE)
        assert titles(scene) == ["Plan", "Growth", "Numbers", "Risks"]
        said = await scene.say(message)
        assert titles(scene) == wanted
        assert words_.lower() in said.text.lower()
        assert len(said.decks) == 1
        # A change is one version, however much it was.
        said = await scene.say("undo")
        assert (len(said.decks), titles(scene)) == (1, ["Plan", "Growth", "Numbers", "Risks"])

    play(store, act)


def test_a_list_of_pairs_becomes_a_table_with_columns(store: Store) -> None:
    async def act(scene: Scene) -> None:
        await scene.say(OUTLINE)
        said = await scene.say("make slide 2 a table")
        assert scene.deck.slides[1].content == TableSlide(
            title="Growth", header=[FILL_IN, FILL_IN], rows=[["Europe", "up"], ["Asia", "down"]]
        )
        assert "Left to fill in" in said.text
        await scene.say("Make slide 2 a table:\n| Where | What |\n|--|--|\n| Europe | =up |")
        assert scene.deck.slides[1].content == TableSlide(
            title="Growth", header=["Where", "What"], rows=[["Europe", "=up"]]
        )

    play(store, act)


def test_notes_and_looks(store: Store) -> None:
    async def act(scene: Scene) -> None:
        await scene.say(OUTLINE)
        await scene.say("Add notes to slide 2: smile")
        await scene.say("Add notes to slide 2: and wave")
        assert scene.deck.slides[1].content.notes == "smile\n\nand wave"
        await scene.say("Set the notes of slide 2 to stop")
        assert scene.deck.slides[1].content.notes == "stop"
        said = await scene.say("Set the notes of slide 2 to stop")
        assert (said.text, said.decks) == (
            "The deck is like that already, so I changed nothing.",
            [],
        )
        await scene.say("Use the midnight theme and rename the deck to Big")
        assert (scene.deck.theme, scene.deck.title) == ("midnight", "Big")

    play(store, act)


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("Delete slide 9", "There is no slide 9: the deck has 4 slides. I changed nothing."),
        ("Delete slide 0", "There is no slide 0"),
        ("Delete the wasps slide", "No slide is called “wasps”; I changed nothing."),
        ("Move slide 1 up", "cannot be moved there; I changed nothing."),
        ("Move slide 1 to position 40", "There is no place 40"),
        ("Add 51 slides about bees", "I can add 1 to 50 slides at once"),
        ("Create a 201-slide presentation about bees", "A deck may have 1 to 200 slides"),
        ("Create a 0-slide presentation about bees", "A deck may have 1 to 200 slides"),
        ("Make a presentation about tea. Include a table on slide 3.", words.UNCLEAR),
        ("Create slides about bees", words.HOW_MANY),
        ("Create a deck about bees and delete slide 2", "is no longer there"),
        ("Create 0 slides about bees", "I can add 1 to 50 slides at once"),
        ("Make slide 2 an image", "An image has to be uploaded first"),
        ("Delete slide 2 and undo", "by itself"),
        ("Translate slide 2 into German", words.EXAMPLES),
        ("Change the theme to neon", "The themes are paper, midnight and ocean."),
        ("Create a presentation about this", "I need a topic or an outline"),
        ("Create a deck:\n" + "- x\n" * 6000, "An outline may have 5000 lines"),
        ("Create a deck:\n" + "## x\n" * 300, "A deck may have 200 slides"),
        ("Add notes to slide 2:\n" + "x" * 10_001, "Notes may have 10000 characters"),
    ],
)
def test_what_cannot_be_done_changes_nothing(store: Store, message: str, answer: str) -> None:
    async def act(scene: Scene) -> None:
        await scene.say(OUTLINE)
        before = scene.deck
        said = await scene.say(message)
        assert answer in said.text
        assert (said.decks, scene.deck) == ([], before)

    play(store, act)


def test_a_session_without_slides(store: Store) -> None:
    async def act(scene: Scene) -> None:
        assert "There are no slides yet" in (await scene.say("Delete slide 1")).text
        assert "There are no slides yet" in (await scene.say("List the slides")).text
        assert "there is nothing to take back" in (await scene.say("undo")).text
        assert scene.deck.version == 0
        said = await scene.say("Add a slide about bees")
        assert (len(said.decks), titles(scene), scene.deck.title) == (1, ["Bees"], "A session")
        assert "1. Bees" in (await scene.say("List the slides")).text
        await scene.say("undo")
        said = await scene.say("undo")
        assert (said.text, said.decks) == ("No earlier version of the deck is kept.", [])

    play(store, act)


def test_slides_are_added_to_a_deck_and_a_deck_replaces_one(store: Store) -> None:
    async def act(scene: Scene) -> None:
        await scene.say(OUTLINE)
        await scene.say("Create 2 slides about bees")
        assert titles(scene)[-2:] == ["Bees (1)", "Bees (2)"]
        said = await scene.say("Create a 2-slide deck about wasps")
        assert "takes the place of one with 6 slides; “undo” brings that back" in said.text
        assert len(scene.deck.slides) == 2
        # Ids are never given twice.
        assert said.decks[0].slide_ids == ["slide_6", "slide_7"]

    play(store, act)


def test_other_messages_are_answered_as_ever(store: Store) -> None:
    async def act(scene: Scene) -> None:
        said = await scene.say("What do bees make?")
        assert "The Bee Book, page 1: “Bees number 0 live in hives." in said.text
        assert [each.page for each in said.sources] == [1, 2, 3]
        assert scene.deck.version == 0

    play(store, act, books=Library())


def test_added_slides_can_be_told_apart_by_their_titles(store: Store) -> None:
    async def act(scene: Scene) -> None:
        await scene.say(OUTLINE)
        await scene.say("Add 2 slides about tea")
        await scene.say("Add two slides about tea")
        assert titles(scene)[4:] == ["Tea (1)", "Tea (2)", "Tea (3)", "Tea (4)"]
        await scene.say("Add 2 slides about bees")
        assert titles(scene)[8:] == ["Bees number 0 live in hives", "Bees number 1 live in hives"]

    play(store, act, books=Library())


def test_a_title_that_is_missing_is_told_of(store: Store) -> None:
    async def act(scene: Scene) -> None:
        await scene.say(OUTLINE)
        said = await scene.say("Add a slide after slide 1:\n- a\n- b")
        assert titles(scene)[1] == FILL_IN
        assert f"Left to fill in, marked “{FILL_IN}”: slide 2." in said.text

    play(store, act)


def test_all_slides_go_and_come_back(store: Store) -> None:
    async def act(scene: Scene) -> None:
        assert "There are no slides yet" in (await scene.say("Delete all slides")).text
        await scene.say(OUTLINE)
        said = await scene.say("Delete all slides except slide 2")
        assert "I deleted 3 slides, and left slide 2 (“Growth”)." in said.text
        assert titles(scene) == ["Growth"]
        said = await scene.say("delete the whole deck")
        assert (titles(scene), len(said.decks)) == ([], 1)
        await scene.say("undo")
        await scene.say("undo")
        assert titles(scene) == ["Plan", "Growth", "Numbers", "Risks"]

    play(store, act)


def test_more_than_the_last_change_is_not_taken_back(store: Store) -> None:
    async def act(scene: Scene) -> None:
        assert words.NOTHING_TO_UNDO in (await scene.say("undo the last two changes")).text
        await scene.say(OUTLINE)
        for message, answer in (
            ("undo the last two changes", words.ONE_AT_A_TIME),
            ("redo", words.NO_REDO),
        ):
            said = await scene.say(message)
            assert (said.text, said.decks) == (answer, [])

    play(store, act)


def test_files_are_elsewhere(store: Store) -> None:
    async def act(scene: Scene) -> None:
        assert words.NO_SLIDES in (await scene.say("export the deck as pdf")).text
        # Of what "it" is, nothing is known where there are no slides.
        assert words.NO_SLIDES not in (await scene.say("Export it")).text
        await scene.say(OUTLINE)
        for message in ("download as PowerPoint", "Export it"):
            said = await scene.say(message)
            assert f"POST /api/sessions/{scene.session_id}/export" in said.text
            assert said.decks == []
        said = await scene.say("Create a presentation about bees and export it as pdf")
        assert ("by itself" in said.text, said.decks) == (True, [])

    play(store, act)


def test_a_request_in_another_language_hears_of_english(store: Store) -> None:
    async def act(scene: Scene) -> None:
        said = await scene.say("Erstelle eine Präsentation über Bienen")
        assert said.text.startswith(ENGLISH_ONLY)
        assert scene.deck.version == 0

    play(store, act)


@pytest.mark.parametrize("kind", ["team", "team-flow", "team-managed"])
def test_a_team_makes_a_deck_once(store: Store, kind: Any) -> None:
    for name in ("Ann", "Bob", "Cid"):
        store.agents.create(agent_id=name, name=name, created_by="ann")

    async def act(scene: Scene) -> None:
        scene.session_id = scene.new_session(kind, "Ann", "Bob", "Cid")
        said = await scene.say("Create a 3-slide presentation about bees")
        assert (len(said.decks), scene.deck.version) == (1, 1)
        assert len(scene.deck.slides) == 3

    play(store, act, books=Library())


def test_an_outage_while_a_deck_is_stored(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit took place, and its answer was lost."""
    write = store.deck_turns.write
    fails = [True]

    def unheard(*arguments: Any, **options: Any) -> Any:
        written = write(*arguments, **options)
        if fails.pop() if fails else False:
            raise StoreUnavailable("gone")
        return written

    monkeypatch.setattr(store.deck_turns, "write", unheard)

    async def act(scene: Scene) -> None:
        said = await scene.say("Create a 3-slide presentation about bees")
        assert (len(said.decks), scene.deck.version, fails) == (1, 1, [])

    play(store, act)


def test_a_session_that_is_deleted_meanwhile(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write = store.deck_turns.write

    def late(edit: Any, *arguments: Any, **options: Any) -> Any:
        store.sessions.delete(edit.base.session_id, viewer=None)
        return write(edit, *arguments, **options)

    monkeypatch.setattr(store.deck_turns, "write", late)

    async def act(scene: Scene) -> None:
        message = "Create a 3-slide presentation about bees"
        begun = await scene.engine.begin(scene.session_id, message, viewer="ann")
        seen: list[Any] = []
        while (batch := await begun.reader.read(30)) is not None:
            seen += [type(events.read(data)).__name__ for _, data in batch]
        assert seen in (["MessageStarted"], [])

    play(store, act)
    assert "Traceback" not in caplog.text
