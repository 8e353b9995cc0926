"""Signing in to the console: once by a link, and then by a cookie that no other site can use."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.cookies import Morsel, SimpleCookie
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from palaver.auth.links import cookie_name, issue_link
from palaver.auth.tokens import TokenRules, issue_token
from tests.conftest import NewStore
from tests.console.signing_in import PAGE, enter, kind, token, visitor
from tests.console.visiting import Console
from tests.server.conftest import SECRET, serving


def cookie(answer: httpx.Response) -> Morsel[str]:
    """The cookie that an answer sets."""
    return SimpleCookie(answer.headers["set-cookie"])[cookie_name(SECRET)]


def works(console: Console, bearer: str) -> bool:
    """Whether the API takes a token."""
    headers = {"Authorization": f"Bearer {bearer}"}
    return httpx.get(f"{console.url}/api/sessions", headers=headers).status_code == 200


@pytest.mark.parametrize("admin", [True, False])
def test_a_link_signs_in_once(console: Console, admin: bool) -> None:
    link = console.link("ann", admin=admin)
    with visitor(console.url) as ann, visitor(console.url) as eve:
        answer = enter(ann, link)
        assert (answer.status_code, answer.json()) == (200, {"user": "ann", "admin": admin})
        assert answer.headers["cache-control"] == "no-store"
        assert kind(enter(eve, link)) == (401, "link-used")
        assert kind(token(eve)) == (401, "not-signed-in")

        given = token(ann).json()
        assert (given["user"], given["admin"], given["expires_in"]) == ("ann", admin, 900)
        assert works(console, given["token"])
        claims = jwt.decode(given["token"], SECRET, algorithms=["HS256"])
        assert (claims["sub"], claims.get("scope")) == ("ann", "admin" if admin else None)
        assert claims["exp"] - claims["iat"] == 900


def test_of_many_at_once_one_is_signed_in(console: Console) -> None:
    link = console.link("ann")

    def come(_: int) -> int:
        with visitor(console.url) as browser:
            return enter(browser, link).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(come, range(16)))
    assert statuses == [200] + [401] * 15


def test_the_cookie_is_for_this_site_and_for_no_script(console: Console) -> None:
    with visitor(console.url) as ann:
        set_by = cookie(enter(ann, console.link("ann")))
    assert set_by["httponly"] is True
    assert set_by["samesite"] == "Strict"
    assert set_by["path"] == "/"
    assert set_by["domain"] == ""
    # Over plain HTTP, as on one's own machine, a browser would not keep it otherwise.
    assert set_by["secure"] == ""
    assert SECRET not in set_by.value


@pytest.mark.parametrize(
    ("headers", "secure"),
    [
        ({"X-Forwarded-Proto": "https"}, True),
        ({"X-Forwarded-Proto": "https, http"}, True),
        ({"X-Forwarded-Proto": "HTTPS ,http"}, True),
        ({"X-Forwarded-Proto": "http, https"}, False),
        ({"X-Forwarded-Proto": "http"}, False),
        ({"X-Forwarded-Proto": ""}, False),
        ({"X-Forwarded-Proto": "httpsx"}, False),
        ({"Forwarded": "proto=https"}, True),
        ({"Forwarded": 'for="[2001:db8::1]:80";Proto="https";by=10.0.0.1, for=10.0.0.1'}, True),
        ({"Forwarded": "for=10.0.0.2;proto=http, for=10.0.0.1;proto=https"}, False),
        ({"Forwarded": "for=10.0.0.2", "X-Forwarded-Proto": "https"}, True),
        ({"Forwarded": "noproto=https"}, False),
        ({"Forwarded": 'for="' + ";proto=" * 2000}, False),
    ],
)
def test_over_tls_it_goes_back_over_tls_alone(
    console: Console, headers: dict[str, str], secure: bool
) -> None:
    with visitor(console.url) as ann:
        set_by = cookie(enter(ann, console.link("ann"), {**PAGE, **headers}))
    assert bool(set_by["secure"]) is secure


def test_only_proxies_that_are_named_are_heard(new_store: NewStore, tmp_path: Path) -> None:
    link = f"#key={issue_link(SECRET, subject='ann')}"
    settings = {"jwt_secret": SECRET, "forwarded_allow_ips": "10.0.0.0/8, ::1"}
    with new_store() as url, serving(tmp_path) as start:
        server = start(database_url=url, **settings)
        with visitor(f"http://127.0.0.1:{server.port}") as ann:
            answer = enter(ann, link, {**PAGE, "X-Forwarded-Proto": "https"})
    assert answer.is_success
    assert not cookie(answer)["secure"]


def test_a_look_at_the_link_does_not_use_it_up(console: Console) -> None:
    link = console.link("ann")
    page, _, key = link.partition("#")
    with visitor(console.url) as ann:
        for method in ("GET", "HEAD"):
            assert ann.request(method, page).status_code == 200
            assert ann.request(method, f"{page}?{key}").status_code == 200
        assert enter(ann, link).status_code == 200


def test_what_is_no_link_signs_nobody_in(console: Console) -> None:
    api = issue_token(
        TokenRules(secret=SECRET), subject="ann", admin=True, lifetime=timedelta(hours=1)
    )
    good = issue_link(SECRET, subject="ann")
    head, body, signature = good.split(".")
    claims = jwt.decode(good, options={"verify_signature": False})
    raised = jwt.encode({**claims, "scope": "admin"}, "k" * 32).split(".")[1]
    with visitor(console.url) as eve:
        for key in (
            api,
            issue_link("another secret that is just as long", subject="ann"),
            f"{head}.{raised}.{signature}",
            f"{head}.{body}.",
            jwt.encode(claims, SECRET),
            "",
            "x" * 10_000,
        ):
            assert kind(enter(eve, f"#key={key}")) == (401, "link-invalid")
        late = issue_link(SECRET, subject="ann", lifetime=timedelta(seconds=-1))
        assert kind(enter(eve, f"#key={late}")) == (401, "link-expired")
        assert "set-cookie" not in enter(eve, f"#key={late}").headers
        # And a link opens no operation.
        assert not works(console, good)
        assert enter(eve, f"#key={good}").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site", "X-Palaver-Console": "1"},
        {"Sec-Fetch-Site": "same-site", "X-Palaver-Console": "1"},
        {"Content-Type": "text/plain", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_other_sites_can_ask_for_nothing(console: Console, headers: dict[str, str]) -> None:
    link = console.link("ann")
    with visitor(console.url) as ann:
        assert kind(enter(ann, link, headers)) == (403, "another-origin")
        assert enter(ann, link).status_code == 200
        assert kind(token(ann, headers)) == (403, "another-origin")
        assert kind(ann.post("/console/sign-out", headers=headers)) == (403, "another-origin")
        assert token(ann).status_code == 200


def test_no_site_is_let_in_by_cors(console: Console) -> None:
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    for name in ("sign-in", "token", "sign-out"):
        answer = httpx.options(f"{console.url}/console/{name}", headers=asked)
        assert kind(answer) == (405, "method-not-allowed")
        assert "access-control-allow-origin" not in answer.headers


def test_signing_out_ends_it_for_whoever_has_the_cookie(console: Console) -> None:
    with visitor(console.url) as ann, visitor(console.url) as thief:
        enter(ann, console.link("ann"))
        thief.cookies.update(ann.cookies)
        assert token(thief).status_code == 200
        answer = ann.post("/console/sign-out", headers=PAGE)
        assert answer.status_code == 200
        assert cookie(answer)["max-age"] == "0"
        assert kind(token(ann)) == (401, "not-signed-in")
        assert kind(token(thief)) == (401, "not-signed-in")


def test_signing_in_anew_changes_who_it_is(console: Console) -> None:
    with visitor(console.url) as browser:
        enter(browser, console.link("ann", admin=True))
        enter(browser, console.link("bob"))
        given = token(browser).json()
        assert (given["user"], given["admin"]) == ("bob", False)


def test_a_changed_cookie_is_none(console: Console) -> None:
    with visitor(console.url) as ann:
        enter(ann, console.link("ann"))
        value = ann.cookies[cookie_name(SECRET)]
    payload, time, signature = value.split(".")
    for changed in (
        f"{payload}.{time}.{signature[:-3]}AAA",
        f"{payload[:-2]}AA.{time}.{signature}",
        f"{payload}.{time}",
        payload,
        "",
        "." * 50,
        "x" * 4000,
        json.dumps({"link": "x"}),
    ):
        headers = {**PAGE, "Cookie": f"{cookie_name(SECRET)}={changed}"}
        answer = httpx.post(f"{console.url}/console/token", headers=headers)
        assert kind(answer) == (401, "not-signed-in"), changed


def test_servers_on_one_host_leave_each_others_cookies_alone(
    console: Console, new_store: NewStore, tmp_path: Path
) -> None:
    """A browser sends the cookies of a host to all its ports."""
    secret = "another secret that is just as long"
    with new_store() as url, serving(tmp_path) as start, visitor(console.url) as browser:
        other = f"http://127.0.0.1:{start(database_url=url, jwt_secret=secret).port}"
        enter(browser, console.link("ann"))
        for name in ("token", "sign-out"):
            answer = browser.post(f"{other}/console/{name}", headers=PAGE)
            assert "set-cookie" not in answer.headers
        key = issue_link(secret, subject="bob")
        assert browser.post(f"{other}/console/sign-in", json={"key": key}, headers=PAGE).is_success
        assert token(browser).json()["user"] == "ann"
        assert browser.post(f"{other}/console/token", headers=PAGE).json()["user"] == "bob"
        browser.post(f"{other}/console/sign-out", headers=PAGE)
        assert token(browser).json()["user"] == "ann"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"key"',
        b'{"key": null}',
        b'{"key": 5}',
        b'{"key": ["a"]}',
        b'{"key": "a\\u0000b\\ud800"}',
        b"\xff\xfe",
        b"[" * 10_000,
        b'{"key":' + b"9" * 10_000 + b"}",
        b"key=abc",
    ],
)
def test_bodies_that_hold_no_link(console: Console, body: bytes) -> None:
    for content_type in ("application/json", "application/json; charset=nonsense", "", "a/b"):
        headers = {**PAGE, "Content-Type": content_type}
        answer = httpx.post(f"{console.url}/console/sign-in", content=body, headers=headers)
        assert kind(answer) == (401, "link-invalid")


def test_a_large_body_is_refused_before_it_has_come(console: Console) -> None:
    def pieces() -> Any:
        for _ in range(400):
            yield b"x" * 1000

    answer = httpx.post(f"{console.url}/console/sign-in", content=pieces(), headers=PAGE)
    assert kind(answer) == (413, "payload-too-large")


def test_the_users_of_links_are_those_of_tokens(console: Console) -> None:
    user = f"user {uuid.uuid4()}"
    session_id = console.client(user).create(title="mine")
    with visitor(console.url) as browser:
        enter(browser, console.link(user))
        headers = {"Authorization": f"Bearer {token(browser).json()['token']}"}
        listed = browser.get("/api/sessions", headers=headers).json()["sessions"]
    assert [each["session_id"] for each in listed] == [session_id]
