# Generated from openapi.yaml by `python -m codegen`. Do not edit.

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypeAlias

from msgspec import UNSET, Struct, UnsetType, field


class Agent(Struct, gc=False, kw_only=True):
    """An agent of the catalogue."""

    agent_id: AgentId
    name: Title
    description: str | None
    instructions: str | None
    created_by: UserId
    created_at: Timestamp
    updated_at: Timestamp


class AgentCreate(Struct, gc=False, kw_only=True):
    """An agent to add to the catalogue."""

    name: Title
    agent_id: AgentId | UnsetType = UNSET
    description: str | None | UnsetType = UNSET
    instructions: str | None | UnsetType = UNSET


AgentId: TypeAlias = str


AgentIds: TypeAlias = list[AgentId]
"""The agents of a team, in their order."""


class AgentPage(Struct, gc=False, kw_only=True):
    """A page of agents."""

    agents: list[Agent]
    count: int
    next_cursor: str | None


class AgentSession(Struct, gc=False, kw_only=True):
    """A session as the operations under `/sessions/` show it."""

    session_id: SessionId
    name: Title
    session_type: SessionType
    agent_id: str | None
    agents: list[Participant]
    user_id: str | None
    max_context_results: int
    created_at: Timestamp
    updated_at: Timestamp
    last_active: Timestamp
    message_count: int


class AgentSessionCreated(Struct, gc=False, kw_only=True):
    """A session was created."""

    message: Literal["Chat session created successfully."]
    session_id: SessionId


class AgentSessionDeleted(Struct, gc=False, kw_only=True):
    """A session was deleted."""

    message: Literal["Chat session deleted successfully."]


class AgentSessionDetails(Struct, gc=False, kw_only=True):
    """A session with a page of its history."""

    session_id: SessionId
    name: Title
    session_type: SessionType
    agent_id: str | None
    agents: list[Participant]
    user_id: str | None
    max_context_results: int
    created_at: Timestamp
    updated_at: Timestamp
    last_active: Timestamp
    message_count: int
    history: list[HistoryMessage]


class AgentSessionRenamed(Struct, gc=False, kw_only=True):
    """A session was renamed."""

    message: Literal["Session renamed successfully."]


class AgentSessionReply(Struct, gc=False, kw_only=True):
    """A session with a page of its history."""

    message: Literal["Session details retrieved successfully."]
    data: AgentSessionDetails


class AgentSessions(Struct, gc=False, kw_only=True):
    """A page of an agent's sessions."""

    message: Literal["Agent sessions retrieved successfully."]
    data: list[AgentSession]


class AgentUpdate(Struct, gc=False, kw_only=True):
    """The fields of an agent to change."""

    name: Title | UnsetType = UNSET
    description: str | None | UnsetType = UNSET
    instructions: str | None | UnsetType = UNSET


class Book(Struct, gc=False, kw_only=True):
    """A book of the library."""

    book_id: BookId = field(name="bookId")
    title: BookTitle
    author: str | None
    file_name: str = field(name="fileName")
    media_type: str = field(name="mediaType")
    size: int
    status: BookStatus
    reason: str | None
    progress: int
    page_count: int = field(name="pageCount")
    created_at: Timestamp = field(name="createdAt")
    updated_at: Timestamp = field(name="updatedAt")


class BookConflict(Struct, gc=False, kw_only=True):
    """The library has the book that was uploaded."""

    error: str
    book_id: BookId = field(name="bookId")


BookId: TypeAlias = str


class BookPage(Struct, gc=False, kw_only=True):
    """A page of the list of books."""

    books: list[Book]
    next_cursor: str | None = field(name="nextCursor")


BookStatus: TypeAlias = Literal["PROCESSING", "READY", "FAILED"]


BookTitle: TypeAlias = str


class BookUpload(Struct, gc=False, kw_only=True):
    """A book to take in."""

    file: bytes
    title: str | UnsetType = UNSET
    author: str | UnsetType = UNSET


class Bullet(Struct, gc=False, kw_only=True):
    """A bullet, which may stand below another."""

    text: BulletText
    level: int = 0


BulletText: TypeAlias = str


class BulletsSlide(Struct, gc=False, kw_only=True, tag_field="layout", tag="bullets"):
    """A slide with a list."""

    title: SlideTitle
    bullets: list[Bullet]
    notes: SlideNotes | UnsetType = UNSET


CellText: TypeAlias = str


class ChatMessageCreate(Struct, gc=False, kw_only=True):
    """A message to a session."""

    session_id: SessionId
    message: UserMessage


