"""Signing in by a one-time link, tokens for the page, and signing out.

What changes something is asked for by scripts of this origin alone: the cookie is SameSite=Strict,
and each such request carries a header of its own, which no other origin's page can send here.
"""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import msgspec
from flask import Blueprint, Flask, Response, json, request, session
from flask.sessions import SecureCookieSessionInterface

from palaver.auth.links import cookie_key, cookie_name, read_link
from palaver.auth.tokens import TokenRules, issue_token
from palaver.errors import LinkExpired, LinkInvalid, LinkUsed, PalaverError
from palaver.store import SignedIn, Store
from palaver.store.sign_ins import LIFETIME

HEADER: Final = "X-Palaver-Console"
TOKEN_LIFETIME: Final = timedelta(minutes=15)
_LINK_ID: Final = "link"
_TITLES: Final[dict[type[PalaverError], str]] = {
    LinkInvalid: "This is no link of this server.",
    LinkExpired: "The link has expired.",
    LinkUsed: "The link was used already.",
}


class _Entry(msgspec.Struct):
    key: str


class _Cookies(SecureCookieSessionInterface):
    """Flask's signed cookies, which go back over TLS alone where they came over TLS."""

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - as Flask calls it
        return request.is_secure


class SignIn:
    """Signs people in and gives their pages tokens; not where an identity provider signs tokens."""

    def __init__(self, rules: TokenRules, store: Store) -> None:
        self._rules = rules
        self._store = store

    @property
    def is_possible(self) -> bool:
        """Whether this server can make tokens itself."""
        return self._rules.secret is not None

    def prepare(self, app: Flask) -> None:
        """Give an application its cookies and the operations of signing in."""
        app.session_interface = _Cookies()
        secret = self._rules.secret
        if secret is not None:
            # Without one no cookie is ever made, and none is taken.
            app.config.update(
                SECRET_KEY=cookie_key(secret), SESSION_COOKIE_NAME=cookie_name(secret)
            )
        app.config.update(
            SESSION_COOKIE_HTTPONLY=True,
            SESSION_COOKIE_SAMESITE="Strict",
            SESSION_COOKIE_PATH="/",
            SESSION_REFRESH_EACH_REQUEST=False,
            PERMANENT_SESSION_LIFETIME=LIFETIME,
        )
        blueprint = Blueprint("sign_in", __name__)
        for name, view in (
            ("sign-in", self._enter),
            ("token", self._token),
            ("sign-out", self._leave),
        ):
            blueprint.add_url_rule(f"/console/{name}", name, view, methods=["POST"])
        app.register_blueprint(blueprint)

    def has_cookie(self) -> bool:
        """Whether a browser says that somebody signed in with it."""
        return isinstance(session.get(_LINK_ID), str)

    def who(self) -> SignedIn | None:
        """Who asks, by the cookie. Raises ``StoreUnavailable``."""
        link_id = session.get(_LINK_ID)
        return self._store.sign_ins.find(link_id) if isinstance(link_id, str) else None

    def _enter(self) -> Response:
        refusal = self._refusal()
        if refusal is not None:
            return refusal
        assert self._rules.secret is not None
        try:
            link = read_link(self._rules.secret, _key(request.get_data()))
            self._store.sign_ins.redeem(
                link.link_id,
                subject=link.subject,
                is_admin=link.is_admin,
                link_expires=link.expires_at,
            )
        except (LinkInvalid, LinkExpired, LinkUsed) as error:
            return problem(error.status, error.code, _TITLES[type(error)])
        session.clear()
        session.permanent = True
        session[_LINK_ID] = link.link_id
        return _answer({"user": link.subject, "admin": link.is_admin})

    def _token(self) -> Response:
        refusal = self._refusal()
        if refusal is not None:
            return refusal
        who = self.who()
        if who is None:
            if self.has_cookie():
                session.clear()
            return problem(401, "not_signed_in", "Nobody is signed in.")
        token = issue_token(
            self._rules, subject=who.subject, admin=who.is_admin, lifetime=TOKEN_LIFETIME
        )
        return _answer(
            {
                "token": token,
                "expires_in": int(TOKEN_LIFETIME.total_seconds()),
                "user": who.subject,
                "admin": who.is_admin,
            }
        )

    def _leave(self) -> Response:
        refusal = self._refusal()
        if refusal is not None:
            return refusal
        link_id = session.get(_LINK_ID)
        if isinstance(link_id, str):
            self._store.sign_ins.end(link_id)
            session.clear()
        return _answer({})

    def _refusal(self) -> Response | None:
        """Why a request is refused before anything is looked at."""
        if not self.is_possible:
            return problem(
                409,
                "sign_in_elsewhere",
                "Tokens of this server come from an identity provider, so that the console cannot "
                "sign anybody in.",
            )
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        if HEADER not in request.headers or site not in ("same-origin", "none"):
            return problem(403, "another_origin", "Only the console's own pages may ask for this.")
        return None


def _key(body: bytes) -> str:
    """The key of a link, as a page sends it. Raises ``LinkInvalid``."""
    try:
        return msgspec.json.decode(body, type=_Entry).key
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise LinkInvalid from None


def problem(status: int, code: str, title: str = "") -> Response:
    """Problem details (RFC 9457); the request's id is in the header."""
    body = {
        "type": f"urn:palaver:problem:{code.replace('_', '-')}",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
    }
    response = _answer(body)
    response.status_code = status
    response.content_type = "application/problem+json"
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="palaver"'
    return response


def _answer(body: Any) -> Response:
    response = Response(json.dumps(body), content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
