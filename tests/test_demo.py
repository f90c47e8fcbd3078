"""A demonstration's exchange: a process of its own that never outlives it."""

import subprocess
import sys
from pathlib import Path

import pytest

from flowboard import demo, server
from flowboard.errors import ConfigError

PATIENCE_S = 10


def options(folder, **changes):
    return {"--rate": "50", "--markets": "5", "--keys": str(folder)} | changes


def watched(monkeypatch):
    """Keep the processes that are started."""
    started = []
    popen = subprocess.Popen

    def start(*args, **kwargs):
        started.append(popen(*args, **kwargs))
        return started[-1]

    monkeypatch.setattr(demo.subprocess, "Popen", start)
    return started


@pytest.mark.slow
def test_the_exchange_is_gone_at_the_end(tmp_path, monkeypatch):
    """It gives its two URLs and a key, and ends with the block."""
    started = watched(monkeypatch)

    with demo.exchange(options(tmp_path)) as (rest_base, ws_url):
        assert rest_base.startswith("http://127.0.0.1:")
        assert ws_url.startswith("ws://127.0.0.1:")
        assert (tmp_path / "kalshi_private_key.pem").exists()
        assert started[0].poll() is None

    assert started[0].returncode == 0


@pytest.mark.slow
def test_the_exchange_ends_when_nobody_holds_its_stdin(tmp_path):
    """Where we are killed the pipe closes, and it ends by itself with code 0."""
    command = [sys.executable, "-m", "flowboard", "simulate", "--port", "0"]
    flags = ["--keys", str(tmp_path), "--until-stdin-closes"]
    with subprocess.Popen(
        [*command, *flags], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline().startswith("ready ")
        assert process.poll() is None

        process.stdin.close()

        assert process.wait(PATIENCE_S) == 0


@pytest.mark.slow
def test_an_exchange_that_does_not_start(tmp_path, capfd):
    """What it says goes to stderr as it is; ours adds how to see more."""
    with (
        pytest.raises(demo.SimulatorFailed, match="flowboard simulate"),
        demo.exchange(options(tmp_path, **{"--key-type": "dsa"})),
    ):
        pass

    assert "--key-type" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"rate": 0.5}, "--rate"),
        ({"markets": 0}, "--markets"),
        ({"seed": -1}, "--seed"),
    ],
)
def test_a_wrong_option_starts_nothing(monkeypatch, changes, flag):
    """Options are checked before any process is started."""
    started = watched(monkeypatch)
    usual = {"rate": 100, "markets": 300, "seed": 1, "history_ms": 0}

    with pytest.raises(ConfigError, match=f"^{flag} "):
        demo.run(host=None, port=None, database=None, **(usual | changes))

    assert started == []


@pytest.mark.slow
@pytest.mark.parametrize("named", [False, True])
def test_the_board_is_of_that_exchange(monkeypatch, tmp_path, named):
    """Its own key and URLs, whatever the machine's settings say; a temporary file
    unless one is named, and gone afterwards."""
    monkeypatch.setenv("KALSHI_API_KEY_ID", "somebody's own")
    monkeypatch.setenv("KALSHI_WS_URL", "wss://api.elections.kalshi.com/x")
    seen = []

    def look(settings, signer):
        key = settings.kalshi_private_key_path
        seen.append((settings, key.exists(), settings.database.parent))
        return 0

    monkeypatch.setattr(server, "run", look)
    file = tmp_path / "named.db" if named else None

    code = demo.run(
        host=None,
        port=0,
        database=file,
        rate=50,
        markets=5,
        seed=1,
        history_ms=5_000,
    )

    ((settings, key_there, folder),) = seen
    assert (code, key_there) == (0, True)
    assert settings.mode == "demo"
    assert settings.kalshi_ws_url.startswith("ws://127.0.0.1:")
    assert settings.kalshi_api_key_id != "somebody's own"
    assert (settings.database == file) == named
    assert Path(folder).exists() == named
