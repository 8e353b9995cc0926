"""Wishes carried out on a draft, and the words about it.

Numbers and titles in a message mean the deck as it was when the message was written, also where it
asks for several things.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from palaver.decks.deck import MAX_SLIDES, Deck, Slide
from palaver.decks.making import composing, contents, words
from palaver.decks.making.composing import Composed, Passage
from palaver.decks.making.contents import clipped, one_line, title_of
from palaver.decks.making.draft import Draft, Refused
from palaver.decks.making.phrases import Place, Reference
from palaver.decks.making.reshaping import reshaped, retitled
from palaver.decks.making.wishes import (
    Add,
    Create,
    Delete,
    DeleteAll,
    Move,
    Replace,
    Reshape,
    Retitle,
    SetNotes,
    SetTheme,
    Swap,
    Wish,
)
from palaver.models import SlideContent

MAX_ADDED: Final = 50
PASSAGES_PER_SLIDE: Final = 2
LEAST_PASSAGES: Final = 8

Found = Mapping[str, tuple[bool, Sequence[Passage]]]
"""For each topic that was looked up: whether there are books, and their passages about it."""


def topics_of(wishes: Sequence[Wish]) -> dict[str, int]:
    """What to look up in books, and how many passages of it are wanted at most."""
    topics: dict[str, int] = {}
    for wish in wishes:
        if isinstance(wish, Create | Add) and wish.topic and not wish.material:
            count = min(wish.count or 0, MAX_SLIDES)
            wanted = max(LEAST_PASSAGES, count * PASSAGES_PER_SLIDE)
            topics[wish.topic] = max(wanted, topics.get(wish.topic, 0))
    return topics


class Fulfilling:
    """Carries out the wishes of one message."""

    def __init__(self, base: Deck, found: Found) -> None:
        self._base = base
        self._found = found
        self.draft: Final = Draft(base)
        self._touched: set[str] = set()
        self._lines: list[str] = []
        self._made_anew = False
        self._has_composed = False

    def carry_out(self, wish: Wish) -> None:
        """Do what one wish says. Raises ``Refused``."""
        match wish:
            case Create():
                self._create(wish)
            case Add():
                self._add(wish)
            case Delete(slides):
                self._delete([self._meant(slide) for slide in slides])
            case DeleteAll(kept):
                self._delete_all([self._meant(slide) for slide in kept])
            case Move(slide, place):
                self._move(self._meant(slide), place)
            case Swap(first, second):
                self._swap(self._meant(first), self._meant(second))
            case Retitle(title, None):
                self.draft.restyle(title=title)
                self._lines.append(f"The deck is called “{self.draft.deck.title}” now.")
            case Retitle(title, slide) if slide is not None:
                named = self._meant(slide)
                self._show(named, [retitled(named.content, title)])
                self._lines.append(f"{self._name(named)} is called “{words.short(title)}” now.")
            case Reshape():
                self._reshape(wish)
            case Replace(slide, material):
                self._replace(self._meant(slide), material)
            case SetNotes(slide, notes, keep):
                self._set_notes(self._meant(slide), notes, keep)
            case SetTheme(theme):
                self._set_theme(theme)
            case _:
                raise Refused("This can only be asked for by itself; I changed nothing.")

    def said(self) -> str:
        """What was done, what there is now, and what is left to fill in."""
        slides = self.draft.slides
        left = words.left_to_fill_in(slides, self._touched)
        parts = [
            " ".join(line[:1].upper() + line[1:] for line in self._lines),
            words.listed(slides) if self._made_anew else "",
            left,
            words.WITHOUT_MODEL if self._has_composed else "",
        ]
        return "\n\n".join(part for part in parts if part)

    def _create(self, wish: Create) -> None:
        if not wish.is_deck and self._base.slides:
            # "Create 3 slides about …" in a session that has a deck means three more.
            if wish.count is None and not wish.material:
                raise Refused(f"{words.HOW_MANY} I changed nothing.")
            count = 1 if wish.count is None else wish.count
            self._add(Add(wish.topic, count, material=wish.material))
            if wish.theme:
                self._set_theme(wish.theme)
            return
        if wish.count is not None and not 1 <= wish.count <= MAX_SLIDES:
            raise Refused(f"A deck may have 1 to {MAX_SLIDES} slides; I made none.")
        has_books, passages = self._found.get(wish.topic, (False, ()))
        if wish.material:
            made = composing.from_outline(wish.material, wish.topic, wish.count)
            source = "from the outline in your message"
        else:
            made = composing.from_passages(wish.topic, wish.count, passages)
            source = f"about “{words.short(wish.topic)}”"
        replaced = len(self.draft.slides)
        self.draft.begin_anew(made.title)
        if wish.theme:
            self._restyle(wish.theme)
        self._touched.update(self.draft.insert(0, made.slides))
        self._made_anew = self._has_composed = True
        self._lines.append(f"I made a deck of {words.counted(len(made.slides))} {source}.")
        self._lines += self._remarks(wish, made, has_books)
        if replaced:
            self._lines.append(
                f"This deck takes the place of one with {words.counted(replaced)}; "
                "“undo” brings that back."
            )

    def _remarks(self, wish: Create, made: Composed, has_books: bool) -> list[str]:
        """What is to be known about where the slides come from."""
        remarks = []
        if wish.count is not None and len(made.slides) > wish.count:
            remarks.append(
                f"Your outline has more than the {words.counted(wish.count)} that you asked for; "
                "I left nothing out."
            )
        if not wish.material:
            remarks.append(_where_from(made.quoting, wish.topic, has_books))
        return remarks

    def _add(self, wish: Add) -> None:
        if not 1 <= wish.count <= MAX_ADDED:
            raise Refused(f"I can add 1 to {MAX_ADDED} slides at once; I added none.")
        has_books, passages = self._found.get(wish.topic, (False, ()))
        self._has_composed = True
        title = composing.as_title(wish.topic) or contents.FILL_IN
        quoting = 0
        if wish.material:
            new = composing.slides_from(wish.material, title)
        elif passages:
            titles = [title] if wish.count == 1 else [""] * wish.count
            used = composing.distinct(passages)[: wish.count]
            new = [composing.passage_slide(p, t) for p, t in zip(used, titles, strict=False)]
            quoting = len(new)
        else:
            new = []
        missing = max(wish.count - len(new), 0 if new else 1)
        new += [contents.unfilled_slide(title) for _ in range(missing)]
        if wish.count > 1:
            taken = [title_of(slide.content) for slide in self.draft.slides]
            new = composing.numbered(new, taken)
        if wish.layout is not None:
            new = [slide for each in new for slide in reshaped(each, wish.layout)]
        place = self._place(wish.place)
        ids = self.draft.insert(place, new)
        self._touched.update(ids)
        numbers = list(range(place + 1, place + 1 + len(ids)))
        names = ", ".join(f"“{words.short(title_of(each))}”" for each in new[:5])
        more = " and more" if len(new) > 5 else ""
        self._lines.append(f"I added {words.numbered(numbers)}: {names}{more}.")
        if not wish.material and wish.topic:
            self._lines.append(_where_from(quoting, wish.topic, has_books))

    def _delete(self, slides: Sequence[Slide]) -> None:
        names = []
        for slide in {slide.slide_id: slide for slide in slides}.values():
            self.draft.delete(slide.slide_id)
            names.append(self._name(slide))
        self._lines.append(f"Deleted: {', '.join(names)}.")

    def _delete_all(self, kept: Sequence[Slide]) -> None:
        if not self._base.slides:
            raise Refused(f"{words.NO_SLIDES} I changed nothing.")
        gone = [slide for slide in self.draft.slides if slide not in kept]
        for slide in gone:
            self.draft.delete(slide.slide_id)
        left = f", and left {', '.join(map(self._name, kept))}" if kept else ""
        self._lines.append(
            f"I deleted {words.counted(len(gone))}{left}. “Undo” brings back what is gone."
        )

    def _move(self, slide: Slide, place: Place) -> None:
        start = self.draft.place_of(slide.slide_id)
        beside = place.slide
        if place.where in ("up", "down"):
            target = start + (1 if place.where == "down" else -1)
        elif place.where == "end":
            target = len(self.draft.slides) - 1
        elif place.where == "at" and beside is not None:
            target = self._number(beside) - 1
        else:
            target = self._place(place)
            if target > start:
                target -= 1
        if not 0 <= target < len(self.draft.slides):
            raise Refused(f"{self._name(slide)} cannot be moved there; I changed nothing.")
        self.draft.move(slide.slide_id, target)
        self._lines.append(f"{self._name(slide)} is slide {target + 1} now.")

    def _swap(self, first: Slide, second: Slide) -> None:
        one, other = sorted(
            (self.draft.place_of(first.slide_id), self.draft.place_of(second.slide_id))
        )
        ids = [slide.slide_id for slide in self.draft.slides]
        self.draft.move(ids[other], one)
        self.draft.move(ids[one], other)
        self._lines.append(f"{self._name(first)} and {self._name(second)} have changed places.")

    def _reshape(self, wish: Reshape) -> None:
        slide = self._meant(wish.slide)
        title = title_of(slide.content)
        if wish.material:
            new = composing.slides_from(wish.material, title)
            new = [each for one in new for each in reshaped(one, wish.layout)]
        else:
            new = reshaped(slide.content, wish.layout)
        self._show(slide, new)
        name = wish.layout.replace("_", " ")
        self._lines.append(f"{self._name(slide)} has the layout “{name}” now.")
        self._say_rest(new)

    def _replace(self, slide: Slide, material: str) -> None:
        new = composing.slides_from(material, title_of(slide.content))
        if not new:
            raise Refused("There is nothing in the message that the slide could show.")
        self._show(slide, new)
        self._lines.append(f"{self._name(slide)} shows what your message says now.")
        self._say_rest(new)

    def _say_rest(self, new: Sequence[SlideContent]) -> None:
        if len(new) > 1:
            self._lines.append(
                f"It is too much for one slide: {words.counted(len(new) - 1)} more follow it."
            )

    def _set_notes(self, slide: Slide, notes: str, keep: bool) -> None:
        old = slide.content.notes if keep and isinstance(slide.content.notes, str) else ""
        length = len(contents.clean(old)) + len(contents.clean(notes)) + 2
        if length > contents.MAX_NOTES:
            raise Refused(f"Notes may have {contents.MAX_NOTES} characters; I changed nothing.")
        self._show(slide, [contents.replaced_notes(slide.content, old, notes)])
        self._lines.append(f"{self._name(slide)} has your notes now.")

    def _set_theme(self, theme: str) -> None:
        self._restyle(theme)
        self._lines.append(f"The deck has the theme “{theme}” now.")

    def _restyle(self, theme: str) -> None:
        self.draft.restyle(theme=contents.theme(theme))

    def _show(self, slide: Slide, new: Sequence[SlideContent]) -> None:
        self.draft.replace(slide.slide_id, new)
        place = self.draft.place_of(slide.slide_id)
        self._touched.update(s.slide_id for s in self.draft.slides[place : place + len(new)])

    def _place(self, place: Place) -> int:
        """Where something new goes, from 0, in the deck as it is now."""
        if place.slide is None or place.where == "end":
            return len(self.draft.slides)
        if place.where == "at":
            return min(self._number(place.slide) - 1, len(self.draft.slides))
        beside = self.draft.place_of(self._meant(place.slide).slide_id)
        return beside + (place.where == "after")

    def _number(self, position: Reference) -> int:
        """A number as a place. Raises ``Refused`` for 0 and for one far beyond the end."""
        if not 1 <= position.number <= len(self.draft.slides) + 1:
            raise Refused(
                f"There is no place {position.number}: "
                f"the deck has {words.counted(len(self.draft.slides))}. I changed nothing."
            )
        return position.number

    def _meant(self, reference: Reference) -> Slide:
        """The slide that somebody means. Raises ``Refused``."""
        slides = self._base.slides
        if not slides:
            raise Refused("There are no slides yet, so I changed nothing.")
        if reference.title:
            return self._there(_by_title(slides, reference.title))
        number = reference.number
        place = number - 1 if number > 0 else len(slides) + number
        if number == 0 or not 0 <= place < len(slides):
            raise Refused(
                f"There is no slide {number}: the deck has {words.counted(len(slides))}. "
                "I changed nothing."
            )
        return self._there(slides[place])

    def _there(self, slide: Slide) -> Slide:
        """The slide, if what was asked for before has left it. Raises ``Refused``."""
        if not any(each.slide_id == slide.slide_id for each in self.draft.slides):
            raise Refused(
                f"By what you ask for before, {self._name(slide)} is no longer there; "
                "I changed nothing."
            )
        return slide

    def _name(self, slide: Slide) -> str:
        """A slide as it was called when the message was written."""
        number = self._base.slides.index(slide) + 1
        return f"slide {number} (“{words.short(title_of(slide.content))}”)"


def _by_title(slides: Sequence[Slide], title: str) -> Slide:
    wanted = one_line(title).casefold()
    names = [(one_line(title_of(slide.content)).casefold(), slide) for slide in slides]
    for matches in (
        [slide for name, slide in names if name == wanted],
        [slide for name, slide in names if wanted in name],
    ):
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise Refused(
                f"Several slides are called “{words.short(title)}”; please say its number. "
                "I changed nothing."
            )
    raise Refused(f"No slide is called “{clipped(one_line(title), 80)}”; I changed nothing.")


def _where_from(quoting: int, topic: str, has_books: bool) -> str:
    if quoting:
        what = "It quotes a passage" if quoting == 1 else f"They quote {quoting} passages"
        return f"{what} of the books on this server; the sources are in the notes."
    if has_books:
        return f"I found no passage about “{words.short(topic)}” in the books on this server."
    return "There is no book on this server that I could search for it."
