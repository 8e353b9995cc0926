"""People who look at the console: a server, a signed-in page, and what must not happen on any."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, ViewportSize

from palaver.auth.links import issue_link
from tests.server.conftest import SECRET, Answer, Client, Server

PATIENCE = 20_000
"""Milliseconds; a busy machine is slow."""

LAPTOP: Mapping[str, int] = {"width": 1280, "height": 800}

AXE = Path(__file__).parent / "vendor/axe-core/axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
SHOTS = "TEST_SHOTS"
"""Names a folder for pictures of what the tests see."""


class Caller(Client):
    """Calls with a connection for each: between two of them a browser works, for as long as that
    takes, and servers close what is idle."""

    def call(self, *given: Any, **named: Any) -> Answer:
        """Make one request, as ``Client.call`` does."""
        try:
            return super().call(*given, **named)
        finally:
            self.close()


@dataclass(frozen=True)
class Console:
    """A server whose console is looked at."""

    server: Server

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server.port}"

    def key(self, user: str, *, admin: bool = False) -> str:
        """What signs a user in, once."""
        return issue_link(SECRET, subject=user, admin=admin)

    def link(self, user: str, *, admin: bool = False) -> str:
        """The link that holds it."""
        return f"{self.url}/console/sign-in#key={self.key(user, admin=admin)}"

    def client(self, user: str, *, admin: bool = False) -> Client:
        """The public API, beside the console."""
        return Caller(self.server.port, self.server.token(user, admin=admin))


@dataclass
class Visits:
    """The pages of one test after the other, and what goes wrong unseen within them.

    A profile of the browser that a test has left is cleaned and given to the next: making one, and
    filling its cache, costs more than most tests do.
    """

    browser: Browser
    free: list[BrowserContext] = field(default_factory=list)
    used: list[BrowserContext] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def page(
        self,
        *,
        viewport: Mapping[str, int] = LAPTOP,
        color_scheme: str = "light",
        **options: Any,
    ) -> Page:
        """A page of a profile of its own, in which nobody is signed in.

        With ``options`` it is one that no test has had, and none will have.
        """
        if options or not self.free:
            context = self.browser.new_context(reduced_motion="reduce", **options)
            context.set_default_timeout(PATIENCE)
        else:
            context = self.free.pop()
        self.used.append(context)
        page = context.new_page()
        page.set_viewport_size(ViewportSize(width=viewport["width"], height=viewport["height"]))
        scheme: Literal["light", "dark"] = "dark" if color_scheme == "dark" else "light"
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("console", lambda said: self._heard(page, said.type, said.text))
        return page

    def sign_in(
        self,
        console: Console,
        user: str,
        *,
        admin: bool = False,
        at: str = "",
        viewport: Mapping[str, int] = LAPTOP,
        color_scheme: str = "light",
    ) -> Page:
        """A page on which a user is signed in, ``at`` an address within the console."""
        page = self.page(viewport=viewport, color_scheme=color_scheme)
        # As the page behind the link does it; that page has tests of its own.
        answer = page.context.request.post(
            f"{console.url}/console/sign-in",
            headers={"X-Palaver-Console": "1"},
            data={"key": console.key(user, admin=admin)},
        )
        assert answer.ok, answer.text()
        page.goto(f"{console.url}/console" + (f"#/{at}" if at else ""))
        page.locator("#account > *").first.wait_for(state="attached")
        return page

    def end_test(self) -> list[str]:
        """Close all pages and clean their profiles; what went wrong."""
        for context in self.used:
            for page in context.pages:
                if page.url.startswith("http"):
                    page.evaluate("localStorage.clear()")
                page.close(run_before_unload=False)
            context.clear_cookies()
            context.clear_permissions()
        self.free += self.used
        self.used.clear()
        faults, self.faults = self.faults, []
        return faults

    def _heard(self, page: Page, kind: str, text: str) -> None:
        # A refusal of the server is an answer like others; the page says what it makes of it.
        if kind == "error" and not text.startswith("Failed to load resource"):
            self.faults.append(f"{page.url}: {text}")


def go(page: Page, at: str) -> None:
    """Show another address of the console, as a link does."""
    page.evaluate("address => { location.hash = address; }", f"#/{at}")


def file(name: str, content: str | bytes) -> FilePayload:
    """A file to choose."""
    data = content.encode() if isinstance(content, str) else content
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA and good practice, in its own words."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[Mapping[str, Any]] = page.evaluate(
        "async tags => (await axe.run({ runOnly: tags, resultTypes: ['violations'] })).violations",
        list(RULES),
    )
    return [
        f"{each['id']}: {each['help']}: "
        + "; ".join(f"{node['target']} {node['failureSummary']}" for node in each["nodes"][:3])
        for each in found
    ]


def shoot(page: Page, name: str) -> None:
    """Keep a picture of a page, where a folder for them is named."""
    folder = os.environ.get(SHOTS)
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")


def overflow(page: Page) -> int:
    """By how many pixels a page, or what scrolls in it, is too wide: it must not go sideways."""
    width: int = page.evaluate(_OVERFLOW)
    return width


_OVERFLOW = """() => {
  // Tables and code are as wide as they are, and scroll for themselves.
  const wide = "pre, textarea, .wide, .table-editor";
  const scrolls = (each) => /auto|scroll/.test(getComputedStyle(each).overflowX);
  const all = [...document.querySelectorAll("body *")].filter(scrolls);
  return Math.max(...[document.documentElement, ...all.filter((each) => !each.matches(wide))]
    .map((each) => each.scrollWidth - each.clientWidth));
}"""
