"""``palaver link`` and the link that a server prints: who is signed in, where, and how often."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.console.signing_in import enter, kind, token, visitor

if TYPE_CHECKING:
    from tests.conftest import Query
    from tests.server.conftest import Palaver, Serve, Server

SECRET = "s" * 40
KEY = {"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
       "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}  # fmt: skip


def url_of(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}"


def printed(server: Server) -> str:
    """The link of a server's greeting."""
    (link,) = re.findall(r"^(http://\S+/console/sign-in#key=\S+)$", server.greeting, re.M)
    return str(link)


def made(ended: subprocess.CompletedProcess[str]) -> str:
    """The link that a command printed, and nothing else."""
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.count("\n") == 1
    return ended.stdout.strip()


def who(server: Server, link: str) -> tuple[str, bool]:
    """Who is signed in by a link."""
    with visitor(url_of(server)) as browser:
        answer = enter(browser, link)
        assert answer.status_code == 200, answer.text
        given = token(browser).json()
        return given["user"], given["admin"]


def test_the_first_link_is_printed(serve: Serve, own_database: dict[str, str]) -> None:
    server = serve("--access-log", **own_database)
    link = printed(server)
    assert link.startswith(url_of(server))
    assert who(server, link) == ("owner", True)
    # It was shown to whoever started the server, and to no log.
    key = link.partition("#")[2]
    assert key not in server.stderr.read_text()
    assert any(entry.get("path") == "/console/sign-in" for entry in server.log)


def test_links_are_used_up_and_cookies_good_after_a_restart(
    serve: Serve, own_database: dict[str, str]
) -> None:
    first = serve(**own_database)
    link, unused = printed(first), ""
    with visitor(url_of(first)) as browser:
        assert enter(browser, link).status_code == 200
        cookies = dict(browser.cookies)
    assert first.stop() == 0

    second = serve(**own_database)
    unused = printed(second)
    assert unused != link
    with visitor(url_of(second), cookies=cookies) as browser:
        assert kind(enter(browser, link)) == (401, "link-used")
        assert token(browser).json()["user"] == "owner"
    assert who(second, unused) == ("owner", True)


def test_a_link_for_anybody(
    palaver: Palaver, serve: Serve, own_database: dict[str, str], tmp_path: Path
) -> None:
    server = serve("--data-dir", "data", **own_database)
    for options, expected in (
        ((), ("owner", True)),
        (("--user", "Ann Ä"), ("Ann Ä", False)),
        (("--user", "ann", "--admin"), ("ann", True)),
    ):
        link = made(palaver("link", "--data-dir", "data", "--url", url_of(server) + "/", *options))
        assert link.startswith(f"{url_of(server)}/console/sign-in#key=")
        assert who(server, link) == expected
    # Without the server's secret there is nothing to make one from.
    nowhere = palaver("link", "--data-dir", "elsewhere")
    assert nowhere.returncode == 1
    assert "There are no secrets in elsewhere to make a link from" in nowhere.stderr
    # It has no option for a token.
    assert "--token" not in nowhere.stderr
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("name", ["", "a\nb", "basic:palaver", "x" * 257])
def test_a_name_that_nobody_can_have(invoke: Palaver, name: str) -> None:
    ended = invoke("link", "--user", name, jwt_secret=SECRET)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "--user" in ended.stderr


NO_SERVERS = """
h h:8000 ftp://x http:// http:///a http://h/#a http://h/?a http://h? http://u:p@h http://h:99999
http://h:a http://[::1 http://[1] http://h\\a javascript:alert(1)
"""


@pytest.mark.parametrize(
    "url", [*NO_SERVERS.split(), "", "http://x y", "http://x/ y", "http://h\n"]
)
def test_an_address_at_which_no_link_can_work(invoke: Palaver, url: str) -> None:
    ended = invoke("link", "--url", url, jwt_secret=SECRET)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "--url must be the address of a server" in ended.stderr


@pytest.mark.parametrize(
    "url", ["https://h", "http://[::1]:8000", "http://münchen.example:80/", "https://h/palaver/"]
)
def test_addresses_at_which_a_server_may_be(invoke: Palaver, url: str) -> None:
    link = made(invoke("link", "--url", url, jwt_secret=SECRET))
    assert link.startswith(url.rstrip("/") + "/console/sign-in#key=")


def test_with_an_identity_provider_nobody_can_sign_in(
    serve: Serve, palaver: Palaver, own_database: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [KEY]}))
    server = serve(**own_database, jwt_jwks="keys.json")
    assert "/console/sign-in" not in server.greeting
    ended = palaver("link", jwt_jwks="keys.json")
    assert ended.returncode == 1
    assert "set PALAVER_JWT_SECRET beside it" in ended.stderr
    with visitor(url_of(server), headers={"Accept": "text/html"}) as browser:
        page = browser.get("/console/sign-in").text
        assert "PALAVER_JWT_SECRET" in page
        assert "sign_in.js" not in page
        assert browser.get("/").status_code == 200
        assert browser.get("/console").status_code == 200
        assert kind(enter(browser, "#key=a.b.c")) == (409, "sign-in-elsewhere")
        assert kind(token(browser)) == (409, "sign-in-elsewhere")
        assert kind(browser.post("/console/sign-out")) == (409, "sign-in-elsewhere")


def test_with_a_secret_beside_the_identity_provider_people_can(
    serve: Serve, own_database: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [KEY]}))
    rules = {
        "jwt_jwks": "keys.json",
        "jwt_secret": SECRET,
        "jwt_issuer": "us",
        "jwt_audience": "it",
    }
    server = serve(**own_database, **rules)
    with visitor(url_of(server)) as browser:
        assert enter(browser, printed(server)).status_code == 200
        bearer = token(browser).json()["token"]
        headers = {"Authorization": f"Bearer {bearer}"}
        assert browser.get("/api/sessions", headers=headers).status_code == 200


@pytest.mark.only_store("postgres")
def test_replicas_share_links_and_sign_ins(serve: Serve, store_url: str) -> None:
    settings = {"database_url": store_url, "jwt_secret": SECRET}
    one, two = serve(**settings), serve("--workers", "2", **settings)
    link = printed(one)
    with visitor(url_of(two)) as browser:
        assert enter(browser, link).status_code == 200
        cookies = dict(browser.cookies)
    with visitor(url_of(one), cookies=cookies) as browser:
        assert kind(enter(browser, link)) == (401, "link-used")
        assert token(browser).status_code == 200
        assert browser.post("/console/sign-out", headers={"X-Palaver-Console": "1"}).is_success
    with visitor(url_of(two), cookies=cookies) as browser:
        for _ in range(6):
            assert kind(token(browser)) == (401, "not-signed-in")


def test_a_store_that_fails_signs_nobody_out(serve: Serve, store_url: str, query: Query) -> None:
    server = serve(database_url=store_url, jwt_secret=SECRET)
    with visitor(url_of(server)) as browser:
        assert enter(browser, printed(server)).status_code == 200
        query("ALTER TABLE sign_ins RENAME TO gone")
        answer = token(browser)
        assert kind(answer) == (503, "store-unavailable")
        assert answer.headers["retry-after"]
        assert "set-cookie" not in answer.headers
        assert browser.get("/console").status_code == 200
        query("ALTER TABLE gone RENAME TO sign_ins")
        assert token(browser).status_code == 200
    server.tracebacks_expected = True
