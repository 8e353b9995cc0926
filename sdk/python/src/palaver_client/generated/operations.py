# Generated from openapi.yaml by `python -m codegen`. Do not edit.
"""Every operation of the contract."""

from __future__ import annotations

from typing import Final

from .. import _contract as contract
from . import models

CREATE_AGENT_SESSION: Final = contract.Operation(
    name="create_agent_session",
    method="POST",
    path="/sessions/create",
    auth=("bearer",),
    parameters=(
        contract.Parameter("idempotency_key", "Idempotency-Key", "header"),
        contract.Parameter("agent_id", "agent_id", "query"),
        contract.Parameter("max_context_results", "max_context_results", "query"),
        contract.Parameter("name", "name", "query"),
    ),
    key="idempotency_key",
    answer=models.AgentSessionCreated,
    media_types=("application/json",),
)

DELETE_AGENT_SESSION: Final = contract.Operation(
    name="delete_agent_session",
    method="DELETE",
    path="/sessions/delete/{session_id}",
    auth=("bearer",),
    parameters=(contract.Parameter("session_id", "session_id", "path"),),
    answer=models.AgentSessionDeleted,
    media_types=("application/json",),
)

GET_AGENT_SESSION_HISTORY: Final = contract.Operation(
    name="get_agent_session_history",
    method="GET",
    path="/sessions/history/{session_id}",
    auth=("bearer",),
    parameters=(
        contract.Parameter("session_id", "session_id", "path"),
        contract.Parameter("limit", "limit", "query"),
        contract.Parameter("skip", "skip", "query"),
    ),
    answer=models.SessionHistory,
    media_types=("application/json",),
    paging=contract.Paging(
        item=models.HistoryMessage,
        items=("data", "history"),
        key="id",
        by="skip",
        limit=20,
        total=("data", "total"),
    ),
)

UPDATE_AGENT_SESSION_HISTORY: Final = contract.Operation(
    name="update_agent_session_history",
    method="POST",
    path="/sessions/history/update/{session_id}",
    auth=("bearer",),
    parameters=(
        contract.Parameter("idempotency_key", "Idempotency-Key", "header"),
        contract.Parameter("session_id", "session_id", "path"),
    ),
    key="idempotency_key",
    body=contract.Body(
        media_type="application/json", required=True, fields={"role": "role", "content": "content"}
    ),
    answer=models.HistoryUpdated,
    media_types=("application/json",),
)

GET_RECENT_SESSION_HISTORY: Final = contract.Operation(
    name="get_recent_session_history",
    method="GET",
    path="/sessions/history/recent/{session_id}",
    auth=("bearer",),
    parameters=(
        contract.Parameter("session_id", "session_id", "path"),
        contract.Parameter("limit", "limit", "query"),
        contract.Parameter("skip", "skip", "query"),
    ),
    answer=models.RecentSessionHistory,
    media_types=("application/json",),
    paging=contract.Paging(
        item=models.HistoryMessage,
        items=("data", "history"),
        key="id",
        by="skip",
        limit=20,
        total=("data", "total"),
        from_end=True,
    ),
)

LIST_USER_SESSIONS: Final = contract.Operation(
    name="list_user_sessions",
    method="GET",
    path="/sessions/get_all/{user_id}",
    auth=("bearer",),
    parameters=(
        contract.Parameter("user_id", "user_id", "path"),
        contract.Parameter("limit", "limit", "query"),
        contract.Parameter("skip", "skip", "query"),
        contract.Parameter("sort_by", "sort_by", "query"),
        contract.Parameter("sort_order", "sort_order", "query"),
    ),
    answer=models.UserSessions,
    media_types=("application/json",),
    paging=contract.Paging(
        item=models.AgentSession, items=("data",), key="session_id", by="skip", limit=20
    ),
)

