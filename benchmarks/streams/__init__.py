"""A thousand streams at once, each stored and checked, beside a bare ``StreamingResponse``."""

from __future__ import annotations

import re
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

import uvloop

from benchmarks.measuring import Request
from benchmarks.options import Options
from benchmarks.seeding import Seed
from benchmarks.serving import Server, served
from benchmarks.streams.applications import TOKENS_A_SECOND, word
from benchmarks.streams.reading import read_all

STREAMS = (100, 300, 1000)
TOKENS = 100
BRIEF = ((20,), 5)
OPEN_SECONDS = 2.0


@dataclass(frozen=True)
class _Found:
    """One round of one subject: milliseconds, processor seconds and bytes."""

    first: tuple[float, float]
    gap: tuple[float, float]
    cpu: float
    memory: int


def main(options: Options) -> str:
    """Measure and return the tables."""
    sizes, tokens = (STREAMS, TOKENS) if options.seconds >= 1 else BRIEF
    rounds = max(1, options.http_rounds)
    parts = []
    for size in sizes:
        found: dict[str, list[_Found]] = {"palaver": [], "bare": []}
        for _ in range(rounds):
            found["palaver"].append(_palaver(size, tokens))
            found["bare"].append(_bare(size, tokens))
        parts.append((size, found))
    return _table(parts, tokens)


def _palaver(size: int, tokens: int) -> _Found:
    with tempfile.TemporaryDirectory(prefix="palaver-streams-") as folder:
        seed = Seed(Path(folder))
        headers = (("authorization", f"Bearer {seed.token()}"),)
        sessions = [seed.session() for _ in range(size)]
        seed.finish()
        requests = [
            Request.json(
                "POST", "/api/chat", {"session_id": each, "message": "Speak."}, headers=headers
            )
            for each in sessions
        ]
        with served("benchmarks.streams.applications:palaver", folder, str(tokens)) as server:
            return _measure(server, requests, tokens)


def _bare(size: int, tokens: int) -> _Found:
    requests = [Request.json("POST", "/stream", {"message": "Speak."}) for _ in range(size)]
    with served("benchmarks.streams.applications:bare", str(tokens)) as server:
        return _measure(server, requests, tokens)


def _measure(server: Server, requests: list[Request], tokens: int) -> _Found:
    before, resident = server.cpu_seconds(), _memory(server, "VmRSS")
    streams = uvloop.run(read_all(server.port, requests, over=OPEN_SECONDS))
    cpu = server.cpu_seconds() - before
    words = [word(number) for number in range(tokens)]
    for stream in streams:
        stream.check(words)
    return _Found(
        _percentiles([each.first for each in streams]),
        _percentiles([gap for each in streams for gap in each.gaps]),
        cpu,
        _memory(server, "VmHWM") - resident,
    )


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(seconds, n=100)
    return cuts[49] * 1000, cuts[98] * 1000


def _memory(server: Server, name: str) -> int:
    status = Path(f"/proc/{server.pid}/status").read_text()
    match = re.search(rf"{name}:\s+(\d+) kB", status)
    assert match is not None
    return int(match[1]) * 1024


def _table(parts: list[tuple[int, dict[str, list[_Found]]]], tokens: int) -> str:
    lines = [
        f"**{tokens} tokens a stream, {TOKENS_A_SECOND} a second**, opened within two seconds. "
        "Every event of every stream was there once and in order.",
        "",
        "| streams | server | first token, p50 / p99 ms | between tokens, p50 / p99 ms "
        "| µs CPU an event | CPU s | memory MB |",
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for size, found in parts:
        for name, rounds in found.items():
            cpu = statistics.median(each.cpu for each in rounds)
            lines.append(
                f"| {size} | {'palaver' if name == 'palaver' else 'bare FastAPI'} "
                f"| {_both([each.first for each in rounds])} "
                f"| {_both([each.gap for each in rounds])} "
                f"| {cpu / (size * tokens) * 1e6:.0f} | {cpu:.1f} "
                f"| {statistics.median(each.memory for each in rounds) / 1e6:.0f} |"
            )
    return "\n".join([*lines, ""])


def _both(pairs: list[tuple[float, float]]) -> str:
    return " / ".join(f"{statistics.median(each):.0f}" for each in zip(*pairs, strict=True))
