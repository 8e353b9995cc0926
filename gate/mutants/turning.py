"""Drifts of turns: their states, who may have one, and what they leave behind."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gate.answers import EVENT_STREAM, stream_rules
from gate.mutants.frames import (
    Frame,
    frames_of,
    linked,
    numbered,
    reframed,
    rules_of,
    starts_turns,
)
from gate.mutants.messages import ABSENT, Answer
from gate.mutants.operators import Place, Scene, live
from palaver.contract.document import Operation

JSON = "application/json"


def _starters(place: Place) -> list[Operation]:
    """The operations that start turns and link to the place's operation."""
    name = place.operation.operation_id
    return [
        each
        for each in place.document.operations
        if starts_turns(Place(place.document, each))
        and any(
            link.get("operationId") == name
            for response in each.responses.values()
            for link in response.get("links", {}).values()
        )
    ]


def _cancels(place: Place) -> Sequence[str]:
    is_post = place.operation.method == "post"
    return [""] if is_post and _starters(place) else []


def _states(place: Place) -> Sequence[str]:
    """Reads of a turn's state: no list, and no stream."""
    operation = place.operation
    plain = "x-list" not in operation.raw and not stream_rules(place.document, operation)
    return [""] if operation.method == "get" and plain and _starters(place) else []


async def _asked(scene: Scene, operation: Operation, path: Mapping[str, Any]) -> Answer:
    """Another operation, asked as the user of this call."""
    call = scene.world.example_of(operation).with_path(path)
    user = scene.call.header("authorization")
    return await scene.serve(call.with_header("authorization", user))


@live("turns", "cancel-pretended", _cancels)
async def cancel_pretended(scene: Scene) -> Answer:
    """A turn is said to be cancelled and goes on."""
    state = linked(scene.place, "get")
    if scene.call.path_parameters is None or not state:
        return await scene.serve(scene.call)
    answer = await _asked(scene, state[0], scene.call.path_parameters)
    body = answer.json
    if not isinstance(body, dict) or body.get("status") != "running":
        return await scene.serve(scene.call)
    return answer.with_json({**body, "status": "cancelled", "ended_at": body["created_at"]})


@live("turns", "cancel-repeatable", _cancels)
async def cancel_repeatable(scene: Scene) -> Answer:
    """A turn that has ended can be cancelled again."""
    answer = await scene.serve(scene.call)
    state = linked(scene.place, "get")
    if answer.status != 409 or scene.call.path_parameters is None or not state:
        return answer
    return await _asked(scene, state[0], scene.call.path_parameters)


@live("turns", "busy-let-in", starts_turns)
async def busy_let_in(scene: Scene) -> Answer:
    """A second turn of a session ends the first instead of being refused."""
    answer = await scene.serve(scene.call)
    body = answer.json
    cancel = linked(scene.place, "post")
    if answer.status != 409 or not isinstance(body, dict) or not cancel:
        return answer
    given = scene.call.json
    session = (scene.call.path_parameters or {}).get("session_id") or given.get("session_id")
    await _asked(scene, cancel[0], {"session_id": session, "run_id": body["run_id"]})
    return await scene.serve(scene.call)


def _refuses_with_id(place: Place) -> Sequence[str]:
    found = place.operation.responses.items() if starts_turns(place) else ()
    return [
        status
        for status, response in found
        for entry in response.get("content", {}).values()
        if int(status) >= 400 and "run_id" in entry.get("example", {})
    ]


@live("turns", "refusal-names-another", _refuses_with_id)
async def refusal_names_another(scene: Scene) -> Answer:
    """An error is about another turn than it says."""
    answer = await scene.serve(scene.call)
    body = answer.json
    if str(answer.status) != scene.place.site or not isinstance(body, dict) or "run_id" not in body:
        return answer
    run_id = str(body["run_id"])
    return answer.with_json({**body, "run_id": f"{'1' if run_id[0] == '0' else '0'}{run_id[1:]}"})


@live("turns", "state-stale", _states)
async def state_stale(scene: Scene) -> Answer:
    """The state of a turn is what it was when it was first read."""
    known: dict[str, Answer] = scene.world.memory.setdefault("states", {})
    answer = await scene.serve(scene.call)
    if not answer.succeeded:
        return answer
    first = known.setdefault(scene.call.path, answer)
    given = scene.call.header("x-request-id")
    return first.with_header("x-request-id", given) if given else first


@live("turns", "state-always-ended", _states)
async def state_always_ended(scene: Scene) -> Answer:
    """A turn that runs is said to have ended."""
    answer = await scene.serve(scene.call)
    body = answer.json
    if not isinstance(body, dict) or body.get("status") != "running":
        return answer
    return answer.with_json({**body, "status": "completed", "ended_at": body["created_at"]})


@live("turns", "failure-untold", starts_turns)
async def failure_untold(scene: Scene) -> Answer:
    """A turn that failed ends like one that did not."""
    rules = rules_of(scene.place)
    known = (rules.begins, rules.part, rules.ends, rules.last)

    def change(frames: list[Frame]) -> list[Frame]:
        open_ids: dict[str, Frame] = {}
        for each in frames:
            if each.data.get(rules.kind) == rules.begins:
                open_ids[str(each.data[rules.key])] = each
        failed = [
            each
            for each in frames
            if each.data.get(rules.kind) not in known and each.data.get(rules.key) in open_ids
        ]
        return numbered([each for each in frames if each not in failed], frames[0].id)

    return await reframed(scene, change)


