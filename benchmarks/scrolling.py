"""How smoothly a long session scrolls in the console.

A server of its own with a session of many messages, half of them with Markdown, and a Chromium
whose wheel is turned without a pause. The figures are the times from one frame to the next, as the
page itself is told them; at 60 frames a second nothing is under 17 ms.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.console import MESSAGE, MESSAGES, chromium, signed_in
from benchmarks.measuring import table
from benchmarks.options import Options
from benchmarks.seeding import CONTENT, Seed
from benchmarks.serving import served

TURN = 400
"""Pixels that the wheel is turned by at once."""

_START = """() => {
  window.frames_ = [];
  let last = performance.now();
  const frame = (now) => { window.frames_.push(now - last); last = now;
    window.watching_ = requestAnimationFrame(frame); };
  window.watching_ = requestAnimationFrame(frame);
}"""
_END = "() => { cancelAnimationFrame(window.watching_); return window.frames_.slice(1); }"
_SETTLED = """() => new Promise((done) => {
  let calm = 0;
  const frame = () => { calm += 1; if (calm > 30) done(); else requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
})"""
_COUNT = "() => document.querySelectorAll('.message').length"
_ELEMENTS = "() => document.querySelectorAll('.scroller *').length"


def main(options: Options) -> str:
    """Measure, and give the figures as Markdown."""
    count = options.large or MESSAGES
    with tempfile.TemporaryDirectory(prefix="palaver-scrolling-") as folder:
        seed = Seed(Path(folder))
        session_id = seed.session(message_count=count, content=_content)
        seed.finish()
        rows: list[list[str]] = []
        with (
            served("benchmarks.console:application", folder) as server,
            chromium() as browser,
        ):
            url = f"http://127.0.0.1:{server.port}"
            context = browser.new_context(storage_state=signed_in(browser, url, seed))
            page = context.new_page()
            page.goto(f"{url}/console#/sessions/{session_id}")
            page.wait_for_selector(MESSAGE)
            page.hover(".scroller")
            rows.append(_row(page, "up and down at the end", options.seconds, turns=10))
            rows.append(_row(page, "up from the end, and on", options.seconds, turns=None))
            _go_back(page, count // 2)
            rows.append(_row(page, "up and down in the middle", options.seconds, turns=10))
            rows.append(_jump(page, options.rounds))
            version = browser.version
    heads = ["frame times, ms", "p50", "p95", "max", "messages in the page", "elements"]
    return f"Chromium {version}, {count:,} messages.\n\n{table(heads, rows)}"


def _content(seq: int) -> str:
    """What a message says: every other one with a list, a table or code."""
    said = f"Message {seq}. {CONTENT} " + "It goes on for a while. " * (seq % 7)
    if seq % 2 == 0:
        return said
    kinds = (
        "\n\n".join([f"Answer {seq}, with *emphasis*, `code` and **more**. {CONTENT}"] * 3),
        "\n".join(f"- point {point} of [a list](https://example.org)" for point in range(8)),
        "```python\n" + "\n".join(f"value_{line} = {line}" for line in range(9)) + "\n```",
        "| a | b | c |\n|---|---|---|\n" + "\n".join(f"| {n} | x | y |" for n in range(6)),
    )
    return f"{said}\n\n{kinds[seq // 2 % len(kinds)]}"


def _row(page: Any, name: str, seconds: float, turns: int | None) -> list[str]:
    """Turn the wheel for a while, to and fro after so many turns."""
    page.evaluate(_SETTLED)
    page.evaluate(_START)
    end = time.perf_counter() + seconds
    done = 0
    while time.perf_counter() < end:
        down = turns is not None and done // turns % 2 == 1
        page.mouse.wheel(0, TURN if down else -TURN)
        done += 1
    return _figures(page, name, page.evaluate(_END))


def _go_back(page: Any, wanted: int) -> None:
    """Go up until messages of about this number are in the page."""
    page.set_default_timeout(600_000)
    page.evaluate(
        """async (wanted) => {
          const scroller = document.querySelector(".scroller");
          const first = () => Number(document.querySelector(".message").id.slice(4));
          while (first() > wanted) {
            // Where the bar stands for the whole session, its middle is the middle; else it is its
            // top, again and again.
            const whole = scroller.querySelector(".unshown") !== null;
            scroller.scrollTop = whole ? scroller.scrollHeight * 0.499 : 0;
            await new Promise((done) => setTimeout(done, 50));
          }
        }""",
        wanted,
    )


def _jump(page: Any, rounds: int) -> list[str]:
    """Set the place by hand, as somebody does who drags the bar."""
    frames: list[float] = []
    for number in range(rounds):
        page.evaluate(_SETTLED)
        page.evaluate(_START)
        part = (number * 7 + 3) % 11 / 11
        page.locator(".scroller").evaluate(
            "(each, part) => { each.scrollTop = each.scrollHeight * part; }", part
        )
        page.evaluate(_SETTLED)
        frames.append(max(page.evaluate(_END)))
    return _figures(page, "the longest of each jump to another place", frames)


def _figures(page: Any, name: str, frames: list[float]) -> list[str]:
    cuts = statistics.quantiles(frames, n=20, method="inclusive")
    return [
        name,
        *(f"{value:.0f}" for value in (statistics.median(frames), cuts[-1], max(frames))),
        f"{page.evaluate(_COUNT):,}",
        f"{page.evaluate(_ELEMENTS):,}",
    ]