class CodeSlide(Struct, gc=False, kw_only=True, tag_field="layout", tag="code"):
    """A slide with code."""

    title: SlideTitle
    code: str
    language: str | UnsetType = UNSET
    notes: SlideNotes | UnsetType = UNSET


class Column(Struct, gc=False, kw_only=True):
    """A column of a slide."""

    bullets: list[Bullet]
    heading: str | UnsetType = UNSET


class ContractDocument(Struct, gc=False, kw_only=True):
    """An OpenAPI document."""

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]


class Deck(Struct, gc=False, kw_only=True):
    """A session's deck."""

    session_id: SessionId
    title: Title
    theme: Theme
    version: int
    updated_at: Timestamp
    slide_deck: SlideDeck


class DeckSlide(Struct, gc=False, kw_only=True):
    """A slide of a deck."""

    slide_id: SlideId
    html: str
    content: SlideContent


class DeckUpdate(Struct, gc=False, kw_only=True):
    """The fields of a deck to change."""

    theme: Theme | UnsetType = UNSET
    title: Title | UnsetType = UNSET


class DeckUpdated(Struct, gc=False, kw_only=True, tag_field="type", tag="deck.updated"):
    """The session's deck was made or changed by the answer that is being written, and is stored as
    it is now. There is one event for each version, however many slides it touches.
    """

    version: int
    title: Title
    theme: Theme
    slide_ids: list[SlideId]
    changed_slide_ids: list[SlideId]


class ErrorSentence(Struct, gc=False, kw_only=True):
    """An error of the operations under `/api/v1/`."""

    error: str


ExportFormat: TypeAlias = Literal["pptx", "pdf"]


class GroundedAnswer(Struct, gc=False, kw_only=True):
    """An answer, with the pages that it rests on."""

    id: MessageId
    role: Literal["ASSISTANT"]
    content: MessageText
    sources: PageSources
    created_at: Timestamp = field(name="createdAt")


class GroundedMessage(Struct, gc=False, kw_only=True):
    """A message of a history. An answer always has `sources`, a user's message never."""

    id: MessageId
    role: GroundedRole
    content: MessageText
    created_at: Timestamp = field(name="createdAt")
    sources: PageSources | UnsetType = UNSET


class GroundedMessageCreate(Struct, gc=False, kw_only=True):
    """What the user says."""

    content: UserMessage


GroundedMessages: TypeAlias = list[GroundedMessage]
"""The messages of a session, oldest first."""


GroundedRole: TypeAlias = Literal["USER", "ASSISTANT"]


class GroundedSession(Struct, gc=False, kw_only=True):
    """A session that answers from the books."""

    session_id: str = field(name="sessionId")
    topic_id: str | None = field(name="topicId")
    created_at: Timestamp = field(name="createdAt")


class GroundedSessionCreate(Struct, gc=False, kw_only=True):
    """A session to create."""

    topic_id: str | None | UnsetType = field(name="topicId", default=UNSET)


class Health(Struct, gc=False, kw_only=True):
    """The server lives."""

    status: Literal["ok"]


class HistoryMessage(Struct, gc=False, kw_only=True):
    """A message of a session's history."""

    id: MessageId
    seq: int
    role: Role
    content: MessageText
    agent_id: str | None
    agent_name: str | None
    summary: bool
    status: MessageStatus
    sources: Sources
    created_at: Timestamp


class HistoryPage(Struct, gc=False, kw_only=True):
    """A page of a session's history."""

    history: list[HistoryMessage]
    total: int
    skip: int
    limit: int


class HistoryUpdate(Struct, gc=False, kw_only=True):
    """A message to add to a session."""

    role: Literal["user", "assistant"]
    content: MessageContent


class HistoryUpdated(Struct, gc=False, kw_only=True):
    """A message was added."""

    message: Literal["Session history updated successfully."]


class ImageSlide(Struct, gc=False, kw_only=True, tag_field="layout", tag="image"):
    """A slide with an image."""

    title: SlideTitle
    image_id: SlideImageId
    alt: str
    caption: str | UnsetType = UNSET
    notes: SlideNotes | UnsetType = UNSET


class InvalidField(Struct, gc=False, kw_only=True):
    """One thing that is not valid."""

    pointer: str
    message: str


class Message(Struct, gc=False, kw_only=True):
    """A message as the operations under `/api/` show it."""

    id: MessageId
    seq: int
    role: Role
    content: MessageText
    agent_id: str | None
    agent_name: str | None
    summary: bool
    status: MessageStatus
    run_id: str | None
    input_tokens: int | None
    output_tokens: int | None
    sources: Sources
    timestamp: Timestamp


