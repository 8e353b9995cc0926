"""A conversation in a terminal: lines in, answers out as they come, Ctrl-C to cut one short."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import io
import os
import re
import sys
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from palaver.remote import Event, Refused, Remote, Run, Unusable

__all__ = ["Unusable", "chat"]

PROMPT = "> "
_BUSY = 409
INTERRUPTED = 130
"""The exit code of a program that Ctrl-C ended."""

_BREAKS = re.compile(r"[\n\t\u2028\u2029]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What could steer a terminal, or turn the order of what is read."""


def chat(
    *,
    url: str,
    token: Callable[[], str],
    session_id: str | None,
    message: str | None,
    come_back: Callable[[str], str],
) -> int:
    """Talk until the lines end, or send one message: the exit code.

    Without a ``session_id`` the first message makes a session; ``come_back`` is the command that
    leads to it again. Raises ``Unusable``.
    """
    make_lenient()
    screen = _Screen()
    remote = Remote(url, lambda: f"Bearer {token()}", notify=screen.note)
    goes_on = screen.is_interactive and message is None
    with asyncio.Runner() as runner:
        talk = _Talk(remote, screen, runner, session_id, come_back)
        try:
            talk.begin()
            for line in _lines(screen) if message is None else (message,):
                if not talk.say(line) and not goes_on:
                    return INTERRUPTED
            runner.run(remote.close())
        except KeyboardInterrupt:
            # At the prompt it is the way out; during an answer, the second one leaves that behind.
            screen.end_line()
            return 0 if talk.is_at_rest and goes_on else INTERRUPTED
        except BrokenPipeError:
            leave_unread()
            return 1
        except (Refused, Unusable) as error:
            screen.end_line()
            raise Unusable(one_line(str(error))) from None
    return 1 if talk.has_failed and not goes_on else 0


