# Generated from openapi.yaml by `python -m codegen`. Do not edit.

from __future__ import annotations

from typing import Annotated, Any, Literal

from palaver_client._model import Model, Unknown, none_of
from pydantic import AwareDatetime, ConfigDict, Field
from typing_extensions import TypeAliasType


class Agent(Model):
    """An agent of the catalogue."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    agent_id: AgentId
    name: Title
    description: str | None = Field(...)
    """What the agent is for."""
    instructions: str | None = Field(...)
    """How the agent should answer."""
    created_by: UserId
    created_at: Timestamp
    updated_at: Timestamp


class AgentCreate(Model):
    """An agent to add to the catalogue."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    agent_id: AgentId | None = None
    name: Title
    description: str | None = None
    """What the agent is for."""
    instructions: str | None = None
    """How the agent should answer."""


AgentId = TypeAliasType("AgentId", str)
"""
An agent's id, chosen by whoever creates it. Dots alone are no id: clients take them for steps
in a path.

"""


AgentIds = TypeAliasType("AgentIds", list[AgentId])
"""The agents of a team, in their order."""


class AgentPage(Model):
    """A page of agents."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    agents: list[Agent]
    """The agents."""
    count: int
    """How many agents this page has."""
    next_cursor: str | None = Field(...)
    """The cursor of the next page; null on the last one."""


class AgentSession(Model):
    """A session as the operations under `/sessions/` show it."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    session_id: SessionId
    name: Title
    session_type: SessionType
    agent_id: str | None = Field(...)
    """The agent of a standalone session that has one."""
    agents: list[Participant]
    """The agents, in their order."""
    user_id: str | None = Field(...)
    """The owner; null for sessions from before owners were kept."""
    max_context_results: int
    """The most passages that a turn may use."""
    created_at: Timestamp
    updated_at: Timestamp
    last_active: Timestamp
    message_count: int
    """How many messages the session has."""


class AgentSessionCreated(Model):
    """A session was created."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    message: Literal["Chat session created successfully."] | str
    """What happened."""
    session_id: SessionId


class AgentSessionDeleted(Model):
    """A session was deleted."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    message: Literal["Chat session deleted successfully."] | str
    """What happened."""


class AgentSessionDetails(Model):
    """A session with a page of its history."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    session_id: SessionId
    name: Title
    session_type: SessionType
    agent_id: str | None = Field(...)
    """The agent of a standalone session that has one."""
    agents: list[Participant]
    """The agents, in their order."""
    user_id: str | None = Field(...)
    """The owner; null for sessions from before owners were kept."""
    max_context_results: int
    """The most passages that a turn may use."""
    created_at: Timestamp
    updated_at: Timestamp
    last_active: Timestamp
    message_count: int
    """How many messages the session has."""
    history: list[HistoryMessage]
    """The messages of the page."""


class AgentSessionRenamed(Model):
    """A session was renamed."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    message: Literal["Session renamed successfully."] | str
    """What happened."""


class AgentSessionReply(Model):
    """A session with a page of its history."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    message: Literal["Session details retrieved successfully."] | str
    """What happened."""
    data: AgentSessionDetails


class AgentSessions(Model):
    """A page of an agent's sessions."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    message: Literal["Agent sessions retrieved successfully."] | str
    """What happened."""
    data: list[AgentSession]
    """The sessions."""


class AgentUpdate(Model):
    """The fields of an agent to change."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    name: Title | None = None
    description: str | None = None
    """What the agent is for."""
    instructions: str | None = None
    """How the agent should answer."""


class Book(Model):
    """A book of the library."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    book_id: BookId = Field(..., alias="bookId")
    title: BookTitle
    author: str | None = Field(...)
    """Who wrote it, where that is known."""
    file_name: str = Field(..., alias="fileName")
    """The name of the uploaded file."""
    media_type: str = Field(..., alias="mediaType")
    """What the file is; until it is read, what its name says."""
    size: int
    """The size of the file in bytes."""
    status: BookStatus
    reason: str | None = Field(...)
    """Why the book failed; null where it did not."""
    progress: int
    """How much is taken in, in per cent."""
    page_count: int = Field(..., alias="pageCount")
    """How many pages the book has, once it is READY."""
    created_at: Timestamp = Field(..., alias="createdAt")
    updated_at: Timestamp = Field(..., alias="updatedAt")