class MessageCompleted(Struct, gc=False, kw_only=True, tag_field="type", tag="message.completed"):
    """An answer has ended. Its content is the texts of all its deltas together."""

    message: Message


MessageContent: TypeAlias = str


class MessageDelta(Struct, gc=False, kw_only=True, tag_field="type", tag="message.delta"):
    """The next piece of an answer."""

    message_id: MessageId
    text: str


MessageId: TypeAlias = str


class MessageSource(Struct, gc=False, kw_only=True, tag_field="type", tag="message.source"):
    """A passage that the answer rests on. It comes before the answer's end, and is part of the message."""

    message_id: MessageId
    source: Source


class MessageStarted(Struct, gc=False, kw_only=True, tag_field="type", tag="message.started"):
    """An answer begins."""

    run_id: RunId
    message_id: MessageId
    agent_id: str | None
    agent_name: str | None
    summary: bool


MessageStatus: TypeAlias = Literal["in_progress", "complete", "cancelled", "failed"]


MessageText: TypeAlias = str


PageNumber: TypeAlias = int


class PageSource(Struct, gc=False, kw_only=True):
    """A page of a book."""

    book_title: BookTitle = field(name="bookTitle")
    page: PageNumber


PageSources: TypeAlias = list[PageSource]
"""The pages that an answer rests on, each once."""


class Participant(Struct, gc=False, kw_only=True):
    """An agent of a session, with the name that it had when the session was created."""

    agent_id: AgentId
    name: str


class Passage(Struct, gc=False, kw_only=True):
    """A piece of a book's page."""

    passage_id: PassageId = field(name="passageId")
    book_id: BookId = field(name="bookId")
    book_title: BookTitle = field(name="bookTitle")
    page: PageNumber
    text: str


PassageId: TypeAlias = str


class Problem(Struct, gc=False, kw_only=True):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    instance: str
    detail: str | UnsetType = UNSET
    run_id: str | UnsetType = UNSET
    errors: list[InvalidField] | UnsetType = UNSET


class Profile(Struct, gc=False, kw_only=True):
    """A profile of the catalogue."""

    profile_id: ProfileId
    name: Title
    description: str | None
    instructions: str | None
    created_by: UserId
    created_at: Timestamp
    updated_at: Timestamp


class ProfileCreate(Struct, gc=False, kw_only=True):
    """A profile to add to the catalogue."""

    name: Title
    description: str | None | UnsetType = UNSET
    instructions: str | None | UnsetType = UNSET


ProfileId: TypeAlias = int


class ProfilePage(Struct, gc=False, kw_only=True):
    """A page of profiles."""

    profiles: list[Profile]
    count: int
    next_cursor: str | None


class ProfileUpdate(Struct, gc=False, kw_only=True):
    """The fields of a profile to change."""

    name: Title | UnsetType = UNSET
    description: str | None | UnsetType = UNSET
    instructions: str | None | UnsetType = UNSET


class QuoteSlide(Struct, gc=False, kw_only=True, tag_field="layout", tag="quote"):
    """A slide with a quotation."""

    quote: str
    attribution: str | UnsetType = UNSET
    notes: SlideNotes | UnsetType = UNSET


class Readiness(Struct, gc=False, kw_only=True):
    """The server can work."""

    status: Literal["ready"]


class RecentSessionHistory(Struct, gc=False, kw_only=True):
    """The newest part of a session's history."""

    message: Literal["Recent session history retrieved successfully."]
    data: HistoryPage


Role: TypeAlias = Literal["user", "assistant"]


class Run(Struct, gc=False, kw_only=True):
    """The state of a turn."""

    run_id: RunId
    session_id: SessionId
    status: RunStatus
    message_id: MessageId
    last_event_id: int
    error_code: str | None
    error_detail: str | None
    created_at: Timestamp
    ended_at: datetime | None


class RunDone(Struct, gc=False, kw_only=True, tag_field="type", tag="done"):
    """Nothing more will come."""


class RunError(Struct, gc=False, kw_only=True, tag_field="type", tag="error"):
    """The turn failed. Codes: `provider_unreachable`, `provider_refused`, `provider_error`,
    `provider_timeout`, `provider_cut` and `provider_invalid` are about the model's server,
    `rate_limited` is its 429, `answer_too_long` is an answer beyond the limit of a message,
    `deck_changed` is a deck that others kept changing while the turn wanted to change it,
    `interrupted` is a server that stopped, `internal_error` is a mistake of this server.
    """

    code: str
    detail: str
    message_id: str | None


