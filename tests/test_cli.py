"""The command line: commands, their flags, exit codes and one line of complaint."""

import signal
from contextlib import nullcontext
from pathlib import Path

import pytest

from flowboard import (
    __version__,
    audit,
    backfill,
    cli,
    demo,
    doctor,
    remote,
    server,
    simulator,
    status,
)
from flowboard.app import STATIC
from flowboard.config import variables
from flowboard.errors import ConfigError, DatabaseTooNew, FlowboardError
from flowboard.progress import Progress
from flowboard.running_server import read_token, token_file
from tests.acceptance.processes import READY_S, flowboard
from tests.served_board import a_gap, served_board


def run(*arguments):
    """Return the exit code of a command line."""
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    return left.value.code or 0


def test_version(capsys):
    """The version, and nothing else."""
    assert run("version") == 0
    assert capsys.readouterr().out == f"flowboard {__version__}\n"


def test_help_lists_the_commands(capsys):
    """Help is an answer (0); no command at all is a mistake (2) that gets it too."""
    assert run("--help") == 0
    shown = capsys.readouterr().out
    assert run() == 2
    assert capsys.readouterr().out == shown
    assert all(
        name in shown for name in ("serve", "demo", "simulate", "version", *COMMANDS)
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("danse",), ("danse", "`flowboard --help`")),
        (("serve", "--colour", "red"), ("--colour", "`flowboard serve --help`")),
        (("serve", "--port", "many"), ("--port", "`flowboard serve --help`")),
        (("simulate", "--speed", "warp"), ("--speed", "max")),
        (("simulate", "--history", "1y"), ("--history", "90s")),
        (("demo", "--history", "-1s"), ("--history", "90s")),
        (("feed", "pigeon"), ("pigeon", "websocket", "`flowboard feed --help`")),
        (("feed",), ("FEED", "`flowboard feed --help`")),
    ],
)
def test_what_is_wrong_with_the_arguments_is_one_line(capsys, arguments, words):
    """Exit 2; stderr has one line that names the argument, stdout nothing."""
    assert run(*arguments) == 2

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert all(word in told.err for word in words)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("FLOWBOARD_PORT", "is wrong", "give a number"), 2),
        (DatabaseTooNew("board.db", 9, 1), 1),
        (FlowboardError("as scripted"), 1),
        (PermissionError(13, "Permission denied"), 1),
    ],
)
def test_errors_are_a_line_and_a_code(monkeypatch, capsys, error, code):
    """Settings are exit 2, everything else 1; the error's own sentence is told."""

    def fail(**_):
        raise error

    monkeypatch.setattr(server, "serve", fail)

    assert run("serve") == code
    assert capsys.readouterr().err == f"flowboard: {error}\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_before_anything_serves_is_a_good_end(monkeypatch, number):
    """While a command is getting ready it ends with 0, cleared up; the caller's own
    handler is back afterwards."""
    cleared = []
    before = signal.getsignal(signal.SIGTERM)

    def interrupted(**_):
        try:
            signal.raise_signal(number)
        finally:
            cleared.append(True)

    monkeypatch.setattr(server, "serve", interrupted)

    assert run("serve") == 0
    assert cleared
    assert signal.getsignal(signal.SIGTERM) is before


def test_serve_hands_its_flags_on(monkeypatch):
    """What is not given is None: the settings have the defaults."""
    given = []
    monkeypatch.setattr(server, "serve", lambda **flags: given.append(flags) or 0)

    run("serve")
    run("serve", "--host", "::1", "--port", "0", "--database", "x.db")

    assert given == [
        {"host": None, "port": None, "database": None},
        {"host": "::1", "port": 0, "database": Path("x.db")},
    ]