LIST_AGENT_SESSIONS: Final = contract.Operation(
    name="list_agent_sessions",
    method="GET",
    path="/sessions/get_by_agent/{agent_id}",
    auth=("bearer",),
    parameters=(
        contract.Parameter("agent_id", "agent_id", "path"),
        contract.Parameter("limit", "limit", "query"),
        contract.Parameter("skip", "skip", "query"),
        contract.Parameter("sort_by", "sort_by", "query"),
        contract.Parameter("sort_order", "sort_order", "query"),
    ),
    answer=models.AgentSessions,
    media_types=("application/json",),
    paging=contract.Paging(
        item=models.AgentSession, items=("data",), key="session_id", by="skip", limit=20
    ),
)

GET_AGENT_SESSION: Final = contract.Operation(
    name="get_agent_session",
    method="GET",
    path="/sessions/get/{session_id}",
    auth=("bearer",),
    parameters=(
        contract.Parameter("session_id", "session_id", "path"),
        contract.Parameter("limit", "limit", "query"),
        contract.Parameter("skip", "skip", "query"),
    ),
    answer=models.AgentSessionReply,
    media_types=("application/json",),
    paging=contract.Paging(
        item=models.HistoryMessage,
        items=("data", "history"),
        key="id",
        by="skip",
        limit=20,
        total=("data", "message_count"),
    ),
)

CREATE_TEAM_SESSION: Final = contract.Operation(
    name="create_team_session",
    method="POST",
    path="/sessions/team/create",
    auth=("bearer",),
    parameters=(
        contract.Parameter("idempotency_key", "Idempotency-Key", "header"),
        contract.Parameter("max_context_results", "max_context_results", "query"),
        contract.Parameter("session_type", "session_type", "query"),
        contract.Parameter("name", "name", "query"),
    ),
    key="idempotency_key",
    body=contract.Body(media_type="application/json", required=True, argument="agent_ids"),
    answer=models.TeamSessionCreated,
    media_types=("application/json",),
)

GET_TEAM_SESSION_HISTORY: Final = contract.Operation(
    name="get_team_session_history",
    method="GET",
    path="/sessions/team/history/{session_id}",
    auth=("bearer",),
    parameters=(
        contract.Parameter("session_id", "session_id", "path"),
        contract.Parameter("limit", "limit", "query"),
        contract.Parameter("skip", "skip", "query"),
    ),
    answer=models.TeamSessionHistory,
    media_types=("application/json",),
    paging=contract.Paging(
        item=models.HistoryMessage,
        items=("data", "history"),
        key="id",
        by="skip",
        limit=20,
        total=("data", "total"),
    ),
)

UPDATE_TEAM_SESSION_HISTORY: Final = contract.Operation(
    name="update_team_session_history",
    method="POST",
    path="/sessions/team/history/update/{session_id}",
    auth=("bearer",),
    parameters=(
        contract.Parameter("idempotency_key", "Idempotency-Key", "header"),
        contract.Parameter("session_id", "session_id", "path"),
    ),
    key="idempotency_key",
    body=contract.Body(
        media_type="application/json",
        required=True,
        fields={"agent_id": "agent_id", "role": "role", "content": "content", "summary": "summary"},
    ),
    answer=models.TeamHistoryUpdated,
    media_types=("application/json",),
)

LIST_TEAM_SESSIONS: Final = contract.Operation(
    name="list_team_sessions",
    method="GET",
    path="/sessions/get_all_team",
    auth=("bearer",),
    parameters=(
        contract.Parameter("limit", "limit", "query"),
        contract.Parameter("skip", "skip", "query"),
        contract.Parameter("sort_by", "sort_by", "query"),
        contract.Parameter("sort_order", "sort_order", "query"),
    ),
    answer=models.TeamSessions,
    media_types=("application/json",),
    paging=contract.Paging(
        item=models.TeamSession, items=("data",), key="session_id", by="skip", limit=20
    ),
)

