"""The themes."""

from __future__ import annotations

import itertools

import pytest

from palaver.decks.rendering.themes import THEMES
from palaver.models import Theme
from tests.decks.rendering import samples


def luminance(colour: str) -> float:
    """WCAG 2.2, definition of relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted([luminance(one), luminance(other)], reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("name", samples.THEMES)
def test_text_can_be_read(name: Theme) -> None:
    theme = THEMES[name]
    pairs = [
        *itertools.product(
            [theme.text, theme.muted, theme.accent], [theme.background, theme.surface]
        ),
        (theme.on_accent, theme.accent),
        (theme.on_cover, theme.cover),
        (theme.on_cover_muted, theme.cover),
    ]
    assert {pair: contrast(*pair) for pair in pairs if contrast(*pair) < 4.5} == {}


@pytest.mark.parametrize("name", samples.THEMES)
def test_rules_can_be_seen(name: Theme) -> None:
    assert contrast(THEMES[name].cover_rule, THEMES[name].cover) >= 3


def test_a_known_contrast() -> None:
    assert contrast("FFFFFF", "000000") == pytest.approx(21)
