"""What is around a mutant: the operations that it may show in, and the contract that it edits."""

from __future__ import annotations

from gate.mutants.selection import Mutant
from palaver.contract.document import ContractError, Document, Operation


def neighbours(document: Document, operation: Operation) -> list[str]:
    """The operations that links lead to from an operation, or from there to it, and the lists of
    what it reads."""
    name = operation.operation_id
    own = {p.name for p in operation.parameters if p.location == "path"}
    found = {
        each.operation_id
        for each in document.operations
        if each.raw.get("x-list", {}).get("key") in own
    }
    for source in document.operations:
        for response in source.responses.values():
            targets = {link.get("operationId") for link in response.get("links", {}).values()}
            if source.operation_id == name:
                found |= {each for each in targets if each}
            elif name in targets:
                found.add(source.operation_id)
    return sorted(found - {name})


def edited_by(mutant: Mutant) -> Document:
    """The contract with the mutant's edit."""
    assert mutant.operator.edit is not None
    document = mutant.place.document
    tree = Document.parse(document.content, name=document.name).tree
    mutant.operator.edit(tree, mutant.place)
    edited = Document(document.name, b"", tree, {})
    return Document.parse(edited.json, name=document.name)


def operations_of(document: Document) -> list[Operation]:
    """The operations of a contract; none where it cannot be read."""
    try:
        return document.operations
    except ContractError:
        return []
