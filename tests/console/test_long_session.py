"""A session of ten thousand messages: what is near is in the page, and the bar is for all of it."""

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


def top(page: Page) -> int:
    """The first message that is seen."""
    found: int = page.evaluate(
        """() => {
          const edge = document.querySelector(".scroller").getBoundingClientRect().top;
          for (const each of document.querySelectorAll(".message")) {
            if (each.getBoundingClientRect().bottom > edge + 1) return Number(each.id.slice(4));
          }
        }"""
    )
    return found


SETTLED = """() => new Promise((done) => {
  let before = "", calm = 0;
  const look = () => {
    const now = document.querySelector(".messages").textContent;
    calm = now === before ? calm + 1 : 0;
    before = now;
    if (calm > 10) done(); else requestAnimationFrame(look);
  };
  look();
})"""


# What is to be read next is there before it is seen, unless the machine is slower than the reader.
SCREEN_ABOVE = """() => {
  const scroller = document.querySelector(".scroller").getBoundingClientRect();
  const first = document.querySelector(".message").getBoundingClientRect();
  return first.top < scroller.top - scroller.height;
}"""


def opened(long_session: tuple[Console, str], visits: Visits) -> Page:
    """A page that shows its end."""
    console, session_id = long_session
    page = visits.sign_in(console, "ann", at=f"sessions/{session_id}")
    expect(messages(page).last).to_contain_text("Message 9999.")
    return page


def shown(page: Page) -> list[int]:
    """The messages that are in the page."""
    page.evaluate(SETTLED)
    found: list[int] = page.locator(".message").evaluate_all(
        "all => all.map(each => Number(each.id.slice(4)))"
    )
    return found


def near(page: Page) -> list[int]:
    """The messages that are in the page: few, none left out, and enough to fill it."""
    found = shown(page)
    assert found == list(range(found[0], found[-1] + 1))
    assert 5 <= len(found) <= 2 * PAGE
    region = page.get_by_role("region", name="Messages")
    assert region.evaluate("""each => {
      const { top, bottom } = each.getBoundingClientRect();
      const all = [...each.querySelectorAll(".message")];
      return all[0].getBoundingClientRect().top <= top + 20 &&
        all.at(-1).getBoundingClientRect().bottom >= bottom - 1;
    }""")
    return found


def test_it_opens_at_its_end(long_session: tuple[Console, str], visits: Visits) -> None:
    page = opened(long_session, visits)
    expect(messages(page).last).to_be_in_viewport()
    assert near(page)[-1] == COUNT - 1


def test_the_first_message_is_one_press_away_and_the_newest_too(
    long_session: tuple[Console, str], visits: Visits
) -> None:
    page = opened(long_session, visits)
    first = page.get_by_role("button", name="To the first message")
    expect(first).to_be_hidden()
    page.get_by_role("region", name="Messages").hover()
    page.mouse.wheel(0, -600)
    first.click()
    expect(page.locator("#seq-0")).to_be_in_viewport()
    expect(first).to_be_hidden()
    assert near(page)[0] == 0
    page.get_by_role("button", name="To the newest message").click()
    expect(page.locator(f"#seq-{COUNT - 1}")).to_be_in_viewport()
    expect(page.get_by_role("button", name="To the newest message")).to_be_hidden()
    assert near(page)[-1] == COUNT - 1
    page.get_by_role("region", name="Messages").focus()
    page.keyboard.press("Home")
    expect(page.locator("#seq-0")).to_be_in_viewport()
    page.keyboard.press("End")
    expect(page.locator(f"#seq-{COUNT - 1}")).to_be_in_viewport()


def test_whoever_searches_is_told_what_a_browser_can_find(
    long_session: tuple[Console, str], visits: Visits
) -> None:
    page = opened(long_session, visits)
    page.keyboard.press("Control+f")
    expect(page.get_by_text("only the messages that are near")).to_be_visible()