LIST_STANDALONE_SESSIONS: Final = contract.Operation(
    name="list_standalone_sessions",
    method="GET",
    path="/sessions/get_all_standalone",
    auth=("bearer",),
    parameters=(
        contract.Parameter("limit", "limit", "query"),
        contract.Parameter("skip", "skip", "query"),
        contract.Parameter("sort_by", "sort_by", "query"),
        contract.Parameter("sort_order", "sort_order", "query"),
    ),
    answer=models.StandaloneSessions,
    media_types=("application/json",),
    paging=contract.Paging(
        item=models.AgentSession, items=("data",), key="session_id", by="skip", limit=20
    ),
)

RENAME_AGENT_SESSION: Final = contract.Operation(
    name="rename_agent_session",
    method="PUT",
    path="/sessions/rename/{session_id}",
    auth=("bearer",),
    parameters=(
        contract.Parameter("session_id", "session_id", "path"),
        contract.Parameter("name", "name", "query"),
    ),
    answer=models.AgentSessionRenamed,
    media_types=("application/json",),
)

LIST_SESSIONS: Final = contract.Operation(
    name="list_sessions",
    method="GET",
    path="/api/sessions",
    auth=("bearer",),
    parameters=(
        contract.Parameter("limit", "limit", "query"),
        contract.Parameter("cursor", "cursor", "query"),
        contract.Parameter("profile_id", "profile_id", "query"),
    ),
    answer=models.SessionPage,
    media_types=("application/json",),
    paging=contract.Paging(
        item=models.Session, items=("sessions",), key="session_id", by="cursor", limit=50
    ),
)

CREATE_SESSION: Final = contract.Operation(
    name="create_session",
    method="POST",
    path="/api/sessions",
    auth=("bearer",),
    parameters=(contract.Parameter("idempotency_key", "Idempotency-Key", "header"),),
    key="idempotency_key",
    body=contract.Body(
        media_type="application/json",
        required=False,
        fields={"title": "title", "profile_id": "profile_id", "profile_name": "profile_name"},
    ),
    answer=models.Session,
    media_types=("application/json",),
)

DELETE_SESSIONS: Final = contract.Operation(
    name="delete_sessions",
    method="POST",
    path="/api/sessions/cleanup",
    auth=("bearer",),
    body=contract.Body(
        media_type="application/json", required=True, fields={"session_ids": "session_ids"}
    ),
    answer=models.SessionCleanupResult,
    media_types=("application/json",),
)

GET_SESSION: Final = contract.Operation(
    name="get_session",
    method="GET",
    path="/api/sessions/{session_id}",
    auth=("bearer",),
    parameters=(contract.Parameter("session_id", "session_id", "path"),),
    answer=models.Session,
    media_types=("application/json",),
)

DELETE_SESSION: Final = contract.Operation(
    name="delete_session",
    method="DELETE",
    path="/api/sessions/{session_id}",
    auth=("bearer",),
    parameters=(contract.Parameter("session_id", "session_id", "path"),),
)

RENAME_SESSION: Final = contract.Operation(
    name="rename_session",
    method="PATCH",
    path="/api/sessions/{session_id}",
    auth=("bearer",),
    parameters=(
        contract.Parameter("session_id", "session_id", "path"),
        contract.Parameter("title", "title", "query"),
    ),
    answer=models.Session,
    media_types=("application/json",),
)

LIST_SESSION_MESSAGES: Final = contract.Operation(
    name="list_session_messages",
    method="GET",
    path="/api/sessions/{session_id}/messages",
    auth=("bearer",),
    parameters=(
        contract.Parameter("session_id", "session_id", "path"),
        contract.Parameter("limit", "limit", "query"),
        contract.Parameter("cursor", "cursor", "query"),
    ),
    answer=models.SessionMessages,
    media_types=("application/json",),
    paging=contract.Paging(
        item=models.Message, items=("messages",), key="id", by="cursor", limit=10000
    ),
)

