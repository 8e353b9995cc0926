"""One server on an embedded database: a second one would end the first one's turns as abandoned."""

from __future__ import annotations

import fcntl
import os
from typing import IO
from urllib.parse import unquote

from palaver.settings import InvalidSetting, Settings


def hold(settings: Settings) -> IO[bytes] | None:
    """The lock of the embedded database, held until this file is closed or the process ends.

    None on PostgreSQL, which any number of servers may share. Raises ``InvalidSetting`` where
    another server holds it, and ``OSError``.
    """
    if not settings.is_embedded:
        return None
    path = unquote(settings.effective_database_url.removeprefix("sqlite:///")) + ".lock"
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise InvalidSetting(
            f"Another server works on {path.removesuffix('.lock')}; stop it, or give this one "
            "another --data-dir."
        ) from None
    return file
