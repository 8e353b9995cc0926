"""The style sheets of the themes. They hold nothing of a deck's author, and load nothing."""

from __future__ import annotations

import functools
from string import Template

from palaver.decks.rendering.themes import HTML_MONO, THEMES, Theme
from palaver.models import Theme as ThemeName

SMALLEST_STEP = 15
"""The smallest size of a text, in hundredths of the usual; they rise by fives."""

_SIZED = (
    "title",
    "body",
    "heading",
    "second-heading",
    "subtitle",
    "attribution",
    "caption",
    "missing",
    "language",
)

_SHEET = """\
.slide {
$usual  aspect-ratio: 16 / 9;
  background: $background;
  box-sizing: border-box;
  color: $text;
  container-type: inline-size;
  display: flex;
  flex-direction: column;
  font-family: $body;
  font-size: 16px;
  line-height: 1.25;
  max-width: 100%;
  overflow: hidden;
  overflow-wrap: anywhere;
  padding: 0;
  position: relative;
  width: 960px;
}
.slide > * { box-sizing: border-box; margin: 0 5.8cqw; }
.slide h1, .slide h2 {
  font-family: $heading;
  font-size: calc(3.54cqw * var(--title-size));
  font-weight: 700;
  line-height: 1.2;
}
.slide > h2 {
  align-content: center;
  flex: none;
  height: 9.4cqw;
  margin-top: 2.5cqw;
  max-height: 9.4cqw;
  overflow: hidden;
}
.slide > h2::after, .slide > h1::after {
  background: $accent;
  content: "";
  height: 0.3cqw;
  left: 5.8cqw;
  position: absolute;
  top: 12.4cqw;
  width: 6.7cqw;
}
.slide .body {
  flex: 1;
  font-size: calc(2.5cqw * var(--body-size));
  margin-bottom: 4.4cqw;
  margin-top: 2.6cqw;
  min-height: 0;
  overflow: auto;
}
.slide .body:focus-visible { outline: 2px solid $accent; }
.slide ul { list-style: none; margin: 0; padding: 0; }
.slide li {
  margin: 0.3em 0 0;
  padding-inline-start: 1em;
  position: relative;
  white-space: pre-wrap;
}
.slide li::before { color: $accent; content: "\\2022"; inset-inline-start: 0; position: absolute; }
.slide li.level-1 { font-size: 0.9em; }
.slide li.level-2 { font-size: 0.82em; }
.slide li li.level-2, .slide li li.level-1 { font-size: 0.91em; }
.slide .column > ul > li:first-child, .slide .body > ul > li:first-child { margin-top: 0; }
.slide-two-columns .body {
  column-gap: 4.2cqw;
  display: grid;
  grid-template-columns: 1fr 1fr;
  grid-template-rows: auto 1fr;
}
.slide .column {
  display: grid;
  grid-row: span 2;
  grid-template-columns: minmax(0, 1fr);
  grid-template-rows: subgrid;
  min-width: 0;
}
.slide .column > ul { grid-row: 2; }
.slide h3 {
  align-self: end;
  color: $accent;
  font-size: calc(2.1cqw * var(--heading-size));
  margin: 0 0 0.4em;
}
.slide .column + .column h3 { font-size: calc(2.1cqw * var(--second-heading-size)); }
.slide table { border-collapse: collapse; font-size: 0.75em; width: 100%; }
.slide th { background: $accent; color: $on_accent; position: sticky; top: 0; }
.slide th, .slide td {
  padding: 0.25em 0.4em;
  text-align: start;
  vertical-align: top;
  white-space: pre-wrap;
}
.slide th:not(.long), .slide td:not(.long) { overflow-wrap: break-word; }
.slide.cut th, .slide.cut td { overflow-wrap: anywhere; }
.slide td { border-bottom: 1px solid $surface; }
.slide tbody tr:nth-child(odd) td { background: $surface; }
.slide pre {
  background: $surface;
  border-radius: 0.4cqw;
  box-sizing: border-box;
  direction: ltr;
  font-family: $mono;
  font-size: 0.75em;
  margin: 0;
  min-height: 100%;
  padding: 1.4cqw;
  tab-size: 4;
  white-space: pre-wrap;
}
.slide code { font: inherit; }
.slide .language {
  bottom: 1.8cqw;
  color: $muted;
  font-size: calc(1.15cqw * var(--language-size));
  left: 0;
  position: absolute;
}
.slide-quote .body {
  align-content: center;
  border-inline-start: 0.5cqw solid $accent;
  font-family: $heading;
  font-size: calc(3.54cqw * var(--title-size));
  margin: 9.4cqw 11cqw 0 8.3cqw;
  padding-inline-start: 2.4cqw;
}
.slide blockquote { margin: 0; }
.slide blockquote p { margin: 0; white-space: pre-wrap; }
.slide .attribution {
  color: $muted;
  font-size: calc(2.1cqw * var(--attribution-size));
  margin: 1.5cqw 11cqw 6cqw 11.2cqw;
}
.slide figure {
  align-items: center;
  display: flex;
  flex: 1;
  flex-direction: column;
  gap: 1cqw;
  justify-content: center;
  margin-bottom: 4.4cqw;
  margin-top: 2.6cqw;
  min-height: 0;
}
.slide img { flex: 0 1 auto; max-width: 100%; min-height: 0; object-fit: contain; }
.slide figcaption {
  align-self: start;
  font-size: calc(1.56cqw * var(--caption-size));
  white-space: pre-wrap;
}
.slide .missing { font-size: calc(2.1cqw * var(--missing-size)); }
.slide figcaption, .slide .missing { color: $muted; }
.slide-title, .slide-section { background: $cover; color: $on_cover; justify-content: center; }
.slide-title > h1, .slide-section > h2 {
  align-content: end;
  height: 24cqw;
  margin: 0 8.3cqw;
  max-height: none;
  overflow: visible;
}
.slide-title > h1 { font-size: calc(5.4cqw * var(--title-size)); }
.slide-section > h2 { font-size: calc(5.4cqw * var(--title-size)); }
.slide-title > h1::after, .slide-section > h2::after {
  background: $cover_rule;
  display: block;
  height: 0.5cqw;
  margin-top: 2cqw;
  position: static;
  width: 10cqw;
}
.slide .subtitle {
  color: $on_cover_muted;
  font-size: calc(2.5cqw * var(--subtitle-size));
  height: 13.5cqw;
  margin: 2.4cqw 8.3cqw 0;
  overflow: auto;
  white-space: pre-wrap;
}
@media print {
  .slide { break-after: page; break-inside: avoid; print-color-adjust: exact; width: 100%; }
}
"""


@functools.cache
def style_sheet(theme: ThemeName) -> str:
    """The style sheet for decks of a theme; it goes with every slide of ``render_html``."""
    sizes = "".join(
        f".slide.{name}-{step} {{ --{name}-size: {step / 100}; }}\n"
        for name in _SIZED
        for step in range(SMALLEST_STEP, 100, 5)
    )
    images = "".join(f".image-{share} img {{ width: {share}cqw; }}\n" for share in range(1, 101))
    return Template(_SHEET).substitute(_values(THEMES[theme])) + sizes + images


def _values(theme: Theme) -> dict[str, str]:
    names = (
        "background",
        "text",
        "muted",
        "accent",
        "on_accent",
        "surface",
        "cover",
        "on_cover",
        "on_cover_muted",
        "cover_rule",
    )
    colours = {name: f"#{getattr(theme, name)}" for name in names}
    faces = {"body": theme.html_body, "heading": theme.html_heading, "mono": HTML_MONO}
    usual = "".join(f"  --{name}-size: 1;\n" for name in _SIZED)
    return colours | faces | {"usual": usual}
