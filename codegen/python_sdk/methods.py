"""``generated/sync_operations.py`` and its asynchronous twin: one method for each operation."""

from __future__ import annotations

from collections.abc import Iterator

from codegen.models import HEADER

from .formatting import entry, formatted, literal, paragraphs, row
from .reading import FORM, Argument, OperationPlan, names_in


def render_methods(operations: list[OperationPlan], *, is_async: bool) -> str:
    """The module. Raises ``GeneratorError``."""
    writer = _Writer(is_async)
    methods = "\n".join(text for each in operations for text in writer.methods(each))
    lists = "\n".join(writer.listing(each) for each in operations if each.paging)
    prefix = "Async" if is_async else "Sync"
    transport = f"{prefix}Transport"
    start = f"def __init__(self, transport: {transport}) -> None:\n"
    code = (
        f"class {prefix}Operations:\n"
        '    """One method for each operation, with the name that the contract gives it."""\n\n'
        f"    _transport: {transport}\n\n{methods}\n\n"
        f"class {prefix}Lists:\n"
        '    """The operations that list, each as an iterator over every item of every page."""\n\n'
        f"    {start}        self._transport = transport\n\n{lists}\n"
    )
    return formatted(writer.head(code) + code)


class _Writer:
    """Writes the methods of one of the two kinds of clients."""

    def __init__(self, is_async: bool) -> None:
        self._is_async = is_async
        self._def = "async def" if is_async else "def"
        self._await = "await " if is_async else ""
        self._prefix = "Async" if is_async else ""

    def head(self, code: str) -> str:
        """What the module imports."""
        what = "the client for asyncio" if self._is_async else "the client that blocks"
        used = names_in(iter([code]))
        typing = sorted({"Any", "Literal", "overload"} & used)
        iterator = "AsyncIterator" if self._is_async else "Iterator"
        own = [name for name in ("Download", "EventStream") if f"{self._prefix}{name}" in used]
        module = "_async" if self._is_async else "_sync"
        names = [f"{module[1:].capitalize()}Transport", *(f"{self._prefix}{name}" for name in own)]
        files = sorted({"FileSource", "Progress"} & used)
        lines = [
            HEADER,
            f'"""The operations of the contract as methods of {what}."""\n',
            "from __future__ import annotations\n",
        ]
        if iterator in used:
            lines.append(f"from collections.abc import {iterator}")
        if "datetime" in used:
            lines.append("from datetime import datetime")
        if typing:
            lines.append(f"from typing import {', '.join(typing)}")
        imports = [f"from ..{module} import {', '.join(sorted(names))}"]
        if "OMIT" in used:
            imports.append("from .._omit import OMIT, Omit")
        lines += ["", *sorted(imports)]
        if files:
            lines.append(f"from ..files import {', '.join(files)}")
        lines.append("from . import models, operations\n\n\n")
        return "\n".join(lines)

    def methods(self, plan: OperationPlan) -> Iterator[str]:
        """The method of an operation, after its overloads where it has a choice."""
        if plan.streaming and plan.value_types:
            yield from self._choice(plan)
        elif plan.streaming:
            stream = self._stream_of(plan)
            yield self._method(plan, [], stream, f"return {self._await}{self._open(plan)}")
        elif plan.file_types and plan.value_types:
            yield from self._file_or_value(plan)
        elif plan.file_types:
            yield self._file(plan)
        else:
            yield self._value(plan)

    def listing(self, plan: OperationPlan) -> str:
        """The method that goes through all pages."""
        assert plan.paging is not None
        iterator = f"{self._prefix}Iterator[{plan.paging.item}]"
        arguments = [each for each in plan.arguments if each.name != "cursor"]
        values = _values(arguments)
        order = ", the newest first" if plan.paging.from_end else ""
        text = f"Every item{order}; ``limit`` is for one page. {plan.summary}."
        body = (
            f"items: {iterator} = self._transport.items(operations.{plan.constant}, {values})\n"
            "        return items"
        )
        return (
            f"    def {plan.name}({_signature(arguments, [])}) -> {iterator}:\n"
            f"        {_quoted(text)}\n        {body}\n"
        )

    def _value(self, plan: OperationPlan) -> str:
        extra: list[str] = []
        call = f"self._transport.call(operations.{plan.constant}, {_values(plan.arguments)}"
        if plan.body and (plan.body.media_type == FORM or plan.body.is_file):
            extra.append("on_progress: Progress | None = None")
            call += ", on_progress=on_progress"
        kind = _returned(plan)
        if kind == "None":
            return self._method(plan, extra, kind, f"{self._await}{call})")
        body = f"answer: {kind} = {self._await}{call})\n        return answer"
        return self._method(plan, extra, kind, body)

    def _choice(self, plan: OperationPlan) -> Iterator[str]:
        """A stream of events, or the value that it comes to."""
        stream, value = self._stream_of(plan), _returned(plan)
        choices = (
            ("Literal[True] = True", stream),
            ("Literal[False]", value),
            # Whoever finds out as late as that gets either.
            ("bool", f"{stream} | {value}"),
        )
        for choice, kind in choices:
            head = _signature(plan.arguments, [f"stream: {choice}"])
            yield f"    @overload\n    {self._def} {plan.name}({head}) -> {kind}: ...\n"
        types = literal(", ".join(plan.value_types))
        body = (
            f"arguments = {_values(plan.arguments)}\n"
            "        if stream:\n"
            f"            return {self._await}self._transport.stream("
            f"operations.{plan.constant}, arguments)\n"
            f"        answer: {value} = {self._await}self._transport.call("
            f"operations.{plan.constant}, arguments, accept={types})\n"
            "        return answer"
        )
        yield self._method(plan, ["stream: bool = True"], f"{stream} | {value}", body)

    def _file(self, plan: OperationPlan) -> str:
        extra, accept = [], ""
        if len(plan.file_types) > 1:
            choices = ", ".join(literal(each) for each in plan.file_types)
            extra, accept = [f"accept: Literal[{choices}] | None = None"], ", accept=accept"
        body = (
            f"return {self._await}self._transport.download("
            f"operations.{plan.constant}, {_values(plan.arguments)}{accept})"
        )
        return self._method(plan, extra, f"{self._prefix}Download", body)

    def _file_or_value(self, plan: OperationPlan) -> Iterator[str]:
        """A file, or the value that is in it, as the type says that is asked for."""
        file, value = f"{self._prefix}Download", _returned(plan)
        files, values = (
            f"Literal[{', '.join(map(literal, each))}]"
            for each in (plan.file_types, plan.value_types)
        )
        choices = [(files, plan.file_types[0], file), (values, plan.value_types[0], value)]
        if not plan.is_file_first:
            choices.reverse()
        default = literal(choices[0][1])
        for number, (types, _, kind) in enumerate(choices):
            extra = [f"accept: {types}" + ("" if number else f" = {default}")]
            head = _signature(plan.arguments, extra)
            yield f"    @overload\n    {self._def} {plan.name}({head}) -> {kind}: ...\n"
        given = f"operations.{plan.constant}, {_values(plan.arguments)}, accept=accept"
        body = (
            f"if accept in {row(plan.value_types)}:\n"
            f"            answer: {value} = {self._await}self._transport.call({given})\n"
            "            return answer\n"
            f"        return {self._await}self._transport.download({given})"
        )
        yield self._method(plan, [f"accept: str = {default}"], f"{file} | {value}", body)

    def _stream_of(self, plan: OperationPlan) -> str:
        assert plan.streaming is not None
        return f"{self._prefix}EventStream[{plan.streaming.event}]"

    def _open(self, plan: OperationPlan) -> str:
        return f"self._transport.stream(operations.{plan.constant}, {_values(plan.arguments)})"

    def _method(self, plan: OperationPlan, extra: list[str], kind: str, body: str) -> str:
        head = _signature(plan.arguments, extra)
        return (
            f"    {self._def} {plan.name}({head}) -> {kind}:\n"
            f"        {_quoted(_documentation(plan, extra))}\n        {body}\n"
        )


