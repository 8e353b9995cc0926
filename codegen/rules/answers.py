"""Answers: every status that can come back is documented, with its body and its headers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .problem import Problem
from .tree import Answer, Call, Contract

_BODYLESS = frozenset({"204", "304"})
_HEADERS: Mapping[str, str] = {
    "401": "WWW-Authenticate",
    "429": "Retry-After",
    "503": "Retry-After",
}


def check_statuses_explicit(contract: Contract) -> Iterator[Problem]:
    """Statuses are written out: no ``default``, no ranges, and a success among them."""
    for node in contract.of_kind("operation"):
        name = node.value.get("operationId")
        statuses = [str(status) for status in node.value.get("responses", {})]
        for status in statuses:
            if not re.fullmatch(r"[1-5][0-9]{2}", status):
                sentence = f"{name} says {status!r}; write out every status that it can answer"
                yield Problem((*node.pointer, "responses", status), "explicit-status", sentence)
        if not any(status.startswith("2") for status in statuses):
            yield Problem(node.pointer, "explicit-status", f"{name} documents no success")


def check_statuses_complete(contract: Contract) -> Iterator[Problem]:
    """What the runtime can answer by itself is documented."""
    for call in contract.calls:
        documented = {answer.status for answer in call.answers}
        for status, reason in _expected(call):
            if status not in documented:
                sentence = f"{call.name} documents no {status}, although {reason}"
                yield Problem(call.pointer, "status-documented", sentence)


def _expected(call: Call) -> Iterator[tuple[str, str]]:
    yield "400", "any request can be invalid"
    if call.operation.security:
        yield "401", "it needs authentication"
    if any(answer.value.get("content") for answer in call.successes):
        yield "406", "a client may not accept the type of its answer"
    if call.body is not None:
        yield "413", "its body can be too large"
        yield "415", "its body can be of another type"


def check_bodies(contract: Contract) -> Iterator[Problem]:
    """Every answer but 204 and 304 has a body with a schema."""
    for call in contract.calls:
        for answer in call.answers:
            content = answer.value.get("content")
            if answer.status in _BODYLESS:
                if content:
                    sentence = f"a {answer.status} has no body"
                    yield Problem((*answer.pointer, "content"), "response-body", sentence)
            elif not content:
                sentence = f"{call.name} does not say what a {answer.status} holds"
                yield Problem(answer.pointer, "response-body", sentence)
    for node in contract.of_kind("media type"):
        if "schema" not in node.value:
            yield Problem(node.pointer, "response-body", f"{node.pointer[-1]} has no schema here")


def check_headers(contract: Contract) -> Iterator[Problem]:
    """Every answer documents the headers that clients are promised."""
    for call in contract.calls:
        for answer in call.answers:
            headers = contract.headers(answer)
            for name in _promised(answer):
                if name.lower() not in headers:
                    sentence = f"this {answer.status} does not document the header {name}"
                    yield Problem(answer.pointer, "response-header", sentence)
                elif headers[name.lower()][0].get("required") is not True:
                    sentence = f"the header {name} is always sent: `required: true`"
                    yield Problem(headers[name.lower()][1], "response-header", sentence)


def _promised(answer: Answer) -> Iterator[str]:
    yield "X-Request-Id"
    if answer.status in _HEADERS:
        yield _HEADERS[answer.status]


def check_security(contract: Contract) -> Iterator[Problem]:
    """Every operation says who may call it, and ``{}`` lets nobody in by a side door."""
    tree = contract.document.tree
    schemes = tree.get("components", {}).get("securitySchemes", {})
    for call in contract.calls:
        own = "security" in call.operation.raw
        pointer = (*call.pointer, "security") if own else ("security",)
        if not own and not tree.get("security"):
            yield Problem(call.pointer, "security", f"{call.name} does not say who may call it")
        for alternative in call.operation.security:
            if not alternative:
                sentence = "`{}` lets a bad token in as nobody; say `security: []` or name a scheme"
                yield Problem(pointer, "security", sentence)
            for name in alternative:
                if name not in schemes:
                    yield Problem(pointer, "security", f"there is no security scheme {name!r}")
