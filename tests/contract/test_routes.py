"""The served routes are the contract's: Palaver's table and Connexion's router agree on each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from connexion.middleware.main import ConnexionMiddleware
from connexion.middleware.routing import RoutingMiddleware
from starlette.routing import Match, Mount, Router

from palaver.app import load_contract
from palaver.auth.basic import BasicSecurity
from palaver.auth.bearer import BearerSecurity, TokenVerifier
from palaver.auth.tokens import TokenRules
from palaver.contract.paths import PathTable
from palaver.contract.runtime import build_app, handlers_by_tag

DOCUMENT = load_contract()


def connexion_router() -> Router:
    """The router that Connexion built for the real contract."""
    verifier = TokenVerifier(TokenRules(secret="0" * 32))
    app: Any = build_app(
        DOCUMENT,
        handlers_by_tag(DOCUMENT, "palaver.handlers"),
        security={
            "bearer": lambda: BearerSecurity(verifier),
            "basic": lambda: BasicSecurity("palaver", "password"),
        },
    )
    assert isinstance(app, ConnexionMiddleware)
    stack: Any = app.middleware_stack
    routing = next(layer for layer in stack if isinstance(layer, RoutingMiddleware))
    mount = next(route for route in routing.router.routes if isinstance(route, Mount))
    router: Any = mount.app
    assert isinstance(router, Router)
    return router


def test_connexion_and_the_table_send_every_request_to_the_same_operation() -> None:
    router = connexion_router()
    table = PathTable(
        "", [(each.method, each.path, each.operation_id) for each in DOCUMENT.operations]
    )
    for operation in DOCUMENT.operations:
        path = operation.path.replace("{profile_id}", "7")
        path = path.replace("{", "").replace("}", "")
        method = operation.method.upper()
        scope = {"type": "http", "method": method, "path": path, "root_path": ""}
        full = [r for r in router.routes if r.matches(scope)[0] is Match.FULL]
        found = table.match(path)
        assert full, operation.operation_id
        assert found is not None
        chosen: Any = full[0]
        assert chosen.endpoint.operation_id == operation.operation_id
        assert found[0].operation_ids[method] == operation.operation_id


def test_the_shipped_contract_is_the_one_of_the_repository() -> None:
    assert DOCUMENT.content == (Path(__file__).parents[2] / "openapi.yaml").read_bytes()
