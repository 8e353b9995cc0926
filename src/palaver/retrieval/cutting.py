"""Pages cut into passages and these into tokens, in a process of its own.

Both take as long as reading the book does, and in the server's process everything else would wait
for them: there, Python runs one thread at a time. The process runs our own code on text that was
bounded before, so it needs no confinement, unlike the one that reads the file.

``python -m palaver.retrieval.cutting``: a line of pages in, a line of passages out.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Final

import msgspec

from palaver.retrieval.extract import Stopped

_PIECE: Final = 1 << 18
_LOOK_SECONDS: Final = 0.2


class Text(msgspec.Struct, frozen=True, array_like=True):
    """Text of a page, and whether its tokens are wanted."""

    page: int
    text: str
    is_wanted: bool


class Cut(msgspec.Struct, frozen=True, array_like=True):
    """A passage of a page, and its tokens with blanks in between, if they were wanted."""

    page: int
    text: str
    tokens: str


_TEXTS: Final = msgspec.json.Decoder(list[Text])
_CUTS: Final = msgspec.json.Decoder(list[Cut])


class Cutter:
    """A process that cuts. As a context manager it ends with the block, whatever it is doing.

    Each ``send`` is followed by a ``receive`` before the next; in between the caller can do
    something else.
    """

    def __init__(self, stop: Callable[[], bool]) -> None:
        self._stop: Final = stop

    def __enter__(self) -> Cutter:
        """Raises ``OSError`` if no process can be started."""
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-B", "-m", "palaver.retrieval.cutting"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={},
            cwd=Path(os.sep),
            start_new_session=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        self._process.wait()

    def send(self, texts: Sequence[Text]) -> None:
        """Have these cut. Raises ``OSError`` if the process is gone."""
        assert self._process.stdin is not None
        _write(self._process.stdin, msgspec.json.encode(texts))

    def receive(self) -> list[Cut]:
        """What was sent, cut. Raises ``Stopped``, and ``OSError`` if the process is gone."""
        assert self._process.stdout is not None
        fd = self._process.stdout.fileno()
        poller = select.poll()
        poller.register(fd, select.POLLIN)
        line = bytearray()
        while not line.endswith(b"\n"):
            if self._stop():
                raise Stopped
            if not poller.poll(_LOOK_SECONDS * 1000):
                continue
            piece = os.read(fd, _PIECE)
            if not piece:
                raise OSError("the process that cuts pages has ended")
            line += piece
        return _CUTS.decode(line)


def main() -> None:
    """Cut until there is no more: when the server has ended, too."""
    from palaver.retrieval.passages import pieces
    from palaver.retrieval.tokens import tokens_of

    # A manager that signals all processes of a service leaves it to the server when this one ends.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # The server comes first when processors are short.
    os.nice(5)
    with open(0, "rb") as texts, open(1, "wb", buffering=0) as cuts, contextlib.suppress(OSError):
        for line in texts:
            made = [
                Cut(each.page, text, " ".join(tokens_of(text)) if each.is_wanted else "")
                for each in _TEXTS.decode(line)
                for text in pieces(each.text)
            ]
            _write(cuts, msgspec.json.encode(made))


def _write(pipe: IO[bytes], message: bytes) -> None:
    line = memoryview(message + b"\n")
    while line:
        line = line[pipe.write(line) :]


if __name__ == "__main__":
    main()
