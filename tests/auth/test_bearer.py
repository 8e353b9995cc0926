"""Bearer tokens signed with the instance's secret: who gets in, and every way not to."""

from __future__ import annotations

import base64
import contextlib
import json
import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
from connexion.security import NO_VALUE
from hypothesis import given
from hypothesis import strategies as st

from palaver.auth.bearer import (
    CACHE_SECONDS,
    CACHED_TOKENS,
    MAX_TOKEN_LENGTH,
    BearerSecurity,
    TokenVerifier,
    credentials,
)
from palaver.auth.principal import Principal
from palaver.auth.tokens import TokenRules, issue_token
from palaver.errors import Unauthenticated

SECRET = "a secret of more than thirty-two bytes"
RULES = TokenRules(secret=SECRET)


def token(secret: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    """A signed token; a claim that is None is left out."""
    full: dict[str, Any] = {"sub": "ann", "exp": int(time.time()) + 600, **claims}
    kept = {name: value for name, value in full.items() if value is not None}
    return jwt.encode(kept, secret, algorithm=algorithm)


def raw_token(header: bytes, claims: bytes, signature: bytes = b"x") -> str:
    """A token of three parts that nobody signed."""
    parts = (base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, claims, signature))
    return b".".join(parts).decode()


def signed(claims: bytes) -> str:
    """A token with a good signature over claims that no library would write."""
    return jwt.PyJWS().encode(claims, SECRET, algorithm="HS256")


def refused(text: str, rules: TokenRules = RULES) -> Unauthenticated:
    verifier = TokenVerifier(rules)
    with pytest.raises(Unauthenticated) as caught:
        verifier.verify(text)
    assert verifier.known(text) is None
    return caught.value


def test_a_good_token_names_its_user() -> None:
    assert TokenVerifier(RULES).verify(token()) == Principal("ann", is_admin=False)


def test_an_issued_token_fulfils_its_own_rules() -> None:
    rules = TokenRules(secret=SECRET, issuer="https://id", audience="palaver")
    made = issue_token(rules, subject="ann", admin=True, lifetime=timedelta(minutes=1))
    assert TokenVerifier(rules).verify(made) == Principal("ann", is_admin=True)
    assert TokenVerifier(rules).verify(made).viewer is None


@pytest.mark.parametrize("subject", ["", " ", "a\nb", "x" * 257])
def test_no_token_is_issued_for_what_is_no_name(subject: str) -> None:
    with pytest.raises(ValueError, match="1 to 256 characters"):
        issue_token(RULES, subject=subject, lifetime=timedelta(minutes=1))


def test_no_token_is_issued_without_a_secret() -> None:
    with pytest.raises(ValueError, match="no secret"):
        issue_token(TokenRules(jwks="x"), subject="ann", lifetime=timedelta(minutes=1))


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"exp": 1_700_000_000}, "The token has expired."),
        ({"nbf": 100_000_000_000}, "The token is not valid yet."),
        ({"sub": None}, "The token lacks the claim sub."),
        ({"exp": None}, "The token lacks the claim exp."),
        ({"sub": ""}, "The token's subject is not a user's name."),
        ({"sub": "   "}, "The token's subject is not a user's name."),
        ({"sub": "a\x00b"}, "The token's subject is not a user's name."),
        ({"sub": "a\ud800"}, "The token's subject is not a user's name."),
        ({"sub": "a\nb"}, "The token's subject is not a user's name."),
        ({"sub": "x" * 257}, "The token's subject is not a user's name."),
        ({"sub": 5}, "The token is not valid."),
        ({"sub": ["ann"]}, "The token is not valid."),
        ({"sub": {"a": 1}}, "The token is not valid."),
        ({"exp": "soon"}, "The token is not valid."),
        ({"exp": [1]}, "The token is not valid."),
        ({"exp": {}}, "The token is not valid."),
        ({"nbf": "soon"}, "The token is not valid."),
        ({"aud": "somebody"}, "The token is meant for another audience."),
        ({"exp": 10**400}, "The token is not valid."),
    ],
)
def test_bad_claims_are_refused_with_the_reason(claims: dict[str, Any], words: str) -> None:
    error = refused(token(**claims))
    assert str(error) == words
    assert error.error == "invalid_token"


@pytest.mark.parametrize("subject", ["x" * 256, "a b", "ä/ö%2F", "\N{BALLOON}", "0"])
def test_unusual_names_are_names(subject: str) -> None:
    assert TokenVerifier(RULES).verify(token(sub=subject)).subject == subject


