"""The contract runtime against FastAPI and stock Connexion: one contract, no database."""

from __future__ import annotations

import contextlib
from typing import Any

import uvloop

from benchmarks.measuring import (
    Request,
    bare,
    interleave,
    micros,
    ratio,
    requests_to,
    table,
)
from benchmarks.options import Options
from benchmarks.runtime import with_connexion, with_fastapi, with_palaver
from benchmarks.runtime.data import DUMMY_ROUTES, token
from benchmarks.serving import cpu_ratio, interleave_loads, rate_ratio, rates, served

HTTP_CLIENTS = 16

APPS = {"palaver": with_palaver, "fastapi": with_fastapi, "connexion": with_connexion}


def requests(*, auth: bool) -> dict[str, Request]:
    """The measured requests by their names in the tables."""
    headers = (("authorization", f"Bearer {token()}"),) if auth else ()
    page = "/histories/019a9f3e-8c2d-7f10-8b3a-5e6f70819203"
    message = {"role": "user", "content": "What is the capital of France?"}
    return {
        "GET 20 messages, plain data": Request("GET", f"{page}?limit=20&skip=40", headers=headers),
        "GET 20 messages, models": Request(
            "GET", f"{page}/models?limit=20&skip=40", headers=headers
        ),
        "POST a message": Request.json("POST", f"{page}/messages", message, headers=headers),
    }


async def _in_process(rounds: int, count: int) -> str:
    rows: list[list[str]] = []
    for dummies in (DUMMY_ROUTES, 0):
        for auth in (False, True):
            apps = {
                name: module.make_app(dummies=dummies, auth=auth) for name, module in APPS.items()
            }
            for what, request in requests(auth=auth).items():
                subjects = {name: requests_to(app, request) for name, app in apps.items()}
                subjects["driver"] = requests_to(bare, request)
                found = await interleave(subjects, rounds=rounds, requests=count)
                rows.append(
                    [
                        what,
                        "last of 38" if dummies else "3",
                        "yes" if auth else "no",
                        *(micros(found[name]) for name in ("driver", *APPS)),
                        f"{ratio(found['fastapi'], found['palaver']):.1f}",
                        f"{ratio(found['connexion'], found['palaver']):.1f}",
                    ]
                )
    return table(
        [
            "µs a request",
            "routes",
            "token",
            "driver",
            *APPS,
            "FastAPI ÷ palaver",
            "Connexion ÷ palaver",
        ],
        rows,
    )


def app(name: str, dummies: str, auth: str) -> Any:
    """One of the applications, for a server process."""
    return APPS[name].make_app(dummies=int(dummies), auth=auth == "auth")


def _over_http(rounds: int, seconds: float) -> str:
    rows: list[list[str]] = []
    for auth in (False, True):
        with contextlib.ExitStack() as stack:
            servers = {
                name: stack.enter_context(
                    served("benchmarks.runtime:app", name, str(DUMMY_ROUTES), "auth" * auth)
                )
                for name in APPS
            }
            for what, request in requests(auth=auth).items():
                found = interleave_loads(
                    {name: (server, request) for name, server in servers.items()},
                    rounds=rounds,
                    clients=HTTP_CLIENTS,
                    seconds=seconds,
                )
                rows.append(
                    [
                        what,
                        "yes" if auth else "no",
                        *(cell for name in APPS for cell in rates(found[name])),
                        f"{rate_ratio(found['palaver'], found['fastapi']):.1f}",
                        f"{rate_ratio(found['palaver'], found['connexion']):.1f}",
                        f"{cpu_ratio(found['palaver'], found['fastapi']):.1f}, "
                        f"{cpu_ratio(found['palaver'], found['connexion']):.1f}",
                    ]
                )
    columns = [column for name in APPS for column in (name, "p50 / p99 ms", "µs CPU")]
    return table(["requests/s", "token", *columns, "× FastAPI", "× Connexion", "by CPU"], rows)


def main(options: Options) -> str:
    """Measure, and give the figures as Markdown."""
    parts = [
        "### In process\n",
        uvloop.run(_in_process(options.rounds, options.requests)),
    ]
    if options.http_rounds:
        parts += [
            f"### Over HTTP, {HTTP_CLIENTS} connections, the last of 38 routes\n",
            _over_http(options.http_rounds, options.seconds),
        ]
    return "\n".join(parts)
