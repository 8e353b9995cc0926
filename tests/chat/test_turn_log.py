"""The log of a turn over time: heartbeats while it is silent, and its end of days."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.chat.protocol_scripts import ANSWER
from tests.chat.turn_client import Talker, check_numbers, text_of

if TYPE_CHECKING:
    from tests.chat.conftest import Start
    from tests.chat.protocol_server import ProtocolServer

_HASTY = """
from palaver.chat import turns
from palaver.contract import events
events.HEARTBEAT_SECONDS = 0.05
turns.SWEEP_SECONDS = 0.2
from palaver.cli import main
main()
"""


def test_heartbeats_and_the_end_of_the_log(
    start: Start,
    model_server: ProtocolServer,
    query: Callable[[str], list[tuple[Any, ...]]],
    wait_until: Callable[[Callable[[], bool]], None],
) -> None:
    talker = Talker(start(command=("-c", _HASTY), event_retention="1"))
    held, key = talker.session(), uuid.uuid4().hex
    stream = talker.say(held, f"[[hold:{key}]]")
    events = stream.until("message.delta")
    ended = talker.session()
    run_id = talker.ask(ended, "Hello").headers["X-Run-Id"]

    def kept(run: str) -> bool:
        return bool(query(f"SELECT 1 FROM run_events WHERE run_id = '{run}'"))

    assert kept(run_id)
    wait_until(lambda: not kept(run_id))
    assert talker.follow(ended, run_id).status == 410
    assert [each["content"] for each in talker.messages(ended)] == ["Hello", ANSWER]
    # A run that has not ended keeps its events, however old they are.
    assert kept(stream.run_id)
    followed = talker.follow(held, stream.run_id)
    model_server.release(key)
    events += stream.all()
    check_numbers(events)
    assert text_of(events) == ANSWER
    assert [each.raw for each in followed.all()] == [each.raw for each in events]
    assert stream.comments > 5
