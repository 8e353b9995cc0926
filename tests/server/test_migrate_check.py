"""``palaver migrate``, ``palaver check`` and the help."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest

from palaver.cli import main

if TYPE_CHECKING:
    from tests.server.conftest import Palaver

READY = [
    "The contract has N operations, all of them served.",
    "The settings are valid and the database is ready.",
]
NOT_YET = [READY[0], "The settings are valid; the first start makes the database."]


def lines(ended: subprocess.CompletedProcess[str]) -> list[str]:
    """What a command that succeeded said."""
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    return [re.sub(r"\d+", "N", line) for line in ended.stdout.splitlines()]


def test_migrate_twice(invoke: Palaver, empty_url: str) -> None:
    for _ in range(2):
        ended = invoke("migrate", database_url=empty_url)
        assert lines(ended) == ["The database is up to date."]
    assert lines(invoke("check", database_url=empty_url)) == READY


def test_migrate_at_once(tmp_path: Path, empty_url: str) -> None:
    environment = {"PALAVER_DATABASE_URL": empty_url}
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "palaver", "migrate"],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(3)
    ]
    said = [process.communicate(timeout=60)[0] for process in running]
    assert said == ["The database is up to date.\n"] * 3
    assert [process.returncode for process in running] == [0, 0, 0]


def test_migrate_makes_the_data_folder(invoke: Palaver, tmp_path: Path) -> None:
    assert lines(invoke("migrate", "--data-dir", "deep/data")) == ["The database is up to date."]
    assert stat.S_IMODE((tmp_path / "deep" / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "deep" / "data" / "palaver.db").stat().st_mode) == 0o600


def test_migrate_keeps_the_data(invoke: Palaver, store_url: str, store: Any, query: Any) -> None:
    store.sessions.create(
        owner="ann", kind="standalone", title="kept", agents=["a"], max_context_results=1
    )
    assert invoke("migrate", database_url=store_url).returncode == 0
    assert query("SELECT title FROM sessions") == [("kept",)]


@pytest.mark.parametrize("command", ["migrate", "check", "serve"])
def test_database_of_a_newer_version(
    palaver: Palaver, store_url: str, query: Any, command: str
) -> None:
    query("UPDATE alembic_version SET version_num = '9999'")
    ended = palaver(command, database_url=store_url)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: ")
    assert ended.stderr.count("\n") == 1
    assert query("SELECT version_num FROM alembic_version") == [("9999",)]


def test_check_makes_nothing(invoke: Palaver, tmp_path: Path) -> None:
    assert lines(invoke("check")) == NOT_YET
    assert lines(invoke("check", "--data-dir", "elsewhere")) == NOT_YET
    assert list(tmp_path.glob("*/*")) == []
    assert invoke("migrate").returncode == 0
    assert lines(invoke("check")) == READY


def test_check_leaves_an_old_schema_as_it_is(invoke: Palaver, store_url: str, query: Any) -> None:
    query("DELETE FROM alembic_version")
    ended = invoke("check", database_url=store_url)
    assert ended.returncode == 1
    assert "palaver migrate" in ended.stderr
    assert query("SELECT version_num FROM alembic_version") == []


def test_check_says_what_is_wrong(invoke: Palaver, tmp_path: Path) -> None:
    assert invoke("migrate").returncode == 0
    (tmp_path / "palaver-data" / "palaver.db").write_bytes(b"x" * 5000)
    ended = invoke("check")
    assert ended.returncode == 1
    assert ended.stdout.splitlines()[0].startswith("The contract has ")
    assert "ready" not in ended.stdout
    assert "not a database" in ended.stderr


def test_help_lists_the_commands(palaver: Palaver) -> None:
    ended = palaver("--help")
    assert ended.returncode == 0
    section = ended.stdout.split("Commands:")[1]
    assert [line.split()[0] for line in section.splitlines() if line.strip()] == sorted(
        main.commands
    )
    assert set(main.commands) == {
        "serve", "link", "token", "credential", "chat", "books", "migrate", "check",
    }  # fmt: skip


def commands(group: click.Group, *above: str) -> Iterator[tuple[str, ...]]:
    """The words of every command."""
    for name, command in sorted(group.commands.items()):
        yield (*above, name)
        if isinstance(command, click.Group):
            yield from commands(command, *above, name)


@pytest.mark.parametrize("names", list(commands(main)), ids=" ".join)
def test_help_of_a_command_lists_its_options(invoke: Palaver, names: tuple[str, ...]) -> None:
    ended = invoke(*names, "--help")
    assert ended.returncode == 0
    name = " ".join(names)
    command: click.Command = main
    for each in names:
        assert isinstance(command, click.Group)
        command = command.commands[each]
    assert command.help is not None
    for paragraph in command.help.strip().split("\n\n"):
        assert paragraph.strip() in ended.stdout
    for option in command.params:
        if isinstance(option, click.Argument):
            continue
        assert isinstance(option, click.Option)
        assert option.opts[0] in ended.stdout
        assert option.help, f"{name} {option.opts[0]} has no help"
    assert invoke(*names, "-h").stdout == ended.stdout


def test_version(invoke: Palaver) -> None:
    assert invoke("--version").stdout.startswith("palaver, version ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["library"],
        ["books"],
        ["books", "add"],
        ["books", "burn"],
        ["serve", "--no-such"],
        ["serve", "--port", "99999"],
        ["serve", "--workers", "0"],
        ["serve", "--workers", "1000"],
        ["migrate", "x"],
    ],
)
def test_wrong_usage(invoke: Palaver, arguments: list[str]) -> None:
    ended = invoke(*arguments)
    assert ended.returncode == 2
    assert arguments[-2 if len(arguments) == 3 else -1] in ended.stderr
    assert "Traceback" not in ended.stderr
