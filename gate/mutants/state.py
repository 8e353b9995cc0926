"""Drifts of what a request leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gate.mutants.messages import Answer
from gate.mutants.operators import Place, Scene, live, when
from gate.mutants.places import body_fields, success
from gate.operations import creates, is_safe
from palaver.contract.document import Operation


def _writes(operation: Operation) -> bool:
    return not is_safe(operation)


def _has_path(operation: Operation) -> bool:
    return any(p.location == "path" for p in operation.parameters)


@live("state", "write-lost", when(_writes))
async def write_lost(scene: Scene) -> Answer:
    """The write is answered as ever and leaves nothing behind."""
    with scene.world.undone():
        return await scene.serve(scene.call)


@live("state", "every-third-lost", when(_writes))
async def every_third_lost(scene: Scene) -> Answer:
    """Every third write that succeeds leaves nothing behind."""
    done: int = scene.world.memory.get("done", 0)
    if done % 3 == 2:
        with scene.world.undone():
            answer = await scene.serve(scene.call)
    else:
        answer = await scene.serve(scene.call)
    scene.world.memory["done"] = done + answer.succeeded
    return answer


def _only_ends(place: Place) -> str | None:
    """That a write says nothing but what it ends, and is refused where that has ended."""
    operation = place.operation
    query = any(p.location == "query" for p in operation.parameters)
    codes = operation.responses.get("409", {}).get("x-errors", {})
    ends = codes and not any(code.startswith("nothing_to_") for code in codes)
    if operation.request_body is not None or query or not ends:
        return None
    return "What has ended cannot be ended again, and nothing else is written."


@live(
    "state",
    "write-twice",
    when(lambda o: o.method == "post" and _writes(o) and "x-list" not in o.raw),
    equivalent=_only_ends,
)
async def write_twice(scene: Scene) -> Answer:
    """The write is done twice."""
    answer = await scene.serve(scene.call)
    if answer.succeeded:
        await scene.serve(scene.call)
    return answer


@live("state", "write-elsewhere", when(lambda o: _writes(o) and _has_path(o)))
async def write_elsewhere(scene: Scene) -> Answer:
    """The write goes to another thing than the path names."""
    with scene.world.undone():
        answer = await scene.serve(scene.call)
    others = scene.world.neighbours(scene.call)
    if answer.succeeded and others:
        await scene.serve(scene.call.with_path(others[-1]))
    return answer


@live("state", "write-spreads", when(lambda o: o.method in ("put", "patch", "delete")))
async def write_spreads(scene: Scene) -> Answer:
    """The write takes a neighbour too."""
    answer = await scene.serve(scene.call)
    others = scene.world.neighbours(scene.call)
    if answer.succeeded and others:
        await scene.serve(scene.call.with_path(others[-1]))
    return answer


@live("state", "unknown-accepted", when(lambda o: "404" in o.responses))
async def unknown_accepted(scene: Scene) -> Answer:
    """What does not exist is answered like what does."""
    answer = await scene.serve(scene.call)
    if answer.succeeded:
        scene.world.memory["last"] = answer
    elif answer.status == 404 and "last" in scene.world.memory:
        last: Answer = scene.world.memory["last"]
        return last
    elif answer.status == 404:
        return _made_up(scene, answer)
    return answer


def _made_up(scene: Scene, refused: Answer) -> Answer:
    """The contract's example of a success."""
    status, response = success(scene.place.operation)
    media_type, entry = next(iter(response.get("content", {"": {}}).items()))
    if not media_type:
        empty = replace(refused, status=status, body=b"").with_header("content-length", None)
        return empty.with_header("content-type", None)
    answer = refused.with_status(status).with_header("content-type", media_type)
    return answer.with_json(entry.get("example"))


@live("state", "conflict-swallowed", when(lambda o: "409" in o.responses))
async def conflict_swallowed(scene: Scene) -> Answer:
    """A conflict is answered like a success."""
    answer = await scene.serve(scene.call)
    if answer.succeeded:
        scene.world.memory["last"] = answer
    elif answer.status == 409 and "last" in scene.world.memory:
        last: Answer = scene.world.memory["last"]
        return last
    return answer