class BookConflict(Model):
    """The library has the book that was uploaded."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    error: str
    """What went wrong."""
    book_id: BookId = Field(..., alias="bookId")


BookId = TypeAliasType("BookId", str)
"""A book's id, a UUID."""


class BookPage(Model):
    """A page of the list of books."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    books: list[Book]
    """The books."""
    next_cursor: str | None = Field(..., alias="nextCursor")
    """The cursor of the next page; null on the last one."""


BookStatus = TypeAliasType("BookStatus", Literal["PROCESSING", "READY", "FAILED"] | str)
"""How far a book is on its way into the library."""


BookTitle = TypeAliasType("BookTitle", str)
"""A book's title."""


class BookUpload(Model):
    """A book to take in."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    file: bytes
    """The file, with its name."""
    title: str | None = None
    """The book's title."""
    author: str | None = None
    """Who wrote it."""


class Bullet(Model):
    """A bullet, which may stand below another."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    text: BulletText
    level: int = 0
    """How far it is indented."""


BulletText = TypeAliasType("BulletText", str)
"""The text of a bullet."""


class BulletsSlide(Model):
    """A slide with a list."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    layout: Literal["bullets"]
    """The layout."""
    title: SlideTitle
    bullets: list[Bullet]
    """The list."""
    notes: SlideNotes | None = None


CellText = TypeAliasType("CellText", str)
"""The text of a cell. It is text, whatever it looks like."""


class ChatMessageCreate(Model):
    """A message to a session."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    session_id: SessionId
    message: UserMessage


class CodeSlide(Model):
    """A slide with code."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    layout: Literal["code"]
    """The layout."""
    title: SlideTitle
    language: str | None = None
    """The language of the code, as people write it."""
    code: str
    """The code."""
    notes: SlideNotes | None = None


class Column(Model):
    """A column of a slide."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    heading: str | None = None
    """What stands above the column."""
    bullets: list[Bullet]
    """What the column lists."""


class ContractDocument(Model):
    """An OpenAPI document."""

    model_config = ConfigDict(
        extra="allow",
        populate_by_name=True,
    )
    openapi: str
    """The version of OpenAPI."""
    info: dict[str, Any]
    """What this contract is."""
    paths: dict[str, Any]
    """The operations."""


class Deck(Model):
    """A session's deck."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    session_id: SessionId
    title: Title
    theme: Theme
    version: int
    """How often the deck was changed."""
    updated_at: Timestamp
    slide_deck: SlideDeck


class DeckSlide(Model):
    """A slide of a deck."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    slide_id: SlideId
    html: str
    """The slide as HTML for the deck's style sheet; it is complete in itself and holds no script."""
    content: SlideContent | UnknownSlideContent


class DeckUpdate(Model):
    """The fields of a deck to change."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    theme: Theme | None = None
    title: Title | None = None


class DeckUpdated(Model):
    """
    The session's deck was made or changed by the answer that is being written, and is stored as
    it is now. There is one event for each version, however many slides it touches.

    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    type: Literal["deck.updated"]
    """The type of the event."""
    version: int
    """The deck's version."""
    title: Title
    theme: Theme
    slide_ids: list[SlideId]
    """The deck's slides, in their order."""
    changed_slide_ids: list[SlideId]
    """Those of them that are new or show something else than before."""


class ErrorSentence(Model):
    """An error of the operations under `/api/v1/`."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    error: str
    """What went wrong."""


ExportFormat = TypeAliasType("ExportFormat", Literal["pptx", "pdf"])
"""The kind of file that a deck becomes."""


class GroundedAnswer(Model):
    """An answer, with the pages that it rests on."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    id: MessageId
    role: Literal["ASSISTANT"] | str
    """Who speaks."""
    content: MessageText
    sources: PageSources
    created_at: Timestamp = Field(..., alias="createdAt")


