"""Drifts of idempotency keys: what is repeated is done again, or answered as something else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gate.mutants.messages import Answer
from gate.mutants.operators import Place, Scene, live
from gate.mutants.places import body_fields, properties, success, success_schema
from gate.mutants.request import refusal
from gate.operations import creates, list_of, schemes_of
from gate.reach import REPLAYED
from palaver.contract.document import Operation

HEADER = REPLAYED.lower()


def _takes_keys(place: Place) -> Sequence[str]:
    found = [p for p in place.operation.parameters if p.location == "header"]
    return [""] if any(p.name == REPLAYED for p in found) else []


def _key(scene: Scene, *, of_user: bool = True) -> str | None:
    """The key of a call, within the user's keys unless all users share theirs."""
    given = scene.call.header(HEADER)
    if given is None:
        return None
    return f"{scene.call.header('authorization')} {given}" if of_user else given


def _outcomes(scene: Scene) -> dict[str, Answer]:
    found: dict[str, Answer] = scene.world.memory.setdefault("outcomes", {})
    return found


async def _remembered(scene: Scene, key: str | None) -> Answer:
    """Serve, and remember a success under its key."""
    answer = await scene.serve(scene.call)
    if key is not None and answer.succeeded:
        _outcomes(scene).setdefault(key, answer)
    return answer


def _again(scene: Scene, answer: Answer) -> Answer:
    """An answer of before, as one to this request."""
    given = scene.call.header("x-request-id")
    return answer.with_header("x-request-id", given) if given is not None else answer


@live("idempotency", "key-ignored", _takes_keys)
async def key_ignored(scene: Scene) -> Answer:
    """An idempotency key has no effect."""
    return await scene.serve(scene.call.with_header(HEADER, None))


def _untold(place: Place) -> str | None:
    """That whatever is made once more is for nobody to see.

    Its id is told in an answer that nobody gets, no list has it, and it is in nothing that could be
    full of it, or have its name.
    """
    operation = place.operation
    if not creates(operation) or "409" in operation.responses or _in_path(operation):
        return None
    links = operation.responses[str(operation.success_statuses[0])].get("links", {})
    names = {name for link in links.values() for name in link.get("parameters", {})}
    for each in place.document.operations:
        listed = None if _in_path(each) else list_of(place.document, each)
        if each.method == "get" and listed is not None and listed.get("key") in {None, *names}:
            return None
    return "Nobody is told the id of what is made once more, and no operation lists it."


def _in_path(operation: Operation) -> bool:
    return any(p.location == "path" for p in operation.parameters)


@live("idempotency", "key-effect-again", _takes_keys, equivalent=_untold)
async def key_effect_again(scene: Scene) -> Answer:
    """A replay has the first outcome, and is done once more all the same."""
    key = _key(scene)
    if key is not None and key in _outcomes(scene):
        await scene.serve(scene.call.with_header(HEADER, None))
    return await _remembered(scene, key)


def _constant(place: Place) -> str | None:
    """That every outcome is the same answer, so that none can be taken for another."""
    status, response = success(place.operation)
    told = any(
        len(schema.get("enum", [])) != 1
        for _, schema, _ in properties(place.document, success_schema(place))
    )
    if told or set(response.get("headers", {})) - {"X-Request-Id"}:
        return None
    return f"Every {status} of this operation is the same answer."


def _of_one(place: Place) -> str | None:
    """That all who may call it are one user."""
    if "bearer" in schemes_of(place.document, place.operation):
        return None
    return "Whoever may call this operation is the same user."


def _constant_or_of_one(place: Place) -> str | None:
    return _constant(place) or _of_one(place)


@live("idempotency", "key-newest-outcome", _takes_keys, equivalent=_constant)
async def key_newest_outcome(scene: Scene) -> Answer:
    """A replay has the outcome of the newest request with any key."""
    key = _key(scene)
    known = key is not None and key in _outcomes(scene)
    answer = await _remembered(scene, key)
    if known and answer.succeeded:
        return _again(scene, scene.world.memory["newest"])
    if key is not None and answer.succeeded:
        scene.world.memory["newest"] = answer
    return answer


@live("idempotency", "key-other-request-taken", _takes_keys)
async def key_other_request_taken(scene: Scene) -> Answer:
    """A used key with another request has the first outcome."""
    key = _key(scene)
    answer = await _remembered(scene, key)
    if answer.status == 422 and key is not None and key in _outcomes(scene):
        return _again(scene, _outcomes(scene)[key])
    return answer


@live("idempotency", "key-other-request-done", _takes_keys)
async def key_other_request_done(scene: Scene) -> Answer:
    """A used key with another request is as good as a new one."""
    answer = await scene.serve(scene.call)
    if answer.status == 422:
        return await scene.serve(scene.call.with_header(HEADER, None))
    return answer


