"""The images that the slides of a session can show."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

import msgspec
from sqlalchemy import (
    BigInteger,
    Connection,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
)
from uuid_utils import uuid7

from palaver.errors import ImageNotFound, TooManyImages
from palaver.store.database import Database
from palaver.store.deck_records import Image
from palaver.store.deck_tables import slide_contents as contents
from palaver.store.deck_tables import slide_images as table
from palaver.store.decks import lock_deck
from palaver.store.records import Once, is_storable, now_micros
from palaver.store.sessions import check_access, not_found
from palaver.store.tables import sessions

ImageType: TypeAlias = Literal["image/png", "image/jpeg"]

MAX_IMAGES: Final = 200
"""The most images of a session."""

MAX_IMAGE_BYTES: Final = 200 << 20
"""The most bytes of a session's images together, with their previews."""

UNUSED_LIFETIME: Final = 24 * 3600 * 1_000_000
"""So long an image is kept that no version of the deck shows, in microseconds."""

_IN_SESSION: Final = table.c.session_id == bindparam("session")
# Neither database reads the bytes for their length.
_SUMS: Final = select(
    func.count(),
    func.coalesce(func.sum(func.length(table.c.data) + func.length(table.c.preview)), 0),
).where(_IN_SESSION)
_IS_SHOWN: Final = exists().where(
    contents.c.session_id == table.c.session_id, contents.c.image_id == table.c.image_id
)
_FORGET: Final = delete(table).where(
    _IN_SESSION, table.c.created_at < bindparam("before", type_=BigInteger), ~_IS_SHOWN
)
_INSERT: Final = insert(table)


def _find(data: Any) -> Any:
    """The session, and the image where it has it; in one statement, and so from one moment."""
    return (
        select(
            sessions.c.owner,
            table.c.width,
            table.c.height,
            data,
            table.c.preview,
            table.c.preview_type,
        )
        .select_from(
            sessions.outerjoin(
                table,
                (table.c.session_id == sessions.c.session_id)
                & (table.c.image_id == bindparam("image")),
            )
        )
        .where(sessions.c.session_id == bindparam("session"))
    )


_WHOLE: Final = _find(table.c.data)
_PREVIEW: Final = _find(literal(b""))


class AddedImage(msgspec.Struct, frozen=True, gc=False):
    """What an upload became; ``size`` is in bytes."""

    image_id: str
    width: int
    height: int
    size: int
    media_type: ImageType = "image/png"


class SlideImages:
    """The images of a store's sessions.

    ``viewer`` is the id of the user who asks; None is an administrator. Every method raises
    SessionNotFound, SessionForbidden, and StoreUnavailable when the database fails.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        session_id: str,
        *,
        viewer: str | None,
        width: int,
        height: int,
        data: bytes,
        media_type: ImageType,
        preview: bytes,
        preview_type: str,
        once: Once | None = None,
    ) -> AddedImage:
        """Store a new image, whose ``data`` is PNG or JPEG.

        Where there is no room, images are forgotten that no kept version of the deck shows and that
        are older than ``UNUSED_LIFETIME``. Raises TooManyImages where that does not help, and
        IdempotencyKeyReused.
        """
        added = AddedImage(str(uuid7()), width, height, len(data), media_type)
        size = len(data) + len(preview)

        def work(connection: Connection) -> AddedImage:
            lock_deck(connection, session_id, viewer)
            now = now_micros()
            if _lacks(connection, session_id, size):
                old = {"session": session_id, "before": now - UNUSED_LIFETIME}
                connection.execute(_FORGET, old)
                if lacks := _lacks(connection, session_id, size):
                    raise TooManyImages(lacks)
            row = {
                "session_id": session_id,
                "image_id": added.image_id,
                "created_at": now,
                "width": width,
                "height": height,
                "preview_type": preview_type,
                "preview": preview,
                "data": data,
            }
            connection.execute(_INSERT, row)
            return added

        return self._database.write(work, once=once, result=AddedImage)

    def get(
        self, session_id: str, image_id: str, *, viewer: str | None, preview_only: bool = False
    ) -> Image:
        """The image; with ``preview_only`` its ``data`` is left out. Raises ImageNotFound."""
        if not is_storable(session_id):
            raise not_found()
        values = {"session": session_id, "image": image_id if is_storable(image_id) else ""}
        with self._database.reading() as connection:
            row = connection.execute(_PREVIEW if preview_only else _WHOLE, values).first()
        if row is None:
            raise not_found()
        owner, width, height, data, preview, preview_type = row
        check_access(owner, viewer)
        if width is None:
            raise ImageNotFound("Image not found")
        return Image(image_id, _type_of(data), width, height, data, preview, preview_type)


def _lacks(connection: Connection, session_id: str, size: int) -> str:
    """What a session has no room for: a further image, of so many bytes; empty if it has."""
    count, used = connection.execute(_SUMS, {"session": session_id}).one()
    if count >= MAX_IMAGES:
        return f"A session may have {MAX_IMAGES} images."
    if used + size > MAX_IMAGE_BYTES:
        return f"The images of a session may have {MAX_IMAGE_BYTES} bytes."
    return ""


def _type_of(data: bytes) -> ImageType:
    """Which of the two it is, by its first bytes; nothing else is ever stored."""
    return "image/jpeg" if data.startswith(b"\xff\xd8") else "image/png"