class GroundedMessage(Model):
    """A message of a history. An answer always has `sources`, a user's message never."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    id: MessageId
    role: GroundedRole
    content: MessageText
    sources: PageSources | None = None
    created_at: Timestamp = Field(..., alias="createdAt")


class GroundedMessageCreate(Model):
    """What the user says."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    content: UserMessage


GroundedMessages = TypeAliasType("GroundedMessages", list[GroundedMessage])
"""The messages of a session, oldest first."""


GroundedRole = TypeAliasType("GroundedRole", Literal["USER", "ASSISTANT"] | str)
"""Who speaks."""


class GroundedSession(Model):
    """A session that answers from the books."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    session_id: str = Field(..., alias="sessionId")
    """The session."""
    topic_id: str | None = Field(..., alias="topicId")
    """The topic; null in a free-form session."""
    created_at: Timestamp = Field(..., alias="createdAt")


class GroundedSessionCreate(Model):
    """A session to create."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    topic_id: str | None = Field(None, alias="topicId")
    """The topic; null is none."""


class Health(Model):
    """The server lives."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    status: Literal["ok"] | str
    """How the server is."""


class HistoryMessage(Model):
    """A message of a session's history."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    id: MessageId
    seq: int
    """The message's place in the session, from 0 without gaps."""
    role: Role
    content: MessageText
    agent_id: str | None = Field(...)
    """The agent that speaks."""
    agent_name: str | None = Field(...)
    """That agent's name in this session."""
    summary: bool
    """Whether the message sums up a team's work."""
    status: MessageStatus
    sources: Sources
    created_at: Timestamp


class HistoryPage(Model):
    """A page of a session's history."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    history: list[HistoryMessage]
    """The messages, oldest first."""
    total: int
    """How many messages the session has."""
    skip: int
    """How many were left out."""
    limit: int
    """The most messages of this page."""


class HistoryUpdate(Model):
    """A message to add to a session."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    role: Literal["user", "assistant"]
    """Who speaks."""
    content: MessageContent


class HistoryUpdated(Model):
    """A message was added."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    message: Literal["Session history updated successfully."] | str
    """What happened."""


class ImageSlide(Model):
    """A slide with an image."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    layout: Literal["image"]
    """The layout."""
    title: SlideTitle
    image_id: SlideImageId
    alt: str
    """What the image shows for those who cannot see it."""
    caption: str | None = None
    """What stands below the image."""
    notes: SlideNotes | None = None


class InvalidField(Model):
    """One thing that is not valid."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    pointer: str
    """A JSON Pointer into the request, whose members are `path`, `query`, `header`, `cookie` and `body`."""
    message: str
    """What is wrong with it."""


class Message(Model):
    """A message as the operations under `/api/` show it."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    id: MessageId
    seq: int
    """The message's place in the session, from 0 without gaps."""
    role: Role
    content: MessageText
    agent_id: str | None = Field(...)
    """The agent that speaks."""
    agent_name: str | None = Field(...)
    """That agent's name in this session."""
    summary: bool
    """Whether the message sums up a team's work."""
    status: MessageStatus
    run_id: str | None = Field(...)
    """The run that the message belongs to; null for one that was added without a turn."""
    input_tokens: int | None = Field(...)
    """The tokens that the model read for this message, where it tells."""
    output_tokens: int | None = Field(...)
    """The tokens that the model wrote, where it tells."""
    sources: Sources
    timestamp: Timestamp


class MessageCompleted(Model):
    """An answer has ended. Its content is the texts of all its deltas together."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    type: Literal["message.completed"]
    """The type of the event."""
    message: Message


MessageContent = TypeAliasType("MessageContent", str)
"""The text of a message."""


class MessageDelta(Model):
    """The next piece of an answer."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    type: Literal["message.delta"]
    """The type of the event."""
    message_id: MessageId
    text: str
    """What to add to the message's text."""


MessageId = TypeAliasType("MessageId", str)
"""A message's id, a UUID."""


