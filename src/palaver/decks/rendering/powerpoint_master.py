"""The master and the layouts of a presentation in one of the themes.

They are PowerPoint's own kinds of layout with real placeholders: who edits the file changes a
layout or the theme once, and every slide follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pptx
from lxml import etree
from pptx.util import Emu

from palaver.decks.rendering import layout, pages
from palaver.decks.rendering.drawingml import attribute, bar, element, emu, fill, transform
from palaver.decks.rendering.pages import HEIGHT, INDENT, LEVEL_SIZES, WIDTH, Box
from palaver.decks.rendering.themes import PPTX_MONO, Theme

BODY_SIZE = 24.0
CODE_SIZE = 16.0
TABLE_SIZE = 18.0

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_NUMBER = "{C1FF6DA9-008F-8B48-92A6-B652298478BF}"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A place for content in a layout. ``index`` ties a slide's content to it."""

    kind: str
    index: int
    name: str
    prompt: str
    box: Box
    size: float
    anchor: str = "t"
    bulleted: bool = False
    colour: str = "tx1"
    bold: bool = False
    typeface: str = "+mn-lt"


@dataclass(frozen=True, slots=True)
class LayoutSpec:
    """A layout: its name, PowerPoint's name for its kind, and what stands on it."""

    name: str
    kind: str
    placeholders: tuple[Placeholder, ...]
    rule: Box = pages.RULE
    cover: bool = False
    panel: Box | None = None


def _title(box: Box = pages.TITLE, size: float = layout.TITLE_SIZE, **more: Any) -> Placeholder:
    more = {"kind": "title", "anchor": "ctr", "bold": True, "typeface": "+mj-lt", **more}
    return Placeholder(index=0, name="Title", prompt="Title", box=box, size=size, **more)


def _body(index: int, name: str, box: Box, size: float = BODY_SIZE, **more: Any) -> Placeholder:
    more = {"kind": "body", **more}
    return Placeholder(index=index, name=name, prompt=name, box=box, size=size, **more)


def _lists(*boxes: Box) -> tuple[Placeholder, ...]:
    return tuple(
        _body(2 * at + 2, f"Text {at + 1}", box, kind="", bulleted=True)
        for at, box in enumerate(boxes)
    )


def specs(theme: Theme) -> dict[str, LayoutSpec]:
    """The layouts by the name that rendering knows them by."""

    def cover(name: str, kind: str, title: str, subtitle: str, size: float) -> LayoutSpec:
        muted = theme.on_cover_muted
        places = (
            _title(pages.COVER_TITLE, size, kind=title, anchor="b", colour=theme.on_cover),
            _body(1, "Subtitle", pages.COVER_SUBTITLE, layout.SUBTITLE_SIZE, kind=subtitle,
                  colour=muted),
        )  # fmt: skip
        return LayoutSpec(name, kind, places, pages.COVER_RULE, cover=True)

    heading: dict[str, Any] = {"anchor": "b", "bold": True, "colour": "accent1"}
    return {
        "title": cover("Title", "title", "ctrTitle", "subTitle", layout.COVER_SIZE),
        "section": cover("Section", "secHead", "title", "body", layout.SECTION_SIZE),
        "bullets": LayoutSpec(
            "Bullets",
            "obj",
            (_title(), _body(1, "Text", pages.BODY, kind="", bulleted=True)),
        ),
        "two_columns": LayoutSpec(
            "Two columns with headings",
            "twoTxTwoObj",
            (
                _title(),
                _body(1, "Heading 1", pages.LEFT_HEADING, layout.HEADING_SIZE, **heading),
                _lists(pages.LEFT, pages.RIGHT)[0],
                _body(3, "Heading 2", pages.RIGHT_HEADING, layout.HEADING_SIZE, **heading),
                _lists(pages.LEFT, pages.RIGHT)[1],
            ),
        ),
        "two_lists": LayoutSpec(
            "Two columns",
            "twoObj",
            (_title(), *_lists(pages.TALL_LEFT, pages.TALL_RIGHT)),
        ),
        "table": LayoutSpec(
            "Table",
            "tbl",
            (_title(), _body(1, "Table", pages.BODY, TABLE_SIZE, kind="tbl")),
        ),
        "code": LayoutSpec(
            "Code",
            "tx",
            (
                _title(),
                _body(1, "Code", _inner(pages.CODE), CODE_SIZE, typeface=PPTX_MONO),
                _body(2, "Language", pages.LANGUAGE, layout.LANGUAGE_SIZE, colour="tx2"),
            ),
            panel=pages.CODE,
        ),
        "quote": LayoutSpec(
            "Quote",
            "titleOnly",
            (
                _title(pages.QUOTE, layout.QUOTE_SIZE, bold=False),
                _body(1, "Attribution", pages.ATTRIBUTION, layout.HEADING_SIZE, colour="tx2"),
            ),
            rule=pages.QUOTE_RULE,
        ),
        "image": LayoutSpec(
            "Image",
            "picTx",
            (
                _title(),
                _body(1, "Image", pages.PICTURE, layout.HEADING_SIZE, kind="pic", colour="tx2",
                      anchor="ctr"),
                _body(2, "Caption", pages.CAPTION, layout.CAPTION_SIZE, colour="tx2"),
            ),
        ),
    }  # fmt: skip


