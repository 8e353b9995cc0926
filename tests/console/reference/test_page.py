"""The reference page in a real browser: complete, usable, and silent towards everybody else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from codegen.samples import SAMPLES
from palaver.contract.document import Document
from tests.console.visiting import Console, Visits, shoot, violations

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = Document.load(ROOT / "openapi.yaml")


class Reader:
    """Somebody who reads the page, and all that it asks for meanwhile."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.requests: list[Request] = []
        page.on("request", lambda request: self.requests.append(request))
        page.goto(f"{url}/docs")
        expect(page.get_by_role("heading", name="Palaver", level=1)).to_be_visible()

    def show(self, operation_id: str) -> Page:
        """Follow the address of an operation."""
        found = {each.operation_id: each for each in DOCUMENT.operations}[operation_id]
        place = f"#tag/{found.tag.replace('_', '-')}/{found.method.upper()}{found.path}"
        self.page.evaluate("place => { location.hash = place; }", place)
        expect(self.page.get_by_text(operation_id, exact=True)).to_be_in_viewport()
        return self.page

    def try_out(self, operation_id: str, token: str) -> Locator:
        """Open what sends requests of an operation, with a token."""
        self.page.get_by_placeholder("Token").fill(token)
        found = {each.operation_id: each for each in DOCUMENT.operations}[operation_id]
        self.show(operation_id)
        name = f"Test Request ({found.method} {found.path})"
        self.page.get_by_role("button", name=name).click()
        return self.page.get_by_role("dialog", name="API Client")

    def asked(self) -> set[str]:
        """Whom the page asked, by scheme and host."""
        origins = (re.match(r"(\w+:)(//[^/]*)?", each.url) for each in self.requests)
        return {each[0] for each in origins if each is not None}


@pytest.fixture
def reader(visits: Visits, console: Console) -> Reader:
    return Reader(visits.page(), console.url)


def test_it_shows_the_samples_of_an_operation(reader: Reader) -> None:
    page = reader.show("create_session")
    held = json.loads((ROOT / SAMPLES).read_text(encoding="utf-8"))["x-codeSamples"]
    operation = page.get_by_role("region", name="Create a session", exact=True)
    samples = operation.get_by_role("group", name="Request Example")
    shown = "curl"
    for sample in held["create_session"]:
        samples.get_by_role("button", name=shown, exact=True).first.click()
        page.get_by_role("option", name=sample["label"], exact=True).click()
        shown = sample["label"]
        code = samples.locator("code").first
        expect(code).to_have_text(sample["source"], use_inner_text=True)
        assert code.inner_text().rstrip("\n") == sample["source"]
    # What was chosen holds for all operations.
    reader.show("rename_session")
    operation = page.get_by_role("region", name="Rename a session", exact=True)
    expect(operation.get_by_role("button", name=shown, exact=True).first).to_be_visible()
    # Events are shown as they come.
    reader.show("send_chat_message")
    event = re.compile(r"^event: message\.started\s+id: 1\s+data: \{")
    operation = page.get_by_role("region", name="Send a message and stream the answer", exact=True)
    expect(operation.locator("code").filter(has_text=event)).to_be_visible()


def test_it_leads_to_every_operation(reader: Reader) -> None:
    side = reader.page.get_by_role("complementary")
    groups = side.get_by_role("button", name=re.compile("^Open Group - (?!Models)"))
    while groups.count():
        groups.first.click()
    told = [text.partition("\n")[0] for text in side.get_by_role("link").all_inner_texts()]
    assert {each.raw["summary"] for each in DOCUMENT.operations} - set(told) == set()
    assert {"Agent sessions", "Grounded chat"} <= set(told)


def test_it_tells_where_this_server_is(reader: Reader, console: Console) -> None:
    introduction = reader.page.get_by_role("region", name="Introduction")
    expect(introduction).to_contain_text(f"export URL={console.url}\n")
    # The commands are those of whoever started the server.
    expect(introduction).to_contain_text("-m palaver token --user me)")
    expect(introduction).to_contain_text("-m palaver credential |")


def test_a_request_is_tried_with_a_token(reader: Reader, console: Console) -> None:
    page = reader.page
    client = reader.try_out("create_session", console.server.token("tryer"))
    for _ in range(2):
        # The same twice: nothing in it may be used up by the first.
        with page.expect_response(f"{console.url}/api/sessions") as answered:
            client.get_by_role("button", name=re.compile("^Send post")).click()
        assert answered.value.status == 201
    expect(client.get_by_role("region", name="Response", exact=True)).to_contain_text("201 Created")
    sent = answered.value.request
    assert "idempotency-key" not in sent.headers
    assert sent.headers["authorization"] == f"Bearer {console.server.token('tryer')}"
    listed = console.client("tryer").call("GET", "/api/sessions").json
    assert [each["title"] for each in listed["sessions"]] == ["Q3 Revenue Analysis"] * 2
    assert reader.asked() <= {console.url, "blob:", "data:"}


