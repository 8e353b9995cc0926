"""Decks: their newest version, the ones before it, and the way from one to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeVar, get_args

import msgspec
from sqlalchemy import (
    BigInteger,
    BindParameter,
    Connection,
    and_,
    bindparam,
    delete,
    insert,
    null,
    select,
    text,
    update,
)

from palaver.errors import ImageNotFound, NothingToUndo
from palaver.models import ImageSlide, SlideContent, Theme
from palaver.store.database import Database
from palaver.store.deck_limits import check_room
from palaver.store.deck_records import Deck, Slide
from palaver.store.deck_tables import deck_versions as versions
from palaver.store.deck_tables import decks, slide_images
from palaver.store.deck_tables import slide_contents as contents
from palaver.store.records import Once, is_storable, micros_of, moment, now_micros
from palaver.store.sessions import check_access, not_found
from palaver.store.tables import sessions

T = TypeVar("T")

KEPT_CHANGES: Final = 100
"""So many changes of a deck can be undone."""

DEFAULT_THEME: Final[Theme] = get_args(Theme)[0]

_IN_SESSION: Final[BindParameter[str]] = bindparam("session")
# One statement, and so one snapshot, however many versions are made meanwhile.
_READ: Final = (
    select(
        sessions.c.owner,
        sessions.c.title,
        sessions.c.created_at,
        decks.c.version,
        decks.c.next_slide,
        decks.c.next_content,
        versions.c.title,
        versions.c.theme,
        versions.c.slides,
        versions.c.created_at,
        contents.c.number,
        contents.c.content,
    )
    .select_from(
        sessions.outerjoin(decks, decks.c.session_id == sessions.c.session_id)
        .outerjoin(
            versions,
            and_(
                versions.c.session_id == decks.c.session_id, versions.c.version == decks.c.version
            ),
        )
        .outerjoin(
            contents,
            and_(contents.c.session_id == decks.c.session_id, contents.c.end_version.is_(null())),
        )
    )
    .where(sessions.c.session_id == _IN_SESSION)
)
# A session that is deleted meanwhile is waited for, and then not there.
_LOCK_SESSION: Final = (
    select(sessions.c.owner)
    .where(sessions.c.session_id == _IN_SESSION)
    .with_for_update(read=True, key_share=True)
)
_LOCK: Final = (
    select(decks.c.version).where(decks.c.session_id == _IN_SESSION).with_for_update(key_share=True)
)
# Both stores spell it so. On PostgreSQL it waits for whoever makes the same deck.
_MAKE: Final = text(
    "INSERT INTO decks (session_id, version, next_slide, next_content)"
    " VALUES (:session, 0, 0, 0) ON CONFLICT DO NOTHING"
)
_ADD_VERSION: Final = insert(versions)
_ADD_CONTENT: Final = insert(contents)
_ADVANCE: Final = (
    update(decks)
    .where(decks.c.session_id == _IN_SESSION)
    .values(
        version=bindparam("to_version"),
        next_slide=bindparam("slide_number"),
        next_content=bindparam("content_number"),
    )
)
_OF_CONTENTS: Final = contents.c.session_id == _IN_SESSION
_END_CONTENT: Final = (
    update(contents)
    .where(_OF_CONTENTS, contents.c.number.in_(bindparam("numbers", expanding=True)))
    .values(end_version=bindparam("to_version"))
)
_OF_VERSIONS: Final = versions.c.session_id == _IN_SESSION
_NEWEST: Final = (
    select(versions.c.version, versions.c.title, versions.c.theme, versions.c.slides)
    .where(_OF_VERSIONS)
    .order_by(versions.c.version.desc())
    .limit(2)
)
_OLDEST_KEPT: Final = (
    select(versions.c.version)
    .where(_OF_VERSIONS)
    .order_by(versions.c.version.desc())
    .offset(KEPT_CHANGES)
    .limit(1)
)
_OLDEST: Final = bindparam("oldest", type_=BigInteger)
_FORGET_VERSIONS: Final = delete(versions).where(_OF_VERSIONS, versions.c.version < _OLDEST)
_FORGET_CONTENTS: Final = delete(contents).where(_OF_CONTENTS, contents.c.end_version <= _OLDEST)
# The last change is all that happened after the kept version before the newest.
_BEFORE: Final = bindparam("before", type_=BigInteger)
_TAKE_BACK_VERSIONS: Final = delete(versions).where(_OF_VERSIONS, versions.c.version >= _BEFORE)
_TAKE_BACK_NEW: Final = delete(contents).where(_OF_CONTENTS, contents.c.first_version > _BEFORE)
_TAKE_BACK_OLD: Final = (
    update(contents)
    .where(_OF_CONTENTS, contents.c.end_version > _BEFORE)
    .values(end_version=null())
)
_IMAGES: Final = select(slide_images.c.image_id).where(
    slide_images.c.session_id == _IN_SESSION,
    slide_images.c.image_id.in_(bindparam("images", expanding=True)),
)

_decode_content: Final = msgspec.json.Decoder(SlideContent).decode
_decode_places: Final = msgspec.json.Decoder(list[tuple[str, int]]).decode
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class DeckRow:
    """A deck as it stands in the database: with the numbers of its contents."""

    deck: Deck
    numbers: dict[str, int]
    next_content: int


class Decks:
    """The decks of a store's sessions.

    ``viewer`` is the id of the user who asks; None is an administrator. Every method raises
    SessionNotFound, SessionForbidden, and StoreUnavailable when the database fails.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, session_id: str, *, viewer: str | None) -> Deck:
        """The newest version; version 0, without slides, where nobody has changed the deck."""
        if not is_storable(session_id):
            raise not_found()
        with self._database.reading() as connection:
            return read_deck(connection, session_id, viewer).deck

    def change(
        self,
        session_id: str,
        edit: Callable[[Deck], Deck],
        *,
        viewer: str | None,
        outcome: Callable[[Deck], T],
        once: Once | None = None,
        result: type[T] | None = None,
    ) -> T:
        """Let ``edit`` make the next version of the deck; return what ``outcome`` says of that.

        Changes of one deck take turns. ``edit`` is called once, in the transaction: what it raises
        leaves everything as it was. Raises DeckFull, ImageNotFound for a new content that shows an
        image which the session does not have, and IdempotencyKeyReused.
        """

        def work(connection: Connection) -> T:
            lock_deck(connection, session_id, viewer)
            found = read_deck(connection, session_id, viewer)
            return outcome(next_version(connection, found, edit(found.deck)))

        return self._database.write(work, once=once, result=result)

    def undo(self, session_id: str, check: Callable[[Deck], None], *, viewer: str | None) -> Deck:
        """Make a version that is like the one before the last change; return it.

        ``check`` may refuse by raising. Raises NothingToUndo.
        """

        def work(connection: Connection) -> Deck:
            lock_deck(connection, session_id, viewer)
            found = read_deck(connection, session_id, viewer)
            check(found.deck)
            take_back(connection, found)
            return read_deck(connection, session_id, viewer).deck

        return self._database.write(work)


