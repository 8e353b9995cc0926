"""The contract runtime put together: a document and handlers in, an ASGI application out."""

from __future__ import annotations

import asyncio
import functools
import importlib
import inspect
from collections.abc import AsyncIterator, Callable, Mapping, Set
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from types import ModuleType
from typing import Any, get_args, get_origin, get_type_hints

import jsonschema_rs
from connexion.middleware.abstract import RoutedAPI, RoutedMiddleware
from connexion.middleware.lifespan import LifespanMiddleware
from connexion.middleware.main import ConnexionMiddleware
from connexion.operations import AbstractOperation
from connexion.resolver import Resolution, Resolver
from starlette.types import ASGIApp

from palaver.contract.document import Document
from palaver.contract.paths import PathTable, check_paths
from palaver.contract.plan import Handler, OperationPlan
from palaver.contract.rendering import ErrorRenderer
from palaver.contract.schemas import SchemaCompiler
from palaver.contract.security import ContractSecurity, check_schemes, remembering
from palaver.contract.shell import Shell, nothing_here
from palaver.contract.shield import ContractRouting, Shield
from palaver.workers import Workers

READERS = 12
WRITERS = 8
"""Threads for plain handlers: of GET, and of all other methods. Writers wait for one another and
for locks; with threads of their own they cannot keep a read waiting."""

Lifespan = Callable[[Any], AbstractAsyncContextManager[Mapping[str, Any] | None]]


