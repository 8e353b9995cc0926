# Generated from openapi.yaml by `python -m codegen`. Do not edit.
"""What each module of handlers offers: operations, arguments and answers."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

from palaver.auth.principal import Principal
from palaver.contract.reply import ArrayStream, ByteStream, EventStream, Reply
from palaver.models import (
    Agent,
    AgentCreate,
    AgentId,
    AgentIds,
    AgentPage,
    AgentSessionCreated,
    AgentSessionDeleted,
    AgentSessionRenamed,
    AgentSessionReply,
    AgentSessions,
    AgentUpdate,
    Book,
    BookId,
    BookPage,
    ChatMessageCreate,
    ContractDocument,
    Deck,
    DeckSlide,
    DeckUpdate,
    ExportFormat,
    GroundedAnswer,
    GroundedMessageCreate,
    GroundedMessages,
    GroundedSession,
    GroundedSessionCreate,
    Health,
    HistoryUpdate,
    HistoryUpdated,
    Passage,
    PassageId,
    Profile,
    ProfileCreate,
    ProfileId,
    ProfilePage,
    ProfileUpdate,
    Readiness,
    RecentSessionHistory,
    Run,
    RunId,
    Session,
    SessionCleanup,
    SessionCleanupResult,
    SessionCreate,
    SessionHistory,
    SessionId,
    SessionMessageCreate,
    SessionMessages,
    SessionPage,
    SessionSortField,
    SlideId,
    SlideImage,
    SlideImageId,
    SlideInsert,
    SlideMove,
    SlideReplacement,
    SortOrder,
    StandaloneSessions,
    TeamHistoryUpdate,
    TeamHistoryUpdated,
    TeamSessionCreated,
    TeamSessionHistory,
    TeamSessionType,
    TeamSessions,
    Title,
    Topic,
    TopicId,
    TopicPage,
    TopicUpdate,
    Transcript,
    Turn,
    UserId,
    UserSessions,
)

BackendT = TypeVar("BackendT", contravariant=True)
T = TypeVar("T")
Answer: TypeAlias = T | Awaitable[T]
"""A handler is a plain function or an ``async`` one."""


class AgentSessionsOperations(Protocol[BackendT]):
    """The operations of the tag ``agent_sessions``."""

    def create_agent_session(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        idempotency_key: str | None,
        agent_id: AgentId,
        max_context_results: int,
        name: str,
    ) -> Answer[AgentSessionCreated | Reply[AgentSessionCreated]]:
        """Create a session with one agent: ``POST /sessions/create``."""
        ...

    def delete_agent_session(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
    ) -> Answer[AgentSessionDeleted | Reply[AgentSessionDeleted]]:
        """Delete a session: ``DELETE /sessions/delete/{session_id}``."""
        ...

    def get_agent_session_history(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
        limit: int,
        skip: int,
    ) -> Answer[SessionHistory | Reply[SessionHistory]]:
        """Read a session's history from its start: ``GET /sessions/history/{session_id}``."""
        ...

    def update_agent_session_history(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        idempotency_key: str | None,
        session_id: SessionId,
        body: HistoryUpdate,
    ) -> Answer[HistoryUpdated | Reply[HistoryUpdated]]:
        """Add a message to a session's history: ``POST /sessions/history/update/{session_id}``."""
        ...

    def get_recent_session_history(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
        limit: int,
        skip: int,
    ) -> Answer[RecentSessionHistory | Reply[RecentSessionHistory]]:
        """Read the newest part of a session's history: ``GET /sessions/history/recent/{session_id}``."""
        ...

    def list_user_sessions(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        user_id: UserId,
        limit: int,
        skip: int,
        sort_by: SessionSortField,
        sort_order: SortOrder,
    ) -> Answer[UserSessions | Reply[UserSessions]]:
        """List a user's sessions: ``GET /sessions/get_all/{user_id}``."""
        ...

    def list_agent_sessions(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        agent_id: AgentId,
        limit: int,
        skip: int,
        sort_by: SessionSortField,
        sort_order: SortOrder,
    ) -> Answer[AgentSessions | Reply[AgentSessions]]:
        """List the sessions of an agent: ``GET /sessions/get_by_agent/{agent_id}``."""
        ...

    def get_agent_session(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
        limit: int,
        skip: int,
    ) -> Answer[AgentSessionReply | Reply[AgentSessionReply]]:
        """Read a session with a page of its history: ``GET /sessions/get/{session_id}``."""
        ...

    def list_standalone_sessions(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        limit: int,
        skip: int,
        sort_by: SessionSortField,
        sort_order: SortOrder,
    ) -> Answer[StandaloneSessions | Reply[StandaloneSessions]]:
        """List the caller's standalone sessions: ``GET /sessions/get_all_standalone``."""
        ...

    def rename_agent_session(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
        name: Title,
    ) -> Answer[AgentSessionRenamed | Reply[AgentSessionRenamed]]:
        """Rename a session: ``PUT /sessions/rename/{session_id}``."""
        ...


