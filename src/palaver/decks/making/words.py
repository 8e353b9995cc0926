"""What is said of a deck to those who asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from palaver.decks.deck import Slide
from palaver.decks.making.contents import FILL_IN, clipped, is_unfilled, one_line, title_of

MAX_TITLE: Final = 80

WITHOUT_MODEL: Final = (
    "No language model took part: I put on slides what your message or the books on this server "
    "say, and write nothing of my own."
)
EXAMPLES: Final = """What I understand, for example:
- Create a 10-slide presentation about Q3 revenue
- Create a presentation: (and below it an outline with headings, lists, tables, code or quotations)
- Add a slide on risks after slide 2
- Make slide 3 a table
- Replace slide 3 with: (and below it what it shall show)
- Move slide 4 to the end; delete slide 5; swap slides 2 and 3
- Rename slide 2 to “Our plan”; rename the deck to “Plans”
- Add notes to slide 2: (and what you want to remember)
- Use the midnight theme
- List the slides
- Undo the last change
A topic or a title between quotation marks is taken as it stands."""

UNCLEAR: Final = (
    "I am not certain where the topic or the title ends and a further wish begins, so I changed "
    "nothing. Please ask for one thing at a time, or put the topic between quotation marks."
)
HOW_MANY: Final = "How many slides shall I add? Please say a number, such as in “add 3 slides”."
NOTHING_TO_UNDO: Final = (
    "There are no slides in this conversation yet, so there is nothing to take back."
)
ONE_AT_A_TIME: Final = (
    "I take back one change at a time, so I changed nothing. Say “undo” for the last one, and "
    "again "
    "for the one before it."
)
NO_REDO: Final = (
    "What was taken back cannot be brought back, so I changed nothing. Please ask for it anew."
)
NO_SLIDES: Final = "There are no slides yet."


def exports(session_id: str) -> str:
    """Where files of the deck are, for people at a chat and for those who made it."""
    return (
        "A message cannot hand out a file. The deck is exported as PowerPoint or as PDF by the "
        "application that you chat with, where it offers that; every change is kept, so nothing "
        "has to be saved first. In the API of this server it is "
        f"POST /api/sessions/{session_id}/export, with ?format=pdf for a PDF."
    )


def not_understood(why: str) -> str:
    """A wish that cannot be read, and what can be."""
    reason = why or (
        "This is about slides, but I did not understand all of what to do with them; I changed "
        "nothing."
    )
    return f"{reason}\n\n{EXAMPLES}"


def listed(slides: Sequence[Slide]) -> str:
    """The slides with their numbers and titles."""
    return "\n".join(
        f"{number}. {short(title_of(slide.content))}" for number, slide in enumerate(slides, 1)
    )


def left_to_fill_in(slides: Sequence[Slide], among: set[str]) -> str:
    """Which of some slides still miss something; empty where none does."""
    numbers = [
        number
        for number, slide in enumerate(slides, 1)
        if slide.slide_id in among and is_unfilled(slide.content)
    ]
    if not numbers:
        return ""
    return f"Left to fill in, marked “{FILL_IN}”: {numbered(numbers)}."


def numbered(numbers: Sequence[int]) -> str:
    """ "slide 2" or "slides 2, 4 to 6 and 8"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [part for run in runs for part in _run(run)]
    *first, last = parts
    text = f"{', '.join(first)} and {last}" if first else last
    return f"{'slide' if len(numbers) == 1 else 'slides'} {text}"


def counted(count: int) -> str:
    """ "1 slide", "2 slides"."""
    return "1 slide" if count == 1 else f"{count} slides"


def short(text: str) -> str:
    """A title as it is spoken of."""
    return clipped(one_line(text), MAX_TITLE)


def _run(run: list[int]) -> list[str]:
    if len(run) < 3:
        return [str(number) for number in run]
    return [f"{run[0]} to {run[-1]}"]
