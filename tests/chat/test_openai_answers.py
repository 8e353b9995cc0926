"""Answers of an OpenAI-compatible server, in every form that is legal or common."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing

import pytest

from palaver.chat.prompt import Prompt, Tool
from palaver.chat.providers import Finish, OpenAIProvider, Provider, Text, ToolCall, Usage
from tests.chat.collecting import answered, collect
from tests.chat.protocol_scripts import ANSWER, TITLE, UTF8_ANSWER
from tests.chat.protocol_server import ProtocolServer

COUNTED = Usage(input_tokens=7, output_tokens=5)


@pytest.fixture
def provider(model_server: ProtocolServer) -> OpenAIProvider:
    """A provider that asks the protocol server."""
    return OpenAIProvider(
        base_url=model_server.base_url, model="answer", api_key="k-1", timeout=10, backoff=0.01
    )


def test_an_answer_streams_and_ends_with_its_usage(provider: OpenAIProvider) -> None:
    answer = answered(provider, "What is the answer?")
    assert answer.texts == ["The", " answer", " is", " forty-two."]
    assert answer.finish == Finish(usage=COUNTED, reason="stop")


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("utf8", UTF8_ANSWER),
        ("formats", "a b c"),
        ("empty", ANSWER),
        ("unfinished", ANSWER),
        ("lingering", ANSWER),
        ("ping", "The answer "),
        ("json", ANSWER),
        ("surrogates", "nul \ufffd lone \ufffd pair 🎉 end \ufffd"),
    ],
)
def test_each_form_of_an_answer_is_read(provider: OpenAIProvider, script: str, text: str) -> None:
    answer = answered(provider, f"[[{script}]]")
    assert answer.text == text
    assert answer.finish == Finish(usage=COUNTED, reason="stop")
    assert all(answer.texts)


@pytest.mark.parametrize("script", ["long:20000", "json:" + "word " * 2000])
def test_a_long_answer_in_one_event_becomes_several_pieces(
    provider: OpenAIProvider, script: str
) -> None:
    answer = answered(provider, f"[[{script}]]")
    assert len(answer.texts) >= 5
    assert max(map(len, answer.texts)) <= 2000
    assert answer.finish.reason == "stop"


def test_the_reason_of_the_end_is_passed_on(provider: OpenAIProvider) -> None:
    assert answered(provider, "[[reason:length]]").finish.reason == "length"


def test_tool_calls_are_put_together(provider: OpenAIProvider) -> None:
    tool = Tool("lookup", "Look a title up.", {"type": "object", "properties": {}})
    answer = answered(provider, Prompt(question="[[tools]]", tools=(tool,)))
    assert answer.text == "Let me look."
    assert answer.calls == [
        ToolCall("call_a", "lookup", '{"title": "Grüße"}'),
        ToolCall("call_b", "note", '{"text": "x"}'),
    ]
    assert answer.finish.reason == "tool_calls"


def test_a_request_says_model_key_stream_and_tools(
    provider: OpenAIProvider, model_server: ProtocolServer
) -> None:
    schema = {"type": "object", "properties": {"title": {"type": "string"}}}
    answered(provider, Prompt(question="Hi", tools=(Tool("lookup", "Look it up.", schema),)))
    last = model_server.state()["last"]
    assert last["body"] == {
        "model": "answer",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "lookup",
                    "description": "Look it up.",
                    "parameters": schema,
                },
            }
        ],
    }
    assert last["head"].startswith("POST /v1/chat/completions HTTP/1.1\r\n")
    head = last["head"].lower()
    assert "authorization: bearer k-1\r\n" in head
    assert "accept-encoding: identity\r\n" in head
    assert "content-type: application/json\r\n" in head


def test_without_a_key_nothing_is_said_of_one(model_server: ProtocolServer) -> None:
    answered(OpenAIProvider(base_url=f"{model_server.base_url}/?v=1", model="m"), "Hi")
    head = model_server.state()["last"]["head"]
    assert head.startswith("POST /v1/chat/completions?v=1 HTTP/1.1\r\n")
    assert "authorization" not in head.lower()


def test_a_server_that_does_not_count_is_asked_without_from_then_on(
    provider: OpenAIProvider, model_server: ProtocolServer
) -> None:
    async def twice() -> list[Finish]:
        prompt = Prompt(question="[[no-usage]]")
        answers = [await collect(provider, prompt) for _ in range(2)]
        await provider.close()
        return [answer.finish for answer in answers]

    assert asyncio.run(twice()) == [Finish(usage=None, reason="stop")] * 2
    assert model_server.state()["requests"] == 3


def test_pieces_come_while_the_server_still_writes(
    provider: OpenAIProvider, model_server: ProtocolServer
) -> None:
    async def run() -> list[object]:
        async with aclosing(provider.answer(Prompt(question="[[hold:k]]"))) as answer:
            first = await anext(answer)
            await asyncio.to_thread(model_server.wait, holding=1)
            await asyncio.to_thread(model_server.release, "k")
            rest = [piece async for piece in answer]
        await provider.close()
        return [first, *rest]

    pieces = asyncio.run(run())
    assert pieces[0] == Text("The")
    assert isinstance(pieces[-1], Finish)


def test_closing_an_answer_ends_the_request(
    provider: OpenAIProvider, model_server: ProtocolServer
) -> None:
    async def run() -> None:
        async with aclosing(provider.answer(Prompt(question="[[hold:k]]"))) as answer:
            await anext(answer)
        await asyncio.to_thread(model_server.wait, gone=1)
        # The next request is not disturbed.
        assert (await collect(provider, Prompt(question="Hi"))).text == ANSWER
        await provider.close()

    asyncio.run(run())


@pytest.mark.parametrize("script", ["hold:k", "hold-first:k", "silent", "stall-first"])
def test_cancelling_the_task_ends_the_request(
    provider: OpenAIProvider, model_server: ProtocolServer, script: str
) -> None:
    async def run() -> None:
        task = asyncio.create_task(collect(provider, Prompt(question=f"[[{script}]]")))
        await asyncio.to_thread(model_server.wait, requests=1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(model_server.wait, gone=1)
        await provider.close()

    asyncio.run(run())


def test_a_connection_is_used_again(provider: OpenAIProvider, model_server: ProtocolServer) -> None:
    async def run() -> int:
        before = model_server.state()["connections"]
        for _ in range(5):
            (await collect(provider, Prompt(question="Hi"))).finish  # noqa: B018
        # Each look at the state is a connection of its own.
        opened: int = model_server.state()["connections"] - before - 1
        await provider.close()
        return opened

    assert asyncio.run(run()) == 1


def test_many_answers_come_at_once(provider: OpenAIProvider, model_server: ProtocolServer) -> None:
    count = 300

    async def run() -> list[str]:
        tasks = [
            asyncio.create_task(collect(provider, Prompt(question="[[hold:all]]")))
            for _ in range(count)
        ]
        await asyncio.to_thread(model_server.wait, holding=count)
        await asyncio.to_thread(model_server.release, "all")
        answers = await asyncio.gather(*tasks)
        await provider.close()
        return [answer.text for answer in answers if answer.finish]

    assert asyncio.run(run()) == [ANSWER] * count


def test_a_short_text_is_asked_for_in_one_piece(
    provider: Provider, model_server: ProtocolServer
) -> None:
    async def run() -> list[str | None]:
        questions = ("Give it a title.", "[[title:Heaps \x07 and trees]]", "[[no-max-tokens]]")
        texts = [
            await provider.complete(Prompt(question=question), limit_tokens=24)
            for question in questions
        ]
        await provider.close()
        return texts

    assert asyncio.run(run()) == [TITLE, "Heaps \x07 and trees", TITLE]
    body = model_server.state()["last"]["body"]
    assert body["max_completion_tokens"] == 24
    assert "max_tokens" not in body
    assert "stream" not in body


def test_a_short_text_may_come_as_a_stream(provider: OpenAIProvider) -> None:
    async def run() -> str:
        text = await provider.complete(Prompt(question="[[streams]]"), limit_tokens=24)
        await provider.close()
        return text

    assert asyncio.run(run()) == ANSWER


def test_what_is_echoed_is_what_was_asked(provider: OpenAIProvider) -> None:
    answer = answered(provider, Prompt(question="[[echo]] Grüße 🎉", instructions="Be short."))
    assert json.loads(answer.text) == [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "[[echo]] Grüße 🎉"},
    ]
