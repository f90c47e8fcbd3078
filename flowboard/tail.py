"""The live tape on a terminal: the simplest use of the client."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TextIO

import msgspec

from flowboard.client import Connection, StreamRefused, StreamUnreachable, connect
from flowboard.errors import BadParameter, FlowboardError
from flowboard.money import parse_fixed
from flowboard.stream_frames import Trade

GREEN, RED, DIM, PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[2m", "\x1b[0m"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def run(
    url: str,
    subscription: Mapping[str, Any],
    since_seq: int | None,
    *,
    as_json: bool,
    colour: bool,
) -> int:
    """Print trades until somebody has had enough; return the exit code.

    Args:
        url: Of the board.
        subscription: Which trades; see `client.connect`.
        since_seq: Begin after this trade instead of now.
        as_json: A JSON object a line, as on the wire.
        colour: Whether a terminal may be coloured.

    Raises:
        BadParameter: The server does not take the subscription.
        FlowboardError: Nobody answers.
    """

    def line(trade: Trade) -> str:
        if as_json:
            return msgspec.json.encode(trade).decode()
        return describe(trade, colour=colour)

    try:
        asyncio.run(_print_trades(url, subscription, since_seq, line))
    except StreamUnreachable as error:
        raise FlowboardError(f"{error} with --url") from error
    except StreamRefused as error:
        if error.code == "bad_parameter":
            raise BadParameter(error.message) from error
        raise
    except BrokenPipeError:
        # Whoever read has gone; at its end the interpreter would write once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def wants_colour(stream: TextIO) -> bool:
    """Whether to colour what is written to `stream`: a terminal, and no NO_COLOR."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def describe(trade: Trade, *, colour: bool) -> str:
    """Return a trade as a line: time in UTC, side, its price, contracts, dollars."""
    yes = trade.taker_outcome_side == "yes"
    price = trade.yes_price_dollars if yes else trade.no_price_dollars
    time = EPOCH + timedelta(milliseconds=trade.ts_ms)
    cents = f"{parse_fixed(price, 4) / 100:.2f}".rstrip("0").rstrip(".")
    side = "YES" if yes else "NO "
    if colour:
        side = f"{GREEN if yes else RED}{side}{PLAIN}"
    parts = [
        f"{time:%H:%M:%S}.{trade.ts_ms % 1_000:03}",
        side,
        f"{cents:>5}¢",
        f"{parse_fixed(trade.count_fp, 2) / 100:>12,.2f}",
        f"{_dollars(trade.notional_dollars):>14}",
        trade.market_ticker,
    ]
    if trade.late:
        parts.append(f"{DIM}late{PLAIN}" if colour else "late")
    return "  ".join(parts)


def _dollars(text: str) -> str:
    cents = (parse_fixed(text, 6) + 5_000) // 10_000
    return f"${cents // 100:,}.{cents % 100:02}"


async def _print_trades(
    url: str,
    subscription: Mapping[str, Any],
    since_seq: int | None,
    line: Callable[[Trade], str],
) -> None:
    stream = connect(
        url,
        subscription={"channels": "trades", **subscription},
        since_seq=since_seq,
        on_connection=_report,
    )
    async with stream:
        async for trade in stream.trades():
            print(line(trade), flush=True)


def _report(connection: Connection) -> None:
    said = {
        "open": "connected",
        "waiting": f"{connection.reason}: trying again in {connection.wait_s:.1f} s",
    }.get(connection.phase)
    if said is not None:
        print(f"flowboard: {said}", file=sys.stderr, flush=True)