@pytest.mark.parametrize(
    "claims",
    [
        b"[]",
        b'"a"',
        b"5",
        b"null",
        b"{",
        b"\xff",
        b'{"sub":"a","exp":1e400}',
        b'{"sub":"a","exp":NaN}',
        b'{"sub":"a","exp":Infinity}',
        b"[" * 3000,
    ],
)
def test_signed_claims_that_make_no_sense_are_refused(claims: bytes) -> None:
    assert refused(signed(claims)).error == "invalid_token"


@pytest.mark.parametrize(
    ("rules", "claims", "words"),
    [
        (TokenRules(SECRET, issuer="https://id"), {"iss": "https://other"}, "another issuer"),
        (TokenRules(SECRET, issuer="https://id"), {}, "lacks the claim iss"),
        (TokenRules(SECRET, audience="palaver"), {"aud": "other"}, "another audience"),
        (TokenRules(SECRET, audience="palaver"), {"aud": ["a", "b"]}, "another audience"),
        (TokenRules(SECRET, audience="palaver"), {}, "lacks the claim aud"),
        (TokenRules(SECRET, audience="palaver"), {"aud": 5}, "audience"),
    ],
)
def test_issuer_and_audience_bind(rules: TokenRules, claims: dict[str, Any], words: str) -> None:
    assert words in str(refused(token(**claims), rules))


def test_an_issuer_that_is_no_text_is_refused() -> None:
    text = signed(b'{"sub":"ann","exp":9999999999,"iss":5}')
    assert refused(text, TokenRules(SECRET, issuer="https://id")).error == "invalid_token"


def test_one_of_several_audiences_is_enough() -> None:
    rules = TokenRules(SECRET, audience="palaver")
    assert TokenVerifier(rules).verify(token(aud=["other", "palaver"])).subject == "ann"


@pytest.mark.parametrize(
    ("claims", "is_admin"),
    [
        ({"scope": "admin"}, True),
        ({"scope": "read admin write"}, True),
        ({"scope": ["admin"]}, True),
        ({"roles": ["user", "admin"]}, True),
        ({"roles": "admin"}, True),
        ({"scope": "administrator"}, False),
        ({"scope": "ADMIN"}, False),
        ({"scope": "not-admin"}, False),
        ({"roles": ["superadmin", 5, None, ["admin"]]}, False),
        ({"roles": {"admin": True}}, False),
        ({"roles": 5}, False),
        ({"admin": True}, False),
        ({"sub": "admin"}, False),
    ],
)
def test_only_the_word_itself_makes_an_administrator(
    claims: dict[str, Any], is_admin: bool
) -> None:
    assert TokenVerifier(RULES).verify(token(**claims)).is_admin is is_admin


@pytest.mark.parametrize(
    "text",
    [
        token(secret="another secret of more than 32 bytes!"),
        token(algorithm="HS384"),
        token(algorithm="HS512"),
        raw_token(b'{"alg":"none"}', b'{"sub":"ann","exp":9999999999}', b""),
        raw_token(b'{"alg":"None"}', b'{"sub":"ann","exp":9999999999}', b""),
        raw_token(b'{"alg":"HS256"}', b'{"sub":"ann","exp":9999999999}', b""),
        raw_token(b'{"alg":["HS256"]}', b"{}"),
        raw_token(b'{"alg":null}', b"{}"),
        raw_token(b"{}", b"{}"),
        raw_token(b"[]", b"{}"),
        raw_token(b'{"alg":"HS256","kid":5}', b"{}"),
        raw_token(b'{"alg":"HS256","crit":["x"]}', b"{}"),
        raw_token(b"[" * 9000, b"{}"),
        raw_token(b'{"a":' * 2000, b"{}"),
        raw_token(b"\xff", b"{}"),
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "a.b.c.d.e",
        "\xe9.\xe9.\xe9",
        "\x00",
        token() + "x",
        token()[:-1],
        token() + "=",
        token() + "\n",
        token() + "!",
        " " + token(),
        token().replace(".", ". ", 1),
        "x" * (MAX_TOKEN_LENGTH + 1),
    ],
    ids=lambda text: text[:12],
)
def test_what_was_not_signed_here_is_refused(text: str) -> None:
    assert refused(text).error == "invalid_token"


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda data: data.decode("latin-1")))
def test_any_text_is_refused_in_one_way(text: str) -> None:
    assert refused(text).error == "invalid_token"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(
    st.dictionaries(st.sampled_from(["alg", "typ", "kid", "crit", "b64", "jku", "zip"]), _JSON),
    st.dictionaries(st.sampled_from(["sub", "exp", "nbf", "iat", "aud", "iss"]), _JSON),
)
def test_any_header_and_claims_without_a_signature_are_refused(
    header: dict[str, Any], claims: dict[str, Any]
) -> None:
    text = raw_token(json.dumps(header).encode(), json.dumps(claims).encode())
    assert refused(text).error == "invalid_token"


