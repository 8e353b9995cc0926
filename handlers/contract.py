"""Operations of the tag ``contract``: the document that this server keeps to."""

from __future__ import annotations

from palaver.contract.reply import Reply
from palaver.handlers.backend import Backend


async def get_contract_yaml(
    *, backend: Backend, if_none_match: str | None
) -> Reply[bytes] | Reply[None]:
    """Serve the file's own bytes, from the event loop: nothing here waits."""
    return _serve(backend.document.content, backend.document.etag, if_none_match)


async def get_contract_json(
    *, backend: Backend, if_none_match: str | None
) -> Reply[bytes] | Reply[None]:
    """Serve the same document as JSON."""
    # Another representation needs another strong tag (RFC 9110, section 8.8.3).
    etag = f'{backend.document.etag[:-1]}-json"'
    return _serve(backend.document.json, etag, if_none_match)


def _serve(content: bytes, etag: str, if_none_match: str | None) -> Reply[bytes] | Reply[None]:
    if if_none_match is not None and _matches(if_none_match, etag):
        return Reply(None, status=304, headers={"ETag": etag})
    return Reply(content, status=200, headers={"ETag": etag})


def _matches(if_none_match: str, etag: str) -> bool:
    """The weak comparison of RFC 9110, section 13.1.2; our tags hold no comma."""
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or tags == ["*"]
