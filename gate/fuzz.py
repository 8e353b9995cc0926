"""schemathesis against the target: every phase of ``schemathesis.toml``.

With tokens of two users, or with the shared credential where an operation takes it.
"""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from base64 import b64decode
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from gate.addressing import Addressing
from gate.answers import EVENT_STREAM, media_type
from gate.conformance import Conformance
from gate.findings import Failure, Findings
from gate.operations import schemes_of
from gate.reach import REPLAYED
from gate.target import Target, authorization, spelled
from gate.values import Values
from gate.wire import ABSENT, Exchange, Request, Wire
from palaver.contract.document import Document, Operation

ROOT = Path(__file__).parent.parent
OWNER, BASIC = "owner", "basic"
USERS, REPORT = "users.json", "report.ndjson"


@dataclass(frozen=True, slots=True)
class Fuzzing:
    """What schemathesis found, saw and printed."""

    failures: list[Failure]
    exchanges: list[Exchange]
    output: str


def fuzz(
    target: Target,
    folder: Path,
    *,
    operation_ids: Collection[str] | None = None,
    max_examples: int | None = None,
    seed: int | None = None,
) -> Fuzzing:
    """Run all phases against a target; ``folder`` takes the report and the users' tokens.

    Deterministic without a ``seed``. Raises ``RuntimeError`` where schemathesis cannot run.
    """
    document = target.document
    wanted = [
        each
        for each in document.operations
        if operation_ids is None or each.operation_id in operation_ids
    ]
    shared = [each for each in wanted if BASIC in schemes_of(document, each)]
    users = {OWNER: target.owner, "other": target.other}
    groups = [(users, [each for each in wanted if each not in shared])]
    if target.basic is not None:
        groups.append(({OWNER: spelled(target.basic)}, shared))
    failures: list[Failure] = []
    exchanges: list[Exchange] = []
    output = ""
    with Wire(target) as wire:
        addressing = Addressing(wire, Values(document))
        for each in wanted:
            addressing.stock(each)
    for number, (credentials, group) in enumerate(groups):
        if group:
            part = folder / str(number)
            part.mkdir()
            command = _command(part, target, credentials, group, max_examples, seed)
            found = _run(command, part, target)
            failures += found.failures
            exchanges += found.exchanges
            output += found.output
    return Fuzzing(failures, exchanges, output)


def _command(
    folder: Path,
    target: Target,
    credentials: Mapping[str, str],
    operations: Sequence[Operation],
    max_examples: int | None,
    seed: int | None,
) -> list[str]:
    """The command that fuzzes operations as these users, after its files were written."""
    contract = folder / "contract.json"
    contract.write_bytes(_shown(target.document))
    users = [_user(name, credential) for name, credential in credentials.items()]
    (folder / USERS).write_text(json.dumps({"auth": users}))
    settings = (ROOT / "schemathesis.toml").read_text()
    if seed is not None:
        settings = settings.replace("deterministic = true", "deterministic = false")
    if len(users) == 1:
        # Whoever knows a shared credential is the same user: nobody is a stranger to anybody.
        settings = re.sub(r"(?m)^peers = .*$", "", settings)
    config = folder / "schemathesis.toml"
    config.write_text(settings)
    command = [sys.executable, "-W", "ignore", "-m", "schemathesis.cli"]
    command += ["--config-file", str(config), "run", str(contract)]
    command += ["--report", "ndjson", "--report-ndjson-path", str(folder / REPORT)]
    for operation in operations:
        command += ["--include-operation-id", operation.operation_id]
    if max_examples is not None:
        command += ["--max-examples", str(max_examples)]
    if seed is not None:
        command += ["--seed", str(seed)]
    return command


def _run(command: list[str], folder: Path, target: Target) -> Fuzzing:
    environment = {**os.environ, "GATE_URL": target.url, "GATE_USERS": str(folder / USERS)}
    environment |= {"SCHEMATHESIS_HOOKS": "gate.fuzzed_files", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, env=environment, cwd=folder, check=False, capture_output=True, text=True
    )
    report = folder / REPORT
    if not report.exists():
        raise RuntimeError(f"schemathesis did not run:\n{done.stdout}\n{done.stderr}")
    by_label = {f"{o.method.upper()} {o.path}": o for o in target.document.operations}
    failures, exchanges = _read_report(report, by_label)
    findings = Findings()
    conformance = Conformance(target.document, findings)
    for exchange in exchanges:
        if media_type(exchange) == EVENT_STREAM:
            conformance.check(exchange)
    failures += findings
    if done.returncode and not failures:
        message = f"schemathesis exited with {done.returncode}"
        failures = [Failure("", "schemathesis", message, done.stdout[-2000:])]
    return Fuzzing(failures, exchanges, done.stdout)