def lock_deck(connection: Connection, session_id: str, viewer: str | None) -> None:
    """Let nobody else change the deck or the images of the session until the transaction ends.

    Raises SessionNotFound and SessionForbidden.
    """
    if not is_storable(session_id):
        raise not_found()
    values = {"session": session_id}
    row = connection.execute(_LOCK_SESSION, values).first()
    if row is None:
        raise not_found()
    check_access(row.owner, viewer)
    connection.execute(_MAKE, values)
    connection.execute(_LOCK, values)


def read_deck(connection: Connection, session_id: str, viewer: str | None) -> DeckRow:
    """The deck as it stands. Raises SessionNotFound and SessionForbidden."""
    rows = connection.execute(_READ, {"session": session_id}).all()
    if not rows:
        raise not_found()
    owner, session_title, session_created, version, next_slide, next_content, *rest = rows[0]
    check_access(owner, viewer)
    if not version:
        deck = Deck(session_id, session_title, DEFAULT_THEME, 0, moment(session_created))
        return DeckRow(deck, {}, 0)
    title, theme, places, created_at, _, _ = rest
    shown: dict[int, SlideContent] = {
        row[-2]: _decode_content(row[-1]) for row in rows if row[-2] is not None
    }
    numbers = dict(_decode_places(places))
    slides = tuple(Slide(slide_id, shown[number]) for slide_id, number in numbers.items())
    deck = Deck(session_id, title, theme, version, moment(created_at), slides, next_slide)
    return DeckRow(deck, numbers, next_content)


