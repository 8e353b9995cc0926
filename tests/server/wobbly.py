"""A TCP proxy that loses connections when it is told to."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator

_RESET = struct.pack("ii", 1, 0)


class Wobbly:
    """Passes bytes on between clients and a port, until it does not."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.lost = 0
        """Connections that were cut or swallowed."""
        self._marker = b""
        self._swallow = 0
        self._cut_after = 0
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def swallow(self, marker: bytes, count: int = 1) -> None:
        """The next answers with this in their head reach nobody: their connections are reset."""
        self._marker, self._swallow = marker, count

    def cut_after(self, size: int) -> None:
        """Every answer that streams is reset after so many bytes; 0 for none."""
        self._cut_after = size

    def cut(self) -> None:
        """Reset all connections."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for client, server in pairs:
            self._drop(client, server)

    def close(self) -> None:
        """Accept no more, and cut all."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                self._reset(client)
                continue
            with self._lock:
                self._pairs.append((client, server))
            for work in (self._ask, self._answer):
                threading.Thread(target=work, args=(client, server), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        passed = 0
        is_stream = False
        with contextlib.suppress(OSError):
            while data := server.recv(1 << 16):
                if self._swallow and self._marker in data:
                    self._swallow -= 1
                    self._drop(client, server)
                    return
                if not is_stream and b"text/event-stream" in data:
                    is_stream, passed = True, 0
                if is_stream and self._cut_after and passed + len(data) > self._cut_after:
                    client.sendall(data[: self._cut_after - passed])
                    self._drop(client, server, reset=False)
                    return
                client.sendall(data)
                passed += len(data)
            client.shutdown(socket.SHUT_WR)

    def _drop(self, client: socket.socket, server: socket.socket, *, reset: bool = True) -> None:
        self.lost += 1
        if reset:
            self._reset(client)
        else:
            # What was passed on arrives first.
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def _reset(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            # A thread that reads holds the connection open until it is woken.
            connection.shutdown(socket.SHUT_RD)
            connection.close()


@contextlib.contextmanager
def wobbly(target: int) -> Iterator[Wobbly]:
    """A proxy before a port."""
    proxy = Wobbly(target)
    try:
        yield proxy
    finally:
        proxy.close()