RunId: TypeAlias = str


RunStatus: TypeAlias = Literal["running", "completed", "cancelled", "failed"]


class SectionSlide(Struct, gc=False, kw_only=True, tag_field="layout", tag="section"):
    """A slide that opens a part of a deck."""

    title: SlideTitle
    subtitle: str | UnsetType = UNSET
    notes: SlideNotes | UnsetType = UNSET


class Session(Struct, gc=False, kw_only=True):
    """A session as the operations under `/api/` show it."""

    session_id: SessionId
    title: Title
    created_by: str | None
    visibility: Visibility
    session_type: SessionType
    profile_id: int | None
    profile_name: str | None
    created_at: Timestamp
    updated_at: Timestamp
    last_activity: Timestamp
    message_count: int


class SessionCleanup(Struct, gc=False, kw_only=True):
    """Sessions to delete."""

    session_ids: list[SessionId]


class SessionCleanupResult(Struct, gc=False, kw_only=True):
    """What a cleanup deleted."""

    deleted: int
    session_ids: list[SessionId]


class SessionCreate(Struct, gc=False, kw_only=True):
    """What a new session is about."""

    title: str | None | UnsetType = UNSET
    profile_id: int | None | UnsetType = UNSET
    profile_name: str | None | UnsetType = UNSET


class SessionHistory(Struct, gc=False, kw_only=True):
    """A page of a session's history."""

    message: Literal["Session history retrieved successfully."]
    data: HistoryPage


SessionId: TypeAlias = str


class SessionMessageCreate(Struct, gc=False, kw_only=True):
    """A message to the session that the path names."""

    message: UserMessage


class SessionMessages(Struct, gc=False, kw_only=True):
    """The messages of a session."""

    messages: list[Message]
    next_cursor: str | None


class SessionPage(Struct, gc=False, kw_only=True):
    """A page of sessions."""

    sessions: list[Session]
    count: int
    next_cursor: str | None


SessionSortField: TypeAlias = Literal["created_at", "last_active", "name"]


class SessionTitled(Struct, gc=False, kw_only=True, tag_field="type", tag="session.titled"):
    """The session, which had no title of its own, got one."""

    title: Title


RunEvent: TypeAlias = MessageStarted | MessageDelta | MessageSource | MessageCompleted | DeckUpdated | SessionTitled | RunError | RunDone


SessionType: TypeAlias = Literal["standalone", "team", "team-managed", "team-flow"]


class SessionsError(Struct, gc=False, kw_only=True):
    """An error of the operations under `/sessions/`."""

    message: str
    error: str


class SlideDeck(Struct, gc=False, kw_only=True):
    """The slides and what is needed to show them."""

    slides: list[DeckSlide]
    css: str
    scripts: str


SlideId: TypeAlias = str


class SlideImage(Struct, gc=False, kw_only=True):
    """An image of a session."""

    image_id: SlideImageId
    media_type: Literal["image/png", "image/jpeg"]
    width: int
    height: int
    size: int


SlideImageId: TypeAlias = str


class SlideImageUpload(Struct, gc=False, kw_only=True):
    """An image to show on slides."""

    file: bytes


class SlideInsert(Struct, gc=False, kw_only=True):
    """A slide to add to a deck."""

    content: SlideContent
    position: SlidePosition | UnsetType = UNSET


class SlideMove(Struct, gc=False, kw_only=True):
    """Where a slide goes."""

    position: SlidePosition


SlideNotes: TypeAlias = str


SlidePosition: TypeAlias = int


class SlideReplacement(Struct, gc=False, kw_only=True):
    """What a slide shows from now on."""

    content: SlideContent


SlideTitle: TypeAlias = str


SortOrder: TypeAlias = Literal[-1, 1]


class Source(Struct, gc=False, kw_only=True):
    """A passage that an answer rests on. `number` is the one that stands in brackets in the answer's
    text. The passage itself can be read as long as its book is there.
    """

    number: int
    book_id: BookId
    book_title: BookTitle
    page: PageNumber
    passage_id: PassageId


Sources: TypeAlias = list[Source]
"""The passages that an answer rests on, in the order of their numbers."""


class StandaloneSessions(Struct, gc=False, kw_only=True):
    """A page of standalone sessions."""

    message: Literal["Standalone sessions retrieved successfully."]
    data: list[AgentSession]


