"""An OpenAI-compatible server in a process of its own, which behaves as each request asks it to.

``with running_server() as server:`` starts one on loopback; ``server.base_url`` is what
``PALAVER_LLM_BASE_URL`` takes. By hand: ``python -m tests.chat.protocol_server --port 0`` prints
``{"port": …}`` and serves until it is ended.

A request's script is ``NAME`` or ``NAME:ARGUMENT``. It stands as ``[[NAME:ARGUMENT]]`` in the last
user message (the last one there counts), else in the system message (so that agents of a team can
be told apart by their instructions), else it is the model's name, else it is ``answer``.

Good answers, streamed word by word, with usage if it is asked for:
    answer           ``ANSWER``
    say:TEXT         the text
    echo             the request's messages as JSON
    request          the whole request as JSON
    long:N           N words in one event
    slow:N,SECONDS   N words ("w0 w1 …"), with a pause after each (0.01)
    hold:KEY         the first word, then nothing until ``server.release(KEY)``, then the rest
    hold-first:KEY   nothing, not even a status, until then
    tools            a text, then two tool calls: ``lookup`` in pieces, ``note`` in one
    calls:JSON       tool calls, round by round: a list of rounds, each a list of [NAME, ARGUMENTS],
                     the arguments an object, or a text as it is; after the last one ``answer``.
                     A round that is a text is said instead, one that is a number is a status, and
                     {"reason": R, "calls": […], "text": T, "hold": KEY} gives a ``finish_reason``,
                     a text, and waits for ``server.release(KEY)`` before it
    utf8             "Grüße, 世界 🎉!", each byte in a chunk of its own
    formats          CRLF, CR, comments, ``event:``, several ``data`` lines, no space after ``:``
    empty            with ``choices: []``, ``content: null``, ``content: ""`` and a role in between
    surrogates       a NUL, a lone surrogate, and a pair that is split over two events
    unfinished       no ``[DONE]``, but a ``finish_reason``
    lingering        all of it, but the response does not end; ``lingering:undone``: no ``[DONE]``
    ping             two words with comments in between; ``ping:forever``: and then comments alone
    streams          a stream, also where none was asked for
    json             a whole answer in JSON, though a stream was asked for
    reason:R         with R as its ``finish_reason``
Bad answers:
    cut              two words, then a proper end of the response
    cut-done         two words, then ``[DONE]``
    reset            two words, then the connection is reset; ``reset-first``: before any byte
    half             two words, then the connection is closed in the middle of a chunk
    stall            two words, then nothing; ``stall-first``: a status and nothing else
    silent           no byte at all
    error-event      two words, then an event of the name ``error``
    error-chunk      two words, then a chunk with an ``error``; ``error-json``: that alone, as JSON
    bad-utf8, bad-json, bad-shape, bad-tool     two words, then one such event
    huge-line        an event without an end; ``huge-answer``: words without an end
    html             a page; ``gzip``: a stream that claims to be compressed
    redirect         a 302 to another host
Statuses (N is any of 400-599):
    status:N         with an error message that names a URL, a key and a path
    limited:S        429, with ``Retry-After: S`` if S is given
    once:N,KEY       N for the first request of this KEY, then ``answer``
    once-limited:S,KEY   the same with 429
    no-usage         400 for ``stream_options``; ``no-tools``: for ``tools``;
                     ``no-max-tokens``: for ``max_tokens``; else ``answer``
Requests that do not ask for a stream get JSON: with the tool ``delegate`` offered, a call of it for
the ids of ``[[delegate:ID,ID]]``; with a limit of tokens, the text of ``[[title:TEXT]]``, or
``TITLE``; else what ``say``, ``echo``, ``request`` and the statuses say, or ``ANSWER``. With
``[[hold-aside:KEY]]`` it comes after ``release(KEY)``.

Control: ``GET /state``, ``GET /wait?COUNT=N&…`` (answers once each count is reached),
``POST /release?key=KEY``, ``POST /reset``; ``ProtocolServer`` has a method for each.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import http.client
import json
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.chat.protocol_scripts import USAGE, Closed, chunk, play

WAIT_SECONDS = 30.0


class ProtocolServer:
    """A running server, seen from a test."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.base_url = f"http://127.0.0.1:{port}/v1"

    def state(self) -> dict[str, Any]:
        """Counts: ``requests``, ``connections``, ``holding``, ``ended``, ``gone``.

        ``last`` is the last request: its ``body``, and its ``head`` as text. ``gone`` counts the
        clients that left before their response had ended.
        """
        return self._ask("GET", "/state")

    def wait(self, **counts: int) -> dict[str, Any]:
        """The state, once every count named is reached. Raises ``TimeoutError``."""
        return self._ask("GET", f"/wait?{urllib.parse.urlencode(counts)}")

    def release(self, key: str = "") -> None:
        """Let go what is held under this key, now or later, until ``reset``."""
        self._ask("POST", f"/release?{urllib.parse.urlencode({'key': key})}")

    def reset(self) -> None:
        """Set all counts to zero, and forget what was released and done once."""
        self._ask("POST", "/reset")

    def _ask(self, method: str, path: str) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_SECONDS + 5)
        with contextlib.closing(connection):
            connection.request(method, path)
            response = connection.getresponse()
            state: dict[str, Any] = json.loads(response.read())
        if response.status != http.client.OK:
            raise TimeoutError(f"{path} was not reached; the state is {state}")
        return state


