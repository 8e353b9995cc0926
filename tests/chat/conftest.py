"""A model provider's server for tests of turns."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chat.protocol_server import ProtocolServer, running_server


@pytest.fixture(scope="session")
def _shared_model_server() -> Iterator[ProtocolServer]:
    with running_server() as server:
        yield server


@pytest.fixture
def model_server(_shared_model_server: ProtocolServer) -> ProtocolServer:
    """An OpenAI-compatible server that follows scripts, with its counts at zero."""
    _shared_model_server.reset()
    return _shared_model_server
