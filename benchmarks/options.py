"""How long and how often to measure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """What the command line sets for every benchmark."""

    rounds: int
    """Rounds in process."""
    requests: int
    """The most requests that a subject gets in a round in process."""
    http_rounds: int
    """Rounds over HTTP; 0 leaves HTTP out."""
    seconds: float
    """The length of one load over HTTP."""
    large: int
    """The size of what is large: messages of a session, sessions of a user."""
