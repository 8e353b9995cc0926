"""``palaver credential``: what it prints, and that the server takes it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.conftest import Palaver, Serve


def test_the_credential_of_a_server_is_printed_alone_and_taken(
    palaver: Palaver, serve: Serve, own_database: dict[str, str]
) -> None:
    server = serve("--data-dir", "data", **own_database)
    ended = palaver("credential", "--data-dir", "data")
    assert (ended.returncode, ended.stderr) == (0, "")
    credential = ended.stdout.removesuffix("\n")
    name, _, password = credential.partition(":")
    assert name == "palaver"
    assert len(password) >= 20
    headers = {"Authorization": "Basic " + base64.b64encode(credential.encode()).decode()}
    assert server.client().call("GET", "/api/v1/books", headers=headers).status == 200


def test_a_credential_of_the_settings_is_printed_as_it_is(invoke: Palaver) -> None:
    ended = invoke("credential", basic_username="shared", basic_password="pässword: 1")
    assert (ended.returncode, ended.stdout) == (0, "shared:pässword: 1\n")


def test_where_no_server_has_been_there_is_none(invoke: Palaver, tmp_path: Path) -> None:
    ended = invoke("credential", "--data-dir", "nowhere")
    assert ended.returncode != 0
    assert ended.stdout == ""
    assert "There are no secrets in nowhere" in ended.stderr
    assert not (tmp_path / "nowhere").exists()
