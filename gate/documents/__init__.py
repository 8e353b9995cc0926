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
from gate.documents.tree import Tree
from gate.findings import Failure
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