@contextlib.contextmanager
def running_server() -> Iterator[ProtocolServer]:
    """A server of its own, in a process of its own, which ends with this block or this process."""
    command = [sys.executable, "-m", "tests.chat.protocol_server", "--until-stdin-closes"]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        try:
            yield ProtocolServer(json.loads(process.stdout.readline())["port"])
        finally:
            process.kill()


class Server:
    """What all connections share."""

    def __init__(self) -> None:
        self.changed = asyncio.Condition()
        self.reset()

    def reset(self) -> None:
        self.counts: Counter[str] = Counter()
        self.last: Any = None
        self.released: dict[str, asyncio.Event] = {}
        self.done_once: set[str] = set()

    def state(self) -> dict[str, Any]:
        names = ("requests", "connections", "holding", "ended", "gone")
        return {**{name: self.counts[name] for name in names}, "last": self.last}

    async def count(self, name: str, by: int = 1, *, counts: Counter[str] | None = None) -> None:
        async with self.changed:
            (self.counts if counts is None else counts)[name] += by
            self.changed.notify_all()

    def release(self, key: str) -> asyncio.Event:
        return self.released.setdefault(key, asyncio.Event())

    async def wait(self, wanted: dict[str, int]) -> bool:
        try:
            async with asyncio.timeout(WAIT_SECONDS), self.changed:
                await self.changed.wait_for(
                    lambda: all(self.counts[name] >= count for name, count in wanted.items())
                )
        except TimeoutError:
            return False
        return True


class _Protocol(asyncio.StreamReaderProtocol):
    """Knows when the client has left, without reading what it may still send."""

    def __init__(self, server: Server) -> None:
        self.gone = asyncio.Event()
        reader = asyncio.StreamReader()
        super().__init__(
            reader, lambda reader, writer: Connection(server, reader, writer, self.gone).run()
        )

    def eof_received(self) -> bool | None:
        self.gone.set()
        return super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()
        super().connection_lost(exc)


