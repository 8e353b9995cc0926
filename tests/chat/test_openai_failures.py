"""How requests to an OpenAI-compatible server fail, and when they are tried again."""

from __future__ import annotations

import asyncio
import email.utils
import socket
import time
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.chat.prompt import Prompt
from palaver.chat.providers import OpenAIProvider, ProviderFailed, openai_http
from palaver.chat.providers.openai_failures import retry_after, shown
from tests.chat.collecting import answered, collect
from tests.chat.protocol_scripts import ANSWER, BEGINNING, KEY
from tests.chat.protocol_server import ProtocolServer


def make(server: ProtocolServer, **more: float) -> OpenAIProvider:
    """A provider that does not wait long."""
    options = {"timeout": 10.0, "backoff": 0.01, **more}
    return OpenAIProvider(base_url=server.base_url, model="answer", api_key=KEY, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("cut", "provider_cut"),
        ("cut-done", "provider_cut"),
        ("reset", "provider_cut"),
        ("half", "provider_cut"),
        ("error-event", "provider_error"),
        ("error-chunk", "provider_error"),
        ("bad-utf8", "provider_invalid"),
        ("bad-json", "provider_invalid"),
        ("bad-shape", "provider_invalid"),
        ("bad-tool", "provider_invalid"),
        ("huge-line", "provider_invalid"),
    ],
)
def test_a_broken_stream_fails_after_what_came_and_is_not_tried_again(
    model_server: ProtocolServer, script: str, code: str
) -> None:
    answer = answered(make(model_server), f"[[{script}]]")
    assert answer.code == code
    assert answer.text == BEGINNING
    assert model_server.state()["requests"] == 1


@pytest.mark.parametrize(
    ("reason", "code"), [("error", "provider_error"), ("content_filter", "provider_refused")]
)
def test_an_answer_that_the_server_gave_up_is_no_answer(
    model_server: ProtocolServer, reason: str, code: str
) -> None:
    answer = answered(make(model_server), f"[[reason:{reason}]]")
    assert answer.code == code
    assert answer.text
    assert model_server.state()["requests"] == 1


@pytest.mark.parametrize("script", ["stall", "ping:forever"])
def test_a_server_that_stops_in_the_middle_is_not_waited_for(
    model_server: ProtocolServer, script: str
) -> None:
    answer = answered(make(model_server, timeout=0.1), f"[[{script}]]")
    assert answer.code == "provider_timeout"
    assert answer.text == BEGINNING
    model_server.wait(gone=1)


@pytest.mark.parametrize("script", ["silent", "stall-first"])
def test_a_server_that_says_nothing_is_not_waited_for(
    model_server: ProtocolServer, script: str
) -> None:
    answer = answered(make(model_server, timeout=0.1), f"[[{script}]]")
    assert answer.code == "provider_timeout"
    assert answer.pieces == []
    assert model_server.state()["requests"] == 1


def test_a_missing_end_after_the_last_word_does_not_harm(model_server: ProtocolServer) -> None:
    answer = answered(make(model_server, timeout=0.1), "[[lingering:undone]]")
    assert answer.text == ANSWER
    assert answer.finish.reason == "stop"


def test_an_answer_without_an_end_is_stopped(model_server: ProtocolServer) -> None:
    answer = answered(make(model_server), "[[huge-answer]]")
    assert answer.code == "provider_invalid"
    assert 300_000 < len(answer.text) <= 400_000


@pytest.mark.parametrize(
    ("script", "code", "requests"),
    [
        ("status:400", "provider_refused", 1),
        ("status:401", "provider_refused", 1),
        ("status:403", "provider_refused", 1),
        ("status:404", "provider_refused", 1),
        ("status:422", "provider_refused", 1),
        ("status:500", "provider_error", 3),
        ("status:501", "provider_error", 1),
        ("status:503", "provider_error", 3),
        ("limited", "rate_limited", 3),
        ("redirect", "provider_error", 1),
        ("reset-first", "provider_unreachable", 3),
        ("error-json", "provider_error", 1),
        ("html", "provider_invalid", 1),
        ("gzip", "provider_invalid", 1),
    ],
)
def test_a_refused_request_fails_with_a_code_of_its_own(
    model_server: ProtocolServer, script: str, code: str, requests: int
) -> None:
    answer = answered(make(model_server), f"[[{script}]]")
    assert answer.code == code
    assert answer.pieces == []
    assert model_server.state()["requests"] == requests


@pytest.mark.parametrize(
    "script", ["status:400", "status:401", "status:500", "error-chunk", "error-event", "error-json"]
)
def test_a_failure_shows_neither_key_nor_place(model_server: ProtocolServer, script: str) -> None:
    failure = answered(make(model_server), f"[[{script}]]").failure
    assert failure is not None
    for told in (KEY, "internal", "8443", "http", "/srv", "127.0.0.1"):
        assert told not in failure.detail
    assert failure.detail.endswith(".")
    if script != "status:401":
        assert "The prompt is too long" in failure.detail


