"""Decks made visible: HTML with a style sheet, PPTX and PDF.

- ``render_html(content, images)`` and ``style_sheet(theme)``: what a browser shows;
- ``write_pptx(deck, images, file)`` and ``write_pdf(deck, images, file)``: write a file into
  anything that takes bytes and can be sought in.

All block: they are for a worker thread. ``images`` finds an image by its id; a slide whose image is
gone shows the words that stand for it. The files raise ``DeckTooLong`` and ``RenderingFailed``.
"""

from palaver.decks.rendering.css import style_sheet
from palaver.decks.rendering.faults import MOST_PAGES, DeckTooLong, RenderingFailed
from palaver.decks.rendering.html_cache import render_html
from palaver.decks.rendering.pdf import write_pdf
from palaver.decks.rendering.powerpoint import write_pptx

__all__ = [
    "MOST_PAGES",
    "DeckTooLong",
    "RenderingFailed",
    "render_html",
    "style_sheet",
    "write_pdf",
    "write_pptx",
]
