"""What a server says when it starts: where it is, and what to paste to talk to it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

from palaver.settings import InvalidSetting, Settings

URL = "http://127.0.0.1:8000"
"""Where a server is that was told nothing else."""


def url_of(host: str, port: int) -> str:
    """Where a client on this machine finds the server."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - to replace it
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def link_at(url: str, key: str) -> str:
    """Where the key of a one-time link signs in. What follows the # is sent to nobody."""
    return f"{url}/console/sign-in#key={key}"


def server_at(url: str) -> str:
    """What an operator says of where a server is, as the beginning of its links.

    Raises ``InvalidSetting`` for what is no HTTP address, or has more than a path.
    """
    if not _is_server(url):
        raise InvalidSetting(f"--url must be the address of a server, such as {URL}.")
    return url.rstrip("/")


def _is_server(url: str) -> bool:
    # What a URL may have beside these would end it before the path that signs in.
    if not re.fullmatch(r"https?://(\[[0-9a-f:.]+\]|[\w.-]+)(:\d+)?(/[^\s\\?#]*)?", url, re.I):
        return False
    try:
        # It is within the brackets, and within the numbers that ports have.
        return urlsplit(url).port != 0
    except ValueError:
        return False


def greeting(url: str, settings: Settings, link: str | None = None) -> str:
    """How to talk to it, and what to paste: three calls from nothing to a session with history.

    ``link`` is what opens the console, where this server can sign anybody in.
    """
    option = settings.command_options
    where = "PostgreSQL" if not settings.is_embedded else settings.data_dir
    secret = settings.jwt_secret or not settings.jwt_jwks
    token = f"$({command()} token --user me{option})" if secret else "'…'"
    own_rules = settings.jwt_secret or settings.jwt_issuer or settings.jwt_audience
    variables = " and with the same PALAVER_ variables" if own_rules else ""
    elsewhere = "" if url == URL else f" --url {url}"
    talk = f"{command()} chat{elsewhere}{option}"
    curl = 'curl -s -H "Authorization: Bearer $TOKEN"'
    session_id = """sed 's/.*"session_id":"\\([^"]*\\)".*/\\1/'"""
    message = """-H 'Content-Type: application/json' -d '{"role":"user","content":"Hello"}'"""
    return "\n".join(
        [
            f"Palaver listens on {url} and keeps its data in {where}. Ctrl-C stops it.",
            *(
                [f"Open the console with this link, which works once and for a day:\n\n{link}\n"]
                if link
                else []
            ),
            *([f"Talk to it from another terminal: {talk}"] if secret else []),
            f"Or paste this into another terminal, in this folder{variables}:"
            if secret
            else "Paste this into another terminal, with a token of your identity provider:",
            "",
            f"  TOKEN={token}",
            f"  SESSION=$({curl} -X POST '{url}/sessions/create?agent_id=agent123' | {session_id})",
            f'  {curl} {message} "{url}/sessions/history/update/$SESSION"',
            f'  {curl} "{url}/sessions/history/$SESSION"',
            "",
        ]
    )


def command() -> str:
    """How the shell of whoever started this program reaches it again."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m palaver"
    found = shutil.which(called.name)
    if found is not None and called.exists() and called.samefile(found):
        return shlex.quote(called.name)
    return shlex.quote(min(os.path.relpath(called), str(called.absolute()), key=len))