def next_version(connection: Connection, found: DeckRow, wanted: Deck) -> Deck:
    """Make ``wanted`` the newest version; return it. Raises ImageNotFound and DeckFull."""
    check_room(wanted)
    old = found.deck
    if old.version == 0:
        _add_version(connection, old, {})
    deck = replace(
        wanted, session_id=old.session_id, version=old.version + 1, updated_at=_after(old)
    )
    kept = {slide.slide_id: slide.content for slide in old.slides}
    numbers: dict[str, int] = {}
    new: list[dict[str, Any]] = []
    for slide in deck.slides:
        if kept.get(slide.slide_id) == slide.content:
            numbers[slide.slide_id] = found.numbers[slide.slide_id]
            continue
        numbers[slide.slide_id] = found.next_content + len(new)
        new.append(
            {
                "session_id": deck.session_id,
                "number": numbers[slide.slide_id],
                "first_version": deck.version,
                "image_id": image_of(slide.content),
                "content": _encode(slide.content).decode(),
            }
        )
    _check_images(connection, deck.session_id, {row["image_id"] for row in new} - {None})
    gone = set(found.numbers.values()) - set(numbers.values())
    if gone:
        ended = {"session": deck.session_id, "numbers": list(gone), "to_version": deck.version}
        connection.execute(_END_CONTENT, ended)
    if new:
        connection.execute(_ADD_CONTENT, new)
    _add_version(connection, deck, numbers)
    _advance(connection, deck, next_content=found.next_content + len(new))
    _forget_old(connection, deck.session_id)
    return deck


def take_back(connection: Connection, found: DeckRow) -> None:
    """Make a version that is like the one before the newest, and forget both.

    Raises NothingToUndo.
    """
    session = {"session": found.deck.session_id}
    kept = connection.execute(_NEWEST, session).all()
    if len(kept) < 2:
        raise NothingToUndo("No earlier version of the deck is kept.")
    newest, before = kept
    for statement in (_TAKE_BACK_NEW, _TAKE_BACK_OLD, _TAKE_BACK_VERSIONS):
        connection.execute(statement, {**session, "before": before.version})
    deck = replace(
        found.deck,
        title=before.title,
        theme=before.theme,
        version=newest.version + 1,
        updated_at=_after(found.deck),
    )
    _add_version(connection, deck, dict(_decode_places(before.slides)))
    _advance(connection, deck, next_content=found.next_content)


def _add_version(connection: Connection, deck: Deck, numbers: dict[str, int]) -> None:
    row = {
        "session_id": deck.session_id,
        "version": deck.version,
        "title": deck.title,
        "theme": deck.theme,
        "slides": _encode(list(numbers.items())).decode(),
        "created_at": micros_of(deck.updated_at),
    }
    connection.execute(_ADD_VERSION, row)


def _advance(connection: Connection, deck: Deck, *, next_content: int) -> None:
    values = {
        "session": deck.session_id,
        "to_version": deck.version,
        "slide_number": deck.next_number,
        "content_number": next_content,
    }
    connection.execute(_ADVANCE, values)


def _forget_old(connection: Connection, session_id: str) -> None:
    """Delete the versions that cannot be undone to any more, and what only they show."""
    session = {"session": session_id}
    oldest = connection.execute(_OLDEST_KEPT, session).scalar()
    if oldest is not None:
        forgotten = connection.execute(_FORGET_VERSIONS, {**session, "oldest": oldest}).rowcount
        if forgotten:
            connection.execute(_FORGET_CONTENTS, {**session, "oldest": oldest})


def _check_images(connection: Connection, session_id: str, images: set[str]) -> None:
    if images:
        values = {"session": session_id, "images": sorted(images)}
        missing = images - set(connection.scalars(_IMAGES, values))
        if missing:
            raise ImageNotFound(f"The session has no image {min(missing)}.")


def image_of(content: SlideContent) -> str | None:
    """The id of the image that a slide shows, if it shows one."""
    return content.image_id if isinstance(content, ImageSlide) else None


def _after(deck: Deck) -> datetime:
    """Now, but not before the deck was changed last: clocks are set back at times."""
    return max(moment(now_micros()), deck.updated_at)
