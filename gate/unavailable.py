"""What a server says whose database is not the one that it needs."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

from gate.addressing import Addressing
from gate.findings import Findings
from gate.target import own_server
from gate.values import Values
from gate.wire import Exchange, Wire
from palaver.contract.document import Document

UNAVAILABLE = "503"


def provoke_unavailable(document: Document, findings: Findings) -> list[Exchange]:
    """Ask a server of our own, whose tables were taken away, for everything.

    Where 503 is documented it is the answer; whether the others' answers are documented is for
    conformance to say.
    """
    with tempfile.TemporaryDirectory(prefix="palaver-gate-") as folder:
        data = Path(folder) / "data"
        with own_server(document, data) as target, Wire(target) as wire:
            database = sqlite3.connect(data / "palaver.db")
            # Virtual tables first: they take those with them that stand behind them.
            for (table,) in database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
                " ORDER BY sql NOT LIKE 'CREATE VIRTUAL%'"
            ).fetchall():
                database.execute(f'DROP TABLE IF EXISTS "{table}"')
            database.commit()
            database.close()
            addressing = Addressing(wire, Values(document))
            for operation in document.operations:
                answer = wire.send(addressing.example(operation))
                right = UNAVAILABLE not in operation.responses or answer.status == int(UNAVAILABLE)
                findings.expect(right, answer, "unavailable", f"{answer.status}")
            return wire.exchanges
