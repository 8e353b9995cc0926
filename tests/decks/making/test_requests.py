"""Requests as people write them: read for certain, or not at all."""

from __future__ import annotations

import pytest

from palaver.decks.making.phrases import END, START, Place, Reference
from palaver.decks.making.reading import wish_of
from palaver.decks.making.reading_creations import NO_TOPIC
from palaver.decks.making.reading_languages import ENGLISH_ONLY
from palaver.decks.making.wishes import (
    Add,
    Create,
    Delete,
    DeleteAll,
    Export,
    ListSlides,
    Move,
    NotUnderstood,
    Retitle,
    SetTheme,
    Undo,
    Wish,
)
from palaver.decks.making.words import HOW_MANY, UNCLEAR

COSTS = Add("Costs", material="- rent\n- food\n- fuel")


def slide(number: int) -> Reference:
    """A slide by its number."""
    return Reference(number)


@pytest.mark.parametrize(
    ("message", "wishes"),
    [
        # What is asked for beside the topic.
        ("Make a presentation about tea, but only 3 slides", [Create("tea", 3)]),
        (
            "Make a presentation about bees with 5 slides, using the ocean theme, for children",
            [Create("bees for children", 5, "ocean")],
        ),
        ("Make a presentation about tea pls", [Create("tea")]),
        ("Make a deck about tea (5 slides)", [Create("tea", 5)]),
        ("Make a deck about tea with at most 5 slides", [Create("tea", 5)]),
        ("Make a deck about tea, 5-7 slides", [Create("tea", 5)]),
        ("Create a presentation about bees from the books", [Create("bees")]),
        ("Create a presentation for my boss about Q3", [Create("Q3")]),
        ("I need a presentation about bees for Monday", [Create("bees")]),
        (
            "Create a presentation on bees and use the ocean theme",
            [Create("bees"), SetTheme("ocean")],
        ),
        ("Make 3 slides about tea in the ocean theme", [Create("tea", 3, "ocean", is_deck=False)]),
        ("I need 5 slides about bees", [Create("bees", 5, is_deck=False)]),
        # Courtesies.
        ("Hello there, could you please make a 5 slide deck about bees? Thank you!", None),
        ("Hey, I hope you are well. Please make a 5-slide deck about bees.", None),
        ("I was wondering if you could make a deck of 5 slides about bees", None),
        ("Would you mind making a deck about bees with 5 slides?", None),
        ("Can I have a presentation about bees with 5 slides?", None),
        ("I’d like a 5 slide deck about bees", None),
        ("Hi,\n\ncould you make a deck about bees with 5 slides?\n\nBest regards,\nAnn", None),
        ("Create a presentation about bees\nwith 5 slides\nThanks!", None),
        ("Delete slide 3. Thanks!", [Delete((slide(3),))]),
        ("pls delete slides 2 and 3 thx", [Delete((slide(2), slide(3)))]),
        ("Thanks, now delete slide 2", [Delete((slide(2),))]),
        ("Yo, can u make me a ppt on bees? 5 slides thx", None),
        ("Create a detailed 5 slide presentation about bees", None),
        ("Make a deck on bees. 5 slides please.", None),
        ("Make a presentation on bees within 5 slides", None),
        ("Make a deck on bees. 5 slides. Ocean theme.", [Create("bees", 5, "ocean")]),
        ("Can we drop slide 2?", [Delete((slide(2),))]),
        ("ocean theme please", [SetTheme("ocean")]),
        # Slips.
        ("Create a presentaion about bees with 5 slides", None),
        ("Create a powerpont about bees with 5 slides", None),
        ("add a sldie on wax", [Add("wax")]),
        # Topics that are like wishes.
        ("Create a presentation about import and export", [Create("import and export")]),
        ("Create a deck about art and design in Rome", [Create("art and design in Rome")]),
        ("Create a deck about the use of water", [Create("the use of water")]),
        ("Create a deck about Dr. Smith and Mr. Jones", [Create("Dr. Smith and Mr. Jones")]),
        ("Create a deck about the U.S. economy", [Create("the U.S. economy")]),
        ("Create a deck about how to get and keep it", [Create("how to get and keep it")]),
        ("Create a deck about Germany in 1945", [Create("Germany in 1945")]),
        ("Create a deck about C++, Rust and Go", [Create("C++, Rust and Go")]),
        ("Create a deck titled Tea: a history", [Create("Tea: a history")]),
        ('Create a deck about "slides; a history"', [Create("slides; a history")]),
        ("Turn tea into slides", [Create("tea")]),
        (
            'Create a deck about "tea" and "coffee"',
            [Create('"tea" and "coffee"')],
        ),
        (
            "Create a presentation on these topics: tea, coffee, milk",
            [Create(material="- tea\n- coffee\n- milk")],
        ),
        # Further slides.
        ("After slide 3, add a slide about honey", [Add("honey", place=Place("after", slide(3)))]),
        ("put a slide about honey after slide 3", [Add("honey", place=Place("after", slide(3)))]),
        ("place a slide about honey at the start", [Add("honey", place=START)]),
        ("Add 3 more slides about tea to the presentation", [Add("tea", 3)]),
        ("Can you add two more slides to my deck about tea?", [Add("tea", 2)]),
        ("Would you mind adding a slide on wax?", [Add("wax")]),
        ("add a slide with the title Costs and three bullets: rent, food, fuel", [COSTS]),
        ("add a slide: Costs; rent, food, fuel", [COSTS]),
        ("add a slide: Costs: rent, food, fuel", [COSTS]),
        ("add a slide: Costs", [Add("Costs")]),
        ("Add a slide with a table:\n| a |\n|---|", [Add(material="| a |\n|---|")]),
        ("Add a slide on life after 40", [Add("life after 40")]),
        (
            "Add a slide about Europe between 1914 and 1918",
            [Add("Europe between 1914 and 1918")],
        ),
        (
            "Create a presentation about tea with the following points: origin, kinds",
            [Create("tea", material="- origin\n- kinds")],
        ),
        # Lists of wishes.
        ("1. Delete slide 2\n2. Move slide 3 to the end", None),
        ("Please do the following:\n- delete slide 2\n- move slide 3 to the end", None),
        ("Delete slide 2.\n\nMove slide 3 to the end.", None),
        ("Delete slide 2. Then move slide 3 to the end.", None),
        # The deck as a whole.
        ("delete all slides", [DeleteAll()]),
        ("Delete the whole deck", [DeleteAll()]),
        ("Delete all slides except the first", [DeleteAll((slide(1),))]),
        ("delete all but slide 2", [DeleteAll((slide(2),))]),
        ("undo that please", [Undo()]),
        ("take that back", [Undo()]),
        ("undo the deletion", [Undo()]),
        ("go back to the previous version", [Undo()]),
        ("undo the last two changes", [Undo("several")]),
        ("undo everything", [Undo("several")]),
        ("redo", [Undo("undone")]),
        ("How many slides are there?", [ListSlides()]),
        ("show me the presentation", [ListSlides()]),
        ("In slide 3, change the title to Costs", [Retitle("Costs", slide(3))]),
        ('rename slide 2 to "Create and delete"', [Retitle("Create and delete", slide(2))]),
        ("Rename slide 2 to Costs and benefits", [Retitle("Costs and benefits", slide(2))]),
        ("set the deck title to Hope", [Retitle("Hope")]),
        ('Rename slide 2 "Our plan"', [Retitle("Our plan", slide(2))]),
        ("change slide 2 title to Our plan", [Retitle("Our plan", slide(2))]),
    ],
)
def test_what_is_certain(message: str, wishes: list[Wish] | None) -> None:
    if wishes is None:
        is_list = "elete" in message
        moved = Move(slide(3), END)
        wishes = [Delete((slide(2),)), moved] if is_list else [Create("bees", 5)]
    assert wish_of(message) == tuple(wishes)


