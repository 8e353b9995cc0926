"""Somebody at a terminal: a program with a pseudo-terminal of its own, typed to and read from."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

PATIENCE = 30.0
_OWN_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)


class Typist:
    """A Python program that believes to be alone with somebody."""

    CTRL_C = "\x03"
    CTRL_D = "\x04"

    def __init__(self, *arguments: str, cwd: Path, env: Mapping[str, str]) -> None:
        self._end, theirs = pty.openpty()
        self._process = subprocess.Popen(
            # Ctrl-C reaches those whose controlling terminal it is typed at.
            [sys.executable, "-c", _OWN_TERMINAL, *arguments],
            cwd=cwd,
            env={**env, "TERM": "dumb"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.screen = ""
        self._seen = 0

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._end, text.encode())

    def sees(self, text: str) -> str:
        """Wait for a text that comes after the last one that was waited for; all until its end."""
        deadline = time.monotonic() + PATIENCE
        while (at := self.screen.find(text, self._seen)) < 0:
            assert time.monotonic() < deadline, self.screen
            assert self._read(), f"ended without {text!r}: {self.screen}"
        start, self._seen = self._seen, at + len(text)
        return self.screen[start : self._seen]

    def leaves(self) -> int:
        """Wait for the end; the exit code."""
        while self._read():
            pass
        return self._process.wait(PATIENCE)

    def leaves_by(self, key: str) -> int:
        """Press a key until the end comes; the exit code.

        A signal between a prompt and the wait for its answer is seen with the next key only, by
        readline's nature; a person would press again, too.
        """
        deadline = time.monotonic() + PATIENCE
        while self._process.poll() is None:
            assert time.monotonic() < deadline, self.screen
            # The terminal goes with the last of its processes.
            with contextlib.suppress(OSError):
                self.type(key)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
        while self._read():
            pass
        return self._process.returncode

    def __enter__(self) -> Typist:
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._end)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._end], [], [], PATIENCE)
        data = b""
        if ready:
            # The end of the last process at a terminal shows as an error.
            with contextlib.suppress(OSError):
                data = os.read(self._end, 1 << 16)
        self.screen += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)
