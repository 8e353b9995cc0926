"""The three themes: colours and typefaces.

Every pair of a text colour and what it stands on has a contrast of at least 4.5 : 1 (WCAG 2.2,
success criterion 1.4.3); a test computes it.
"""

from __future__ import annotations

from dataclasses import dataclass

from palaver.models import Theme as ThemeName


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as six hexadecimal digits, and typefaces by where they are used."""

    name: ThemeName
    dark: bool
    background: str
    text: str
    muted: str
    accent: str
    """Rules, bullets, headings of columns, and behind a table's header."""
    surface: str
    """Behind code and every other row of a table."""
    cover: str
    """Behind the title of a deck or of a section."""
    on_cover: str
    on_cover_muted: str
    cover_rule: str
    html_heading: str
    html_body: str
    pptx_heading: str
    """Files for PowerPoint name typefaces that every office has; they carry none."""
    pptx_body: str
    pdf_heading: tuple[str, ...]
    pdf_body: tuple[str, ...]

    @property
    def on_accent(self) -> str:
        """Text on the accent."""
        return self.background


HTML_MONO = 'ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace'
PPTX_MONO = "Courier New"
PDF_MONO = ("DejaVu Sans Mono",)

_SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif'
_SERIF = 'Georgia, "Libertinus Serif", "Noto Serif", "Liberation Serif", serif'

THEMES: dict[ThemeName, Theme] = {
    "paper": Theme(
        name="paper",
        dark=False,
        background="FBF9F4",
        text="2A2722",
        muted="625C51",
        accent="9A3B1C",
        surface="F1ECE1",
        cover="FBF9F4",
        on_cover="2A2722",
        on_cover_muted="625C51",
        cover_rule="9A3B1C",
        html_heading=_SERIF,
        html_body=_SANS,
        pptx_heading="Georgia",
        pptx_body="Arial",
        pdf_heading=("Libertinus Serif", "Noto Sans"),
        pdf_body=("Noto Sans",),
    ),
    "midnight": Theme(
        name="midnight",
        dark=True,
        background="101828",
        text="E9EDF5",
        muted="A9B6CC",
        accent="86B7FF",
        surface="1C2842",
        cover="0A101D",
        on_cover="F4F7FC",
        on_cover_muted="A9B6CC",
        cover_rule="86B7FF",
        html_heading=_SANS,
        html_body=_SANS,
        pptx_heading="Arial",
        pptx_body="Arial",
        pdf_heading=("FiraGO", "Noto Sans"),
        pdf_body=("FiraGO", "Noto Sans"),
    ),
    "ocean": Theme(
        name="ocean",
        dark=False,
        background="F5FAFC",
        text="0C2B3A",
        muted="426273",
        accent="006A80",
        surface="E0EFF4",
        cover="07394A",
        on_cover="F5FAFC",
        on_cover_muted="B9DCE6",
        cover_rule="4FC3D9",
        html_heading=_SANS,
        html_body=_SANS,
        pptx_heading="Trebuchet MS",
        pptx_body="Arial",
        pdf_heading=("Noto Sans",),
        pdf_body=("Noto Sans",),
    ),
}
