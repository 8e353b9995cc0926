"""The command line: serve, token, migrate, check."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import click

from palaver.auth.secrets_file import UnusableSecrets, load_or_create
from palaver.contract.document import ContractError
from palaver.errors import StoreUnavailable
from palaver.settings import InvalidSetting, Settings, load_settings

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
MAX_LIFETIME = timedelta(days=3660)

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
    except (InvalidSetting, UnusableSecrets, ContractError, StoreUnavailable, ValueError) as error:
        raise click.ClickException(str(error)) from None


def _settings(data_dir: Path | None) -> Settings:
    settings = load_settings()
    return dataclasses.replace(settings, data_dir=data_dir) if data_dir else settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="palaver")
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
        try:
            sock = server.listen(host, port)
        except OSError as error:
            reason = error.strerror or str(error)
            raise ValueError(f"Palaver cannot listen on {host}:{port}: {reason}.") from None
        url = f"http://{f'[{host}]' if ':' in host else host}:{sock.getsockname()[1]}"
        if workers > 1:
            os.environ["PALAVER_DATA_DIR"] = str(settings.data_dir)
        server.run(
            application if workers == 1 else "palaver.app:create_app",
            sock,
            workers=workers,
            announce=lambda: click.echo(_greeting(url, data_dir, settings)),
        )


def _greeting(url: str, data_dir: Path | None, settings: Settings) -> str:
    """What to paste next: three calls from nothing to a session with history."""
    command = "palaver"
    if shutil.which(command) is None:
        command = os.path.relpath(sys.argv[0])
    option = f" --data-dir {data_dir}" if data_dir else ""
    where = "PostgreSQL" if not settings.is_embedded else settings.data_dir
    curl = 'curl -s -H "Authorization: Bearer $TOKEN"'
    session_id = """sed 's/.*"session_id":"\\([^"]*\\)".*/\\1/'"""
    message = """-H 'Content-Type: application/json' -d '{"role":"user","content":"Hello"}'"""
    return "\n".join(
        [
            f"Palaver listens on {url} and keeps its data in {where}. Ctrl-C stops it.",
            "Paste this into another terminal, in this folder:",
            "",
            f"  TOKEN=$({command} token --user me{option})",
            f"  SESSION=$({curl} -X POST '{url}/sessions/create?agent_id=agent123' | {session_id})",
            f'  {curl} {message} "{url}/sessions/history/update/$SESSION"',
            f'  {curl} "{url}/sessions/history/$SESSION"',
            "",
        ]
    )


@main.command()
@click.option("--user", required=True, metavar="NAME", help="The user that the token names.")
@click.option("--admin", is_flag=True, help="Let the user see and change everything.")
@click.option("--ttl", type=Lifetime(), default="8h", show_default=True, help="30m, 8h, 7d …")
@data_dir_option
def token(user: str, admin: bool, ttl: timedelta, data_dir: Path | None) -> None:
    """Print a token for a user."""
    from palaver.app import token_rules
    from palaver.auth.bearer import issue_token

    with _one_sentence():
        settings = _settings(data_dir)
        rules = token_rules(settings, load_or_create(settings.data_dir))
        if rules.secret is None:
            raise InvalidSetting(
                "Tokens come from the identity provider of PALAVER_JWT_JWKS; "
                "set PALAVER_JWT_SECRET to make some here too."
            )
        click.echo(issue_token(rules, subject=user, admin=admin, lifetime=ttl))


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
        store = app.open_settings_store(settings)
        try:
            store.check()
        finally:
            store.close()
        click.echo("The settings are valid and the database is ready.")
