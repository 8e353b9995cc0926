"""Changes of decks by turns: a version and the event that tells of it are one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from sqlalchemy import BigInteger, Connection, bindparam, select

from palaver.errors import DeckChanged
from palaver.store.database import Database
from palaver.store.deck_records import Deck, DeckEdit
from palaver.store.decks import lock_deck, next_version, read_deck, take_back
from palaver.store.records import Lost, RunWrite
from palaver.store.run_writes import check_writes, write_part
from palaver.store.tables import run_events, runs

_LOGGED: Final = (
    select(run_events.c.events)
    .join(runs, runs.c.run_id == run_events.c.run_id)
    .where(
        run_events.c.run_id == bindparam("of_run"),
        run_events.c.first_id == bindparam("first", type_=BigInteger),
        runs.c.owner == bindparam("of_owner"),
    )
)


class _RunLost(Exception):
    """The run is no longer the owner's: what was done to the deck is taken back."""


class DeckTurns:
    """What the turns of a store's runs do to decks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(
        self,
        edit: DeckEdit,
        event: Callable[[Deck, Deck], bytes],
        *,
        run_id: str,
        owner: str,
        event_id: int,
    ) -> bytes | Lost:
        """Make the version, and put the event of it, made of the old and the new deck, into the
        run's log as its next; return the event.

        Either both are durable, or nothing has changed: where the run is no longer the owner's
        (Lost), and where this raises DeckChanged for a deck that is not the edit's base any more,
        NothingToUndo, ImageNotFound or SessionNotFound. After a StoreUnavailable, which may come
        from a commit that took place, the owner may write the same again.
        """
        session_id = edit.base.session_id

        def work(connection: Connection) -> bytes:
            values = {"of_run": run_id, "first": event_id, "of_owner": owner}
            logged: str | None = connection.scalar(_LOGGED, values)
            if logged is not None:
                return _repeated(connection, edit, event, logged.encode())
            lock_deck(connection, session_id, None)
            found = read_deck(connection, session_id, None)
            if found.deck.version != edit.base.version:
                raise DeckChanged(f"The deck is at version {found.deck.version}.")
            if edit.wanted is not None:
                made = next_version(connection, found, edit.wanted)
            else:
                take_back(connection, found)
                made = read_deck(connection, session_id, None).deck
            said = event(found.deck, made)
            write = RunWrite(run_id, session_id, event_id, (said,))
            [outcome] = write_part(
                connection, [write], check_writes([write]), owner=owner, takeover=False
            )
            if isinstance(outcome, Lost):
                raise _RunLost
            return said

        try:
            return self._database.write(work)
        except _RunLost:
            return Lost.LOST


def _repeated(
    connection: Connection, edit: DeckEdit, event: Callable[[Deck, Deck], bytes], logged: bytes
) -> bytes:
    """The event in the log, if it is the edit's own, from a commit whose answer was lost."""
    if edit.wanted is not None:
        made = replace(edit.wanted, version=edit.base.version + 1)
    else:
        made = read_deck(connection, edit.base.session_id, None).deck
    if logged != event(edit.base, made):
        raise _RunLost
    return logged
