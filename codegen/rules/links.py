"""Links: they lead from what was created to what can be done with it, and they resolve."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from codegen.operations import is_json
from palaver.contract.document import Pointer

from .problem import Problem
from .tree import Answer, Call, Contract

_UPDATES = ("patch", "put")
_EXPRESSION = re.compile(
    r"\$(?P<source>request|response)\.(?P<part>body|path|query|header)(?P<rest>[#.].*)?"
)


def check_creates_lead_on(contract: Contract) -> Iterator[Problem]:
    """Whoever creates something can read it, change it and delete it by the links."""
    for call in contract.calls:
        for answer in call.answers:
            if answer.status != "201":
                continue
            targets = list(_targets(contract, answer))
            methods = {target.operation.method for target, _ in targets}
            if "get" not in methods:
                sentence = f"{call.name} creates something that no link leads to with GET"
                yield Problem(answer.pointer, "links", sentence)
            created = {name for _, link in targets for name in _made_here(link)}
            for wanted, verb in (("delete",), "deletes"), (_UPDATES, "changes"):
                offered = [name for name in created if _offers(contract, wanted, name)]
                if offered and not methods.intersection(wanted):
                    sentence = (
                        f"{call.name} has no link to an operation that {verb} what it creates"
                    )
                    yield Problem(answer.pointer, "links", sentence)


def check_deletes_lead_back(contract: Contract) -> Iterator[Problem]:
    """After a delete, a link leads to a read that must fail now."""
    for call in contract.calls:
        if call.operation.method != "delete":
            continue
        for answer in call.successes:
            methods = {target.operation.method for target, _ in _targets(contract, answer)}
            if "get" not in methods:
                sentence = f"{call.name} has no link to a GET that shows that it is gone"
                yield Problem(answer.pointer, "links", sentence)


def check_links_resolve(contract: Contract) -> Iterator[Problem]:
    """Every link names an operation, its parameters, and values that are there."""
    for call in contract.calls:
        for answer in call.answers:
            for link, pointer in _links(contract, answer):
                yield from _check_link(contract, call, answer, link, pointer)


def _check_link(
    contract: Contract, call: Call, answer: Answer, link: Mapping[str, Any], pointer: Pointer
) -> Iterator[Problem]:
    target = contract.call(str(link.get("operationId")))
    if target is None:
        sentence = f"the link leads to {link.get('operationId')!r}, which is no operation"
        yield Problem(pointer, "link-operation", sentence)
        return
    known = {item.name: item for item in target.operation.parameters}
    given = {name.split(".", 1)[-1]: value for name, value in link.get("parameters", {}).items()}
    for name in given:
        if name not in known:
            sentence = f"{target.name} has no parameter {name!r}"
            yield Problem((*pointer, "parameters"), "link-parameter", sentence)
    for item in known.values():
        if item.location == "path" and item.name not in given:
            sentence = f"the link does not give {target.name} its {item.name!r}"
            yield Problem(pointer, "link-parameter", sentence)
    if "x-expect" in link and str(link["x-expect"]) not in target.operation.responses:
        sentence = f"{target.name} does not document {link['x-expect']}"
        yield Problem((*pointer, "x-expect"), "link-expect", sentence)
    for name, value in given.items():
        if isinstance(value, str) and value.startswith("$"):
            reason = _unresolved(contract, call, answer, value)
            if reason:
                sentence = f"{value!r} gives no value for {name!r}: {reason}"
                yield Problem((*pointer, "parameters"), "link-expression", sentence)


def _unresolved(contract: Contract, call: Call, answer: Answer, expression: str) -> str | None:
    """Why a runtime expression leads nowhere, or ``None``."""
    found = _EXPRESSION.fullmatch(expression)
    if found is None:
        return "this is no expression that Palaver's links use"
    source, part, rest = found["source"], found["part"], found["rest"] or ""
    if part == "body":
        if source == "response":
            owner = answer.value
        elif call.body is not None:
            owner = call.body.value
        else:
            return f"{call.name} has no body"
        if not rest.startswith("#/"):
            return "it needs a pointer into the body"
        steps = [step.replace("~1", "/").replace("~0", "~") for step in rest[2:].split("/")]
        schemas = [
            media["schema"]
            for media_type, media in owner.get("content", {}).items()
            if is_json(media_type) and "schema" in media
        ]
        if not schemas or not all(_has(contract, schema, steps) for schema in schemas):
            return "the body's schema has nothing there"
        return None
    name = rest[1:]
    if source == "response":
        there = part == "header" and name.lower() in contract.headers(answer)
        return None if there else f"the response has no {part} {name!r}"
    there = any((item.location, item.name) == (part, name) for item in call.operation.parameters)
    return None if there else f"{call.name} has no {part} parameter {name!r}"


def _has(contract: Contract, schema: Mapping[str, Any], steps: list[str]) -> bool:
    schema, _ = contract.follow(schema, ())
    if not steps:
        return True
    for key in ("allOf", "anyOf", "oneOf"):
        if any(_has(contract, child, steps) for child in schema.get(key, [])):
            return True
    step, rest = steps[0], steps[1:]
    if schema.get("type") == "array":
        return step.isdigit() and _has(contract, schema["items"], rest)
    properties = schema.get("properties", {})
    return step in properties and _has(contract, properties[step], rest)


def _links(contract: Contract, answer: Answer) -> Iterator[tuple[Mapping[str, Any], Pointer]]:
    for name, written in answer.value.get("links", {}).items():
        yield contract.follow(written, (*answer.pointer, "links", name))


def _targets(contract: Contract, answer: Answer) -> Iterator[tuple[Call, Mapping[str, Any]]]:
    for link, _ in _links(contract, answer):
        target = contract.call(str(link.get("operationId")))
        if target is not None:
            yield target, link


def _made_here(link: Mapping[str, Any]) -> Iterator[str]:
    """The parameters of a link that come from the answer: the ids of what was created."""
    for name, value in link.get("parameters", {}).items():
        if str(value).startswith("$response.body"):
            yield name.split(".", 1)[-1]


def _offers(contract: Contract, methods: tuple[str, ...], parameter: str) -> bool:
    return any(
        call.operation.method in methods and call.has_path_parameter(parameter)
        for call in contract.calls
    )