class MessageSource(Model):
    """A passage that the answer rests on. It comes before the answer's end, and is part of the message."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    type: Literal["message.source"]
    """The type of the event."""
    message_id: MessageId
    source: Source


class MessageStarted(Model):
    """An answer begins."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    type: Literal["message.started"]
    """The type of the event."""
    run_id: RunId
    message_id: MessageId
    agent_id: str | None = Field(...)
    """The agent that speaks."""
    agent_name: str | None = Field(...)
    """That agent's name in this session."""
    summary: bool
    """Whether the message will sum up a team's work."""


MessageStatus = TypeAliasType(
    "MessageStatus", Literal["in_progress", "complete", "cancelled", "failed"] | str
)
"""
Whether a message is whole (`complete`), is being written (`in_progress`), or holds what there
was when its turn was cancelled (`cancelled`) or failed (`failed`).

"""


MessageText = TypeAliasType("MessageText", str)
"""The text of a message as it is stored; empty while the answer is being written."""


PageNumber = TypeAliasType("PageNumber", int)
"""A page, or where a book has none, a chapter, section or piece, from 1."""


class PageSource(Model):
    """A page of a book."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    book_title: BookTitle = Field(..., alias="bookTitle")
    page: PageNumber


PageSources = TypeAliasType("PageSources", list[PageSource])
"""The pages that an answer rests on, each once."""


class Participant(Model):
    """An agent of a session, with the name that it had when the session was created."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    agent_id: AgentId
    name: str
    """The agent's name."""


class Passage(Model):
    """A piece of a book's page."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    passage_id: PassageId = Field(..., alias="passageId")
    book_id: BookId = Field(..., alias="bookId")
    book_title: BookTitle = Field(..., alias="bookTitle")
    page: PageNumber
    text: str
    """The text, with its white space folded."""


PassageId = TypeAliasType("PassageId", str)
"""A passage's id."""


class Problem(Model):
    """Problem details (RFC 9457)."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    type: str
    """Which kind of problem this is."""
    title: str
    """The kind of problem in words."""
    status: int
    """The status of the response."""
    detail: str | None = None
    """What went wrong this time."""
    instance: str
    """Names this occurrence; it holds the request id."""
    run_id: str | None = None
    """The run that the problem is about, where it is about one."""
    errors: list[InvalidField] | None = None
    """What is not valid, for validation failures."""


class Profile(Model):
    """A profile of the catalogue."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    profile_id: ProfileId
    name: Title
    description: str | None = Field(...)
    """What the profile is for."""
    instructions: str | None = Field(...)
    """How sessions of the profile should be answered."""
    created_by: UserId
    created_at: Timestamp
    updated_at: Timestamp


class ProfileCreate(Model):
    """A profile to add to the catalogue."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    name: Title
    description: str | None = None
    """What the profile is for."""
    instructions: str | None = None
    """How sessions of the profile should be answered."""


ProfileId = TypeAliasType("ProfileId", int)
"""A profile's number."""


class ProfilePage(Model):
    """A page of profiles."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    profiles: list[Profile]
    """The profiles."""
    count: int
    """How many profiles this page has."""
    next_cursor: str | None = Field(...)
    """The cursor of the next page; null on the last one."""


class ProfileUpdate(Model):
    """The fields of a profile to change."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    name: Title | None = None
    description: str | None = None
    """What the profile is for."""
    instructions: str | None = None
    """How sessions of the profile should be answered."""


class QuoteSlide(Model):
    """A slide with a quotation."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    layout: Literal["quote"]
    """The layout."""
    quote: str
    """What was said."""
    attribution: str | None = None
    """Who said it."""
    notes: SlideNotes | None = None


class Readiness(Model):
    """The server can work."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    status: Literal["ready"] | str
    """How the server is."""


class RecentSessionHistory(Model):
    """The newest part of a session's history."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    message: Literal["Recent session history retrieved successfully."] | str
    """What happened."""
    data: HistoryPage


Role = TypeAliasType("Role", Literal["user", "assistant"] | str)
"""Who speaks."""


class Run(Model):
    """The state of a turn."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    run_id: RunId
    session_id: SessionId
    status: RunStatus
    message_id: MessageId
    last_event_id: int
    """The id of the newest event."""
    error_code: str | None = Field(...)
    """Why the run failed, for programs; null where it did not."""
    error_detail: str | None = Field(...)
    """Why the run failed, for people; null where it did not."""
    created_at: Timestamp
    ended_at: AwareDatetime | None = Field(...)
    """When the run ended; null while it runs."""


