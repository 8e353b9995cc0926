"""In the child: the text of XHTML and HTML, and XML read without any of its dangers."""

from __future__ import annotations

import html.entities
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

XML_OPTIONS: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
"""No entity is expanded, nothing is fetched, and depth is bounded."""

_SKIPPED = {"head", "script", "style", "template", "rt", "rp", "math-annotation", "audio", "video"}
_PARAGRAPHS = {
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "table", "ul", "ol", "dl",
    "section", "article", "aside", "header", "footer", "figure", "figcaption", "hr", "nav",
}  # fmt: skip
_LINES = {"div", "li", "tr", "dt", "dd", "caption", "body", "td", "th"}
_SPACE = re.compile(r"[ \t\r\n\f]+")
# Stand for the edges of paragraphs and of lines until it is known how many there are together.
_PARAGRAPH_EDGE, _LINE_EDGE = "\x1d", "\x1e"
_EDGES = re.compile(r"[ \t\n]*[\x1d\x1e][ \t\n\x1d\x1e]*")
_NAMED = re.compile(rb"&([A-Za-z][A-Za-z0-9]{0,31});")
_DECLARED = re.compile(rb"""(?:encoding|charset)\s*=\s*["']?([A-Za-z0-9._-]{1,40})""")
_XML_NAMES = {b"amp", b"lt", b"gt", b"quot", b"apos"}
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def local_name(element: Any) -> str:
    """The name of an element without its namespace; nothing for what is no element."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def parse_xml(data: bytes) -> Any:
    """The root of an XML document; raises ``etree.XMLSyntaxError``."""
    return etree.fromstring(data, etree.XMLParser(**XML_OPTIONS))


def text_of(data: bytes) -> str:
    """The text of a chapter, paragraphs with blank lines between them.

    XHTML that is no XML is read as browsers read HTML.
    """
    root = _tree(data)
    if root is None:
        return ""
    return _EDGES.sub(_line_ends, "".join(_pieces(root))).strip()


def _line_ends(edges: re.Match[str]) -> str:
    return "\n\n" if _PARAGRAPH_EDGE in edges[0] else "\n"


def _tree(data: bytes) -> Any:
    try:
        return parse_xml(_NAMED.sub(_by_number, data))
    except etree.XMLSyntaxError:
        parser = etree.HTMLParser(encoding=_encoding(data), no_network=True, remove_comments=True)
        try:
            return etree.fromstring(data, parser)
        except etree.XMLSyntaxError:  # Nothing but white space, for one.
            return None


def _by_number(match: re.Match[bytes]) -> bytes:
    """HTML's names for characters, which XML knows only with a DTD that is not read here."""
    name = match[1]
    if name in _XML_NAMES:
        return match[0]
    text = html.entities.html5.get(name.decode() + ";")
    return "".join(f"&#{ord(each)};" for each in text).encode() if text else match[0]


def _encoding(data: bytes) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return encoding
    declared = _DECLARED.search(data[:1024])
    if declared:
        try:
            "".encode(declared[1].decode())
            etree.HTMLParser(encoding=declared[1].decode())
        except LookupError:
            pass
        else:
            return declared[1].decode()
    return "utf-8"


def _pieces(root: Any) -> Iterator[str]:
    skipped = preformatted = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        name = local_name(element).lower()
        change = 1 if event == "start" else -1
        if name in _SKIPPED:
            skipped += change
        if name == "pre":
            preformatted += change
        if not skipped and name in _PARAGRAPHS:
            yield _PARAGRAPH_EDGE
        elif not skipped and name in _LINES:
            yield _LINE_EDGE
        elif not skipped and name == "br" and event == "start":
            yield "\n"
        said = element.text if event == "start" else element.tail
        if said and not skipped and name:
            yield said if preformatted else _SPACE.sub(" ", said)