def _returned(plan: OperationPlan) -> str:
    kind = plan.answer or ("str" if plan.value_types else "None")
    # YAML is given as it is; there is a JSON twin for who wants the data.
    if plan.value_types and not any("json" in each for each in plan.value_types):
        kind = "str"
    return f"{kind} | None" if plan.may_be_nothing and kind != "None" else kind


def _signature(arguments: tuple[Argument, ...] | list[Argument], extra: list[str]) -> str:
    parts = ["self"]
    is_named = False
    for each in [*arguments]:
        if not each.is_positional and not is_named:
            parts.append("*")
            is_named = True
        default = "" if each.default is None else f" = {each.default}"
        parts.append(f"{each.name}: {each.kind}{default}")
    if extra and not is_named:
        parts.append("*")
    return ", ".join([*parts, *extra])


def _values(arguments: tuple[Argument, ...] | list[Argument]) -> str:
    return "{" + ", ".join(f"{literal(each.name)}: {each.name}" for each in arguments) + "}"


def _documentation(plan: OperationPlan, extra: list[str]) -> str:
    parts = [f"{plan.summary}: ``{plan.method} {plan.path}``.", paragraphs(plan.description)]
    described = [entry(each.name, each.description) for each in plan.arguments if each.description]
    if any(each.startswith("stream:") for each in extra):
        described.append(entry("stream", "Whether to give the events as they come."))
    if any(each.startswith("accept:") for each in extra):
        described.append(entry("accept", "The type that the answer should have."))
    if any(each.startswith("on_progress:") for each in extra):
        described.append(entry("on_progress", "Called with the bytes sent, and all there are."))
    parts.append("\n".join(described))
    refused = ", ".join(str(each) for each in plan.statuses if each >= 400)
    parts.append(paragraphs(f"Refused with: {refused}.") if refused else "")
    return "\n\n".join(part for part in parts if part)


def _quoted(text: str) -> str:
    lines = text.replace("\\", "\\\\").replace('"""', "'''").splitlines()
    body = "\n".join(f"        {line}" if line else "" for line in lines[1:])
    if not body:
        return f'"""{lines[0]}"""'
    return f'"""{lines[0]}\n{body}\n        """'
