"""A server of OpenAI's ``/embeddings`` on loopback, which also does what it should not.

A vector says which of ``WORDS`` stand in a text, so that texts about the same are near each other.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WORDS = ("memory", "artery", "valve", "machine", "fox", "river")
MODEL = "small"


def vector(text: str) -> list[float]:
    """The vector of a text; the last number keeps it from being all zeros."""
    return [float(word in text.lower()) for word in WORDS] + [0.01]


class EmbeddingServer:
    """A running server, and what it was asked."""

    def __init__(self, port: int = 0) -> None:
        self.requests: list[dict[str, Any]] = []
        self.heads: list[dict[str, str]] = []
        self.faults: list[str] = []
        """What to do wrong with the next requests, one each; the last one stays if it is ``*``."""
        self.most_texts = 1000
        self.most_characters = 1_000_000
        self.held = threading.Event()
        self.release = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                outer._answer(self)

            def log_message(self, *args: object) -> None:
                """Nobody reads it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.base_url = f"http://127.0.0.1:{self.port}/v1"
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def texts(self) -> list[str]:
        """All texts that it was asked for, in order."""
        return [text for each in self.requests for text in each["input"]]

    def stop(self) -> None:
        """Be away: connections are refused from now on, and those that are open are closed."""
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
        for each in self._connections:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        self._connections.append(handler.connection)
        body = handler.rfile.read(int(handler.headers["content-length"]))
        request = json.loads(body)
        self.requests.append(request)
        self.heads.append({"path": handler.path, **dict(handler.headers.items())})
        fault = ""
        if self.faults:
            fault = self.faults[0] if self.faults[0].endswith("*") else self.faults.pop(0)
        texts = request["input"]
        if len(texts) > self.most_texts:
            fault = fault or "413"
        if any(not text or len(text) > self.most_characters for text in texts):
            fault = fault or "400"
        with contextlib.suppress(OSError):
            self._act(handler, texts, fault.rstrip("*"))

    def _act(self, handler: BaseHTTPRequestHandler, texts: list[str], fault: str) -> None:
        data: list[Any] = [
            {"object": "embedding", "index": n, "embedding": vector(text)}
            for n, text in enumerate(texts)
        ]
        headers: dict[str, str] = {}
        name, _, argument = fault.partition(":")
        match name:
            case "shuffled":
                data.reverse()
            case "without-index":
                for each in data:
                    del each["index"]
            case "fewer":
                data.pop()
            case "same-index":
                for each in data:
                    each["index"] = 0
            case "other-size":
                data[-1]["embedding"].append(1.0)
            case "longer":
                for each in data:
                    each["embedding"] = each["embedding"] * 2
            case "zeros":
                data[-1]["embedding"] = [0.0] * len(WORDS)
            case "empty":
                for each in data:
                    each["embedding"] = []
            case "enormous":
                for each in data:
                    each["embedding"] = [0.5] * 20_000
            case "huge-numbers":
                data[-1]["embedding"] = [1e308] * len(data[-1]["embedding"])
            case "base64":
                data[-1]["embedding"] = "AACAPw=="
            case "redirect":
                headers["location"] = self.base_url + "/embeddings"
                argument = "307"
            case "gzip":
                headers["content-encoding"] = "gzip"
            case "hold":
                self.held.set()
                self.release.wait(60)
            case "drip":
                # A byte now and then: no read ever times out.
                handler.send_response(200)
                handler.send_header("content-length", "1000000")
                handler.end_headers()
                self.held.set()
                while not self.release.wait(0.05):
                    handler.wfile.write(b" ")
                return
            case "flood":
                handler.send_response(200)
                handler.send_header("transfer-encoding", "chunked")
                handler.end_headers()
                while not self.release.is_set():
                    handler.wfile.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
                return
            case "reset":
                handler.connection.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )
                handler.close_connection = True
                handler.connection.close()
                return
            case "close":
                handler.close_connection = True
                return
            case "limited":
                headers["retry-after"] = argument
                argument = "429"
            case _ if name.isdecimal():
                argument = name
        body = json.dumps({"object": "list", "model": MODEL, "data": data}).encode()
        if name == "text":
            body = b"<html>It works!</html>"
        if name == "bad-utf8":
            body = b'{"data": "\xff"}'
        if name == "deep":
            body = b'{"data": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
        handler.send_response(int(argument or 200))
        for key, value in headers.items():
            handler.send_header(key, value)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


@contextlib.contextmanager
def embedding_server(port: int = 0) -> Iterator[EmbeddingServer]:
    """A server for a test."""
    server = EmbeddingServer(port)
    try:
        yield server
    finally:
        server.stop()
