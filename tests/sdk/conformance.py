"""``cases.yaml``: its steps made ready for an SDK, and what came of them judged.

The format is described at the top of that file. An SDK takes part with a ``Driver``.
"""

from __future__ import annotations

import copy
import re
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest
import yaml

from palaver.contract.document import pointer_of
from tests.sdk.conftest import Live

CASES = Path(__file__).with_name("cases.yaml")
_PATIENCE = 30.0
_NAME = re.compile(r"\$\{(\w+)\}")
_KNOWN = {
    "case": {"name", "client", "steps"},
    "client": {"token", "password", "max_retries", "timeout"},
    "step": {
        "operation", "mode", "parameters", "body", "accept", "client", "until", "stop_after",
        "faults", "save", "expect",
    },
    "expect": {"result", "count", "field", "events", "error", "requests", "progress"},
    "error": {"status", "code", "words", "request_id", "pointer", "body", "kind"},
    "requests": {"count", "same_key", "last_event_ids", "paths", "waits"},
    "events": {"types", "text", "same_as"},
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One call that an SDK makes."""

    operation: str
    mode: str = "call"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    has_body: bool = False
    accept: str | None = None
    stop_after: int | None = None
    token: str | None = None
    password: str | None = None
    max_retries: int | None = None
    timeout: float | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a step: a result, or an error as the SDK tells it.

    ``error`` has the members ``status``, ``of_status`` (whether its class is the SDK's for that
    status), ``code``, ``words``, ``request_id``, ``pointer``, ``body`` and ``kind``, as far as
    there are any. ``left`` names the files that a download should not have left or changed.
    """

    result: Any = None
    error: Mapping[str, Any] | None = None
    progress: list[Mapping[str, int]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


class Driver(Protocol):
    """An SDK that makes calls."""

    def __call__(self, url: str, step: Step) -> Outcome:
        """Make the call of a step, to the server at ``url``."""
        ...


def load_cases() -> list[Any]:
    """The cases as parameters of a test, each under its name."""
    cases = yaml.safe_load(CASES.read_text(encoding="utf-8"))["cases"]
    for case in cases:
        _check(case)
    return [pytest.param(case, id=case["name"]) for case in cases]


def operations_of_cases() -> set[str]:
    """The operations that any case has a step for."""
    cases = yaml.safe_load(CASES.read_text(encoding="utf-8"))["cases"]
    return {step["operation"] for case in cases for step in case["steps"]}


def run_case(case: Mapping[str, Any], live: Live, driver: Driver) -> None:
    """Do the steps of a case. Fails at the first that comes out otherwise than expected."""
    names: dict[str, Any] = {"unique": uuid.uuid4().hex}
    for number, given in enumerate(case["steps"]):
        written = _filled(given, names)
        client = {**case.get("client", {}), **written.get("client", {})}
        step = Step(
            operation=written["operation"],
            mode=written.get("mode", "call"),
            parameters=written.get("parameters", {}),
            body=written.get("body"),
            has_body="body" in written,
            accept=written.get("accept"),
            stop_after=written.get("stop_after"),
            token=live.token(client.get("token", "user")),
            password=live.password(client.get("password", "none")),
            max_retries=client.get("max_retries"),
            timeout=client.get("timeout"),
        )
        live.proxy.prepare(written.get("faults", []))
        outcome = driver(live.url, step)
        deadline = time.monotonic() + _PATIENCE
        while not _is_reached(written.get("until"), outcome):
            assert time.monotonic() < deadline, outcome.result
            time.sleep(0.05)
            outcome = driver(live.url, step)
        where = f"step {number}, {step.operation}"
        _judge(where, written.get("expect", {}), outcome, live.proxy.requests, names)
        for name, pointer in written.get("save", {}).items():
            names[name] = _at(outcome.result, pointer)


def _is_reached(until: Any, outcome: Outcome) -> bool:
    """Whether a step need not be done again."""
    if until is None or outcome.error is not None:
        return True
    try:
        _holds("", until, outcome.result)
    except AssertionError:
        return False
    return True


def _judge(
    where: str,
    expect: Mapping[str, Any],
    outcome: Outcome,
    requests: list[dict[str, Any]],
    names: Mapping[str, Any],
) -> None:
    if "error" in expect:
        assert outcome.error is not None, f"{where}: gave {outcome.result!r}"
        _judge_error(where, expect["error"], outcome.error)
    else:
        assert outcome.error is None, f"{where}: {outcome.error}"
    assert outcome.left == [], where
    if "result" in expect:
        _holds(where, expect["result"], outcome.result)
    if "count" in expect:
        assert len(outcome.result) == expect["count"], (where, outcome.result)
    for name, values in expect.get("field", {}).items():
        assert [item[name] for item in outcome.result] == values, where
    if "events" in expect:
        _judge_events(where, expect["events"], outcome.result, names)
    if "requests" in expect:
        _judge_requests(where, expect["requests"], requests)
    if expect.get("progress"):
        loaded = [each["loaded"] for each in outcome.progress]
        assert loaded, f"{where}: no progress was told"
        assert loaded == sorted(loaded), where
        assert loaded[-1] == outcome.progress[-1]["total"], where


def _judge_error(where: str, expect: Mapping[str, Any], error: Mapping[str, Any]) -> None:
    for name in expect.keys() & {"status", "code", "pointer", "kind"}:
        assert error.get(name) == expect[name], (where, error)
    if "status" in expect:
        assert error["of_status"], f"{where}: the class is not that of {expect['status']}"
    if "words" in expect:
        assert expect["words"] in error["words"], (where, error)
    if "body" in expect:
        _holds(where, expect["body"], error["body"])
    if expect.get("request_id"):
        assert error["request_id"], f"{where}: no request id"


def _judge_events(
    where: str, expect: Mapping[str, Any], events: list[Any], names: Mapping[str, Any]
) -> None:
    if "types" in expect:
        assert list(dict.fromkeys(event["type"] for event in events)) == expect["types"], where
    if expect.get("text"):
        texts: dict[str, str] = {}
        for event in events:
            if event["type"] == "message.started":
                assert event["message_id"] not in texts, where
                texts[event["message_id"]] = ""
            elif event["type"] == "message.delta":
                texts[event["message_id"]] += event["text"]
            elif event["type"] == "message.completed":
                message = event["message"]
                assert message["content"] == texts.pop(message["id"]), where
        assert texts == {}, f"{where}: a message was not completed"
    if "same_as" in expect:
        assert events == names[expect["same_as"]], where


def _judge_requests(where: str, expect: Mapping[str, Any], requests: list[dict[str, Any]]) -> None:
    shown = [(each["method"], each["path"], each["status"]) for each in requests]
    if "count" in expect:
        assert len(requests) == expect["count"], (where, shown)
    keys = [each["headers"].get("idempotency-key") for each in requests]
    if expect.get("same_key") is True:
        assert keys[0] is not None, where
        assert len(set(keys)) == 1, (where, keys)
    if expect.get("same_key") is False:
        assert set(keys) == {None}, where
    if "last_event_ids" in expect:
        found = [each["headers"].get("last-event-id") for each in requests]
        assert found == expect["last_event_ids"], where
    if "paths" in expect:
        assert [each["path"] for each in requests] == expect["paths"], where
    moments = [each["at"] for each in requests]
    for least, before, after in zip(expect.get("waits", []), moments, moments[1:], strict=False):
        assert after - before >= least, (where, moments)


def _holds(where: str, expected: Any, found: Any) -> None:
    """Objects may have more members than expected, arrays no more elements."""
    if expected == "$any":
        assert found is not None, where
    elif isinstance(expected, Mapping):
        assert isinstance(found, Mapping), (where, found)
        for name, value in expected.items():
            assert name in found, (where, name, found)
            _holds(f"{where}/{name}", value, found[name])
    elif isinstance(expected, list):
        assert isinstance(found, list), (where, found)
        assert len(found) == len(expected), (where, found)
        for index, (value, each) in enumerate(zip(expected, found, strict=True)):
            _holds(f"{where}/{index}", value, each)
    else:
        assert found == expected, where


def _filled(node: Any, names: Mapping[str, Any]) -> Any:
    """The names of ``save`` put in; a string that is a name alone becomes the value itself."""
    if isinstance(node, Mapping):
        return {key: _filled(each, names) for key, each in node.items()}
    if isinstance(node, list):
        return [_filled(each, names) for each in node]
    if not isinstance(node, str):
        return node
    if alone := _NAME.fullmatch(node):
        return copy.deepcopy(names[alone[1]])
    return _NAME.sub(lambda found: str(names[found[1]]), node)


def _at(value: Any, pointer: str) -> Any:
    for key in pointer_of(f"#{pointer}") or ():
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


def _check(case: Mapping[str, Any]) -> None:
    """A misspelt key would be a check that is never made."""
    expects = [step.get("expect", {}) for step in case["steps"]]
    for kind, nodes in (
        ("case", [case]),
        ("client", [each["client"] for each in (case, *case["steps"]) if "client" in each]),
        ("step", case["steps"]),
        ("expect", expects),
        *((name, _members(expects, name)) for name in ("error", "requests", "events")),
    ):
        for node in nodes:
            unknown = set(node) - _KNOWN[kind]
            assert not unknown, f"{case['name']}: {kind} has no {unknown}"


def _members(nodes: Iterable[Mapping[str, Any]], name: str) -> list[Mapping[str, Any]]:
    return [node[name] for node in nodes if name in node]
