"""``palaver books`` as it is used: files into the library, and what comes of them."""

from __future__ import annotations

import base64
import io
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from palaver.auth.secrets_file import load_or_create
from palaver.bookshelf import _Measured
from palaver.remote import Unusable
from palaver.store import open_store
from tests.chat.protocol_server import running_server
from tests.conftest import NewStore
from tests.server.conftest import Client, Serve, Server, environment, serving
from tests.server.typist import Typist
from tests.server.wobbly import Wobbly, wobbly

Books = Callable[..., "subprocess.CompletedProcess[str]"]
Write = Callable[..., Path]

PATIENCE = 60.0
ID = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
REPLACED = "\N{REPLACEMENT CHARACTER}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server was started and the command is: the data folder lies in it."""
    return tmp_path_factory.mktemp("books")


@pytest.fixture(scope="module")
def house(folder: Path, new_store: NewStore) -> Iterator[Server]:
    """One server with one library; no test minds the books of another."""
    with new_store() as url, serving(folder) as start:
        yield start(database_url=url)


class Api:
    """The same library by other means."""

    def __init__(self, server: Server, data_dir: Path) -> None:
        self._client = Client(server.port, "")
        password = load_or_create(data_dir).basic_password
        credential = base64.b64encode(f"palaver:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {credential}"}

    def book(self, book_id: str) -> dict[str, Any]:
        """A book."""
        answer = self._client.call("GET", f"/api/v1/books/{book_id}", headers=self._headers)
        assert answer.status == 200, answer.body
        return dict(answer.json)


@pytest.fixture
def api(house: Server, folder: Path) -> Api:
    return Api(house, folder / "palaver-data")


def command(port: int, *arguments: str) -> list[str]:
    name, *rest = arguments
    url = [] if "--url" in rest else ["--url", f"http://127.0.0.1:{port}"]
    return ["-m", "palaver", "books", name, *url, *rest]


@pytest.fixture
def books(house: Server, folder: Path) -> Books:
    """Run the command to its end, without a terminal."""

    def run(*arguments: str, port: int = 0, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command(port or house.port, *arguments)],
            cwd=folder,
            env=environment(**settings),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
        )

    return run


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Make a file."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def pages(count: int, about: str) -> str:
    """A book that takes a while."""
    return "\f".join(f"Page {n} of {about}. " + "The fox jumps. " * 80 for n in range(count))


def ids(found: subprocess.CompletedProcess[str]) -> list[str]:
    """What stood on standard output, which must be ids alone."""
    lines = found.stdout.splitlines()
    assert all(re.fullmatch(ID, each) for each in lines), found
    return lines


def test_books_are_uploaded_and_waited_for(books: Books, api: Api, write: Write) -> None:
    one, two = write("one.txt", "All about ants."), write("two.md", pages(40, "bees"))
    found = books("add", str(one), str(two))
    assert found.returncode == 0, found.stderr
    first, second = map(api.book, ids(found))
    assert (first["title"], first["status"], first["pageCount"]) == ("one", "READY", 1)
    assert (second["fileName"], second["status"]) == ("two.md", "READY")
    assert second["size"] == two.stat().st_size
    lines = found.stderr.splitlines()
    assert lines[:2] == ["Uploading one.txt", "Uploading two.md"]
    assert "one.txt is ready: 1 page." in lines
    assert set(lines[2:]) <= {
        "Taking in one.txt",
        "one.txt is ready: 1 page.",
        "Taking in two.md",
        f"two.md is ready: {second['pageCount']} page{'s' * (second['pageCount'] > 1)}.",
    }


def test_a_book_can_be_given_a_title(books: Books, api: Api, write: Write) -> None:
    path = write("0001.txt", "All about wasps.")
    found = books("add", "--title", "Wasps, “a life”", str(path))
    assert found.returncode == 0, found.stderr
    assert api.book(*ids(found))["title"] == "Wasps, “a life”"
    both = books("add", "--title", "Both", str(path), str(path))
    assert both.returncode == 2
    assert "--title is for one FILE." in both.stderr


