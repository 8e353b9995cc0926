"""The first page of the lists of a user with very many sessions against one with few."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.measuring import (
    Request,
    Subject,
    call,
    interleave,
    micros,
    ratio,
    requests_to,
    started,
    table,
)
from benchmarks.options import Options
from benchmarks.seeding import AGENT, PROFILE, Seed
from palaver.app import compose

FEW, MANY = 100, 100_000
PAGE = 20
USERS = {"few": "ada", "many": "grace"}

BY_AGENT = f"/sessions/get_by_agent/{AGENT}"
LISTS = {
    "get_all": f"/sessions/get_all/USER?limit={PAGE}",
    "get_all, oldest first": f"/sessions/get_all/USER?limit={PAGE}&sort_order=1",
    "get_all by last_active": f"/sessions/get_all/USER?limit={PAGE}&sort_by=last_active",
    "get_all by name": f"/sessions/get_all/USER?limit={PAGE}&sort_by=name&sort_order=1",
    "get_all_standalone": f"/sessions/get_all_standalone?limit={PAGE}",
    "get_all_team": f"/sessions/get_all_team?limit={PAGE}",
    "get_by_agent": f"{BY_AGENT}?limit={PAGE}",
    "get_by_agent by last_active": f"{BY_AGENT}?limit={PAGE}&sort_by=last_active",
    "/api/sessions": f"/api/sessions?limit={PAGE}",
    "/api/sessions of a profile": f"/api/sessions?limit={PAGE}&profile_id={PROFILE}",
}


def main(options: Options) -> str:
    """Measure, and give the figures as Markdown."""
    many = options.large or MANY
    with tempfile.TemporaryDirectory(prefix="palaver-benchmark-") as folder:
        seed = Seed(Path(folder))
        seed.many_sessions(USERS["few"], FEW)
        seed.many_sessions(USERS["many"], many)
        seed.finish()
        lines = uvloop.run(_measure(seed, options))
    return table(["µs a request", f"{FEW:,} sessions", f"{many:,} sessions", "many ÷ few"], lines)


async def _measure(seed: Seed, options: Options) -> list[list[str]]:
    lines: list[list[str]] = []
    async with started(compose(seed.settings)) as app:
        for what, target in LISTS.items():
            subjects: dict[str, Subject] = {}
            for size, user in USERS.items():
                headers = (("authorization", f"Bearer {seed.token(user)}"),)
                request = Request("GET", target.replace("USER", user), headers=headers)
                await _check_page(app, request)
                subjects[size] = requests_to(app, request)
            found = await interleave(subjects, rounds=options.rounds, requests=options.requests)
            lines.append(
                [
                    what,
                    micros(found["few"]),
                    micros(found["many"]),
                    f"{ratio(found['many'], found['few']):.2f}",
                ]
            )
    return lines


async def _check_page(app: Any, request: Request) -> None:
    status, body = await call(app, request)
    answer = json.loads(body)
    assert status == 200, answer
    assert len(answer.get("data") or answer["sessions"]) == PAGE
