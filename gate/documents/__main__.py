"""Check every document of a tree and run its code: ``python -m gate.documents``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gate.documents import check_documents, run_documents
from palaver.contract.document import ContractError, Document

ROOT = Path(__file__).parents[2]


def main(arguments: list[str] | None = None) -> int:
    """0 where the documents keep their word, 1 where they do not, 2 for a bad contract."""
    parser = argparse.ArgumentParser(prog="python -m gate.documents", description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree to check")
    parser.add_argument("--no-run", action="store_true", help="leave the code blocks alone")
    options = parser.parse_args(arguments)
    try:
        document = Document.load(options.root / "openapi.yaml")
        failures = check_documents(options.root, document)
    except (ContractError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if not options.no_run:
        failures += run_documents(options.root, document)
    print(*failures, sep="\n", end="\n" if failures else "")
    count = len(failures)
    print(f"The documents have {count} failure{'' if count == 1 else 's'}.")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
