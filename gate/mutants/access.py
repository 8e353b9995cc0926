"""Drifts of authentication and authorisation."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence

from gate.mutants.messages import Answer, Call
from gate.mutants.operators import Place, Scene, live, when
from gate.mutants.request import refusal
from gate.operations import has_owner, is_kept, schemes_of


def _is_secured(place: Place) -> Sequence[str]:
    return [""] if place.operation.security else []


def _accepted(scene: Scene) -> Call:
    """The call, as by somebody who may."""
    return scene.call.with_header("authorization", scene.world.accepted(scene.place.operation)[0])


def _hides(place: Place) -> bool:
    codes = place.operation.responses.get("404", {}).get("x-errors", {})
    return any(code.endswith("_forbidden") for code in codes)


def _guards(place: Place) -> Sequence[str]:
    document, operation = place.document, place.operation
    return [""] if has_owner(document, operation) or is_kept(document, operation) else []


@live("auth", "no-token-taken", _is_secured)
async def no_token_taken(scene: Scene) -> Answer:
    """Who has no token counts as the owner."""
    if scene.call.header("authorization") is None:
        return await scene.serve(_accepted(scene))
    return await scene.serve(scene.call)


@live("auth", "bad-token-taken", _is_secured)
async def bad_token_taken(scene: Scene) -> Answer:
    """A token whose signature is wrong is taken."""
    given = scene.call.header("authorization")
    answer = await scene.serve(scene.call)
    if given is None or answer.status != 401:
        return answer
    return await scene.serve(_accepted(scene))


@live("auth", "other-scheme-taken", _is_secured)
async def other_scheme_taken(scene: Scene) -> Answer:
    """A credential counts under any scheme."""
    given = scene.call.header("authorization")
    answer = await scene.serve(scene.call)
    if given is None or answer.status != 401:
        return answer
    rest = given.partition(" ")[2] or given
    for scheme in schemes_of(scene.place.document, scene.place.operation):
        spelled = f"{scheme.capitalize()} {rest}"
        again = await scene.serve(scene.call.with_header("authorization", spelled))
        if again.status != 401:
            return again
    return answer


def _shares(place: Place) -> Sequence[str]:
    return [""] if "basic" in schemes_of(place.document, place.operation) else []


def _basic(scene: Scene) -> tuple[str, str] | None:
    """Name and password of a call, where it has some."""
    given = scene.call.header("authorization") or ""
    if not given.startswith("Basic "):
        return None
    try:
        name, _, password = b64decode(given[6:]).decode().partition(":")
    except ValueError:
        return None
    return name, password


@live("auth", "password-unchecked", _shares)
async def password_unchecked(scene: Scene) -> Answer:
    """Any password will do."""
    accepted = _known(scene)
    given = _basic(scene)
    if given is not None and accepted.startswith(f"{given[0]}:"):
        return await scene.serve(_accepted(scene))
    return await scene.serve(scene.call)


@live("auth", "name-unchecked", _shares)
async def name_unchecked(scene: Scene) -> Answer:
    """Any name will do with the right password."""
    given = _basic(scene)
    if given is not None and _known(scene).endswith(f":{given[1]}") and given[1]:
        return await scene.serve(_accepted(scene))
    return await scene.serve(scene.call)


def _known(scene: Scene) -> str:
    shared = next(e for e in scene.world.accepted(scene.place.operation) if e.startswith("Basic "))
    return b64decode(shared[6:]).decode()


def _several(place: Place) -> Sequence[str]:
    schemes = schemes_of(place.document, place.operation)
    return schemes if len(schemes) > 1 else []


@live("auth", "alternative-refused", _several)
async def alternative_refused(scene: Scene) -> Answer:
    """One of several ways to authenticate does not work."""
    given = (scene.call.header("authorization") or "").lower()
    if given.startswith(f"{scene.place.site} "):
        return await scene.serve(scene.call.with_header("authorization", None))
    return await scene.serve(scene.call)


@live("auth", "challenge-lacks", _several)
async def challenge_lacks(scene: Scene) -> Answer:
    """401 does not name one of the ways to authenticate."""
    answer = await scene.serve(scene.call)
    said = answer.header("www-authenticate")
    if answer.status != 401 or said is None:
        return answer
    site = scene.place.site
    kept = [each for each in _several(scene.place) if each != site]
    return answer.with_header("www-authenticate", f'{kept[0].capitalize()} realm="palaver"')


@live("auth", "stranger-let-in", _guards)
async def stranger_let_in(scene: Scene) -> Answer:
    """What belongs to somebody else can be used."""
    answer = await scene.serve(scene.call)
    hidden = answer.status == 404 and _hides(scene.place)
    if answer.status != 403 and not hidden:
        return answer
    return await scene.serve(scene.call.with_header("authorization", scene.world.admin))


def _is_private_list(place: Place) -> Sequence[str]:
    """A list of the caller's own: it names nobody in its path, and is not a list for all."""
    operation = place.operation
    if "x-list" not in operation.raw or operation.method != "get" or not operation.security:
        return []
    guarded = {"403"} & set(operation.responses) or _hides(place)
    words = f"{operation.raw.get('summary', '')} {operation.raw.get('description', '')}".lower()
    return [""] if not guarded and "caller" in words else []


