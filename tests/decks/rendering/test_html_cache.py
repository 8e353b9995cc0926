"""HTML that is made once, and how much of it is kept."""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from palaver.decks.rendering import html
from palaver.decks.rendering.html_cache import HtmlCache
from palaver.models import ImageSlide, SlideContent, TitleSlide


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[SlideContent]:
    """The contents that were rendered, in their order."""
    seen: list[SlideContent] = []
    render = html.render_html

    def counted(content: SlideContent, images: Any) -> str:
        seen.append(content)
        return render(content, images)

    monkeypatch.setattr(html, "render_html", counted)
    return seen


def nothing(_image_id: str) -> None:
    return None


def test_each_content_is_rendered_once(rendered: list[SlideContent]) -> None:
    cache = HtmlCache(1 << 20)
    first = cache.render(TitleSlide(title="a"), nothing)
    assert cache.render(TitleSlide(title="a"), nothing) == first
    assert first == html.render_html(rendered.pop(), nothing)
    assert ">b</h1>" in cache.render(TitleSlide(title="b"), nothing)
    assert [each.title for each in rendered if isinstance(each, TitleSlide)] == ["a", "b"]


def test_an_image_is_looked_for_every_time(rendered: list[SlideContent]) -> None:
    cache = HtmlCache(1 << 20)
    slide = ImageSlide(title="a", image_id="x", alt="A bee")
    for _ in range(2):
        assert "A bee" in cache.render(slide, nothing)
    assert rendered == [slide, slide]
    assert cache.size == 0


def test_what_was_not_used_for_longest_is_forgotten(rendered: list[SlideContent]) -> None:
    slides = [TitleSlide(title=name * 100) for name in "abc"]
    one = sys.getsizeof(html.render_html(slides[0], nothing))
    rendered.clear()
    cache = HtmlCache(2 * one)
    for index in (0, 1, 0, 2, 0, 1):
        cache.render(slides[index], nothing)
        assert cache.size <= 2 * one
    assert rendered == [slides[0], slides[1], slides[2], slides[1]]
    # What is larger than all is made all the same.
    assert "d" * 9000 in cache.render(TitleSlide(title="d" * 9000), nothing)
    assert cache.size == 0


def test_threads_render_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    working, most = 0, 0
    counting = threading.Lock()

    def slow(content: SlideContent, images: Any) -> str:
        nonlocal working, most
        with counting:
            working += 1
            most = max(most, working)
        time.sleep(0.01)
        with counting:
            working -= 1
        return "made"

    monkeypatch.setattr(html, "render_html", slow)
    cache = HtmlCache(1 << 20)
    with ThreadPoolExecutor(8) as pool:
        made = list(
            pool.map(lambda n: cache.render(TitleSlide(title=str(n % 4)), nothing), range(32))
        )
    assert made == ["made"] * 32
    assert most == 1
