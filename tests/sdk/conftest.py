"""A live server for the SDKs, with the proxy that makes faults in front of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import NewStore
from tests.sdk.proxy import Proxy, proxying
from tests.server.conftest import SECRET, Server, serving

PASSWORD = "the shared wörd: of the tests"
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Live:
    """A server and the proxy in front of it."""

    server: Server
    proxy: Proxy

    @property
    def url(self) -> str:
        """Where clients find it."""
        return self.proxy.url

    def password(self, kind: str) -> str | None:
        """A password by its name in ``cases.yaml``."""
        return {"none": None, "wrong": "guessed", "right": PASSWORD}[kind]

    def token(self, kind: str) -> str | None:
        """A token by its name in ``cases.yaml``."""
        match kind:
            case "none":
                return None
            case "wrong":
                return "nobody"
            case "admin":
                return self.server.token("root", admin=True)
        return self.server.token({"user": "ann", "other": "bob"}[kind])


@pytest.fixture(scope="session")
def live(new_store: NewStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One server for all the tests of the SDKs; its sessions are only ever added to.

    The library is everybody's, so the database is its own.
    """
    with new_store() as url, serving(tmp_path_factory.mktemp("sdk")) as start:
        settings = {"jwt_secret": SECRET, "basic_password": PASSWORD}
        server = start("--access-log", database_url=url, **settings)
        with proxying(server.port) as proxy:
            yield Live(server, proxy)