class TeamSessionsOperations(Protocol[BackendT]):
    """The operations of the tag ``team_sessions``."""

    def create_team_session(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        idempotency_key: str | None,
        max_context_results: int,
        session_type: TeamSessionType,
        name: str,
        body: AgentIds,
    ) -> Answer[TeamSessionCreated | Reply[TeamSessionCreated]]:
        """Create a session with several agents: ``POST /sessions/team/create``."""
        ...

    def get_team_session_history(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
        limit: int,
        skip: int,
    ) -> Answer[TeamSessionHistory | Reply[TeamSessionHistory]]:
        """Read a team session's history from its start: ``GET /sessions/team/history/{session_id}``."""
        ...

    def update_team_session_history(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        idempotency_key: str | None,
        session_id: SessionId,
        body: TeamHistoryUpdate,
    ) -> Answer[TeamHistoryUpdated | Reply[TeamHistoryUpdated]]:
        """Add a message to a team session's history: ``POST /sessions/team/history/update/{session_id}``."""
        ...

    def list_team_sessions(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        limit: int,
        skip: int,
        sort_by: SessionSortField,
        sort_order: SortOrder,
    ) -> Answer[TeamSessions | Reply[TeamSessions]]:
        """List the caller's team sessions: ``GET /sessions/get_all_team``."""
        ...


class SessionsOperations(Protocol[BackendT]):
    """The operations of the tag ``sessions``."""

    def list_sessions(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        limit: int,
        cursor: str | None,
        profile_id: ProfileId | None,
    ) -> Answer[SessionPage | Reply[SessionPage]]:
        """List the caller's sessions: ``GET /api/sessions``."""
        ...

    def create_session(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        idempotency_key: str | None,
        body: SessionCreate | None,
    ) -> Answer[Session | Reply[Session]]:
        """Create a session: ``POST /api/sessions``."""
        ...

    def delete_sessions(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        body: SessionCleanup,
    ) -> Answer[SessionCleanupResult | Reply[SessionCleanupResult]]:
        """Delete several sessions at once: ``POST /api/sessions/cleanup``."""
        ...

    def get_session(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
    ) -> Answer[Session | Reply[Session]]:
        """Read a session: ``GET /api/sessions/{session_id}``."""
        ...

    def delete_session(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
    ) -> Answer[None]:
        """Delete a session: ``DELETE /api/sessions/{session_id}``."""
        ...

    def rename_session(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
        title: Title,
    ) -> Answer[Session | Reply[Session]]:
        """Rename a session: ``PATCH /api/sessions/{session_id}``."""
        ...

    def list_session_messages(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
        limit: int,
        cursor: str | None,
    ) -> Answer[SessionMessages | Reply[SessionMessages] | ArrayStream | Reply[ArrayStream]]:
        """Read all messages of a session: ``GET /api/sessions/{session_id}/messages``."""
        ...


