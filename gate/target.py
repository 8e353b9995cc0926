"""The server under test and who may speak to it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gate.operations import is_kept, schemes_of
from palaver.contract.document import Document, Operation
from palaver.settings import PREFIX

OWNER = "user123"
"""The user of the contract's examples, so that its example paths are the caller's own."""

OTHER = "somebody-else"
ADMIN = "an-administrator"
BASIC = "everybody:a shared: pässword"
"""A shared credential that is none of the easy ones: only the first colon parts it."""


@dataclass(frozen=True, slots=True)
class Target:
    """A server that can be reached, the contract that it is held to, and who may speak to it.

    ``owner`` is the token of the user of the contract's examples; without ``admin`` what only
    administrators may do is not asked for. ``basic`` is the shared credential: ``NAME:PASSWORD``.
    """

    url: str
    document: Document
    owner: str
    other: str
    admin: str | None = None
    basic: str | None = None

    def credentials(self, operation: Operation, token: str | None = None) -> list[str]:
        """A credential for each alternative of an operation's security that there is one for.

        With ``token``, it stands for all tokens, where a token of anybody will do.
        """
        by_scheme = {
            "basic": spelled(self.basic) if self.basic is not None else None,
            "bearer": token or self.owner,
        }
        if is_kept(self.document, operation):
            by_scheme["bearer"] = self.admin
        found = [by_scheme.get(scheme) for scheme in schemes_of(self.document, operation)]
        if token is not None and token in found:
            return [token]
        return [each for each in found if each is not None]


def spelled(basic: str) -> str:
    """``NAME:PASSWORD`` as the value of ``Authorization`` (RFC 7617)."""
    return f"Basic {b64encode(basic.encode()).decode()}"


def authorization(credential: str) -> str:
    """The value of ``Authorization``: a token alone is a bearer's."""
    return credential if " " in credential else f"Bearer {credential}"


@contextmanager
def own_server(
    document: Document, data_dir: Path | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[Target]:
    """A server of our own, in its own process, on an embedded store that is gone afterwards.

    ``settings`` are variables of its environment; it has no other setting.
    """
    with tempfile.TemporaryDirectory(prefix="palaver-gate-") as folder:
        data = str(data_dir or Path(folder) / "data")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
        environment |= settings or {}
        palaver = [sys.executable, "-W", "ignore", "-m", "palaver"]

        def printed(*arguments: str) -> str:
            command = [*palaver, *arguments, "--data-dir", data]
            done = subprocess.run(
                command, check=True, capture_output=True, text=True, env=environment
            )
            return done.stdout.strip()

        def token(user: str, *options: str) -> str:
            return printed("token", "--user", user, *options)

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
            tokens = token(OWNER), token(OTHER), token(ADMIN, "--admin")
            yield Target(url, document, *tokens, printed("credential"))
        finally:
            server.terminate()
            server.communicate(timeout=30)
