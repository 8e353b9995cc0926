"""The rules that ``openapi.yaml`` keeps, beyond being OpenAPI.

A rule is a function from the contract to the problems that it finds. The rules of form come first:
the others read the contract as one that has the right form, so they wait until it does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from palaver.contract.document import ContractError, Document

from . import answers, documentation, faults, form, links, lists, names, shapes, streams
from .problem import Problem
from .tree import Contract

Rule = Callable[[Contract], Iterator[Problem]]

FORM: tuple[Rule, ...] = (
    form.check_version,
    form.check_dialect,
    form.check_nullable,
    form.check_refs,
    form.check_vendor_keys,
    names.check_operation_ids,
    names.check_tags,
    answers.check_statuses_explicit,
)
RULES: tuple[Rule, ...] = (
    names.check_schema_names,
    names.check_paths,
    names.check_arguments,
    documentation.check_words,
    documentation.check_has_examples,
    documentation.check_examples,
    documentation.check_example_statuses,
    answers.check_statuses_complete,
    answers.check_bodies,
    answers.check_headers,
    answers.check_security,
    shapes.check_bounds,
    shapes.check_requests_closed,
    shapes.check_responses_complete,
    shapes.check_named,
    shapes.check_used,
    links.check_creates_lead_on,
    links.check_deletes_lead_back,
    links.check_links_resolve,
    lists.check_lists,
    streams.check_event_streams,
    faults.check_request_errors,
    faults.check_response_errors,
    faults.check_example_words,
    faults.check_surfaces,
)


def check_contract(document: Document) -> list[str]:
    """Every problem as ``file:line: rule: sentence``, in the order of the file."""
    contract = Contract(document)
    problems = _found(FORM, contract)
    # What the validator of OpenAPI finds without saying where can wait for a rule that does.
    found = list(form.check_openapi(contract))
    problems += _unexplained(problems, [problem for problem in found if problem.pointer])
    if not problems:
        try:
            problems = _found(RULES, contract)
        except ContractError as error:
            return [str(error)]
    problems += _unexplained(problems, found)
    ordered = sorted(
        set(problems), key=lambda item: (_line(document, item), item.rule, item.sentence)
    )
    return [f"{document.where(item.pointer)}: {item.rule}: {item.sentence}" for item in ordered]


def _found(rules: Iterable[Rule], contract: Contract) -> list[Problem]:
    return [problem for rule in rules for problem in rule(contract)]


def _unexplained(known: list[Problem], found: Iterable[Problem]) -> list[Problem]:
    """What the validator of OpenAPI adds to problems that a rule has put better."""
    return [
        problem
        for problem in found
        if not any(other.pointer[: len(problem.pointer)] == problem.pointer for other in known)
    ]


def _line(document: Document, problem: Problem) -> int:
    return int(document.where(problem.pointer).rpartition(":")[2])