@live("turns", "cancelled-text-lost", starts_turns)
async def cancelled_text_lost(scene: Scene) -> Answer:
    """What a cancelled turn had said is not in its message."""
    answer = await scene.serve(scene.call)
    body = answer.json
    if isinstance(body, dict) and body.get("status") == "cancelled" and "messages" in body:
        messages = [{**each, "content": ""} for each in body["messages"]]
        return answer.with_json({**body, "messages": messages})
    rules = rules_of(scene.place)
    frames = frames_of(answer)
    if '"status":"cancelled"' not in "".join(each.spelled.decode() for each in frames):
        return answer
    rest = [each for each in frames if each.data.get(rules.kind) != rules.part]
    emptied = [
        each.saying(message={**each.data["message"], "content": ""})
        if each.data.get(rules.kind) == rules.ends
        else each
        for each in rest
    ]
    return await _framed(answer, numbered(emptied, frames[0].id))


async def _framed(answer: Answer, frames: Sequence[Frame]) -> Answer:
    body = b"".join(each.spelled for each in frames)
    return answer.with_body(body).with_header("content-length", None)


@live("turns", "question-lost", starts_turns)
async def question_lost(scene: Scene) -> Answer:
    """What the user said is not stored."""
    body = scene.call.json
    said = {value for value in body.values() if isinstance(value, str)} if _is_object(body) else ()

    def change(_table: str, column: str, value: Any) -> Any:
        return "…" if column == "content" and value in said else value

    with scene.world.storing(change):
        return await scene.serve(scene.call)


def _is_object(body: Any) -> bool:
    return body is not ABSENT and isinstance(body, dict)


def _renames(place: Place) -> list[Operation]:
    """The operations that give a new name to what a turn is about."""
    return [
        each
        for each in place.document.operations
        if each.method == "patch"
        and [p.name for p in each.parameters if p.location == "path"] == ["session_id"]
    ]


@live("turns", "named-session-titled", starts_turns)
async def named_session_titled(scene: Scene) -> Answer:
    """A turn gives a title to what a person has named."""
    answer = await scene.serve(scene.call)
    body = scene.call.json
    given = body.get("session_id") if isinstance(body, dict) else None
    session = (scene.call.path_parameters or {}).get("session_id") or given
    for operation in _renames(scene.place)[:1] if answer.succeeded and session else []:
        await _asked(scene, operation, {"session_id": session})
    return answer


@live("turns", "title-untold", starts_turns)
async def title_untold(scene: Scene) -> Answer:
    """What was named by the turn is called otherwise in its event."""
    rules = rules_of(scene.place)
    known = (rules.begins, rules.part, rules.ends, rules.last)

    def change(frames: list[Frame]) -> list[Frame]:
        return [
            each.but(
                data={
                    k: f"{v}…" if isinstance(v, str) and k != rules.kind else v
                    for k, v in each.data.items()
                }
            )
            if each.data.get(rules.kind) not in known
            else each
            for each in frames
        ]

    return await reframed(scene, change)


def _several_types(place: Place) -> Sequence[str]:
    contents = [
        list(place.operation.responses[str(status)].get("content", {}))
        for status in place.operation.success_statuses
    ]
    return [kind for content in contents if len(content) > 1 for kind in content]


@live("turns", "type-fixed", _several_types)
async def type_fixed(scene: Scene) -> Answer:
    """Of several types the answer always has the same one."""
    answer = await scene.serve(scene.call.with_header("accept", "application/x-none"))
    if answer.status != 406 or scene.call.header("accept") == "application/x-none":
        return await scene.serve(scene.call)
    return await scene.serve(scene.call.with_header("accept", scene.place.site))


@live("turns", "weights-ignored", lambda place: _several_types(place)[:1] and [""])
async def weights_ignored(scene: Scene) -> Answer:
    """Of the types that a client takes the first counts, whatever their weights."""
    given = scene.call.header("accept")
    first = given.partition(",")[0].partition(";")[0] if given else None
    return await scene.serve(scene.call.with_header("accept", first))


@live("turns", "turn-cut", starts_turns)
async def turn_cut(scene: Scene) -> Answer:
    """A turn as JSON lacks the last of its messages."""
    answer = await scene.serve(scene.call)
    body = answer.json
    if not isinstance(body, dict) or len(body.get("messages", [])) < 2:
        return answer
    return answer.with_json({**body, "messages": body["messages"][:-1]})


@live("turns", "turn-again", starts_turns)
async def turn_again(scene: Scene) -> Answer:
    """Every turn is asked of the model twice, and the first answer is thrown away."""
    answer = await scene.serve(scene.call)
    if answer.succeeded:
        return await scene.serve(scene.call.with_header("idempotency-key", None))
    return answer


@live("turns", "stream-in-json", starts_turns)
async def stream_in_json(scene: Scene) -> Answer:
    """The events are sent as one list of JSON."""
    answer = await scene.serve(scene.call)
    frames = frames_of(answer)
    if not frames or EVENT_STREAM not in (answer.header("content-type") or ""):
        return answer
    return answer.with_body(json.dumps([each.data for each in frames]).encode()).with_header(
        "content-type", JSON
    )