TableRow: TypeAlias = list[CellText]
"""A row of a table."""


class TableSlide(Struct, gc=False, kw_only=True, tag_field="layout", tag="table"):
    """A slide with a table, which is as wide as its longest row; cells that a row lacks are empty."""

    title: SlideTitle
    header: list[CellText]
    rows: list[TableRow]
    notes: SlideNotes | UnsetType = UNSET


class TeamHistoryUpdate(Struct, gc=False, kw_only=True):
    """A message to add to a team session."""

    role: Literal["user", "assistant"]
    content: MessageContent
    agent_id: str | None | UnsetType = UNSET
    summary: bool = False


class TeamHistoryUpdated(Struct, gc=False, kw_only=True):
    """A message was added to a team session."""

    message: Literal["Team session history updated successfully."]


class TeamSession(Struct, gc=False, kw_only=True):
    """A team session as the list of team sessions shows it."""

    session_id: SessionId
    name: Title
    session_type: TeamSessionType
    agents: list[Participant]
    user_id: str | None
    max_context_results: int
    created_at: Timestamp
    updated_at: Timestamp
    last_active: Timestamp
    message_count: int


class TeamSessionCreated(Struct, gc=False, kw_only=True):
    """A team session was created."""

    message: Literal["Team session created successfully."]
    session_id: SessionId


class TeamSessionHistory(Struct, gc=False, kw_only=True):
    """A page of a team session's history."""

    message: Literal["Team session history retrieved successfully."]
    data: HistoryPage


TeamSessionType: TypeAlias = Literal["team", "team-managed", "team-flow"]


class TeamSessions(Struct, gc=False, kw_only=True):
    """A page of team sessions."""

    message: Literal["Team sessions retrieved successfully."]
    data: list[TeamSession]


Theme: TypeAlias = Literal["paper", "midnight", "ocean"]


Timestamp: TypeAlias = datetime


Title: TypeAlias = str


SearchTerms: TypeAlias = list[Title]
"""Words and phrases that passages about a topic have."""


class TitleSlide(Struct, gc=False, kw_only=True, tag_field="layout", tag="title"):
    """The first slide of a deck."""

    title: SlideTitle
    subtitle: str | UnsetType = UNSET
    notes: SlideNotes | UnsetType = UNSET


class Topic(Struct, gc=False, kw_only=True):
    """Something that people may talk about."""

    topic_id: TopicId = field(name="topicId")
    title: Title
    search_terms: SearchTerms = field(name="searchTerms")
    created_at: Timestamp = field(name="createdAt")
    updated_at: Timestamp = field(name="updatedAt")


TopicId: TypeAlias = str


class TopicPage(Struct, gc=False, kw_only=True):
    """A page of the list of topics."""

    topics: list[Topic]
    next_cursor: str | None = field(name="nextCursor")


class TopicUpdate(Struct, gc=False, kw_only=True):
    """What a topic is to be."""

    title: Title
    search_terms: SearchTerms = field(name="searchTerms")


class Transcript(Struct, gc=False, kw_only=True):
    """A conversation."""

    session_id: SessionId
    title: Title
    created_at: Timestamp
    messages: list[TranscriptMessage]


class TranscriptMessage(Struct, gc=False, kw_only=True):
    """A message of a transcript."""

    seq: int
    role: Role
    agent_name: str | None
    content: MessageText
    status: MessageStatus
    timestamp: Timestamp


TranscriptText: TypeAlias = str


class Turn(Struct, gc=False, kw_only=True):
    """A turn that has ended."""

    run_id: RunId
    session_id: SessionId
    message_id: MessageId
    status: TurnStatus
    messages: list[Message]


TurnStatus: TypeAlias = Literal["completed", "cancelled"]


class TwoColumnsSlide(Struct, gc=False, kw_only=True, tag_field="layout", tag="two_columns"):
    """A slide with two columns."""

    title: SlideTitle
    left: Column
    right: Column
    notes: SlideNotes | UnsetType = UNSET


SlideContent: TypeAlias = TitleSlide | SectionSlide | BulletsSlide | TwoColumnsSlide | TableSlide | CodeSlide | QuoteSlide | ImageSlide


UserId: TypeAlias = str


UserMessage: TypeAlias = str


class UserSessions(Struct, gc=False, kw_only=True):
    """A page of a user's sessions."""

    message: Literal["User sessions retrieved successfully."]
    data: list[AgentSession]


Visibility: TypeAlias = Literal["private"]
