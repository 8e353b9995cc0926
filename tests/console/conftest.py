"""A real server, a real Chromium, and people who are signed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.chat.protocol_server import ProtocolServer, running_server
from tests.conftest import NewStore
from tests.console.chromium import OPTIONS, chromium
from tests.console.visiting import PATIENCE, Console, Visits
from tests.server.conftest import SECRET, serving


# For a module and not for all of them: while it runs, no other test of this process can have an
# event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser."""
    program = chromium()
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(OPTIONS))
        yield started
        started.close()


@pytest.fixture(scope="module")
def _profiles(browser: Browser) -> Visits:
    return Visits(browser)


@pytest.fixture
def visits(_profiles: Visits) -> Iterator[Visits]:
    """Pages of this test. None of them may have failed unseen, or have broken its own policy."""
    yield _profiles
    assert _profiles.end_test() == []


@pytest.fixture(scope="session")
def console(new_store: NewStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A server as it is without any language model. Tests keep to users of their own."""
    with new_store() as url, serving(tmp_path_factory.mktemp("console")) as start:
        yield Console(start(database_url=url, jwt_secret=SECRET))


@pytest.fixture(scope="session")
def model() -> Iterator[ProtocolServer]:
    """A language model that says what it is told to say."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def spoken_console(
    model: ProtocolServer, new_store: NewStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Console]:
    """A server with that language model."""
    settings = {"llm_base_url": model.base_url, "llm_model": "answer", "jwt_secret": SECRET}
    with new_store() as url, serving(tmp_path_factory.mktemp("spoken")) as start:
        yield Console(start(database_url=url, **settings))