@live("idempotency", "key-refusal-done", _takes_keys, equivalent=_untold)
async def key_refusal_done(scene: Scene) -> Answer:
    """A request that is refused for its key is done all the same."""
    answer = await scene.serve(scene.call)
    if answer.status == 422:
        example = scene.call.with_header(HEADER, None)
        await scene.serve(example)
    return answer


@live("idempotency", "key-of-all-users", _takes_keys, equivalent=_constant_or_of_one)
async def key_of_all_users(scene: Scene) -> Answer:
    """A key that one user used has its outcome for all users."""
    key = _key(scene, of_user=False)
    known = _outcomes(scene).get(key or "")
    answer = await _remembered(scene, key)
    if known is not None and answer.succeeded:
        return _again(scene, known)
    return answer


@live("idempotency", "key-taken-for-all-users", _takes_keys, equivalent=_of_one)
async def key_taken_for_all_users(scene: Scene) -> Answer:
    """A key that one user used is refused to all others."""
    given = scene.call.header(HEADER)
    owners: dict[str, str | None] = scene.world.memory.setdefault("owners", {})
    user = scene.call.header("authorization")
    if given is not None and owners.get(given, user) != user:
        return refusal(scene, 422)
    answer = await scene.serve(scene.call)
    if given is not None and answer.succeeded:
        owners[given] = user
    return answer


@live("idempotency", "key-burnt", _takes_keys)
async def key_burnt(scene: Scene) -> Answer:
    """A request that failed uses its key up."""
    key = _key(scene)
    burnt: dict[str, Answer] = scene.world.memory.setdefault("burnt", {})
    if key is not None and key in burnt:
        return _again(scene, burnt[key])
    answer = await scene.serve(scene.call)
    if key is not None and answer.status >= 400 and answer.status != 422:
        burnt[key] = answer
    return answer


@live("idempotency", "key-replay-refused", _takes_keys)
async def key_replay_refused(scene: Scene) -> Answer:
    """A key can be used once."""
    key = _key(scene)
    if key is not None and key in _outcomes(scene):
        return refusal(scene, 422)
    return await _remembered(scene, key)


@live("idempotency", "key-cut", _takes_keys)
async def key_cut(scene: Scene) -> Answer:
    """Of a key the first eight characters count."""
    given = scene.call.header(HEADER)
    return await scene.serve(scene.call.with_header(HEADER, given and given[:8]))


@live("idempotency", "key-end-ignored", _takes_keys)
async def key_end_ignored(scene: Scene) -> Answer:
    """Of a key the first two hundred characters count."""
    given = scene.call.header(HEADER)
    return await scene.serve(scene.call.with_header(HEADER, given and given[:200]))


@live("idempotency", "key-demanded", _takes_keys)
async def key_demanded(scene: Scene) -> Answer:
    """A key may not be left out."""
    if scene.call.header(HEADER) is None:
        return refusal(scene, 400)
    return await scene.serve(scene.call)


@live("idempotency", "key-long-taken", _takes_keys)
async def key_long_taken(scene: Scene) -> Answer:
    """A key that is too long is cut instead of being refused."""
    given = scene.call.header(HEADER)
    return await scene.serve(scene.call.with_header(HEADER, given and given[:255]))


def _parts(place: Place) -> Sequence[str]:
    if not _takes_keys(place):
        return []
    query = [p.name for p in place.operation.parameters if p.location == "query"]
    path = ["path"] if any(p.location == "path" for p in place.operation.parameters) else []
    return [*path, *query, *body_fields(place)]


@live("idempotency", "key-part-ignored", _parts)
async def key_part_ignored(scene: Scene) -> Answer:
    """A part of the request does not count where a key is compared."""
    key, site = _key(scene), scene.place.site
    if key is None:
        return await scene.serve(scene.call)
    firsts: dict[str, Any] = scene.world.memory.setdefault("parts", {})
    call, body = scene.call, scene.call.json
    if site == "path" and call.path_parameters is not None:
        call = call.with_path(firsts.get(key, call.path_parameters))
        first: Any = call.path_parameters
    elif isinstance(body, dict) and site in body:
        first = firsts.get(key, body[site])
        call = call.with_json({**body, site: first}) if body[site] != first else call
    elif call.parameter(site) is not None:
        first = firsts.get(key, call.parameter(site))
        pairs = [(name, first if name == site else value) for name, value in call.query]
        call = call.with_query(pairs) if call.parameter(site) != first else call
    else:
        return await scene.serve(call)
    answer = await scene.serve(call)
    if answer.succeeded:
        firsts.setdefault(key, first)
    return answer
