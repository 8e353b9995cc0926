"""Records of the store in the shapes of the three surfaces."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from palaver.chat import events
from palaver.models import (
    AgentSession,
    AgentSessionDetails,
    Book,
    GroundedAnswer,
    GroundedMessage,
    HistoryMessage,
    HistoryPage,
    PageSource,
    Participant,
    Passage,
    Run,
    Session,
    SlideImage,
    TeamSession,
    Topic,
    TranscriptMessage,
)
from palaver.store import (
    AddedImage,
    BookRecord,
    FoundPassage,
    MessageRecord,
    RunRecord,
    SessionRecord,
    TopicRecord,
)
from palaver.store import HistoryPage as StoredHistory


def history_message(record: MessageRecord) -> HistoryMessage:
    """A message as `/sessions/` shows it."""
    return HistoryMessage(
        id=record.message_id,
        seq=record.seq,
        role=record.role,
        content=record.content,
        agent_id=record.agent_id,
        agent_name=record.agent_name,
        summary=record.summary,
        status=record.status,
        sources=[events.source(each) for each in record.sources],
        created_at=record.created_at,
    )


def history_page(page: StoredHistory, *, skip: int, limit: int) -> HistoryPage:
    """A page of messages as `/sessions/` shows it."""
    return HistoryPage(
        history=[history_message(record) for record in page.items],
        total=page.total,
        skip=skip,
        limit=limit,
    )


def agent_session(record: SessionRecord) -> AgentSession:
    """A session as the lists of `/sessions/` show it."""
    return AgentSession(
        session_id=record.session_id,
        name=record.title,
        session_type=record.kind,
        agent_id=_only_agent(record),
        agents=_participants(record),
        user_id=record.owner,
        max_context_results=record.max_context_results,
        created_at=record.created_at,
        updated_at=record.updated_at,
        last_active=record.last_activity,
        message_count=record.message_count,
    )


def agent_session_details(
    record: SessionRecord, history: Sequence[MessageRecord]
) -> AgentSessionDetails:
    """A session with messages as `/sessions/` shows it."""
    return AgentSessionDetails(
        session_id=record.session_id,
        name=record.title,
        session_type=record.kind,
        agent_id=_only_agent(record),
        agents=_participants(record),
        user_id=record.owner,
        max_context_results=record.max_context_results,
        created_at=record.created_at,
        updated_at=record.updated_at,
        last_active=record.last_activity,
        message_count=record.message_count,
        history=[history_message(item) for item in history],
    )


def team_session(record: SessionRecord) -> TeamSession:
    """A team session as the list of team sessions shows it."""
    assert record.kind != "standalone"
    return TeamSession(
        session_id=record.session_id,
        name=record.title,
        session_type=record.kind,
        agents=_participants(record),
        user_id=record.owner,
        max_context_results=record.max_context_results,
        created_at=record.created_at,
        updated_at=record.updated_at,
        last_active=record.last_activity,
        message_count=record.message_count,
    )


def session(record: SessionRecord) -> Session:
    """A session as `/api/` shows it."""
    return Session(
        session_id=record.session_id,
        title=record.title,
        created_by=record.owner,
        visibility=record.visibility,
        session_type=record.kind,
        profile_id=record.profile_id,
        profile_name=record.profile_name,
        created_at=record.created_at,
        updated_at=record.updated_at,
        last_activity=record.last_activity,
        message_count=record.message_count,
    )


def run(record: RunRecord) -> Run:
    """A run as `/api/` shows it."""
    return Run(
        run_id=record.run_id,
        session_id=record.session_id,
        status=record.status,
        message_id=record.user_message_id,
        last_event_id=record.last_event_id,
        error_code=record.error_code,
        error_detail=record.error_detail,
        created_at=record.created_at,
        ended_at=record.ended_at,
    )


def slide_image(added: AddedImage) -> SlideImage:
    """An image as uploading it shows it."""
    return SlideImage(
        image_id=added.image_id,
        media_type=added.media_type,
        width=added.width,
        height=added.height,
        size=added.size,
    )


def transcript_message(record: MessageRecord) -> TranscriptMessage:
    """A message as the transcript shows it."""
    return TranscriptMessage(
        seq=record.seq,
        role=record.role,
        agent_name=record.agent_name,
        content=record.content,
        status=record.status,
        timestamp=record.created_at,
    )


def grounded_message(record: MessageRecord) -> GroundedMessage:
    """A message as a history of `/api/v1/` shows it."""
    if record.role == "user":
        return GroundedMessage(
            id=record.message_id, role="USER", content=record.content, created_at=record.created_at
        )
    return GroundedMessage(
        id=record.message_id,
        role="ASSISTANT",
        content=record.content,
        sources=_pages(record),
        created_at=record.created_at,
    )


def grounded_answer(record: MessageRecord) -> GroundedAnswer:
    """An answer as `/api/v1/` gives it."""
    return GroundedAnswer(
        id=record.message_id,
        role="ASSISTANT",
        content=record.content,
        sources=_pages(record),
        created_at=record.created_at,
    )


def _pages(record: MessageRecord) -> list[PageSource]:
    """The pages that an answer rests on, each once."""
    pages = dict.fromkeys((each.book_title, each.page) for each in record.sources)
    return [PageSource(book_title=title, page=page) for title, page in pages]


def book(record: BookRecord) -> Book:
    """A book as `/api/v1/` shows it."""
    return Book(
        book_id=record.book_id,
        title=record.title,
        author=record.author,
        file_name=record.file_name,
        media_type=record.media_type,
        size=record.size,
        status=record.status,
        reason=record.reason,
        progress=record.progress,
        page_count=record.page_count,
        created_at=record.created_at,
        updated_at=record.updated_at,
    )


def passage(record: FoundPassage) -> Passage:
    """A passage as `/api/v1/` shows it."""
    return Passage(
        passage_id=str(record.passage_id),
        book_id=record.book_id,
        book_title=record.book_title,
        page=record.page,
        text=record.text,
    )


def topic(record: TopicRecord) -> Topic:
    """A topic as `/api/v1/` shows it."""
    return Topic(
        topic_id=record.topic_id,
        title=record.title,
        search_terms=list(record.search_terms),
        created_at=record.created_at,
        updated_at=record.updated_at,
    )


def in_path(text: str) -> str:
    """An id as a segment of a path."""
    return quote(text, safe="")


def _only_agent(record: SessionRecord) -> str | None:
    if record.kind == "standalone" and record.agents:
        return record.agents[0][0]
    return None


def _participants(record: SessionRecord) -> list[Participant]:
    return [Participant(agent_id=agent_id, name=name) for agent_id, name in record.agents]
