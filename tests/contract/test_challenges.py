"""Which ways to authenticate a 401 names."""

from __future__ import annotations

import pytest

from palaver.contract.challenges import challenges
from palaver.errors import Unauthenticated

BEARER = 'Bearer realm="palaver"'
BASIC = 'Basic realm="palaver", charset="UTF-8"'
BOTH = f"{BASIC}, {BEARER}"


@pytest.mark.parametrize(
    ("schemes", "headers", "challenge"),
    [
        (["basic", "bearer"], [], BOTH),
        # What was tried is what is talked about.
        (["basic", "bearer"], [(b"authorization", b"Bearer x")], BEARER),
        (["basic", "bearer"], [(b"authorization", b"bEARER x")], BEARER),
        (["basic", "bearer"], [(b"authorization", b"Basic eDp5")], BASIC),
        (["basic", "bearer"], [(b"authorization", b"Token x")], BOTH),
        (["basic", "bearer"], [(b"authorization", b"")], BOTH),
        (["basic", "bearer"], [(b"authorization", b"\xff")], BOTH),
        (["bearer"], [(b"authorization", b"Basic eDp5")], BEARER),
        # A browser would ask its user for a password.
        (["basic", "bearer"], [(b"sec-fetch-mode", b"cors")], BEARER),
        (["basic", "bearer"], [(b"sec-fetch-mode", b"navigate")], BOTH),
        (["basic"], [(b"sec-fetch-mode", b"cors")], BASIC),
        (
            ["basic", "bearer"],
            [(b"sec-fetch-mode", b"cors"), (b"authorization", b"Basic eDp5")],
            BEARER,
        ),
    ],
)
def test_what_a_refusal_names(
    schemes: list[str], headers: list[tuple[bytes, bytes]], challenge: str
) -> None:
    assert challenges(schemes, Unauthenticated("No."), headers) == challenge
