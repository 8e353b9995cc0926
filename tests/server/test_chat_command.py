"""``palaver chat`` as it is used: typed to, piped to, cut off, and cut short."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from palaver.auth.secrets_file import load_or_create
from palaver.auth.tokens import TokenRules, issue_token
from palaver.lifetime import Lifetime
from tests.chat.protocol_scripts import ANSWER
from tests.chat.protocol_server import ProtocolServer, running_server
from tests.conftest import NewStore
from tests.server.conftest import Client, Serve, Server, environment, serving
from tests.server.typist import PATIENCE, Typist
from tests.server.wobbly import Wobbly, wobbly

Chat = Callable[..., "subprocess.CompletedProcess[str]"]
Type = Callable[..., Typist]

REPLACED = "\N{REPLACEMENT CHARACTER}"
FIRST = ANSWER.partition(" ")[0]
SESSION = r"--session ([0-9a-f-]{36})"


@pytest.fixture(scope="module")
def _one_model() -> Iterator[ProtocolServer]:
    with running_server() as server:
        yield server


@pytest.fixture
def model(_one_model: ProtocolServer) -> ProtocolServer:
    """What answers: it does what the messages tell it."""
    _one_model.reset()
    return _one_model


def of_model(model: ProtocolServer) -> dict[str, str]:
    return {"llm_base_url": model.base_url, "llm_model": "answer"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server was started and the command is: the data folder lies in it."""
    return tmp_path_factory.mktemp("chat")


@pytest.fixture(scope="module")
def house(folder: Path, new_store: NewStore, _one_model: ProtocolServer) -> Iterator[Server]:
    with new_store() as url, serving(folder) as start:
        yield start(database_url=url, **of_model(_one_model))


def client_of(server: Server, folder: Path, user: str = "me") -> Client:
    secret = load_or_create(folder / "palaver-data").jwt_secret
    rules = TokenRules(secret=secret)
    lifetime = Lifetime().convert("1h", None, None)
    return server.client(token=issue_token(rules, subject=user, lifetime=lifetime))


@pytest.fixture
def api(house: Server, folder: Path) -> Iterator[Client]:
    """The same user by other means."""
    client = client_of(house, folder)
    yield client
    client.close()


@pytest.fixture
def proxy(house: Server) -> Iterator[Wobbly]:
    with wobbly(house.port) as proxy:
        yield proxy


def command(port: int, *arguments: str) -> list[str]:
    return ["-m", "palaver", "chat", "--url", f"http://127.0.0.1:{port}", *arguments]


@pytest.fixture
def chat(house: Server, folder: Path) -> Chat:
    """Run the command to its end, with a file for its standard input."""

    def run(
        *arguments: str, said: str = "", port: int = 0, **env: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command(port or house.port, *arguments)],
            cwd=folder,
            env={**environment(), **env},
            input=said,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=2 * PATIENCE,
        )

    return run


@pytest.fixture
def typist(house: Server, folder: Path) -> Iterator[Type]:
    """Start the command at a terminal."""
    started: list[Typist] = []

    def start(*arguments: str, port: int = 0) -> Typist:
        line = command(port or house.port, *arguments)
        started.append(Typist(*line, cwd=folder, env=environment()))
        return started[-1]

    yield start
    for each in started:
        each.__exit__()


def contents(api: Client, session_id: str) -> list[tuple[str, str, str]]:
    found = api.messages(session_id)
    return [(each["role"], each["content"], each["status"]) for each in found]


def session_of(text: str) -> str:
    match = re.search(SESSION, text)
    assert match is not None, text
    return match[1]


