"""What an OpenAI-compatible server answers: chunks of a stream, and whole answers.

Servers differ: ``content`` may be null or a list of parts, ``choices`` empty, tool calls without an
index, ``usage`` anything. What does not matter is forgiven; what would make an answer wrong is not.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from palaver.chat.providers.provider import ProviderFailed, ToolCall, Usage

MAX_ARGUMENTS_CHARACTERS = 400_000
MAX_TOOL_CALLS = 64
MAX_TOKEN_COUNT = 2**31 - 1

_LONE = re.compile("[\ud800-\udfff]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


class Function(msgspec.Struct):
    """A part of a call: the name comes once, the arguments in pieces."""

    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class CallDelta(msgspec.Struct):
    """A part of a tool call."""

    index: int | None = None
    id: str | None = None
    function: Function | None = None


class Delta(msgspec.Struct):
    """What a chunk adds, or the whole message where the answer is not streamed."""

    content: str | list[Any] | None = None
    refusal: str | None = None
    tool_calls: list[CallDelta] | None = None


class Choice(msgspec.Struct):
    """One of the answers asked for; there is only one."""

    index: int | None = 0
    delta: Delta | None = None
    message: Delta | None = None
    finish_reason: str | None = None


class Chunk(msgspec.Struct):
    """An event of the stream, or a whole answer."""

    choices: list[Choice] | None = None
    usage: Any = None
    error: Any = None


_decoder = msgspec.json.Decoder(Chunk)


def parse(text: str | bytes) -> Chunk:
    """The chunk of an event's data. Raises ``ProviderFailed``."""
    try:
        return _decoder.decode(text)
    except msgspec.ValidationError:
        raise _invalid("has another shape than expected") from None
    except msgspec.DecodeError:
        # Half of a surrogate pair is valid JSON, and msgspec refuses it.
        return _parse_leniently(text)
    except (UnicodeDecodeError, RecursionError):
        raise _invalid("is not UTF-8 JSON") from None


def _parse_leniently(text: str | bytes) -> Chunk:
    try:
        return msgspec.convert(json.loads(text), Chunk)
    except msgspec.ValidationError:
        raise _invalid("has another shape than expected") from None
    except (ValueError, RecursionError):
        raise _invalid("is not JSON") from None


def _invalid(what: str) -> ProviderFailed:
    return ProviderFailed("provider_invalid", f"The language model's answer {what}.")


def text_of(delta: Delta) -> str:
    """The text of a delta, as it came."""
    content = delta.content
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        content = "".join(part for part in parts if isinstance(part, str))
    return content or delta.refusal or ""


def usage_of(counted: Any) -> Usage | None:
    """The usage, where it is one."""
    if not isinstance(counted, dict):
        return None
    taken, given = _count(counted.get("prompt_tokens")), _count(counted.get("completion_tokens"))
    return None if taken is None or given is None else Usage(taken, given)


def _count(number: Any) -> int | None:
    return number if type(number) is int and 0 <= number <= MAX_TOKEN_COUNT else None


class Cleaner:
    """Makes text of pieces what a store can hold: without NUL and lone surrogates.

    Servers that count in UTF-16 may split a pair over two pieces; it is put together again.
    """

    def __init__(self) -> None:
        self._held = ""

    def clean(self, text: str) -> str:
        """The text, replaced where it must be; a half pair at its end waits for the next."""
        if self._held:
            text, self._held = self._held + text, ""
        if "\0" in text:
            text = text.replace("\0", "\ufffd")
        try:
            # By far the quickest way to see whether there is a surrogate.
            text.encode()
        except UnicodeEncodeError:
            if "\ud800" <= text[-1] <= "\udbff":
                text, self._held = text[:-1], text[-1]
            text = _LONE.sub("\ufffd", _PAIR.sub(_joined, text))
        return text

    def rest(self) -> str:
        """What still waits."""
        held, self._held = self._held, ""
        return "\ufffd" if held else ""


def _joined(pair: re.Match[str]) -> str:
    return pair.group().encode("utf-16", "surrogatepass").decode("utf-16")


def clean(text: str) -> str:
    """A whole text, cleaned."""
    cleaner = Cleaner()
    return cleaner.clean(text) + cleaner.rest()


class Calls:
    """Tool calls, put together from their parts."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._size = 0

    def add(self, parts: list[CallDelta]) -> None:
        """Take parts. Raises ``ProviderFailed`` where there are too many, or too long ones."""
        for part in parts:
            call = self._find(part)
            if part.id and part.id != call.id:
                call.id = part.id
                self._size += len(part.id)
            if part.function is None:
                continue
            name = part.function.name
            if name and name != call.name:
                call.name = name
                self._size += len(name)
            arguments = part.function.arguments
            if isinstance(arguments, dict):
                # Some servers send the arguments as an object, in one part.
                arguments = json.dumps(arguments)
            if arguments:
                call.arguments.append(arguments)
                self._size += len(arguments)
        if self._size > MAX_ARGUMENTS_CHARACTERS or len(self._calls) > MAX_TOOL_CALLS:
            raise ProviderFailed(
                "provider_invalid", "The language model asked for more tools than a turn may use."
            )

    def _find(self, part: CallDelta) -> _Call:
        for call in reversed(self._calls):
            # Another id is another call, even where all have the same index or none.
            if part.index == call.index and (not part.id or not call.id or part.id == call.id):
                return call
        call = _Call(part.index)
        self._calls.append(call)
        return call

    def finished(self) -> list[ToolCall]:
        """The calls. Raises ``ProviderFailed`` where one has no name."""
        if not all(call.name for call in self._calls):
            raise ProviderFailed(
                "provider_invalid", "The language model asked for a tool without naming it."
            )
        return [
            ToolCall(
                id=clean(call.id) or f"call_{number}",
                name=clean(call.name),
                arguments=clean("".join(call.arguments)),
            )
            for number, call in enumerate(self._calls)
        ]


class _Call:
    def __init__(self, index: int | None) -> None:
        self.index = index
        self.id = ""
        self.name = ""
        self.arguments: list[str] = []
