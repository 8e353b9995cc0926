"""A page of a very long session against the same page of a short one."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.measuring import (
    Request,
    Subject,
    calls_to,
    interleave,
    micros,
    ratio,
    requests_to,
    started,
    table,
)
from benchmarks.options import Options
from benchmarks.seeding import OWNER, Seed
from palaver.app import compose
from palaver.store import Store, open_store

SHORT = 100
LONG = 1_000_000
PAGE = 20


def main(options: Options) -> str:
    """Measure, and give the figures as Markdown."""
    length = options.large or LONG
    with tempfile.TemporaryDirectory(prefix="palaver-benchmark-") as folder:
        seed = Seed(Path(folder))
        short, long = seed.session(message_count=SHORT), seed.session(message_count=length)
        seed.finish()
        store = open_store(seed.settings.effective_database_url)
        try:
            for session_id, count in ((short, SHORT), (long, length)):
                _check_last_page(store, session_id, count)
            lines = uvloop.run(_measure(seed, store, short, long, length, options))
        finally:
            store.close()
    return table(["µs", f"{SHORT:,} messages", f"{length:,} messages", "long ÷ short"], lines)


def _check_last_page(store: Store, session_id: str, count: int) -> None:
    page = store.messages.history(session_id, viewer=OWNER, limit=PAGE, skip=count - PAGE)
    assert page.total == count
    assert [message.seq for message in page.items] == list(range(count - PAGE, count))


async def _measure(
    seed: Seed, store: Store, short: str, long: str, length: int, options: Options
) -> list[list[str]]:
    async with started(compose(seed.settings)) as app:
        headers = (("authorization", f"Bearer {seed.token()}"),)

        def over(target: str) -> Subject:
            return requests_to(app, Request("GET", target, headers=headers))

        def stored(session_id: str, skip: int) -> Subject:
            history = store.messages.history
            return calls_to(lambda: history(session_id, viewer=OWNER, limit=PAGE, skip=skip))

        def newest(session_id: str) -> Subject:
            recent = store.messages.recent
            return calls_to(lambda: recent(session_id, viewer=OWNER, limit=PAGE, skip=0))

        pairs: dict[str, tuple[Subject, Subject]] = {
            "store call, last page": (
                stored(short, SHORT - PAGE),
                stored(long, length - PAGE),
            ),
            "store call, newest messages": (newest(short), newest(long)),
            "GET history, last page": (
                over(f"/sessions/history/{short}?limit={PAGE}&skip={SHORT - PAGE}"),
                over(f"/sessions/history/{long}?limit={PAGE}&skip={length - PAGE}"),
            ),
            "GET history, first page": (
                over(f"/sessions/history/{short}?limit={PAGE}"),
                over(f"/sessions/history/{long}?limit={PAGE}"),
            ),
            "GET recent": (
                over(f"/sessions/history/recent/{short}?limit={PAGE}"),
                over(f"/sessions/history/recent/{long}?limit={PAGE}"),
            ),
            "GET session with a page": (
                over(f"/sessions/get/{short}?limit={PAGE}"),
                over(f"/sessions/get/{long}?limit={PAGE}"),
            ),
            "GET messages, first page": (
                over(f"/api/sessions/{short}/messages?limit={PAGE}"),
                over(f"/api/sessions/{long}/messages?limit={PAGE}"),
            ),
        }
        return [await _line(what, *pair, options) for what, pair in pairs.items()]


async def _line(what: str, short: Subject, long: Subject, options: Options) -> list[str]:
    found: dict[str, Any] = await interleave(
        {"short": short, "long": long}, rounds=options.rounds, requests=options.requests
    )
    return [
        what,
        micros(found["short"]),
        micros(found["long"]),
        f"{ratio(found['long'], found['short']):.2f}",
    ]