class RunDone(Model):
    """Nothing more will come."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    type: Literal["done"]
    """The type of the event."""


class RunError(Model):
    """
    The turn failed. Codes: `provider_unreachable`, `provider_refused`, `provider_error`,
    `provider_timeout`, `provider_cut` and `provider_invalid` are about the model's server,
    `rate_limited` is its 429, `answer_too_long` is an answer beyond the limit of a message,
    `deck_changed` is a deck that others kept changing while the turn wanted to change it,
    `interrupted` is a server that stopped, `internal_error` is a mistake of this server.

    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    type: Literal["error"]
    """The type of the event."""
    code: str
    """What went wrong, for programs."""
    detail: str
    """What went wrong, for people."""
    message_id: str | None = Field(...)
    """The message that was being written; it keeps what there was, with the status `failed`."""


RunId = TypeAliasType("RunId", str)
"""A run's id, a UUID."""


RunStatus = TypeAliasType("RunStatus", Literal["running", "completed", "cancelled", "failed"] | str)
"""How a run is, or how it ended."""


class SectionSlide(Model):
    """A slide that opens a part of a deck."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    layout: Literal["section"]
    """The layout."""
    title: SlideTitle
    subtitle: str | None = None
    """What stands below the title."""
    notes: SlideNotes | None = None


class Session(Model):
    """A session as the operations under `/api/` show it."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    session_id: SessionId
    title: Title
    created_by: str | None = Field(...)
    """The owner; null for sessions from before owners were kept."""
    visibility: Visibility
    session_type: SessionType
    profile_id: int | None = Field(...)
    """The profile."""
    profile_name: str | None = Field(...)
    """The profile's name as it was given."""
    created_at: Timestamp
    updated_at: Timestamp
    last_activity: Timestamp
    message_count: int
    """How many messages the session has."""


class SessionCleanup(Model):
    """Sessions to delete."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    session_ids: list[SessionId]
    """The sessions."""


class SessionCleanupResult(Model):
    """What a cleanup deleted."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    deleted: int
    """How many sessions were deleted."""
    session_ids: list[SessionId]
    """Which ones."""


class SessionCreate(Model):
    """What a new session is about."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    title: str | None = None
    """The title; "Untitled Session" where it is missing or blank."""
    profile_id: int | None = None
    """The profile to associate the session with."""
    profile_name: str | None = None
    """The profile's name, kept as given for display."""


class SessionHistory(Model):
    """A page of a session's history."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    message: Literal["Session history retrieved successfully."] | str
    """What happened."""
    data: HistoryPage


SessionId = TypeAliasType("SessionId", str)
"""
A session's id. The server makes UUIDs whose order is the order of creation; imported
sessions keep the ids that they had.

"""


class SessionMessageCreate(Model):
    """A message to the session that the path names."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    message: UserMessage


class SessionMessages(Model):
    """The messages of a session."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    messages: list[Message]
    """The messages, oldest first."""
    next_cursor: str | None = Field(...)
    """The cursor of the messages that follow; null where there are none."""


class SessionPage(Model):
    """A page of sessions."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    sessions: list[Session]
    """The sessions."""
    count: int
    """How many sessions this page has."""
    next_cursor: str | None = Field(...)
    """The cursor of the next page; null on the last one."""


SessionSortField = TypeAliasType("SessionSortField", Literal["created_at", "last_active", "name"])
"""What a list of sessions can be sorted by."""