def _inner(box: Box) -> Box:
    inset = pages.CODE_INSET
    return Box(box.x + inset, box.y + inset, box.width - 2 * inset, box.height - 2 * inset)


def presentation(theme: Theme) -> tuple[Any, dict[str, Any]]:
    """An empty presentation, and its layouts by the names of ``specs``."""
    made = pptx.Presentation()
    made.slide_width, made.slide_height = Emu(emu(WIDTH)), Emu(emu(HEIGHT))
    made.part._element.find(f"{_P}sldSz").attrib.pop("type", None)
    master = made.slide_master
    _theme(master, theme)
    _master(master._element, theme)
    layouts: dict[str, Any] = {}
    wanted = specs(theme)
    existing = list(made.slide_layouts)
    for (key, spec), one in zip(wanted.items(), existing, strict=False):
        _layout(one._element, spec, theme)
        layouts[key] = one
    for surplus in existing[len(wanted) :]:
        made.slide_layouts.remove(surplus)
    _drop_surplus(made)
    return made, layouts


def _drop_surplus(made: Any) -> None:
    """The template's thumbnail and printer settings, which are of another presentation."""
    for part in (made.part.package, made.part):
        rels = part._rels
        for key in list(rels):
            if rels[key].reltype.endswith(("/thumbnail", "/printerSettings")):
                rels.pop(key)


def _theme(master: Any, theme: Theme) -> None:
    part = next(r.target_part for r in master.part.rels.values() if r.reltype.endswith("/theme"))
    root = etree.fromstring(part.blob, etree.XMLParser(resolve_entities=False, no_network=True))
    root.set("name", f"Palaver {theme.name}")
    back, text = theme.background, theme.text
    surface, muted = theme.surface, theme.muted
    colours = {
        "dk1": back if theme.dark else text,
        "lt1": text if theme.dark else back,
        "dk2": surface if theme.dark else muted,
        "lt2": muted if theme.dark else surface,
        "accent1": theme.accent,
        "accent2": theme.cover_rule,
        "hlink": theme.accent,
        "folHlink": theme.muted,
    }
    scheme = root.find(f"{_A}themeElements/{_A}clrScheme")
    for one in scheme:
        colour = colours.get(etree.QName(one).localname)
        if colour:
            one[:] = []
            etree.SubElement(one, f"{_A}srgbClr").set("val", colour)
    fonts = root.find(f"{_A}themeElements/{_A}fontScheme")
    for kind, face in (("majorFont", theme.pptx_heading), ("minorFont", theme.pptx_body)):
        fonts.find(f"{_A}{kind}/{_A}latin").set("typeface", face)
    part._blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _master(root: Any, theme: Theme) -> None:
    if theme.dark:
        mapped = root.find(f"{_P}clrMap")
        for name, value in (("bg1", "dk1"), ("tx1", "lt1"), ("bg2", "dk2"), ("tx2", "lt2")):
            mapped.set(name, value)
    places = [
        _title(),
        _body(1, "Text", pages.BODY, bulleted=True),
        _number_place(4, "tx2"),
    ]
    _shapes(root, [_shape(at + 2, one) for at, one in enumerate(places)])
    style = (
        f"<p:txStyles><p:titleStyle>{_level(0, _title())}</p:titleStyle>"
        f"<p:bodyStyle>{_levels(places[1])}</p:bodyStyle>"
        '<p:otherStyle><a:defPPr><a:defRPr lang="en-US"/></a:defPPr></p:otherStyle></p:txStyles>'
    )
    root.replace(root.find(f"{_P}txStyles"), element(style))


