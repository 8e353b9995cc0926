"""Fragments of the XML of presentations (ECMA-376, part 1: DrawingML and PresentationML)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from pptx.oxml import parse_xml

from palaver.decks.rendering.pages import Box

NAMESPACES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
)

_EMU = 12_700
# What XML 1.0 cannot hold (section 2.2).
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(xml: str) -> Any:
    """The element that a fragment describes; its first tag gets the namespaces."""
    return parse_xml(re.sub(r"^<([\w:]+)", rf"<\1 {NAMESPACES}", xml.strip(), count=1))


def emu(points: float) -> int:
    """Points in the unit of the files."""
    return round(points * _EMU)


def literal(text: str) -> str:
    """A text as the content of an element."""
    return escape(_NO_XML.sub("\ufffd", text))


def attribute(text: str) -> str:
    """A text as an attribute's value, with its quotes."""
    return quoteattr(_NO_XML.sub("\ufffd", text))


def transform(box: Box, tag: str = "a:xfrm") -> str:
    """Where something stands."""
    return (
        f'<{tag}><a:off x="{emu(box.x)}" y="{emu(box.y)}"/>'
        f'<a:ext cx="{emu(box.width)}" cy="{emu(box.height)}"/></{tag}>'
    )


def fill(colour: str) -> str:
    """A colour: one of the theme's by its name there, or six digits."""
    kind = "srgbClr" if re.fullmatch("[0-9A-F]{6}", colour) else "schemeClr"
    return f'<a:solidFill><a:{kind} val="{colour}"/></a:solidFill>'


def bar(number: int, name: str, box: Box, colour: str) -> str:
    """A filled rectangle."""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name="{name}"/><p:cNvSpPr/><p:nvPr userDrawn="1"/>'
        f"</p:nvSpPr><p:spPr>{transform(box)}"
        f'<a:prstGeom prst="rect"><a:avLst/></a:prstGeom>{fill(colour)}<a:ln><a:noFill/></a:ln>'
        "</p:spPr></p:sp>"
    )


def paragraph(
    text: str,
    *,
    size: float | None = None,
    level: int = 0,
    marked: bool = True,
    right_to_left: bool = False,
) -> str:
    """A paragraph. ``size`` is given where it is not the layout's own."""
    attributes = f' lvl="{level}"' if level else ""
    if not marked:
        attributes += ' indent="0"'
    if right_to_left:
        attributes += ' algn="r" rtl="1"'
    run = f' sz="{round(size * 100)}"' if size else ""
    style = f"<a:rPr{run}/>"
    lines = [
        f"<a:r>{style}<a:t>{literal(line)}</a:t></a:r>" if line else "" for line in text.split("\n")
    ]
    parts = f"<a:br>{style}</a:br>".join(lines)
    end = f"<a:endParaRPr{run}/>" if run and not text else ""
    own = "" if marked else "<a:buNone/>"
    return f"<a:p><a:pPr{attributes}>{own}</a:pPr>{parts}{end}</a:p>"


def text_body(paragraphs: Iterable[str], tag: str = "p:txBody") -> str:
    """The text of a shape. Should somebody write more, it shrinks."""
    body = "<a:bodyPr><a:normAutofit/></a:bodyPr>" if tag == "p:txBody" else "<a:bodyPr/>"
    return f"<{tag}>{body}<a:lstStyle/>{''.join(paragraphs)}</{tag}>"
