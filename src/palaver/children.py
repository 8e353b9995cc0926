"""Child processes of the server: started for one piece of work, and gone when that is over.

What has to be read or written in bounds of memory and time is not done by the server itself: its
memory would grow, and its other threads would wait. ``confinement`` is the child's side.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

_LOOK_SECONDS = 0.1


class Stopped(Exception):
    """Nobody wants what the child makes any more."""


class TookTooLong(Exception):
    """The child did not end in its time."""


@contextlib.contextmanager
def child(
    module: str,
    arguments: Sequence[str] = (),
    *,
    stdin: int | IO[Any] = subprocess.DEVNULL,
    stdout: int | IO[Any] = subprocess.DEVNULL,
    stderr: int | IO[Any] = subprocess.DEVNULL,
    folder: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A child that runs one of our modules; at the end, however that comes about, it is gone.

    Its first argument is the number of the file that ``confinement.die_with`` takes. It leads a
    group of processes, which ends with it. It runs in ``folder``, where its temporary files are.

    Raises ``OSError`` if no process can be started.
    """
    # The child ends when the last writer of this pipe does: this process, and nobody else.
    watched, lifeline = os.pipe()
    try:
        try:
            program = [sys.executable, "-I", "-B", "-m", module, str(watched)]
            process = subprocess.Popen(  # noqa: S603 - our own program, and no shell
                [*program, *arguments],
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                bufsize=0,
                pass_fds=(watched,),
                env={"TMPDIR": str(folder)} if folder else {},
                cwd=folder or Path(os.sep),
                start_new_session=True,
            )
        finally:
            os.close(watched)
        try:
            yield process
        finally:
            # Its group has its number for as long as nobody has waited for it.
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
            if process.stdout:
                process.stdout.close()
            process.wait()
    finally:
        os.close(lifeline)


def wait_for(
    process: subprocess.Popen[bytes], seconds: float, stop: Callable[[], bool] = bool
) -> int:
    """The code with which a child ends; ``stop`` is asked several times a second meanwhile.

    Raises ``Stopped`` soon after ``stop`` says so, and ``TookTooLong``.
    """
    deadline = time.monotonic() + seconds
    while True:
        if stop():
            raise Stopped
        left = deadline - time.monotonic()
        if left <= 0:
            raise TookTooLong
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(min(left, _LOOK_SECONDS))
