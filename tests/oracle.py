"""A window's figures, by summing the list of all trades: slow, plain, and right.

Imports nothing of the product and repeats its definitions on purpose: an error in one
of the two shows as a difference.
"""

import math
from fractions import Fraction
from typing import NamedTuple

DAY_MS = 86_400_000
# Window -> (length, length of its buckets) in ms.
SPANS = {
    "1m": (60_000, 1_000),
    "5m": (300_000, 1_000),
    "15m": (900_000, 1_000),
    "1h": (3_600_000, 60_000),
    "24h": (86_400_000, 60_000),
}


class Print(NamedTuple):
    """One trade."""

    seq: int
    ticker: str
    ts_ms: int
    price_e4: int
    count_e2: int
    yes: bool
    counted: bool = True

    @property
    def dollars_e6(self):
        return self.count_e2 * (self.price_e4 if self.yes else 10_000 - self.price_e4)

    @property
    def place(self):
        """Order inside a market: time, YES takers first, each in its direction."""
        if self.yes:
            return (self.ts_ms, 0, self.price_e4)
        return (self.ts_ms, 1, 10_000 - self.price_e4)

    @property
    def combo(self):
        return self.ticker.startswith("KXMVE")


def span(window, board_ms):
    """Return the window's first millisecond and the first after it."""
    length, bucket = SPANS[window]
    end = (board_ms // bucket + 1) * bucket
    return end - length, end


def inside(prints, window, board_ms):
    """Return the counted trades of the window."""
    start, end = span(window, board_ms)
    return [p for p in prints if p.counted and start <= p.ts_ms < end]


def figures(prints, ticker, window, board_ms, tape_from_ms=None):
    """Return every figure of one market, or None without a trade in the window."""
    start, end = span(window, board_ms)
    mine = sorted(
        (p for p in inside(prints, window, board_ms) if p.ticker == ticker),
        key=lambda p: p.place,
    )
    if not mine:
        return None
    yes = [p for p in mine if p.yes]
    no = [p for p in mine if not p.yes]
    step_ms = (end - start) // 60
    sparkline = []
    for step in range(1, 61):
        until = [p.price_e4 for p in mine if p.ts_ms < start + step * step_ms]
        sparkline.append(until[-1] if until else None)
    return {
        "yes_price_e4": mine[-1].price_e4,
        "first_yes_price_e4": mine[0].price_e4,
        "yes_flow_e6": sum(p.dollars_e6 for p in yes),
        "no_flow_e6": sum(p.dollars_e6 for p in no),
        "net_flow_e2": sum(p.count_e2 for p in yes) - sum(p.count_e2 for p in no),
        "volume_e2": sum(p.count_e2 for p in mine),
        "trade_count": len(mine),
        "last_trade_ts_ms": max(p.ts_ms for p in mine),
        "heat": heat(prints, ticker, window, board_ms, tape_from_ms),
        "sparkline": sparkline,
    }


def heat(prints, ticker, window, board_ms, tape_from_ms=None):
    """Return 0-100: dollars a minute against the day before the window."""
    if window == "24h":
        return None
    start, _ = span(window, board_ms)
    mine = [p for p in inside(prints, window, board_ms) if p.ticker == ticker]
    if len(mine) < 6:
        return 0
    day_from = (start - DAY_MS) // 60_000 * 60_000
    before = baseline(prints, ticker, window, board_ms)
    if tape_from_ms is None:
        tape_from_ms = min(p.ts_ms for p in prints if p.counted)
    minutes = max(60, Fraction(start - max(day_from, tape_from_ms), 60_000))
    usual = max(1_000_000, before / minutes)
    now = Fraction(sum(p.dollars_e6 for p in mine) * 60_000, SPANS[window][0])
    return min(100, round(20 * math.log2(1 + now / usual)))


def baseline(prints, ticker, window, board_ms):
    """Return a market's dollars in the day before the window, whole minutes."""
    start, _ = span(window, board_ms)
    day_from = (start - DAY_MS) // 60_000 * 60_000
    return sum(
        p.dollars_e6
        for p in prints
        if p.counted and p.ticker == ticker and day_from <= p.ts_ms < start
    )


def ranked(prints, window, board_ms, sort, limit, combos):
    """Return the tickers of the window by a figure, largest first, ties by ticker."""
    rows = []
    for ticker in {p.ticker for p in inside(prints, window, board_ms)}:
        if ticker.startswith("KXMVE") and not combos:
            continue
        row = figures(prints, ticker, window, board_ms)
        value = {
            "notional": row["yes_flow_e6"] + row["no_flow_e6"],
            "volume": row["volume_e2"],
            "net_flow": abs(row["net_flow_e2"]),
            "heat": row["heat"] or 0,
        }[sort]
        rows.append((-value, ticker))
    return [ticker for _, ticker in sorted(rows)[:limit]]


def totals(prints, window, board_ms):
    """Return (trades, active markets, dollars) of the window."""
    mine = inside(prints, window, board_ms)
    return len(mine), len({p.ticker for p in mine}), sum(p.dollars_e6 for p in mine)


def largest(prints, window, board_ms, least_e6, combos):
    """Return the seqs of the window's 50 largest prints, of equals the newest first."""
    whales = [
        p
        for p in inside(prints, window, board_ms)
        if p.dollars_e6 >= least_e6 and (combos or not p.combo)
    ]
    whales.sort(key=lambda p: (p.dollars_e6, _in_time(p)), reverse=True)
    return [p.seq for p in whales[:50]]


def newest(prints, limit, combos):
    """Return the seqs of the newest trades by exchange time, counted or not."""
    tape = sorted((p for p in prints if combos or not p.combo), key=_in_time)
    return [p.seq for p in reversed(tape)][:limit]


def _in_time(p):
    return (*p.place, p.seq)