def test_a_message_makes_a_session_and_the_way_back_is_shown(
    chat: Chat, api: Client, model: ProtocolServer, folder: Path, house: Server
) -> None:
    first = chat("Good morning [[say:Good day to you.]]")
    assert (first.returncode, first.stdout) == (0, "Good day to you.\n")
    session_id = session_of(first.stderr)
    assert f"chat --url http://127.0.0.1:{house.port} --session {session_id}" in first.stderr
    assert "The session is now called “" in first.stderr
    shown = first.stderr.partition("come back to it: ")[2].partition("\n")[0]
    again = subprocess.run(
        f"{shown} '[[say:Here you are.]]'",
        shell=True,
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert (again.stdout, again.stderr) == ("Here you are.\n", "")
    assert [each[1] for each in contents(api, session_id)] == [
        "Good morning [[say:Good day to you.]]",
        "Good day to you.",
        "[[say:Here you are.]]",
        "Here you are.",
    ]


def test_each_piped_line_is_a_turn(chat: Chat, api: Client, model: ProtocolServer) -> None:
    found = chat(said="[[say:One.]]\n\n  \n[[say:Two.]]\r\n[[say:Three, ünïcode 🦜.]]")
    assert (found.returncode, found.stdout) == (0, "One.\nTwo.\nThree, ünïcode 🦜.\n")
    assert len(contents(api, session_of(found.stderr))) == 6
    nothing = chat(said="")
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (0, "", "")


def test_each_agent_of_a_team_is_named(chat: Chat, api: Client, model: ProtocolServer) -> None:
    ids = []
    for name in ("Ann", "Bo\x9b31mb"):
        made = api.call(
            "POST",
            "/api/agents",
            {"name": name, "instructions": f"[[say:I am {name[:2]}.\nYes.]]"},
        )
        assert made.status == 201, made.body
        ids.append(made.json["agent_id"])
    team = api.call("POST", "/sessions/team/create", ids)
    assert team.status == 201, team.body
    found = chat("--session", team.json["session_id"], "Who is there?")
    assert found.returncode == 0, found.stderr
    assert found.stdout == f"Ann: I am An.\nYes.\nBo{REPLACED}31mb: I am Bo.\nYes.\n"


def test_what_a_model_says_does_not_steer_the_terminal(chat: Chat, model: ProtocolServer) -> None:
    bad = "\x1b]0;owned\x07\x1b[2J\x9b31m\x7f\b\r\u202e"
    found = chat(f"\x1b[31m\x9b [[say:a{bad}b\tc\nd\r\ne]]")
    assert found.returncode == 0, found.stderr
    assert found.stdout == "a?]0;owned??[2J?31m???b\tc\nd\ne\n".replace("?", REPLACED)
    for stream in (found.stdout, found.stderr):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", stream)


def test_what_a_terminal_cannot_spell_is_replaced(chat: Chat, model: ProtocolServer) -> None:
    found = chat("[[say:Grüße]]", PYTHONIOENCODING="ascii")
    assert (found.returncode, found.stdout) == (0, "Gr??e\n")


def test_a_turn_that_fails_says_why(chat: Chat, api: Client, model: ProtocolServer) -> None:
    found = chat(said="[[status:400]]\n[[say:Fine.]]\n")
    assert (found.returncode, found.stdout) == (1, "Fine.\n")
    said = r"The turn failed\. .+ \(provider_\w+, request [0-9a-f]{16}\)\."
    assert len(re.findall(said, found.stderr)) == 1
    assert len(contents(api, session_of(found.stderr))) >= 3


def test_a_message_that_is_refused_says_why(chat: Chat) -> None:
    for message in ("  ", "x" * 100_001):
        found = chat(message)
        assert (found.returncode, found.stdout) == (1, "")
        assert re.search(r"The request is not valid\. .+ \(request \w{16}\)\.\n$", found.stderr)


def test_a_lost_connection_is_picked_up_where_it_broke(
    chat: Chat, api: Client, proxy: Wobbly, model: ProtocolServer
) -> None:
    def lose() -> None:
        model.wait(holding=1)
        proxy.cut()
        model.release("k")

    loser = threading.Thread(target=lose)
    loser.start()
    found = chat("[[hold:k]]", port=proxy.port)
    assert (found.returncode, found.stdout) == (0, f"{ANSWER}\n")
    loser.join(PATIENCE)
    assert proxy.lost >= 1
    assert len(contents(api, session_of(found.stderr))) == 2


@pytest.mark.parametrize("size", [1200, 1777, 4096])
def test_connections_that_break_again_and_again_lose_and_repeat_nothing(
    chat: Chat, proxy: Wobbly, model: ProtocolServer, size: int
) -> None:
    proxy.cut_after(size)
    found = chat("[[slow:60,0.001]]", port=proxy.port)
    assert found.returncode == 0, found.stderr
    assert found.stdout == " ".join(f"w{number}" for number in range(60)) + "\n"
    assert proxy.lost >= 2


@pytest.mark.parametrize("count", [1, 3])
def test_an_answer_that_got_lost_does_not_send_the_message_twice(
    chat: Chat, api: Client, proxy: Wobbly, model: ProtocolServer, count: int
) -> None:
    session_id = api.create()
    proxy.swallow(b"text/event-stream", count)
    found = chat("--session", session_id, "Hello", port=proxy.port)
    assert (found.returncode, found.stdout) == (0, f"{ANSWER}\n"), found.stderr
    assert proxy.lost == count
    assert [each[0] for each in contents(api, session_id)] == ["user", "assistant"]


def test_a_session_is_made_once_though_the_answer_got_lost(
    chat: Chat, folder: Path, house: Server, proxy: Wobbly, model: ProtocolServer
) -> None:
    client = client_of(house, folder, "lena")
    proxy.swallow(b" 201 ")
    assert chat("--user", "lena", "Hello", port=proxy.port).returncode == 0
    assert proxy.lost == 1
    assert len(client.call("GET", "/api/sessions").json["sessions"]) == 1
    client.close()


def test_a_server_that_dies_is_waited_for(
    serve: Serve,
    own_database: dict[str, str],
    tmp_path: Path,
    model: ProtocolServer,
) -> None:
    first = serve(**own_database, **of_model(model))
    with Typist(*command(first.port), cwd=tmp_path, env=environment()) as typist:
        typist.sees("> ")
        typist.type("[[hold:k]]\n")
        typist.sees(f"\n{FIRST}")
        first.stop(signal.SIGKILL)
        typist.sees("The connection is lost; trying again.")
        serve("--port", str(first.port), **own_database, **of_model(model))
        typist.sees("The turn failed.")
        assert "(interrupted, request" in typist.sees("\n> ")
        typist.type("[[say:Back again.]]\n")
        typist.sees("\nBack again.\n")
        typist.sees("> ")
        typist.type(Typist.CTRL_D)
        assert typist.leaves() == 0


def test_ctrl_c_cuts_an_answer_short_and_keeps_it(
    typist: Type, api: Client, model: ProtocolServer
) -> None:
    person = typist()
    person.sees("> ")
    person.type("[[hold:k]]\n")
    session_id = session_of(person.sees(f"\n{FIRST}"))
    model.wait(holding=1)
    person.type(Typist.CTRL_C)
    assert FIRST not in person.sees("Cancelled.\n> ")
    model.wait(gone=1)
    assert contents(api, session_id)[1] == ("assistant", FIRST, "cancelled")
    # The conversation goes on.
    person.type("[[say:Fine.]]\n")
    person.sees("\nFine.\n")
    person.sees("\n> ")
    assert person.leaves_by(Typist.CTRL_C) == 0
    assert "Traceback" not in person.screen
    assert len(contents(api, session_id)) == 4


def test_ctrl_c_before_the_first_word(typist: Type, api: Client, model: ProtocolServer) -> None:
    person = typist()
    person.sees("> ")
    person.type("[[hold-first:k]]\n")
    person.sees("come back to it")
    session_id = session_of(person.sees("\n"))
    model.wait(holding=1)
    person.type(Typist.CTRL_C)
    person.sees("Cancelled.\n> ")
    person.type(Typist.CTRL_D)
    assert person.leaves() == 0
    assert "complete" not in [each[2] for each in contents(api, session_id)[1:]]


def test_ctrl_c_twice_leaves_at_once(
    typist: Type, api: Client, proxy: Wobbly, model: ProtocolServer
) -> None:
    person = typist(port=proxy.port)
    person.sees("> ")
    person.type("[[hold:k]]\n")
    session_id = session_of(person.sees(f"\n{FIRST}"))
    proxy.close()
    person.sees("The connection is lost; trying again.")
    person.type(Typist.CTRL_C)
    # The turn cannot be cancelled now, and somebody does not want to wait until it can.
    person.sees("The connection is lost; trying again.")
    person.type(Typist.CTRL_C)
    assert person.leaves() == 130
    assert "Traceback" not in person.screen
    # The answer is not lost with its reader.
    model.release("k")
    (run_id,) = {each["run_id"] for each in api.messages(session_id)}
    while api.call("GET", f"/api/sessions/{session_id}/runs/{run_id}").json["status"] == "running":
        pass
    assert contents(api, session_id)[1] == ("assistant", ANSWER, "complete")


def test_ctrl_c_ends_the_command_that_had_one_message(
    typist: Type, api: Client, model: ProtocolServer
) -> None:
    person = typist("[[hold:k]]")
    session_id = session_of(person.sees(f"\n{FIRST}"))
    person.type(Typist.CTRL_C)
    person.sees("Cancelled.\n")
    assert person.leaves() == 130
    assert contents(api, session_id)[1] == ("assistant", FIRST, "cancelled")
    failed = typist("[[status:400]]")
    failed.sees("The turn failed.")
    assert failed.leaves() == 1


def test_a_signal_ends_a_pipe_and_the_turn(
    house: Server, folder: Path, api: Client, model: ProtocolServer
) -> None:
    session_id = api.create()
    with subprocess.Popen(
        [sys.executable, *command(house.port, "--session", session_id)],
        cwd=folder,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("[[hold:k]]\n[[say:Never.]]\n")
        process.stdin.flush()
        assert process.stdout.read(len(FIRST)) == FIRST
        process.send_signal(signal.SIGINT)
        said, noted = process.communicate(timeout=PATIENCE)
    assert (process.returncode, said, noted) == (130, "\n", "Cancelled.\n")
    assert [each[2] for each in contents(api, session_id)] == ["complete", "cancelled"]


@pytest.fixture
def busy(house: Server, api: Client, folder: Path, model: ProtocolServer) -> Iterator[str]:
    """A session in which a turn is held."""
    session_id = api.create()
    other = client_of(house, folder)
    messages = f"/api/sessions/{session_id}/messages"
    turn = threading.Thread(target=other.call, args=("POST", messages, {"message": "[[hold:b]]"}))
    turn.start()
    model.wait(holding=1)
    yield session_id
    model.release("b")
    turn.join(PATIENCE)
    other.close()


def test_a_busy_session_can_be_followed(
    typist: Type, api: Client, busy: str, model: ProtocolServer
) -> None:
    person = typist("--session", busy)
    person.sees("> ")
    person.type("[[say:My turn.]]\n")
    person.sees("still running")
    person.sees("[Y/n] ")
    person.type("\n")
    person.sees(f"\n{FIRST}")
    model.release("b")
    person.sees(f"{ANSWER[len(FIRST) :]}\n")
    person.sees("My turn.\n> ")
    person.type(Typist.CTRL_D)
    assert person.leaves() == 0
    assert [each[1] for each in contents(api, busy)] == [
        "[[hold:b]]",
        ANSWER,
        "[[say:My turn.]]",
        "My turn.",
    ]


@pytest.mark.parametrize("key", ["n\n", Typist.CTRL_D])
def test_a_busy_session_can_be_left_alone(
    typist: Type, api: Client, busy: str, model: ProtocolServer, key: str
) -> None:
    person = typist("--session", busy, "Hello")
    person.sees("[Y/n] ")
    person.type(key)
    person.sees("Your message was not sent.")
    assert person.leaves() == 1
    assert len(contents(api, busy)) == 2


def test_ctrl_c_ends_the_turn_that_was_followed(
    typist: Type, api: Client, busy: str, model: ProtocolServer
) -> None:
    person = typist("--session", busy)
    person.sees("> ")
    person.type("Hello\n")
    person.sees("[Y/n] ")
    person.type("y\n")
    person.sees(f"\n{FIRST}")
    person.type(Typist.CTRL_C)
    person.sees("Cancelled.\nYour message was not sent.\n> ")
    assert [each[2] for each in contents(api, busy)] == ["complete", "cancelled"]


def test_a_busy_session_ends_a_pipe(chat: Chat, busy: str) -> None:
    found = chat("--session", busy, "Hello")
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr.startswith("Error: Another turn of the session is still running.")
    assert found.stderr.endswith("). Your message was not sent.\n")


UNUSABLE: dict[str, tuple[list[str], str]] = {
    "no server": (["--url", "http://127.0.0.1:9"], "No server answers at http://127.0.0.1:9 ("),
    "no URL": (["--url", "localhost:8000"], "--url must be an http:// or https:// URL."),
    "half a URL": (["--url", "http://[::1"], "--url must be an http:// or https:// URL."),
    "a bad token": (["--token", "abc"], "does not take the token: "),
    "a token of signs": (["--token", "a\nb"], "--token has characters that no token has."),
    "no session": (["--session", "nothing/../here"], "There is no session nothing/../here"),
    "a session of another": (["--session", "THEIRS"], "There is no session "),
    "a bad user": (["--user", "a\nb"], "--user: a user's name is"),
    "no folder": (["--data-dir", "nowhere"], "There are no secrets in nowhere to make a token"),
    "another program": (["--url", "MODEL"], "does not answer like a Palaver server."),
}


@pytest.mark.parametrize("case", UNUSABLE)
@pytest.mark.parametrize("message", [["Hello"], []])
def test_what_cannot_be_used_is_told_in_one_sentence(
    chat: Chat,
    house: Server,
    folder: Path,
    model: ProtocolServer,
    case: str,
    message: list[str],
) -> None:
    options, words = UNUSABLE[case]
    theirs = client_of(house, folder, "zoe")
    stand_ins = {"THEIRS": theirs.create(), "MODEL": f"http://127.0.0.1:{model.port}"}
    found = chat(*(stand_ins.get(each, each) for each in options), *message, said="Hello\n")
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr.startswith("Error: ")
    assert words in found.stderr
    assert found.stderr.count("\n") == 1
    assert not (folder / "nowhere").exists()
    theirs.close()


def test_a_token_that_is_given_needs_no_folder(
    chat: Chat, house: Server, folder: Path, api: Client, model: ProtocolServer
) -> None:
    token = subprocess.run(
        [sys.executable, "-m", "palaver", "token", "--user", "kim"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    found = chat("--token", token, "[[say:Hello Kim.]]")
    assert (found.returncode, found.stdout) == (0, "Hello Kim.\n")
    assert "--token '…' --session" in found.stderr
    assert token not in found.stderr
    both = chat("--token", token, "--user", "kim", "Hello")
    assert both.returncode == 2


def test_a_reader_that_has_seen_enough_ends_it_quietly(
    house: Server, folder: Path, model: ProtocolServer
) -> None:
    line = " ".join([sys.executable, *command(house.port, "'[[slow:400,0.001]]'")])
    found = subprocess.run(
        f"{line} | head -c 10",
        shell=True,
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
    )
    assert found.stdout == "w0 w1 w2 w"
    assert "Traceback" not in found.stderr
    assert "Broken pipe" not in found.stderr
