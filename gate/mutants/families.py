"""The operators of all families; importing a family declares its operators."""

from __future__ import annotations

from gate.mutants import (
    access,
    bodies,
    contract_answers,
    contract_events,
    contract_requests,
    deck_files,
    decks,
    envelopes,
    idempotency,
    library,
    listings,
    papers,
    request,
    response,
    resumption,
    routing,
    state,
    storage,
    stream,
    turning,
)
from gate.mutants.operators import OPERATORS, Operator

FAMILIES = (
    "response",
    "request",
    "auth",
    "routing",
    "state",
    "storage",
    "stream",
    "turns",
    "idempotency",
    "library",
    "decks",
    "contract",
    "documents",
)
MODULES = (
    access,
    bodies,
    contract_answers,
    contract_events,
    contract_requests,
    deck_files,
    decks,
    envelopes,
    idempotency,
    library,
    listings,
    papers,
    request,
    response,
    resumption,
    routing,
    state,
    storage,
    stream,
    turning,
)


def operators() -> list[Operator]:
    """Every operator, family by family, by name."""
    return sorted(OPERATORS.values(), key=lambda each: (FAMILIES.index(each.family), each.name))