class SessionTitled(Model):
    """The session, which had no title of its own, got one."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    type: Literal["session.titled"]
    """The type of the event."""
    title: Title


RunEvent = TypeAliasType(
    "RunEvent",
    Annotated[
        MessageStarted
        | MessageDelta
        | MessageSource
        | MessageCompleted
        | DeckUpdated
        | SessionTitled
        | RunError
        | RunDone,
        Field(..., discriminator="type"),
    ],
)
"""One event of a run. Clients ignore types that they do not know."""


SessionType = TypeAliasType(
    "SessionType", Literal["standalone", "team", "team-managed", "team-flow"] | str
)
"""Whether a session has a team, and how the team works together."""


class SessionsError(Model):
    """An error of the operations under `/sessions/`."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    message: str
    """What went wrong."""
    error: str
    """A code for programs."""


class SlideDeck(Model):
    """The slides and what is needed to show them."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    slides: list[DeckSlide]
    """The slides, in their order."""
    css: str
    """The style sheet of the deck's theme."""
    scripts: str
    """Always empty; slides have no scripts."""


SlideId = TypeAliasType("SlideId", str)
"""A slide's id; its number counts the slides that the deck has ever had, from 0."""


class SlideImage(Model):
    """An image of a session."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    image_id: SlideImageId
    media_type: Literal["image/png", "image/jpeg"] | str
    """What the image is kept as."""
    width: int
    """Its width in pixels."""
    height: int
    """Its height in pixels."""
    size: int
    """Its bytes."""


SlideImageId = TypeAliasType("SlideImageId", str)
"""An image's id, a UUID."""


class SlideImageUpload(Model):
    """An image to show on slides."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    file: bytes
    """The image file."""


class SlideInsert(Model):
    """A slide to add to a deck."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    content: SlideContent
    position: SlidePosition | None = None


class SlideMove(Model):
    """Where a slide goes."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    position: SlidePosition


SlideNotes = TypeAliasType("SlideNotes", str)
"""What the speaker wants to remember; the audience does not see it."""


SlidePosition = TypeAliasType("SlidePosition", int)
"""A place in a deck, from 0. One beyond the end means the end."""


class SlideReplacement(Model):
    """What a slide shows from now on."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    content: SlideContent


SlideTitle = TypeAliasType("SlideTitle", str)
"""A slide's title, in one line."""


SortOrder = TypeAliasType("SortOrder", Literal[-1, 1])
"""1 for ascending, -1 for descending."""


class Source(Model):
    """
    A passage that an answer rests on. `number` is the one that stands in brackets in the answer's
    text. The passage itself can be read as long as its book is there.

    """

    model_config = ConfigDict(
        populate_by_name=True,
    )
    number: int
    """The passage's number in the answer's text."""
    book_id: BookId
    book_title: BookTitle
    page: PageNumber
    passage_id: PassageId


Sources = TypeAliasType("Sources", list[Source])
"""The passages that an answer rests on, in the order of their numbers."""


class StandaloneSessions(Model):
    """A page of standalone sessions."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    message: Literal["Standalone sessions retrieved successfully."] | str
    """What happened."""
    data: list[AgentSession]
    """The sessions."""


TableRow = TypeAliasType("TableRow", list[CellText])
"""A row of a table."""


class TableSlide(Model):
    """A slide with a table, which is as wide as its longest row; cells that a row lacks are empty."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    layout: Literal["table"]
    """The layout."""
    title: SlideTitle
    header: list[CellText]
    """The names of the columns."""
    rows: list[TableRow]
    """The rows below the header."""
    notes: SlideNotes | None = None


class TeamHistoryUpdate(Model):
    """A message to add to a team session."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    agent_id: str | None = None
    """The agent of the team that speaks; null and blank count as not given."""
    role: Literal["user", "assistant"]
    """Who speaks."""
    content: MessageContent
    summary: bool = False
    """Whether the message sums up the team's work."""


class TeamHistoryUpdated(Model):
    """A message was added to a team session."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    message: Literal["Team session history updated successfully."] | str
    """What happened."""


class TeamSession(Model):
    """A team session as the list of team sessions shows it."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    session_id: SessionId
    name: Title
    session_type: TeamSessionType
    agents: list[Participant]
    """The agents, in their order."""
    user_id: str | None = Field(...)
    """The owner; null for sessions from before owners were kept."""
    max_context_results: int
    """The most passages that a turn may use."""
    created_at: Timestamp
    updated_at: Timestamp
    last_active: Timestamp
    message_count: int
    """How many messages the session has."""