@pytest.mark.parametrize(
    "message",
    [
        "Make a presentation about tea. Include a table on slide 3.",
        "Create a 10-slide presentation about Q3 revenue and email it to my boss",
        "Make a presentation about bees with a slide on honey, a slide on wax and a slide on air",
        "Make a presentation about tea; then delete it",
        "Make a presentation about tea.Include a table",
        "Make a presentation about tea; include a table",
        "Can you make a presentation about tea? It should be short.",
        "Create a presentation about bees.\nIt should have 5 slides.\nThanks",
        "Create a presentation about bees\nwith 5 slides\nand a table",
        "Create a presentation about bees in German",
        "Create a presentation about bees as a PDF",
        "Create a presentation called Tea with 3 slides about its history",
        "Add a slide about wax and one about honey",
        "Add a slide about wax, a slide about honey",
        "Add a slide for each quarter",
        "Rename slide 2 to Hope. Make it red.",
        "Create a presentation about tea, make it short",
        "Create a presentation about tea: make it 5 slides",
        "Create a presentation about tea that is funny",
        "Create a presentation about tea with images",
        "Create a presentation about tea limited to what matters; 5 slides each",
    ],
)
def test_topics_that_may_hold_a_further_wish(message: str) -> None:
    assert wish_of(message) == (NotUnderstood(UNCLEAR),)


