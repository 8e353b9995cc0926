"""Operations of the tag ``decks``: slides, images, exports and transcripts of sessions."""

from __future__ import annotations

import functools
import hashlib
from typing import Any, Final

from msgspec import UNSET

from palaver.auth.principal import Principal
from palaver.contract.reply import ArrayStream, ByteStream, Reply
from palaver.decks import editing
from palaver.decks.deck import Deck as DeckVersion
from palaver.decks.deck import Images
from palaver.decks.file_names import attachment, file_name
from palaver.decks.pictures import MAX_FILE_BYTES
from palaver.decks.rendering import render_html, style_sheet
from palaver.decks.transcript import markdown
from palaver.decks.versions import entity_tag
from palaver.errors import UploadTooLarge
from palaver.handlers import shapes
from palaver.handlers.backend import Backend
from palaver.handlers.idempotency import once
from palaver.models import (
    Deck,
    DeckSlide,
    DeckUpdate,
    ExportFormat,
    SlideContent,
    SlideDeck,
    SlideImage,
    SlideInsert,
    SlideMove,
    SlideReplacement,
)
from palaver.store import AddedImage

MESSAGES_PER_BATCH = 100
IMMUTABLE: Final = "private, max-age=31536000, immutable"
PPTX: Final = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
PDF: Final = "application/pdf"
_TYPES: Final[dict[ExportFormat, str]] = {"pptx": PPTX, "pdf": PDF}


def get_session_slides(*, principal: Principal, backend: Backend, session_id: str) -> Reply[Deck]:
    """Read a session's deck."""
    return _deck(backend, backend.decks.read(session_id, viewer=principal.viewer))


def insert_slide(
    *,
    principal: Principal,
    backend: Backend,
    session_id: str,
    idempotency_key: str | None,
    if_match: str,
    body: SlideInsert,
) -> Reply[DeckSlide]:
    """Add a slide and say where it is."""
    # A client that tries again may have read the deck in between.
    key = once(idempotency_key, principal, "insert_slide", session_id=session_id, body=body)
    added = backend.decks.insert(
        session_id,
        body.content,
        None if body.position is UNSET else body.position,
        viewer=principal.viewer,
        if_match=if_match,
        once=key,
    )
    location = f"/api/sessions/{shapes.in_path(session_id)}/slides/{added.slide_id}"
    slide = _slide(_previews(backend, session_id), added.slide_id, added.content)
    return Reply(slide, headers={"ETag": entity_tag(added.version), "Location": location})


def update_deck(
    *,
    principal: Principal,
    backend: Backend,
    session_id: str,
    if_match: str,
    body: DeckUpdate,
) -> Reply[Deck]:
    """Change the deck's theme, its title, or both."""
    theme = None if body.theme is UNSET else body.theme
    title = None if body.title is UNSET else body.title
    edit = functools.partial(editing.restyle, theme=theme, title=title)
    return _changed(backend, principal, session_id, if_match, edit)


def undo_deck_change(
    *, principal: Principal, backend: Backend, session_id: str, if_match: str
) -> Reply[Deck]:
    """Take the last change back."""
    return _deck(
        backend, backend.decks.undo(session_id, viewer=principal.viewer, if_match=if_match)
    )


async def upload_slide_image(
    *,
    principal: Principal,
    backend: Backend,
    session_id: str,
    idempotency_key: str | None,
    body: dict[str, Any],
) -> Reply[SlideImage]:
    """Store an image and say where it is."""
    upload = body["file"]
    if upload.size > MAX_FILE_BYTES:
        raise UploadTooLarge(f"An image may have {MAX_FILE_BYTES} bytes.")

    def add() -> AddedImage:
        key = None
        if idempotency_key is not None:
            content = hashlib.file_digest(upload.file, "sha256").hexdigest()
            key = once(
                idempotency_key,
                principal,
                "upload_slide_image",
                session_id=session_id,
                content=content,
            )
        return backend.decks.add_image(session_id, upload.file, viewer=principal.viewer, once=key)

    # These wait for one another, and nobody else has to.
    added = await backend.decoders.run(add)
    return Reply(
        shapes.slide_image(added),
        headers={
            "Location": f"/api/sessions/{shapes.in_path(session_id)}/slides/images/{added.image_id}"
        },
    )


def get_slide_image(
    *, principal: Principal, backend: Backend, session_id: str, image_id: str, media_type: str
) -> Reply[bytes]:
    """Read an image, in the type that it is kept in."""
    image = backend.decks.image(session_id, image_id, viewer=principal.viewer)
    headers = {"ETag": f'"{image.image_id}"', "Cache-Control": IMMUTABLE}
    return Reply(image.data, headers=headers, media_type=image.media_type)