@given(
    st.dictionaries(
        st.sampled_from(["sub", "exp", "nbf", "iat", "aud", "iss", "scope", "roles", "jti"]), _JSON
    )
)
def test_any_signed_claims_name_a_user_or_are_refused(claims: dict[str, Any]) -> None:
    text = signed(json.dumps(claims).encode())
    verifier = TokenVerifier(RULES)
    with contextlib.suppress(Unauthenticated):
        verifier.verify(text)
    principal = verifier.known(text)
    assert principal is None or principal.subject == claims["sub"]


# The cache


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


def test_a_verified_token_is_known_for_a_while() -> None:
    clock = Clock()
    verifier = TokenVerifier(RULES, clock=clock)
    made = token()
    assert verifier.known(made) is None
    principal = verifier.verify(made)
    assert verifier.known(made) is principal
    clock.now += CACHE_SECONDS - 1
    assert verifier.known(made) is principal
    clock.now += 1
    assert verifier.known(made) is None


def test_a_token_is_never_known_beyond_its_expiry() -> None:
    clock = Clock()
    verifier = TokenVerifier(RULES, clock=clock)
    expiry = int(clock.now) + 20
    made = token(exp=expiry)
    verifier.verify(made)
    clock.now = expiry - 0.001
    assert verifier.known(made) is not None
    clock.now = float(expiry)
    assert verifier.known(made) is None


def test_only_the_very_token_is_known() -> None:
    verifier = TokenVerifier(RULES)
    made = token()
    verifier.verify(made)
    assert [verifier.known(other) for other in (made + "=", made[:-1], made.upper(), "")] == [
        None
    ] * 4


def test_known_tokens_are_bounded() -> None:
    verifier = TokenVerifier(RULES)
    made = [token(jti=str(number)) for number in range(CACHED_TOKENS + 1)]
    for each in made:
        verifier.verify(each)
    assert verifier.known(made[0]) is None
    assert verifier.known(made[1]) is not None
    assert verifier.known(made[-1]) is not None


# The header


def scope(*values: bytes) -> dict[str, Any]:
    return {"headers": [(b"host", b"a"), *((b"authorization", value) for value in values)]}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"Bearer abc", "abc"),
        (b"bearer abc", "abc"),
        (b"BEARER abc", "abc"),
        (b"Bearer   abc  ", "abc"),
        (b"Bearer ", ""),
        (b"Bearer \xe9", "\xe9"),
        (b"Bearer", None),
        (b"Basic abc", None),
        (b"Bearerabc", None),
        (b"", None),
        (b"abc", None),
    ],
)
def test_the_scheme_is_read_in_any_case(value: bytes, found: str | None) -> None:
    assert credentials(scope(value), b"bearer ") == found


def test_no_header_is_no_credential() -> None:
    assert credentials(scope(), b"bearer ") is None


@pytest.mark.parametrize("second", [b"Bearer abc", b"Basic abc", b""])
def test_a_repeated_header_is_refused(second: bytes) -> None:
    with pytest.raises(Unauthenticated) as caught:
        credentials(scope(b"Bearer abc", second), b"bearer ")
    assert caught.value.error == "invalid_request"


def test_the_security_handler_tells_a_caller_from_nobody() -> None:
    class Request:
        def __init__(self, *values: bytes) -> None:
            self.scope = scope(*values)

    check = BearerSecurity(TokenVerifier(RULES)).get_fn({}, [])
    good = f"Bearer {token()}".encode()
    expected = {"sub": "ann", "principal": Principal("ann")}
    assert check(Request(good)) == expected
    assert check(Request(good)) == expected

    assert check(Request()) is NO_VALUE
    assert check(Request(b"Basic abc")) is NO_VALUE
    with pytest.raises(Unauthenticated):
        check(Request(b"Bearer abc"))
