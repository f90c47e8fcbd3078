"""`flowboard audit`: any span of our tape beside the exchange's, hour by hour.

It only reads, on a connection of its own, so it may run beside a board.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TextIO, TypeVar
from uuid import UUID

import orjson

from flowboard.app import mono_ms, wall_ms
from flowboard.auditor import SETTLE_MS, SLICE_MS, compare
from flowboard.board_clock import BoardClock
from flowboard.comparison import Comparison, summed
from flowboard.config import Settings
from flowboard.coverage import Span
from flowboard.database.reader import Reader
from flowboard.errors import ConfigError, ExchangeError, StoreError
from flowboard.kalshi.request_pacer import RequestPacer
from flowboard.kalshi.rest_client import RestClient
from flowboard.markets import Markets
from flowboard.moments import shown_moment
from flowboard.server import log_to_stderr

HOUR_MS = 3_600_000
REQUESTS_A_S = 10.0
TRIES_MAX = 6  # Of one minute; the waits between them are half a minute in all.
RETRY_S = 1.0
ROW = "{:<20}  {:>11}  {:>11}  {:>9}  {:>9}  {}"
HEAD = ROW.format("from", "ours", "exchange", "missing", "extra", "digest of ours")

T = TypeVar("T")
Hour = tuple[Span, Comparison]


def run(
    settings: Settings,
    from_ms: int,
    to_ms: int,
    as_json: bool,
    *,
    say: Callable[[str], None] | None = None,
    err: TextIO | None = None,
) -> int:
    """Compare a span of exchange time; return 0 where nothing differs, else 1.

    Args:
        settings: Of the file and the exchange.
        from_ms: Unix ms; `to_ms` likewise, not included.
        as_json: One object in place of lines.
        say: Gets the lines; None: stdout.
        err: Where the progress is shown on a terminal, and what to do; None: stderr.

    Raises:
        ConfigError: The span is not over yet.
        FlowboardError: The file or the exchange cannot be read.
    """
    log_to_stderr(settings.log_level)
    say = say or partial(print, flush=True)
    span = Span(from_ms, to_ms)
    return asyncio.run(_run(settings, span, as_json, say, err or sys.stderr))


async def _run(
    settings: Settings,
    span: Span,
    as_json: bool,
    say: Callable[[str], None],
    err: TextIO,
) -> int:
    progress = Progress(err, span)

    def tell(hour: Hour) -> None:
        if not as_json:
            progress.clear()
            say(row_of(*hour))

    if not as_json:
        say(HEAD)
    try:
        hours = await compare_hours(settings, span, tell, progress)
    finally:
        progress.clear()
    total = summed(comparison for _, comparison in hours)
    if as_json:
        whole = Span(span.from_ms, hours[-1][0].to_ms)
        shown = [fields_of(*hour) for hour in hours]
        say(orjson.dumps({**fields_of(whole, total), "hours": shown}).decode())
    for sentence in sentences(hours):
        err.write(f"flowboard: {sentence}\n")
    if not as_json:
        say(f"{total.exchange - total.missing:,} of {total.exchange:,}")
    return 0 if total.is_equal else 1


async def compare_hours(
    settings: Settings,
    span: Span,
    tell: Callable[[Hour], None],
    progress: Callable[[int], None],
) -> list[Hour]:
    """Compare a span, oldest hour first; what is not over yet is left out.

    Args:
        settings: Of the file and the exchange.
        span: Of exchange time.
        tell: Called with each hour, which the ends of the span may cut.
        progress: Called with the exchange time that the walk has come to.

    Raises:
        ConfigError, FlowboardError: See `run`.
    """
    path = settings.database
    if not path.exists():
        raise StoreError(
            f"{path} is not there: start the board first, or name its file with "
            "--database"
        )
    clock, ours = BoardClock(), Reader(path, Markets([]))
    pacer = RequestPacer(REQUESTS_A_S)
    hours: list[Hour] = []
    try:
        async with RestClient(settings.kalshi_api_base, clock, pacer=pacer) as rest:
            cutoff_ms = await _patiently(rest.cutoff_ms)
            over = _over(span, clock.now_ms(mono_ms(), wall_ms()))
            for hour in _cut(over, HOUR_MS):
                parts: list[Comparison] = []
                for minute in _cut(hour, SLICE_MS):
                    work = partial(compare, rest, ours, minute, cutoff_ms)
                    parts.append(await _patiently(work))
                    progress(minute.to_ms)
                hours.append((hour, summed(parts)))
                tell(hours[-1])
    finally:
        await ours.close()
    return hours


class Progress:
    """One line on a terminal, written over and over; elsewhere nothing.

    Args:
        out: Perhaps a terminal.
        span: All there is to do.
    """

    def __init__(self, out: TextIO, span: Span) -> None:
        self._out = out if out.isatty() else None
        self._span = span

    def __call__(self, to_ms: int) -> None:
        """Show that all up to `to_ms` was compared."""
        if self._out is not None:
            done_ms, all_ms = to_ms - self._span.from_ms, self._span[1] - self._span[0]
            self._out.write(f"\r{done_ms / all_ms:6.1%}  to {shown_moment(to_ms)}")
            self._out.flush()

    def clear(self) -> None:
        """Make room for a line of another kind."""
        if self._out is not None:
            self._out.write("\r\x1b[K")
            self._out.flush()


def row_of(span: Span, found: Comparison) -> str:
    """Return an hour as a line."""
    return ROW.format(
        shown_moment(span.from_ms),
        f"{found.ours:,}",
        f"{found.exchange:,}",
        f"{found.missing:,}",
        f"{found.extra:,}",
        found.ours_digest.hex(),
    )


def fields_of(span: Span, found: Comparison) -> dict[str, int | str]:
    """Return a span as an object."""
    return {
        "from_ms": span.from_ms,
        "to_ms": span.to_ms,
        "ours": found.ours,
        "exchange": found.exchange,
        "missing": found.missing,
        "extra": found.extra,
        "digest": found.ours_digest.hex(),
        "exchange_digest": found.exchange_digest.hex(),
    }


def sentences(hours: list[Hour]) -> list[str]:
    """Return what differs, and what to do about it."""
    told: list[str] = []
    lacking = [span for span, found in hours if found.missing]
    if lacking:
        missing = sum(found.missing for _, found in hours)
        first, last = shown_moment(lacking[0].from_ms), lacking[-1].to_ms
        # Moments are shown to the second: the end is rounded up.
        end = shown_moment(-(-last // 1000) * 1000)
        told.append(
            f"{missing:,} trades are missing: "
            f"`flowboard backfill --from {first} --to {end}` fills them in"
        )
    extra = sum(found.extra for _, found in hours)
    if extra:
        example = UUID(bytes=next(f.extra_ids[0] for _, f in hours if f.extra_ids))
        told.append(
            f"{extra:,} trades are here that the exchange does not tell of, such as "
            f"{example}: they are kept; ask again later, or look at `source` in the file"
        )
    return told


def _over(span: Span, now_ms: int) -> Span:
    """Return the part of a span of which no trade is still on its way."""
    to_ms = min(span.to_ms, now_ms - SETTLE_MS)
    if to_ms <= span.from_ms:
        raise ConfigError(
            "--from",
            f"is less than {SETTLE_MS // 1000} s ago",
            "the newest trades are still on their way, so give an earlier time",
        )
    return Span(span.from_ms, to_ms)


def _cut(span: Span, size_ms: int) -> Iterator[Span]:
    """Return a span cut where the clock shows multiples of `size_ms`."""
    from_ms = span.from_ms
    while from_ms < span.to_ms:
        to_ms = min(span.to_ms, (from_ms // size_ms + 1) * size_ms)
        yield Span(from_ms, to_ms)
        from_ms = to_ms


async def _patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Do something that asks the exchange; ask again for half a minute."""
    for n in range(TRIES_MAX - 1):
        try:
            return await work()
        except ExchangeError:
            await asyncio.sleep(RETRY_S * 2.0**n)
    return await work()