def test_a_book_that_is_there_already_counts_as_added(books: Books, api: Api, write: Write) -> None:
    path = write("hornets.txt", "All about hornets.")
    first = books("add", str(path))
    again = books("add", str(path), str(write("copy.txt", "All about hornets.")))
    assert (again.returncode, ids(again)) == (0, ids(first) * 2)
    assert "hornets.txt is in the library already: hornets." in again.stderr
    assert "copy.txt is in the library already: hornets." in again.stderr
    assert "ready: 1 page." in again.stderr


def test_a_book_that_fails_says_why_and_holds_up_no_other(
    books: Books, api: Api, write: Write
) -> None:
    bad, good = write("noise.pdf", b"\x00\x01\x02 noise"), write("moths.txt", "All about moths.")
    found = books("add", str(bad), str(good))
    assert found.returncode == 1
    failed, ready = map(api.book, ids(found))
    assert (failed["status"], ready["status"]) == ("FAILED", "READY")
    assert f"noise.pdf failed: {failed['reason']}\n" in found.stderr
    assert "moths.txt is ready: 1 page." in found.stderr
    again = books("add", str(bad))
    assert (again.returncode, ids(again)) == (1, [failed["bookId"]])
    assert "It had failed, and is taken in anew." in again.stderr
    assert f"noise.pdf failed: {failed['reason']}\n" in again.stderr


def test_an_upload_that_is_refused_holds_up_no_other(
    serve: Serve, books: Books, own_database: dict[str, str], tmp_path: Path, write: Write
) -> None:
    server = serve(max_upload_mb="1", **own_database)
    large = write("large.bin", bytes(30 << 20))
    just_too_large = write("just.bin", bytes((1 << 20) + 1))
    found = books(
        "add", "--data-dir", str(tmp_path / "palaver-data"),
        str(large), str(just_too_large), str(write("small.txt", "All about mites.")),
        port=server.port,
    )  # fmt: skip
    assert found.returncode == 1
    assert len(ids(found)) == 1
    for name in ("large.bin", "just.bin"):
        assert f"{name} was not added: The file is too large (request " in found.stderr
    assert "small.txt is ready: 1 page." in found.stderr


def test_the_list_shows_every_book(books: Books, write: Write) -> None:
    title = "Title \u202e of \u2028 gnats"
    made = books("add", "--title", title, str(write("gnats.txt", "All about gnats.")))
    bad = books("add", str(write("bad.txt", b"\x00 gnats")))
    found = books("list")
    assert (found.returncode, found.stderr) == (0, "")
    shown = {line[:36]: line[38:] for line in found.stdout.splitlines()}
    assert shown[ids(made)[0]] == f"READY             1 page  Title {REPLACED} of   gnats"
    assert re.fullmatch(r"FAILED +bad \([A-Z].+\.\)", shown[ids(bad)[0]])


