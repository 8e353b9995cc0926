# Generated from openapi.yaml by `python -m codegen`. Do not edit.
"""The operations of the contract as methods of the client that blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, overload

from .._omit import OMIT, Omit
from .._sync import Download, EventStream, SyncTransport
from ..files import FileSource, Progress
from . import models, operations


class SyncOperations:
    """One method for each operation, with the name that the contract gives it."""

    _transport: SyncTransport

    def create_agent_session(
        self,
        *,
        agent_id: str,
        max_context_results: int | None = None,
        name: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.AgentSessionCreated:
        """Create a session with one agent: ``POST /sessions/create``.

        Starts a conversation with one agent. An agent that is not in the catalogue is accepted and
        is recorded under its id as its name. A blank `name` counts as not given.

        - ``agent_id``: The agent to talk with.
        - ``max_context_results``: The most passages that a turn of this session may use.
        - ``name``: The session's name; a blank one counts as not given.
        - ``idempotency_key``: A key that the client makes up for this request and repeats when it
          tries again. Kept for 24 hours.

        Refused with: 400, 401, 406, 422, 503.
        """
        answer: models.AgentSessionCreated = self._transport.call(
            operations.CREATE_AGENT_SESSION,
            {
                "agent_id": agent_id,
                "max_context_results": max_context_results,
                "name": name,
                "idempotency_key": idempotency_key,
            },
        )
        return answer

    def delete_agent_session(self, session_id: str) -> models.AgentSessionDeleted:
        """Delete a session: ``DELETE /sessions/delete/{session_id}``.

        Deletes a session, standalone or of a team, with its whole history.

        - ``session_id``: The session.

        Refused with: 400, 401, 403, 404, 406, 503.
        """
        answer: models.AgentSessionDeleted = self._transport.call(
            operations.DELETE_AGENT_SESSION, {"session_id": session_id}
        )
        return answer

    def get_agent_session_history(
        self, session_id: str, *, limit: int | None = None, skip: int | None = None
    ) -> models.SessionHistory:
        """Read a session's history from its start: ``GET /sessions/history/{session_id}``.

        The messages of a session in the order in which they were written, from the first one after
        `skip`. It works for team sessions too.

        - ``session_id``: The session.
        - ``limit``: The most messages to return.
        - ``skip``: How many messages to leave out.

        Refused with: 400, 401, 403, 404, 406, 503.
        """
        answer: models.SessionHistory = self._transport.call(
            operations.GET_AGENT_SESSION_HISTORY,
            {"session_id": session_id, "limit": limit, "skip": skip},
        )
        return answer

    def update_agent_session_history(
        self,
        session_id: str,
        *,
        role: Literal["user", "assistant"],
        content: str,
        idempotency_key: str | None = None,
    ) -> models.HistoryUpdated:
        """Add a message to a session's history: ``POST /sessions/history/update/{session_id}``.

        Appends one message. It is durable when the answer arrives. Any number of clients may append
        to one session at once: no message is lost and `seq` has no gap.

        - ``session_id``: The session.
        - ``role``: Who speaks.
        - ``content``: The text of a message.
        - ``idempotency_key``: A key that the client makes up for this request and repeats when it
          tries again. Kept for 24 hours.

        Refused with: 400, 401, 403, 404, 406, 413, 415, 422, 503.
        """
        answer: models.HistoryUpdated = self._transport.call(
            operations.UPDATE_AGENT_SESSION_HISTORY,
            {
                "session_id": session_id,
                "role": role,
                "content": content,
                "idempotency_key": idempotency_key,
            },
        )
        return answer

    def get_recent_session_history(
        self, session_id: str, *, limit: int | None = None, skip: int | None = None
    ) -> models.RecentSessionHistory:
        """Read the newest part of a session's history: ``GET /sessions/history/recent/{session_id}``.

        The newest `limit` messages after leaving out the `skip` newest ones, in the order in which
        they were written. It works for team sessions too.

        - ``session_id``: The session.
        - ``limit``: The most messages to return.
        - ``skip``: How many messages to leave out.

        Refused with: 400, 401, 403, 404, 406, 503.
        """
        answer: models.RecentSessionHistory = self._transport.call(
            operations.GET_RECENT_SESSION_HISTORY,
            {"session_id": session_id, "limit": limit, "skip": skip},
        )
        return answer

    def list_user_sessions(
        self,
        user_id: str,
        *,
        limit: int | None = None,
        skip: int | None = None,
        sort_by: models.SessionSortField | None = None,
        sort_order: models.SortOrder | None = None,
    ) -> models.UserSessions:
        """List a user's sessions: ``GET /sessions/get_all/{user_id}``.

        All sessions that the user owns, standalone and of teams. The user must be the one that the
        token names; administrators may ask for anybody.

        - ``user_id``: The user, as the token's `sub` spells it.
        - ``limit``: The most sessions to return.
        - ``skip``: How many sessions to leave out.
        - ``sort_by``: What to sort by; ties are broken by the session's id.
        - ``sort_order``: 1 for ascending, -1 for descending.

        Refused with: 400, 401, 403, 406, 503.
        """
        answer: models.UserSessions = self._transport.call(
            operations.LIST_USER_SESSIONS,
            {
                "user_id": user_id,
                "limit": limit,
                "skip": skip,
                "sort_by": sort_by,
                "sort_order": sort_order,
            },
        )
        return answer

    def list_agent_sessions(
        self,
        agent_id: str,
        *,
        limit: int | None = None,
        skip: int | None = None,
        sort_by: models.SessionSortField | None = None,
        sort_order: models.SortOrder | None = None,
    ) -> models.AgentSessions:
        """List the sessions of an agent: ``GET /sessions/get_by_agent/{agent_id}``.

        The caller's sessions in which the agent takes part, alone or in a team. Administrators see
        everybody's. An agent without sessions has an empty list.

        - ``agent_id``: The agent.
        - ``limit``: The most sessions to return.
        - ``skip``: How many sessions to leave out.
        - ``sort_by``: What to sort by; ties are broken by the session's id.
        - ``sort_order``: 1 for ascending, -1 for descending.

        Refused with: 400, 401, 406, 503.
        """
        answer: models.AgentSessions = self._transport.call(
            operations.LIST_AGENT_SESSIONS,
            {
                "agent_id": agent_id,
                "limit": limit,
                "skip": skip,
                "sort_by": sort_by,
                "sort_order": sort_order,
            },
        )
        return answer

    def get_agent_session(
        self, session_id: str, *, limit: int | None = None, skip: int | None = None
    ) -> models.AgentSessionReply:
        """Read a session with a page of its history: ``GET /sessions/get/{session_id}``.

        Everything about a session, standalone or of a team, and the messages from the first one
        after `skip`.

        - ``session_id``: The session.
        - ``limit``: The most messages to return.
        - ``skip``: How many messages to leave out.

        Refused with: 400, 401, 403, 404, 406, 503.
        """
        answer: models.AgentSessionReply = self._transport.call(
            operations.GET_AGENT_SESSION, {"session_id": session_id, "limit": limit, "skip": skip}
        )
        return answer

    def create_team_session(
        self,
        *,
        agent_ids: list[str],
        max_context_results: int | None = None,
        session_type: models.TeamSessionType | None = None,
        name: str | None = None,
        idempotency_key: str | None = None,
    ) -> models.TeamSessionCreated:
        """Create a session with several agents: ``POST /sessions/team/create``.

        Starts a conversation with a team, in the order given. An agent that is not in the catalogue
        is accepted and is recorded under its id as its name. A blank `name` counts as not given.

        - ``agent_ids``: The ids of the agents, each once.
        - ``max_context_results``: The most passages that a turn of this session may use.
        - ``session_type``: How the team works together.
        - ``name``: The session's name; a blank one counts as not given.
        - ``idempotency_key``: A key that the client makes up for this request and repeats when it
          tries again. Kept for 24 hours.

        Refused with: 400, 401, 406, 413, 415, 422, 503.
        """
        answer: models.TeamSessionCreated = self._transport.call(
            operations.CREATE_TEAM_SESSION,
            {
                "agent_ids": agent_ids,
                "max_context_results": max_context_results,
                "session_type": session_type,
                "name": name,
                "idempotency_key": idempotency_key,
            },
        )
        return answer

    def get_team_session_history(
        self, session_id: str, *, limit: int | None = None, skip: int | None = None
    ) -> models.TeamSessionHistory:
        """Read a team session's history from its start: ``GET /sessions/team/history/{session_id}``.

        The messages of all agents in the order in which they were written. A standalone session is
        not found here.

        - ``session_id``: The session.
        - ``limit``: The most messages to return.
        - ``skip``: How many messages to leave out.

        Refused with: 400, 401, 403, 404, 406, 503.
        """
        answer: models.TeamSessionHistory = self._transport.call(
            operations.GET_TEAM_SESSION_HISTORY,
            {"session_id": session_id, "limit": limit, "skip": skip},
        )
        return answer

    def update_team_session_history(
        self,
        session_id: str,
        *,
        role: Literal["user", "assistant"],
        content: str,
        agent_id: str | None | Omit = OMIT,
        summary: bool | Omit = OMIT,
        idempotency_key: str | None = None,
    ) -> models.TeamHistoryUpdated:
        """Add a message to a team session's history: ``POST /sessions/team/history/update/{session_id}``.

        Appends one message, of an agent of the team where `agent_id` is given, with the name that
        the agent had when the session was created. A standalone session is not found here.

        - ``session_id``: The session.
        - ``role``: Who speaks.
        - ``content``: The text of a message.
        - ``agent_id``: The agent of the team that speaks; null and blank count as not given.
        - ``summary``: Whether the message sums up the team's work.
        - ``idempotency_key``: A key that the client makes up for this request and repeats when it
          tries again. Kept for 24 hours.

        Refused with: 400, 401, 403, 404, 406, 413, 415, 422, 503.
        """
        answer: models.TeamHistoryUpdated = self._transport.call(
            operations.UPDATE_TEAM_SESSION_HISTORY,
            {
                "session_id": session_id,
                "role": role,
                "content": content,
                "agent_id": agent_id,
                "summary": summary,
                "idempotency_key": idempotency_key,
            },
        )
        return answer

    def list_team_sessions(
        self,
        *,
        limit: int | None = None,
        skip: int | None = None,
        sort_by: models.SessionSortField | None = None,
        sort_order: models.SortOrder | None = None,
    ) -> models.TeamSessions:
        """List the caller's team sessions: ``GET /sessions/get_all_team``.

        The team sessions of the user that the token names.

        - ``limit``: The most sessions to return.
        - ``skip``: How many sessions to leave out.
        - ``sort_by``: What to sort by; ties are broken by the session's id.
        - ``sort_order``: 1 for ascending, -1 for descending.

        Refused with: 400, 401, 406, 503.
        """
        answer: models.TeamSessions = self._transport.call(
            operations.LIST_TEAM_SESSIONS,
            {"limit": limit, "skip": skip, "sort_by": sort_by, "sort_order": sort_order},
        )
        return answer

    def list_standalone_sessions(
        self,
        *,
        limit: int | None = None,
        skip: int | None = None,
        sort_by: models.SessionSortField | None = None,
        sort_order: models.SortOrder | None = None,
    ) -> models.StandaloneSessions:
        """List the caller's standalone sessions: ``GET /sessions/get_all_standalone``.

        The sessions without a team of the user that the token names.

        - ``limit``: The most sessions to return.
        - ``skip``: How many sessions to leave out.
        - ``sort_by``: What to sort by; ties are broken by the session's id.
        - ``sort_order``: 1 for ascending, -1 for descending.

        Refused with: 400, 401, 406, 503.
        """
        answer: models.StandaloneSessions = self._transport.call(
            operations.LIST_STANDALONE_SESSIONS,
            {"limit": limit, "skip": skip, "sort_by": sort_by, "sort_order": sort_order},
        )
        return answer

    def rename_agent_session(self, session_id: str, *, name: str) -> models.AgentSessionRenamed:
        """Rename a session: ``PUT /sessions/rename/{session_id}``.

        Gives a session, standalone or of a team, a new name.

        - ``session_id``: The session.
        - ``name``: The new name; it may not be blank.

        Refused with: 400, 401, 403, 404, 406, 503.
        """
        answer: models.AgentSessionRenamed = self._transport.call(
            operations.RENAME_AGENT_SESSION, {"session_id": session_id, "name": name}
        )
        return answer

    def list_sessions(
        self, *, limit: int | None = None, cursor: str | None = None, profile_id: int | None = None
    ) -> models.SessionPage:
        """List the caller's sessions: ``GET /api/sessions``.

        The sessions that the caller created, most recently active first. Sessions without an owner
        are open to everyone by their id and are not listed.

        - ``limit``: The most entries to return.
        - ``cursor``: The `next_cursor` of the page before.
        - ``profile_id``: Only the sessions of this profile.

        Refused with: 400, 401, 406, 503.
        """
        answer: models.SessionPage = self._transport.call(
            operations.LIST_SESSIONS, {"limit": limit, "cursor": cursor, "profile_id": profile_id}
        )
        return answer

    def create_session(
        self,
        *,
        title: str | None | Omit = OMIT,
        profile_id: int | None | Omit = OMIT,
        profile_name: str | None | Omit = OMIT,
        idempotency_key: str | None = None,
    ) -> models.Session:
        """Create a session: ``POST /api/sessions``.

        Creates a session that belongs to the caller. Every field may be left out, and the body too;
        null and a blank title count as not given. The profile need not be in the catalogue; where
        it is, and no name is given, the session takes the profile's name.

        - ``title``: The title; "Untitled Session" where it is missing or blank.
        - ``profile_id``: The profile to associate the session with.
        - ``profile_name``: The profile's name, kept as given for display.
        - ``idempotency_key``: A key that the client makes up for this request and repeats when it
          tries again. Kept for 24 hours.

        Refused with: 400, 401, 406, 413, 415, 422, 503.
        """
        answer: models.Session = self._transport.call(
            operations.CREATE_SESSION,
            {
                "title": title,
                "profile_id": profile_id,
                "profile_name": profile_name,
                "idempotency_key": idempotency_key,
            },
        )
        return answer

    def delete_sessions(self, *, session_ids: list[str]) -> models.SessionCleanupResult:
        """Delete several sessions at once: ``POST /api/sessions/cleanup``.

        Deletes the sessions in one transaction and says which ones. Unknown sessions and those that
        the caller may not touch are left out; an id that is given twice counts once.

        - ``session_ids``: The sessions.

        Refused with: 400, 401, 406, 413, 415, 503.
        """
        answer: models.SessionCleanupResult = self._transport.call(
            operations.DELETE_SESSIONS, {"session_ids": session_ids}
        )
        return answer

    def get_session(self, session_id: str) -> models.Session:
        """Read a session: ``GET /api/sessions/{session_id}``.

        The session without its messages.

        - ``session_id``: The session.

        Refused with: 400, 401, 404, 406, 503.
        """
        answer: models.Session = self._transport.call(
            operations.GET_SESSION, {"session_id": session_id}
        )
        return answer

    def delete_session(self, session_id: str) -> None:
        """Delete a session: ``DELETE /api/sessions/{session_id}``.

        Deletes the session with its messages.

        - ``session_id``: The session.

        Refused with: 400, 401, 404, 503.
        """
        self._transport.call(operations.DELETE_SESSION, {"session_id": session_id})

    def rename_session(self, session_id: str, *, title: str) -> models.Session:
        """Rename a session: ``PATCH /api/sessions/{session_id}``.

        Gives the session a new title.

        - ``session_id``: The session.
        - ``title``: The new title; it may not be blank.

        Refused with: 400, 401, 404, 406, 503.
        """
        answer: models.Session = self._transport.call(
            operations.RENAME_SESSION, {"session_id": session_id, "title": title}
        )
        return answer

    def list_session_messages(
        self, session_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> models.SessionMessages:
        """Read all messages of a session: ``GET /api/sessions/{session_id}/messages``.

        All messages in the order in which they were written, up to 10,000. Where there are more,
        `next_cursor` leads on. The answer is sent in parts as it is read, so that a long session
        costs the server little memory; should a part fail, the connection is cut and the JSON stays
        unfinished, so a short answer is never taken for a complete one.

        - ``session_id``: The session.
        - ``limit``: The most messages to return.
        - ``cursor``: The `next_cursor` of the page before.

        Refused with: 400, 401, 404, 406, 503.
        """
        answer: models.SessionMessages = self._transport.call(
            operations.LIST_SESSION_MESSAGES,
            {"session_id": session_id, "limit": limit, "cursor": cursor},
        )
        return answer

    @overload
    def send_session_message(
        self,
        session_id: str,
        *,
        message: str,
        idempotency_key: str | None = None,
        stream: Literal[True] = True,
    ) -> EventStream[models.RunEvent]: ...

    @overload
    def send_session_message(
        self,
        session_id: str,
        *,
        message: str,
        idempotency_key: str | None = None,
        stream: Literal[False],
    ) -> models.Turn: ...

    @overload
    def send_session_message(
        self, session_id: str, *, message: str, idempotency_key: str | None = None, stream: bool
    ) -> EventStream[models.RunEvent] | models.Turn: ...

    def send_session_message(
        self,
        session_id: str,
        *,
        message: str,
        idempotency_key: str | None = None,
        stream: bool = True,
    ) -> EventStream[models.RunEvent] | models.Turn:
        """Send a message to a session and stream the answer: ``POST /api/sessions/{session_id}/messages``.

        The same as `POST /api/chat`, with the session in the path: the same checks, the same
        events, the same context.

        - ``session_id``: The session.
        - ``message``: What the user says; it may not be blank.
        - ``idempotency_key``: A key that the client makes up for this request and repeats when it
          tries again. Kept for 24 hours.
        - ``stream``: Whether to give the events as they come.

        Refused with: 400, 401, 404, 406, 409, 410, 413, 415, 422, 502, 503.
        """
        arguments = {
            "session_id": session_id,
            "message": message,
            "idempotency_key": idempotency_key,
        }
        if stream:
            return self._transport.stream(operations.SEND_SESSION_MESSAGE, arguments)
        answer: models.Turn = self._transport.call(
            operations.SEND_SESSION_MESSAGE, arguments, accept="application/json"
        )
        return answer

    def get_run(self, session_id: str, run_id: str) -> models.Run:
        """Read the state of a run: ``GET /api/sessions/{session_id}/runs/{run_id}``.

        Whether the turn is still running, how it ended, and how many events it has.

        - ``session_id``: The session.
        - ``run_id``: The run.

        Refused with: 400, 401, 404, 406, 503.
        """
        answer: models.Run = self._transport.call(
            operations.GET_RUN, {"session_id": session_id, "run_id": run_id}
        )
        return answer

    def stream_run_events(
        self, session_id: str, run_id: str, *, last_event_id: int | None = None
    ) -> EventStream[models.RunEvent]:
        """Follow the events of a run: ``GET /api/sessions/{session_id}/runs/{run_id}/events``.

        The events after `Last-Event-ID`, or all of them, each exactly once; those that are still to
        come follow as they happen, and `done` is the last. Works while the run runs and until 24
        hours (the server's `PALAVER_EVENT_RETENTION`) after it has ended, also from another server
        on the same database. A comment line every 15 seconds keeps an idle connection alive. Where
        the session is deleted meanwhile, the stream ends without `done`.

        - ``session_id``: The session.
        - ``run_id``: The run.
        - ``last_event_id``: The id of the last event that the client has seen; 0 or nothing for
          all.

        Refused with: 400, 401, 404, 406, 410, 503.
        """
        return self._transport.stream(
            operations.STREAM_RUN_EVENTS,
            {"session_id": session_id, "run_id": run_id, "last_event_id": last_event_id},
        )

    def cancel_run(self, session_id: str, run_id: str) -> models.Run:
        """Cancel a run: ``POST /api/sessions/{session_id}/runs/{run_id}/cancel``.

        Ends a running turn. What was written so far is kept as a message with the status
        `cancelled`. The answer comes when the turn has ended, which it may have done by itself in
        that moment; should its server take longer than ten seconds to notice, the run is returned
        as it then is.

        - ``session_id``: The session.
        - ``run_id``: The run.

        Refused with: 400, 401, 404, 406, 409, 503.
        """
        answer: models.Run = self._transport.call(
            operations.CANCEL_RUN, {"session_id": session_id, "run_id": run_id}
        )
        return answer

    def get_session_slides(self, session_id: str) -> models.Deck:
        """Read a session's deck: ``GET /api/sessions/{session_id}/slides``.

        The slides in their order, each as structured content and as HTML that holds no script and
        loads nothing. A session whose deck nobody has made yet has one without slides, of version
        0, under the session's title. `ETag` is what `If-Match` takes when the deck is changed.

        - ``session_id``: The session.

        Refused with: 400, 401, 404, 406, 503.
        """
        answer: models.Deck = self._transport.call(
            operations.GET_SESSION_SLIDES, {"session_id": session_id}
        )
        return answer

    def insert_slide(
        self,
        session_id: str,
        *,
        if_match: str,
        content: models.SlideContent,
        position: int | Omit = OMIT,
        idempotency_key: str | None = None,
    ) -> models.DeckSlide:
        """Add a slide to a deck: ``POST /api/sessions/{session_id}/slides``.

        Puts a slide at a position, or at the end. The first slide of a session makes its deck,
        which gets the session's title. An image slide shows an image that was uploaded to the
        session.

        - ``session_id``: The session.
        - ``if_match``: The `ETag` of the deck that the change is made for, or `*` for the deck
          whatever it is like by now.
        - ``content``: What a slide shows; `layout` says how. Texts hold no control characters but,
          where they may have several lines, line feeds and tabs. They are text: no markup in them
          has any effect.
        - ``position``: A place in a deck, from 0. One beyond the end means the end.
        - ``idempotency_key``: A key that the client makes up for this request and repeats when it
          tries again. Kept for 24 hours.

        Refused with: 400, 401, 404, 406, 409, 412, 413, 415, 422, 503.
        """
        answer: models.DeckSlide = self._transport.call(
            operations.INSERT_SLIDE,
            {
                "session_id": session_id,
                "if_match": if_match,
                "content": content,
                "position": position,
                "idempotency_key": idempotency_key,
            },
        )
        return answer

    def update_deck(
        self,
        session_id: str,
        *,
        if_match: str,
        theme: models.Theme | Omit = OMIT,
        title: str | Omit = OMIT,
    ) -> models.Deck:
        """Change a deck's theme or title: ``PATCH /api/sessions/{session_id}/slides``.

        Changes the given fields and leaves the others. A session whose deck nobody has made yet
        gets one without slides.

        - ``session_id``: The session.
        - ``if_match``: The `ETag` of the deck that the change is made for, or `*` for the deck
          whatever it is like by now.
        - ``theme``: How a deck looks.
        - ``title``: A name of one line that is not blank.

        Refused with: 400, 401, 404, 406, 412, 413, 415, 503.
        """
        answer: models.Deck = self._transport.call(
            operations.UPDATE_DECK,
            {"session_id": session_id, "if_match": if_match, "theme": theme, "title": title},
        )
        return answer

    def undo_deck_change(self, session_id: str, *, if_match: str) -> models.Deck:
        """Take back the last change of a deck: ``POST /api/sessions/{session_id}/slides/undo``.

        Makes a version that is like the one before the last change; doing it again goes back
        further, up to 100 changes. A change after that starts from there.

        - ``session_id``: The session.
        - ``if_match``: The `ETag` of the deck that the change is made for, or `*` for the deck
          whatever it is like by now.

        Refused with: 400, 401, 404, 406, 409, 412, 503.
        """
        answer: models.Deck = self._transport.call(
            operations.UNDO_DECK_CHANGE, {"session_id": session_id, "if_match": if_match}
        )
        return answer

    def upload_slide_image(
        self,
        session_id: str,
        *,
        file: FileSource,
        idempotency_key: str | None = None,
        on_progress: Progress | None = None,
    ) -> models.SlideImage:
        """Upload an image for slides: ``POST /api/sessions/{session_id}/slides/images``.

        Takes a PNG, JPEG, GIF or WebP file of up to 10 MiB and 40 megapixels. It is kept as PNG, or
        as JPEG where it is one and that is smaller, at most 1920 pixels wide and high, upright,
        with nothing of the file but its pixels. Of an animation, the first picture is kept. A
        session may have 200 images and 200 MiB of them; one that no version of its deck shows is
        forgotten a day after it was uploaded, when room is needed.

        - ``session_id``: The session.
        - ``file``: The image file.
        - ``idempotency_key``: A key that the client makes up for this request and repeats when it
          tries again. Kept for 24 hours.
        - ``on_progress``: Called with the bytes sent, and all there are.

        Refused with: 400, 401, 404, 406, 409, 413, 415, 422, 503.
        """
        answer: models.SlideImage = self._transport.call(
            operations.UPLOAD_SLIDE_IMAGE,
            {"session_id": session_id, "file": file, "idempotency_key": idempotency_key},
            on_progress=on_progress,
        )
        return answer

    def get_slide_image(
        self,
        session_id: str,
        image_id: str,
        *,
        accept: Literal["image/png", "image/jpeg"] | None = None,
    ) -> Download:
        """Read an image of a session: ``GET /api/sessions/{session_id}/slides/images/{image_id}``.

        The image as it is kept, in the one type that it has. It never changes.

        - ``session_id``: The session.
        - ``image_id``: The image.
        - ``accept``: The type that the answer should have.

        Refused with: 400, 401, 404, 406, 503.
        """
        return self._transport.download(
            operations.GET_SLIDE_IMAGE,
            {"session_id": session_id, "image_id": image_id},
            accept=accept,
        )

    def get_slide(self, session_id: str, slide_id: str) -> models.DeckSlide:
        """Read a slide: ``GET /api/sessions/{session_id}/slides/{slide_id}``.

        One slide of the deck. `ETag` is the deck's.

        - ``session_id``: The session.
        - ``slide_id``: The slide.

        Refused with: 400, 401, 404, 406, 503.
        """
        answer: models.DeckSlide = self._transport.call(
            operations.GET_SLIDE, {"session_id": session_id, "slide_id": slide_id}
        )
        return answer

    def replace_slide(
        self, session_id: str, slide_id: str, *, if_match: str, content: models.SlideContent
    ) -> models.DeckSlide:
        """Replace a slide: ``PUT /api/sessions/{session_id}/slides/{slide_id}``.

        Gives a slide other content, also of another layout. Its id and its place stay.

        - ``session_id``: The session.
        - ``slide_id``: The slide.
        - ``if_match``: The `ETag` of the deck that the change is made for, or `*` for the deck
          whatever it is like by now.
        - ``content``: What a slide shows; `layout` says how. Texts hold no control characters but,
          where they may have several lines, line feeds and tabs. They are text: no markup in them
          has any effect.

        Refused with: 400, 401, 404, 406, 409, 412, 413, 415, 503.
        """
        answer: models.DeckSlide = self._transport.call(
            operations.REPLACE_SLIDE,
            {
                "session_id": session_id,
                "slide_id": slide_id,
                "if_match": if_match,
                "content": content,
            },
        )
        return answer

    def delete_slide(self, session_id: str, slide_id: str, *, if_match: str) -> None:
        """Delete a slide: ``DELETE /api/sessions/{session_id}/slides/{slide_id}``.

        Takes a slide out of the deck. Its id is not used again, unless the change is undone.

        - ``session_id``: The session.
        - ``slide_id``: The slide.
        - ``if_match``: The `ETag` of the deck that the change is made for, or `*` for the deck
          whatever it is like by now.

        Refused with: 400, 401, 404, 412, 503.
        """
        self._transport.call(
            operations.DELETE_SLIDE,
            {"session_id": session_id, "slide_id": slide_id, "if_match": if_match},
        )

    def move_slide(
        self, session_id: str, slide_id: str, *, if_match: str, position: int
    ) -> models.Deck:
        """Move a slide: ``POST /api/sessions/{session_id}/slides/{slide_id}/move``.

        Puts a slide at another position; the others keep their order.

        - ``session_id``: The session.
        - ``slide_id``: The slide.
        - ``if_match``: The `ETag` of the deck that the change is made for, or `*` for the deck
          whatever it is like by now.
        - ``position``: A place in a deck, from 0. One beyond the end means the end.

        Refused with: 400, 401, 404, 406, 412, 413, 415, 503.
        """
        answer: models.Deck = self._transport.call(
            operations.MOVE_SLIDE,
            {
                "session_id": session_id,
                "slide_id": slide_id,
                "if_match": if_match,
                "position": position,
            },
        )
        return answer

    def export_session(
        self,
        session_id: str,
        *,
        format: models.ExportFormat | None = None,
        accept: Literal[
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "application/pdf",
        ]
        | None = None,
    ) -> Download:
        """Export a session's deck as a file: ``POST /api/sessions/{session_id}/export``.

        The deck as a presentation that PowerPoint and LibreOffice can edit, or as a PDF with one
        page a slide. What does not fit a slide goes on on the next one. The kind of file is said in
        the address or by `Accept`; a body is not read.

        - ``session_id``: The session.
        - ``format``: The kind of file. Where it is missing, `Accept` decides between the two, and
          `pptx` is taken where both are as welcome.
        - ``accept``: The type that the answer should have.

        Refused with: 400, 401, 404, 406, 503.
        """
        return self._transport.download(
            operations.EXPORT_SESSION, {"session_id": session_id, "format": format}, accept=accept
        )

    @overload
    def get_session_transcript(
        self, session_id: str, *, accept: Literal["text/markdown"] = "text/markdown"
    ) -> Download: ...

    @overload
    def get_session_transcript(
        self, session_id: str, *, accept: Literal["application/json"]
    ) -> models.Transcript: ...

    def get_session_transcript(
        self, session_id: str, *, accept: str = "text/markdown"
    ) -> Download | models.Transcript:
        """Read what was said in a session, as a document: ``GET /api/sessions/{session_id}/transcript``.

        The whole conversation, to keep or to print: as Markdown, with each message in a quotation,
        or, where `Accept` prefers it, as JSON. It is sent in parts as it is read; should a part
        fail, the connection is cut.

        - ``session_id``: The session.
        - ``accept``: The type that the answer should have.

        Refused with: 400, 401, 404, 406, 503.
        """
        if accept in ("application/json",):
            answer: models.Transcript = self._transport.call(
                operations.GET_SESSION_TRANSCRIPT, {"session_id": session_id}, accept=accept
            )
            return answer
        return self._transport.download(
            operations.GET_SESSION_TRANSCRIPT, {"session_id": session_id}, accept=accept
        )

    @overload
    def send_chat_message(
        self,
        *,
        session_id: str,
        message: str,
        idempotency_key: str | None = None,
        stream: Literal[True] = True,
    ) -> EventStream[models.RunEvent]: ...

    @overload
    def send_chat_message(
        self,
        *,
        session_id: str,
        message: str,
        idempotency_key: str | None = None,
        stream: Literal[False],
    ) -> models.Turn: ...

    @overload
    def send_chat_message(
        self, *, session_id: str, message: str, idempotency_key: str | None = None, stream: bool
    ) -> EventStream[models.RunEvent] | models.Turn: ...

    def send_chat_message(
        self,
        *,
        session_id: str,
        message: str,
        idempotency_key: str | None = None,
        stream: bool = True,
    ) -> EventStream[models.RunEvent] | models.Turn:
        """Send a message and stream the answer: ``POST /api/chat``.

        Stores the message, starts a turn and streams its events: for each message of the answer
        `message.started`, some `message.delta`, `message.source` for each passage that the answer
        rests on, and `message.completed`, and in between a `deck.updated` for each change to the
        session's deck; `session.titled` where the session got a title; `error` where the turn
        failed; and `done` at the end. In a session with a team, each agent's messages carry its id
        and name. Event ids count from 1 without gaps.

        With `Accept: application/json` the answer waits for the end of the turn and holds its
        messages; a turn that fails is then a 502. A client that disconnects does not end the turn.
        With an `Idempotency-Key` that was used before, the answer is that of the first turn, or a
        410 once its events are no longer kept.

        - ``session_id``: A session's id. The server makes UUIDs whose order is the order of
          creation; imported sessions keep the ids that they had.
        - ``message``: What the user says; it may not be blank.
        - ``idempotency_key``: A key that the client makes up for this request and repeats when it
          tries again. Kept for 24 hours.
        - ``stream``: Whether to give the events as they come.

        Refused with: 400, 401, 404, 406, 409, 410, 413, 415, 422, 502, 503.
        """
        arguments = {
            "session_id": session_id,
            "message": message,
            "idempotency_key": idempotency_key,
        }
        if stream:
            return self._transport.stream(operations.SEND_CHAT_MESSAGE, arguments)
        answer: models.Turn = self._transport.call(
            operations.SEND_CHAT_MESSAGE, arguments, accept="application/json"
        )
        return answer

    def create_grounded_session(
        self, *, topic_id: str | None | Omit = OMIT, idempotency_key: str | None = None
    ) -> models.GroundedSession:
        """Create a session that answers from the books: ``POST /api/v1/chat/sessions``.

        Starts a conversation. A `topicId` of the catalogue steers the search by the topic's words;
        one that the catalogue does not have is kept as a label. Without one the session is
        free-form.

        - ``topic_id``: The topic; null is none.
        - ``idempotency_key``: A key that the client makes up for this request and repeats when it
          tries again. Kept for 24 hours.

        Refused with: 400, 401, 406, 413, 415, 422, 503.
        """
        answer: models.GroundedSession = self._transport.call(
            operations.CREATE_GROUNDED_SESSION,
            {"topic_id": topic_id, "idempotency_key": idempotency_key},
        )
        return answer

    def delete_grounded_session(self, session_id: str) -> None:
        """Delete a session and all its messages: ``DELETE /api/v1/chat/sessions/{sessionId}``.

        Deletes the conversation for good. A turn that is running ends without an answer.

        - ``session_id``: The session.

        Refused with: 400, 401, 404, 503.
        """
        self._transport.call(operations.DELETE_GROUNDED_SESSION, {"session_id": session_id})

    def list_grounded_messages(self, session_id: str) -> list[models.GroundedMessage]:
        """Read all messages of a session: ``GET /api/v1/chat/sessions/{sessionId}/messages``.

        The whole history in the order in which it was written, up to 1,000,000 messages. An answer
        that failed, or that is still being made, is not in it. It is sent in parts as it is read;
        should a part fail, the connection is cut and the JSON stays unfinished.

        - ``session_id``: The session.

        Refused with: 400, 401, 404, 406, 503.
        """
        answer: list[models.GroundedMessage] = self._transport.call(
            operations.LIST_GROUNDED_MESSAGES, {"session_id": session_id}
        )
        return answer

    def send_grounded_message(
        self, session_id: str, *, content: str, idempotency_key: str | None = None
    ) -> models.GroundedAnswer:
        """Send a message and get an answer from the books: ``POST /api/v1/chat/sessions/{sessionId}/messages``.

        Stores the message, searches the books, and answers from what was found and from nothing
        else; the answer comes when it is complete. Numbers in brackets in its text, such as `[1]`,
        refer to passages that were found. `sources` names the pages that the answer rests on, each
        once: only passages that the answer was made from are named. Where the books say nothing
        about the question, `sources` is empty and the text says so; an answer of the model that
        rests on none of the passages that it was given is replaced by that.

        `page` is, in a PDF, the page's place in the file, from 1; in an EPUB, the chapter's place
        in the reading order; in a DOCX or Markdown document, the section's, by its headings; in
        plain text, the page by its form feeds, or a piece of about 3,000 characters where it has
        none.

        - ``session_id``: The session.
        - ``content``: What the user says; it may not be blank.
        - ``idempotency_key``: A key that the client makes up for this request and repeats when it
          tries again. Kept for 24 hours.

        Refused with: 400, 401, 404, 406, 409, 410, 413, 415, 422, 502, 503.
        """
        answer: models.GroundedAnswer = self._transport.call(
            operations.SEND_GROUNDED_MESSAGE,
            {"session_id": session_id, "content": content, "idempotency_key": idempotency_key},
        )
        return answer

    def list_books(self, *, limit: int | None = None, cursor: str | None = None) -> models.BookPage:
        """List the books: ``GET /api/v1/books``.

        The library in the order in which the books were uploaded, with how far each of them is.
        Every user sees all of it.

        - ``limit``: The most entries to return.
        - ``cursor``: The `nextCursor` of the page before.

        Refused with: 400, 401, 406, 503.
        """
        answer: models.BookPage = self._transport.call(
            operations.LIST_BOOKS, {"limit": limit, "cursor": cursor}
        )
        return answer

    def upload_book(
        self,
        *,
        file: FileSource,
        title: str | Omit = OMIT,
        author: str | Omit = OMIT,
        idempotency_key: str | None = None,
        on_progress: Progress | None = None,
    ) -> models.Book:
        """Upload a book: ``POST /api/v1/books``.

        Takes a PDF, EPUB, DOCX, Markdown or plain text file (in any common encoding), whatever its
        name says, and answers at once with a book that is `PROCESSING`; its status becomes `READY`,
        from when on it is found, or `FAILED` with a `reason`. A file may have as many mebibytes as
        `PALAVER_MAX_UPLOAD_MB` says, 200 unless that is set. Without a `title` the book is named by
        its file. Only whoever has the shared credential, or an administrator, may upload.

        - ``file``: The file, with its name.
        - ``title``: The book's title.
        - ``author``: Who wrote it.
        - ``idempotency_key``: A key that the client makes up for this request and repeats when it
          tries again. Kept for 24 hours.
        - ``on_progress``: Called with the bytes sent, and all there are.

        Refused with: 400, 401, 403, 406, 409, 413, 415, 422, 503.
        """
        answer: models.Book = self._transport.call(
            operations.UPLOAD_BOOK,
            {"file": file, "title": title, "author": author, "idempotency_key": idempotency_key},
            on_progress=on_progress,
        )
        return answer

    def get_book(self, book_id: str) -> models.Book:
        """Read a book's state: ``GET /api/v1/books/{bookId}``.

        What the book is, and how far its ingestion is.

        - ``book_id``: The book.

        Refused with: 400, 401, 404, 406, 503.
        """
        answer: models.Book = self._transport.call(operations.GET_BOOK, {"book_id": book_id})
        return answer

    def delete_book(self, book_id: str) -> None:
        """Delete a book: ``DELETE /api/v1/books/{bookId}``.

        From now on nothing of the book is found. Answers that were made from it keep its title and
        page.

        - ``book_id``: The book.

        Refused with: 400, 401, 403, 404, 503.
        """
        self._transport.call(operations.DELETE_BOOK, {"book_id": book_id})

    def retry_book(self, book_id: str) -> models.Book:
        """Take in a book anew that failed: ``POST /api/v1/books/{bookId}/retry``.

        Makes a book that is `FAILED` one that is `PROCESSING`, from its beginning.

        - ``book_id``: The book.

        Refused with: 400, 401, 403, 404, 406, 409, 503.
        """
        answer: models.Book = self._transport.call(operations.RETRY_BOOK, {"book_id": book_id})
        return answer

    def get_passage(self, book_id: str, passage_id: str) -> models.Passage:
        """Read a passage that an answer names: ``GET /api/v1/books/{bookId}/passages/{passageId}``.

        The text of the passage as it stands on its page, for showing a source.

        - ``book_id``: The book.
        - ``passage_id``: The passage, as a source names it.

        Refused with: 400, 401, 404, 406, 503.
        """
        answer: models.Passage = self._transport.call(
            operations.GET_PASSAGE, {"book_id": book_id, "passage_id": passage_id}
        )
        return answer

    def list_topics(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> models.TopicPage:
        """List the topics: ``GET /api/v1/topics``.

        The catalogue in the order of the topics' ids. Every user sees all of it.

        - ``limit``: The most entries to return.
        - ``cursor``: The `nextCursor` of the page before.

        Refused with: 400, 401, 406, 503.
        """
        answer: models.TopicPage = self._transport.call(
            operations.LIST_TOPICS, {"limit": limit, "cursor": cursor}
        )
        return answer

    def get_topic(self, topic_id: str) -> models.Topic:
        """Read a topic: ``GET /api/v1/topics/{topicId}``.

        The topic with its title and the words that lead the search.

        - ``topic_id``: The topic.

        Refused with: 400, 401, 404, 406, 503.
        """
        answer: models.Topic = self._transport.call(operations.GET_TOPIC, {"topic_id": topic_id})
        return answer

    def put_topic(self, topic_id: str, *, title: str, search_terms: list[str]) -> models.Topic:
        """Create or change a topic: ``PUT /api/v1/topics/{topicId}``.

        Stores the topic under the id of the path, in place of the one that was there. Its terms
        prefer passages that are about it; they never decide whether something was found.

        - ``topic_id``: The topic.
        - ``title``: A name of one line that is not blank.
        - ``search_terms``: Words and phrases that passages about a topic have.

        Refused with: 400, 401, 403, 406, 413, 415, 503.
        """
        answer: models.Topic = self._transport.call(
            operations.PUT_TOPIC,
            {"topic_id": topic_id, "title": title, "search_terms": search_terms},
        )
        return answer

    def delete_topic(self, topic_id: str) -> None:
        """Delete a topic: ``DELETE /api/v1/topics/{topicId}``.

        The sessions of the topic keep its id as a label.

        - ``topic_id``: The topic.

        Refused with: 400, 401, 403, 404, 503.
        """
        self._transport.call(operations.DELETE_TOPIC, {"topic_id": topic_id})

    def list_agents(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> models.AgentPage:
        """List agents: ``GET /api/agents``.

        The catalogue in the order in which the agents were created. Every user sees all of it.

        - ``limit``: The most entries to return.
        - ``cursor``: The `next_cursor` of the page before.

        Refused with: 400, 401, 406, 503.
        """
        answer: models.AgentPage = self._transport.call(
            operations.LIST_AGENTS, {"limit": limit, "cursor": cursor}
        )
        return answer

    def create_agent(
        self,
        *,
        name: str,
        agent_id: str | Omit = OMIT,
        description: str | None | Omit = OMIT,
        instructions: str | None | Omit = OMIT,
        idempotency_key: str | None = None,
    ) -> models.Agent:
        """Create an agent: ``POST /api/agents``.

        Adds an agent to the catalogue. Sessions created from now on know it by its name; where no
        `agent_id` is given, the server makes one.

        - ``name``: A name of one line that is not blank.
        - ``agent_id``: An agent's id, chosen by whoever creates it. Dots alone are no id: clients
          take them for steps in a path.
        - ``description``: What the agent is for.
        - ``instructions``: How the agent should answer.
        - ``idempotency_key``: A key that the client makes up for this request and repeats when it
          tries again. Kept for 24 hours.

        Refused with: 400, 401, 406, 409, 413, 415, 422, 503.
        """
        answer: models.Agent = self._transport.call(
            operations.CREATE_AGENT,
            {
                "name": name,
                "agent_id": agent_id,
                "description": description,
                "instructions": instructions,
                "idempotency_key": idempotency_key,
            },
        )
        return answer

    def get_agent(self, agent_id: str) -> models.Agent:
        """Read an agent: ``GET /api/agents/{agent_id}``.

        One agent of the catalogue. Every user sees it.

        - ``agent_id``: The agent.

        Refused with: 400, 401, 404, 406, 503.
        """
        answer: models.Agent = self._transport.call(operations.GET_AGENT, {"agent_id": agent_id})
        return answer

    def delete_agent(self, agent_id: str) -> None:
        """Delete an agent: ``DELETE /api/agents/{agent_id}``.

        Takes the agent out of the catalogue. Its creator and administrators may. Sessions keep its
        id and name.

        - ``agent_id``: The agent.

        Refused with: 400, 401, 403, 404, 503.
        """
        self._transport.call(operations.DELETE_AGENT, {"agent_id": agent_id})

    def update_agent(
        self,
        agent_id: str,
        *,
        name: str | Omit = OMIT,
        description: str | None | Omit = OMIT,
        instructions: str | None | Omit = OMIT,
    ) -> models.Agent:
        """Change an agent: ``PATCH /api/agents/{agent_id}``.

        Changes the given fields and leaves the others. Its creator and administrators may. Sessions
        keep the name that the agent had when they were created.

        - ``agent_id``: The agent.
        - ``name``: A name of one line that is not blank.
        - ``description``: What the agent is for.
        - ``instructions``: How the agent should answer.

        Refused with: 400, 401, 403, 404, 406, 413, 415, 503.
        """
        answer: models.Agent = self._transport.call(
            operations.UPDATE_AGENT,
            {
                "agent_id": agent_id,
                "name": name,
                "description": description,
                "instructions": instructions,
            },
        )
        return answer

    def list_profiles(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> models.ProfilePage:
        """List profiles: ``GET /api/profiles``.

        The catalogue in the order of the profiles' ids. Every user sees all of it.

        - ``limit``: The most entries to return.
        - ``cursor``: The `next_cursor` of the page before.

        Refused with: 400, 401, 406, 503.
        """
        answer: models.ProfilePage = self._transport.call(
            operations.LIST_PROFILES, {"limit": limit, "cursor": cursor}
        )
        return answer

    def create_profile(
        self,
        *,
        name: str,
        description: str | None | Omit = OMIT,
        instructions: str | None | Omit = OMIT,
        idempotency_key: str | None = None,
    ) -> models.Profile:
        """Create a profile: ``POST /api/profiles``.

        Adds a profile to the catalogue. The server numbers it.

        - ``name``: A name of one line that is not blank.
        - ``description``: What the profile is for.
        - ``instructions``: How sessions of the profile should be answered.
        - ``idempotency_key``: A key that the client makes up for this request and repeats when it
          tries again. Kept for 24 hours.

        Refused with: 400, 401, 406, 413, 415, 422, 503.
        """
        answer: models.Profile = self._transport.call(
            operations.CREATE_PROFILE,
            {
                "name": name,
                "description": description,
                "instructions": instructions,
                "idempotency_key": idempotency_key,
            },
        )
        return answer

    def get_profile(self, profile_id: int) -> models.Profile:
        """Read a profile: ``GET /api/profiles/{profile_id}``.

        One profile of the catalogue. Every user sees it.

        - ``profile_id``: The profile.

        Refused with: 400, 401, 404, 406, 503.
        """
        answer: models.Profile = self._transport.call(
            operations.GET_PROFILE, {"profile_id": profile_id}
        )
        return answer

    def delete_profile(self, profile_id: int) -> None:
        """Delete a profile: ``DELETE /api/profiles/{profile_id}``.

        Takes the profile out of the catalogue. Its creator and administrators may. Sessions keep
        its id and name.

        - ``profile_id``: The profile.

        Refused with: 400, 401, 403, 404, 503.
        """
        self._transport.call(operations.DELETE_PROFILE, {"profile_id": profile_id})

    def update_profile(
        self,
        profile_id: int,
        *,
        name: str | Omit = OMIT,
        description: str | None | Omit = OMIT,
        instructions: str | None | Omit = OMIT,
    ) -> models.Profile:
        """Change a profile: ``PATCH /api/profiles/{profile_id}``.

        Changes the given fields and leaves the others. Its creator and administrators may. Sessions
        keep the profile name that they were created with.

        - ``profile_id``: The profile.
        - ``name``: A name of one line that is not blank.
        - ``description``: What the profile is for.
        - ``instructions``: How sessions of the profile should be answered.

        Refused with: 400, 401, 403, 404, 406, 413, 415, 503.
        """
        answer: models.Profile = self._transport.call(
            operations.UPDATE_PROFILE,
            {
                "profile_id": profile_id,
                "name": name,
                "description": description,
                "instructions": instructions,
            },
        )
        return answer

    def check_health(self) -> models.Health:
        """Say whether the server lives: ``GET /healthz``.

        Answers as long as the process serves requests. It touches nothing else.

        Refused with: 400, 406.
        """
        answer: models.Health = self._transport.call(operations.CHECK_HEALTH, {})
        return answer

    def check_readiness(self) -> models.Readiness:
        """Say whether the server can work: ``GET /readyz``.

        Answers 200 when the database is reachable and migrated, 503 when not.

        Refused with: 400, 406, 503.
        """
        answer: models.Readiness = self._transport.call(operations.CHECK_READINESS, {})
        return answer

    def get_contract_yaml(self, *, if_none_match: str | None = None) -> str | None:
        """Read this contract as YAML: ``GET /openapi.yaml``.

        The bytes of the file that the server was started with.

        - ``if_none_match``: An ETag that the client has; the answer is 304 where it still holds.

        Refused with: 400, 406.
        """
        answer: str | None = self._transport.call(
            operations.GET_CONTRACT_YAML, {"if_none_match": if_none_match}
        )
        return answer

    def get_contract_json(
        self, *, if_none_match: str | None = None
    ) -> models.ContractDocument | None:
        """Read this contract as JSON: ``GET /openapi.json``.

        The same document as `/openapi.yaml`, in JSON, with its references kept.

        - ``if_none_match``: An ETag that the client has; the answer is 304 where it still holds.

        Refused with: 400, 406.
        """
        answer: models.ContractDocument | None = self._transport.call(
            operations.GET_CONTRACT_JSON, {"if_none_match": if_none_match}
        )
        return answer


class SyncLists:
    """The operations that list, each as an iterator over every item of every page."""

    def __init__(self, transport: SyncTransport) -> None:
        self._transport = transport

    def get_agent_session_history(
        self, session_id: str, *, limit: int | None = None, skip: int | None = None
    ) -> Iterator[models.HistoryMessage]:
        """Every item; ``limit`` is for one page. Read a session's history from its start."""
        items: Iterator[models.HistoryMessage] = self._transport.items(
            operations.GET_AGENT_SESSION_HISTORY,
            {"session_id": session_id, "limit": limit, "skip": skip},
        )
        return items

    def get_recent_session_history(
        self, session_id: str, *, limit: int | None = None, skip: int | None = None
    ) -> Iterator[models.HistoryMessage]:
        """Every item, the newest first; ``limit`` is for one page. Read the newest part of a session's history."""
        items: Iterator[models.HistoryMessage] = self._transport.items(
            operations.GET_RECENT_SESSION_HISTORY,
            {"session_id": session_id, "limit": limit, "skip": skip},
        )
        return items

    def list_user_sessions(
        self,
        user_id: str,
        *,
        limit: int | None = None,
        skip: int | None = None,
        sort_by: models.SessionSortField | None = None,
        sort_order: models.SortOrder | None = None,
    ) -> Iterator[models.AgentSession]:
        """Every item; ``limit`` is for one page. List a user's sessions."""
        items: Iterator[models.AgentSession] = self._transport.items(
            operations.LIST_USER_SESSIONS,
            {
                "user_id": user_id,
                "limit": limit,
                "skip": skip,
                "sort_by": sort_by,
                "sort_order": sort_order,
            },
        )
        return items

    def list_agent_sessions(
        self,
        agent_id: str,
        *,
        limit: int | None = None,
        skip: int | None = None,
        sort_by: models.SessionSortField | None = None,
        sort_order: models.SortOrder | None = None,
    ) -> Iterator[models.AgentSession]:
        """Every item; ``limit`` is for one page. List the sessions of an agent."""
        items: Iterator[models.AgentSession] = self._transport.items(
            operations.LIST_AGENT_SESSIONS,
            {
                "agent_id": agent_id,
                "limit": limit,
                "skip": skip,
                "sort_by": sort_by,
                "sort_order": sort_order,
            },
        )
        return items

    def get_agent_session(
        self, session_id: str, *, limit: int | None = None, skip: int | None = None
    ) -> Iterator[models.HistoryMessage]:
        """Every item; ``limit`` is for one page. Read a session with a page of its history."""
        items: Iterator[models.HistoryMessage] = self._transport.items(
            operations.GET_AGENT_SESSION, {"session_id": session_id, "limit": limit, "skip": skip}
        )
        return items

    def get_team_session_history(
        self, session_id: str, *, limit: int | None = None, skip: int | None = None
    ) -> Iterator[models.HistoryMessage]:
        """Every item; ``limit`` is for one page. Read a team session's history from its start."""
        items: Iterator[models.HistoryMessage] = self._transport.items(
            operations.GET_TEAM_SESSION_HISTORY,
            {"session_id": session_id, "limit": limit, "skip": skip},
        )
        return items

    def list_team_sessions(
        self,
        *,
        limit: int | None = None,
        skip: int | None = None,
        sort_by: models.SessionSortField | None = None,
        sort_order: models.SortOrder | None = None,
    ) -> Iterator[models.TeamSession]:
        """Every item; ``limit`` is for one page. List the caller's team sessions."""
        items: Iterator[models.TeamSession] = self._transport.items(
            operations.LIST_TEAM_SESSIONS,
            {"limit": limit, "skip": skip, "sort_by": sort_by, "sort_order": sort_order},
        )
        return items

    def list_standalone_sessions(
        self,
        *,
        limit: int | None = None,
        skip: int | None = None,
        sort_by: models.SessionSortField | None = None,
        sort_order: models.SortOrder | None = None,
    ) -> Iterator[models.AgentSession]:
        """Every item; ``limit`` is for one page. List the caller's standalone sessions."""
        items: Iterator[models.AgentSession] = self._transport.items(
            operations.LIST_STANDALONE_SESSIONS,
            {"limit": limit, "skip": skip, "sort_by": sort_by, "sort_order": sort_order},
        )
        return items

    def list_sessions(
        self, *, limit: int | None = None, profile_id: int | None = None
    ) -> Iterator[models.Session]:
        """Every item; ``limit`` is for one page. List the caller's sessions."""
        items: Iterator[models.Session] = self._transport.items(
            operations.LIST_SESSIONS, {"limit": limit, "profile_id": profile_id}
        )
        return items

    def list_session_messages(
        self, session_id: str, *, limit: int | None = None
    ) -> Iterator[models.Message]:
        """Every item; ``limit`` is for one page. Read all messages of a session."""
        items: Iterator[models.Message] = self._transport.items(
            operations.LIST_SESSION_MESSAGES, {"session_id": session_id, "limit": limit}
        )
        return items

    def list_books(self, *, limit: int | None = None) -> Iterator[models.Book]:
        """Every item; ``limit`` is for one page. List the books."""
        items: Iterator[models.Book] = self._transport.items(
            operations.LIST_BOOKS, {"limit": limit}
        )
        return items

    def list_topics(self, *, limit: int | None = None) -> Iterator[models.Topic]:
        """Every item; ``limit`` is for one page. List the topics."""
        items: Iterator[models.Topic] = self._transport.items(
            operations.LIST_TOPICS, {"limit": limit}
        )
        return items

    def list_agents(self, *, limit: int | None = None) -> Iterator[models.Agent]:
        """Every item; ``limit`` is for one page. List agents."""
        items: Iterator[models.Agent] = self._transport.items(
            operations.LIST_AGENTS, {"limit": limit}
        )
        return items

    def list_profiles(self, *, limit: int | None = None) -> Iterator[models.Profile]:
        """Every item; ``limit`` is for one page. List profiles."""
        items: Iterator[models.Profile] = self._transport.items(
            operations.LIST_PROFILES, {"limit": limit}
        )
        return items
