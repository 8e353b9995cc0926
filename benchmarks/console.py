"""What a browser loads until it shows the console, and how long that takes.

A server of its own with a user of many sessions and one long one; a Chromium that has nothing of it
yet but the sign-in, then the same once more with what it kept. The bytes are those that came over
the wire, heads of responses included, as Chromium's own protocol counts them.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from benchmarks.measuring import table
from benchmarks.options import Options
from benchmarks.seeding import OWNER, Seed
from benchmarks.serving import served
from palaver.app import compose
from palaver.auth.links import issue_link
from palaver.settings import Settings

BAR = 300_000
SESSIONS, MESSAGES = 1000, 10_000
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

_FIRST = """
new MutationObserver((_, observer) => {
  if (!document.querySelector(%r)) return;
  window.shownAfter = performance.now();
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
LIST = ".session-link"
MESSAGE = ".message-body"


@dataclass(frozen=True)
class Load:
    """One load of the page."""

    requests: int
    received: int
    milliseconds: float


def main(options: Options) -> str:
    """Measure, and give the figures as Markdown."""
    with tempfile.TemporaryDirectory(prefix="palaver-console-") as folder:
        seed = Seed(Path(folder))
        long = seed.session(message_count=options.large or MESSAGES)
        seed.many_sessions(OWNER, min(options.large or SESSIONS, SESSIONS))
        seed.finish()
        found: dict[str, list[Load]] = {}
        with (
            served("benchmarks.console:application", folder) as server,
            chromium() as browser,
        ):
            url = f"http://127.0.0.1:{server.port}"
            kept = signed_in(browser, url, seed)
            for _ in range(options.rounds):
                for name, at, sign in (
                    ("the start, with the list of sessions", "", LIST),
                    (f"a session of {options.large or MESSAGES:,} messages", long, MESSAGE),
                ):
                    address = f"{url}/console" + (f"#/sessions/{at}" if at else "")
                    context = browser.new_context(storage_state=kept)
                    context.add_init_script(_FIRST % sign)
                    for each in (name, f"{name}, again"):
                        found.setdefault(each, []).append(_load(context, address, sign))
                    context.close()
            version = browser.version
    rows = [
        [
            name,
            str(statistics.median_high(each.requests for each in loads)),
            f"{statistics.median_high(each.received for each in loads):,}",
            _spread([each.milliseconds for each in loads]),
        ]
        for name, loads in found.items()
    ]
    most = max(each.received for loads in found.values() for each in loads)
    said = f"Bar: {BAR:,} bytes; {'met' if most < BAR else 'not met'}. Chromium {version}."
    return f"{said}\n\n{table(['first load', 'requests', 'bytes', 'ms until shown'], rows)}"


def application(folder: str) -> ASGIApp:
    """The server of a data folder."""
    return compose(Settings(data_dir=Path(folder)))


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """A browser of this machine, as Playwright drives it."""
    # Only here is it needed, and only here is it asked for.
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise SystemExit("Playwright is wanted: pip install playwright.") from None
    program = os.environ.get("TEST_CHROMIUM") or shutil.which("chromium")
    if program is None:
        raise SystemExit("A Chromium is wanted on the path, or named in TEST_CHROMIUM.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()


def signed_in(browser: Any, url: str, seed: Seed) -> Any:
    """The cookies of somebody who is signed in."""
    context = browser.new_context()
    page = context.new_page()
    secret = seed.settings.jwt_secret or seed.secrets.jwt_secret
    page.goto(f"{url}/console/sign-in#key={issue_link(secret, subject=OWNER)}")
    page.wait_for_selector(LIST)
    kept = context.storage_state()
    context.close()
    return kept


def _load(context: Any, address: str, sign: str) -> Load:
    """One load, until nothing more comes."""
    page = context.new_page()
    protocol = context.new_cdp_session(page)
    protocol.send("Network.enable")
    received: list[float] = []
    protocol.on("Network.loadingFinished", lambda each: received.append(each["encodedDataLength"]))
    page.goto(address)
    page.wait_for_selector(sign)
    page.wait_for_load_state("networkidle")
    shown = page.evaluate("window.shownAfter")
    page.close()
    over_the_wire = [each for each in received if each > 0]
    return Load(len(over_the_wire), int(sum(over_the_wire)), shown)


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.0f} ({min(values):.0f}–{max(values):.0f})"