@live("auth", "list-of-another", _is_private_list)
async def list_of_another(scene: Scene) -> Answer:
    """Everybody gets the list of one user."""
    given = scene.call.header("authorization")
    if given is None or not given.startswith("Bearer ey"):
        return await scene.serve(scene.call)
    return await scene.serve(scene.call.with_header("authorization", scene.world.owner))


@live("auth", "owner-shut-out", _is_secured)
async def owner_shut_out(scene: Scene) -> Answer:
    """The owner's own token is refused as if it had expired."""
    if scene.call.header("authorization") == scene.world.accepted(scene.place.operation)[0]:
        return await scene.serve(scene.call.with_header("authorization", None))
    return await scene.serve(scene.call)


@live("auth", "forbidden-as-missing", when(lambda o: {"403", "404"} <= set(o.responses)))
async def forbidden_as_missing(scene: Scene) -> Answer:
    """403 where it is documented is answered as 404."""
    answer = await scene.serve(scene.call)
    return refusal(scene, 404) if answer.status == 403 else answer


@live("auth", "missing-as-forbidden", when(lambda o: "404" in o.responses))
async def missing_as_forbidden(scene: Scene) -> Answer:
    """What does not exist is answered as forbidden."""
    answer = await scene.serve(scene.call)
    return refusal(scene, 403) if answer.status == 404 else answer


@live("auth", "unauthenticated-as-forbidden", _is_secured)
async def unauthenticated_as_forbidden(scene: Scene) -> Answer:
    """A request without a valid token is answered with 403."""
    answer = await scene.serve(scene.call)
    return answer.with_status(403) if answer.status == 401 else answer


@live("auth", "challenge-missing", _is_secured)
async def challenge_missing(scene: Scene) -> Answer:
    """401 does not say how to authenticate."""
    answer = await scene.serve(scene.call)
    return answer.with_header("www-authenticate", None) if answer.status == 401 else answer


@live("auth", "token-demanded", when(lambda o: not o.security))
async def token_demanded(scene: Scene) -> Answer:
    """An operation for everybody wants a token."""
    if scene.call.header("authorization") is None:
        return refusal(scene, 401)
    return await scene.serve(scene.call)


def _guards_something(place: Place) -> Sequence[str]:
    """Where a path names what may or may not exist."""
    return _guards(place) if "{" in place.operation.path else []


@live("auth", "existence-told", _guards_something)
async def existence_told(scene: Scene) -> Answer:
    """Who has no token learns whether something exists: 404 comes before 401."""
    answer = await scene.serve(scene.call)
    if answer.status != 401 or not scene.call.path_parameters:
        return answer
    seen = await scene.serve(scene.call.with_header("authorization", scene.world.admin))
    return refusal(scene, 404) if seen.status == 404 else refusal(scene, 403)
