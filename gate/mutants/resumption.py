"""Drifts of streams that are resumed: too early, too late, or as something else."""

from __future__ import annotations

import json

from gate.mutants.frames import Frame, numbered, reframed, resumes, rules_of
from gate.mutants.messages import Answer, Call
from gate.mutants.operators import Scene, live


def _after(scene: Scene) -> int | None:
    header = rules_of(scene.place).after
    given = scene.call.header(header or "")
    return int(given) if given is not None and given.isascii() and given.isdigit() else None


def _resumed(scene: Scene, place: int | None) -> Call:
    header = rules_of(scene.place).after or ""
    return scene.call.with_header(header.lower(), None if place is None else str(place))


@live("stream", "resume-skips", resumes)
async def resume_skips(scene: Scene) -> Answer:
    """A stream is resumed one event too late."""
    after = _after(scene)
    if not after:
        return await scene.serve(scene.call)
    answer = await scene.serve(_resumed(scene, after + 1))
    return answer if answer.succeeded else await scene.serve(scene.call)


@live("stream", "resume-repeats", resumes)
async def resume_repeats(scene: Scene) -> Answer:
    """A stream is resumed with the event that was the last to be seen."""
    after = _after(scene)
    return await scene.serve(_resumed(scene, after - 1) if after else scene.call)


@live("stream", "resume-ignored", resumes)
async def resume_ignored(scene: Scene) -> Answer:
    """A stream that is resumed begins anew."""
    return await scene.serve(_resumed(scene, None) if _after(scene) is not None else scene.call)


@live("stream", "resume-renumbered", resumes)
async def resume_renumbered(scene: Scene) -> Answer:
    """A stream that is resumed counts its events from 1."""
    return await reframed(scene, lambda frames: numbered(frames, "1"))


@live("stream", "resume-never-over", resumes)
async def resume_never_over(scene: Scene) -> Answer:
    """Who has seen the last event is sent it again instead of being told that it was the last."""
    answer = await scene.serve(scene.call)
    after = _after(scene)
    return (
        await scene.serve(_resumed(scene, after - 1)) if answer.status == 204 and after else answer
    )


@live("stream", "resume-beyond-taken", resumes)
async def resume_beyond_taken(scene: Scene) -> Answer:
    """An event that is yet to come counts as one that was seen."""
    answer = await scene.serve(scene.call)
    if answer.status != 400 or _after(scene) is None:
        return answer
    return await scene.serve(_resumed(scene, None))


@live("stream", "resume-differs", resumes)
async def resume_differs(scene: Scene) -> Answer:
    """What is read again has other ids of messages than at first."""
    if _after(scene) is None:
        return await scene.serve(scene.call)

    def change(frames: list[Frame]) -> list[Frame]:
        rules = rules_of(scene.place)
        keys = [each.data[rules.key] for each in frames if rules.key in each.data]
        text = str(keys[0]) if keys else ""
        other = f"{'b' if text[:1] == 'a' else 'a'}{text[1:]}"
        return [
            each.but(data=json.loads(json.dumps(each.data).replace(text, other))) if text else each
            for each in frames
        ]

    return await reframed(scene, change)
