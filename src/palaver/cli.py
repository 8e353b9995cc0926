"""The command line: serve, token, chat, migrate, check."""

from __future__ import annotations

import dataclasses
import functools
import os
import re
import shlex
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import click

from palaver.auth.secrets_file import (
    InstanceSecrets,
    UnusableSecrets,
    check_usable,
    exists,
    load_or_create,
)
from palaver.contract.document import ContractError
from palaver.errors import StoreUnavailable
from palaver.settings import MIN_SECRET_LENGTH, InvalidSetting, Settings, load_settings

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
MAX_LIFETIME = timedelta(days=3660)
_TALK_TOKEN = timedelta(minutes=10)
_URL = "http://127.0.0.1:8000"

data_dir_option = click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="The data folder; PALAVER_DATA_DIR, else ./palaver-data.",
)


class Lifetime(click.ParamType[timedelta]):
    """A duration such as ``90s``, ``30m``, ``8h`` or ``7d``."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        match = re.fullmatch(r"([1-9][0-9]{0,7})([smhd])", str(value))
        if match is None:
            self.fail(f"{value!r} is not a duration such as 30m, 8h or 7d", param, ctx)
        lifetime = timedelta(**{_UNITS[match[2]]: int(match[1])})
        if lifetime > MAX_LIFETIME:
            self.fail(f"{value!r} is longer than ten years", param, ctx)
        return lifetime


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
        application = app.compose(settings)
        sock = _listen(host, port)
        greeting = _greeting(_url(host, sock.getsockname()[1]), settings)

        def announce() -> None:
            # Nobody may be there to read it.
            with suppress(OSError):
                click.echo(greeting)

        if workers == 1:
            server.run(application, sock, announce=announce)
        else:
            server.run_workers(
                settings,
                sock,
                workers=workers,
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


def _url(host: str, port: int) -> str:
    """Where a client on this machine finds the server."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - to replace it
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _greeting(url: str, settings: Settings) -> str:
    """How to talk to it, and what to paste: three calls from nothing to a session with history."""
    option = ""
    if settings.data_dir != Settings().data_dir:
        option = f" --data-dir {shlex.quote(str(settings.data_dir))}"
    where = "PostgreSQL" if not settings.is_embedded else settings.data_dir
    secret = settings.jwt_secret or not settings.jwt_jwks
    token = f"$({_command()} token --user me{option})" if secret else "'…'"
    own_rules = settings.jwt_secret or settings.jwt_issuer or settings.jwt_audience
    variables = " and with the same PALAVER_ variables" if own_rules else ""
    elsewhere = "" if url == _URL else f" --url {url}"
    talk = f"{_command()} chat{elsewhere}{option}"
    curl = 'curl -s -H "Authorization: Bearer $TOKEN"'
    session_id = """sed 's/.*"session_id":"\\([^"]*\\)".*/\\1/'"""
    message = """-H 'Content-Type: application/json' -d '{"role":"user","content":"Hello"}'"""
    return "\n".join(
        [
            f"Palaver listens on {url} and keeps its data in {where}. Ctrl-C stops it.",
            *([f"Talk to it from another terminal: {talk}"] if secret else []),
            f"Or paste this into another terminal, in this folder{variables}:"
            if secret
            else "Paste this into another terminal, with a token of your identity provider:",
            "",
            f"  TOKEN={token}",
            f"  SESSION=$({curl} -X POST '{url}/sessions/create?agent_id=agent123' | {session_id})",
            f'  {curl} {message} "{url}/sessions/history/update/$SESSION"',
            f'  {curl} "{url}/sessions/history/$SESSION"',
            "",
        ]
    )


def _command() -> str:
    """How the shell of whoever started this program reaches it again."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m palaver"
    found = shutil.which(called.name)
    if found is not None and called.exists() and called.samefile(found):
        return shlex.quote(called.name)
    return shlex.quote(min(os.path.relpath(called), str(called.absolute()), key=len))


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
        made = _token(settings, load_or_create(settings.data_dir), user, admin=admin, ttl=ttl)
        if is_new:
            folder = settings.data_dir
            click.echo(f"Made new secrets in {folder}; a server must use that folder.", err=True)
        click.echo(made)


def _token(
    settings: Settings, secrets: InstanceSecrets, user: str, *, admin: bool, ttl: timedelta
) -> str:
    """A token for a user. Raises ``InvalidSetting``."""
    from palaver.auth.tokens import issue_token, token_rules

    rules = token_rules(settings, secrets)
    if rules.secret is None:
        raise InvalidSetting(
            "Tokens come from the identity provider of PALAVER_JWT_JWKS; "
            "set PALAVER_JWT_SECRET to make some here too."
        )
    try:
        return issue_token(rules, subject=user, admin=admin, lifetime=ttl)
    except ValueError as error:
        raise InvalidSetting(f"--user: {error}") from None


@main.command()
@click.option("--session", metavar="ID", help="The session to go on with; a new one without it.")
@click.option("--url", default=_URL, show_default=True, help="The server.")
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
    with _one_sentence():
        if token is not None and not re.fullmatch("[!-~]+", token):
            raise InvalidSetting("--token has characters that no token has.")
        try:
            code = terminal.chat(
                url=url,
                token=_tokens(data_dir, user or "me") if token is None else lambda: token,
                session_id=session,
                message=message,
                come_back=_come_back(url, token, user, data_dir),
            )
        except terminal.Unusable as error:
            raise click.ClickException(str(error)) from None
    sys.exit(code)


def _tokens(data_dir: Path | None, user: str) -> Callable[[], str]:
    """Tokens as they are needed, so that none runs out however long the talk is."""
    settings = _settings(data_dir)
    secrets = InstanceSecrets("", "")
    if not settings.jwt_secret and not settings.jwt_jwks:
        if not exists(settings.data_dir):
            # Those that would be made here are none that a server knows.
            raise InvalidSetting(
                f"There are no secrets in {settings.data_dir} to make a token from: name the "
                "server's folder with --data-dir, or give a --token."
            )
        secrets = load_or_create(settings.data_dir)
    make = functools.partial(_token, settings, secrets, user, admin=False, ttl=_TALK_TOKEN)
    make()
    return make


def _come_back(
    url: str, token: str | None, user: str | None, data_dir: Path | None
) -> Callable[[str], str]:
    options = {
        "--url": url if url != _URL else None,
        "--user": user,
        "--data-dir": None if data_dir is None else str(data_dir),
    }
    given = [f"{name} {shlex.quote(each)}" for name, each in options.items() if each is not None]
    if token is not None:
        given.append("--token '…'")
    start = " ".join([_command(), "chat", *given])
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
        if not settings.database_url and not settings.embedded_file.exists():
            click.echo("The settings are valid; the first start makes the database.")
            return
        store = app.open_settings_store(settings, read_only=True)
        try:
            app.require_ready(store)
        finally:
            store.close()
        click.echo("The settings are valid and the database is ready.")