def test_demo_hands_its_flags_on(monkeypatch):
    """The defaults of a demonstration: an hour of history, 100 trades a second."""
    given = []
    monkeypatch.setattr(demo, "run", lambda **flags: given.append(flags) or 0)

    run("demo")
    run("demo", "--rate", "5", "--markets", "7", "--seed", "2", "--history", "2m")

    assert given[0] == {
        "host": None,
        "port": None,
        "database": None,
        "rate": 100,
        "markets": 300,
        "seed": 1,
        "history_ms": 3_600_000,
    }
    assert (
        given[1] | {"rate": 5, "markets": 7, "seed": 2, "history_ms": 120_000}
        == (given[1])
    )


def test_simulate_hands_its_flags_on(monkeypatch):
    """A tape at full speed; a speed of max is no factor."""
    given = []

    def keep(options, *, until_stdin_closes):
        given.append((options, until_stdin_closes))
        return 0

    monkeypatch.setattr(simulator, "run", keep)

    run("simulate")
    run("simulate", "--tape", "t.gz", "--speed", "max", "--keep-times", "--port", "0")

    assert given == [
        (simulator.SimulatorOptions(), False),
        (
            simulator.SimulatorOptions(
                tape=Path("t.gz"), speed=None, keep_times=True, port=0
            ),
            False,
        ),
    ]


# The commands that act on a running board


NOW_MS = 1_795_266_000_000
COMMANDS = ("status", "feed", "token", "backfill", "audit", "doctor")


@pytest.fixture
def at_noon(monkeypatch):
    """Thirteen o'clock in UTC, and no settings of this machine."""
    monkeypatch.setattr(cli, "_now_ms", lambda: NOW_MS)
    for names in variables().values():
        for name in names:
            monkeypatch.delenv(name, raising=False)


def test_status_hands_its_flags_on(monkeypatch, at_noon):
    """The exit code is the report's."""
    given = []

    def keep(database, **named):
        given.append((database, named))
        return 1

    monkeypatch.setattr(status, "run", keep)

    assert run("status", "--database", "x.db", "--json") == 1
    assert given == [(Path("x.db"), {"as_json": True, "now_ms": NOW_MS, "say": print})]


def test_doctor_hands_its_flags_on(monkeypatch, at_noon):
    """With the page that `serve` would show."""
    given = []
    monkeypatch.setattr(
        doctor, "run", lambda *a, **named: given.append((a, named)) or 0
    )

    assert run("doctor", "--database", "x.db") == 0
    ((settings,), named) = given[0]
    assert settings.database == Path("x.db")
    assert named == {
        "static_dir": STATIC,
        "now_ms": NOW_MS,
        "as_json": False,
        "say": print,
    }


def test_feed(monkeypatch, capsys, at_noon):
    """It says which feed the board has now."""
    given = []
    monkeypatch.setattr(
        remote, "switch_feed", lambda *what: given.append(what) or what[1]
    )

    assert run("feed", "polling", "--database", "x.db") == 0
    assert given == [(Path("x.db"), "polling")]
    assert capsys.readouterr().out == "feed polling\n"


def test_token(capsys, tmp_path, at_noon):
    """The file's path, never what is in it; one that is not there is made."""
    database = tmp_path / "board.db"

    assert run("token", "--database", str(database)) == 0
    assert capsys.readouterr().out == f"{token_file(database)}\n"
    assert len(read_token(database)) == 43


@pytest.mark.parametrize("command", ["status", "feed"])
def test_no_board_runs(capsys, tmp_path, at_noon, command):
    """One sentence, exit 1."""
    flags = ("--database", str(tmp_path / "board.db"))
    arguments = ("feed", "auto", *flags) if command == "feed" else ("status", *flags)

    assert run(*arguments) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("flowboard: no board is running on ")
    assert told.err.count("\n") == 1


class Server:
    """Stands in for a board that runs: keeps what it is asked."""

    def __init__(self, monkeypatch, follow):
        self.spans = []
        monkeypatch.setattr(remote, "connected", lambda _: nullcontext(self))
        monkeypatch.setattr(remote, "ask_backfill", self.ask)
        monkeypatch.setattr(remote, "follow", follow)

    def ask(self, server, *span):
        assert server is self
        self.spans.append(span)
        return 7


