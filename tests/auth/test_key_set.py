"""Tokens of an identity provider: key sets in files and at URLs."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from palaver.auth import key_set
from palaver.auth.bearer import TokenVerifier
from palaver.auth.key_set import FileKeys, RemoteKeys
from palaver.auth.tokens import TokenRules
from palaver.errors import KeyServerUnavailable, Unauthenticated

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
SECRET = "a secret of more than thirty-two bytes"


def public(key: Any, kid: str | None, **more: Any) -> dict[str, Any]:
    """A public key as a JSON Web Key."""
    algorithm: Any = jwt.algorithms.RSAAlgorithm
    if isinstance(key, ec.EllipticCurvePrivateKey):
        algorithm = jwt.algorithms.ECAlgorithm
    found: dict[str, Any] = algorithm.to_jwk(key.public_key(), as_dict=True)
    return {**found, **({} if kid is None else {"kid": kid}), **more}


def pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def token(key: Any, algorithm: str, kid: str | None = None, **claims: Any) -> str:
    full = {"sub": "ann", "exp": int(time.time()) + 600, **claims}
    headers = {} if kid is None else {"kid": kid}
    return jwt.encode(full, key, algorithm=algorithm, headers=headers)


def file_of(folder: Path, *keys: dict[str, Any]) -> str:
    path = folder / "jwks.json"
    path.write_text(json.dumps({"keys": keys}))
    return str(path)


BOTH = (public(RSA, "rsa"), public(EC, "ec"))


@pytest.mark.parametrize(
    "made", [token(RSA, "RS256", "rsa"), token(EC, "ES256", "ec"), token(RSA, "RS256")]
)
def test_the_key_that_fits_verifies(tmp_path: Path, made: str) -> None:
    verifier = TokenVerifier(TokenRules(jwks=file_of(tmp_path, *BOTH)))
    assert verifier.verify(made).subject == "ann"
    assert verifier.blocks(made) is False


@pytest.mark.parametrize(
    "made",
    [
        token(RSA, "RS256", "ghost"),
        token(RSA, "RS256", "ec"),
        token(EC, "ES256", "rsa"),
        token(OTHER_RSA, "RS256", "rsa"),
        token(RSA, "RS384", "rsa"),
        token(RSA, "PS256", "rsa"),
        token(SECRET, "HS256"),
        token(SECRET, "HS256", "rsa"),
        token(RSA, "RS256", "rsa", exp=1),
    ],
)
def test_any_other_token_is_refused(tmp_path: Path, made: str) -> None:
    verifier = TokenVerifier(TokenRules(jwks=file_of(tmp_path, *BOTH)))
    with pytest.raises(Unauthenticated):
        verifier.verify(made)


@pytest.mark.parametrize(
    ("claim", "seconds", "is_taken"),
    [
        ("nbf", 20, True),
        ("iat", 20, True),
        ("exp", -5, True),
        ("nbf", 6000, False),
        ("exp", -6000, False),
    ],
)
def test_the_clock_of_another_server_may_be_a_little_off(
    tmp_path: Path, claim: str, seconds: int, is_taken: bool
) -> None:
    verifier = TokenVerifier(TokenRules(jwks=file_of(tmp_path, *BOTH)))
    made = token(RSA, "RS256", "rsa", **{claim: int(time.time()) + seconds})
    if is_taken:
        assert verifier.verify(made).subject == "ann"
    else:
        with pytest.raises(Unauthenticated):
            verifier.verify(made)


@pytest.mark.parametrize("secret", [None, SECRET])
def test_a_public_key_is_never_taken_for_a_secret(tmp_path: Path, secret: str | None) -> None:
    """HS256 signed with the public key that everybody can read."""
    import base64
    import hashlib
    import hmac

    def encode(data: bytes) -> bytes:
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    verifier = TokenVerifier(TokenRules(secret=secret, jwks=file_of(tmp_path, *BOTH)))
    claims = json.dumps({"sub": "ann", "exp": int(time.time()) + 600}).encode()
    for header in ({"alg": "HS256"}, {"alg": "HS256", "kid": "rsa"}):
        signed = encode(json.dumps(header).encode()) + b"." + encode(claims)
        for key in (pem(RSA), pem(RSA).strip(), json.dumps(BOTH[0]).encode()):
            signature = encode(hmac.new(key, signed, hashlib.sha256).digest())
            with pytest.raises(Unauthenticated):
                verifier.verify((signed + b"." + signature).decode())


def test_a_secret_beside_the_key_set_verifies_its_own_tokens(tmp_path: Path) -> None:
    verifier = TokenVerifier(TokenRules(secret=SECRET, jwks=file_of(tmp_path, *BOTH)))
    assert verifier.verify(token(SECRET, "HS256")).subject == "ann"
    assert verifier.verify(token(RSA, "RS256", "rsa")).subject == "ann"


def test_a_token_without_a_key_id_needs_a_key_that_is_alone(tmp_path: Path) -> None:
    keys = (public(RSA, "a"), public(OTHER_RSA, "b"))
    verifier = TokenVerifier(TokenRules(jwks=file_of(tmp_path, *keys)))
    with pytest.raises(Unauthenticated):
        verifier.verify(token(RSA, "RS256"))
    assert verifier.verify(token(RSA, "RS256", "a")).subject == "ann"


@pytest.mark.parametrize("more", [{"use": "enc"}, {"alg": "RS512"}])
def test_keys_for_other_purposes_verify_nothing(tmp_path: Path, more: dict[str, str]) -> None:
    keys = (public(RSA, "rsa", **more), public(EC, "ec"))
    verifier = TokenVerifier(TokenRules(jwks=file_of(tmp_path, *keys)))
    with pytest.raises(Unauthenticated):
        verifier.verify(token(RSA, "RS256", "rsa"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"5",
        b"null",
        b"{}",
        b'{"keys":[]}',
        b'{"keys":5}',
        b"\xff",
        b"[" * 9000,
        b'{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}',
        b'{"keys":[5]}',
        b'{"keys":[{"kty":"RSA"}]}',
    ],
)
def test_a_file_without_a_usable_key_is_refused_in_a_sentence(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "jwks.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"^the key set "):
        FileKeys(path)


def test_a_file_that_is_not_there_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="No such file"):
        FileKeys(tmp_path / "ghost.json")


# At a URL


class KeyServer:
    """A server of key sets that counts its requests."""

    def __init__(self) -> None:
        self.body = json.dumps({"keys": BOTH}).encode()
        self.status = 200
        self.headers: dict[str, str] = {}
        self.requests = 0
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.requests += 1
                self.send_response(owner.status)
                for name, value in owner.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(owner.body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/jwks.json"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def key_server() -> Iterator[KeyServer]:
    made = KeyServer()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def test_keys_are_fetched_once_for_many_tokens(key_server: KeyServer) -> None:
    verifier = TokenVerifier(TokenRules(jwks=key_server.url))
    assert key_server.requests == 0
    assert verifier.blocks(token(RSA, "RS256", "rsa")) is True
    for number in range(5):
        assert verifier.verify(token(RSA, "RS256", "rsa", jti=str(number))).subject == "ann"
    assert verifier.verify(token(EC, "ES256", "ec")).subject == "ann"
    assert verifier.blocks(token(RSA, "RS256", "rsa")) is False
    assert key_server.requests == 1


def test_what_no_key_could_verify_never_leads_to_the_network(key_server: KeyServer) -> None:
    verifier = TokenVerifier(TokenRules(jwks=key_server.url))
    for made in (token(SECRET, "HS256", "rsa"), token(RSA, "RS512", "rsa")):
        assert verifier.blocks(made) is False
        with pytest.raises(Unauthenticated):
            verifier.verify(made)
    for text in ("", "a.b.c", "x" * 100_000):
        with pytest.raises(Unauthenticated):
            verifier.blocks(text)
    assert key_server.requests == 0


def test_made_up_key_ids_do_not_make_a_flood(key_server: KeyServer) -> None:
    clock = Clock()
    keys = RemoteKeys(key_server.url, clock=clock)
    for number in range(50):
        with pytest.raises(jwt.InvalidKeyError):
            keys.find(f"ghost{number}", "RS256")
    assert key_server.requests == 1
    clock.now += key_set.RETRY_SECONDS
    with pytest.raises(jwt.InvalidKeyError):
        keys.find("ghost", "RS256")
    assert key_server.requests == 2


def test_a_new_key_is_found_and_a_removed_one_forgotten(key_server: KeyServer) -> None:
    clock = Clock()
    keys = RemoteKeys(key_server.url, clock=clock)
    assert keys.find("rsa", "RS256") is not None
    key_server.body = json.dumps({"keys": [public(OTHER_RSA, "new")]}).encode()
    clock.now += key_set.RETRY_SECONDS
    assert keys.find("new", "RS256") is not None
    with pytest.raises(jwt.InvalidKeyError):
        keys.find("rsa", "RS256")


def test_keys_are_looked_at_again_after_a_while(key_server: KeyServer) -> None:
    clock = Clock()
    keys = RemoteKeys(key_server.url, clock=clock)
    keys.find("rsa", "RS256")
    clock.now += key_set.FRESH_SECONDS
    assert keys.blocks("rsa", "RS256") is True
    keys.find("rsa", "RS256")
    assert key_server.requests == 2


def test_a_server_that_fails_later_leaves_its_keys_in_force_for_a_time(
    key_server: KeyServer, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    keys = RemoteKeys(key_server.url, clock=clock)
    keys.find("rsa", "RS256")
    key_server.status = 500
    clock.now += key_set.FRESH_SECONDS
    assert keys.find("rsa", "RS256") is not None
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    clock.now += key_set.TRUSTED_SECONDS
    with pytest.raises(KeyServerUnavailable):
        keys.find("rsa", "RS256")


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (500, {}, b"{}"),
        (404, {}, b"{}"),
        (302, {"Location": "http://127.0.0.1:1/"}, b""),
        (200, {}, b"not json"),
        (200, {}, b'{"keys": []}'),
        (200, {}, b'{"keys": [' + b" " * (key_set.MAX_BYTES + 1) + b"]}"),
        (200, {"Content-Length": "5"}, b"{}"),
    ],
    ids=["500", "404", "redirect", "no JSON", "no keys", "too large", "cut off"],
)
def test_a_server_without_a_usable_answer_is_unavailable(
    key_server: KeyServer, status: int, headers: dict[str, str], body: bytes
) -> None:
    key_server.status, key_server.headers, key_server.body = status, headers, body
    verifier = TokenVerifier(TokenRules(jwks=key_server.url))
    for _ in range(3):
        with pytest.raises(KeyServerUnavailable):
            verifier.verify(token(RSA, "RS256", "rsa"))
    assert key_server.requests == 1


def test_a_server_that_is_not_there_is_unavailable() -> None:
    verifier = TokenVerifier(TokenRules(jwks="http://127.0.0.1:1/jwks.json"))
    with pytest.raises(KeyServerUnavailable):
        verifier.verify(token(RSA, "RS256", "rsa"))


def test_a_server_that_comes_back_is_used_again(key_server: KeyServer) -> None:
    clock = Clock()
    keys = RemoteKeys(key_server.url, clock=clock)
    key_server.status = 503
    with pytest.raises(KeyServerUnavailable):
        keys.find("rsa", "RS256")
    key_server.status = 200
    clock.now += key_set.RETRY_SECONDS
    assert keys.find("rsa", "RS256") is not None
