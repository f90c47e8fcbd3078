"""What the exchange says of markets, events and series, and the touch of a market.

Texts are clean: one line, no control characters, nothing that turns the direction of
what stands around them. They stay hostile all the same: whoever shows them, escapes them.
"""

from typing import Literal

from msgspec import Struct

from flowboard.money import DOLLAR_E4

QuoteSource = Literal["ws", "poll"]
EndsBy = Literal["occurrence", "expected_expiration", "close"]

# What a market's status says of its trading: no more trades, ever or until it reopens.
OVER = frozenset({"closed", "determined", "disputed", "amended", "finalized"})
SETTLED = frozenset({"finalized"})


class Leg(Struct, frozen=True, gc=False):
    """One condition of a combo: an outcome of another market."""

    event_ticker: str
    market_ticker: str
    side: str


class MarketInfo(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One market, as the exchange described it last.

    Attributes:
        ticker: Its name.
        event_ticker: The event that it belongs to; "" where not told.
        title: Its question; "" where not told.
        outcome: What YES stands for; "" where not told.
        no_outcome: What NO stands for.
        status: initialized, inactive, active, closed, determined, disputed, amended or
            finalized; "" where not told.
        result: yes, no, scalar, or "" before it is determined.
        settlement_value_e4: What a YES contract pays, in 1e-4 dollars.
        open_ms, close_ms: When trading begins and ends; `close_ms` moves both ways.
        expected_ms: When the exchange expects to know the result.
        occurrence_ms: When what it is about happens.
        determined_ms, settled_ms: When the result was known, and paid out.
        strike_type: greater, greater_or_equal, less, less_or_equal, between, functional,
            custom, structured, or "".
        floor_strike, cap_strike: Bounds of the strike, in the unit of the question.
        grid: Label of its price grid.
        legs: Of a combo.
        read_ms: Wall clock when it was last read or told of, Unix ms.
    """

    ticker: str
    event_ticker: str = ""
    title: str = ""
    outcome: str = ""
    no_outcome: str = ""
    status: str = ""
    result: str = ""
    settlement_value_e4: int | None = None
    open_ms: int | None = None
    close_ms: int | None = None
    expected_ms: int | None = None
    occurrence_ms: int | None = None
    determined_ms: int | None = None
    settled_ms: int | None = None
    strike_type: str = ""
    floor_strike: float | None = None
    cap_strike: float | None = None
    grid: str = ""
    legs: tuple[Leg, ...] = ()
    read_ms: int = 0

    @property
    def is_over(self) -> bool:
        """Whether nobody can trade it any more, as far as is known."""
        return self.status in OVER

    @property
    def ends_ms(self) -> tuple[int, EndsBy] | None:
        """When it ends, by the best that is known, and which time that is."""
        if self.occurrence_ms is not None:
            return self.occurrence_ms, "occurrence"
        if self.expected_ms is not None:
            return self.expected_ms, "expected_expiration"
        return None if self.close_ms is None else (self.close_ms, "close")


class EventInfo(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One event: the markets that ask about the same thing.

    Attributes:
        ticker: Its name.
        series_ticker: The series that it belongs to; "" where not told.
        title: What it is about.
        sub_title: A shorter form of it, as "PHI at DAL (Nov 21)".
        category: As "Sports"; "" where not told.
        league: The second level of its category, as "NFL"; "" where there is none.
        scope: What of it is bet on, as "Games".
        mutually_exclusive: Whether at most one of its markets ends in YES.
        strike_ms: The moment it is about, where that is one.
        read_ms: Wall clock when it was last read, Unix ms.
    """

    ticker: str
    series_ticker: str = ""
    title: str = ""
    sub_title: str = ""
    category: str = ""
    league: str = ""
    scope: str = ""
    mutually_exclusive: bool = False
    strike_ms: int | None = None
    read_ms: int = 0


class SeriesInfo(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One series: events that repeat.

    Attributes:
        ticker: Its name.
        title: What it is called.
        category: As "Crypto"; "" where not told.
        tags: Finer than the category, as "BTC".
        frequency: As "hourly".
        fee_type: How fees are reckoned; "" where not told.
        read_ms: Wall clock when it was last read, Unix ms.
    """

    ticker: str
    title: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    frequency: str = ""
    fee_type: str = ""
    read_ms: int = 0


class Quote(Struct, frozen=True, gc=False, array_like=True):
    """The best prices of a market's book, for YES; encoded as an array, in this order.

    Attributes:
        ts_ms: When it became so, by the exchange's clock where that is told.
        bid_e4: Best bid; 0 where there is none.
        ask_e4: Best ask; 10,000 where there is none.
        bid_size_e2, ask_size_e2: Contracts there.
        open_interest_e2: Contracts held.
        source: ws, or poll.
    """

    ts_ms: int
    bid_e4: int
    ask_e4: int
    bid_size_e2: int = 0
    ask_size_e2: int = 0
    open_interest_e2: int = 0
    source: QuoteSource = "ws"

    @property
    def mid_e4(self) -> int | None:
        """Half way between bid and ask, rounded down; None unless there are both."""
        if self.bid_e4 <= 0 or self.ask_e4 >= DOLLAR_E4:
            return None
        return (self.bid_e4 + self.ask_e4) // 2

    @property
    def spread_e4(self) -> int | None:
        """From bid to ask; None unless there are both."""
        if self.bid_e4 <= 0 or self.ask_e4 >= DOLLAR_E4:
            return None
        return self.ask_e4 - self.bid_e4

    def says_the_same(self, other: "Quote") -> bool:
        """Whether it differs from `other` in nothing but its time and source."""
        return (
            self.bid_e4 == other.bid_e4
            and self.ask_e4 == other.ask_e4
            and self.bid_size_e2 == other.bid_size_e2
            and self.ask_size_e2 == other.ask_size_e2
            and self.open_interest_e2 == other.open_interest_e2
        )