@pytest.mark.parametrize(
    "script", ["once:500,a", "once:503,b", "once-limited:,c", "once-limited:0.05,d"]
)
def test_a_passing_failure_is_tried_again(model_server: ProtocolServer, script: str) -> None:
    answer = answered(make(model_server), f"[[{script}]]")
    assert answer.text == ANSWER
    assert answer.finish.reason == "stop"
    assert model_server.state()["requests"] == 2


def test_what_the_server_says_of_when_is_waited_for(model_server: ProtocolServer) -> None:
    began = time.monotonic()
    answered(make(model_server), "[[once-limited:0.3,x]]").finish  # noqa: B018
    assert time.monotonic() - began >= 0.3


def test_a_long_wait_is_left_to_the_client(model_server: ProtocolServer) -> None:
    failure = answered(make(model_server), "[[limited:20]]").failure
    assert failure is not None
    assert (failure.code, failure.retry_after) == ("rate_limited", 20.0)
    assert model_server.state()["requests"] == 1


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        answer = answered(OpenAIProvider(base_url=url, model="m", backoff=0.01), "Hi")
    assert answer.code == "provider_unreachable"


def test_a_server_that_takes_no_connection_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_http, "CONNECT_SECONDS", 0.05)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        # Fill the backlog, so that the next one gets no answer.
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}/v1"
        answer = answered(OpenAIProvider(base_url=url, model="m", backoff=0.01), "Hi")
        for one in waiting:
            one.close()
    assert answer.code == "provider_unreachable"


def test_a_proxy_of_the_environment_is_not_used(
    model_server: ProtocolServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert answered(make(model_server), "Hi").text == ANSWER


def test_a_closed_provider_asks_nothing_and_fails_what_runs(model_server: ProtocolServer) -> None:
    async def run() -> tuple[str, str]:
        provider = make(model_server)
        async with aclosing(provider.answer(Prompt(question="[[hold:k]]"))) as answer:
            # Now the answer has begun on this side too.
            await anext(answer)
            await provider.close()
            with pytest.raises(ProviderFailed) as caught:
                await anext(answer)
        return caught.value.code, (await collect(provider, Prompt(question="Hi"))).code

    assert asyncio.run(run()) == ("provider_cut", "provider_unreachable")


def test_asides_fail_as_answers_do(model_server: ProtocolServer) -> None:
    async def run() -> None:
        provider = make(model_server)
        for script, code in (("status:500", "provider_error"), ("status:401", "provider_refused")):
            with pytest.raises(ProviderFailed) as caught:
                await provider.complete(Prompt(question=f"[[{script}]]"), limit_tokens=9)
            assert caught.value.code == code
        await provider.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org/v1",
        "ftp://example.org",
        "http://",
        "http://[",
        "http://u:p@x/v1",
        "x" * 70000,
    ],
)
def test_a_url_that_cannot_be_used_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="the URL of the language model's server"):
        OpenAIProvider(base_url=url, model="m")


@pytest.mark.parametrize("key", ["schlüssel", "a\nb", "a\x00"])
def test_a_key_that_cannot_be_sent_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ValueError, match="key") as caught:
        OpenAIProvider(base_url="http://localhost/v1", model="m", api_key=key)
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("3", 3.0), ("0.5", 0.5), ("", None), ("-1", None), ("soon", None), ("9" * 30, None)],
)
def test_retry_after_is_read(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value}) == seconds


def test_retry_after_may_be_a_date() -> None:
    seconds = retry_after({"retry-after": email.utils.formatdate(time.time() + 60, usegmt=True)})
    assert seconds is not None
    assert 50 < seconds <= 60
    assert retry_after({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0.0


@given(st.text())
def test_any_retry_after_is_read_or_ignored(value: str) -> None:
    seconds = retry_after({"retry-after": value})
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("The maximum context length is 4097 tokens.", "The maximum context length is 4097 tokens"),
        ("Model gpt-4.1-mini is busy", "Model gpt-4.1-mini is busy"),
        ("Bad key sk-abc123. See https://x.y/z", "Bad key […] See […]"),
        ("10.0.0.7 and db.internal and ollama:11434", "[…] and […] and […]"),
        ("File C:\\models\\x, /srv/x, me@example.org", "File […] […] […]"),
        ("a" * 25, "[…]"),
        ("line\n\x1b[31mtwo\u202e", "line [31mtwo"),
        ("my hidden host", "my […] host"),
        ("", ""),
    ],
)
def test_a_message_is_shown_without_what_tells_too_much(message: str, words: str) -> None:
    assert shown(message, ("hidden",)) == words


def test_a_message_is_shown_in_short() -> None:
    assert len(shown("word " * 100_000, ())) <= 200