class _ContractAPI(RoutedAPI[OperationPlan]):
    """The compiled plans of one contract, found by Connexion under its operation ids."""

    def __init__(self, *args: Any, plans: Mapping[str, OperationPlan], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plans = plans
        self.add_paths()

    def make_operation(self, operation: AbstractOperation) -> OperationPlan:
        return self._plans[operation.operation_id]


class ContractMiddleware(RoutedMiddleware[_ContractAPI]):
    """Serves the operations of the contract; what routing did not find goes on to the next app."""

    api_cls = _ContractAPI

    def __init__(self, app: ASGIApp, plans: Mapping[str, OperationPlan]) -> None:
        super().__init__(app)
        self._plans = plans

    def add_api(self, specification: Any, **kwargs: Any) -> _ContractAPI:
        api: _ContractAPI = super().add_api(specification, plans=self._plans, **kwargs)
        return api


class _HandlerResolver(Resolver):
    """Gives Connexion the handlers that were found at start; there are no dotted names."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        super().__init__()
        self._handlers = handlers

    def resolve(self, operation: AbstractOperation) -> Resolution:
        operation_id = operation.operation_id
        return Resolution(self._handlers[operation_id], operation_id)


def build_app(
    document: Document,
    handlers: Mapping[str, Handler],
    *,
    backend: Any = None,
    security: Mapping[str, Callable[[], Any]] | None = None,
    behind: ASGIApp = nothing_here,
    lifespan: Lifespan | None = None,
    readers: int = READERS,
    writers: int = WRITERS,
    body_limits: Mapping[str, int] | None = None,
    admission: Mapping[str, Callable[[Any], None]] | None = None,
    closing: asyncio.Event | None = None,
    ending_with_client: Set[str] = frozenset(),
) -> ASGIApp:
    """An ASGI application that serves a contract.

    ``handlers`` maps each operationId to its function, ``backend`` is handed to every one of them,
    ``security`` maps ``bearer`` and ``basic`` to factories of Connexion security handlers, and
    ``behind`` answers what the contract does not have. ``readers`` and ``writers`` bound the
    threads that plain functions run on, for GET and for all other methods. ``body_limits`` are the
    most bytes of a body by operationId, where they are not the contract's; ``admission`` gives what
    looks at the principal before a body is read. ``closing`` is set when no body is waited for.
    ``ending_with_client`` are the operations whose handlers, if they are coroutines, are cancelled
    when the client goes.

    Raises ``ContractError`` with file, line and rule where contract and handlers do not fit.
    """
    security = security or {}
    document.check_references()
    check_paths(document)
    check_schemes(document, security)
    _check_handlers(document, handlers)
    for_reads, for_writes = Workers(readers), Workers(writers)
    compiler = SchemaCompiler(document)
    plans: dict[str, OperationPlan] = {}
    for operation in document.operations:
        handler = handlers[operation.operation_id]
        try:
            plans[operation.operation_id] = OperationPlan(
                document,
                operation,
                handler,
                compiler=compiler,
                backend=backend,
                workers=for_reads if operation.method == "get" else for_writes,
                body_model=_body_model(handler),
                body_limit=(body_limits or {}).get(operation.operation_id),
                admit=(admission or {}).get(operation.operation_id),
                closing=closing,
                ends_with_client=operation.operation_id in ending_with_client,
            )
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError) as error:
            # A schema that is none, such as one with a broken pattern.
            message = str(error).partition("\n")[0]
            raise document.fail(
                operation.pointer, "schema", f"{operation.operation_id}: {message}"
            ) from None
    table = PathTable("", [(o.method, o.path, o.operation_id) for o in document.operations])

    @asynccontextmanager
    async def pooled_lifespan(app: Any) -> AsyncIterator[Mapping[str, Any] | None]:
        async with lifespan(app) if lifespan is not None else nullcontext() as state:
            try:
                yield state
            finally:
                # Before the store is closed, on which running handlers work.
                for_reads.close()
                for_writes.close()

    connexion_app = ConnexionMiddleware(
        behind,
        import_name="palaver",
        lifespan=pooled_lifespan,
        middlewares=[
            functools.partial(Shell, renderer=ErrorRenderer(document)),
            functools.partial(Shield, table=table, plans=plans),
            ContractRouting,
            ContractSecurity,
            functools.partial(ContractMiddleware, plans=plans),
            LifespanMiddleware,
        ],
        resolver=_HandlerResolver(handlers),
        security_map=remembering(security),
    )
    # Connexion changes the dict that it is given, and dereferences it.
    connexion_app.add_api(Document.parse(document.content, name=document.name).tree, base_path="")
    # Connexion would build this at the first request; a broken wiring must stop the start instead.
    connexion_app.app, connexion_app.middleware_stack = connexion_app._build_middleware_stack()
    app: ASGIApp = connexion_app
    return app


def handlers_by_tag(document: Document, package: str) -> dict[str, Handler]:
    """The handlers of a package: the first tag names the module, the operationId the function.

    Raises ``ContractError`` for a missing module or function and for a surplus public function.
    """
    handlers: dict[str, Handler] = {}
    modules: dict[str, ModuleType] = {}
    for operation in document.operations:
        name = f"{package}.{operation.tag}"
        if operation.tag not in modules:
            try:
                modules[operation.tag] = importlib.import_module(name)
            except ModuleNotFoundError as error:
                if error.name != name:
                    raise
                raise document.fail(
                    operation.pointer, "handler", f"there is no module handlers/{operation.tag}.py"
                ) from None
        handler = getattr(modules[operation.tag], operation.operation_id, None)
        if not inspect.isfunction(handler):
            raise document.fail(
                operation.pointer,
                "handler",
                f"handlers/{operation.tag}.py has no function {operation.operation_id}",
            )
        handlers[operation.operation_id] = handler
    for tag, module in modules.items():
        for name, function in inspect.getmembers(module, inspect.isfunction):
            own = function.__module__ == module.__name__ and not name.startswith("_")
            if own and handlers.get(name) is not function:
                raise document.fail(
                    ("tags",),
                    "handler",
                    f"handlers/{tag}.py: {name} is no operation of the contract",
                )
    return handlers


def _check_handlers(document: Document, handlers: Mapping[str, Handler]) -> None:
    for operation in document.operations:
        if operation.operation_id not in handlers:
            raise document.fail(
                operation.pointer, "handler", f"{operation.operation_id} has no handler"
            )
    surplus = set(handlers) - {operation.operation_id for operation in document.operations}
    if surplus:
        raise document.fail(
            ("paths",), "handler", f"no operation for the handler {', '.join(sorted(surplus))}"
        )


def _body_model(handler: Handler) -> Any:
    """What a handler's ``body`` is annotated with, ``None`` aside; plain data where it is not."""
    if "body" not in inspect.signature(handler).parameters:
        return None
    hint = get_type_hints(handler).get("body")
    if hint is None or get_origin(hint) is None:
        return None if hint in (None, Any) else hint
    members = [member for member in get_args(hint) if member is not type(None)]
    return members[0] if len(members) == 1 and type(None) in get_args(hint) else hint
