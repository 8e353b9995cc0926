"""The pages, and the files that they load."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, abort, redirect, render_template, request

from palaver.console.assets import Asset, Assets, make_asset
from palaver.console.sign_in import SignIn

FOREVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"


@dataclass(frozen=True, slots=True)
class Program:
    """How the server's program is called, and the options that its commands need."""

    command: str
    options: str


ANY_PROGRAM: Final = Program("palaver", "")
"""What those are told who are elsewhere: the folders of the server are not their concern."""


class Pages:
    """What browsers are shown: the console, the page that signs in, and a welcome."""

    def __init__(self, assets: Assets, sign_in: SignIn, program: Program) -> None:
        self._assets = assets
        self._sign_in = sign_in
        self._program = program
        self._made: dict[tuple[str, Program], Asset] = {}

    @property
    def blueprint(self) -> Blueprint:
        """The rules of the pages."""
        made = Blueprint("pages", __name__)
        made.add_url_rule("/", "welcome", self._welcome)
        made.add_url_rule("/console", "console", lambda: self._page("console"))
        made.add_url_rule("/console/", "console_folder", lambda: redirect("/console", 308))
        made.add_url_rule("/console/sign-in", "sign_in", lambda: self._page("sign_in"))
        made.add_url_rule("/console/static/<version>/<path:name>", "asset", self._asset)
        return made

    def _welcome(self) -> Response:
        # A program that asks for no page in particular is told that there is nothing, as ever.
        if "text/html" not in request.headers.get("Accept", ""):
            abort(404)
        if self._sign_in.has_cookie():
            response = Response(status=303, headers={"Location": "/console"})
        else:
            response = self._page("welcome")
        response.headers["Cache-Control"] = "no-store"
        response.vary.update(("Accept", "Cookie"))
        return response

    def _page(self, name: str) -> Response:
        program = told(self._program)
        key = name, program
        if key not in self._made:
            text = render_template(
                f"{name}.html",
                static=f"/console/static/{self._assets.version}",
                can_sign_in=self._sign_in.is_possible,
                program=program,
            )
            self._made[key] = make_asset(f"{name}.html", text.encode())
        return serve(self._made[key], ASK_AGAIN)

    def _asset(self, version: str, name: str) -> Response:
        asset = self._assets.find(name)
        if asset is None:
            abort(404)
        # While replicas of two versions serve, a page of the one may ask the other.
        return serve(asset, FOREVER if version == self._assets.version else ASK_AGAIN)


def told(program: Program) -> Program:
    """What whoever asks is told of the server's program."""
    try:
        is_here = ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        is_here = False
    return program if is_here else ANY_PROGRAM


def serve(asset: Asset, cache: str) -> Response:
    """A file, compressed for whoever takes that; 304 for whoever has it."""
    packed = asset.compressed if request.accept_encodings["gzip"] > 0 else None
    data = asset.data if packed is None else packed
    response = Response(data, content_type=asset.media_type)
    # What is compressed is another representation, and has another tag.
    response.set_etag(asset.etag if packed is None else f"{asset.etag}-gzip")
    response.headers["Cache-Control"] = cache
    if asset.compressed is not None:
        response.vary.add("Accept-Encoding")
    if packed is not None:
        response.headers["Content-Encoding"] = "gzip"
    response.make_conditional(request)
    # The server in front says it.
    del response.headers["Date"]
    return response