def _resettable(place: Place) -> Sequence[str]:
    if place.operation.method != "patch":
        return []
    return [name for name, schema in body_fields(place).items() if schema.get("nullable")]


@live("state", "partial-update-resets", _resettable)
async def partial_update_resets(scene: Scene) -> Answer:
    """A property that a partial change does not name is emptied."""
    body = scene.call.json
    if not isinstance(body, dict) or scene.place.site in body:
        return await scene.serve(scene.call)
    return await scene.serve(scene.call.with_json({**body, scene.place.site: None}))


def _sibling_reads(place: Place) -> list[Operation]:
    return [
        other
        for other in place.document.operations
        if other.path == place.operation.path and other.method == "get"
    ]


@live("state", "answer-stale", when(lambda o: o.method == "patch"))
async def answer_stale(scene: Scene) -> Answer:
    """A change is answered with what was there before it."""
    before = await scene.serve(replace(scene.call, method="GET", query_string=b"", body=b""))
    answer = await scene.serve(scene.call)
    if not answer.succeeded or not before.succeeded:
        return answer
    return answer.with_body(before.body)


def _writers(place: Place) -> list[Operation]:
    """Writes of the same thing, by the links of what creates it."""
    own = {p.name for p in place.operation.parameters if p.location == "path"}
    if place.operation.method != "get" or not own:
        return []
    linked = {
        link.get("operationId")
        for maker in place.document.operations
        for link in maker.responses.get("201", {}).get("links", {}).values()
        if any(
            other.get("operationId") == place.operation.operation_id
            for other in maker.responses["201"]["links"].values()
        )
    }
    return [
        other
        for other in place.document.operations
        if other.operation_id in linked
        and other.method in ("put", "patch", "post")
        and not is_safe(other)
        and {p.name for p in other.parameters if p.location == "path"} == own
    ]


@live("state", "read-writes", lambda place: [o.operation_id for o in _writers(place)])
async def read_writes(scene: Scene) -> Answer:
    """A read changes what it reads."""
    answer = await scene.serve(scene.call)
    if answer.succeeded:
        writer = next(
            o for o in scene.place.document.operations if o.operation_id == scene.place.site
        )
        call = scene.world.example_of(writer).with_path(scene.call.path_parameters or {})
        await scene.serve(call.with_header("authorization", scene.world.admin))
    return answer


@live("state", "delete-repeatable", when(lambda o: o.method == "delete"))
async def delete_repeatable(scene: Scene) -> Answer:
    """A delete of what is gone already is answered as a success."""
    answer = await scene.serve(scene.call)
    deleted: set[str] = scene.world.memory.setdefault("deleted", set())
    if answer.succeeded:
        deleted.add(scene.call.path)
        scene.world.memory["last"] = answer
    elif answer.status == 404 and scene.call.path in deleted:
        last: Answer = scene.world.memory["last"]
        return last
    return answer


def _optional_parts(operation: Operation) -> int:
    optional = [p for p in operation.parameters if p.location == "query" and not p.required]
    return len(optional)


@live("state", "crash-on-combination", when(lambda o: _optional_parts(o) >= 2))
async def crash_on_combination(scene: Scene) -> Answer:
    """All optional parameters together make the server fail."""
    optional = [
        p.name
        for p in scene.place.operation.parameters
        if p.location == "query" and not p.required and p.name != "cursor"
    ]
    answer = await scene.serve(scene.call)
    if answer.succeeded and all(scene.call.parameter(name) is not None for name in optional):
        return answer.with_status(500)
    return answer


@live("state", "create-remembered", when(creates))
async def create_remembered(scene: Scene) -> Answer:
    """A create that was made before answers with what it made then."""
    key = f"{scene.call.query_string!r} {scene.call.body!r}"
    key += str(scene.call.header("authorization"))
    made: dict[str, Answer] = scene.world.memory.setdefault("made", {})
    if key in made:
        return made[key]
    answer = await scene.serve(scene.call)
    if answer.succeeded:
        made[key] = answer
    return answer
