"""The command line: serve, link, token, credential, chat, books, migrate, check."""

from __future__ import annotations

import dataclasses
import shlex
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import click

from palaver.auth.secrets_file import (
    InstanceSecrets,
    UnusableSecrets,
    check_usable,
    exists,
    load_or_create,
)
from palaver.contract.document import ContractError
from palaver.credentials import (
    basic,
    given_token,
    link_secrets,
    new_link,
    new_token,
    shared_credential,
    tokens_for,
)
from palaver.errors import StoreUnavailable
from palaver.exclusive import hold
from palaver.greeting import URL, command, greeting, link_at, server_at, url_of
from palaver.lifetime import Lifetime
from palaver.settings import MIN_SECRET_LENGTH, InvalidSetting, Settings, load_settings

OWNER = "owner"
"""Who is signed in by the link that a server prints when it starts."""

data_dir_option = click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="The data folder; PALAVER_DATA_DIR, else ./palaver-data.",
)


@contextmanager
def _one_sentence() -> Iterator[None]:
    """What an operator can put right is told in one sentence, without a stack trace."""
    try:
        yield
    except StoreUnavailable as error:
        raise click.ClickException(_sentence(_why(error))) from None
    except OSError as error:
        what = error.filename or "A file"
        raise click.ClickException(_sentence(f"{what} cannot be used: {error.strerror}")) from None
    except (InvalidSetting, UnusableSecrets, ContractError, ValueError) as error:
        raise click.ClickException(_sentence(str(error))) from None


def _sentence(text: str) -> str:
    return " ".join(text.split()).rstrip(".") + "."


def _why(error: StoreUnavailable) -> str:
    """The sentence of the store, and what it keeps from clients: what the database said."""
    if error.__cause__ is None:
        return str(error)
    said = str(getattr(error.__cause__, "orig", error.__cause__)).strip()
    reason = said.splitlines()[0] if said else type(error.__cause__).__name__
    return f"The database of PALAVER_DATABASE_URL or PALAVER_DATA_DIR cannot be used: {reason}"


def _settings(data_dir: Path | None) -> Settings:
    settings = load_settings()
    return dataclasses.replace(settings, data_dir=data_dir) if data_dir else settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="palaver", prog_name="palaver")
