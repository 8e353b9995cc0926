"""A real server for the tests of the gate, in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gate.target import Target, own_server
from palaver.app import load_contract


@pytest.fixture(scope="session")
def target() -> Iterator[Target]:
    """A server on an embedded store; the tests share what they write to it."""
    with own_server(load_contract()) as running:
        yield running