GET_RUN: Final = contract.Operation(
    name="get_run",
    method="GET",
    path="/api/sessions/{session_id}/runs/{run_id}",
    auth=("bearer",),
    parameters=(
        contract.Parameter("session_id", "session_id", "path"),
        contract.Parameter("run_id", "run_id", "path"),
    ),
    answer=models.Run,
    media_types=("application/json",),
)

STREAM_RUN_EVENTS: Final = contract.Operation(
    name="stream_run_events",
    method="GET",
    path="/api/sessions/{session_id}/runs/{run_id}/events",
    auth=("bearer",),
    parameters=(
        contract.Parameter("session_id", "session_id", "path"),
        contract.Parameter("run_id", "run_id", "path"),
        contract.Parameter("last_event_id", "Last-Event-ID", "header"),
    ),
    streaming=contract.Streaming(
        event=models.RunEvent,
        types=frozenset(
            (
                "message.started",
                "message.delta",
                "message.source",
                "message.completed",
                "deck.updated",
                "session.titled",
                "error",
                "done",
            )
        ),
        last="done",
        after="last_event_id",
    ),
)

CANCEL_RUN: Final = contract.Operation(
    name="cancel_run",
    method="POST",
    path="/api/sessions/{session_id}/runs/{run_id}/cancel",
    auth=("bearer",),
    parameters=(
        contract.Parameter("session_id", "session_id", "path"),
        contract.Parameter("run_id", "run_id", "path"),
    ),
    answer=models.Run,
    media_types=("application/json",),
)

GET_SESSION_SLIDES: Final = contract.Operation(
    name="get_session_slides",
    method="GET",
    path="/api/sessions/{session_id}/slides",
    auth=("bearer",),
    parameters=(contract.Parameter("session_id", "session_id", "path"),),
    answer=models.Deck,
    media_types=("application/json",),
)

INSERT_SLIDE: Final = contract.Operation(
    name="insert_slide",
    method="POST",
    path="/api/sessions/{session_id}/slides",
    auth=("bearer",),
    parameters=(
        contract.Parameter("session_id", "session_id", "path"),
        contract.Parameter("idempotency_key", "Idempotency-Key", "header"),
        contract.Parameter("if_match", "If-Match", "header"),
    ),
    key="idempotency_key",
    body=contract.Body(
        media_type="application/json",
        required=True,
        fields={"content": "content", "position": "position"},
    ),
    answer=models.DeckSlide,
    media_types=("application/json",),
)

UPDATE_DECK: Final = contract.Operation(
    name="update_deck",
    method="PATCH",
    path="/api/sessions/{session_id}/slides",
    auth=("bearer",),
    parameters=(
        contract.Parameter("session_id", "session_id", "path"),
        contract.Parameter("if_match", "If-Match", "header"),
    ),
    body=contract.Body(
        media_type="application/json", required=True, fields={"theme": "theme", "title": "title"}
    ),
    answer=models.Deck,
    media_types=("application/json",),
)

UNDO_DECK_CHANGE: Final = contract.Operation(
    name="undo_deck_change",
    method="POST",
    path="/api/sessions/{session_id}/slides/undo",
    auth=("bearer",),
    parameters=(
        contract.Parameter("session_id", "session_id", "path"),
        contract.Parameter("if_match", "If-Match", "header"),
    ),
    answer=models.Deck,
    media_types=("application/json",),
)

UPLOAD_SLIDE_IMAGE: Final = contract.Operation(
    name="upload_slide_image",
    method="POST",
    path="/api/sessions/{session_id}/slides/images",
    auth=("bearer",),
    parameters=(
        contract.Parameter("session_id", "session_id", "path"),
        contract.Parameter("idempotency_key", "Idempotency-Key", "header"),
    ),
    key="idempotency_key",
    body=contract.Body(
        media_type="multipart/form-data",
        required=True,
        fields={"file": "file"},
        files=frozenset(("file",)),
    ),
    answer=models.SlideImage,
    media_types=("application/json",),
)

