"""The documents keep their word: whatever a Markdown file mentions exists, and its code runs.

``<!-- not in the contract: reason -->`` on the line before a paragraph, heading or list item, or
inside a table's row, excuses what is mentioned there; ``<!-- not executed: reason -->`` directly
before a code block keeps it from being run. A mark that excuses nothing is itself a failure.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gate.documents.checking import Checker
from gate.documents.completeness import check_completeness
from gate.documents.interpreters import PATIENCE
from gate.documents.running import MakeTarget, run_page
from gate.documents.tree import Tree
from gate.findings import Failure
from gate.target import own_server
from palaver.contract.document import Document


def check_documents(
    root: Path, document: Document, *, replaced: Mapping[str, str] | None = None
) -> list[Failure]:
    """Everything that a document says and that is not so, without running anything.

    ``replaced`` gives files another text than they have on disk, by their path from the root.
    """
    tree = Tree(root, replaced)
    checker = Checker(tree, document)
    failures = [each for path in tree.documents for each in checker.check(path)]
    return [*failures, *check_completeness(tree, document, checker)]


def run_documents(
    root: Path,
    document: Document,
    make_target: MakeTarget = own_server,
    *,
    replaced: Mapping[str, str] | None = None,
    patience: float = PATIENCE,
) -> list[Failure]:
    """Run the code blocks of every document, each document against a server of its own.

    Shell blocks share one bash, Python blocks one namespace, and both a temporary folder that looks
    like the one in which a reader has installed Palaver and keeps its data.
    """
    tree = Tree(root, replaced)
    return [
        failure
        for path in tree.documents
        for failure in run_page(tree, path, document, make_target, patience)
    ]