@pytest.mark.parametrize(
    "message",
    [
        "Hi! I have a meeting tomorrow. Could you create a presentation about bees? Thanks!",
        "crate a presentation about tea",
        "delte slide 3",
        "slide 3 should be a table",
        "Don't delete slide 3",
        "I don't want slide 3 anymore",
        "Delete slide 3 but keep its notes",
        "I want the presentation about bees back",
        "Make these changes to the deck:\n- delete slide 2\n- make it pop",
        "Make changes to the deck",
        "Put the table into the deck",
        "Create -5 slides about tea",
        "Create a 5-slide presentation about bees with 6 slides",
        "Create a presentation:\n- A\n- B\n\nPlease use the ocean theme.",
        "slides about bees",
        "another slide on wax",
        "Add a chart to slide 2",
        "Remove the second bullet from slide 2",
        "Make it 10 slides",
        "Summarize the book in 5 slides",
        "The title of slide 2 should be Our plan",
        "We don't need slide 2",
    ],
)
def test_what_is_about_slides_and_no_more_is_certain(message: str) -> None:
    assert wish_of(message) == (NotUnderstood(),)


def test_what_is_missing_is_asked_for() -> None:
    for message in (
        "Create a presentation for my boss",
        "I need a presentation on Monday",
        "Convert my notes into slides",
    ):
        assert wish_of(message) == (NotUnderstood(NO_TOPIC),)
    assert wish_of("Add slides on wax, honey and hives") == (NotUnderstood(HOW_MANY),)


@pytest.mark.parametrize(
    ("message", "is_named"),
    [
        ("export the deck as pdf", True),
        ("download as PowerPoint", True),
        ("How do I download the presentation?", True),
        ("can I have the slides as a PDF?", True),
        ("give me the pptx", True),
        ("send the slides to my boss", True),
        ("convert the presentation to pptx", True),
        ("print the slides", True),
        ("Export it", False),
    ],
)
def test_files_are_asked_for(message: str, is_named: bool) -> None:
    assert wish_of(message) == (Export(is_named=is_named),)


@pytest.mark.parametrize(
    "message",
    [
        "Erstelle eine Präsentation über Bienen",
        "Mach mir bitte 5 Folien über Tee",
        "Präsentation über Bienen",
        "Lösche Folie 3",
        "Kannst du eine PowerPoint über Bienen erstellen?",
        "Crée une présentation sur les abeilles",
        "Ajoute une diapositive sur le miel",
        "Haz una presentación sobre las abejas",
        "Crea una presentazione sulle api",
        "Quero uma apresentação sobre abelhas",
        "Maak een presentatie over bijen",
        "Stwórz prezentację o pszczołach",
        "Сделай презентацию о пчёлах",
        "スライドを作ってください",
        "做一个关于蜜蜂的幻灯片",
    ],
)
def test_other_languages_are_seen(message: str) -> None:
    assert wish_of(message) == (NotUnderstood(ENGLISH_ONLY),)


@pytest.mark.parametrize(
    "message",
    [
        "Was steht in der Präsentation?",
        "Wie erstelle ich eine Präsentation?",
        "Was sagt das Buch über Folien?",
        "Erstelle einen Plan",
        "I like the presentation about bees",
        "The slides were silver",
        "Is there a slide on wax?",
        "What is a slide deck?",
        "save energy",
        "On the deck of the Titanic, who played music?",
        "how to find a deck of cards",
        "Hi",
        "thanks",
        "bees presented a crate",
    ],
)
def test_what_is_no_request_for_slides(message: str) -> None:
    assert wish_of(message) == ()
