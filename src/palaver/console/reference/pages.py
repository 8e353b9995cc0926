"""The page, and what it loads. Nothing comes from elsewhere."""

from __future__ import annotations

import gzip
import hashlib
import importlib.resources
import json
from functools import cached_property
from typing import Final

from flask import Blueprint, Response, abort, redirect, render_template

from palaver.console.assets import TYPES, Asset, Assets, make_asset
from palaver.console.pages import ASK_AGAIN, FOREVER, Program, serve, told

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        # Scalar writes its style sheets and the places of its menus into the page.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""The page's Content-Security-Policy: scripts of this server alone, and requests to it alone."""


class Reference:
    """Serves the page and its files."""

    def __init__(self, console: Assets, program: Program) -> None:
        """``console`` has the icon; ``program`` is what whoever runs the server calls."""
        self._program = program
        self._pages: dict[Program, Asset] = {}
        self._icon = f"/console/static/{console.version}/icon.svg"
        room = importlib.resources.files(__package__)
        self._assets = Assets(room / "static")
        self._vendor = room / "vendor"
        (self._vendored,) = json.loads((self._vendor / "vendor.json").read_text(encoding="utf-8"))

    @property
    def blueprint(self) -> Blueprint:
        """The rules of the page."""
        made = Blueprint("reference", __name__)
        made.add_url_rule("/docs", "page", self._page)
        made.add_url_rule("/docs/", "folder", lambda: redirect("/docs", 308))
        made.add_url_rule("/docs/static/<version>/<path:name>", "asset", self._asset)
        made.add_url_rule("/docs/scalar/<version>/scalar.js", "scalar", self._scalar)
        return made

    def _page(self) -> Response:
        program = told(self._program)
        if program not in self._pages:
            self._pages[program] = self._make_page(program)
        response = serve(self._pages[program], ASK_AGAIN)
        response.headers["Content-Security-Policy"] = POLICY
        return response

    def _make_page(self, program: Program) -> Asset:
        text = render_template(
            "reference.html",
            static=f"/docs/static/{self._assets.version}",
            icon=self._icon,
            scalar=f"/docs/scalar/{self._vendored['version']}",
            program=program,
        )
        return make_asset("reference.html", text.encode())

    def _asset(self, version: str, name: str) -> Response:
        asset = self._assets.find(name)
        if asset is None:
            abort(404)
        return serve(asset, FOREVER if version == self._assets.version else ASK_AGAIN)

    def _scalar(self, version: str) -> Response:
        return serve(self._bundle, FOREVER if version == self._vendored["version"] else ASK_AGAIN)

    @cached_property
    def _bundle(self) -> Asset:
        """Kept compressed, because compressing four megabytes takes a second."""
        packed = (self._vendor / self._vendored["file"]).read_bytes()
        tag = hashlib.sha256(packed).hexdigest()[:32]
        return Asset(TYPES[".js"], gzip.decompress(packed), packed, tag)
