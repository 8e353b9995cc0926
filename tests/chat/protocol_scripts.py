"""The scripts of the protocol server; ``protocol_server`` says what each does."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.chat.protocol_server import Connection

ANSWER = "The answer is forty-two."
TITLE = "A short title"
UTF8_ANSWER = "Grüße, 世界 🎉!"
USAGE = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
KEY = "secret-of-the-operator"
ERROR_MESSAGE = (
    f"The prompt is too long for key {KEY} at https://models.internal:8443/v1 in /srv/models/x.bin"
)
BEGINNING = "The answer "
"""What scripts say before they go wrong."""

_MARKER = re.compile(r"\[\[([a-z0-9-]+)(?::(.*?))?\]\]", re.DOTALL)
_FOR_ASIDES = ("delegate", "title", "hold-aside")

Script = Callable[["Connection", str], Awaitable[None]]


class Closed(Exception):
    """The connection has been ended."""


def chunk(delta: Any, reason: str | None = None) -> dict[str, Any]:
    """An event of a stream."""
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [choice]}


async def play(connection: Connection) -> None:
    """Answer the connection's request as its script says."""
    request = connection.request
    name, argument = _script(request)
    refused = _refusal(name, request)
    if refused:
        await connection.respond(400, {"error": {"message": f"Unknown parameter: {refused}"}})
    elif await _status(connection, name, argument):
        return
    elif request.get("stream") or name == "streams":
        await _STREAMS.get(name, _answer)(connection, argument)
    else:
        markers = dict(_markers(request))
        if "hold-aside" in markers:
            await connection.held(markers["hold-aside"])
        await connection.respond(200, _aside(request, name, argument))


def _script(request: dict[str, Any]) -> tuple[str, str]:
    markers = [marker for marker in _markers(request) if marker[0] not in _FOR_ASIDES]
    if markers:
        return markers[-1]
    name, _, argument = str(request["model"]).partition(":")
    return name, argument


def _markers(request: dict[str, Any]) -> list[tuple[str, str]]:
    """Those of the system message, then those of the last user message."""
    by_role = {message["role"]: str(message["content"]) for message in request["messages"]}
    texts = (by_role.get("system", ""), by_role.get("user", ""))
    return [marker for text in texts for marker in _MARKER.findall(text)]


def _refusal(name: str, request: dict[str, Any]) -> str | None:
    if name == "no-usage" and "stream_options" in request:
        return "stream_options"
    if name == "no-tools" and "tools" in request:
        return "tools"
    if name == "no-max-tokens" and "max_tokens" in request:
        return "max_tokens is not supported; use max_completion_tokens"
    return None


async def _status(connection: Connection, name: str, argument: str) -> bool:
    """Whether the script is about a status, which has been sent then."""
    if name in ("once", "once-limited"):
        argument, _, key = argument.partition(",")
        if key in connection.server.done_once:
            return False
        connection.server.done_once.add(key)
        name = "status" if name == "once" else "limited"
    if name == "limited":
        headers = {"retry_after": argument} if argument else {}
        error = {"error": {"message": "Slow down.", "type": "rate_limit_error"}}
        await connection.respond(429, error, **headers)
    elif name == "status":
        await connection.respond(int(argument), {"error": {"message": ERROR_MESSAGE}})
    elif name == "redirect":
        await connection.respond(302, "", location="http://192.0.2.1/v1/chat/completions")
    else:
        return False
    return True


def _aside(request: dict[str, Any], name: str, argument: str) -> dict[str, Any]:
    markers = dict(_markers(request))
    if any(tool["function"]["name"] == "delegate" for tool in request.get("tools", ())):
        if "delegate" in markers:
            ids = json.dumps({"agent_ids": markers["delegate"].split(",")})
            call = {"id": "call_1", "type": "function", **_call("delegate", ids)}
            return _whole({"content": None, "tool_calls": [call]}, "tool_calls")
    elif "max_tokens" in request or "max_completion_tokens" in request:
        return _whole({"content": markers.get("title", TITLE)})
    return _whole({"content": _said(request, name, argument)})


def _said(request: dict[str, Any], name: str, argument: str) -> str:
    if name == "say":
        return argument
    if name == "echo":
        return json.dumps(request["messages"], ensure_ascii=False)
    if name == "request":
        return json.dumps(request, ensure_ascii=False)
    return ANSWER


def _whole(message: dict[str, Any], reason: str = "stop") -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": reason}
    return {"id": "chatcmpl-1", "object": "chat.completion", "choices": [choice], "usage": USAGE}


def _call(name: str | None, arguments: str, index: int = 0, **more: str) -> dict[str, Any]:
    return {"index": index, **more, "function": {"name": name, "arguments": arguments}}


async def _answer(connection: Connection, argument: str, name: str = "answer") -> None:
    await connection.begin()
    await connection.event(chunk({"role": "assistant", "content": ""}))
    await connection.words(_said(connection.request, name, argument))
    await connection.finish()
    await connection.end()


