"""One-time links: what they say, and what is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from palaver.auth.bearer import TokenVerifier
from palaver.auth.links import LIFETIME, cookie_key, issue_link, read_link
from palaver.auth.tokens import TokenRules, issue_token
from palaver.errors import LinkExpired, LinkInvalid, Unauthenticated

SECRET = "a secret of the tests that is long enough"
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("admin", [True, False])
def test_a_link_says_who_and_until_when(admin: bool) -> None:
    before = datetime.now(UTC)
    link = read_link(SECRET, issue_link(SECRET, subject="Ann Ä", admin=admin))
    assert (link.subject, link.is_admin) == ("Ann Ä", admin)
    assert before + LIFETIME - timedelta(seconds=1) <= link.expires_at
    assert link.expires_at <= datetime.now(UTC) + LIFETIME


def test_every_link_is_another_one() -> None:
    ids = {read_link(SECRET, issue_link(SECRET, subject="ann")).link_id for _ in range(20)}
    assert len(ids) == 20


def test_an_old_link_is_told_from_none() -> None:
    with pytest.raises(LinkExpired):
        read_link(SECRET, issue_link(SECRET, subject="ann", lifetime=timedelta(seconds=-1)))


def test_a_token_is_no_link_and_a_link_is_no_token() -> None:
    rules = TokenRules(secret=SECRET)
    with pytest.raises(LinkInvalid):
        read_link(SECRET, issue_token(rules, subject="ann", admin=True, lifetime=HOUR))
    with pytest.raises(Unauthenticated):
        TokenVerifier(rules).verify(issue_link(SECRET, subject="ann", admin=True))
    # Not even for a server whose tokens are meant for this audience.
    theirs = TokenRules(secret=SECRET, audience="palaver:console")
    with pytest.raises(Unauthenticated):
        TokenVerifier(theirs).verify(issue_link(SECRET, subject="ann", admin=True))
    with pytest.raises(LinkInvalid):
        read_link(SECRET, issue_token(theirs, subject="ann", lifetime=HOUR))


def test_nobody_else_makes_links() -> None:
    key = issue_link(SECRET, subject="ann")
    head, body, signature = key.split(".")
    claims = jwt.decode(key, options={"verify_signature": False})
    unsigned = jwt.encode(claims, None, algorithm="none")  # type: ignore[arg-type]
    raised = jwt.encode({**claims, "scope": "admin"}, "k" * 32).split(".")[1]
    for forged in (
        issue_link(SECRET + "!", subject="ann"),
        jwt.encode(claims, SECRET),
        unsigned,
        f"{head}.{raised}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}",
        key[:-2],
        key + "A" * 5000,
        "",
        "a.b.c",
        "\0\ud800",
    ):
        with pytest.raises(LinkInvalid):
            read_link(SECRET, forged)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 257, "basic:palaver"])
def test_links_are_for_users(name: str) -> None:
    with pytest.raises(ValueError, match="a user's name"):
        issue_link(SECRET, subject=name)


def test_each_purpose_has_its_key() -> None:
    assert cookie_key(SECRET) != cookie_key(SECRET + "!")
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(
            issue_link(SECRET, subject="ann"),
            cookie_key(SECRET),
            algorithms=["HS256"],
            audience="palaver:console",
        )
