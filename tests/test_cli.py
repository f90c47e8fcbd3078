"""The command line: commands, their flags, exit codes and one line of complaint."""

import signal
from pathlib import Path

import pytest

from flowboard import __version__, cli, demo, server, simulator
from flowboard.errors import ConfigError, DatabaseTooNew, FlowboardError


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
    assert all(name in shown for name in ("serve", "demo", "simulate", "version"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("danse",), ("danse", "`flowboard --help`")),
        (("serve", "--colour", "red"), ("--colour", "`flowboard serve --help`")),
        (("serve", "--port", "many"), ("--port", "`flowboard serve --help`")),
        (("simulate", "--speed", "warp"), ("--speed", "max")),
        (("simulate", "--history", "1y"), ("--history", "90s")),
        (("demo", "--history", "-1s"), ("--history", "90s")),
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


@pytest.mark.parametrize(
    ("text", "ms"),
    [("0s", 0), ("90s", 90_000), ("45m", 2_700_000), ("2d", 172_800_000)],
)
def test_durations(text, ms):
    """A whole number and its unit."""
    assert cli.duration_ms(text, "--history") == ms


@pytest.mark.parametrize(
    "text", ["", "s", "90", "1.5h", "1h30m", "-1s", "\u0661s", " 1s"]
)
def test_durations_that_are_none(text):
    """Anything else is refused with an example."""
    with pytest.raises(ConfigError, match=r"--history is .*: give a span such as 90s"):
        cli.duration_ms(text, "--history")