def make_lenient() -> None:
    """Let streams replace what they cannot hold: not every terminal can spell everything, and not
    every file is UTF-8."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def leave_unread() -> None:
    """Say nothing more: whoever read what was said has seen enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def clean(text: str) -> str:
    """Text of somebody else without anything that a terminal would obey."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r", ""))


def one_line(text: str) -> str:
    """The same for a name or a sentence."""
    return _BREAKS.sub(" ", clean(text))


class _Screen:
    """Answers go to standard output, all else to standard error."""

    def __init__(self) -> None:
        self.is_interactive = _is_terminal(sys.stdin) and _is_terminal(sys.stdout)
        self._at_start = True
        if self.is_interactive:
            with contextlib.suppress(ImportError):
                # Lines can be edited and called back.
                import readline  # noqa: F401

    def write(self, text: str) -> None:
        """Show a piece of an answer at once."""
        if text:
            sys.stdout.write(text)
            sys.stdout.flush()
            self._at_start = text.endswith("\n")

    def end_line(self) -> None:
        """What follows begins a line."""
        if not self._at_start:
            self.write("\n")

    def note(self, text: str) -> None:
        """Say something that is no answer."""
        self.end_line()
        print(one_line(text), file=sys.stderr, flush=True)

    def ask(self, prompt: str) -> str:
        """A line that was typed. Raises ``EOFError`` and ``KeyboardInterrupt``."""
        self.end_line()
        # Until the line is there, the cursor stands behind the prompt.
        self._at_start = False
        line = input(prompt)
        self._at_start = True
        return line


class _Talk:
    """One session, turn by turn."""

    def __init__(
        self,
        remote: Remote,
        screen: _Screen,
        runner: asyncio.Runner,
        session_id: str | None,
        come_back: Callable[[str], str],
    ) -> None:
        self._remote = remote
        self._screen = screen
        self._runner = runner
        self._session_id = session_id
        self._come_back = come_back
        self.has_failed = False
        self.is_at_rest = True
        """Nothing was sent that is not answered."""

    def begin(self) -> None:
        """Raises ``Unusable`` or ``Refused`` where there is no use in typing anything."""
        self._runner.run(self._remote.check(self._session_id))

    def say(self, message: str) -> bool:
        """Send a message and show what is answered; ``False`` where Ctrl-C cut that short.

        Raises ``Unusable``, and ``KeyboardInterrupt`` for a second Ctrl-C.
        """
        self.is_at_rest = False
        went_on = True
        try:
            while True:
                try:
                    went_on = self._runner.run(self._follow(self._start(message)))
                    break
                except Refused as refused:
                    if refused.status != _BUSY or refused.run_id is None:
                        raise
                    follows = self._wants_to_follow(str(refused))
                    went_on = not follows or self._runner.run(
                        self._follow(self._join(refused.run_id))
                    )
                    if not (follows and went_on):
                        self._fail("Your message was not sent.")
                        break
        except Refused as refused:
            self._fail(str(refused))
        self.is_at_rest = True
        return went_on

    def _wants_to_follow(self, why: str) -> bool:
        """Whether to follow the run that keeps the session busy. Raises ``Unusable``."""
        if not self._screen.is_interactive:
            # The next line would not fare better.
            raise Unusable(f"{why} Your message was not sent.")
        self._screen.note("Another turn of this session is still running.")
        try:
            answer = self._screen.ask("Follow it, and then send your message? [Y/n] ")
        except EOFError:
            return False
        return answer.strip().lower() in ("", "y", "yes")

    async def _start(self, message: str) -> Run:
        if self._session_id is None:
            self._session_id = await self._remote.create_session()
            command = self._come_back(self._session_id)
            self._screen.note(f"This is a new session. To come back to it: {command}")
        return await self._remote.start(self._session_id, message)

    async def _join(self, run_id: str) -> Run:
        assert self._session_id is not None
        return self._remote.run(self._session_id, run_id)

    async def _follow(self, run: Coroutine[Any, Any, Run]) -> bool:
        """Show a run to its end; ``False`` where Ctrl-C cancelled it.

        A second Ctrl-C ends this at once: the runner turns it into ``KeyboardInterrupt``.
        """
        found = asyncio.ensure_future(run)
        try:
            # Where it is not known yet which run to cancel, that has to come first.
            await self._show(await asyncio.shield(found))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            assert task is not None
            task.uncancel()
            started = await found
            ended = await started.cancel()
            # What came meanwhile is shown, so that the screen has what the session keeps.
            await self._show(started)
            if ended:
                self._screen.note("Cancelled.")
            return False
        return True

    async def _show(self, run: Run) -> None:
        await run.follow(functools.partial(self._on_event, run))
        self._screen.end_line()

    def _on_event(self, run: Run, event: Event) -> None:
        """Types that are not known are left out, as the contract wants it."""
        match event:
            case {"type": "message.started", "agent_name": name, "summary": summary}:
                self._screen.end_line()
                if name:
                    self._screen.write(f"{one_line(name)}{' (summary)' if summary else ''}: ")
            case {"type": "message.delta", "text": text}:
                self._screen.write(clean(text))
            case {"type": "message.completed"}:
                self._screen.end_line()
            case {"type": "session.titled", "title": title}:
                self._screen.note(f"The session is now called “{title}”.")
            case {"type": "error", "code": code, "detail": detail}:
                why = str(detail).rstrip(".")
                self._fail(f"The turn failed. {why} ({code}, request {run.request_id}).")

    def _fail(self, words: str) -> None:
        self.has_failed = True
        self._screen.note(words)


def _lines(screen: _Screen) -> Iterator[str]:
    """What is said, line by line, until there is no more."""
    while True:
        if screen.is_interactive:
            try:
                line = screen.ask(PROMPT)
            except EOFError:
                screen.end_line()
                return
        else:
            line = sys.stdin.readline()
            if not line:
                return
        if line.strip():
            yield line.removesuffix("\n")


def _is_terminal(stream: Any) -> bool:
    # A program may be started without any.
    return stream is not None and bool(stream.isatty())