def test_what_is_tried_leaves_out_what_is_optional(reader: Reader, console: Console) -> None:
    page = reader.page
    client = reader.try_out("list_sessions", console.server.token("tryer"))
    with page.expect_response(f"{console.url}/api/sessions*") as answered:
        client.get_by_role("button", name=re.compile("^Send get")).click()
    assert answered.value.status == 200
    assert answered.value.url in (
        f"{console.url}/api/sessions{query}" for query in ("", "?limit=50")
    )


def test_it_asks_nobody_else(reader: Reader, console: Console) -> None:
    page = reader.page
    reader.show("send_chat_message")
    page.get_by_role("button", name="Open Search").click()
    page.get_by_role("dialog").get_by_role("combobox").fill("slide")
    page.get_by_role("option", name=re.compile("Operation: Replace a slide")).click()
    expect(page.get_by_text("replace_slide", exact=True)).to_be_in_viewport()
    page.get_by_role("button", name="Set dark mode").click()
    reader.show("upload_book")
    page.wait_for_load_state("networkidle")
    assert reader.asked() <= {console.url, "blob:", "data:"}
    # Whatever it is that does not ask now: it may not.
    policy = page.request.get(f"{console.url}/docs").headers["content-security-policy"]
    rules = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["connect-src"] == "'self'"
    assert not re.search(r"https?:|\*|unsafe-eval", policy)
    assert policy.count("unsafe-inline") == rules["style-src"].count("unsafe-inline") == 1


@pytest.mark.parametrize(("width", "scheme"), [(375, "light"), (768, "dark"), (1280, "light")])
def test_it_can_be_read_by_everybody(
    visits: Visits, console: Console, width: int, scheme: str
) -> None:
    size = {"width": width, "height": 900}
    reader = Reader(visits.page(viewport=size, color_scheme=scheme), console.url)
    shoot(reader.page, f"reference-{width}-{scheme}")
    assert violations(reader.page) == []
    page = reader.show("insert_slide")
    shoot(page, f"reference-operation-{width}-{scheme}")
    assert violations(page) == []
    # Code scrolls for itself, the page never sideways.
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_it_says_so_where_the_contract_cannot_be_read(visits: Visits, console: Console) -> None:
    page = visits.page()
    page.route("**/openapi.json", lambda route: route.abort())
    page.goto(f"{console.url}/docs")
    expect(page.locator("#reference")).to_have_text(re.compile("^The contract could not be read."))
    visits.faults.clear()


def test_files_are_kept_and_compressed(console: Console, visits: Visits) -> None:
    request = visits.page().request
    page = request.get(f"{console.url}/docs")
    assert page.headers["cache-control"] == "no-cache"
    assert request.get(f"{console.url}/docs/", max_redirects=0).headers["location"] == "/docs"
    files = re.findall(r'(?:href|src)="(/docs/[^"]+)"', page.text())
    assert len(files) == 4
    for file in files:
        answer = request.get(console.url + file)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        tag = {"If-None-Match": answer.headers["etag"]}
        assert request.get(console.url + file, headers=tag).status == 304
    bundle = next(each for each in files if each.endswith("/scalar.js"))
    packed = request.head(console.url + bundle, headers={"Accept-Encoding": "gzip"})
    plain = request.get(console.url + bundle, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert plain.text().startswith("(function(){")
    for wrong in ("/docs/static/0/nothing.js", "/docs/scalar/0/vendor.json", "/docs/other"):
        assert request.get(console.url + wrong).status == 404
    older = request.get(console.url + bundle.replace("/1.", "/0."))
    assert older.headers["cache-control"] == "no-cache"


def test_a_refused_script_is_answered(reader: Reader) -> None:
    """A browser that is asked for Basic asks its user, and the script waits until that is done."""
    for credential in ("Bearer no.token.this", "Basic bm9ib2R5", ""):
        asked = """credential => fetch("/api/v1/books", {
          headers: credential ? { authorization: credential } : {},
          signal: AbortSignal.timeout(5000),
        }).then(answer => answer.status)"""
        assert reader.page.evaluate(asked, credential) == 401, credential
