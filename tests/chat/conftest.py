"""A model provider's server for tests of turns, and servers of Palaver that ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from tests.chat.protocol_server import ProtocolServer, running_server
from tests.chat.turn_client import Talker
from tests.conftest import NewStore
from tests.server.conftest import SECRET, Serve, Server, serve, serving, wait_until

__all__ = ["serve", "wait_until"]

Start = Callable[..., Server]


@pytest.fixture(scope="session")
def _shared_model_server() -> Iterator[ProtocolServer]:
    with running_server() as server:
        yield server


@pytest.fixture
def model_server(_shared_model_server: ProtocolServer) -> ProtocolServer:
    """An OpenAI-compatible server that follows scripts, with its counts at zero."""
    _shared_model_server.reset()
    return _shared_model_server


def model_settings(model_server: ProtocolServer) -> dict[str, Any]:
    """The settings by which a server asks this model."""
    return {
        "jwt_secret": SECRET,
        "llm_base_url": model_server.base_url,
        "llm_model": "answer",
        "llm_api_key": "secret-of-the-operator",
    }


@pytest.fixture(scope="session")
def turn_server(
    _shared_model_server: ProtocolServer,
    new_store: NewStore,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """One server of Palaver for all tests that leave it as it was."""
    with new_store() as url, serving(tmp_path_factory.mktemp("turns")) as start:
        yield start(database_url=url, **model_settings(_shared_model_server))


@pytest.fixture
def talker(turn_server: Server, model_server: ProtocolServer) -> Talker:
    """A user of that server whom no other test has."""
    return Talker(turn_server)


@pytest.fixture(scope="session")
def narrow_server(
    _shared_model_server: ProtocolServer,
    new_store: NewStore,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """One that waits for its model for a second, and tells it a thousand tokens at most."""
    with new_store() as url, serving(tmp_path_factory.mktemp("narrow")) as start:
        settings = model_settings(_shared_model_server)
        limits = {"llm_timeout": "1", "llm_context_tokens": "1000"}
        yield start(database_url=url, **settings, **limits)


@pytest.fixture
def start(serve: Serve, store_url: str, model_server: ProtocolServer) -> Start:
    """Start servers on one database of the test; settings by name."""
    return partial(serve, database_url=store_url, **model_settings(model_server))


_IMPATIENT = """
import datetime
from palaver.chat import turns
turns.LEASE = datetime.timedelta(seconds=2.5)
turns.LEASE_ROUND_SECONDS = 0.3
from palaver.cli import main
main()
"""


@pytest.fixture
def start_impatient(start: Start) -> Start:
    """The same with leases that lapse soon, for what happens when a server dies."""
    return partial(start, command=("-c", _IMPATIENT))
