"""Domain errors: what can go wrong, said without HTTP.

Each error has a ``code``, the name by which the contract's ``x-errors`` decides the status and the
words that a client of one surface sees; ``status`` is the fallback where the contract says nothing.
This module imports nothing.
"""

from __future__ import annotations

from typing import ClassVar


class PalaverError(Exception):
    """Base of every error that a client may be told about. ``str(error)`` is safe to show."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    run_id: str | None = None
    """The run that the error is about, where it is about one."""
    book_id: str | None = None
    """The book that is in the way, where one is."""


class Unauthenticated(PalaverError):
    """There is no valid credential. ``error`` is the code of RFC 6750, section 3.1, if one fits."""

    code = "unauthenticated"
    status = 401

    def __init__(self, message: str = "", *, error: str | None = None) -> None:
        self.error = error
        super().__init__(message)


class SessionNotFound(PalaverError):
    """No session has this id."""

    code = "session_not_found"
    status = 404


class SessionForbidden(PalaverError):
    """The session exists and belongs to somebody else."""

    code = "session_forbidden"
    status = 403


class UserForbidden(PalaverError):
    """The path names a user who is not the caller."""

    code = "user_forbidden"
    status = 403


class NotATeamSession(PalaverError):
    """A team operation was asked of a standalone session."""

    code = "not_a_team_session"
    status = 404


class AgentNotInTeam(PalaverError):
    """A message names an agent that takes no part in the team session."""

    code = "agent_not_in_team"
    status = 404


class AgentNotFound(PalaverError):
    """The catalogue has no agent with this id."""

    code = "agent_not_found"
    status = 404


class AgentExists(PalaverError):
    """The catalogue already has an agent with this id."""

    code = "agent_exists"
    status = 409


class AgentForbidden(PalaverError):
    """Only the agent's creator or an administrator may change it."""

    code = "agent_forbidden"
    status = 403


class ProfileNotFound(PalaverError):
    """The catalogue has no profile with this id."""

    code = "profile_not_found"
    status = 404


class ProfileForbidden(PalaverError):
    """Only the profile's creator or an administrator may change it."""

    code = "profile_forbidden"
    status = 403


class SessionBusy(PalaverError):
    """A turn of the session is still running."""

    code = "session_busy"
    status = 409

    def __init__(self, message: str = "", *, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(message)


class RunNotFound(PalaverError):
    """The session has no run with this id."""

    code = "run_not_found"
    status = 404


class RunEnded(PalaverError):
    """The run has ended, so that nothing can be cancelled."""

    code = "run_ended"
    status = 409


class RunExpired(PalaverError):
    """The run's events are no longer kept."""

    code = "run_expired"
    status = 410


class InvalidEventId(PalaverError):
    """The run has no event with the id that the client says it has seen."""

    code = "invalid_event_id"
    status = 400


class TurnFailed(PalaverError):
    """The turn ended without an answer."""

    code = "turn_failed"
    status = 502

    def __init__(self, message: str = "", *, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(message)


class TooManyTurns(PalaverError):
    """The server runs as many turns as it can hold."""

    code = "too_many_turns"
    status = 503


class ShuttingDown(PalaverError):
    """The server is about to stop and begins nothing new."""

    code = "shutting_down"
    status = 503


class IdempotencyKeyReused(PalaverError):
    """The user has used this idempotency key for another request."""

    code = "idempotency_key_reused"
    status = 422


class BookNotFound(PalaverError):
    """The library has no book with this id; a deleted one is none."""

    code = "book_not_found"
    status = 404


class BookExists(PalaverError):
    """The library has a book with the same bytes already; ``book_id`` is its id."""

    code = "book_exists"
    status = 409
    book_id: str

    def __init__(self, message: str = "", *, book_id: str) -> None:
        self.book_id = book_id
        super().__init__(message)


class LibraryForbidden(PalaverError):
    """Only whoever keeps the library may change it."""

    code = "library_forbidden"
    status = 403


class BookNotFailed(PalaverError):
    """Only a book whose ingestion failed can be ingested again."""

    code = "book_not_failed"
    status = 409


class PassageNotFound(PalaverError):
    """No book that is READY has a passage with this id."""

    code = "passage_not_found"
    status = 404


class UploadTooLarge(PalaverError):
    """A file is larger than one that may be uploaded."""

    code = "payload_too_large"
    status = 413


class FilesUnavailable(PalaverError):
    """There is no room for a file, or the place where files are kept cannot be used."""

    code = "files_unavailable"
    status = 503


class NoReadyBooks(PalaverError):
    """No book can be searched."""

    code = "no_ready_books"
    status = 503


class TopicNotFound(PalaverError):
    """The catalogue has no topic with this id."""

    code = "topic_not_found"
    status = 404


class SlideNotFound(PalaverError):
    """The session's deck has no slide with this id."""

    code = "slide_not_found"
    status = 404


class ImageNotFound(PalaverError):
    """The session has no image with this id."""

    code = "image_not_found"
    status = 404


class DeckNotFound(PalaverError):
    """The session has no slides."""

    code = "deck_not_found"
    status = 404


class DeckFull(PalaverError):
    """The deck would have more slides, or more text, than a deck may have."""

    code = "deck_full"
    status = 409


class DeckChanged(PalaverError):
    """The deck is not the one that the change was made for."""

    code = "deck_changed"
    status = 412


class NothingToUndo(PalaverError):
    """No version of the deck that is kept comes before this one."""

    code = "nothing_to_undo"
    status = 409


class InvalidImage(PalaverError):
    """A file cannot be used as an image."""

    code = "invalid_image"
    status = 400


class TooManyImages(PalaverError):
    """The session has as many images as one may have."""

    code = "too_many_images"
    status = 409


class TooManyExports(PalaverError):
    """The server makes as many files of decks as it can."""

    code = "too_many_exports"
    status = 503


class ExportFailed(PalaverError):
    """No file could be made of a deck within the server's bounds."""

    code = "export_failed"
    status = 503


class LinkInvalid(PalaverError):
    """What should sign a person in to the console is no link that this server has made."""

    code = "link_invalid"
    status = 401


class LinkExpired(PalaverError):
    """The link was not used in time."""

    code = "link_expired"
    status = 401


class LinkUsed(PalaverError):
    """A link signs in once, and this one did."""

    code = "link_used"
    status = 401


class InvalidCursor(PalaverError):
    """The cursor was not made by this server, or not for this list."""

    code = "invalid_cursor"
    status = 400


class KeyServerUnavailable(PalaverError):
    """The identity provider's keys cannot be fetched, so that no token can be checked."""

    code = "key_server_unavailable"
    status = 503


class StoreUnavailable(PalaverError):
    """The database cannot be reached or is not migrated."""

    code = "store_unavailable"
    status = 503
