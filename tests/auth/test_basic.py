"""The shared Basic credential."""

from __future__ import annotations

import base64
import hmac
from typing import Any

import pytest
from connexion.security import NO_VALUE
from hypothesis import given
from hypothesis import strategies as st

from palaver.auth.basic import BasicSecurity
from palaver.auth.principal import Principal
from palaver.errors import Unauthenticated

CHECK = BasicSecurity("palaver", "pässword: with a colon").get_fn({}, [])


class Request:
    def __init__(self, *values: bytes) -> None:
        self.scope: dict[str, Any] = {"headers": [(b"authorization", value) for value in values]}


def basic(user: str, password: str, scheme: bytes = b"Basic ") -> bytes:
    return scheme + base64.b64encode(f"{user}:{password}".encode())


@pytest.mark.parametrize("scheme", [b"Basic ", b"basic ", b"BASIC   "])
def test_whoever_knows_the_credential_is_the_shared_principal(scheme: bytes) -> None:
    info = CHECK(Request(basic("palaver", "pässword: with a colon", scheme)))
    assert info == {
        "sub": "basic:palaver",
        "principal": Principal("basic:palaver", is_admin=False, keeps_library=True),
    }


@pytest.mark.parametrize(
    "value",
    [
        basic("other", "pässword: with a colon"),
        basic("palaver", "password"),
        basic("palaver", ""),
        basic("", ""),
        basic("", "pässword: with a colon"),
        basic("Palaver", "pässword: with a colon"),
        basic("palaver", "pässword: with a colon "),
        basic("palaver:pässword", " with a colon") + b"=",
        b"Basic " + base64.b64encode(b"palaver"),
        b"Basic " + base64.b64encode("palaver:pässword: with a colon".encode("latin-1")),
        b"Basic ",
        b"Basic !!!!",
        b"Basic abc",
        b"Basic \xff\xfe",
        b"Basic " + b"A" * 60_000,
        basic("palaver", "pässword: with a colon").replace(b"=", b" "),
    ],
)
def test_anything_else_is_refused(value: bytes) -> None:
    with pytest.raises(Unauthenticated):
        CHECK(Request(value))


@given(st.binary(max_size=50))
def test_any_value_is_refused_in_one_way(value: bytes) -> None:
    with pytest.raises(Unauthenticated):
        CHECK(Request(b"Basic " + value))


@pytest.mark.parametrize("value", [b"Bearer abc", b"", b"Basic"])
def test_another_scheme_is_no_credential(value: bytes) -> None:
    assert CHECK(Request(value)) is NO_VALUE
    assert CHECK(Request()) is NO_VALUE


def test_a_repeated_header_is_refused() -> None:
    good = basic("palaver", "pässword: with a colon")
    with pytest.raises(Unauthenticated):
        CHECK(Request(good, good))


def test_name_and_password_are_compared_at_once_in_constant_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(given: bytes, expected: bytes) -> bool:
        compared.append((given, expected))
        return False

    monkeypatch.setattr(hmac, "compare_digest", compare)
    with pytest.raises(Unauthenticated):
        CHECK(Request(basic("palaver", "x")))
    assert compared == [(b"palaver:x", "palaver:pässword: with a colon".encode())]