def main() -> None:
    """A conversation-sessions server whose documentation cannot lie."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="0 picks a free one.",
)
@data_dir_option
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes; more than one needs PostgreSQL.",
)
@click.option("--access-log", is_flag=True, help="Log each request.")
def serve(host: str, port: int, data_dir: Path | None, workers: int, access_log: bool) -> None:
    """Start the server."""
    # Imported here, so that the other commands start fast.
    from palaver import app, server

    with _one_sentence():
        settings = _settings(data_dir)
        if workers > 1 and settings.is_embedded:
            raise InvalidSetting("--workers needs PostgreSQL: set PALAVER_DATABASE_URL.")
        server.configure_logging(access=access_log)
        # Composed even where only the workers serve: what is wrong shows here, in one sentence.
        if settings.is_embedded:
            settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Held until this process ends.
        _lock = hold(settings)
        application = app.compose(settings, command=command())
        sock = _listen(host, port)
        url = url_of(host, sock.getsockname()[1])
        key = new_link(settings, load_or_create(settings.data_dir), OWNER, admin=True)
        words = greeting(url, settings, link_at(url, key) if key else None)

        def announce() -> None:
            # Nobody may be there to read it.
            with suppress(OSError):
                click.echo(words)

        if workers == 1:
            server.run(application, settings, sock, announce=announce)
        else:
            server.run_workers(
                settings,
                sock,
                workers=workers,
                command=command(),
                access=access_log,
                announce=announce,
            )


def _listen(host: str, port: int) -> socket.socket:
    from palaver import server

    if not host:
        # The system would take it for every address of the machine.
        raise InvalidSetting("--host must not be empty.")
    try:
        return server.listen(host, port)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "the name is malformed"
        raise InvalidSetting(
            f"Palaver cannot listen on --host {host} --port {port}: {reason}."
        ) from None


@main.command()
@click.option("--user", default=OWNER, show_default=True, metavar="NAME", help="Who signs in.")
@click.option("--admin", is_flag=True, help="Let the user see and change everything.")
@click.option("--url", default=URL, show_default=True, help="The server.")
@data_dir_option
def link(user: str, admin: bool, url: str, data_dir: Path | None) -> None:
    """Print a link that signs a user in to the console, once and within a day.

    The owner, whom the link of a server's start names, is an administrator.
    """
    with _one_sentence():
        settings = _settings(data_dir)
        secrets = link_secrets(settings)
        key = new_link(settings, secrets, user, admin=admin or user == OWNER)
        if key is None:
            raise InvalidSetting(
                "The console signs nobody in where tokens come from PALAVER_JWT_JWKS; "
                "set PALAVER_JWT_SECRET beside it."
            )
        click.echo(link_at(server_at(url), key))


@main.command()
@click.option("--user", required=True, metavar="NAME", help="The user that the token names.")
@click.option("--admin", is_flag=True, help="Let the user see and change everything.")
@click.option("--ttl", type=Lifetime(), default="8h", show_default=True, help="30m, 8h, 7d …")
@data_dir_option
def token(user: str, admin: bool, ttl: timedelta, data_dir: Path | None) -> None:
    """Print a token for a user."""
    with _one_sentence():
        settings = _settings(data_dir)
        is_new = not settings.jwt_secret and not exists(settings.data_dir)
        made = new_token(settings, load_or_create(settings.data_dir), user, admin=admin, ttl=ttl)
        if is_new:
            folder = settings.data_dir
            click.echo(f"Made new secrets in {folder}; a server must use that folder.", err=True)
        click.echo(made)


@main.command()
@click.option("--session", metavar="ID", help="The session to go on with; a new one without it.")
@click.option("--url", default=URL, show_default=True, help="The server.")
@click.option("--token", help="A token; made here, from the data folder's secret, without it.")
@click.option("--user", metavar="NAME", help="Whom the token made here names; me without it.")
@data_dir_option
@click.argument("message", required=False)
def chat(
    session: str | None,
    url: str,
    token: str | None,
    user: str | None,
    data_dir: Path | None,
    message: str | None,
) -> None:
    """Talk in this terminal: send MESSAGE, or each line that is typed or piped in.

    Ctrl-C cuts an answer short; what was said of it stays in the session.
    """
    from palaver import terminal

    if token is not None and (user is not None or data_dir is not None):
        raise click.UsageError("--token says who you are; leave out --user and --data-dir.")

    def talk() -> int:
        given = None if token is None else given_token(token)
        return terminal.chat(
            url=url,
            token=(lambda: given) if given else tokens_for(_settings(data_dir), user or "me"),
            session_id=session,
            message=message,
            come_back=_come_back(url, token, user, data_dir),
        )

    _leave_after(talk)


def _leave_after(work: Callable[[], int]) -> NoReturn:
    """Exit with what comes of a client's work; what it cannot do is told in one sentence."""
    from palaver.remote import Unusable

    with _one_sentence():
        try:
            code = work()
        except Unusable as error:
            raise click.ClickException(str(error)) from None
    sys.exit(code)


@main.group()
def books() -> None:
    """Add books to the library of a server, and list it."""


