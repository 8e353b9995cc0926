"""Slides as HTML, made once for each content.

A content never changes, and every answer with a whole deck shows nearly the same as the one before.
Laying out the largest deck that there may be takes seconds; finding it here takes milliseconds.
"""

from __future__ import annotations

import hashlib
import sys
import threading
from collections import OrderedDict
from typing import Final

import msgspec

from palaver.decks.rendering import html
from palaver.decks.rendering.shown import Previews
from palaver.models import ImageSlide, SlideContent

MOST_BYTES: Final = 32 << 20
"""Several of the largest decks."""


class HtmlCache:
    """What was rendered last, up to so many bytes. For threads."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._made: OrderedDict[bytes, str] = OrderedDict()
        self._lock = threading.Lock()
        # Rendering keeps the interpreter busy: of many threads that do, the event loop would be
        # one that waits for all the others.
        self._rendering = threading.Lock()

    @property
    def size(self) -> int:
        """The bytes that are kept."""
        return self._bytes

    def render(self, content: SlideContent, images: Previews) -> str:
        """``html.render_html``, remembered. What shows an image is not: it may be gone."""
        if isinstance(content, ImageSlide):
            return html.render_html(content, images)
        key = hashlib.sha256(msgspec.json.encode(content)).digest()
        if (known := self._find(key)) is None:
            with self._rendering:
                # Somebody else may have made it meanwhile.
                if (known := self._find(key)) is None:
                    known = html.render_html(content, images)
                    self._keep(key, known)
        return known

    def _find(self, key: bytes) -> str | None:
        with self._lock:
            known = self._made.get(key)
            if known is not None:
                self._made.move_to_end(key)
            return known

    def _keep(self, key: bytes, made: str) -> None:
        with self._lock:
            self._made[key] = made
            self._bytes += sys.getsizeof(made)
            while self._bytes > self._most:
                _, oldest = self._made.popitem(last=False)
                self._bytes -= sys.getsizeof(oldest)


render_html: Final = HtmlCache(MOST_BYTES).render