async def _say(connection: Connection, argument: str) -> None:
    await _answer(connection, argument, "say")


async def _echo(connection: Connection, argument: str) -> None:
    await _answer(connection, argument, "echo")


async def _request(connection: Connection, argument: str) -> None:
    await _answer(connection, argument, "request")


async def _long(connection: Connection, argument: str) -> None:
    await connection.begin()
    await connection.delta(" ".join(f"w{number}" for number in range(int(argument))))
    await connection.finish()
    await connection.end()


async def _slow(connection: Connection, argument: str) -> None:
    count, _, pause = argument.partition(",")
    await connection.begin()
    for number in range(int(count or 10)):
        await connection.delta(f"{' ' if number else ''}w{number}")
        await asyncio.sleep(float(pause or 0.01))
    await connection.finish()
    await connection.end()


async def _hold(connection: Connection, argument: str) -> None:
    first, _, rest = ANSWER.partition(" ")
    await connection.begin()
    await connection.delta(first)
    await connection.held(argument)
    await connection.words(f" {rest}")
    await connection.finish()
    await connection.end()


async def _hold_first(connection: Connection, argument: str) -> None:
    await connection.held(argument)
    await _answer(connection, "")


async def _tools(connection: Connection, argument: str) -> None:
    if any(message["role"] == "tool" for message in connection.request["messages"]):
        await _answer(connection, "")
        return
    await connection.begin()
    await connection.delta("Let me look.")
    for part in (
        _call("lookup", "", 0, id="call_a", type="function"),
        _call(None, '{"ti', 0),
        _call(None, 'tle": "Grü', 0),
        _call("note", '{"text": "x"}', 1, id="call_b", type="function"),
        _call(None, 'ße"}', 0),
    ):
        await connection.event(chunk({"content": None, "tool_calls": [part]}))
    await connection.finish("tool_calls")
    await connection.end()


async def _calls(connection: Connection, argument: str) -> None:
    rounds = json.loads(argument)
    place = sum(
        message["role"] == "assistant" and "tool_calls" in message
        for message in _since_question(connection.request)
    )
    step = rounds[place] if place < len(rounds) else ANSWER
    if isinstance(step, int):
        await connection.respond(step, {"error": {"message": ERROR_MESSAGE}})
        return
    step = {"text": step} if isinstance(step, str) else step
    step = step if isinstance(step, dict) else {"calls": step}
    calls = step.get("calls", [])
    await connection.begin()
    if "hold" in step:
        await connection.held(step["hold"])
    if step.get("text"):
        await connection.words(step["text"])
    for number, (name, given) in enumerate(calls):
        text = given if isinstance(given, str) else json.dumps(given)
        call = _call(name, text, number, id=f"call_{place}_{number}", type="function")
        await connection.event(chunk({"content": None, "tool_calls": [call]}))
    await connection.finish(step.get("reason", "tool_calls" if calls else "stop"))
    await connection.end()


