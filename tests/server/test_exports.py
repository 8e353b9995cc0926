"""Exports of a server whose clients go away."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.server.conftest import Server


def children(server: Server) -> set[int]:
    """The living children of a server."""
    found = set()
    for task in Path(f"/proc/{server.process.pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found |= {int(pid) for pid in (task / "children").read_text().split()}
    return found


def test_what_nobody_waits_for_ends(
    server: Server, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    client = server.client()
    session_id = client.create()
    rows = [[f"{row * column}.5 of it" for column in range(12)] for row in range(100)]
    content = {"layout": "table", "title": "Figures", "header": ["A"] * 12, "rows": rows}
    for _ in range(40):
        path = f"/api/sessions/{session_id}/slides"
        made = client.call("POST", path, {"content": content}, {"If-Match": "*"})
        assert made.status == 201
    head = (
        f"POST /api/sessions/{session_id}/export?format=pdf HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {server.token()}\r\nContent-Length: 0\r\n\r\n"
    ).encode()
    idle = children(server)
    for _ in range(3):
        # Twice as many as are made at once.
        with contextlib.ExitStack() as stack:
            for _ in range(4):
                stack.enter_context(server.connect()).sendall(head)
            wait_until(lambda: len(children(server) - idle) == 2)
        # To be made, they would take tens of seconds.
        assert client.call("GET", "/healthz").status == 200
        wait_until(lambda: children(server) <= idle)
    # All places are free.
    assert client.call("POST", f"/api/sessions/{session_id}/export").status == 200
    assert server.stop() == 0