def test_backfill_by_the_board(monkeypatch, capsys, at_noon):
    """Asked for once and looked on to its end; times as people write them."""

    def follow(_, gap, progress):
        assert gap == 7
        progress(0.5, 1_000)
        return 1_234

    server = Server(monkeypatch, follow)

    assert run("backfill", "--from", "2026-11-21T12:00", "--ticker", "KXA-1") == 0
    assert server.spans == [(NOW_MS - 3_600_000, NOW_MS, "KXA-1")]
    assert capsys.readouterr().out.splitlines() == [
        "50.0%  1,000 trades filled in",
        "complete: 1,234 trades were missing and are filled in",
    ]


def test_backfill_that_nobody_waits_for(monkeypatch, capsys, at_noon):
    """Ctrl+C is a good end, and it is said that the board goes on."""

    def follow(*_):
        raise remote.Unwatched

    Server(monkeypatch, follow)

    assert run("backfill", "--from", "2d", "--to", "1d") == 0
    assert "the board goes on filling it" in capsys.readouterr().out


def test_backfill_without_a_board(monkeypatch, tmp_path, at_noon):
    """The command fills the file in itself."""
    given = []
    monkeypatch.setattr(backfill, "run", lambda *what: given.append(what) or 3)
    database = tmp_path / "board.db"

    assert run("backfill", "--from", "1h", "--database", str(database)) == 3
    ((settings, *span, progress),) = given
    assert settings.database == database
    assert span == [NOW_MS - 3_600_000, NOW_MS, None]
    assert isinstance(progress, Progress)


def test_audit_hands_its_flags_on(monkeypatch, at_noon):
    """The exit code is the comparison's."""
    given = []
    monkeypatch.setattr(audit, "run", lambda *what: given.append(what) or 1)

    assert run("audit", "--from", "2h", "--to", "1h", "--json") == 1
    assert given[0][1:] == (NOW_MS - 7_200_000, NOW_MS - 3_600_000, True)


@pytest.mark.parametrize("command", ["backfill", "audit"])
@pytest.mark.parametrize(
    ("times", "word"),
    [
        (("--from", "yesterday"), "--from is 'yesterday'"),
        (("--from", "2h", "--to", "noon"), "--to is 'noon'"),
        (("--from", "now"), "--from is not before --to"),
        (("--from", "1h", "--to", "2h"), "--from is not before --to"),
        ((), "--from"),
    ],
)
def test_a_span_that_is_none(capsys, at_noon, command, times, word):
    """Exit 2, and the option by its name; nobody was asked."""
    assert run(command, *times) == 2
    told = capsys.readouterr()
    assert word in told.err
    assert told.err.count("\n") == 1


@pytest.mark.slow
async def test_commands_on_a_board_that_is_served(tmp_path):
    """As programs of their own: found by the file, let in by the token."""
    database = ("--database", tmp_path / "board.db")

    async def told(*arguments):
        async with flowboard(*arguments, *database, folder=tmp_path) as process:
            code = await process.ended(READY_S)
            return code, process.lines, process.stderr

    async with served_board(tmp_path) as board:
        board.api.status.connected(board.api.clock.mono_ms)
        board.coverage = [{"gaps": [a_gap(state="closed", recovered=40)]}]
        state = await told("status")
        switched = await told("feed", "polling")
        refused = await told("feed", "websocket")
        filled = await told("backfill", "--from", "1970-01-01", "--to", "1970-01-02")
    gone = await told("status")

    assert state[0] == 0
    assert f"http://127.0.0.1:{board.api.port}, pid " in "\n".join(state[1])
    assert switched[:2] == (0, ["feed polling"])
    assert refused == (1, [], "flowboard: there is no key: stay with polling\n")
    assert filled[0] == 0
    assert filled[1][-1] == "complete: 40 trades were missing and are filled in"
    assert board.feeds == ["polling"]
    assert board.spans == [(0, 86_400_000, None)]
    assert (gone[0], gone[1]) == (1, [])
