"""``palaver token``: what it prints, what it refuses, and that the server takes it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jwt
import pytest

if TYPE_CHECKING:
    from tests.server.conftest import Palaver, Serve, Server

SECRET = "s" * 40


def claims(ended: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The claims of the token that was printed, and nothing but the token was."""
    assert ended.returncode == 0, ended.stderr
    # A new instance is worth a word, beside the token.
    assert ended.stderr == "" or ended.stderr.startswith("Made new secrets in ")
    assert ended.stdout.count("\n") == 1
    token = ended.stdout.removesuffix("\n")
    assert token == token.strip()
    return dict(jwt.decode(token, options={"verify_signature": False}))


def refusal(ended: subprocess.CompletedProcess[str]) -> str:
    """The last line of a refusal without a stack trace."""
    assert ended.returncode != 0
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    return ended.stderr.splitlines()[-1]


def test_token_before_the_first_start(
    palaver: Palaver, serve: Serve, own_database: dict[str, str], tmp_path: Path
) -> None:
    ended = palaver("token", "--user", "ann", "--data-dir", "data")
    assert claims(ended)["sub"] == "ann"
    assert ended.stderr == "Made new secrets in data; a server must use that folder.\n"
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secrets.json"]

    server = serve("--data-dir", "data", **own_database)
    client = server.client(token=ended.stdout.strip())
    assert client.call("GET", "/api/sessions").status == 200
    # Another folder has another secret.
    other = palaver("token", "--user", "ann").stdout.strip()
    assert server.client(token=other).call("GET", "/api/sessions").status == 401


def test_admin(invoke: Palaver, shared_server: Server) -> None:
    secret = {"jwt_secret": "a secret of the tests that is long enough"}
    session_id = shared_server.client("owner").create()
    for options, status in (([], 404), (["--admin"], 200)):
        ended = invoke("token", "--user", "boss", *options, **secret)
        assert claims(ended).get("scope") == ("admin" if options else None)
        client = shared_server.client(token=ended.stdout.strip())
        assert client.call("GET", f"/api/sessions/{session_id}").status == status


@pytest.mark.parametrize(
    ("option", "seconds"),
    [
        ([], 8 * 3600),
        (["--ttl", "90s"], 90),
        (["--ttl", "30m"], 1800),
        (["--ttl", "8h"], 8 * 3600),
        (["--ttl", "7d"], 7 * 86400),
        (["--ttl", "3660d"], 3660 * 86400),
    ],
)
def test_lifetime(invoke: Palaver, option: list[str], seconds: int) -> None:
    found = claims(invoke("token", "--user", "ann", *option, jwt_secret=SECRET))
    assert found["exp"] - found["iat"] == seconds


@pytest.mark.parametrize(
    "ttl",
    ["", "8", "h", "0h", "-1h", "1.5h", "8 h", " 8h", "8h\n", "8H", "1w", "1y", "٨h", "3661d",
     "99999999d", "999999999999999999999d", "1h30m", "inf", "None"],
)  # fmt: skip
def test_wrong_lifetime(invoke: Palaver, ttl: str) -> None:
    said = refusal(invoke("token", "--user", "ann", "--ttl", ttl, jwt_secret=SECRET))
    assert "--ttl" in said


@pytest.mark.parametrize("name", ["", " ", "\t", "a\nb", "a\x00b", "\x7f", "x" * 257])
def test_wrong_name(invoke: Palaver, name: str) -> None:
    assert "--user" in refusal(invoke("token", "--user", name, jwt_secret=SECRET))


def test_name_that_is_not_utf8(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable.encode(), b"-m", b"palaver", b"token", b"--user", b"ann\xff"],
        cwd=tmp_path,
        env={"LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert "--user" in refusal(ended)


@pytest.mark.parametrize("name", ["ann", "ann@example.org", "x" * 256, "Zoë 東京 🙂", "a:b/c?d"])
def test_name(invoke: Palaver, shared_server: Server, name: str) -> None:
    ended = invoke("token", "--user", name, jwt_secret="a secret of the tests that is long enough")
    assert claims(ended)["sub"] == name
    client = shared_server.client(token=ended.stdout.strip())
    assert client.call("POST", "/api/sessions", {}).status == 201


def test_name_is_required(invoke: Palaver) -> None:
    assert "--user" in refusal(invoke("token"))


def test_issuer_and_audience_are_those_of_the_settings(invoke: Palaver) -> None:
    ended = invoke("token", "--user", "ann", jwt_secret=SECRET, jwt_issuer="me", jwt_audience="you")
    assert claims(ended).items() >= {"iss": "me", "aud": "you"}.items()


def test_identity_provider_alone_makes_the_tokens(invoke: Palaver, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"keys": []}))
    said = refusal(invoke("token", "--user", "ann", jwt_jwks="keys.json"))
    assert "PALAVER_JWT_JWKS" in said
    assert "PALAVER_JWT_SECRET" in said
    both = invoke("token", "--user", "ann", jwt_jwks="keys.json", jwt_secret=SECRET)
    assert claims(both)["sub"] == "ann"


def test_first_tokens_at_once_agree_on_the_secret(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "palaver", "token", "--user", "ann", "--data-dir", "new"]
    running = [
        subprocess.Popen(command, cwd=tmp_path, env={}, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    tokens = [process.communicate(timeout=30)[0].strip() for process in running]
    secret = json.loads((tmp_path / "new" / "secrets.json").read_text())["jwt_secret"]
    assert [jwt.decode(token, secret, ["HS256"])["sub"] for token in tokens] == ["ann"] * 4
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["secrets.json"]
