"""What a child process takes from itself before it touches what others wrote."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import resource
import signal
import sys

OPEN_FILES = 24
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38


def die_with(lifeline: int) -> None:
    """End this process's group as soon as the other end of a pipe is closed.

    The kernel sends SIGIO, whose default is to end the process, wherever that process may be: a
    thread of its own would not run while a library holds the interpreter. ``PR_SET_PDEATHSIG``
    would be one line, but it fires when the *thread* that started the child ends, and a server's
    threads come and go. The group is this process, which leads it, and whatever it starts.
    """
    # Whoever stops a service may tell all of its processes. The server is told as well and decides;
    # a book must not fail because of it.
    for asked in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(asked, signal.SIG_IGN)
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpgrp())
    flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC | os.O_NONBLOCK)
    # It may have been closed before.
    with contextlib.suppress(BlockingIOError):
        os.read(lifeline, 1)
        os._exit(1)


def confine(
    *, memory_bytes: int, cpu_seconds: int, file_bytes: int = 0, may_start: bool = False
) -> None:
    """Bound memory, time and files of this process, for good.

    ``file_bytes`` is the size of the largest file that it may write, and ``may_start`` whether it
    may start threads and programs, each of which gets the same bounds.

    Raises ``OSError`` or ``ValueError`` where the system refuses a bound; then nothing may be read.
    """
    # The server comes first: when processors and when memory are short.
    os.nice(5)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")
    wanted = {
        resource.RLIMIT_CPU: (cpu_seconds, cpu_seconds + 5),
        resource.RLIMIT_FSIZE: (file_bytes, file_bytes),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_AS: (memory_bytes, memory_bytes),
    }
    if not may_start:
        # It does not bind root, whom nothing of this kind binds.
        wanted[resource.RLIMIT_NPROC] = (0, 0)
        wanted[resource.RLIMIT_NOFILE] = (OPEN_FILES, OPEN_FILES)
    for kind, (soft, hard) in wanted.items():
        if kind == resource.RLIMIT_AS and sys.platform != "linux":
            continue  # macOS refuses it.
        _, most = resource.getrlimit(kind)
        if most != resource.RLIM_INFINITY:
            soft, hard = min(soft, most), min(hard, most)
        resource.setrlimit(kind, (soft, hard))
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None).prctl
        prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
