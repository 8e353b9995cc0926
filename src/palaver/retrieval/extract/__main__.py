"""The child process: confine it, read the book on standard input, say its pages.

``python -m palaver.retrieval.extract LIFELINE ARGUMENTS``, where the arguments are one JSON object.
"""

from __future__ import annotations

import os
import sys

import msgspec

from palaver.confinement import confine, die_with
from palaver.retrieval.extract.messages import Limits


class Arguments(msgspec.Struct, frozen=True):
    """What the server says to the child."""

    suffix: str
    limits: Limits


def main() -> None:
    """Read one book."""
    die_with(int(sys.argv[1]))
    arguments = msgspec.json.decode(sys.argv[2], type=Arguments)
    # Libraries that print must not print between the messages.
    out = os.dup(1)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    os.close(silence)
    limits = arguments.limits
    confine(memory_bytes=limits.memory_bytes, cpu_seconds=limits.cpu_seconds)

    # Libraries are loaded within the bounds, too.
    from palaver.retrieval.extract.reading import tell

    with os.fdopen(out, "wb", buffering=0) as messages, os.fdopen(0, "rb") as file:
        tell(messages, file, arguments.suffix, limits)
        # Whatever was read is said. Tidying up after a hostile file could still go wrong.
        os._exit(0)


if __name__ == "__main__":
    main()