GET_SLIDE_IMAGE: Final = contract.Operation(
    name="get_slide_image",
    method="GET",
    path="/api/sessions/{session_id}/slides/images/{image_id}",
    auth=("bearer",),
    parameters=(
        contract.Parameter("session_id", "session_id", "path"),
        contract.Parameter("image_id", "image_id", "path"),
    ),
    media_types=("image/png", "image/jpeg"),
)

GET_SLIDE: Final = contract.Operation(
    name="get_slide",
    method="GET",
    path="/api/sessions/{session_id}/slides/{slide_id}",
    auth=("bearer",),
    parameters=(
        contract.Parameter("session_id", "session_id", "path"),
        contract.Parameter("slide_id", "slide_id", "path"),
    ),
    answer=models.DeckSlide,
    media_types=("application/json",),
)

REPLACE_SLIDE: Final = contract.Operation(
    name="replace_slide",
    method="PUT",
    path="/api/sessions/{session_id}/slides/{slide_id}",
    auth=("bearer",),
    parameters=(
        contract.Parameter("session_id", "session_id", "path"),
        contract.Parameter("slide_id", "slide_id", "path"),
        contract.Parameter("if_match", "If-Match", "header"),
    ),
    body=contract.Body(media_type="application/json", required=True, fields={"content": "content"}),
    answer=models.DeckSlide,
    media_types=("application/json",),
)

DELETE_SLIDE: Final = contract.Operation(
    name="delete_slide",
    method="DELETE",
    path="/api/sessions/{session_id}/slides/{slide_id}",
    auth=("bearer",),
    parameters=(
        contract.Parameter("session_id", "session_id", "path"),
        contract.Parameter("slide_id", "slide_id", "path"),
        contract.Parameter("if_match", "If-Match", "header"),
    ),
)

MOVE_SLIDE: Final = contract.Operation(
    name="move_slide",
    method="POST",
    path="/api/sessions/{session_id}/slides/{slide_id}/move",
    auth=("bearer",),
    parameters=(
        contract.Parameter("session_id", "session_id", "path"),
        contract.Parameter("slide_id", "slide_id", "path"),
        contract.Parameter("if_match", "If-Match", "header"),
    ),
    body=contract.Body(
        media_type="application/json", required=True, fields={"position": "position"}
    ),
    answer=models.Deck,
    media_types=("application/json",),
)

EXPORT_SESSION: Final = contract.Operation(
    name="export_session",
    method="POST",
    path="/api/sessions/{session_id}/export",
    auth=("bearer",),
    parameters=(
        contract.Parameter("session_id", "session_id", "path"),
        contract.Parameter("format", "format", "query"),
    ),
    media_types=(
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/pdf",
    ),
)

GET_SESSION_TRANSCRIPT: Final = contract.Operation(
    name="get_session_transcript",
    method="GET",
    path="/api/sessions/{session_id}/transcript",
    auth=("bearer",),
    parameters=(contract.Parameter("session_id", "session_id", "path"),),
    answer=models.Transcript,
    media_types=("application/json", "text/markdown"),
)

CREATE_GROUNDED_SESSION: Final = contract.Operation(
    name="create_grounded_session",
    method="POST",
    path="/api/v1/chat/sessions",
    auth=("basic",),
    parameters=(contract.Parameter("idempotency_key", "Idempotency-Key", "header"),),
    key="idempotency_key",
    body=contract.Body(
        media_type="application/json", required=False, fields={"topic_id": "topicId"}
    ),
    answer=models.GroundedSession,
    media_types=("application/json",),
)

DELETE_GROUNDED_SESSION: Final = contract.Operation(
    name="delete_grounded_session",
    method="DELETE",
    path="/api/v1/chat/sessions/{sessionId}",
    auth=("basic",),
    parameters=(contract.Parameter("session_id", "sessionId", "path"),),
)

