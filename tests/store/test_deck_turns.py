"""Changes of decks by turns: the version and its event are there together, or neither is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from palaver.errors import DeckChanged, ImageNotFound, NothingToUndo, StoreUnavailable
from palaver.models import ImageSlide, TitleSlide
from palaver.store import Deck, DeckEdit, Lost, RunEnd, RunRecord, RunWrite, Slide, Store

DONE = b'{"type":"done"}'


def event(old: Deck, new: Deck) -> bytes:
    """An event that says from where to where the deck went."""
    return b'{"from":%d,"to":%d,"slides":%d}' % (old.version, new.version, len(new.slides))


@pytest.fixture
def session_id(store: Store) -> str:
    """A session without a deck."""
    return store.sessions.create(
        owner="ann", kind="standalone", title="Talk", agents=[], max_context_results=1
    ).session_id


@pytest.fixture
def run(store: Store, session_id: str) -> RunRecord:
    """A run of the session that ``me`` works on."""
    until = datetime.now(UTC) + timedelta(seconds=60)
    return store.runs.start(
        session_id, viewer="ann", content="Hi", owner="me", lease_until=until
    ).run


def adding(base: Deck, title: str = "One") -> DeckEdit:
    """An edit that adds a slide."""
    slide = Slide(f"slide_{base.next_number}", TitleSlide(title=title))
    wanted = replace(base, slides=(*base.slides, slide), next_number=base.next_number + 1)
    return DeckEdit(base, wanted)


def deck_of(store: Store, session_id: str) -> Deck:
    """The deck as it stands."""
    return store.decks.read(session_id, viewer="ann")


def write(
    store: Store, run: RunRecord, edit: DeckEdit, event_id: int = 1, owner: str = "me"
) -> bytes | Lost:
    """Write an edit as the run's next event."""
    return store.deck_turns.write(edit, event, run_id=run.run_id, owner=owner, event_id=event_id)


def log_of(store: Store, run: RunRecord) -> list[tuple[int, bytes]]:
    """The run's events."""
    return store.runs.events(run.run_id, after=0, limit=10)


def test_a_version_comes_with_its_event(store: Store, session_id: str, run: RunRecord) -> None:
    first = write(store, run, adding(deck_of(store, session_id)))
    second = write(store, run, adding(deck_of(store, session_id), "Two"), 2)
    assert (first, second) == (
        b'{"from":0,"to":1,"slides":1}',
        b'{"from":1,"to":2,"slides":2}',
    )
    assert log_of(store, run) == [(1, first), (2, second)]
    deck = deck_of(store, session_id)
    assert (deck.version, [slide.slide_id for slide in deck.slides]) == (2, ["slide_0", "slide_1"])


def test_taking_back_is_a_version_with_an_event_too(
    store: Store, session_id: str, run: RunRecord
) -> None:
    with pytest.raises(NothingToUndo):
        write(store, run, DeckEdit(deck_of(store, session_id), None))
    write(store, run, adding(deck_of(store, session_id)))
    assert write(store, run, DeckEdit(deck_of(store, session_id), None), 2) == (
        b'{"from":1,"to":2,"slides":0}'
    )
    assert deck_of(store, session_id).slides == ()
    assert len(log_of(store, run)) == 2


def test_a_deck_that_has_changed_keeps_both_out(
    store: Store, session_id: str, run: RunRecord
) -> None:
    old = deck_of(store, session_id)
    write(store, run, adding(old))
    with pytest.raises(DeckChanged, match="version 1"):
        write(store, run, adding(old, "Late"), 2)
    assert len(log_of(store, run)) == 1
    assert deck_of(store, session_id).version == 1


def test_an_image_that_is_missing_keeps_both_out(
    store: Store, session_id: str, run: RunRecord
) -> None:
    base = deck_of(store, session_id)
    image = ImageSlide(title="A", image_id="019a9f40-4e5f-7a6b-8c7d-9e0f1a2b3c4d", alt="a")
    edit = DeckEdit(base, replace(base, slides=(Slide("slide_0", image),), next_number=1))
    with pytest.raises(ImageNotFound):
        write(store, run, edit)
    assert (log_of(store, run), deck_of(store, session_id).version) == ([], 0)


def end(store: Store, run: RunRecord) -> None:
    """The run is over."""
    over = RunEnd("cancelled", None, None)
    store.runs.write([RunWrite(run.run_id, run.session_id, 1, (DONE,), end=over)], owner="me")


def take(store: Store, run: RunRecord) -> None:
    """Another process writes the run's next event."""
    store.runs.write(
        [RunWrite(run.run_id, run.session_id, 1, (b"{}",))], owner="other", takeover=True
    )


@pytest.mark.parametrize("happens", [end, take])
def test_a_run_that_is_lost_changes_no_deck(
    store: Store,
    session_id: str,
    run: RunRecord,
    happens: Callable[[Store, RunRecord], None],
) -> None:
    edit = adding(deck_of(store, session_id))
    happens(store, run)
    assert write(store, run, edit) == Lost.LOST
    assert write(store, run, edit, 3) == Lost.LOST
    assert write(store, run, edit, 2, owner="stranger") == Lost.LOST
    assert deck_of(store, session_id).version == 0
    assert len(log_of(store, run)) == 1


def test_what_was_committed_unheard_can_be_written_again(
    store: Store, session_id: str, run: RunRecord
) -> None:
    edit = adding(deck_of(store, session_id))
    first = write(store, run, edit)
    assert write(store, run, edit) == first
    undo = DeckEdit(deck_of(store, session_id), None)
    second = write(store, run, undo, 2)
    assert write(store, run, undo, 2) == second
    assert deck_of(store, session_id).version == 2
    assert log_of(store, run) == [(1, first), (2, second)]


def test_an_event_that_cannot_be_stored_changes_no_deck(
    store: Store, session_id: str, run: RunRecord
) -> None:
    edit = adding(deck_of(store, session_id))
    with pytest.raises(ValueError, match="line breaks"):
        store.deck_turns.write(edit, lambda *_: b"{\n}", run_id=run.run_id, owner="me", event_id=1)
    assert (log_of(store, run), deck_of(store, session_id).version) == ([], 0)


def test_what_fails_in_between_changes_no_deck(
    store: Store, session_id: str, run: RunRecord
) -> None:
    edit = adding(deck_of(store, session_id))

    def fail(old: Deck, new: Deck) -> bytes:
        raise StoreUnavailable("gone")

    with pytest.raises(StoreUnavailable):
        store.deck_turns.write(edit, fail, run_id=run.run_id, owner="me", event_id=1)
    assert (log_of(store, run), deck_of(store, session_id).version) == ([], 0)
