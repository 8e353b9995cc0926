"""What a server says whose database is not the one that it needs."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

from gate.findings import Findings
from gate.target import own_server
from gate.wire import Exchange, Request, Wire
from palaver.contract.document import Document

UNAVAILABLE = "503"


def provoke_unavailable(document: Document, findings: Findings) -> list[Exchange]:
    """Ask every operation that documents 503 of a server of our own whose schema was taken away."""
    wanted = [each for each in document.operations if UNAVAILABLE in each.responses]
    if not wanted:
        return []
    with tempfile.TemporaryDirectory(prefix="palaver-gate-") as folder:
        data = Path(folder) / "data"
        with own_server(document, data) as target, Wire(target) as wire:
            database = sqlite3.connect(data / "palaver.db")
            database.execute("DELETE FROM alembic_version")
            database.commit()
            database.close()
            for operation in wanted:
                token = target.owner if operation.security else None
                answer = wire.send(Request(operation, token=token))
                findings.expect(
                    answer.status == int(UNAVAILABLE), answer, "unavailable", f"{answer.status}"
                )
            return wire.exchanges
