"""The Flask application put together."""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from palaver.auth.tokens import TokenRules
from palaver.console.assets import Assets
from palaver.console.headers import content_policy, protect
from palaver.console.pages import ANY_PROGRAM, Pages, Program
from palaver.console.reference.pages import Reference
from palaver.console.sign_in import SignIn, problem
from palaver.store import Store

MAX_BODY_BYTES = 16_384


def create_console(
    rules: TokenRules,
    store: Store,
    *,
    style_sheets: Sequence[str] = (),
    program: Program = ANY_PROGRAM,
) -> Flask:
    """The console of a server whose tokens fulfil ``rules``.

    ``style_sheets`` are those that frames within its pages may hold; ``program`` is what whoever
    runs the server calls.
    """
    app = Flask(__name__, static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        # What goes wrong is logged and answered where everything else is.
        PROPAGATE_EXCEPTIONS=True,
        PROVIDE_AUTOMATIC_OPTIONS=False,
    )
    sign_in = SignIn(rules, store)
    sign_in.prepare(app)
    assets = Assets(importlib.resources.files(__package__) / "static")
    app.register_blueprint(Pages(assets, sign_in, program).blueprint)
    app.register_blueprint(Reference(assets, program).blueprint)
    policy = content_policy(style_sheets)

    @app.after_request
    def keep_to_itself(response: Response) -> Response:
        protect(response, policy)
        return response

    @app.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> Any:
        if error.code is None or error.code < 400:
            return error
        # The root is a page for browsers alone; to everybody else there is nothing, as ever.
        code = 404 if request.path == "/" and error.code == 405 else error.code
        response = problem(code, error.name.lower().replace(" ", "_"))
        response.headers.extend(
            (name, value) for name, value in error.get_headers() if name == "Allow"
        )
        return response

    return app


def owner_of(app: Flask) -> Callable[[str], bool]:
    """What tells the paths below which an application has pages."""
    rooms = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()} - {""}
    return lambda path: path == "/" or path.partition("/")[2].partition("/")[0] in rooms