class TeamSessionCreated(Model):
    """A team session was created."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    message: Literal["Team session created successfully."] | str
    """What happened."""
    session_id: SessionId


class TeamSessionHistory(Model):
    """A page of a team session's history."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    message: Literal["Team session history retrieved successfully."] | str
    """What happened."""
    data: HistoryPage


TeamSessionType = TypeAliasType(
    "TeamSessionType", Literal["team", "team-managed", "team-flow"] | str
)
"""
How a team works together: all agents answer in their order (`team`), the first one decides
who answers (`team-managed`), or each works on the answer of the one before (`team-flow`).

"""


class TeamSessions(Model):
    """A page of team sessions."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    message: Literal["Team sessions retrieved successfully."] | str
    """What happened."""
    data: list[TeamSession]
    """The sessions."""


Theme = TypeAliasType("Theme", Literal["paper", "midnight", "ocean"] | str)
"""How a deck looks."""


Timestamp = TypeAliasType("Timestamp", AwareDatetime)
"""A moment in UTC (RFC 3339)."""


Title = TypeAliasType("Title", str)
"""A name of one line that is not blank."""


SearchTerms = TypeAliasType("SearchTerms", list[Title])
"""Words and phrases that passages about a topic have."""


class TitleSlide(Model):
    """The first slide of a deck."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    layout: Literal["title"]
    """The layout."""
    title: SlideTitle
    subtitle: str | None = None
    """What stands below the title."""
    notes: SlideNotes | None = None


class Topic(Model):
    """Something that people may talk about."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    topic_id: TopicId = Field(..., alias="topicId")
    title: Title
    search_terms: SearchTerms = Field(..., alias="searchTerms")
    created_at: Timestamp = Field(..., alias="createdAt")
    updated_at: Timestamp = Field(..., alias="updatedAt")


TopicId = TypeAliasType("TopicId", str)
"""A topic's id, chosen by whoever creates it."""


class TopicPage(Model):
    """A page of the list of topics."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    topics: list[Topic]
    """The topics."""
    next_cursor: str | None = Field(..., alias="nextCursor")
    """The cursor of the next page; null on the last one."""


class TopicUpdate(Model):
    """What a topic is to be."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
    )
    title: Title
    search_terms: SearchTerms = Field(..., alias="searchTerms")


class Transcript(Model):
    """A conversation."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    session_id: SessionId
    title: Title
    created_at: Timestamp
    messages: list[TranscriptMessage]
    """The messages, oldest first."""


class TranscriptMessage(Model):
    """A message of a transcript."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    seq: int
    """The message's place in the session, from 0 without gaps."""
    role: Role
    agent_name: str | None = Field(...)
    """The agent that speaks."""
    content: MessageText
    status: MessageStatus
    timestamp: Timestamp


TranscriptText = TypeAliasType("TranscriptText", str)
"""A conversation in Markdown, one section for each message."""


class Turn(Model):
    """A turn that has ended."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    run_id: RunId
    session_id: SessionId
    message_id: MessageId
    status: TurnStatus
    messages: list[Message]
    """What was answered, one message for each agent that spoke."""


TurnStatus = TypeAliasType("TurnStatus", Literal["completed", "cancelled"] | str)
"""How the turn ended; one that failed is answered with a 502."""


class TwoColumnsSlide(Model):
    """A slide with two columns."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    layout: Literal["two_columns"]
    """The layout."""
    title: SlideTitle
    left: Column
    right: Column
    notes: SlideNotes | None = None


SlideContent = TypeAliasType(
    "SlideContent",
    Annotated[
        TitleSlide
        | SectionSlide
        | BulletsSlide
        | TwoColumnsSlide
        | TableSlide
        | CodeSlide
        | QuoteSlide
        | ImageSlide,
        Field(..., discriminator="layout"),
    ],
)
"""
What a slide shows; `layout` says how. Texts hold no control characters but, where they may
have several lines, line feeds and tabs. They are text: no markup in them has any effect.

"""


