"""One serving process: its key, its address, its ready line, its exit code."""

import asyncio
import os
import signal
import socket
import sqlite3
import threading
import time
from contextlib import closing

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from flowboard import server
from flowboard.config import Settings
from flowboard.errors import ConfigError, DatabaseTooNew
from flowboard.kalshi.auth import Signer
from flowboard.trade_processor import TradeProcessor

KEY_ID = "0f1e2d3c-1111-4222-8333-444455556666"
NOBODY = {
    "KALSHI_API_BASE": "http://127.0.0.1:9/trade-api/v2",
    "KALSHI_WS_URL": "ws://127.0.0.1:9/trade-api/ws/v2",
}
PATIENCE_S = 10


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """Logging stays as the other tests have it."""
    monkeypatch.setattr(server, "log_to_stderr", lambda level: None)


@pytest.fixture
def signer():
    return Signer(KEY_ID, ed25519.Ed25519PrivateKey.generate())


def settings_of(folder, **variables):
    values = {"FLOWBOARD_PORT": 0, "FLOWBOARD_DATABASE": folder / "board.db"}
    return Settings(_env_file=None, **(NOBODY | values | variables))


# The key


def test_a_key_that_others_can_read(tmp_path):
    """F18: refused at the start, with what to do; whoever insists says so."""
    key = tmp_path / "key.pem"
    key.write_bytes(private_pem())
    key.chmod(0o644)
    variables = {"KALSHI_API_KEY_ID": KEY_ID, "KALSHI_PRIVATE_KEY_PATH": str(key)}

    with pytest.raises(ConfigError, match=r"is not safe: .*0644.*: run `chmod 600"):
        server.signer_of(settings_of(tmp_path, **variables))

    insisting = settings_of(tmp_path, FLOWBOARD_INSECURE_KEY_FILE="true", **variables)
    assert server.signer_of(insisting) is not None
    key.chmod(0o600)
    assert server.signer_of(settings_of(tmp_path, **variables)) is not None


def private_pem():
    """Return a new key as a file holds it."""
    return Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        (
            {"FLOWBOARD_FEED": "websocket"},
            "^KALSHI_API_KEY_ID is not set, .*FLOWBOARD_FEED=auto",
        ),
        ({"KALSHI_API_KEY_ID": KEY_ID}, "^KALSHI_PRIVATE_KEY_PATH is not set"),
        ({"KALSHI_PRIVATE_KEY_PATH": "key.pem"}, "^KALSHI_API_KEY_ID is not set"),
        (
            {"KALSHI_API_KEY_ID": KEY_ID, "KALSHI_PRIVATE_KEY_PATH": "absent.pem"},
            "^KALSHI_PRIVATE_KEY_PATH names absent.pem, which does not exist",
        ),
    ],
)
def test_a_key_that_is_not_all_there(tmp_path, monkeypatch, variables, named):
    """The error names the variable to set; without any, the demo is offered."""
    monkeypatch.chdir(tmp_path)
    for name in ("KALSHI_API_KEY_ID", "KALSHI_PRIVATE_KEY_PATH"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(ConfigError, match=named):
        server.signer_of(settings_of(tmp_path, **variables))


# The address


def test_a_taken_port_is_told():
    """The sentence names the port and the flag that chooses another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(server.PortTaken, match=f"127.0.0.1:{port} .*--port"):
            server.listen("127.0.0.1", port)


def test_a_port_is_free_again_at_once():
    """A restart need not wait for the last connections to time out."""
    with server.listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, _ = first.accept()
            accepted.close()  # The server's end closes first: it lingers.
            client.recv(1)

    server.listen("127.0.0.1", port).close()


# The process


def while_serving(capsys, act):
    """Call `act` with the ready line's address once it is there, from a thread."""
    printed: list[str] = []

    def wait():
        deadline_s = time.monotonic() + PATIENCE_S
        while not printed and time.monotonic() < deadline_s:
            lines = capsys.readouterr().out.splitlines()
            printed.extend(line for line in lines if line.startswith("ready "))
            time.sleep(0.01)
        try:
            act(printed[0].removeprefix("ready "))
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread, printed


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_signal_is_a_good_end(tmp_path, capsys, signer, host):
    """It says `ready` and answers at that address; SIGTERM ends it with code 0 and does
    not end the caller."""
    answers: list[int] = []
    before = signal.getsignal(signal.SIGTERM)

    def ask(address):
        with httpx2.Client(trust_env=False) as client:
            answers.append(client.get(f"{address}/api/stats").status_code)

    thread, printed = while_serving(capsys, ask)
    code = server.run(settings_of(tmp_path, FLOWBOARD_HOST=host), signer)
    thread.join()

    assert (code, answers) == (0, [200])
    assert len(printed) == 1
    assert ("[::1]" in printed[0]) == (host == "::1")
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_stage_that_dies_ends_the_process(tmp_path, capsys, signer, monkeypatch):
    """A board that no longer moves is worse than none: exit 1, with a sentence."""

    async def die(self):
        await asyncio.sleep(0)
        raise RuntimeError("as scripted")

    monkeypatch.setattr(TradeProcessor, "run", die)

    code = server.run(settings_of(tmp_path), signer)

    assert code == 1
    assert "a stage died" in capsys.readouterr().err


def test_a_file_of_no_use_leaves_the_port_free(tmp_path, capsys, signer):
    """The board that cannot be made has not begun to listen, nor says that it has."""
    with closing(sqlite3.connect(tmp_path / "board.db")) as connection:
        connection.execute("PRAGMA user_version = 999")
    with server.listen("127.0.0.1", 0) as chosen:
        port = chosen.getsockname()[1]

    with pytest.raises(DatabaseTooNew):
        server.run(settings_of(tmp_path, FLOWBOARD_PORT=port), signer)

    server.listen("127.0.0.1", port).close()
    assert capsys.readouterr().out == ""
