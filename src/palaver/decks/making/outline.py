"""An outline as people write it, in Markdown or in plain lines, as sections with blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from palaver.decks.making.contents import Item, clean, one_line
from palaver.decks.making.draft import Refused

MAX_PLAIN_LINE: Final = 100
"""Lines up to this length, without a full stop, are read as the items of a list."""

MIN_LINES: Final = 2
MAX_LINES: Final = 5000
MAX_MARKS: Final = 30_000
"""The most characters that may be markup: each can cost what a page of plain text does."""

_SLIDE_LINE: Final = re.compile(
    r"^[ ]{0,3}(?:#{1,6}[ ]+)?(?:\*\*|__)?slide[ ]+\d{1,6}[ ]*[:.–—-][ ]*(.*?)(?:\*\*|__)?[ ]*$",
    re.IGNORECASE | re.MULTILINE,
)
_NOTES: Final = re.compile(r"(?:speaker )?notes?:\s*", re.IGNORECASE)
_MARK: Final = re.compile(r"[\[\]*_`|<>~\\]")
_COMMENT: Final = re.compile(r"<!--(.*?)-->", re.DOTALL)
_SAID_BY: Final = re.compile(r"(?:^|\n)\s*(?:—|–|--|-)\s*([^\n]+)\s*$")
_FENCE: Final = re.compile(r"^[ ]{0,3}(?:```|~~~)", re.MULTILINE)
_IS_STRUCTURED: Final = re.compile(
    r"^[ ]{0,3}(?:#{1,6}[ ]|[-*+][ ]|\d{1,4}[.)][ ]|\||>|```|~~~)", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Items:
    """Texts below one another, from lists and paragraphs."""

    items: tuple[Item, ...]
    is_prose: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first row is its header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A block of code."""

    code: str
    language: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation."""

    quote: str
    attribution: str


@dataclass(frozen=True, slots=True)
class Break:
    """What follows goes on another slide."""


Block = Items | Table | Code | Quote | Break


@dataclass(slots=True)
class Section:
    """A heading and what stands below it; level 0 is what stands before the first heading."""

    title: str
    level: int
    blocks: list[Block] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is a title and nothing else."""
        return not (self.blocks or self.sections)


def read_outline(material: str) -> Section:
    """The material as a section without a title, in which everything else stands.

    Raises ``Refused`` for more than can be read in a moment.
    """
    if material.count("\n") > MAX_LINES:
        raise Refused(f"An outline may have {MAX_LINES} lines; I changed nothing.")
    if len(_MARK.findall(material)) > MAX_MARKS:
        raise Refused("The outline has too much markup to be read; I changed nothing.")
    text = _as_markdown(material.replace("\0", ""))
    root = Section("", 0)
    path = [root]
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    for node in SyntaxTreeNode(tokens).children:
        if node.type == "heading":
            level = int(node.tag[1:])
            while path[-1].level >= level:
                path.pop()
            section = Section(one_line(_text(node)), level)
            path[-1].sections.append(section)
            path.append(section)
        else:
            _add(path[-1], node)
    return root


def sections_of_list(section: Section) -> list[Section] | None:
    """The items of a section's lists as sections, what is indented below each as its list.

    ``None`` where the section has something else than lists.
    """
    sections: list[Section] = []
    for block in section.blocks:
        if not isinstance(block, Items) or block.is_prose:
            return None
        below: list[Item] = []
        for item in block.items:
            if item.level == 0 or not sections:
                below = []
                sections.append(Section(one_line(item.text), 1))
            else:
                below.append(Item(item.text, item.level - 1))
                sections[-1].blocks[:] = [Items(tuple(below))]
    return sections