def _layout(root: Any, spec: LayoutSpec, theme: Theme) -> None:
    root.set("type", spec.kind)
    root.set("preserve", "1")
    data = root.find(f"{_P}cSld")
    data.set("name", spec.name)
    if spec.cover:
        back = f"<p:bg><p:bgPr>{fill(theme.cover)}<a:effectLst/></p:bgPr></p:bg>"
        data.insert(0, element(back))
    shapes = []
    if spec.panel:
        shapes.append(bar(100, "Panel", spec.panel, "bg2"))
    shapes.append(bar(101, "Rule", spec.rule, theme.cover_rule if spec.cover else "accent1"))
    muted = theme.on_cover_muted if spec.cover else "tx2"
    places = (*spec.placeholders, _number_place(12, muted))
    shapes += [_shape(at + 2, one) for at, one in enumerate(places)]
    _shapes(root, shapes)


def _number_place(index: int, colour: str) -> Placeholder:
    return Placeholder(
        "sldNum", index, "Slide number", "", pages.NUMBER, pages.NUMBER_SIZE, colour=colour
    )


def _shapes(root: Any, shapes: list[str]) -> None:
    tree = root.find(f"{_P}cSld/{_P}spTree")
    for old in tree[2:]:
        tree.remove(old)
    for shape in shapes:
        tree.append(element(shape))


def number_shape(identity: int) -> str:
    """What shows a slide's number on it."""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{identity}" name="Slide number"/>'
        '<p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr>'
        '<p:nvPr><p:ph type="sldNum" sz="quarter" idx="12"/></p:nvPr></p:nvSpPr><p:spPr/>'
        "<p:txBody><a:bodyPr/><a:lstStyle/>"
        f'<a:p><a:fld id="{_NUMBER}" type="slidenum"><a:rPr/><a:t>‹#›</a:t></a:fld></a:p>'
        "</p:txBody></p:sp>"
    )


def _shape(identity: int, place: Placeholder) -> str:
    kind = f' type="{place.kind}"' if place.kind else ""
    index = f' idx="{place.index}"' if place.index else ""
    if place.kind == "sldNum":
        text = f'<a:p><a:fld id="{_NUMBER}" type="slidenum"><a:rPr/><a:t>‹#›</a:t></a:fld></a:p>'
    elif place.bulleted:
        text = "".join(
            f'<a:p><a:pPr lvl="{level}"/><a:r><a:rPr/><a:t>Level {level + 1}</a:t></a:r></a:p>'
            for level in range(len(LEVEL_SIZES))
        )
    else:
        text = f"<a:p><a:r><a:rPr/><a:t>{place.prompt}</a:t></a:r></a:p>"
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{identity}" name={attribute(place.name)}/>'
        '<p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr>'
        f"<p:nvPr><p:ph{kind}{index}/></p:nvPr></p:nvSpPr>"
        f'<p:spPr>{transform(place.box)}<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr>'
        '<p:txBody><a:bodyPr vert="horz" wrap="square" lIns="0" tIns="0" rIns="0" bIns="0" '
        f'rtlCol="0" anchor="{place.anchor}"><a:normAutofit/></a:bodyPr>'
        f"<a:lstStyle>{_levels(place)}</a:lstStyle>{text}</p:txBody></p:sp>"
    )


def _levels(place: Placeholder) -> str:
    count = len(LEVEL_SIZES) if place.bulleted else 1
    return "".join(_level(level, place) for level in range(count))


def _level(level: int, place: Placeholder) -> str:
    if place.bulleted:
        margin = f'marL="{emu(INDENT * (level + 1))}" indent="-{emu(INDENT)}"'
        mark = (
            '<a:buClr><a:schemeClr val="accent1"/></a:buClr>'
            '<a:buFont typeface="Arial"/><a:buChar char="•"/>'
        )
        size = int(place.size * LEVEL_SIZES[level] * 2) / 2
        above = f'<a:spcBef><a:spcPts val="{round(place.size * pages.GAP * 100)}"/></a:spcBef>'
    else:
        margin, mark, size = 'marL="0" indent="0"', "<a:buNone/>", place.size
        above = '<a:spcBef><a:spcPts val="0"/></a:spcBef>'
    align = "r" if place.kind == "sldNum" else "l"
    face = place.typeface
    kin = (face[:4] if face.startswith("+") else "+mn-").removesuffix("lt")
    return (
        f'<a:lvl{level + 1}pPr {margin} algn="{align}" rtl="0" eaLnBrk="1" latinLnBrk="0" '
        'hangingPunct="1"><a:lnSpc><a:spcPct val="100000"/></a:lnSpc>'
        f'{above}{mark}<a:defRPr sz="{round(size * 100)}" b="{int(place.bold)}" kern="1200">'
        f"{fill(place.colour)}"
        f'<a:latin typeface="{face}"/><a:ea typeface="{kin}ea"/><a:cs typeface="{kin}cs"/>'
        f"</a:defRPr></a:lvl{level + 1}pPr>"
    )
