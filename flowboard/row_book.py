"""Hot rows as readers get them: rendered once for all streams of a window."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from flowboard import stream_messages as messages
from flowboard.board import Board
from flowboard.market_info import Quote
from flowboard.market_label import Label
from flowboard.models import MarketFlow

# A trade changes a market's figures: a quote so much older was never followed up.
QUOTE_LATE_MS = 60_000


class Sources(NamedTuple):
    """All that a row says comes from these; where they are equal, so is the row."""

    flow: MarketFlow
    label: Label
    quote: Quote | None
    first_mid_e4: int | None


class Row:
    """One market's row, in every form in which it is sent.

    Attributes:
        sources: What it was rendered from.
        fields: Each value as JSON text.
    """

    def __init__(self, sources: "Sources", fields: messages.RowFields) -> None:
        self.sources = sources
        self.fields = fields
        # Most streams have the same row before it, so one change serves them all.
        self._change: tuple[messages.RowFields, bytes] | None = None

    @cached_property
    def whole(self) -> bytes:
        """The row as an object."""
        return messages.row_object(self.fields)

    def change(self, before: "Row") -> bytes:
        """Return its ticker and what differs from `before`; empty if nothing does."""
        if self._change is None or self._change[0] is not before.fields:
            changed = messages.row_change(self.fields, before.fields)
            told = messages.row_object(changed) if changed else b""
            self._change = before.fields, told
        return self._change[1]


class RowBook:
    """The rows of the board as it is, and of what it was before that.

    Args:
        board: The figures.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._state: object = None
        self._now: dict[str, dict[int, Row]] = {}
        self._before: dict[str, dict[int, Row]] = {}

    def rows(self, window: str, ranked: Sequence[int]) -> dict[int, Row]:
        """Return the rows of markets that have a trade in `window`, in that order.

        A row that has not changed is the same object as before.
        """
        board = self._board
        markets, quotes = board.markets, board.quotes
        state = (
            board.seq,
            board.board_ms,
            board.tape_from_ms,
            quotes.version,
            markets.version,
        )
        if state != self._state:
            self._state = state
            self._before.update(self._now)
            self._now = {}
        known = self._now.setdefault(window, {})
        before = self._before.get(window, {})
        missing = [market for market in ranked if market not in known]
        for flow in board.aggregator.rows(window, missing):
            market = flow.market
            row = before.get(market)
            quote = quotes.quote(market)
            if quote and quote.ts_ms < flow.last_trade_ts_ms - QUOTE_LATE_MS:
                quote = None
            first_mid_e4 = quotes.first_mid_e4(window, market)
            sources = Sources(flow, markets.label(market), quote, first_mid_e4)
            if row is None or row.sources != sources:
                ticker = markets.tickers[market]
                row = Row(sources, messages.row_fields(flow, ticker, *sources[1:]))
            known[market] = row
        return {market: known[market] for market in ranked if market in known}