def test_a_list_of_several_pages_and_of_none(
    serve: Serve, books: Books, store_url: str, tmp_path: Path
) -> None:
    server = serve(database_url=store_url)
    options = ("--data-dir", str(tmp_path / "palaver-data"))
    empty = books("list", *options, port=server.port)
    assert (empty.returncode, empty.stdout, empty.stderr) == (0, "", "The library has no books.\n")
    store = open_store(store_url)
    expected = [
        store.books.create(
            title=str(n), file_name="x", format="text", media_type="text/plain",
            sha256=str(n), size=1, created_by="ann",
        ).book_id
        for n in range(101)
    ]  # fmt: skip
    store.close()
    found = books("list", *options, port=server.port)
    assert found.returncode == 0
    assert [line[:36] for line in found.stdout.splitlines()] == expected
    cut = subprocess.run(
        f"{' '.join([sys.executable, *command(server.port, 'list', *options)])} | head -c 10",
        shell=True,
        env=environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert cut.stdout == expected[0][:10]
    assert "Traceback" not in cut.stderr


def test_a_terminal_gets_bars(house: Server, folder: Path, write: Write) -> None:
    path = write("a name that is much too long for the bar of a terminal.txt", pages(400, "flies"))
    line = command(house.port, "add", str(path))
    with Typist(*line, cwd=folder, env=environment()) as person:
        person.sees("Uploading ")
        person.sees("[####################################]  100%")
        person.sees("Taking in ")
        person.sees("  100%")
        person.sees("bar of a terminal.txt is ready: 400 pages.\n")
        assert person.leaves() == 0
        assert "\N{HORIZONTAL ELLIPSIS}" in person.screen
        # Nobody is left without a cursor.
        assert person.screen.count("\x1b[?25h") == 2


def test_ctrl_c_leaves_what_was_uploaded(
    house: Server, folder: Path, write: Write, books: Books, api: Api
) -> None:
    paths = [str(write(f"{n}.txt", pages(1500, f"lice {n}"))) for n in range(2)]
    with Typist(*command(house.port, "add", *paths), cwd=folder, env=environment()) as person:
        person.sees("Taking in ")
        person.type(Typist.CTRL_C)
        person.sees("The server goes on with 2 books; `palaver books list` shows how far it is.\n")
        assert person.leaves() == 130
        assert "Traceback" not in person.screen
        left = re.findall(ID, person.screen)
    assert [api.book(each)["fileName"] for each in left] == ["0.txt", "1.txt"]
    # Whoever comes back waits on.
    again = books("add", *paths)
    assert (again.returncode, ids(again)) == (0, left)
    assert {api.book(each)["status"] for each in left} == {"READY"}


@pytest.fixture
def proxy(house: Server) -> Iterator[Wobbly]:
    with wobbly(house.port) as proxy:
        yield proxy


def test_an_answer_that_is_lost_adds_no_second_book(
    books: Books, api: Api, proxy: Wobbly, write: Write
) -> None:
    path = write("fleas.txt", "All about fleas. " * 50_000)
    proxy.swallow(b"202 Accepted", 2)
    found = books("add", str(path), port=proxy.port)
    assert found.returncode == 0, found.stderr
    assert proxy.lost == 2
    assert api.book(*ids(found))["status"] == "READY"
    assert "already" not in found.stderr
    assert "The connection is lost; trying again.\n" in found.stderr


def test_a_connection_that_is_lost_while_waiting_is_made_again(
    books: Books, proxy: Wobbly, write: Write
) -> None:
    path = write("ticks.txt", pages(300, "ticks"))
    proxy.swallow(b'"fileName":"ticks.txt"', 2)
    found = books("add", str(path), port=proxy.port)
    assert found.returncode == 0, found.stderr
    assert proxy.lost == 2
    assert len(ids(found)) == 1


def test_a_large_file_is_never_in_memory(house: Server, folder: Path, write: Write) -> None:
    def peak(path: Path) -> int:
        """The most KiB that the command took."""
        program = (
            "import resource, sys; from palaver.cli import main\n"
            "try: main()\n"
            "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        found = subprocess.run(
            [sys.executable, "-c", program, *command(house.port, "add", str(path))[2:]],
            cwd=folder,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert re.match(ID, found.stdout), found.stderr
        return int(found.stdout.splitlines()[-1])

    small, large = write("small.bin", b"\0"), write("large.bin", bytes(120 << 20))
    assert peak(large) < peak(small) + (16 << 10)


def test_a_file_that_grows_is_taken_as_it_was(books: Books, api: Api, write: Write) -> None:
    path = write("growing.txt", bytes(20 << 20))
    ended = threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            for _ in range(1 << 20):
                if ended.is_set():
                    return
                file.write(bytes(64))

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        found = books("add", str(path))
    finally:
        ended.set()
        thread.join()
    assert len(ids(found)) == 1, found.stderr
    assert 20 << 20 <= api.book(*ids(found))["size"] <= path.stat().st_size


def test_a_file_that_shrinks_is_not_taken() -> None:
    reached: list[int] = []
    file = _Measured(io.BytesIO(b"12345"), 8, reached.append, "x.txt")
    assert file.read(4) == b"1234"
    with pytest.raises(Unusable, match=r"x\.txt changed while it was uploaded"):
        file.read(4)
    assert reached == [4]


def test_a_name_that_is_no_text(books: Books, api: Api, tmp_path: Path) -> None:
    path = Path(str(tmp_path) + '/b\udcffd "name"\x1b[2J\n.txt')
    path.write_bytes(b"All about aphids.")
    found = books("add", str(path))
    assert found.returncode == 0, found.stderr
    book = api.book(*ids(found))
    assert (book["status"], book["fileName"][0]) == ("READY", "b")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", found.stderr)


UNUSABLE: dict[str, tuple[list[str], int, str]] = {
    "no server": (["--url", "http://127.0.0.1:9"], 1, "No server answers at http://127.0.0.1:9 ("),
    "no URL": (["--url", "localhost:8000"], 1, "--url must be an http:// or https:// URL."),
    "a bad token": (["--token", "abc"], 1, "does not take the credential: A valid"),
    "a token of signs": (["--token", "a\nb"], 1, "--token has characters that no token has."),
    "a bad name": (["--username", "ann"], 1, "does not take the credential: A valid"),
    "a name with a colon": (["--username", "a:b"], 1, "--username must not contain a colon."),
    "no folder": (["--data-dir", "nowhere"], 1, "There are no secrets in nowhere to find the"),
    "both": (["--token", "abc", "--username", "x"], 2, "--token says who you are"),
    "another program": (["--url", "MODEL"], 1, "does not answer like a Palaver server."),
}


@pytest.mark.parametrize("case", UNUSABLE)
@pytest.mark.parametrize("name", ["add", "list"])
def test_what_cannot_be_used_is_told_in_one_sentence(
    books: Books, folder: Path, write: Write, case: str, name: str
) -> None:
    options, code, words = UNUSABLE[case]
    files = [str(write("x.txt", "All about nothing."))] * (name == "add")
    with running_server() as model:
        url = f"http://127.0.0.1:{model.port}"
        found = books(name, *(url if each == "MODEL" else each for each in options), *files)
    assert (found.returncode, found.stdout) == (code, "")
    assert words in found.stderr
    assert code == 2 or (found.stderr.startswith("Error: ") and found.stderr.count("\n") == 1)
    assert not (folder / "nowhere").exists()


@pytest.mark.parametrize("name", ["nothing.txt", ".", "pipe", "/dev/zero"])
def test_a_file_that_is_none_is_told(books: Books, tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    found = books("add", str(tmp_path / name))
    assert (found.returncode, found.stdout) == (2, "")
    assert "Uploading" not in found.stderr
    assert str(tmp_path / name) in found.stderr


def test_credentials(books: Books, serve: Serve, store_url: str, write: Write) -> None:
    own = {"basic_username": "library", "basic_password": "the password of the tests"}
    server = serve(database_url=store_url, **own)
    path = str(write("x.txt", "All about beetles."))
    assert books("add", path, port=server.port, **own).returncode == 0
    del own["basic_username"]
    named = books("add", "--username", "library", path, port=server.port, **own)
    assert named.returncode == 0, named.stderr
    assert books("add", path, port=server.port, **own).returncode == 1


@pytest.mark.parametrize("is_admin", [True, False])
def test_an_administrator_may_add_and_everybody_may_look(
    books: Books, folder: Path, write: Write, is_admin: bool
) -> None:
    token = subprocess.run(
        [sys.executable, "-m", "palaver", "token", "--user", "kim", *["--admin"] * is_admin],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    found = books("add", "--token", token, *[str(write("x.txt", "All about crickets."))] * 2)
    assert books("list", "--token", token).returncode == 0
    if is_admin:
        assert found.returncode == 0, found.stderr
        return
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr.splitlines()[1].startswith(
        "Error: Only an administrator may change the library (request "
    )
    assert token not in found.stderr
