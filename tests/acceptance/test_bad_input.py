"""What an operator can get wrong: one line on stderr, the right exit code, no traceback."""

import socket
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from tests.acceptance.processes import Running, flowboard, until

pytestmark = pytest.mark.slow

KEY_ID = "0f1e2d3c-1111-4222-8333-444455556666"
PEM = (
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
)
NOWHERE = "ws://127.0.0.1:9/trade-api/ws/v2"


class Case(NamedTuple):
    """One mistake: its variables and flags, the exit code, words of the sentence."""

    name: str
    code: int
    words: tuple[str, ...]
    variables: Mapping[str, str] = MappingProxyType({})
    flags: tuple[str, ...] = ()
    before: Callable[[Path], object] = lambda folder: None
    command: str = "serve"
    key: bool = True


def write_key(folder: Path, name: str = "key.pem") -> Path:
    path = folder / name
    path.write_bytes(ed25519.Ed25519PrivateKey.generate().private_bytes(*PEM))
    path.chmod(0o600)
    return path


def elliptic(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(*PEM)
    (folder / "other.pem").write_bytes(key)


def newer(folder: Path) -> None:
    with sqlite3.connect(folder / "board.db") as connection:
        connection.execute("PRAGMA user_version = 999")
        connection.execute("CREATE TABLE tomorrow (x)")
    connection.close()


KEY_PATH = "KALSHI_PRIVATE_KEY_PATH"
CASES = [
    Case(
        "no key for the socket",
        2,
        ("set KALSHI_API_KEY_ID", "or FLOWBOARD_FEED=auto"),
        {"FLOWBOARD_FEED": "websocket"},
        key=False,
    ),
    Case(
        "key id alone",
        2,
        (KEY_PATH, "is not set"),
        {"KALSHI_API_KEY_ID": KEY_ID},
        key=False,
    ),
    Case("key missing", 2, (KEY_PATH, "does not exist"), {KEY_PATH: "absent.pem"}),
    Case(
        "key unreadable",
        2,
        (KEY_PATH, "cannot be read"),
        {KEY_PATH: "folder"},
        before=lambda folder: (folder / "folder").mkdir(),
    ),
    Case(
        "no PEM",
        2,
        (KEY_PATH, "no private key in PEM form"),
        {KEY_PATH: "other.pem"},
        before=lambda folder: (folder / "other.pem").write_text("secret words\n"),
    ),
    Case(
        "key of another kind",
        2,
        (KEY_PATH, "neither RSA nor Ed25519"),
        {KEY_PATH: "other.pem"},
        before=elliptic,
    ),
    Case("no URL", 2, ("KALSHI_WS_URL", "wss://"), {"KALSHI_WS_URL": "kalshi"}),
    Case(
        "no REST URL",
        2,
        ("KALSHI_API_BASE", "https://"),
        {"KALSHI_API_BASE": "ftp://x"},
    ),
    Case(
        "unencrypted abroad",
        2,
        ("KALSHI_WS_URL", "not encrypted"),
        {"KALSHI_WS_URL": "ws://example.com/trade-api/ws/v2"},
    ),
    Case(
        "key that others can read",
        2,
        (KEY_PATH, "mode 0644", "chmod 600", "FLOWBOARD_INSECURE_KEY_FILE"),
        {KEY_PATH: "open.pem"},
        before=lambda folder: write_key(folder, "open.pem").chmod(0o644),
    ),
    Case("bad variable", 2, ("FLOWBOARD_PORT",), {"FLOWBOARD_PORT": "many"}),
    Case("bad window", 2, ("FLOWBOARD_WINDOW",), {"FLOWBOARD_WINDOW": "7m"}),
    Case(
        "bad whale", 2, ("FLOWBOARD_WHALE_DOLLARS",), {"FLOWBOARD_WHALE_DOLLARS": "0"}
    ),
    Case("bad flag", 2, ("--port",), flags=("--port", "70000")),
    Case("no number", 2, ("--port",), flags=("--port", "many")),
    Case("unknown flag", 2, ("--colour",), flags=("--colour", "red")),
    Case("foreign bind", 2, ("--host", "0.0.0.0"), flags=("--host", "0.0.0.0")),
    Case(
        "folder not writable",
        1,
        ("cannot be written", "--database"),
        flags=("--database", "taken/board.db"),
        before=lambda folder: (folder / "taken").write_text(""),
    ),
    Case(
        "a folder in the file's place",
        1,
        ("cannot be written", "--database"),
        flags=("--database", "taken"),
        before=lambda folder: (folder / "taken").mkdir(),
    ),
    Case("newer file", 1, ("999", "--database"), before=newer),
    Case("demo rate", 2, ("--rate",), flags=("--rate", "0"), command="demo"),
    Case("demo history", 2, ("--history",), flags=("--history", "1y"), command="demo"),
    Case("no tape", 2, ("--tape",), flags=("--tape", "absent"), command="simulate"),
    Case("bad speed", 2, ("--speed",), flags=("--speed", "warp"), command="simulate"),
    Case("bad start", 2, ("--start",), flags=("--start", "soon"), command="simulate"),
    Case("no command", 2, ("danse",), command="danse"),
]


def command_of(case: Case, folder: Path) -> tuple[tuple[str, ...], dict[str, str]]:
    variables = {"KALSHI_WS_URL": NOWHERE} | dict(case.variables)
    if case.key:
        variables.setdefault("KALSHI_API_KEY_ID", KEY_ID)
        variables.setdefault(KEY_PATH, str(write_key(folder)))
    flags = case.flags
    if case.command == "serve" and "--database" not in flags:
        flags += ("--database", "board.db")
    if case.command in ("serve", "demo", "simulate") and "--port" not in flags:
        flags += ("--port", "0") if "FLOWBOARD_PORT" not in variables else ()
    return (case.command, *flags), variables


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_one_line_and_the_right_code(tmp_path: Path, case: Case) -> None:
    """A mistake is told in one line that names it, on stderr, with its exit code."""
    case.before(tmp_path)
    left = (tmp_path / "board.db").read_bytes() if case.name == "newer file" else b""
    arguments, variables = command_of(case, tmp_path)

    async with flowboard(*arguments, folder=tmp_path, **variables) as process:
        code = await process.ended(15)

    check_complaint(process, code, case.code, case.words)
    assert "secret" not in process.stderr
    if left:
        assert (tmp_path / "board.db").read_bytes() == left
        assert not (tmp_path / "board.db-wal").exists()


def check_complaint(
    process: Running, code: int, expected: int, words: tuple[str, ...]
) -> None:
    lines = process.stderr.splitlines()
    assert (code, process.lines, len(lines)) == (expected, [], 1), process.stderr
    assert all(word in lines[0] for word in words), lines[0]


@pytest.fixture
def taken() -> Iterator[str]:
    """A port at which somebody listens already."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield str(listener.getsockname()[1])


@pytest.mark.parametrize("command", ["serve", "demo", "simulate"])
async def test_port_in_use(tmp_path: Path, taken: str, command: str) -> None:
    """Somebody else's port: exit 1, and which flag chooses another."""
    case = Case("port", 1, (taken, "--port"), flags=("--port", taken), command=command)
    arguments, variables = command_of(case, tmp_path)

    async with flowboard(*arguments, folder=tmp_path, **variables) as process:
        code = await process.ended(15)

    check_complaint(process, code, 1, case.words)


async def test_damaged_file_is_set_aside(tmp_path: Path) -> None:
    """A file that is no database is renamed with one sentence, and a fresh one begun."""
    damage = b"not a database at all " * 500
    (tmp_path / "board.db").write_bytes(damage)
    arguments, variables = command_of(Case("damaged", 0, ()), tmp_path)

    async with flowboard(*arguments, folder=tmp_path, **variables) as process:
        await process.ready()
        assert await process.stop() == 0

    (aside,) = tmp_path.glob("board.db.damaged-*")
    assert aside.read_bytes() == damage
    told = [line for line in process.stderr.splitlines() if "set aside" in line]
    assert len(told) == 1
    assert aside.name in told[0]
    assert "Traceback" not in process.stderr
    with sqlite3.connect(tmp_path / "board.db") as connection:
        assert connection.execute("SELECT count(*) FROM trades").fetchone() == (0,)
    connection.close()


async def test_second_writer_is_refused(tmp_path: Path) -> None:
    """Two boards on one file: the second leaves with a sentence, the first goes on."""
    arguments, variables = command_of(Case("twice", 1, ()), tmp_path)

    async with flowboard(*arguments, folder=tmp_path, **variables) as first:
        await first.ready()
        async with flowboard(*arguments, folder=tmp_path, **variables) as second:
            code = await second.ended(15)
        check_complaint(second, code, 1, ("another Flowboard", "--database"))
        await until(lambda: first.alive)
        assert await first.stop() == 0
