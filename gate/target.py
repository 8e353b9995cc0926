"""The server under test and who may speak to it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from palaver.contract.document import Document

OWNER = "user123"
"""The user of the contract's examples, so that its example paths are the caller's own."""

OTHER = "somebody-else"
ADMIN = "an-administrator"


@dataclass(frozen=True, slots=True)
class Target:
    """A server that can be reached, the contract that it is held to, and tokens of three users.

    ``owner`` is the user of the contract's examples; without ``admin`` what only administrators may
    do is not asked for.
    """

    url: str
    document: Document
    owner: str
    other: str
    admin: str | None = None


@contextmanager
def own_server(
    document: Document, data_dir: Path | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[Target]:
    """A server of our own, in its own process, on an embedded store that is gone afterwards.

    ``settings`` are variables of its environment; it has no other setting.
    """
    with tempfile.TemporaryDirectory(prefix="palaver-gate-") as folder:
        data = str(data_dir or Path(folder) / "data")
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PALAVER_")}
        environment |= settings or {}
        palaver = [sys.executable, "-W", "ignore", "-m", "palaver"]

        def token(user: str, *options: str) -> str:
            command = [*palaver, "token", "--user", user, "--data-dir", data, *options]
            done = subprocess.run(
                command, check=True, capture_output=True, text=True, env=environment
            )
            return done.stdout.strip()

        server = subprocess.Popen(
            [*palaver, "serve", "--port", "0", "--data-dir", data],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        try:
            assert server.stdout is not None
            match = re.search(r"http://\S+", server.stdout.readline())
            if match is None:
                raise RuntimeError("the server did not start")
            url = match.group()
            yield Target(url, document, token(OWNER), token(OTHER), token(ADMIN, "--admin"))
        finally:
            server.terminate()
            server.communicate(timeout=30)
