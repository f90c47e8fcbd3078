"""The process: arguments, signals, exit codes; owns uvicorn.

Exit codes: 0 (also after SIGTERM and SIGINT), 2 = a flag, variable or setting is missing
or wrong, 1 = everything else, and what a report found wrong. One line on stderr, what
happened and what to do.
"""

import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from flowboard import __version__
from flowboard.errors import BadParameter, ConfigError, FlowboardError
from flowboard.moments import duration_ms, moment_ms

if TYPE_CHECKING:
    from flowboard.config import Settings

app = typer.Typer(
    name="flowboard",
    help="A real-time board of Kalshi's trade flow.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # A default in brackets is text, not markup.
)

Host = Annotated[str | None, typer.Option(help="A loopback address. [127.0.0.1]")]
Port = Annotated[int | None, typer.Option(help="0 picks a free one. [8000]")]
Database = Annotated[
    Path | None, typer.Option(help="The SQLite file. [data/flowboard.db]")
]
AsJson = Annotated[bool, typer.Option("--json", help="One object in place of lines.")]
Begin = Annotated[
    str, typer.Option("--from", help="ISO time (UTC if no zone), or 90m, 2d ago.")
]
End = Annotated[str, typer.Option("--to", help="Likewise; not included.")]


@app.command()
def version() -> None:
    """Print the version."""
    print(f"flowboard {__version__}")


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
    database: Database = None,
) -> None:
    """Show the board of the exchange; with a key over its WebSocket."""
    from flowboard import server

    _exit(lambda: server.serve(host=host, port=port, database=database))


@app.command()
def demo(
    host: Host = None,
    port: Port = None,
    database: Annotated[
        Path | None,
        typer.Option(help="The SQLite file. [a temporary one, deleted at the end]"),
    ] = None,
    rate: Annotated[float, typer.Option(help="Trades a second, 1 to 10,000.")] = 100,
    markets: Annotated[int, typer.Option(help="Markets that are traded.")] = 300,
    seed: Annotated[int, typer.Option(help="The same seed, the same trades.")] = 1,
    history: Annotated[
        str, typer.Option(help="How long it has been trading, as 90s, 45m, 1h.")
    ] = "1h",
) -> None:
    """Show a moving board of a simulated exchange: no key, no network."""
    from flowboard import demo as demonstration

    _exit(
        lambda: demonstration.run(
            host=host,
            port=port,
            database=database,
            rate=rate,
            markets=markets,
            seed=seed,
            history_ms=duration_ms(history, "--history"),
        )
    )


@app.command()
def simulate(
    host: Annotated[str, typer.Option(help="A loopback address.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 picks a free one.")] = 8100,
    tape: Annotated[
        Path | None, typer.Option(help="JSON lines (or .gz) of trades in REST shape.")
    ] = None,
    speed: Annotated[
        str, typer.Option(help="Factor on the tape's time, or max.")
    ] = "1",
    keep_times: Annotated[
        bool, typer.Option("--keep-times", help="The tape's trades keep their times.")
    ] = False,
    start: Annotated[str, typer.Option(help="client or now.")] = "client",
    rate: Annotated[float, typer.Option(help="Trades a second, 1 to 10,000.")] = 100,
    markets: Annotated[int, typer.Option(help="Markets that are traded.")] = 300,
    seed: Annotated[int, typer.Option(help="The same seed, the same trades.")] = 1,
    quote_rate: Annotated[float, typer.Option(help="Quotes moved a second.")] = 20,
    lifecycle_rate: Annotated[float, typer.Option(help="Events ended an hour.")] = 6,
    history: Annotated[str, typer.Option(help="Traded before, as 90s, 1h.")] = "0s",
    archive_after: Annotated[
        str | None,
        typer.Option(help="Age at which trades are historical, as 30m. [never]"),
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(help="Folder of the key pair. [a temporary one]")
    ] = None,
    key_type: Annotated[
        str | None, typer.Option(help="rsa or ed25519. [what --keys holds, or rsa]")
    ] = None,
    until_stdin_closes: Annotated[
        bool, typer.Option("--until-stdin-closes", hidden=True)
    ] = False,
) -> None:
    """Run an exchange on loopback that speaks Kalshi's protocol."""
    from flowboard import simulator

    def run() -> int:
        options = simulator.SimulatorOptions(
            host=host,
            port=port,
            tape=tape,
            speed=speed_of(speed),
            keep_times=keep_times,
            start=start,  # type: ignore[arg-type]
            rate=rate,
            markets=markets,
            seed=seed,
            quote_rate=quote_rate,
            lifecycle_rate=lifecycle_rate,
            history_ms=duration_ms(history, "--history"),
            archive_after_ms=None
            if archive_after is None
            else duration_ms(archive_after, "--archive-after"),
            keys=keys,
            key_type=key_type,  # type: ignore[arg-type]
        )
        return simulator.run(options, until_stdin_closes=until_stdin_closes)

    _exit(run)


@app.command()
def status(database: Database = None, as_json: AsJson = False) -> None:
    """Tell how the running board is; exit 1 where it is not well."""

    def run() -> int:
        from flowboard import status as report

        path = _settings(database).database
        return report.run(path, as_json=as_json, now_ms=_now_ms(), say=print)

    _exit(run)


@app.command()
def feed(
    policy: Annotated[
        Literal["auto", "websocket", "polling"],
        typer.Argument(metavar="FEED", help="auto, websocket or polling."),
    ],
    database: Database = None,
) -> None:
    """Switch the running board to another feed, at once."""

    def run() -> int:
        from flowboard import remote

        path = _settings(database).database
        print(f"feed {remote.switch_feed(path, policy)}")
        return 0

    _exit(run)