class UnknownSlideContent(Unknown):
    """What a newer server may answer with where `SlideContent` stands."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    layout: Annotated[
        str,
        none_of("title", "section", "bullets", "two_columns", "table", "code", "quote", "image"),
    ]


UserId = TypeAliasType("UserId", str)
"""A user, as the token's `sub` spells it."""


UserMessage = TypeAliasType("UserMessage", str)
"""What the user says; it may not be blank."""


class UserSessions(Model):
    """A page of a user's sessions."""

    model_config = ConfigDict(
        populate_by_name=True,
    )
    message: Literal["User sessions retrieved successfully."] | str
    """What happened."""
    data: list[AgentSession]
    """The sessions."""


Visibility = TypeAliasType("Visibility", Literal["private"] | str)
"""Who may see a session; today always its owner alone."""


__all__ = [
    "Agent",
    "AgentCreate",
    "AgentId",
    "AgentIds",
    "AgentPage",
    "AgentSession",
    "AgentSessionCreated",
    "AgentSessionDeleted",
    "AgentSessionDetails",
    "AgentSessionRenamed",
    "AgentSessionReply",
    "AgentSessions",
    "AgentUpdate",
    "Book",
    "BookConflict",
    "BookId",
    "BookPage",
    "BookStatus",
    "BookTitle",
    "BookUpload",
    "Bullet",
    "BulletText",
    "BulletsSlide",
    "CellText",
    "ChatMessageCreate",
    "CodeSlide",
    "Column",
    "ContractDocument",
    "Deck",
    "DeckSlide",
    "DeckUpdate",
    "DeckUpdated",
    "ErrorSentence",
    "ExportFormat",
    "GroundedAnswer",
    "GroundedMessage",
    "GroundedMessageCreate",
    "GroundedMessages",
    "GroundedRole",
    "GroundedSession",
    "GroundedSessionCreate",
    "Health",
    "HistoryMessage",
    "HistoryPage",
    "HistoryUpdate",
    "HistoryUpdated",
    "ImageSlide",
    "InvalidField",
    "Message",
    "MessageCompleted",
    "MessageContent",
    "MessageDelta",
    "MessageId",
    "MessageSource",
    "MessageStarted",
    "MessageStatus",
    "MessageText",
    "PageNumber",
    "PageSource",
    "PageSources",
    "Participant",
    "Passage",
    "PassageId",
    "Problem",
    "Profile",
    "ProfileCreate",
    "ProfileId",
    "ProfilePage",
    "ProfileUpdate",
    "QuoteSlide",
    "Readiness",
    "RecentSessionHistory",
    "Role",
    "Run",
    "RunDone",
    "RunError",
    "RunId",
    "RunStatus",
    "SectionSlide",
    "Session",
    "SessionCleanup",
    "SessionCleanupResult",
    "SessionCreate",
    "SessionHistory",
    "SessionId",
    "SessionMessageCreate",
    "SessionMessages",
    "SessionPage",
    "SessionSortField",
    "SessionTitled",
    "RunEvent",
    "SessionType",
    "SessionsError",
    "SlideDeck",
    "SlideId",
    "SlideImage",
    "SlideImageId",
    "SlideImageUpload",
    "SlideInsert",
    "SlideMove",
    "SlideNotes",
    "SlidePosition",
    "SlideReplacement",
    "SlideTitle",
    "SortOrder",
    "Source",
    "Sources",
    "StandaloneSessions",
    "TableRow",
    "TableSlide",
    "TeamHistoryUpdate",
    "TeamHistoryUpdated",
    "TeamSession",
    "TeamSessionCreated",
    "TeamSessionHistory",
    "TeamSessionType",
    "TeamSessions",
    "Theme",
    "Timestamp",
    "Title",
    "SearchTerms",
    "TitleSlide",
    "Topic",
    "TopicId",
    "TopicPage",
    "TopicUpdate",
    "Transcript",
    "TranscriptMessage",
    "TranscriptText",
    "Turn",
    "TurnStatus",
    "TwoColumnsSlide",
    "SlideContent",
    "UnknownSlideContent",
    "UserId",
    "UserMessage",
    "UserSessions",
    "Visibility",
]
