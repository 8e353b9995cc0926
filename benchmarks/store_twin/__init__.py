"""Palaver on SQLite against a twin on FastAPI, async SQLAlchemy and pydantic: the same work."""

from __future__ import annotations

import contextlib
import json
import tempfile
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.measuring import (
    Request,
    call,
    interleave,
    micros,
    ratio,
    requests_to,
    started,
    table,
)
from benchmarks.options import Options
from benchmarks.seeding import AGENT, CONTENT, Seed
from benchmarks.serving import cpu_ratio, interleave_loads, rate_ratio, rates, served
from benchmarks.store_twin import twin
from palaver.app import compose
from palaver.settings import Settings

CLIENTS = (1, 16)
HISTORY_MESSAGES = 200


class _Prepared:
    """A database with a session to read and a session to append to; one for each of the two."""

    def __init__(self, data_dir: Path) -> None:
        seed = Seed(data_dir)
        token = seed.token()
        self.data_dir = data_dir
        self.secret = seed.secrets.jwt_secret
        headers = (("authorization", f"Bearer {token}"),)
        read, grown = seed.session(message_count=HISTORY_MESSAGES), seed.session()
        seed.finish()
        message = {"role": "user", "content": CONTENT}
        self.requests = {
            "history page": Request(
                "GET", f"/sessions/history/{read}?limit=20&skip=100", headers=headers
            ),
            "append": Request.json(
                "POST", f"/sessions/history/update/{grown}", message, headers=headers
            ),
            "create": Request(
                "POST",
                f"/sessions/create?agent_id={AGENT}&max_context_results=3&name=Capitals",
                headers=headers,
                status=201,
            ),
        }


def palaver_app(data_dir: str) -> Any:
    """Palaver, for a server process."""
    return compose(Settings(data_dir=Path(data_dir)))


def twin_app(data_dir: str, secret: str) -> Any:
    """The twin, for a server process."""
    return twin.make_app(f"{data_dir}/palaver.db", secret)


async def _in_process(own: _Prepared, other: _Prepared, options: Options) -> str:
    rows: list[list[str]] = []
    async with (
        started(palaver_app(str(own.data_dir))) as palaver,
        started(twin_app(str(other.data_dir), other.secret)) as fastapi,
    ):
        await _compare_answers(palaver, own, fastapi, other)
        for what in own.requests:
            for clients in CLIENTS:
                found = await interleave(
                    {
                        "palaver": requests_to(palaver, own.requests[what], clients=clients),
                        "twin": requests_to(fastapi, other.requests[what], clients=clients),
                    },
                    rounds=options.rounds,
                    requests=options.requests,
                )
                rows.append(
                    [
                        what,
                        str(clients),
                        micros(found["palaver"]),
                        micros(found["twin"]),
                        f"{ratio(found['twin'], found['palaver']):.1f}",
                    ]
                )
    return table(["µs a request", "clients", "palaver", "twin", "twin ÷ palaver"], rows)


async def _compare_answers(palaver: Any, own: _Prepared, fastapi: Any, other: _Prepared) -> None:
    """The same request must get the same answer, but for ids."""
    shapes = []
    for app, prepared in ((palaver, own), (fastapi, other)):
        _, body = await call(app, prepared.requests["history page"])
        answer = json.loads(body)
        for message in answer["data"]["history"]:
            del message["id"]
        shapes.append(answer)
    assert shapes[0] == shapes[1], "the twin answers something else"


def _over_http(own: _Prepared, other: _Prepared, options: Options) -> str:
    rows: list[list[str]] = []
    with contextlib.ExitStack() as stack:
        palaver = stack.enter_context(
            served("benchmarks.store_twin:palaver_app", str(own.data_dir))
        )
        fastapi = stack.enter_context(
            served("benchmarks.store_twin:twin_app", str(other.data_dir), other.secret)
        )
        for what in own.requests:
            for clients in CLIENTS:
                found = interleave_loads(
                    {
                        "palaver": (palaver, own.requests[what]),
                        "twin": (fastapi, other.requests[what]),
                    },
                    rounds=options.http_rounds,
                    clients=clients,
                    seconds=options.seconds,
                )
                rows.append(
                    [
                        what,
                        str(clients),
                        *rates(found["palaver"]),
                        *rates(found["twin"]),
                        f"{rate_ratio(found['palaver'], found['twin']):.1f}",
                        f"{cpu_ratio(found['palaver'], found['twin']):.1f}",
                    ]
                )
    columns = [
        column for name in ("palaver", "twin") for column in (name, "p50 / p99 ms", "µs CPU")
    ]
    return table(["requests/s", "clients", *columns, "× twin", "by CPU"], rows)


def main(options: Options) -> str:
    """Measure, and give the figures as Markdown."""
    with tempfile.TemporaryDirectory(prefix="palaver-benchmark-") as folder:
        own, other = _Prepared(Path(folder, "palaver")), _Prepared(Path(folder, "twin"))
        parts = ["### In process\n", uvloop.run(_in_process(own, other, options))]
        if options.http_rounds:
            parts += ["### Over HTTP\n", _over_http(own, other, options)]
    return "\n".join(parts)
