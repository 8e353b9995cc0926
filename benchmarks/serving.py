"""Servers in processes of their own, and a bounded load on them over HTTP.

The load comes from ``wrk`` where it is installed, else from the asyncio client below, which costs
more processor time than a fast server does and so flatters the slow one's ratio. All listens on
127.0.0.1, every load ends by itself, and a server ends with its ``with`` block.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import math
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import Request

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30


@dataclass(frozen=True)
class Server:
    """A running server process."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """The processor time that it has used so far, from Linux's ``/proc``."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Load:
    """What one load run found.

    Latencies are in milliseconds; ``cpu`` is the server's processor time for one request, in
    seconds.
    """

    rate: float
    p50: float
    p99: float
    cpu: float


@contextlib.contextmanager
def served(factory: str, *arguments: str) -> Iterator[Server]:
    """A server process for the application that ``module:function`` makes of the arguments.

    uvicorn runs with uvloop and httptools, without access log, WebSockets and proxy headers.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.serving", factory, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        _wait_for(port)
        yield Server(port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def has_wrk() -> bool:
    """Whether loads come from ``wrk``."""
    return shutil.which("wrk") is not None


def load(server: Server, request: Request, *, clients: int, seconds: float) -> Load:
    """Send one request again and again over ``clients`` kept connections.

    Raises ``AssertionError`` for any answer but a success.
    """
    if has_wrk() and seconds >= 1:
        return _wrk(server, request, clients, seconds)
    return asyncio.run(_own_client(server, request, clients, seconds))


def interleave_loads(
    subjects: Mapping[str, tuple[Server, Request]], *, rounds: int, clients: int, seconds: float
) -> dict[str, list[Load]]:
    """The loads on each subject (a server and a request), one a round, in turns."""
    for server, request in subjects.values():
        load(server, request, clients=clients, seconds=min(1, seconds))
    found: dict[str, list[Load]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, (server, request) in subjects.items():
            found[name].append(load(server, request, clients=clients, seconds=seconds))
    return found


def rates(loads: list[Load]) -> list[str]:
    """Three cells: median and range of the requests a second, the median latencies and the median
    processor time of a request."""
    found = [each.rate for each in loads]
    p50 = statistics.median(each.p50 for each in loads)
    p99 = statistics.median(each.p99 for each in loads)
    return [
        f"{statistics.median(found):.0f} ({min(found):.0f}–{max(found):.0f})",
        f"{p50:.1f} / {p99:.1f}",
        f"{statistics.median(each.cpu for each in loads) * 1e6:.0f}",
    ]


def rate_ratio(own: list[Load], others: list[Load]) -> float:
    """The median of the rounds' ratios ``own / others``."""
    return statistics.median(a.rate / b.rate for a, b in zip(own, others, strict=True))


def cpu_ratio(own: list[Load], others: list[Load]) -> float:
    """The median of the rounds' ratios of processor time, ``others / own``."""
    pairs = zip(own, others, strict=True)
    return statistics.median(b.cpu / a.cpu if a.cpu else math.nan for a, b in pairs)


_WRK_SCRIPT = """
wrk.method = %(method)s
wrk.body = %(body)s
%(headers)s
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("\\nfound %%d %%d %%d %%d %%d\\n",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


def _wrk(server: Server, request: Request, clients: int, seconds: float) -> Load:
    headers = "\n".join(
        f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}"
        for name, value in request.all_headers
        if name not in ("host", "content-length")
    )
    script = _WRK_SCRIPT % {
        "method": json.dumps(request.method),
        "body": json.dumps(request.body.decode()) if request.body else "nil",
        "headers": headers,
    }
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        url = f"http://127.0.0.1:{server.port}{request.target}"
        command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds:.0f}s", "-s", file.name, url]
        before = server.cpu_seconds()
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        cpu = server.cpu_seconds() - before
    line = next(line for line in output.splitlines() if line.startswith("found "))
    count, micros, p50, p99, errors = map(int, line.split()[1:])
    assert errors == 0, output
    return Load(count / micros * 1e6, p50 / 1000, p99 / 1000, cpu / count)


async def _own_client(server: Server, request: Request, clients: int, seconds: float) -> Load:
    head = "".join(f"{name}: {value}\r\n" for name, value in request.all_headers)
    message = f"{request.method} {request.target} HTTP/1.1\r\n{head}\r\n".encode() + request.body
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        # At least one request, however short the time: there has to be a figure.
        start = time.perf_counter()
        while start < end or not times:
            writer.write(message)
            answer = await reader.readuntil(b"\r\n\r\n")
            status, fields = _head(answer)
            await reader.readexactly(int(fields.get("content-length", "0")))
            assert 200 <= status < 300, answer
            times.append(time.perf_counter() - start)
            start = time.perf_counter()
        writer.close()

    start, before = time.perf_counter(), server.cpu_seconds()
    await asyncio.gather(*(client() for _ in range(clients)))
    rate = len(times) / (time.perf_counter() - start)
    cuts = statistics.quantiles(times, n=100) if len(times) > 1 else [times[0]] * 99
    cpu = (server.cpu_seconds() - before) / len(times)
    return Load(rate, cuts[49] * 1000, cuts[98] * 1000, cpu)


def _head(answer: bytes) -> tuple[int, Mapping[str, str]]:
    first, *lines = answer.decode("latin-1").rstrip().split("\r\n")
    fields = (line.partition(":") for line in lines)
    return int(first.split()[1]), {name.lower(): value.strip() for name, _, value in fields}


def _serve(factory: str, *arguments: str) -> None:
    import uvicorn

    module, _, name = factory.partition(":")
    app = getattr(importlib.import_module(module), name)(*arguments)
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    print(listener.getsockname()[1], flush=True)
    # What none of the applications needs is off for all: the less the server costs, the more of
    # what is measured is theirs.
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        log_level="warning",
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    _serve(*sys.argv[1:])
