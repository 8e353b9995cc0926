"""Operations of the tag ``topics``: what people may talk about."""

from __future__ import annotations

from palaver.auth.principal import Principal
from palaver.handlers import shapes
from palaver.handlers.backend import Backend
from palaver.handlers.keeping import check_keeper
from palaver.models import Topic, TopicPage, TopicUpdate


def list_topics(
    *, principal: Principal, backend: Backend, limit: int, cursor: str | None
) -> TopicPage:
    """List the topics in the order of their ids."""
    page = backend.store.topics.page(limit=limit, cursor=cursor)
    return TopicPage(
        topics=[shapes.topic(record) for record in page.items], next_cursor=page.next_cursor
    )


def get_topic(*, principal: Principal, backend: Backend, topic_id: str) -> Topic:
    """Read a topic."""
    return shapes.topic(backend.store.topics.get(topic_id))


def put_topic(*, principal: Principal, backend: Backend, topic_id: str, body: TopicUpdate) -> Topic:
    """Store a topic in place of the one that was there."""
    check_keeper(principal)
    return shapes.topic(
        backend.store.topics.put(topic_id, title=body.title, search_terms=body.search_terms)
    )


def delete_topic(*, principal: Principal, backend: Backend, topic_id: str) -> None:
    """Delete a topic."""
    check_keeper(principal)
    backend.store.topics.delete(topic_id)
