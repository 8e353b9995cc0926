"""A session of ten thousand messages: loaded in pages, and smooth to scroll."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, insert, update

from palaver.store import open_store
from palaver.store.records import now_micros
from palaver.store.tables import messages as table
from palaver.store.tables import sessions
from tests.conftest import NewStore, driver_url
from tests.console.talking import messages
from tests.console.visiting import Console, Visits
from tests.server.conftest import SECRET, serving

COUNT = 10_000
PAGE = 50
TEXT = (
    "Message {0}. It says that **{0}** is a number, and goes on for `a while` so that it wraps.\n\n"
    * 2
)


def fill(url: str, session_id: str) -> None:
    """Give an empty session its messages, as an import does."""
    now = now_micros()
    rows = [
        {
            "session_id": session_id,
            "seq": seq,
            "message_id": str(uuid.uuid4()),
            "role": "assistant" if seq % 2 else "user",
            "content": TEXT.format(seq),
            "agent_id": None,
            "agent_name": None,
            "summary": False,
            "created_at": now + seq,
        }
        for seq in range(COUNT)
    ]
    engine = create_engine(driver_url(url))
    with engine.begin() as connection:
        connection.execute(insert(table), rows)
        counted = update(sessions).where(sessions.c.session_id == session_id)
        connection.execute(counted.values(message_count=COUNT))
    engine.dispose()


@pytest.fixture(scope="module")
def long_session(
    new_store: NewStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Console, str]]:
    """A server that has one, and its id."""
    with new_store() as url:
        store = open_store(url)
        made = store.sessions.create(
            owner="ann", kind="standalone", title="Long", agents=[], max_context_results=1
        )
        store.close()
        fill(url, made.session_id)
        with serving(tmp_path_factory.mktemp("long")) as start:
            yield Console(start(database_url=url, jwt_secret=SECRET)), made.session_id


def top(page: Page) -> tuple[str, float]:
    """The first message that is seen, and where its upper edge is."""
    found: list[object] = page.evaluate(
        """() => {
          const edge = document.querySelector(".scroller").getBoundingClientRect().top;
          for (const each of document.querySelectorAll(".message")) {
            const { top, bottom } = each.getBoundingClientRect();
            if (bottom > edge + 1) return [each.id, top];
          }
        }"""
    )
    return str(found[0]), float(str(found[1]))


def test_it_opens_at_its_end_with_one_page(
    long_session: tuple[Console, str], visits: Visits
) -> None:
    console, session_id = long_session
    page = visits.sign_in(console, "ann", at=f"sessions/{session_id}")
    expect(messages(page).last).to_contain_text("Message 9999.")
    expect(messages(page).last).to_be_in_viewport()
    # What is near is loaded before it is wanted; what is far is not.
    assert messages(page).count() <= 4 * PAGE


def test_what_is_read_stays_where_it_is_while_more_comes(
    long_session: tuple[Console, str], visits: Visits
) -> None:
    console, session_id = long_session
    page = visits.sign_in(console, "ann", at=f"sessions/{session_id}")
    expect(messages(page).last).to_contain_text("Message 9999.")
    region = page.get_by_role("region", name="Messages")
    region.hover()
    for _ in range(8):
        before = messages(page).count()
        region.evaluate("each => { each.scrollTop = 40; }")
        seen, _ = top(page)
        expect(messages(page).nth(before)).to_be_attached()
        page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        assert top(page)[0] == seen
        assert page.locator(f"#{seen}").is_visible()
    shown = page.locator(".message").evaluate_all(
        "all => all.map(each => Number(each.id.slice(4)))"
    )
    assert shown == list(range(shown[0], COUNT))
    assert len(shown) >= 8 * PAGE


def test_what_is_far_away_costs_nothing(long_session: tuple[Console, str], visits: Visits) -> None:
    console, session_id = long_session
    page = visits.sign_in(console, "ann", at=f"sessions/{session_id}")
    expect(messages(page).last).to_contain_text("Message 9999.")
    region = page.get_by_role("region", name="Messages")
    while messages(page).count() < 600:
        count = messages(page).count()
        region.evaluate("each => { each.scrollTop = 0; }")
        expect(messages(page).nth(count)).to_be_attached()
    # Most of them are far away, and cost no layout and no painting.
    skipped = page.evaluate(
        """() => [...document.querySelectorAll(".message-body")].filter((each) =>
             !each.checkVisibility({ contentVisibilityAuto: true })).length"""
    )
    assert skipped > 500


def test_it_goes_on_at_its_end(long_session: tuple[Console, str], visits: Visits) -> None:
    console, session_id = long_session
    page = visits.sign_in(console, "ann", at=f"sessions/{session_id}")
    page.get_by_role("textbox", name="Message").fill("One more")
    page.keyboard.press("Enter")
    expect(page.locator(f"#seq-{COUNT}")).to_contain_text("One more")
    expect(page.locator(f"#seq-{COUNT + 1}")).to_be_in_viewport()
