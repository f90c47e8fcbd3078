"""Best bid and ask of each market, without an order book: from its trades, and moving.

A trade sets the quote: a taker of YES has paid the ask, a taker of NO the bid, so the
last price is one side of the touch and the other lies a spread away. Between trades the
touch widens, narrows and changes its sizes around the last price, never past it. A
market that has not traded is quoted around what its model thinks, once it has moved.

``_e4`` are ten-thousandths of a dollar, ``_e2`` hundredths of a contract.
"""

import zlib
from bisect import bisect_left
from dataclasses import dataclass

from flowboard.money import DOLLAR_E4
from flowboard.simulator.grids import levels_e4
from flowboard.simulator.market_tally import MarketTally

GAP_MAX = 6  # Levels between the last price and a side of the touch, at most.
SIZE_MOVES = 0.3  # Share of moves that change sizes alone.
FRACTIONAL_SHARE = 0.3
SPREADS = (1, 1, 1, 1, 2, 2, 3)


@dataclass(frozen=True, slots=True)
class Quote:
    """A touch. A bid of 0 and an ask of $1 mean that there is none; so do sizes of 0."""

    bid_e4: int
    ask_e4: int
    bid_size_e2: int
    ask_size_e2: int


@dataclass(frozen=True, slots=True)
class QuoteMove:
    """A change of a quote that no trade makes.

    Args:
        at_us: When, Unix us.
        ticker: The market.
        drawn: From [0, 1): what moves, and which way.
        fair_e4: What its model thinks; None where there is no model.
    """

    at_us: int
    ticker: str
    drawn: float
    fair_e4: int | None


NO_QUOTE = Quote(0, DOLLAR_E4, 0, 0)
UNOPENED = Quote(0, 0, 0, 0)  # So the exchange shows a market that never was open.


class _Touch:
    """Where a touch stands, in levels below and above a price."""

    __slots__ = ("above", "at_ms", "below", "price_e4", "trades", "turn")

    def __init__(self, price_e4: int, below: int, above: int, trades: int) -> None:
        self.price_e4 = price_e4
        self.below = below
        self.above = above
        self.trades = trades  # How many there had been when this was last right.
        self.turn = 0
        self.at_ms = 0


class Quotes:
    """The quotes of all markets.

    Args:
        tallies: What has been traded, by market; grows while the exchange trades.
    """

    def __init__(self, tallies: dict[str, MarketTally]) -> None:
        self._tallies = tallies
        self._touches: dict[str, _Touch] = {}

    def quote(self, ticker: str, grid: str) -> Quote:
        """Return the quote of a market on a price grid."""
        tally = self._tallies.get(ticker)
        touch = self._touches.get(ticker)
        trades = tally.trades if tally else 0
        if touch is None or touch.trades != trades:
            if tally is None:
                return NO_QUOTE
            spread = _spread(ticker)
            turn, price_e4 = 0, tally.last_e4
            below, above = (spread, 0) if tally.taker_yes else (0, spread)
        else:
            turn, price_e4 = touch.turn, touch.price_e4
            below, above = touch.below, touch.above
        levels = levels_e4(grid)
        place = _place(levels, price_e4)
        bid, ask = place - below, place + above
        lot = zlib.crc32(b"%d %d %s" % (trades, turn, ticker.encode()))
        bid_e4 = levels[bid] if bid >= 0 else 0
        ask_e4 = levels[ask] if ask < len(levels) else DOLLAR_E4
        return Quote(
            bid_e4,
            ask_e4,
            _size_e2(lot & 0xFFFF) if bid_e4 else 0,
            _size_e2(lot >> 16) if ask_e4 < DOLLAR_E4 else 0,
        )

    def moved_ms(self, ticker: str) -> int:
        """Return when a quote last moved by itself, Unix ms; 0: never."""
        touch = self._touches.get(ticker)
        return 0 if touch is None else touch.at_ms

    def move(self, move: QuoteMove, grid: str) -> bool:
        """Move a quote; return whether there is one to move."""
        ticker, tally = move.ticker, self._tallies.get(move.ticker)
        touch = self._touches.get(ticker)
        trades = tally.trades if tally else 0
        if touch is None or touch.trades != trades:
            touch = self._anchor(ticker, tally, move.fair_e4)
            if touch is None:
                return False
            self._touches[ticker] = touch
        elif tally is None and move.fair_e4 is not None:
            touch.price_e4 = move.fair_e4
        touch.turn += 1
        touch.at_ms = max(touch.at_ms, move.at_us // 1000)
        _shift(touch, move.drawn)
        return True

    def _anchor(
        self, ticker: str, tally: MarketTally | None, fair_e4: int | None
    ) -> _Touch | None:
        spread = _spread(ticker)
        if tally is None:
            return None if fair_e4 is None else _Touch(fair_e4, spread, 0, 0)
        below, above = (spread, 0) if tally.taker_yes else (0, spread)
        touch = _Touch(tally.last_e4, below, above, tally.trades)
        former = self._touches.get(ticker)
        if former is not None:
            touch.at_ms = former.at_ms
        return touch


def _shift(touch: _Touch, drawn: float) -> None:
    """Move one side by one level, or sizes alone; the price stays at or between."""
    if drawn < SIZE_MOVES:
        return
    way = int((drawn - SIZE_MOVES) / (1 - SIZE_MOVES) * 4)
    below, above = touch.below, touch.above
    if way == 0:
        below -= 1
    elif way == 1:
        above -= 1
    elif way == 2:
        below += 1
    else:
        above += 1
    if 0 <= below <= GAP_MAX and 0 <= above <= GAP_MAX and below + above:
        touch.below, touch.above = below, above


def _place(levels: tuple[int, ...], price_e4: int) -> int:
    """Return the place of a price; -1 and one too many for 0 and $1."""
    if price_e4 <= 0:
        return -1
    if price_e4 >= DOLLAR_E4:
        return len(levels)
    return min(bisect_left(levels, price_e4), len(levels) - 1)


def _spread(ticker: str) -> int:
    return SPREADS[zlib.crc32(ticker.encode()) % len(SPREADS)]


def _size_e2(lot: int) -> int:
    """Return a size from 16 bits: mostly small, some of them fractional."""
    contracts = (lot & 0x3F) * (lot >> 10) // 3 + 1
    fraction_e2 = lot * 37 % 100 if lot % 100 < FRACTIONAL_SHARE * 100 else 0
    return contracts * 100 + fraction_e2