LIST_GROUNDED_MESSAGES: Final = contract.Operation(
    name="list_grounded_messages",
    method="GET",
    path="/api/v1/chat/sessions/{sessionId}/messages",
    auth=("basic",),
    parameters=(contract.Parameter("session_id", "sessionId", "path"),),
    answer=list[models.GroundedMessage],
    media_types=("application/json",),
)

SEND_GROUNDED_MESSAGE: Final = contract.Operation(
    name="send_grounded_message",
    method="POST",
    path="/api/v1/chat/sessions/{sessionId}/messages",
    auth=("basic",),
    parameters=(
        contract.Parameter("session_id", "sessionId", "path"),
        contract.Parameter("idempotency_key", "Idempotency-Key", "header"),
    ),
    key="idempotency_key",
    body=contract.Body(media_type="application/json", required=True, fields={"content": "content"}),
    answer=models.GroundedAnswer,
    media_types=("application/json",),
)

LIST_BOOKS: Final = contract.Operation(
    name="list_books",
    method="GET",
    path="/api/v1/books",
    auth=("basic", "bearer"),
    parameters=(
        contract.Parameter("limit", "limit", "query"),
        contract.Parameter("cursor", "cursor", "query"),
    ),
    answer=models.BookPage,
    media_types=("application/json",),
    paging=contract.Paging(
        item=models.Book,
        items=("books",),
        key="bookId",
        by="cursor",
        limit=50,
        next=("nextCursor",),
    ),
)

UPLOAD_BOOK: Final = contract.Operation(
    name="upload_book",
    method="POST",
    path="/api/v1/books",
    auth=("basic", "bearer"),
    parameters=(contract.Parameter("idempotency_key", "Idempotency-Key", "header"),),
    key="idempotency_key",
    body=contract.Body(
        media_type="multipart/form-data",
        required=True,
        fields={"file": "file", "title": "title", "author": "author"},
        files=frozenset(("file",)),
    ),
    answer=models.Book,
    media_types=("application/json",),
)

GET_BOOK: Final = contract.Operation(
    name="get_book",
    method="GET",
    path="/api/v1/books/{bookId}",
    auth=("basic", "bearer"),
    parameters=(contract.Parameter("book_id", "bookId", "path"),),
    answer=models.Book,
    media_types=("application/json",),
)

DELETE_BOOK: Final = contract.Operation(
    name="delete_book",
    method="DELETE",
    path="/api/v1/books/{bookId}",
    auth=("basic", "bearer"),
    parameters=(contract.Parameter("book_id", "bookId", "path"),),
)

RETRY_BOOK: Final = contract.Operation(
    name="retry_book",
    method="POST",
    path="/api/v1/books/{bookId}/retry",
    auth=("basic", "bearer"),
    parameters=(contract.Parameter("book_id", "bookId", "path"),),
    answer=models.Book,
    media_types=("application/json",),
)

GET_PASSAGE: Final = contract.Operation(
    name="get_passage",
    method="GET",
    path="/api/v1/books/{bookId}/passages/{passageId}",
    auth=("basic", "bearer"),
    parameters=(
        contract.Parameter("book_id", "bookId", "path"),
        contract.Parameter("passage_id", "passageId", "path"),
    ),
    answer=models.Passage,
    media_types=("application/json",),
)

LIST_TOPICS: Final = contract.Operation(
    name="list_topics",
    method="GET",
    path="/api/v1/topics",
    auth=("basic", "bearer"),
    parameters=(
        contract.Parameter("limit", "limit", "query"),
        contract.Parameter("cursor", "cursor", "query"),
    ),
    answer=models.TopicPage,
    media_types=("application/json",),
    paging=contract.Paging(
        item=models.Topic,
        items=("topics",),
        key="topicId",
        by="cursor",
        limit=50,
        next=("nextCursor",),
    ),
)

