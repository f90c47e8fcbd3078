"""The process: arguments, signals, exit codes; owns uvicorn.

Exit codes: 0 (also after SIGTERM and SIGINT), 2 = a flag, variable or setting is missing
or wrong, 1 = everything else. One line on stderr, what happened and what to do.
"""

import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from flowboard import __version__
from flowboard.errors import ConfigError, FlowboardError

app = typer.Typer(
    name="flowboard",
    help="A real-time board of Kalshi's trade flow.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # A default in brackets is text, not markup.
)

Host = Annotated[str | None, typer.Option(help="A loopback address. [127.0.0.1]")]
Port = Annotated[int | None, typer.Option(help="0 picks a free one. [8000]")]


@app.command()
def version() -> None:
    """Print the version."""
    print(f"flowboard {__version__}")


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
    database: Annotated[
        Path | None, typer.Option(help="The SQLite file. [data/flowboard.db]")
    ] = None,
) -> None:
    """Show the board of the exchange that your key is for."""
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
    history: Annotated[str, typer.Option(help="Traded before, as 90s, 1h.")] = "0s",
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
            history_ms=duration_ms(history, "--history"),
            keys=keys,
            key_type=key_type,  # type: ignore[arg-type]
        )
        return simulator.run(options, until_stdin_closes=until_stdin_closes)

    _exit(run)


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


def duration_ms(text: str, name: str) -> int:
    """Return the milliseconds in a text such as 90s, 45m, 1h, 2d."""
    units_ms = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
    number, unit = text[:-1], text[-1:]
    if unit not in units_ms or not (number.isascii() and number.isdigit()):
        raise ConfigError(name, f"is {text!r}", "give a span such as 90s, 45m or 1h")
    return int(number) * units_ms[unit]


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
    except ConfigError as error:
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