class Connection:
    def __init__(
        self,
        server: Server,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        gone: asyncio.Event,
    ) -> None:
        self.server = server
        self.reader = reader
        self.writer = writer
        self.gone = gone
        self.counts = server.counts
        self.request: dict[str, Any] = {}

    async def run(self) -> None:
        await self.server.count("connections")
        with contextlib.suppress(Closed, OSError, asyncio.IncompleteReadError):
            while True:
                head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                method, target, _ = head.split(" ", 2)
                length = re.search(r"(?im)^content-length: *(\d+)", head)
                body = await self.reader.readexactly(int(length[1]) if length else 0)
                url = urllib.parse.urlsplit(target)
                if method == "POST" and url.path.endswith("/chat/completions"):
                    self.request = json.loads(body)
                    await self._chat(head)
                else:
                    await self._control(url.path, dict(urllib.parse.parse_qsl(url.query)))
        self.writer.close()

    async def _control(self, path: str, query: dict[str, str]) -> None:
        reached = True
        if path == "/wait":
            reached = await self.server.wait({name: int(count) for name, count in query.items()})
        elif path == "/release":
            self.server.release(query.get("key", "")).set()
        elif path == "/reset":
            self.server.reset()
        await self.respond(200 if reached else 504, self.server.state())

    async def _chat(self, head: str) -> None:
        self.server.last = {"body": self.request, "head": head}
        # What a test left running must not count in the next one, which has reset the counts.
        self.counts = self.server.counts
        await self._count("requests")
        script = asyncio.ensure_future(play(self))
        gone = asyncio.ensure_future(self.gone.wait())
        await asyncio.wait({script, gone}, return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        # What is written to a client that has just left fails before its leaving is known.
        if not script.done() or isinstance(script.exception(), OSError):
            script.cancel()
            await self._count("gone")
            raise Closed
        await self._count("ended")
        script.result()

    async def _count(self, name: str, by: int = 1) -> None:
        await self.server.count(name, by, counts=self.counts)

    # What scripts are made of.

    async def respond(
        self, status: int, content: Any, kind: str = "application/json", **headers: str
    ) -> None:
        body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
        lines = [
            f"HTTP/1.1 {status} Status",
            f"content-type: {kind}",
            f"content-length: {len(body)}",
        ]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await self.writer.drain()

    async def begin(self, *headers: str) -> None:
        lines = [
            "HTTP/1.1 200 OK",
            "content-type: text/event-stream; charset=utf-8",
            "transfer-encoding: chunked",
            *headers,
        ]
        self.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
        await self.writer.drain()

    async def send(self, data: bytes) -> None:
        self.writer.write(b"%x\r\n%b\r\n" % (len(data), data))
        await self.writer.drain()

    async def event(self, content: Any) -> None:
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        await self.send(f"data: {text}\n\n".encode())

    async def delta(self, content: Any) -> None:
        await self.event(chunk({"content": content}))

    async def words(self, text: str) -> None:
        for word in re.findall(r"\s*\S+\s*?(?=\s|$)|\s+$", text):
            await self.delta(word)

    async def finish(self, reason: str | None = "stop", *, done: bool = True) -> None:
        await self.event(chunk({}, reason))
        if self.request.get("stream_options", {}).get("include_usage"):
            await self.event({**chunk({}), "choices": [], "usage": USAGE})
        if done:
            await self.event("[DONE]")

    async def end(self) -> None:
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    async def say_nothing(self) -> None:
        """Until the client leaves, which cancels this."""
        await asyncio.Event().wait()

    async def held(self, key: str) -> None:
        await self._count("holding")
        try:
            await self.server.release(key).wait()
        finally:
            await self._count("holding", -1)

    def abort(self) -> None:
        """Reset the connection, so that the client sees an error instead of an end."""
        linger = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()
        raise Closed


async def _serve(port: int) -> None:
    server = Server()
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: _Protocol(server), "127.0.0.1", port)
    print(json.dumps({"port": listening.sockets[0].getsockname()[1]}), flush=True)
    async with listening:
        await listening.serve_forever()


def _end_with_stdin() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description="An OpenAI-compatible server for tests.")
    parser.add_argument("--port", type=int, default=0, help="0 takes any that is free")
    parser.add_argument("--until-stdin-closes", action="store_true")
    options = parser.parse_args()
    if options.until_stdin_closes:
        # Whoever started this may be killed, and then nobody else would end it.
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(options.port))


if __name__ == "__main__":
    main()