class ChatOperations(Protocol[BackendT]):
    """The operations of the tag ``chat``."""

    def send_session_message(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
        idempotency_key: str | None,
        body: SessionMessageCreate,
        media_type: Literal["text/event-stream", "application/json"],
    ) -> Answer[EventStream | Reply[EventStream] | Turn | Reply[Turn]]:
        """Send a message to a session and stream the answer: ``POST /api/sessions/{session_id}/messages``."""
        ...

    def get_run(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
        run_id: RunId,
    ) -> Answer[Run | Reply[Run]]:
        """Read the state of a run: ``GET /api/sessions/{session_id}/runs/{run_id}``."""
        ...

    def stream_run_events(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
        run_id: RunId,
        last_event_id: int,
    ) -> Answer[EventStream | Reply[EventStream] | None | Reply[None]]:
        """Follow the events of a run: ``GET /api/sessions/{session_id}/runs/{run_id}/events``."""
        ...

    def cancel_run(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
        run_id: RunId,
    ) -> Answer[Run | Reply[Run]]:
        """Cancel a run: ``POST /api/sessions/{session_id}/runs/{run_id}/cancel``."""
        ...

    def send_chat_message(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        idempotency_key: str | None,
        body: ChatMessageCreate,
        media_type: Literal["text/event-stream", "application/json"],
    ) -> Answer[EventStream | Reply[EventStream] | Turn | Reply[Turn]]:
        """Send a message and stream the answer: ``POST /api/chat``."""
        ...


class DecksOperations(Protocol[BackendT]):
    """The operations of the tag ``decks``."""

    def get_session_slides(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
    ) -> Answer[Deck | Reply[Deck]]:
        """Read a session's deck: ``GET /api/sessions/{session_id}/slides``."""
        ...

    def insert_slide(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
        idempotency_key: str | None,
        if_match: str,
        body: SlideInsert,
    ) -> Answer[DeckSlide | Reply[DeckSlide]]:
        """Add a slide to a deck: ``POST /api/sessions/{session_id}/slides``."""
        ...

    def update_deck(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
        if_match: str,
        body: DeckUpdate,
    ) -> Answer[Deck | Reply[Deck]]:
        """Change a deck's theme or title: ``PATCH /api/sessions/{session_id}/slides``."""
        ...

    def undo_deck_change(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
        if_match: str,
    ) -> Answer[Deck | Reply[Deck]]:
        """Take back the last change of a deck: ``POST /api/sessions/{session_id}/slides/undo``."""
        ...

    def upload_slide_image(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
        idempotency_key: str | None,
        body: dict[str, Any],
    ) -> Answer[SlideImage | Reply[SlideImage]]:
        """Upload an image for slides: ``POST /api/sessions/{session_id}/slides/images``."""
        ...

    def get_slide_image(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
        image_id: SlideImageId,
        media_type: Literal["image/png", "image/jpeg"],
    ) -> Answer[Reply[bytes] | Reply[ByteStream]]:
        """Read an image of a session: ``GET /api/sessions/{session_id}/slides/images/{image_id}``."""
        ...

    def get_slide(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
        slide_id: SlideId,
    ) -> Answer[DeckSlide | Reply[DeckSlide]]:
        """Read a slide: ``GET /api/sessions/{session_id}/slides/{slide_id}``."""
        ...

    def replace_slide(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
        slide_id: SlideId,
        if_match: str,
        body: SlideReplacement,
    ) -> Answer[DeckSlide | Reply[DeckSlide]]:
        """Replace a slide: ``PUT /api/sessions/{session_id}/slides/{slide_id}``."""
        ...

    def delete_slide(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
        slide_id: SlideId,
        if_match: str,
    ) -> Answer[None | Reply[None]]:
        """Delete a slide: ``DELETE /api/sessions/{session_id}/slides/{slide_id}``."""
        ...

    def move_slide(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
        slide_id: SlideId,
        if_match: str,
        body: SlideMove,
    ) -> Answer[Deck | Reply[Deck]]:
        """Move a slide: ``POST /api/sessions/{session_id}/slides/{slide_id}/move``."""
        ...

    def export_session(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
        format: ExportFormat | None,
        media_type: Literal["application/vnd.openxmlformats-officedocument.presentationml.presentation", "application/pdf"],
    ) -> Answer[Reply[bytes] | Reply[ByteStream]]:
        """Export a session's deck as a file: ``POST /api/sessions/{session_id}/export``."""
        ...

    def get_session_transcript(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: SessionId,
        media_type: Literal["text/markdown", "application/json"],
    ) -> Answer[Reply[bytes] | Reply[ByteStream] | Transcript | Reply[Transcript] | ArrayStream | Reply[ArrayStream]]:
        """Read what was said in a session, as a document: ``GET /api/sessions/{session_id}/transcript``."""
        ...


