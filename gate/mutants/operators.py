"""What an operator is: a name, the drift that it imitates, the places where it can sit.

Operators are declared by decorating a function; the contract's operations are never named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from gate.mutants.messages import Answer, Call
from palaver.contract.document import Document, Operation

Reach = Literal["operation", "path", "all"]
"""Whose requests an operator sees: the operation's, all of its path, or all there are."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mutant sits: an operation of a contract, and a part of it (a name, a pointer)."""

    document: Document
    operation: Operation
    site: str = ""

    def pick(self, choices: Sequence[Any]) -> Any:
        """One of several, always the same for this place."""
        text = f"{self.operation.operation_id}:{self.site}"
        return choices[int(hashlib.sha256(text.encode()).hexdigest(), 16) % len(choices)]


StoredValue = Callable[[str, str, Any], Any]
"""Changes what is stored: table, column and value in, value out."""


class World(Protocol):
    """What a mutated system can do beside answering."""

    owner: str
    admin: str
    memory: dict[str, Any]

    def neighbours(self, call: Call) -> list[Mapping[str, Any]]:
        """Path parameters of other things of the same kind, the newest last."""

    def undone(self) -> AbstractContextManager[None]:
        """Writes meanwhile answer as ever and leave nothing behind."""

    def storing(self, change: StoredValue) -> AbstractContextManager[None]:
        """Writes meanwhile store other values."""

    def example_of(self, operation: Operation) -> Call:
        """The contract's own example of a request by the owner, or by whoever may make it."""

    def accepted(self, operation: Operation) -> list[str]:
        """Values of ``Authorization`` that an operation takes, one for each alternative."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One request to the mutated operation, and what can be done about it."""

    call: Call
    serve: Callable[[Call], Awaitable[Answer]]
    place: Place
    world: World


Sites = Callable[[Place], Sequence[str]]
Behaviour = Callable[[Scene], Awaitable[Answer]]
Installation = Callable[[Any, Place], Callable[[], None]]
Edit = Callable[[dict[str, Any], Place], None]
PaperEdit = Callable[[Any, Place], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Operator:
    """One kind of drift. Exactly one of the four actions is set."""

    family: str
    name: str
    description: str
    sites: Sites
    reach: Reach = "operation"
    behave: Behaviour | None = None
    install: Installation | None = None
    edit: Edit | None = None
    edit_paper: PaperEdit | None = None
    equivalent: Callable[[Place], str | None] = lambda _place: None
    """A proof that nothing changes for any input: the reason, or ``None``."""


OPERATORS: dict[str, Operator] = {}


def _register(operator: Operator) -> None:
    if operator.name in OPERATORS:
        raise ValueError(f"two operators are named {operator.name}")
    OPERATORS[operator.name] = operator


def always(_place: Place) -> Sequence[str]:
    """One place in every operation."""
    return [""]


def when(condition: Callable[[Operation], bool]) -> Sites:
    """One place in the operations for which something holds."""

    def sites(place: Place) -> Sequence[str]:
        return [""] if condition(place.operation) else []

    return sites


def live(
    family: str,
    name: str,
    sites: Sites = always,
    *,
    reach: Reach = "operation",
    equivalent: Callable[[Place], str | None] = lambda _place: None,
) -> Callable[[Behaviour], Behaviour]:
    """Declare an operator on the running system; the docstring says which drift it imitates."""

    def declare(behave: Behaviour) -> Behaviour:
        _register(
            Operator(
                family,
                name,
                _first_line(behave),
                sites,
                reach=reach,
                behave=behave,
                equivalent=equivalent,
            )
        )
        return behave

    return declare


def installed(
    family: str, name: str, sites: Sites = always
) -> Callable[[Installation], Installation]:
    """Declare an operator on the application's own routes; it gives what takes it back."""

    def declare(install: Installation) -> Installation:
        _register(Operator(family, name, _first_line(install), sites, install=install))
        return install

    return declare


def contract_edit(
    name: str,
    sites: Sites = always,
    *,
    equivalent: Callable[[Place], str | None] = lambda _place: None,
) -> Callable[[Edit], Edit]:
    """Declare an operator that edits the contract's tree."""

    def declare(edit: Edit) -> Edit:
        words = _first_line(edit)
        _register(Operator("contract", name, words, sites, edit=edit, equivalent=equivalent))
        return edit

    return declare


def paper_edit(name: str, sites: Sites = always) -> Callable[[PaperEdit], PaperEdit]:
    """Declare an operator that edits a document or a generated file of a copied tree."""

    def declare(edit: PaperEdit) -> PaperEdit:
        _register(Operator("documents", name, _first_line(edit), sites, edit_paper=edit))
        return edit

    return declare


def _first_line(function: Callable[..., Any]) -> str:
    text = (function.__doc__ or "").strip()
    if not text:
        raise ValueError(f"{function.__name__} does not say which drift it imitates")
    return text.partition("\n\n")[0].replace("\n", " ").rstrip(".") + "."
