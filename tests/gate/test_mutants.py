"""The mutation run: operators, the choice among their mutants, and verdicts that can be trusted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate.fuzz import Fuzzing
from gate.mutants.families import FAMILIES, operators
from gate.mutants.judge import KILLED, SURVIVED, Judge
from gate.mutants.messages import Answer
from gate.mutants.operators import Operator, Place, Scene, always
from gate.mutants.pool import judge_all
from gate.mutants.report import Report
from gate.mutants.selection import Mutant, all_mutants, choose
from gate.mutants.system import running_system
from gate.mutants.tampering import columns
from palaver.contract.document import Document

SEED = 20261120
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def document() -> Document:
    return Document.load(ROOT / "openapi.yaml")


@pytest.fixture(scope="module")
def mutants(document: Document) -> list[Mutant]:
    return all_mutants(document)


@pytest.fixture(scope="module")
def judge(document: Document) -> Iterator[Judge]:
    with running_system(document) as system:
        judge = Judge(system, ROOT)
        yield judge
        judge.close()


def test_there_are_operators_enough_in_every_family() -> None:
    found = Counter(operator.family for operator in operators())
    assert sum(found.values()) >= 45
    assert set(found) <= set(FAMILIES)


def test_every_operator_applies_somewhere_and_says_what_it_imitates(
    mutants: list[Mutant],
) -> None:
    used = {mutant.operator.name for mutant in mutants}
    for operator in operators():
        assert operator.name in used, operator.name
        assert operator.description.endswith(".")
        assert operator.name == operator.name.lower()


def test_names_of_mutants_are_unique(mutants: list[Mutant]) -> None:
    assert len({mutant.name for mutant in mutants}) == len(mutants)


def test_the_choice_is_repeatable_and_spread_over_all_operations(
    document: Document, mutants: list[Mutant]
) -> None:
    chosen = choose(mutants, 400, SEED)
    assert [m.name for m in chosen] == [m.name for m in choose(all_mutants(document), 400, SEED)]
    assert [m.name for m in chosen] != [m.name for m in choose(mutants, 400, SEED + 1)]
    spread = Counter(mutant.place.operation.operation_id for mutant in chosen)
    assert set(spread) == {operation.operation_id for operation in document.operations}
    assert min(spread.values()) >= 5
    assert {mutant.operator.name for mutant in chosen} == {each.name for each in operators()}


def find(mutants: list[Mutant], name: str) -> Mutant:
    return next(mutant for mutant in mutants if mutant.name == name)


@pytest.mark.parametrize(
    "name",
    [
        "drop-property@get_profile:/name",
        "write-lost@delete_session",
        "stored-cut@update_agent_session_history",
        "stranger-let-in@get_agent_session",
        "sort-reversed@list_standalone_sessions:sort_order",
        "event-gap@stream_run_events",
        "key-effect-again@create_profile",
        "cancel-pretended@cancel_run",
        "says-event-gone@stream_run_events:error",
        "source-invented@send_grounded_message:/sources",
        "password-unchecked@create_grounded_session",
        "duplicate-taken@upload_book",
        "write-lost@delete_slide",
        "write-lost@insert_slide",
        "condition-optional@move_slide",
        "key-effect-again@insert_slide",
    ],
)
def test_known_mutants_are_killed(judge: Judge, mutants: list[Mutant], name: str) -> None:
    verdict = judge.judge(find(mutants, name))
    assert verdict.outcome == KILLED, verdict


@pytest.mark.parametrize("operator", ["key-effect-again", "key-refusal-done"])
def test_what_is_made_once_more_for_nobody_to_see_is_no_mutant(
    mutants: list[Mutant], operator: str
) -> None:
    found = [mutant for mutant in mutants if mutant.operator.name == operator]
    unseen = [m.place.operation.operation_id for m in found if m.operator.equivalent(m.place)]
    # Its sessions are in no list.
    assert unseen == ["create_grounded_session"]


def test_identity_mutants_are_not_killed(
    judge: Judge, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def behave(scene: Scene) -> Answer:
        return await scene.serve(scene.call)

    # Schemathesis takes seconds for each; that it is clean without mutants is tested elsewhere.
    monkeypatch.setattr("gate.mutants.judge.fuzz", lambda *_, **__: Fuzzing([], [], ""))
    identities = (
        Operator("response", "identity", "Nothing changes.", always, behave=behave),
        Operator("contract", "same", "Nothing changes.", always, edit=lambda _tree, _place: None),
    )
    for operation in document.operations:
        if operation.operation_id in ("create_session", "get_agent", "get_contract_yaml"):
            for identity in identities:
                verdict = judge.judge(Mutant(identity, Place(document, operation)))
                assert verdict.outcome == SURVIVED, verdict


def test_a_run_goes_on_where_it_stopped(mutants: list[Mutant], tmp_path: Path) -> None:
    progress = tmp_path / "progress.jsonl"
    names = ["drop-property@get_agent:/name", "operation-gone@get_agent"]
    chosen = [find(mutants, name) for name in names]
    first = list(judge_all(chosen[:1], workers=1, progress=progress))
    kept = progress.read_text()
    line = json.loads(kept) | {"evidence": "as it was found before"}
    progress.write_text(json.dumps(line) + "\n")
    verdicts = {v.name: v for v in judge_all(chosen, workers=1, progress=progress)}
    assert first[0].outcome == KILLED
    assert verdicts[names[0]].evidence == "as it was found before"
    assert verdicts[names[1]].outcome == KILLED
    assert len(progress.read_text().splitlines()) == 2


def test_the_report_does_not_depend_on_the_order_of_verdicts(
    judge: Judge, document: Document, mutants: list[Mutant]
) -> None:
    verdicts = [
        judge.judge(find(mutants, name))
        for name in ("operation-gone@check_health", "drop-property@check_health:/status")
    ]
    texts = []
    for ordered in (verdicts, verdicts[::-1]):
        report = Report(SEED)
        for verdict in ordered:
            report.add(verdict)
        texts.append(report.markdown(document))
        assert report.rate == 100
    assert texts[0] == texts[1]


def test_columns_of_statements_that_write() -> None:
    assert columns("INSERT INTO agents (agent_id, name) VALUES (?, ?)") == (
        "agents",
        ["agent_id", "name"],
    )
    assert columns("UPDATE sessions SET title=?, count=(sessions.count + ?) WHERE id = ?") == (
        "sessions",
        ["title", "count"],
    )
    assert columns("SELECT 1") is None