GET_TOPIC: Final = contract.Operation(
    name="get_topic",
    method="GET",
    path="/api/v1/topics/{topicId}",
    auth=("basic", "bearer"),
    parameters=(contract.Parameter("topic_id", "topicId", "path"),),
    answer=models.Topic,
    media_types=("application/json",),
)

PUT_TOPIC: Final = contract.Operation(
    name="put_topic",
    method="PUT",
    path="/api/v1/topics/{topicId}",
    auth=("basic", "bearer"),
    parameters=(contract.Parameter("topic_id", "topicId", "path"),),
    body=contract.Body(
        media_type="application/json",
        required=True,
        fields={"title": "title", "search_terms": "searchTerms"},
    ),
    answer=models.Topic,
    media_types=("application/json",),
)

DELETE_TOPIC: Final = contract.Operation(
    name="delete_topic",
    method="DELETE",
    path="/api/v1/topics/{topicId}",
    auth=("basic", "bearer"),
    parameters=(contract.Parameter("topic_id", "topicId", "path"),),
)

LIST_AGENTS: Final = contract.Operation(
    name="list_agents",
    method="GET",
    path="/api/agents",
    auth=("bearer",),
    parameters=(
        contract.Parameter("limit", "limit", "query"),
        contract.Parameter("cursor", "cursor", "query"),
    ),
    answer=models.AgentPage,
    media_types=("application/json",),
    paging=contract.Paging(
        item=models.Agent, items=("agents",), key="agent_id", by="cursor", limit=50
    ),
)

CREATE_AGENT: Final = contract.Operation(
    name="create_agent",
    method="POST",
    path="/api/agents",
    auth=("bearer",),
    parameters=(contract.Parameter("idempotency_key", "Idempotency-Key", "header"),),
    key="idempotency_key",
    body=contract.Body(
        media_type="application/json",
        required=True,
        fields={
            "agent_id": "agent_id",
            "name": "name",
            "description": "description",
            "instructions": "instructions",
        },
    ),
    answer=models.Agent,
    media_types=("application/json",),
)

GET_AGENT: Final = contract.Operation(
    name="get_agent",
    method="GET",
    path="/api/agents/{agent_id}",
    auth=("bearer",),
    parameters=(contract.Parameter("agent_id", "agent_id", "path"),),
    answer=models.Agent,
    media_types=("application/json",),
)

DELETE_AGENT: Final = contract.Operation(
    name="delete_agent",
    method="DELETE",
    path="/api/agents/{agent_id}",
    auth=("bearer",),
    parameters=(contract.Parameter("agent_id", "agent_id", "path"),),
)

UPDATE_AGENT: Final = contract.Operation(
    name="update_agent",
    method="PATCH",
    path="/api/agents/{agent_id}",
    auth=("bearer",),
    parameters=(contract.Parameter("agent_id", "agent_id", "path"),),
    body=contract.Body(
        media_type="application/json",
        required=True,
        fields={"name": "name", "description": "description", "instructions": "instructions"},
    ),
    answer=models.Agent,
    media_types=("application/json",),
)

LIST_PROFILES: Final = contract.Operation(
    name="list_profiles",
    method="GET",
    path="/api/profiles",
    auth=("bearer",),
    parameters=(
        contract.Parameter("limit", "limit", "query"),
        contract.Parameter("cursor", "cursor", "query"),
    ),
    answer=models.ProfilePage,
    media_types=("application/json",),
    paging=contract.Paging(
        item=models.Profile, items=("profiles",), key="profile_id", by="cursor", limit=50
    ),
)

CREATE_PROFILE: Final = contract.Operation(
    name="create_profile",
    method="POST",
    path="/api/profiles",
    auth=("bearer",),
    parameters=(contract.Parameter("idempotency_key", "Idempotency-Key", "header"),),
    key="idempotency_key",
    body=contract.Body(
        media_type="application/json",
        required=True,
        fields={"name": "name", "description": "description", "instructions": "instructions"},
    ),
    answer=models.Profile,
    media_types=("application/json",),
)

