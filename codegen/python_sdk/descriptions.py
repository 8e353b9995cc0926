"""``generated/operations.py``: a description of each operation, which the client works from."""

from __future__ import annotations

from codegen.models import HEADER

from .formatting import formatted, literal, row
from .reading import BodyPlan, OperationPlan, PagingPlan, StreamingPlan, names_in


def render_descriptions(operations: list[OperationPlan]) -> str:
    """The module. Raises ``GeneratorError``."""
    # What resumes a stream stands before what it resumes.
    ordered = sorted(operations, key=lambda each: bool(each.streaming and each.streaming.resume))
    kinds = [
        kind
        for each in operations
        for kind in (
            each.answer,
            each.paging.item if each.paging else None,
            each.streaming.event if each.streaming else None,
        )
        if kind
    ]
    typing = sorted({"Final"} | ({"Any", "Literal"} & names_in(iter(kinds))))
    head = (
        f'{HEADER}\n"""Every operation of the contract."""\n\n'
        f"from __future__ import annotations\n\nfrom typing import {', '.join(typing)}\n\n"
        f"from .. import _contract as contract\nfrom . import models\n\n"
    )
    return formatted(head + "\n".join(_description(each) for each in ordered))


def _description(plan: OperationPlan) -> str:
    members = [
        f"name={literal(plan.name)}",
        f"method={literal(plan.method)}",
        f"path={literal(plan.path)}",
    ]
    if plan.auth:
        members.append(f"auth={row(plan.auth)}")
    if plan.parameters:
        listed = ", ".join(
            f"contract.Parameter({', '.join(map(literal, each))})" for each in plan.parameters
        )
        members.append(f"parameters=({listed},)")
    if plan.key:
        members.append(f"key={literal(plan.key)}")
    if plan.body:
        members.append(f"body={_body(plan.body)}")
    if plan.answer:
        members.append(f"answer={plan.answer}")
    if plan.value_types or plan.file_types:
        members.append(f"media_types={row((*plan.value_types, *plan.file_types))}")
    if plan.paging:
        members.append(f"paging={_paging(plan.paging)}")
    if plan.streaming:
        members.append(f"streaming={_streaming(plan.streaming)}")
    return f"{plan.constant}: Final = contract.Operation({', '.join(members)},)\n"


def _body(plan: BodyPlan) -> str:
    members = [f"media_type={literal(plan.media_type)}", f"required={plan.required}"]
    if plan.fields:
        pairs = (f"{literal(own)}: {literal(name)}" for own, name in plan.fields.items())
        members.append(f"fields={{{', '.join(pairs)}}}")
    if plan.files:
        members.append(f"files=frozenset({row(plan.files)})")
    if plan.argument:
        members.append(f"argument={literal(plan.argument)}")
    if plan.is_file:
        members.append("is_file=True")
    return f"contract.Body({', '.join(members)})"


def _paging(plan: PagingPlan) -> str:
    members = [
        f"item={plan.item}",
        f"items={row(plan.items)}",
        f"key={literal(plan.key)}",
        f"by={literal(plan.by)}",
        f"limit={plan.limit}",
    ]
    if plan.by == "cursor" and plan.next != ("next_cursor",):
        members.append(f"next={row(plan.next)}")
    if plan.total:
        members.append(f"total={row(plan.total)}")
    if plan.from_end:
        members.append("from_end=True")
    return f"contract.Paging({', '.join(members)})"


def _streaming(plan: StreamingPlan) -> str:
    members = [
        f"event={plan.event}",
        f"types=frozenset({row(plan.types)})",
        f"last={literal(plan.last)}",
    ]
    if plan.resume:
        pairs = (f"{literal(name)}: {row(place)}" for name, place in plan.arguments.items())
        members.append(f"resume={plan.resume.upper()}")
        members.append(f"arguments={{{', '.join(pairs)}}}")
    if plan.after:
        members.append(f"after={literal(plan.after)}")
    return f"contract.Streaming({', '.join(members)})"