@app.command()
def token(database: Database = None) -> None:
    """Print the path of the token that the running board obeys."""

    def run() -> int:
        from flowboard import running_server

        path = _settings(database).database
        running_server.make_token(path)
        print(running_server.token_file(path))
        return 0

    _exit(run)


@app.command()
def backfill(
    begin: Begin,
    end: End = "now",
    ticker: Annotated[str | None, typer.Option(help="One market alone.")] = None,
    database: Database = None,
) -> None:
    """Fill in a span of the tape; the running board does it, if any."""

    def run() -> int:
        settings = _settings(database)
        return _backfill(settings, *_span(begin, end), ticker)

    _exit(run)


@app.command()
def audit(
    begin: Begin,
    end: End = "now",
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Compare a span with the exchange, trade by trade."""

    def run() -> int:
        settings, span = _settings(database), _span(begin, end)
        from flowboard.audit import run as compare

        return compare(settings, *span, as_json)

    _exit(run)


@app.command()
def doctor(database: Database = None, as_json: AsJson = False) -> None:
    """Check key, clock, exchange, file and disk, and say what to do."""

    def run() -> int:
        from flowboard import doctor as checks
        from flowboard.app import STATIC

        return checks.run(
            _settings(database),
            static_dir=STATIC,
            now_ms=_now_ms(),
            as_json=as_json,
            say=print,
        )

    _exit(run)


@app.command()
def tail(
    url: Annotated[str, typer.Option(help="Of the board.")] = "ws://127.0.0.1:8000",
    min_notional: Annotated[
        str | None, typer.Option(help="Least dollars that the taker paid.")
    ] = None,
    series: Annotated[
        str | None, typer.Option(help="Only these, with commas between.")
    ] = None,
    tickers: Annotated[
        str | None, typer.Option(help="Only these markets, with commas between.")
    ] = None,
    side: Annotated[
        Literal["yes", "no"] | None, typer.Option(help="Only takers of it: yes or no.")
    ] = None,
    combos: Annotated[
        bool, typer.Option("--combos", help="Combo markets, too.")
    ] = False,
    since_seq: Annotated[
        int | None,
        typer.Option(min=0, help="Begin after the trade of this seq. [now]"),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="A trade a line, as the stream has it.")
    ] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="Never colour.")] = False,
) -> None:
    """Print the trades of a board as they come, through its restarts."""

    def run() -> int:
        from flowboard import tail as tape

        wanted = {
            "min_notional": min_notional,
            "series": series,
            "tickers": tickers,
            "side": side,
            "combos": "include" if combos else None,
        }
        colour = not no_color and tape.wants_colour(sys.stdout)
        return tape.run(url, wanted, since_seq, as_json=as_json, colour=colour)

    _exit(run)


def _backfill(
    settings: "Settings", from_ms: int, to_ms: int, ticker: str | None
) -> int:
    from flowboard import remote
    from flowboard.progress import Progress

    try:
        with remote.connected(settings.database) as server:
            gap = remote.ask_backfill(server, from_ms, to_ms, ticker)
            with Progress(sys.stdout) as progress:
                found = remote.follow(server, gap, progress)
    except remote.NotRunning:
        from flowboard.backfill import run as fill

        with Progress(sys.stdout) as progress:
            return fill(settings, from_ms, to_ms, ticker, progress)
    except remote.Unwatched:
        print("the board goes on filling it: see `flowboard status`")
        return 0
    print(f"complete: {found:,} trades were missing and are filled in")
    return 0


def _settings(database: Path | None) -> "Settings":
    from flowboard.config import load  # Late: `--help` needs no pydantic.

    return load(database=database)


def _span(begin: str, end: str) -> tuple[int, int]:
    """Return a span of exchange time in Unix ms."""
    now_ms = _now_ms()
    from_ms, to_ms = moment_ms(begin, "--from", now_ms), moment_ms(end, "--to", now_ms)
    if from_ms >= to_ms:
        raise ConfigError("--from", "is not before --to", "give the earlier one first")
    return from_ms, to_ms


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def speed_of(text: str) -> float | None:
    """Return the factor in `text`; None for max."""
    if text == "max":
        return None
    try:
        return float(text)
    except ValueError:
        raise ConfigError(
            "--speed", f"is {text!r}", "give a factor such as 10, or max"
        ) from None


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; without a command, show what there is.

    Args:
        arguments: What stands behind `flowboard`; None for those of the process.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        code = app(given or ["--help"], prog_name="flowboard", standalone_mode=False)
    except typer.TyperException as error:
        code = _complain(_usage(error), 2)
    raise SystemExit(code if given else 2)


def _usage(error: typer.TyperException) -> str:
    """Return what is wrong with the arguments as one sentence, with where to look."""
    told = " ".join(error.format_message().split()).rstrip(".")
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "flowboard"
    return f"{told[:1].lower()}{told[1:]}: see `{command} --help`"


def _exit(work: Callable[[], int]) -> None:
    """Run a command and leave with its code; what goes wrong is one line."""
    # Before a server listens for it, and after: an end like Ctrl+C, that clears up.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = work()
    except (BadParameter, ConfigError) as error:
        code = _complain(error, 2)
    except (FlowboardError, OSError) as error:
        code = _complain(error, 1)
    except KeyboardInterrupt:
        code = 0
    finally:
        signal.signal(signal.SIGTERM, before)
    sys.stdout.flush()
    raise SystemExit(code)


def _complain(error: object, code: int) -> int:
    print(f"flowboard: {error}", file=sys.stderr)
    return code