def _book_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a command about books: the server, and who asks."""
    for option in (
        data_dir_option,
        click.option("--token", help="An administrator's token, not the shared credential."),
        click.option("--username", metavar="NAME", help="PALAVER_BASIC_USERNAME without it."),
        click.option("--url", default=URL, show_default=True, help="The server."),
    ):
        command = option(command)
    return command


def _regular(path: Path) -> Path:
    """Pipes and devices have no length, and may have no end."""
    if not path.is_file():
        raise click.BadParameter(f"File '{path}' is not a regular file.")
    return path


@books.command()
@click.option("--title", help="The title of the book; the name of its file without it.")
@_book_options
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    callback=lambda _, __, files: [_regular(each) for each in files],
)
def add(
    files: list[Path],
    title: str | None,
    url: str,
    username: str | None,
    token: str | None,
    data_dir: Path | None,
) -> None:
    """Upload each FILE, print the book's id, and wait until all are READY.

    A book that is there already counts as added. Ctrl-C leaves what was uploaded.
    """
    from palaver import bookshelf

    if title is not None and len(files) > 1:
        raise click.UsageError("--title is for one FILE.")
    _leave_after(
        lambda: bookshelf.add(
            files, title=title, url=url, authorization=_authorization(data_dir, username, token)
        )
    )


@books.command("list")
@_book_options
def list_books(url: str, username: str | None, token: str | None, data_dir: Path | None) -> None:
    """List the books: id, status, how far it is or how long, title."""
    from palaver import bookshelf

    _leave_after(
        lambda: bookshelf.show(url=url, authorization=_authorization(data_dir, username, token))
    )


@main.command()
@data_dir_option
def credential(data_dir: Path | None) -> None:
    """Print the credential that all users of /api/v1/ share, as NAME:PASSWORD."""
    with _one_sentence():
        click.echo(shared_credential(_settings(data_dir)))


def _authorization(data_dir: Path | None, username: str | None, token: str | None) -> str:
    """What to authorise requests about books with. Raises ``InvalidSetting``."""
    if token is None:
        return basic(shared_credential(_settings(data_dir), username))
    if username is not None or data_dir is not None:
        raise click.UsageError("--token says who you are; leave out --username and --data-dir.")
    return f"Bearer {given_token(token)}"


def _come_back(
    url: str, token: str | None, user: str | None, data_dir: Path | None
) -> Callable[[str], str]:
    options = {
        "--url": url if url != URL else None,
        "--user": user,
        "--data-dir": None if data_dir is None else str(data_dir),
    }
    given = [f"{name} {shlex.quote(each)}" for name, each in options.items() if each is not None]
    if token is not None:
        given.append("--token '…'")
    start = " ".join([command(), "chat", *given])
    return lambda session_id: f"{start} --session {shlex.quote(session_id)}"


@main.command()
@data_dir_option
def migrate(data_dir: Path | None) -> None:
    """Bring the database to the newest schema."""
    from palaver.app import open_settings_store

    with _one_sentence():
        store = open_settings_store(_settings(data_dir))
        try:
            store.migrate()
        finally:
            store.close()
    click.echo("The database is up to date.")


@main.command()
@data_dir_option
def check(data_dir: Path | None) -> None:
    """Check the configuration and the contract without serving."""
    from palaver import app
    from palaver.contract.runtime import handlers_by_tag
    from palaver.retrieval.embeddings import embeddings_of

    with _one_sentence():
        settings = _settings(data_dir)
        document = app.load_contract()
        handlers_by_tag(document, "palaver.handlers")
        click.echo(f"The contract has {len(document.operations)} operations, all of them served.")
        # Checking makes nothing, not even what the first start makes.
        secrets = InstanceSecrets("?" * MIN_SECRET_LENGTH, "?")
        check_usable(settings.data_dir)
        if exists(settings.data_dir):
            secrets = load_or_create(settings.data_dir)
        app.token_verifier(settings, secrets)
        embeddings_of(settings)
        if not settings.database_url and not settings.embedded_file.exists():
            click.echo("The settings are valid; the first start makes the database.")
            return
        store = app.open_settings_store(settings, read_only=True)
        try:
            app.require_ready(store)
        finally:
            store.close()
        click.echo("The settings are valid and the database is ready.")