def _as_markdown(material: str) -> str:
    """Plain lines as a list, and "Slide 2: Risks" as a heading."""
    if not _FENCE.search(material):
        material = _SLIDE_LINE.sub(lambda found: f"\n## {found[1]}\n", material)
    if _IS_STRUCTURED.search(material):
        return material
    lines = [line for line in material.splitlines() if line.strip()]
    if len(lines) >= MIN_LINES and all(_is_plain(line) for line in lines):
        return "\n".join(f"- {line.strip()}" for line in lines)
    return material


def _is_plain(line: str) -> bool:
    return len(line) <= MAX_PLAIN_LINE and not line.rstrip().endswith(".")


def _add(section: Section, node: SyntaxTreeNode) -> None:
    """Put a block into a section."""
    match node.type:
        case "bullet_list" | "ordered_list":
            _extend(section, _list_items(node, 0))
        case "table":
            rows = [tuple(_text(cell) for cell in row.children) for row in _rows(node)]
            section.blocks.append(Table(rows[0], tuple(rows[1:])))
        case "fence" | "code_block":
            section.blocks.append(Code(node.content, node.info.split(" ")[0]))
        case "blockquote":
            section.blocks.append(_quote(node))
        case "hr":
            section.blocks.append(Break())
        case "html_block":
            # Only up to the last end: what has none would be looked for again and again.
            end = node.content.rfind("-->") + len("-->")
            notes = [clean(note) for note in _COMMENT.findall(node.content, 0, end)]
            section.notes += [note for note in notes if note]
            if rest := clean(_COMMENT.sub("", node.content[:end]) + node.content[end:]):
                _extend(section, [Item(rest)], is_prose=True)
        case _:
            text = clean(_text(node))
            if found := _NOTES.match(text):
                section.notes.append(text[found.end() :])
            elif text:
                _extend(section, [Item(text)], is_prose=True)


def _extend(section: Section, items: Iterable[Item], *, is_prose: bool = False) -> None:
    """Add items to those just above them."""
    last = section.blocks[-1] if section.blocks else None
    if isinstance(last, Items):
        section.blocks[-1] = Items((*last.items, *items), last.is_prose and is_prose)
    else:
        section.blocks.append(Items(tuple(items), is_prose))


def _list_items(node: SyntaxTreeNode, level: int) -> Iterator[Item]:
    for entry in node.children:
        for child in entry.children:
            if child.type in ("bullet_list", "ordered_list"):
                yield from _list_items(child, level + 1)
            elif text := clean(child.content if _is_code(child) else _lines(child)):
                yield Item(text, level)


def _is_code(node: SyntaxTreeNode) -> bool:
    return node.type in ("fence", "code_block")


def _rows(table: SyntaxTreeNode) -> Iterator[SyntaxTreeNode]:
    for part in table.children:
        yield from part.children


def _quote(node: SyntaxTreeNode) -> Quote:
    *said, last = node.children or [node]
    if said and last.type == "bullet_list" and len(last.children) == 1:
        return Quote(clean("\n".join(map(_lines, said))), one_line(_lines(last)))
    text = _lines(node)
    found = _SAID_BY.search(text)
    if found and found.start():
        return Quote(clean(text[: found.start()]), found[1].strip())
    return Quote(clean(text), "")


def _lines(node: SyntaxTreeNode) -> str:
    """The text of a block, the blocks in it below one another."""
    if node.type in ("inline", "paragraph", "heading", "tr"):
        return _text(node)
    if _is_code(node) or node.type == "html_block":
        return node.content
    return "\n".join(_lines(child) for child in node.children)


def _text(node: SyntaxTreeNode) -> str:
    """The text of a line without its markup."""
    match node.type:
        case "text" | "code_inline" | "html_inline":
            return node.content
        case "softbreak" | "hardbreak":
            return "\n"
        case "image":
            return str(node.content or node.attrs.get("src", ""))
        case "link":
            text = "".join(map(_text, node.children))
            target = str(node.attrs.get("href", ""))
            return text if target in ("", text) or text in target else f"{text} ({target})"
    return "".join(map(_text, node.children))