class GroundedChatOperations(Protocol[BackendT]):
    """The operations of the tag ``grounded_chat``."""

    def create_grounded_session(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        idempotency_key: str | None,
        body: GroundedSessionCreate | None,
    ) -> Answer[GroundedSession | Reply[GroundedSession]]:
        """Create a session that answers from the books: ``POST /api/v1/chat/sessions``."""
        ...

    def delete_grounded_session(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: str,
    ) -> Answer[None]:
        """Delete a session and all its messages: ``DELETE /api/v1/chat/sessions/{sessionId}``."""
        ...

    def list_grounded_messages(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: str,
    ) -> Answer[GroundedMessages | Reply[GroundedMessages] | ArrayStream | Reply[ArrayStream]]:
        """Read all messages of a session: ``GET /api/v1/chat/sessions/{sessionId}/messages``."""
        ...

    def send_grounded_message(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        session_id: str,
        idempotency_key: str | None,
        body: GroundedMessageCreate,
    ) -> Answer[GroundedAnswer | Reply[GroundedAnswer]]:
        """Send a message and get an answer from the books: ``POST /api/v1/chat/sessions/{sessionId}/messages``."""
        ...


class BooksOperations(Protocol[BackendT]):
    """The operations of the tag ``books``."""

    def list_books(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        limit: int,
        cursor: str | None,
    ) -> Answer[BookPage | Reply[BookPage]]:
        """List the books: ``GET /api/v1/books``."""
        ...

    def upload_book(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        idempotency_key: str | None,
        body: dict[str, Any],
    ) -> Answer[Book | Reply[Book]]:
        """Upload a book: ``POST /api/v1/books``."""
        ...

    def get_book(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        book_id: BookId,
    ) -> Answer[Book | Reply[Book]]:
        """Read a book's state: ``GET /api/v1/books/{bookId}``."""
        ...

    def delete_book(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        book_id: BookId,
    ) -> Answer[None]:
        """Delete a book: ``DELETE /api/v1/books/{bookId}``."""
        ...

    def retry_book(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        book_id: BookId,
    ) -> Answer[Book | Reply[Book]]:
        """Take in a book anew that failed: ``POST /api/v1/books/{bookId}/retry``."""
        ...

    def get_passage(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        book_id: BookId,
        passage_id: PassageId,
    ) -> Answer[Passage | Reply[Passage]]:
        """Read a passage that an answer names: ``GET /api/v1/books/{bookId}/passages/{passageId}``."""
        ...