def _since_question(request: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages after the last one of the user's."""
    messages: list[dict[str, Any]] = request["messages"]
    last = max(place for place, each in enumerate(messages) if each["role"] == "user")
    return messages[last + 1 :]


async def _utf8(connection: Connection, argument: str) -> None:
    await connection.begin()
    data = json.dumps(chunk({"content": UTF8_ANSWER}), ensure_ascii=False)
    for byte in f"data: {data}\n\n".encode():
        await connection.send(bytes([byte]))
    await connection.finish()
    await connection.end()


async def _formats(connection: Connection, argument: str) -> None:
    await connection.begin()
    first, second, third = (json.dumps(chunk({"content": word})) for word in ("a ", "b ", "c"))
    half = first.index(",") + 1
    await connection.send(b"\xef\xbb\xbf: a comment\r\n\r\nretry: 10\r\nid: 1\r\nevent: message\r")
    await connection.send(f"\ndata:{first[:half]}\r\ndata: {first[half:]}\r\n\r\n".encode())
    await connection.send(f"data:{second}\r\r:\rdata\rdata: {third}\r\r".encode())
    await connection.finish(done=False)
    await connection.send(b"data:[DONE]\n\n")
    await connection.end()


async def _empty(connection: Connection, argument: str) -> None:
    await connection.begin()
    await connection.event({"choices": []})
    await connection.event({**chunk({}), "choices": None})
    for delta in ({"role": "assistant"}, {"content": None}, {"content": ""}, None):
        await connection.event(chunk(delta))
    await connection.words(ANSWER)
    await connection.event({**chunk({}), "choices": []})
    await connection.finish()
    await connection.end()


async def _surrogates(connection: Connection, argument: str) -> None:
    await connection.begin()
    for text in ("nul \\u0000 ", "lone \\ud800 ", "pair \\ud83c", "\\udf89", " end \\ud83c"):
        await connection.event(json.dumps(chunk({"content": "%"})).replace("%", text))
    await connection.finish()
    await connection.end()


async def _unfinished(connection: Connection, argument: str) -> None:
    await connection.begin()
    await connection.words(ANSWER)
    await connection.finish(done=False)
    await connection.end()


async def _lingering(connection: Connection, argument: str) -> None:
    await connection.begin()
    await connection.words(ANSWER)
    await connection.finish(done=argument != "undone")
    await connection.say_nothing()


async def _ping(connection: Connection, argument: str) -> None:
    await connection.begin()
    for word in BEGINNING.split():
        await connection.send(b": ping\n\n")
        await connection.delta(f"{word} ")
    while argument == "forever":
        await connection.send(b": ping\n\n")
        await asyncio.sleep(0.01)
    await connection.finish()
    await connection.end()


async def _json(connection: Connection, argument: str) -> None:
    await connection.respond(200, _whole({"content": argument or ANSWER}))


async def _reason(connection: Connection, argument: str) -> None:
    await connection.begin()
    await connection.words(ANSWER)
    await connection.finish(argument)
    await connection.end()


async def _begin_badly(connection: Connection) -> None:
    await connection.begin()
    await connection.words(BEGINNING)


async def _cut(connection: Connection, argument: str) -> None:
    await _begin_badly(connection)
    await connection.end()


async def _cut_done(connection: Connection, argument: str) -> None:
    await _begin_badly(connection)
    await connection.event("[DONE]")
    await connection.end()


async def _reset(connection: Connection, argument: str) -> None:
    await _begin_badly(connection)
    connection.abort()


async def _reset_first(connection: Connection, argument: str) -> None:
    connection.abort()


async def _half(connection: Connection, argument: str) -> None:
    await _begin_badly(connection)
    connection.writer.write(b"40\r\ndata: {")
    await connection.writer.drain()
    raise Closed


async def _stall(connection: Connection, argument: str) -> None:
    await _begin_badly(connection)
    await connection.say_nothing()


async def _stall_first(connection: Connection, argument: str) -> None:
    await connection.begin()
    await connection.say_nothing()


async def _silent(connection: Connection, argument: str) -> None:
    await connection.say_nothing()


def _bad_event(event: bytes) -> Script:
    async def script(connection: Connection, argument: str) -> None:
        await _begin_badly(connection)
        await connection.send(event)
        await connection.finish()
        await connection.end()

    return script


def _bad_data(data: Any) -> Script:
    return _bad_event(b"data: " + json.dumps(data).encode() + b"\n\n")


async def _error_json(connection: Connection, argument: str) -> None:
    await connection.respond(200, _ERROR)


async def _huge_line(connection: Connection, argument: str) -> None:
    await _begin_badly(connection)
    await connection.send(b"data: ")
    while True:
        await connection.send(b"x" * 65536)


async def _huge_answer(connection: Connection, argument: str) -> None:
    await connection.begin()
    while True:
        await connection.delta("word " * 2000)


async def _html(connection: Connection, argument: str) -> None:
    await connection.respond(200, "<p>Welcome to nginx!</p>", kind="text/html")


async def _gzip(connection: Connection, argument: str) -> None:
    await connection.begin("content-encoding: gzip")
    await connection.words(ANSWER)
    await connection.end()


_ERROR = {"error": {"message": ERROR_MESSAGE, "type": "server_error"}}
_ERROR_DATA = b"data: " + json.dumps(_ERROR).encode() + b"\n\n"

_STREAMS: dict[str, Script] = {
    "say": _say,
    "echo": _echo,
    "request": _request,
    "long": _long,
    "slow": _slow,
    "hold": _hold,
    "hold-first": _hold_first,
    "tools": _tools,
    "calls": _calls,
    "utf8": _utf8,
    "formats": _formats,
    "empty": _empty,
    "surrogates": _surrogates,
    "unfinished": _unfinished,
    "lingering": _lingering,
    "ping": _ping,
    "json": _json,
    "reason": _reason,
    "cut": _cut,
    "cut-done": _cut_done,
    "reset": _reset,
    "reset-first": _reset_first,
    "half": _half,
    "stall": _stall,
    "stall-first": _stall_first,
    "silent": _silent,
    "error-event": _bad_event(b"event: error\n" + _ERROR_DATA),
    "error-chunk": _bad_event(_ERROR_DATA),
    "error-json": _error_json,
    "bad-utf8": _bad_event(b'data: {"choices": [{"delta": {"content": "\xff"}}]}\n\n'),
    "bad-json": _bad_event(b"data: {choices\n\n"),
    "bad-shape": _bad_data({"choices": {"delta": "x"}}),
    "bad-tool": _bad_data(chunk({"tool_calls": [_call(None, "{}")]})),
    "huge-line": _huge_line,
    "huge-answer": _huge_answer,
    "html": _html,
    "gzip": _gzip,
}