def get_slide(
    *, principal: Principal, backend: Backend, session_id: str, slide_id: str
) -> Reply[DeckSlide]:
    """Read a slide."""
    deck = backend.decks.read(session_id, viewer=principal.viewer)
    return _one_slide(backend, deck, slide_id)


def replace_slide(
    *,
    principal: Principal,
    backend: Backend,
    session_id: str,
    slide_id: str,
    if_match: str,
    body: SlideReplacement,
) -> Reply[DeckSlide]:
    """Give a slide other content."""
    edit = functools.partial(editing.replace_slide, slide_id=slide_id, content=body.content)
    deck = backend.decks.change(session_id, edit, viewer=principal.viewer, if_match=if_match)
    return _one_slide(backend, deck, slide_id)


def delete_slide(
    *,
    principal: Principal,
    backend: Backend,
    session_id: str,
    slide_id: str,
    if_match: str,
) -> Reply[None]:
    """Take a slide out of the deck."""
    edit = functools.partial(editing.delete_slide, slide_id=slide_id)
    deck = backend.decks.change(session_id, edit, viewer=principal.viewer, if_match=if_match)
    return Reply(None, headers={"ETag": entity_tag(deck.version)})


def move_slide(
    *,
    principal: Principal,
    backend: Backend,
    session_id: str,
    slide_id: str,
    if_match: str,
    body: SlideMove,
) -> Reply[Deck]:
    """Put a slide at another position."""
    edit = functools.partial(editing.move_slide, slide_id=slide_id, position=body.position)
    return _changed(backend, principal, session_id, if_match, edit)


async def export_session(
    *,
    principal: Principal,
    backend: Backend,
    session_id: str,
    format: ExportFormat | None,
    media_type: str,
) -> Reply[ByteStream]:
    """Make a file of the deck."""
    kind: ExportFormat = format or ("pdf" if media_type == PDF else "pptx")
    made = await backend.exports.make(session_id, kind, viewer=principal.viewer)
    return Reply(
        ByteStream(made.parts, made.length),
        headers={"Content-Disposition": attachment(made.name)},
        media_type=_TYPES[kind],
    )


def get_session_transcript(
    *, principal: Principal, backend: Backend, session_id: str, media_type: str
) -> Reply[ByteStream] | Reply[ArrayStream]:
    """Read what was said, batch by batch."""
    session = backend.store.sessions.get(session_id, viewer=principal.viewer)
    batches = backend.store.messages.read(
        session_id,
        viewer=principal.viewer,
        start_seq=0,
        stop_seq=session.message_count,
        batch=MESSAGES_PER_BATCH,
    )
    as_json = media_type == "application/json"
    name = file_name(session.title, "json" if as_json else "md", otherwise="transcript")
    headers = {"Content-Disposition": attachment(name)}
    if not as_json:
        return Reply(ByteStream(markdown(session, batches)), headers=headers, media_type=media_type)
    stream = ArrayStream(
        name="messages",
        batches=([shapes.transcript_message(each) for each in batch] for batch in batches),
        rest={
            "session_id": session.session_id,
            "title": session.title,
            "created_at": session.created_at,
        },
    )
    return Reply(stream, headers=headers, media_type=media_type)


def _changed(
    backend: Backend, principal: Principal, session_id: str, if_match: str, edit: Any
) -> Reply[Deck]:
    return _deck(
        backend,
        backend.decks.change(session_id, edit, viewer=principal.viewer, if_match=if_match),
    )


def _deck(backend: Backend, deck: DeckVersion) -> Reply[Deck]:
    images = _previews(backend, deck.session_id)
    slides = [_slide(images, slide.slide_id, slide.content) for slide in deck.slides]
    shown = Deck(
        session_id=deck.session_id,
        title=deck.title,
        theme=deck.theme,
        version=deck.version,
        updated_at=deck.updated_at,
        slide_deck=SlideDeck(slides=slides, css=style_sheet(deck.theme), scripts=""),
    )
    return Reply(shown, headers={"ETag": entity_tag(deck.version)}, large=True)


def _one_slide(backend: Backend, deck: DeckVersion, slide_id: str) -> Reply[DeckSlide]:
    content = deck.slides[editing.place_of(deck, slide_id)].content
    slide = _slide(_previews(backend, deck.session_id), slide_id, content)
    return Reply(slide, headers={"ETag": entity_tag(deck.version)})


def _slide(images: Images, slide_id: str, content: SlideContent) -> DeckSlide:
    return DeckSlide(slide_id=slide_id, html=render_html(content, images), content=content)


def _previews(backend: Backend, session_id: str) -> Images:
    return functools.partial(backend.decks.find_image, session_id, preview_only=True)
