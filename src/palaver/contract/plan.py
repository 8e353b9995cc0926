"""One operation, compiled: from an admitted request to a checked response."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from starlette.types import Receive, Scope, Send

from palaver.contract.bodies import LARGE, MULTIPART, BodyPlan
from palaver.contract.document import Document, Operation
from palaver.contract.events import stream_events
from palaver.contract.faults import ContractBreach, NotAcceptable
from palaver.contract.forms import Upload
from palaver.contract.leaving import while_connected
from palaver.contract.negotiation import preferred
from palaver.contract.parameters import ParameterPlan
from palaver.contract.rendering import ErrorTable
from palaver.contract.reply import ArrayStream, ByteStream, EventStream, Reply
from palaver.contract.responses import ResponsePlan, raw_headers
from palaver.contract.schemas import SchemaCompiler
from palaver.contract.security import principal_of
from palaver.contract.shell import EXCHANGE, Exchange
from palaver.contract.streaming import close_parts, stream_array, stream_bytes
from palaver.workers import Workers

Handler = Callable[..., Any]

_WITHOUT_LENGTH = frozenset({204, 304})
"""RFC 9110, section 8.6: the first must not have a ``Content-Length``, the second would have that
of another answer."""


class OperationPlan:
    """Everything about one operation that can be decided before a request arrives."""

    def __init__(
        self,
        document: Document,
        operation: Operation,
        handler: Handler,
        *,
        compiler: SchemaCompiler,
        backend: Any,
        workers: Workers,
        body_model: Any = None,
        body_limit: int | None = None,
        admit: Callable[[Any], None] | None = None,
        closing: asyncio.Event | None = None,
        ends_with_client: bool = False,
    ) -> None:
        """``body_model`` is what the handler takes as ``body``; plain data without one.
        ``body_limit`` is the most bytes of a body, in place of the contract's; ``admit`` gets the
        principal before the body is read, and raises what the request is refused for; with
        ``closing`` no body is waited for any longer; ``ends_with_client`` says that a handler that
        is a coroutine is cancelled when nobody waits for its answer.

        Raises ``ContractError`` where the contract asks for what the runtime cannot do, or where
        the handler's signature is not the contract's.
        """
        self.operation = operation
        self.errors = ErrorTable(document, operation)
        self._parameters = ParameterPlan(document, operation, compiler)
        self.body: BodyPlan | None = None
        if operation.request_body is not None:
            self.body = BodyPlan(document, operation, compiler, body_model)
            self.body.max_bytes = body_limit or self.body.max_bytes
            self.body.closing = closing
        self._admit = admit
        self._responses = ResponsePlan(document, operation, compiler)
        self.media_types = self._responses.success_media_types
        self._chooses = len(self.media_types) > 1
        self._secured = bool(operation.security)
        self._backend = backend
        self._workers = workers
        self._handler = handler
        self._is_async = inspect.iscoroutinefunction(handler)
        self._ends_with_client = ends_with_client and self._is_async
        self._check_signature(document)

    def _check_signature(self, document: Document) -> None:
        wanted = {"backend", *self._parameters.arguments}
        if self._secured:
            wanted.add("principal")
        if self.body is not None:
            wanted.add("body")
        if self._chooses:
            wanted.add("media_type")
        parameters = inspect.signature(self._handler).parameters
        missing, surplus = sorted(wanted - set(parameters)), sorted(set(parameters) - wanted)
        if missing or surplus or any(p.kind != p.KEYWORD_ONLY for p in parameters.values()):
            found = f"lacks {', '.join(missing)}" if missing else ""
            extra = f"has {', '.join(surplus)} too many" if surplus else ""
            raise document.fail(
                self.operation.pointer,
                "handler",
                f"the handler of {self.operation.operation_id} "
                f"{' and '.join(filter(None, (found, extra))) or 'must take keywords only'}",
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request that routing and security let through."""
        exchange: Exchange = scope[EXCHANGE]
        principal = principal_of(scope) if self._secured else None
        arguments = self._parameters.read(
            exchange.path_parameters, scope["query_string"], scope["headers"]
        )
        if self._admit is not None:
            self._admit(principal)
        if self.body is not None:
            arguments["body"] = await self._read_body(self.body, scope, receive)
        arguments["backend"] = self._backend
        if self._secured:
            arguments["principal"] = principal
        if self._chooses:
            arguments["media_type"] = exchange.media_type or self.media_types[0]
        try:
            if self._ends_with_client:
                result = await while_connected(self._handler(**arguments), receive)
            elif self._is_async:
                result = await self._handler(**arguments)
            else:
                result = await self._workers.run(self._handler, **arguments)
            await self._answer(result, scope, receive, send)
        finally:
            body = arguments.get("body")
            if isinstance(body, dict):
                for item in body.values():
                    if isinstance(item, Upload):
                        item.file.close()

    async def _read_body(self, body: BodyPlan, scope: Scope, receive: Receive) -> Any:
        if body.media_type == MULTIPART:
            return await body.receive_form(receive, dict(reversed([*scope["headers"]])))
        content = await body.receive(receive)
        if content and not scope[EXCHANGE].announced_body:
            # HTTP/2 needs neither Content-Length nor Transfer-Encoding.
            body.check_headers(dict(reversed([*scope["headers"]])))
        if len(content) < LARGE:
            return body.parse_json(content)
        return await self._workers.run(body.parse_json, content)

    async def _answer(self, result: Any, scope: Scope, receive: Receive, send: Send) -> None:
        is_head = scope["method"] == "HEAD"
        reply = result if isinstance(result, Reply) else None
        body = result if reply is None else reply.body
        headers = {} if reply is None else {k.lower(): v for k, v in reply.headers.items()}
        try:
            plan = self._responses.status_of(reply)
            plan.check_headers(headers)
            if reply is not None and reply.media_type is not None:
                _check_accepted(reply.media_type, scope)
        except (ContractBreach, NotAcceptable):
            if isinstance(body, EventStream):
                body.source.close()
            if isinstance(body, ByteStream):
                await self._workers.run(close_parts, body)
            raise
        if isinstance(body, ArrayStream):
            run = self._workers.run
            await stream_array(
                body,
                plan,
                headers,
                media_type=None if reply is None else reply.media_type,
                is_head=is_head,
                run=run,
                receive=receive,
                send=send,
            )
            return
        if isinstance(body, ByteStream):
            await stream_bytes(
                body,
                plan,
                headers,
                media_type=None if reply is None else reply.media_type,
                is_head=is_head,
                run=self._workers.run,
                receive=receive,
                send=send,
            )
            return
        if isinstance(body, EventStream):
            await stream_events(body, plan, headers, is_head=is_head, receive=receive, send=send)
            return
        if reply is not None and reply.large:
            content, media_type = await self._workers.run(plan.encode, body, reply.media_type)
        else:
            content, media_type = plan.encode(body, None if reply is None else reply.media_type)
        raw = raw_headers(headers, media_type)
        if plan.status not in _WITHOUT_LENGTH:
            raw.append((b"content-length", b"%d" % len(content)))
        await send({"type": "http.response.start", "status": plan.status, "headers": raw})
        await send({"type": "http.response.body", "body": b"" if is_head else content})


def _check_accepted(media_type: str, scope: Scope) -> None:
    """Raise ``NotAcceptable`` where ``Accept`` rules out the type that a handler chose; it need not
    be the one that ``Accept`` likes best."""
    exchange: Exchange = scope[EXCHANGE]
    if exchange.media_type is None or exchange.media_type == media_type:
        return
    accept = b",".join(value for name, value in scope["headers"] if name == b"accept")
    if preferred.__wrapped__(accept.decode("latin-1"), (media_type,)) is None:
        raise NotAcceptable(f"This answer is {media_type}.")