def test_the_bar_stands_for_the_whole_session(
    long_session: tuple[Console, str], visits: Visits
) -> None:
    page = opened(long_session, visits)
    region = page.get_by_role("region", name="Messages")
    for part in (0.5, 0.1, 0.9, 0.3):
        region.evaluate("(each, part) => { each.scrollTop = each.scrollHeight * part; }", part)
        page.wait_for_function(
            """part => [...document.querySelectorAll(".message")].some((each) =>
                 Math.abs(Number(each.id.slice(4)) / 10_000 - part) < 0.02)""",
            arg=part,
        )
        near(page)


@pytest.mark.parametrize("keeps", [True, False], ids=["the-browser", "the-page"])
def test_what_is_read_stays_where_it_is_while_more_comes(
    long_session: tuple[Console, str], visits: Visits, keeps: bool
) -> None:
    """Whoever keeps it there: some browsers do not by themselves."""
    console, session_id = long_session
    page = visits.sign_in(console, "ann")
    if not keeps:
        page.add_init_script(
            """if (location.pathname.startsWith("/console")) {
               CSS.supports = () => false;
               new MutationObserver(() => { const each = document.querySelector(".scroller");
                 if (each) each.style.overflowAnchor = "none"; })
                 .observe(document, { childList: true, subtree: true }); }"""
        )
    page.goto(f"{console.url}/console#/sessions/{session_id}")
    page.reload()
    expect(messages(page).last).to_contain_text("Message 9999.")
    page.get_by_role("region", name="Messages").hover()
    page.wait_for_function(SCREEN_ABOVE)
    for _ in range(12):
        # Everything above is new, and higher or lower than was thought.
        before = page.evaluate(
            """() => new Promise((done) => {
              const scroller = document.querySelector(".scroller");
              scroller.scrollTop -= 700;
              const edge = scroller.getBoundingClientRect().top;
              const each = [...document.querySelectorAll(".message")]
                .find((each) => each.getBoundingClientRect().bottom > edge);
              done([each.id, each.getBoundingClientRect().top]);
            })"""
        )
        page.wait_for_function(SCREEN_ABOVE)
        place = page.locator(f"#{before[0]}").evaluate("each => each.getBoundingClientRect().top")
        assert abs(place - before[1]) < 3
    assert near(page)[-1] < COUNT - 30


def test_messages_that_could_not_be_loaded_are_tried_again(
    long_session: tuple[Console, str], visits: Visits
) -> None:
    page = opened(long_session, visits)
    page.evaluate(SETTLED)
    page.route("**/sessions/history/*skip=*", lambda route: route.abort())
    region = page.get_by_role("region", name="Messages")
    region.evaluate("each => { each.scrollTop = each.scrollHeight / 2; }")
    expect(page.get_by_role("alert")).to_contain_text("These messages were not loaded.")
    page.unroute("**/sessions/history/*skip=*")
    expect(page.locator(".message").first).to_be_attached()
    near(page)


def test_the_place_is_kept_when_the_page_becomes_narrower(
    long_session: tuple[Console, str], visits: Visits
) -> None:
    page = opened(long_session, visits)
    region = page.get_by_role("region", name="Messages")
    region.evaluate("each => { each.scrollTop = each.scrollHeight / 2; }")
    page.evaluate(SETTLED)
    near(page)
    before = top(page)
    page.set_viewport_size({"width": 400, "height": 700})
    page.evaluate(SETTLED)
    assert abs(top(page) - before) <= 1
    near(page)


def test_it_goes_on_at_its_end(long_session: tuple[Console, str], visits: Visits) -> None:
    console, session_id = long_session
    page = visits.sign_in(console, "ann", at=f"sessions/{session_id}")
    page.get_by_role("textbox", name="Message").fill("One more")
    page.keyboard.press("Enter")
    expect(page.locator(f"#seq-{COUNT}")).to_contain_text("One more")
    expect(page.locator(f"#seq-{COUNT + 1}")).to_be_in_viewport()