class TopicsOperations(Protocol[BackendT]):
    """The operations of the tag ``topics``."""

    def list_topics(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        limit: int,
        cursor: str | None,
    ) -> Answer[TopicPage | Reply[TopicPage]]:
        """List the topics: ``GET /api/v1/topics``."""
        ...

    def get_topic(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        topic_id: TopicId,
    ) -> Answer[Topic | Reply[Topic]]:
        """Read a topic: ``GET /api/v1/topics/{topicId}``."""
        ...

    def put_topic(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        topic_id: TopicId,
        body: TopicUpdate,
    ) -> Answer[Topic | Reply[Topic]]:
        """Create or change a topic: ``PUT /api/v1/topics/{topicId}``."""
        ...

    def delete_topic(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        topic_id: TopicId,
    ) -> Answer[None]:
        """Delete a topic: ``DELETE /api/v1/topics/{topicId}``."""
        ...


class AgentsOperations(Protocol[BackendT]):
    """The operations of the tag ``agents``."""

    def list_agents(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        limit: int,
        cursor: str | None,
    ) -> Answer[AgentPage | Reply[AgentPage]]:
        """List agents: ``GET /api/agents``."""
        ...

    def create_agent(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        idempotency_key: str | None,
        body: AgentCreate,
    ) -> Answer[Agent | Reply[Agent]]:
        """Create an agent: ``POST /api/agents``."""
        ...

    def get_agent(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        agent_id: AgentId,
    ) -> Answer[Agent | Reply[Agent]]:
        """Read an agent: ``GET /api/agents/{agent_id}``."""
        ...

    def delete_agent(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        agent_id: AgentId,
    ) -> Answer[None]:
        """Delete an agent: ``DELETE /api/agents/{agent_id}``."""
        ...

    def update_agent(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        agent_id: AgentId,
        body: AgentUpdate,
    ) -> Answer[Agent | Reply[Agent]]:
        """Change an agent: ``PATCH /api/agents/{agent_id}``."""
        ...


class ProfilesOperations(Protocol[BackendT]):
    """The operations of the tag ``profiles``."""

    def list_profiles(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        limit: int,
        cursor: str | None,
    ) -> Answer[ProfilePage | Reply[ProfilePage]]:
        """List profiles: ``GET /api/profiles``."""
        ...

    def create_profile(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        idempotency_key: str | None,
        body: ProfileCreate,
    ) -> Answer[Profile | Reply[Profile]]:
        """Create a profile: ``POST /api/profiles``."""
        ...

    def get_profile(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        profile_id: ProfileId,
    ) -> Answer[Profile | Reply[Profile]]:
        """Read a profile: ``GET /api/profiles/{profile_id}``."""
        ...

    def delete_profile(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        profile_id: ProfileId,
    ) -> Answer[None]:
        """Delete a profile: ``DELETE /api/profiles/{profile_id}``."""
        ...

    def update_profile(
        self,
        *,
        principal: Principal,
        backend: BackendT,
        profile_id: ProfileId,
        body: ProfileUpdate,
    ) -> Answer[Profile | Reply[Profile]]:
        """Change a profile: ``PATCH /api/profiles/{profile_id}``."""
        ...


class HealthOperations(Protocol[BackendT]):
    """The operations of the tag ``health``."""

    def check_health(self, *, backend: BackendT) -> Answer[Health | Reply[Health]]:
        """Say whether the server lives: ``GET /healthz``."""
        ...

    def check_readiness(self, *, backend: BackendT) -> Answer[Readiness | Reply[Readiness]]:
        """Say whether the server can work: ``GET /readyz``."""
        ...


class ContractOperations(Protocol[BackendT]):
    """The operations of the tag ``contract``."""

    def get_contract_yaml(
        self,
        *,
        backend: BackendT,
        if_none_match: str | None,
    ) -> Answer[Reply[bytes] | Reply[ByteStream] | Reply[None]]:
        """Read this contract as YAML: ``GET /openapi.yaml``."""
        ...

    def get_contract_json(
        self,
        *,
        backend: BackendT,
        if_none_match: str | None,
    ) -> Answer[Reply[ContractDocument] | Reply[bytes] | Reply[None]]:
        """Read this contract as JSON: ``GET /openapi.json``."""
        ...
