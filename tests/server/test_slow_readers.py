"""Clients that take their answers slowly, or not at all."""

from __future__ import annotations

import http.client
import select
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from tests.server.conftest import PATIENCE

if TYPE_CHECKING:
    from tests.server.conftest import Serve, Server


@pytest.fixture
def impatient(serve: Serve, store_url: str) -> Server:
    """A server for which a client may stand still for a second."""
    program = "from palaver import server; server.STALL_SECONDS = 1; import palaver.__main__"
    return serve(command=("-c", program), database_url=store_url, jwt_secret="s" * 32)


def ask_for_much(server: Server, times: int = 1) -> socket.socket:
    """A connection on which four megabytes are on their way, to a small window."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(PATIENCE)
    connection.connect(("127.0.0.1", server.port))
    connection.sendall(b"GET /docs/scalar/x/scalar.js HTTP/1.1\r\nHost: x\r\n\r\n" * times)
    return connection


@pytest.mark.parametrize("times", [1, 20])
def test_an_answer_that_nobody_takes_is_given_up(impatient: Server, times: int) -> None:
    with ask_for_much(impatient, times) as connection:
        assert connection.recv(9) == b"HTTP/1.1 "
        gone = select.poll()
        gone.register(connection, select.POLLERR | select.POLLHUP)
        assert gone.poll(PATIENCE * 1000)


def test_an_answer_that_is_taken_slowly_comes_whole(impatient: Server) -> None:
    with ask_for_much(impatient) as connection:
        response = http.client.HTTPResponse(connection)
        response.begin()
        whole = int(response.headers["content-length"])
        received, pause = 0, threading.Event()
        # In three times what a client may stand still for.
        while part := response.read(whole // 60 + 1):
            received += len(part)
            pause.wait(0.05)
    assert received == whole
