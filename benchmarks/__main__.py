"""The command line: ``python -m benchmarks NAME``."""

from __future__ import annotations

import argparse
import importlib
import platform
import sys
from importlib.metadata import version

from benchmarks.options import Options
from benchmarks.serving import has_wrk

NAMES = ("runtime", "store_twin", "long_session", "many_sessions", "streams", "retrieval",
         "ingestion", "export", "python_client", "typescript_client", "console",
         "scrolling")  # fmt: skip
SHOWN = ("connexion", "jsonschema-rs", "msgspec", "fastapi", "pydantic", "starlette", "sqlalchemy",
         "aiosqlite", "uvicorn", "uvloop", "python-pptx", "typst")  # fmt: skip


def main() -> None:
    """Run one benchmark and print its figures as Markdown."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--rounds", type=int, default=11, help="rounds in process")
    parser.add_argument("--requests", type=int, default=5000, help="at most, a subject and round")
    parser.add_argument("--http-rounds", type=int, default=5, help="rounds over HTTP; 0: no HTTP")
    parser.add_argument("--seconds", type=float, default=2, help="the length of one HTTP load")
    parser.add_argument("--large", type=int, default=0, help="a smaller large size, to try it out")
    given = parser.parse_args()
    options = Options(**{k: v for k, v in vars(given).items() if k != "name"})
    versions = ", ".join(f"{name} {version(name)}" for name in SHOWN)
    client = "wrk" if has_wrk() else "the client of benchmarks/serving.py"
    print(f"Python {platform.python_version()}; {versions}; HTTP load by {client}.\n", flush=True)
    sys.stdout.write(importlib.import_module(f"benchmarks.{given.name}").main(options))


if __name__ == "__main__":
    main()
