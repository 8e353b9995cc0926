"""Pages and their files: what they may do, how they are kept, and what is none of them."""

from __future__ import annotations

import gzip
import json
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import quote

import httpx
import pytest

from palaver.auth.links import cookie_name
from palaver.console.assets import TYPES, Assets
from palaver.decks.rendering.css import style_sheet
from palaver.decks.rendering.themes import THEMES
from tests.console.signing_in import PAGE, enter, kind, visitor
from tests.console.visiting import Console
from tests.sdk.conftest import ROOT
from tests.server.conftest import SECRET

STATIC = ROOT / "src/palaver/console/static"
PAGES = ("/console", "/console/sign-in", "/")
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def static(console: Console) -> str:
    """Where the page says that its files are."""
    page = httpx.get(f"{console.url}/console").text
    found = re.search(r'src="(/console/static/[0-9a-f]+)/app\.js"', page)
    assert found is not None
    return console.url + found[1]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_runs_only_what_comes_from_here(console: Console, path: str) -> None:
    answer = httpx.get(console.url + path, headers=HTML)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    rules = {name: value for name, _, value in (each.partition(" ") for each in policy.split("; "))}
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["connect-src"] == "'self'"
    assert rules["base-uri"] == "'none'"
    assert rules["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"
    # Nothing stands in it that the policy would have to allow.
    assert not re.search(
        r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:", answer.text
    )
    assert re.search(r'(src|href)="https?:', answer.text) is None
    loaded = re.findall(r'<(?:link|script)[^>]* (?:href|src)="([^"]+)"', answer.text)
    assert len(loaded) == len(set(loaded)) > 2


def test_slides_may_be_shown_in_their_themes_colours(console: Console) -> None:
    from base64 import b64encode
    from hashlib import sha256

    policy = httpx.get(f"{console.url}/console").headers["content-security-policy"]
    for theme in THEMES:
        digest = b64encode(sha256(style_sheet(theme).encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_a_browser_is_welcomed_and_a_program_is_not(console: Console) -> None:
    for accept in ("*/*", "application/json", ""):
        assert kind(httpx.get(console.url, headers={"Accept": accept})) == (404, "not-found")
    with visitor(console.url, headers=HTML) as ann:
        welcome = ann.get("/")
        assert welcome.status_code == 200
        assert welcome.headers["cache-control"] == "no-store"
        assert {"Accept", "Cookie"} <= set(welcome.headers["vary"].split(", "))
        enter(ann, console.link("ann"))
        onward = ann.get("/")
        assert (onward.status_code, onward.headers["location"]) == (303, "/console")


def test_files_are_kept_for_ever_and_pages_are_not(console: Console) -> None:
    page = httpx.get(f"{console.url}/console")
    assert page.headers["cache-control"] == "no-cache"
    again = httpx.get(f"{console.url}/console", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")

    script = httpx.get(f"{static(console)}/app.js")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.text == (STATIC / "app.js").read_text()
    # A page of another version, on another replica.
    other = httpx.get(f"{console.url}/console/static/0123456789abcdef/app.js")
    assert (other.status_code, other.headers["cache-control"]) == (200, "no-cache")


def test_files_are_compressed_for_whoever_takes_that(console: Console) -> None:
    url = f"{static(console)}/console.css"
    plain = httpx.get(url, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with httpx.stream("GET", url, headers={"Accept-Encoding": "br, gzip"}) as packed:
        raw = b"".join(packed.iter_raw())
        assert packed.headers["content-encoding"] == "gzip"
        assert int(packed.headers["content-length"]) == len(raw) < len(plain.content) / 2
        assert packed.headers["etag"] != plain.headers["etag"]
        assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(raw) == plain.content
    refused = httpx.get(url, headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers
    same = httpx.get(url, headers={"If-None-Match": packed.headers["etag"]})
    assert same.status_code == 304
    head = httpx.head(url, headers={"Accept-Encoding": "identity"})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(plain.content))


def test_every_file_is_served_as_what_it_is(console: Console) -> None:
    base = static(console)
    files = [path for path in STATIC.rglob("*") if path.suffix in TYPES]
    assert len(files) > 20
    for path in files:
        answer = httpx.get(f"{base}/{path.relative_to(STATIC)}")
        assert answer.status_code == 200, path
        assert answer.headers["content-type"] == TYPES[path.suffix]
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "../templates/console.html",
        "..%2ftemplates%2fconsole.html",
        "%2e%2e/%2e%2e/assets.py",
        "..%5c..%5cassets.py",
        "./app.js/../../assets.py",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "chat",
        "chat/",
        "",
        "app.js/",
        "APP.JS",
        "vendor/palaver-client.min.d.ts",
        "../tsconfig.json",
        "app.js%00.css",
        "app.js%0a",
        "x" * 4000,
        quote("файл.js"),
        "%ff%fe",
    ],
)
def test_there_is_no_way_out_of_the_folder(console: Console, path: str) -> None:
    # As it is written: clients tidy paths up.
    where = static(console).removeprefix(console.url)
    with socket.create_connection(("127.0.0.1", console.server.port), 30) as connection:
        request = f"GET {where}/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    assert re.match(rb"HTTP/1\.1 (404|400|308) ", answer), answer[:200]
    assert b"import " not in answer
    assert b"root:" not in answer


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/console/nothing", (404, "not-found")),
        ("GET", "/consoles", (404, "not-found")),
        ("GET", "/static/app.js", (404, "not-found")),
        ("GET", "//console", (404, "not-found")),
        ("GET", "/console/token", (405, "method-not-allowed")),
        ("POST", "/console", (405, "method-not-allowed")),
        ("OPTIONS", "/console", (405, "method-not-allowed")),
        ("TRACE", "/console", (405, "method-not-allowed")),
        ("PROPFIND", "/console", (405, "method-not-allowed")),
        ("DELETE", "/", (404, "not-found")),
    ],
)
def test_what_is_no_page_is_told_as_everywhere(
    console: Console, method: str, path: str, expected: tuple[int, str]
) -> None:
    answer = httpx.request(method, console.url + path)
    assert kind(answer) == expected
    if expected[0] == 405:
        assert answer.headers["allow"] in ("GET, HEAD", "POST", "GET, HEAD, POST")


@pytest.mark.parametrize(
    "head",
    [
        "GET /console HTTP/1.0",
        "GET /console HTTP/1.1\r\nHost: ",
        "GET /console HTTP/1.1\r\nHost: a b\r\nHost: c",
        "GET /console HTTP/1.1\r\nHost: [::1",
        "GET /console?\xff\xfe=%ff HTTP/1.1\r\nHost: x",
        "GET /console HTTP/1.1\r\nHost: x\r\nCookie: \xff\xfe;;;=",
        "GET /console HTTP/1.1\r\nHost: x\r\nAccept-Encoding: ,;q=x,gzip;q=9",
        'GET /console HTTP/1.1\r\nHost: x\r\nIf-None-Match: \xff""",,W/\r\nRange: bytes=9-1',
        "GET /console/static/x/app.js HTTP/1.1\r\nHost: x\r\nRange: bytes=0-9,2-3\r\nIf-Range: y",
        "GET / HTTP/1.1\r\nHost: x\r\nAccept: text/html;;;q=\xff,\r\n"
        f"Cookie: {cookie_name(SECRET)}=\xff",
        "POST /console/token HTTP/1.1\r\nHost: x\r\nX-Palaver-Console: 1\r\nContent-Length: 0",
        "POST /console/sign-in HTTP/1.1\r\nHost: x\r\nX-Palaver-Console: 1\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 2\r\n\r\n--",
        "GET http://elsewhere.example/console HTTP/1.1\r\nHost: x",
        "GET /console HTTP/1.1\r\nHost: x\r\nX-Forwarded-Proto: \xff,https",
        "GET /console HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: \xff",
    ],
)
def test_odd_requests_are_answered(console: Console, head: str) -> None:
    sent = head if "\r\n\r\n" in head else head + "\r\nConnection: close\r\n\r\n"
    sent = sent.replace("\r\nHost: x\r\n", "\r\nHost: x\r\nConnection: close\r\n", 1)
    with socket.create_connection(("127.0.0.1", console.server.port), 30) as connection:
        connection.sendall(sent.encode("latin-1"))
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    assert re.match(rb"HTTP/1\.1 (200|206|304|4\d\d) ", answer), answer[:300]


def test_whoever_dawdles_keeps_nobody_waiting(console: Console) -> None:
    """Of bodies that never come, and answers that nobody reads, there are more than threads."""
    where = static(console).removeprefix(console.url)
    with ExitStack() as open_ones:
        for number in range(24):
            connection = socket.create_connection(("127.0.0.1", console.server.port), 30)
            open_ones.enter_context(connection)
            if number % 2:
                head = "POST /console/token HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n{"
            else:
                head = f"GET {where}/vendor/purify.min.js HTTP/1.1\r\nHost: x\r\n\r\n" * 20
            connection.sendall(head.encode())
        with ThreadPoolExecutor(4) as pool:
            paths = ["/console", "/healthz", "/console/sign-in", "/openapi.json"] * 3
            answers = list(pool.map(lambda path: httpx.get(console.url + path, timeout=10), paths))
    assert [answer.status_code for answer in answers] == [200] * 12


def test_whoever_does_not_read_takes_no_memory(console: Console) -> None:
    """Large answers, without compression, to many who take the beginning alone."""
    path = "/docs/scalar/x/scalar.js"
    whole = httpx.get(console.url + path, headers={"Accept-Encoding": "identity"}).content
    assert len(whole) > 3_000_000
    before = console.server.reset_peak_memory()
    with ExitStack() as open_ones:
        for _ in range(60):
            connection = open_ones.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", console.server.port))
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert connection.recv(9) == b"HTTP/1.1 "
        assert httpx.get(console.url + path).content == whole
        assert console.server.peak_memory - before < 40 << 20


def test_the_version_changes_with_any_file(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "a").mkdir()
    (folder / "a" / "b.js").write_text("1")
    (folder / "hidden.py").write_text("1")
    first = Assets(folder)
    assert first.find("a/b.js") is not None
    assert first.find("hidden.py") is None
    assert Assets(folder).version == first.version
    (folder / "a" / "b.js").write_text("2")
    assert Assets(folder).version != first.version


def test_what_is_vendored_is_named_with_its_licence() -> None:
    told = json.loads((STATIC / "vendor/vendor.json").read_text())
    named = {each["file"] for each in told} | {each["text"] for each in told if each["text"]}
    held = {
        path.relative_to(STATIC / "vendor").as_posix()
        for path in (STATIC / "vendor").rglob("*")
        if path.is_file() and not path.name.endswith(".d.ts")
    }
    assert held - {"vendor.json"} == named


def test_an_unsigned_page_learns_that_it_is_not_signed_in(console: Console) -> None:
    answer = httpx.post(f"{console.url}/console/token", headers=PAGE)
    assert kind(answer) == (401, "not-signed-in")
    assert answer.headers["www-authenticate"].startswith("Bearer")
