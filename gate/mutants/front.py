"""The layer in front of the application where a mutant sits.

It changes what the mutated operation is asked and what it answers. Every other operation is passed
on as it is.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlencode

from starlette.types import Message, Receive, Scope, Send

from gate.addressing import Addressing
from gate.forms import FORM_TYPE, encoded
from gate.mutants.messages import ABSENT, Answer, Call
from gate.mutants.operators import Operator, Place, Scene, StoredValue
from gate.mutants.tampering import Tampering
from gate.operations import creates, file_fields, puts, takes_form
from gate.target import Target, authorization
from gate.values import Values
from gate.wire import ABSENT as NO_BODY
from gate.wire import Wire, spell
from palaver.contract.bodies import DEFAULT_MAX_BYTES
from palaver.contract.document import Document, Operation, pointer_of
from palaver.contract.paths import PathItem, PathTable


class Front:
    """An ASGI application around another one; idle without a mutant."""

    def __init__(
        self,
        app: Any,
        document: Document,
        tampering: Tampering,
        credentials: tuple[str, str, str, str],
    ) -> None:
        self._app = app
        self._tampering = tampering
        self._credentials = credentials
        self.owner, _, self.admin = (authorization(token) for token in credentials[:3])
        self._mutant: tuple[Operator, Place] | None = None
        self.memory: dict[str, Any] = {}
        self.loop: asyncio.AbstractEventLoop | None = None
        self._known: dict[str, list[Mapping[str, Any]]] = {}
        self._use(document)

    def _use(self, document: Document) -> None:
        self._document = document
        self._table = PathTable(
            "", [(o.method, o.path, o.operation_id) for o in document.operations]
        )
        self._by_id = {o.operation_id: o for o in document.operations}

    @contextlib.contextmanager
    def mutated(self, operator: Operator, place: Place) -> Iterator[None]:
        """A mutant sits here meanwhile."""
        self._mutant = operator, place
        try:
            yield
        finally:
            self._mutant = None

    @contextlib.contextmanager
    def replaced(self, app: Any, document: Document) -> Iterator[None]:
        """Another application is served meanwhile."""
        before, own = self._app, self._document
        self._app = app
        self._use(document)
        try:
            yield
        finally:
            self._app = before
            self._use(own)

    def forget(self) -> None:
        """Forget everything that was seen."""
        self.memory.clear()
        self._known.clear()

    def neighbours(self, call: Call) -> list[Mapping[str, Any]]:
        """Path parameters of other things of the same kind, the newest last."""
        assert self._mutant is not None
        known = self._known.get(self._mutant[1].operation.operation_id, [])
        mine = {name: str(value) for name, value in (call.path_parameters or {}).items()}
        return [each for each in known if {k: str(v) for k, v in each.items()} != mine]

    def undone(self) -> AbstractContextManager[None]:
        """Writes meanwhile answer as ever and leave nothing behind."""
        return self._tampering.undone()

    def storing(self, change: StoredValue) -> AbstractContextManager[None]:
        """Writes meanwhile store other values."""
        return self._tampering.storing(change)

    def example_of(self, operation: Operation) -> Call:
        """The contract's own example of a request by the owner."""
        with Wire(Target("http://unused", self._document, *self._credentials)) as wire:
            request = Addressing(wire, Values(self._document)).example(operation)
        headers = tuple((name.lower(), value) for name, value in request.headers.items())
        user = authorization(request.token) if request.token is not None else self.owner
        call = Call(
            method=operation.method.upper(),
            path="",
            query_string=urlencode({k: spell(v) for k, v in request.query.items()}).encode(),
            headers=(*headers, ("authorization", user)),
            body=b"",
            template=operation.path,
        ).with_path(request.path)
        if request.body is NO_BODY:
            return call
        if takes_form(operation):
            form = encoded(request.body, file_fields(self._document, operation))
            return call.with_body(form).with_header("content-type", FORM_TYPE)
        return call.with_json(request.body)

    def accepted(self, operation: Operation) -> list[str]:
        """Values of ``Authorization`` that an operation takes, one for each alternative."""
        target = Target("http://unused", self._document, *self._credentials)
        return [authorization(each) for each in target.credentials(operation)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.loop = asyncio.get_running_loop()
        if scope["type"] != "http" or self._mutant is None:
            await self._app(scope, receive, send)
            return
        operator, place = self._mutant
        call = Call.of(scope, b"")
        item, values = self._find(call)
        # What is announced and too large is never sent.
        if call.announced <= self._most(self._operation_of(call, item)):
            call = replace(call, body=await _read(receive))
        if item is not None:
            call = replace(call, template=item.template, path_parameters=values)

        async def serve(wanted: Call) -> Answer:
            return await self._serve(scope, receive, wanted)

        own = self._operation_of(call, item)
        if operator.behave is not None and _concerns(operator, place, own, item):
            answer = await operator.behave(Scene(call, serve, place, self))
        else:
            answer = await serve(call)
        if own is not None:
            self._learn(own, call, answer)
        for message in answer.messages():
            if message["type"] == "http.response.body" and call.method == "HEAD":
                message = {**message, "body": b""}
            await send(message)

    def _find(self, call: Call) -> tuple[PathItem | None, dict[str, str]]:
        try:
            found = self._table.match(call.path)
        except UnicodeDecodeError:
            found = None
        return (None, {}) if found is None else found

    def _operation_of(self, call: Call, item: PathItem | None) -> Operation | None:
        if item is None:
            return None
        method = "GET" if call.method == "HEAD" else call.method
        return self._by_id.get(item.operation_ids.get(method, ""))

    async def _serve(self, scope: Scope, receive: Receive, call: Call) -> Answer:
        inner = {**call.onto(scope), "path": unquote(call.path)}
        unread = call.announced > len(call.body)
        parts: list[Message] = [{"type": "http.request", "body": call.body, "more_body": False}]
        sent: list[Message] = []

        async def following() -> Message:
            # Whoever listens for the end of the connection hears of it when it ends.
            return parts.pop() if parts and not unread else await receive()

        async def collect(message: Message) -> None:
            sent.append(message)

        await self._app(inner, following, collect)
        return Answer.of(sent)

    def _most(self, operation: Operation | None) -> int:
        """The largest body that is read here."""
        body = (operation.request_body if operation is not None else None) or {}
        whole = self._document.tree.get("x-max-body-bytes", DEFAULT_MAX_BYTES)
        return int(body.get("x-max-body-bytes") or whole)

    def _learn(self, operation: Operation, call: Call, answer: Answer) -> None:
        """Remember what a create made, under every operation that its links lead to."""
        makes = creates(operation) or puts(operation)
        if not makes or not answer.succeeded or answer.json is ABSENT:
            return
        for link in operation.responses.get(str(answer.status), {}).get("links", {}).values():
            found: dict[str, Any] = {}
            for name, expression in link.get("parameters", {}).items():
                if expression == f"$request.path.{name}":
                    found |= {name: (call.path_parameters or {}).get(name)}
                    continue
                value: Any = answer.json
                for key in pointer_of(expression.removeprefix("$response.body")) or ("?",):
                    value = value.get(key) if isinstance(value, dict) else None
                if value is not None:
                    found[name] = value
            if found:
                self._known.setdefault(link.get("operationId", ""), []).append(found)


def _concerns(
    operator: Operator, place: Place, own: Operation | None, item: PathItem | None
) -> bool:
    if operator.reach == "all":
        return True
    if operator.reach == "path":
        return item is not None and item.template == place.operation.path
    return own is not None and own.operation_id == place.operation.operation_id


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)