def _shown(document: Document) -> bytes:
    """The contract as schemathesis should know it.

    It takes the schema of a stream for one of the frames that events come in; that of their data is
    held by the gate's own conformance. With keys of which it knows too few, most of its requests
    would be refused as replays of others; the gate replays on purpose.
    """
    tree = copy.deepcopy(document.tree)
    for name, parameter in tree.get("components", {}).get("parameters", {}).items():
        if parameter.get("name") == REPLAYED:
            unwanted = {"$ref": f"#/components/parameters/{name}"}
            for item in tree["paths"].values():
                for operation in item.values():
                    if isinstance(operation, dict) and unwanted in operation.get("parameters", []):
                        operation["parameters"].remove(unwanted)
    for item in tree["paths"].values():
        for operation in item.values():
            responses = operation.get("responses", {}) if isinstance(operation, dict) else {}
            for response in responses.values():
                if EVENT_STREAM in response.get("content", {}):
                    response["content"][EVENT_STREAM] = {"schema": {"type": "object"}}
    return json.dumps(tree, ensure_ascii=False).encode()


def _user(name: str, credential: str) -> dict[str, Any]:
    header = {"name": "Authorization", "value": authorization(credential)}
    return {"name": name, "fixedHeaders": [header]}


def _read_report(
    report: Path, by_label: Mapping[str, Operation]
) -> tuple[list[Failure], list[Exchange]]:
    failures: list[Failure] = []
    exchanges: list[Exchange] = []
    with report.open() as lines:
        for line in lines:
            scenario = json.loads(line).get("ScenarioFinished")
            if scenario is None:
                continue
            recorder = scenario.get("recorder", {})
            cases = recorder.get("cases", {})
            for case_id, checks in recorder.get("checks", {}).items():
                failures += _failures(cases.get(case_id, {}).get("value", {}), checks, by_label)
            for case_id, interaction in recorder.get("interactions", {}).items():
                case = cases.get(case_id, {}).get("value", {})
                exchanges += _exchange(case, interaction, by_label)
    return failures, exchanges


def _failures(
    case: Mapping[str, Any], checks: list[Mapping[str, Any]], by_label: Mapping[str, Operation]
) -> Iterator[Failure]:
    operation = by_label.get(_label(case))
    for check in checks:
        if check.get("status") == "failure":
            info = check.get("failure_info") or check.get("failure") or {}
            failure = info.get("failure", info)
            title = failure.get("title") or failure.get("message") or "failed"
            yield Failure(
                operation.operation_id if operation else "",
                f"schemathesis:{check['name']}",
                str(title),
                str(info.get("code_sample", "")),
            )


def _exchange(
    case: Mapping[str, Any], interaction: Mapping[str, Any], by_label: Mapping[str, Operation]
) -> Iterator[Exchange]:
    response = interaction.get("response")
    operation = by_label.get(_label(case))
    if response is None or operation is None:
        return
    asked = interaction["request"]
    url = urlsplit(asked["uri"])
    mode = ((case.get("meta") or {}).get("generation") or {}).get("mode")
    names = re.findall(r"\{(\w+)\}", operation.path)
    given = {name.lower(): ", ".join(each) for name, each in (asked.get("headers") or {}).items()}
    known = {p.name for p in operation.parameters if p.location == "header"}
    pattern = re.sub(r"\\\{\w+\\\}", "([^/]*)", re.escape(operation.path))
    match = re.fullmatch(pattern, url.path)
    content = _bytes(response.get("content"))
    headers = {k.lower(): ", ".join(v) for k, v in (response.get("headers") or {}).items()}
    request = Request(
        operation,
        path=dict(zip(names, match.groups(), strict=True)) if match else {},
        query=dict(parse_qsl(url.query, keep_blank_values=True)),
        headers={name: given[name.lower()] for name in known if name.lower() in given},
        body=_bytes(asked.get("body")) or ABSENT,
        well_formed=mode == "positive",
    )
    parsed: Any = ABSENT
    if "json" in headers.get("content-type", ""):
        try:
            parsed = json.loads(content)
        except ValueError:
            parsed = ABSENT
    yield Exchange(request, int(response["status_code"]), headers, content, parsed)


def _label(case: Mapping[str, Any]) -> str:
    return f"{str(case.get('method', '')).upper()} {case.get('path', '')}"


def _bytes(encoded: Any) -> bytes:
    return b64decode(encoded["$base64"]) if isinstance(encoded, dict) else b""
