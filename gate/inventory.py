"""The routes that are served are the contract's, no more and no fewer.

Over HTTP, every path is asked with every method that it does not have, and under the spellings that
routers tend to take for it. Inside the process, all layers of the application are walked: a route
that nobody would guess is found there, and a layer that is not known is a failure itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from gate.addressing import Addressing, Unaddressable
from gate.findings import Failure, Findings
from gate.wire import Request
from palaver.contract.document import Document, Operation
from palaver.contract.schemas import SchemaCompiler
from palaver.contract.shell import nothing_here
from palaver.wsgi import Behind

METHODS = ("get", "put", "post", "delete", "patch", "options")
CONTRACT_BYTES = "contract-bytes"
LAYERS = frozenset(
    {
        "Shell",
        "Shield",
        "ContractRouting",
        "ContractSecurity",
        "ContractMiddleware",
        "LifespanMiddleware",
    }
)
"""The layers of a composed application; the inventory knows where each keeps its routes."""


class Inventory:
    """Asks for what the contract does not have, path by path."""

    def __init__(self, addressing: Addressing, findings: Findings) -> None:
        self._addressing = addressing
        self._wire = addressing.wire
        self._findings = findings
        self._compiler = SchemaCompiler(addressing.document)

    def run(self, operation: Operation) -> None:
        """Every route around an operation that must not be there."""
        try:
            request = self._addressing.existing(operation)
        except Unaddressable:
            # The probes say so.
            return
        self._check_methods(operation, request)
        self._check_aliases(operation, request)
        if operation.method == "get":
            self._check_head(operation, request)
        self._check_bytes(operation)

    def _check_methods(self, operation: Operation, request: Request) -> None:
        item = self._addressing.document.tree["paths"][operation.path]
        present = {method.upper() for method in METHODS if method in item}
        allowed = present | ({"HEAD"} if "GET" in present else set())
        for method in METHODS:
            if method in item:
                continue
            answer = self._ask(method, request.target_path, request)
            found = f"{method.upper()} {operation.path}"
            self._expect(
                answer.status_code == 405,
                operation,
                "undocumented-method",
                f"{found} answers {answer.status_code} instead of 405",
            )
            if answer.status_code == 405:
                allow = {each.strip() for each in answer.headers.get("allow", "").split(",")}
                self._expect(allow == allowed, operation, "allow", f"{found}: Allow is {allow}")
                self._check_shape(operation, answer)

    def _check_shape(self, operation: Operation, answer: httpx.Response) -> None:
        """An error that no operation documents has the shape of its surface."""
        surfaces = self._addressing.document.tree.get("x-error-surfaces", [])
        fitting = [each for each in surfaces if operation.path.startswith(each["prefix"])]
        if not fitting:
            return
        name = max(fitting, key=lambda each: len(each["prefix"]))["schema"]
        validator = self._compiler.compile({"$ref": f"#/components/schemas/{name}"})
        try:
            valid = validator.is_valid(answer.json())
        except ValueError:
            valid = False
        self._expect(valid, operation, "surface", f"{answer.status_code} is no {name}")

    def _check_aliases(self, operation: Operation, request: Request) -> None:
        """Other spellings of a path lead nowhere."""
        path = request.target_path
        fixed = operation.path.partition("{")[0]
        head, _, tail = path.lstrip("/").partition("/")
        aliases = {f"{path}/", fixed.upper() + path[len(fixed) :], f"/{head}//{tail}", f"/{path}"}
        for alias in sorted(aliases - {path}):
            answer = self._ask(operation.method, alias, request)
            self._expect(
                not answer.is_success,
                operation,
                "undocumented-path",
                f"{operation.method.upper()} {alias} answers {answer.status_code}",
            )

    def _check_head(self, operation: Operation, request: Request) -> None:
        head = self._ask("head", request.target_path, request)
        get = self._ask("get", request.target_path, request)
        same = head.status_code == get.status_code and not head.content
        type_of = "content-type"
        same = same and head.headers.get(type_of) == get.headers.get(type_of)
        self._expect(same, operation, "head", f"HEAD answers {head.status_code} unlike GET")

    def _check_bytes(self, operation: Operation) -> None:
        """The contract that is served is the contract, byte by byte."""
        document = self._addressing.document
        if operation.path not in ("/openapi.yaml", "/openapi.json") or operation.method != "get":
            return
        answer = self._wire.send(Request(operation))
        if operation.path.endswith(".yaml"):
            same = answer.content == document.content
        else:
            same = answer.json == document.tree
        self._findings.expect(same, answer, CONTRACT_BYTES, "another contract is served")

    def _ask(self, method: str, path: str, request: Request) -> httpx.Response:
        return self._wire.ask(
            method, path, token=request.token or self._wire.target.owner, like=request
        )

    def _expect(self, holds: bool, operation: Operation, rule: str, message: str) -> None:
        if not holds:
            self._findings.add(operation.operation_id, rule, message)


def check_application(app: Any, document: Document) -> list[Failure]:
    """What the layers of a composed application serve beside the contract, or fail to serve."""
    documented = {(o.method.upper(), o.path): o.operation_id for o in document.operations}
    failures: list[Failure] = []
    served: dict[tuple[str, str], str] = {}
    *layers, behind = app.middleware_stack
    for layer in layers:
        name = type(layer).__name__
        if name not in LAYERS:
            message = f"the layer {name} is not known; nobody looked for routes in it"
            failures.append(Failure("", "inventory", message))
        table = getattr(layer, "_table", None)
        if table is not None:
            served |= {(method, path): name for path, method, name in _routes(table._root)}
    for key in sorted(set(served) - set(documented)):
        message = f"{key[0]} {key[1]} is served and is not documented"
        failures.append(Failure(served[key], "inventory", message))
    for key in sorted(set(documented) - set(served)):
        message = f"{key[0]} {key[1]} is documented and is not served"
        failures.append(Failure(documented[key], "inventory", message))
    for key in sorted(set(documented) & set(served)):
        if documented[key] != served[key]:
            message = f"{key[0]} {key[1]} is served by {served[key]}"
            failures.append(Failure(documented[key], "inventory", message))
    inner = [value for value in vars(layers[-1]).values() if value is behind]
    # The console's pages are no operations; they keep to places where the contract has none.
    pages = behind if isinstance(behind, Behind) else None
    for method, path in sorted(documented):
        if pages is not None and pages.owns(path):
            message = f"{method} {path} is documented and is a place of the console"
            failures.append(Failure(documented[method, path], "inventory", message))
    if not (pages or behind is nothing_here) or not inner:
        name = getattr(inner[0] if inner else behind, "__qualname__", type(behind).__name__)
        message = f"behind the contract stands {name}, whose routes are not documented"
        failures.append(Failure("", "inventory", message))
    return failures


def _routes(node: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    if node.item is not None:
        methods: Mapping[str, str] = node.item.operation_ids
        yield from ((node.item.template, method, name) for method, name in methods.items())
    for segment, child in node.literals.items():
        yield from _routes(child, f"{path}/{segment}")
    if node.parameter is not None:
        yield from _routes(node.parameter, f"{path}/{{}}")
