"""The first page of the lists of a user with very many sessions against one with few."""

from __future__ import annotations

import tempfile
from pathlib import Path

import uvloop

from benchmarks.measuring import (
    Request,
    Subject,
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

LISTS = {
    "get_all": "/sessions/get_all/{user}?limit=20",
    "get_all, oldest first": "/sessions/get_all/{user}?limit=20&sort_order=1",
    "get_all by last_active": "/sessions/get_all/{user}?limit=20&sort_by=last_active",
    "get_all by name": "/sessions/get_all/{user}?limit=20&sort_by=name&sort_order=1",
    "get_all_standalone": "/sessions/get_all_standalone?limit=20",
    "get_all_team": "/sessions/get_all_team?limit=20",
    "get_by_agent": f"/sessions/get_by_agent/{AGENT}?limit=20",
    "get_by_agent by last_active": f"/sessions/get_by_agent/{AGENT}?limit=20&sort_by=last_active",
    "/api/sessions": "/api/sessions?limit=20",
    "/api/sessions of a profile": f"/api/sessions?limit=20&profile_id={PROFILE}",
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
    return table(["µs a request", f"{FEW:,} sessions", f"{many:,} sessions", "÷ few"], lines)


async def _measure(seed: Seed, options: Options) -> list[list[str]]:
    lines: list[list[str]] = []
    async with started(compose(seed.settings)) as app:
        for what, target in LISTS.items():
            subjects: dict[str, Subject] = {}
            for size, user in USERS.items():
                headers = (("authorization", f"Bearer {seed.token(user)}"),)
                request = Request("GET", target.format(user=user), headers=headers)
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