GET_PROFILE: Final = contract.Operation(
    name="get_profile",
    method="GET",
    path="/api/profiles/{profile_id}",
    auth=("bearer",),
    parameters=(contract.Parameter("profile_id", "profile_id", "path"),),
    answer=models.Profile,
    media_types=("application/json",),
)

DELETE_PROFILE: Final = contract.Operation(
    name="delete_profile",
    method="DELETE",
    path="/api/profiles/{profile_id}",
    auth=("bearer",),
    parameters=(contract.Parameter("profile_id", "profile_id", "path"),),
)

UPDATE_PROFILE: Final = contract.Operation(
    name="update_profile",
    method="PATCH",
    path="/api/profiles/{profile_id}",
    auth=("bearer",),
    parameters=(contract.Parameter("profile_id", "profile_id", "path"),),
    body=contract.Body(
        media_type="application/json",
        required=True,
        fields={"name": "name", "description": "description", "instructions": "instructions"},
    ),
    answer=models.Profile,
    media_types=("application/json",),
)

CHECK_HEALTH: Final = contract.Operation(
    name="check_health",
    method="GET",
    path="/healthz",
    answer=models.Health,
    media_types=("application/json",),
)

CHECK_READINESS: Final = contract.Operation(
    name="check_readiness",
    method="GET",
    path="/readyz",
    answer=models.Readiness,
    media_types=("application/json",),
)

GET_CONTRACT_YAML: Final = contract.Operation(
    name="get_contract_yaml",
    method="GET",
    path="/openapi.yaml",
    parameters=(contract.Parameter("if_none_match", "If-None-Match", "header"),),
    media_types=("application/yaml",),
)

GET_CONTRACT_JSON: Final = contract.Operation(
    name="get_contract_json",
    method="GET",
    path="/openapi.json",
    parameters=(contract.Parameter("if_none_match", "If-None-Match", "header"),),
    answer=models.ContractDocument,
    media_types=("application/json",),
)

SEND_SESSION_MESSAGE: Final = contract.Operation(
    name="send_session_message",
    method="POST",
    path="/api/sessions/{session_id}/messages",
    auth=("bearer",),
    parameters=(
        contract.Parameter("session_id", "session_id", "path"),
        contract.Parameter("idempotency_key", "Idempotency-Key", "header"),
    ),
    key="idempotency_key",
    body=contract.Body(media_type="application/json", required=True, fields={"message": "message"}),
    answer=models.Turn,
    media_types=("application/json",),
    streaming=contract.Streaming(
        event=models.RunEvent,
        types=frozenset(
            (
                "message.started",
                "message.delta",
                "message.source",
                "message.completed",
                "deck.updated",
                "session.titled",
                "error",
                "done",
            )
        ),
        last="done",
        resume=STREAM_RUN_EVENTS,
        arguments={"session_id": ("path", "session_id"), "run_id": ("header", "X-Run-Id")},
    ),
)

SEND_CHAT_MESSAGE: Final = contract.Operation(
    name="send_chat_message",
    method="POST",
    path="/api/chat",
    auth=("bearer",),
    parameters=(contract.Parameter("idempotency_key", "Idempotency-Key", "header"),),
    key="idempotency_key",
    body=contract.Body(
        media_type="application/json",
        required=True,
        fields={"session_id": "session_id", "message": "message"},
    ),
    answer=models.Turn,
    media_types=("application/json",),
    streaming=contract.Streaming(
        event=models.RunEvent,
        types=frozenset(
            (
                "message.started",
                "message.delta",
                "message.source",
                "message.completed",
                "deck.updated",
                "session.titled",
                "error",
                "done",
            )
        ),
        last="done",
        resume=STREAM_RUN_EVENTS,
        arguments={"session_id": ("body", "session_id"), "run_id": ("header", "X-Run-Id")},
    ),
)
